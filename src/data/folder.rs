//! A folder of images: every picture in it and below, class folders, `train/` and `test/`, `labels.csv`.

use super::class_folders::{class_folders, class_of};
use super::error::{DataError, wrong};
use super::labels::{self, Labels};
use super::names::{is_image, name_below, part_named};
use super::record::{Content, Found, Part, Record, Skipped, Source};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Names of folders that hold a part of a data set.
const PARTS: [&str; 7] = ["train", "training", "test", "testing", "val", "valid", "validation"];

/// Folders and files that are no images, at most: with more of them this is no folder of images.
const MOST_OTHERS: usize = 1_000_000;

/// The images of a folder, in an order that does not depend on the file system.
#[derive(Debug)]
struct Folder {
    entries: Vec<Entry>,
    skipped: Vec<Skipped>,
    classes: Vec<String>,
    labels: Option<PathBuf>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    /// Relative to the folder, with `/` between its parts.
    name: String,
    part: Option<Part>,
    label: Option<u32>,
}

/// Any folder.
pub(super) fn recognises(path: &Path) -> bool {
    path.is_dir()
}

/// Lists the folder. Where it has a folder for training and one for held-out images, only those two are read. The folder
/// of an image below that, or the outermost around it that has images itself, is its class, where there are two or more; a `labels.csv` takes precedence over both.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    Ok(Box::new(Folder::list(path)?))
}

impl Folder {
    fn list(root: &Path) -> Result<Self, DataError> {
        let mut folder = Self { entries: Vec::new(), skipped: Vec::new(), classes: Vec::new(), labels: None };
        let parts = parts_of(root);
        if parts.is_empty() {
            folder.walk(root, root, None)?;
        }
        for (start, part) in parts {
            folder.walk(root, &start, Some(part))?;
        }
        folder.skipped.sort_by(|one, other| one.name.cmp(&other.name));
        folder.name_classes();
        let file = root.join("labels.csv");
        if file.is_file() {
            folder.skipped.retain(|skipped| skipped.name != "labels.csv");
            let labels = labels::read(&file)?;
            folder.label_by(&labels);
            folder.skipped.extend_from_slice(labels.bad());
            folder.labels = Some(file);
        }
        Ok(folder)
    }

    /// Image files below `start`, sorted by name. Links are followed where they stay inside of the folder and lead to no
    /// folder above them. Hidden files and folders are passed over.
    ///
    /// # Errors
    /// Far more other files than a folder of images has, such as those of a whole disk.
    fn walk(&mut self, root: &Path, start: &Path, part: Option<Part>) -> Result<(), DataError> {
        let first = self.entries.len();
        let inside = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        let mut out = Vec::new();
        let walk = WalkDir::new(start).follow_links(true).min_depth(1).into_iter();
        let walk = walk.filter_entry(|entry| {
            if entry.depth() == 0 {
                return true;
            }
            if leads_out(entry, &inside) {
                let reason = "a link that leads out of the folder".to_owned();
                out.push(Skipped { name: name_below(root, entry.path()), reason });
                return false;
            }
            !entry.file_name().as_encoded_bytes().starts_with(b".")
        });
        let (mut skipped, mut folders) = (Vec::new(), 0);
        for entry in walk {
            if skipped.len() + folders > MOST_OTHERS {
                let message = format!(
                    "more than {MOST_OTHERS} files and folders in it are no images; name the images' own folder"
                );
                return Err(wrong(root, message));
            }
            match entry {
                Ok(entry) if entry.file_type().is_dir() => folders += 1,
                Ok(entry) => {
                    let name = name_below(root, entry.path());
                    if entry.file_type().is_file() && is_image(&name) {
                        self.entries.push(Entry { path: entry.into_path(), name, part, label: None });
                    } else {
                        skipped.push(Skipped { name, reason: "not an image file".to_owned() });
                    }
                }
                Err(error) => skipped.push(walk_failure(root, &error)),
            }
        }
        self.skipped.append(&mut skipped);
        self.skipped.append(&mut out);
        self.entries[first..].sort_by(|one, other| (&one.name, &one.path).cmp(&(&other.name, &other.path)));
        Ok(())
    }

    fn name_classes(&mut self) {
        let folders: BTreeSet<String> = self.entries.iter().filter_map(folder_of).map(str::to_owned).collect();
        let classes = class_folders(&folders);
        if classes.len() < 2 {
            return;
        }
        for entry in &mut self.entries {
            entry.label = folder_of(entry).and_then(|folder| class_of(folder, &classes));
        }
        self.classes = classes;
    }

    fn label_by(&mut self, labels: &Labels) {
        for entry in &mut self.entries {
            if let Some((label, part)) = labels.of(&entry.name) {
                entry.label = label;
                entry.part = part.or(entry.part);
            }
        }
        self.classes = labels.classes().to_vec();
    }
}

impl Source for Folder {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        let skipped = self.skipped.iter().cloned().map(Err);
        let found = self.entries.iter().map(|entry| {
            let Entry { path, name, part, label } = entry;
            Ok(Record { name: name.clone(), label: *label, part: *part, content: Content::File(path.clone()) })
        });
        // Only a caller that has enough breaks off.
        let _ = skipped.chain(found).try_for_each(each);
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        Some(self.entries.len())
    }

    fn files(&self) -> Vec<PathBuf> {
        self.entries.iter().map(|entry| entry.path.clone()).chain(self.labels.clone()).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

/// The folders of training and held-out images, where there are both, sorted by name.
fn parts_of(root: &Path) -> Vec<(PathBuf, Part)> {
    let found: Vec<(PathBuf, Part)> = PARTS
        .iter()
        .filter_map(|name| Some((root.join(name), part_named(name)?)))
        .filter(|(path, _)| path.is_dir())
        .collect();
    let has = |wanted: Part| found.iter().any(|&(_, part)| part == wanted);
    if has(Part::Training) && has(Part::HeldOut) { found } else { Vec::new() }
}

/// The folder of an image, below that of its part.
fn folder_of(entry: &Entry) -> Option<&str> {
    let inside = match entry.part {
        Some(_) => entry.name.split_once('/')?.1,
        None => &entry.name,
    };
    Some(inside.rsplit_once('/')?.0)
}

fn leads_out(entry: &DirEntry, inside: &Path) -> bool {
    let target = entry.path_is_symlink().then(|| entry.path().canonicalize());
    matches!(target, Some(Ok(target)) if !target.starts_with(inside))
}

fn walk_failure(folder: &Path, error: &walkdir::Error) -> Skipped {
    let name = error.path().map_or_else(|| "?".to_owned(), |path| name_below(folder, path));
    let reason = match (error.loop_ancestor(), error.io_error()) {
        (Some(_), _) => "a link to a folder above it".to_owned(),
        (None, Some(cause)) => cause.to_string(),
        (None, None) => "unreadable".to_owned(),
    };
    Skipped { name, reason }
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
