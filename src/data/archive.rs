//! What archives have in common: which members are images, and what the folders in an archive say of them.

use crate::data::class_folders::{class_folders, class_of};
use crate::data::names::{is_image, name_below, part_named};
use crate::data::record::{Part, Skipped};
use crate::data::stable_hash::StableHash;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Largest member that is read, in bytes once unpacked.
pub(in crate::data) const MAX_MEMBER: u64 = 512 * 1024 * 1024;
/// Longest name of a member that is taken, in bytes; file systems have 4096.
pub(in crate::data) const MAX_NAME: u64 = 65_536;
/// Most folders that are kept in mind while an archive is surveyed.
const MAX_FOLDERS: usize = 1_000_000;

/// Whether a file with one of `endings` lies down to `depth` below `folder`, and no image does.
pub(in crate::data) fn holds_only(folder: &Path, depth: usize, endings: &[&str]) -> bool {
    let mut any = false;
    for entry in walk(folder, depth) {
        // The first image of a large folder settles it.
        if is_image(&entry.file_name().to_string_lossy()) {
            return false;
        }
        any |= ends_with(entry.path(), endings);
    }
    any
}

/// Whether `name`, or a folder that it is in, is hidden or is what macOS adds to archives.
pub(in crate::data) fn is_hidden(name: &str) -> bool {
    parts(name).any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// The folders of `name` and its last part, without those that say nothing (`.`, `..`, the root).
fn parts(name: &str) -> impl DoubleEndedIterator<Item = &str> {
    name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."))
}

/// The part that a file holds whose path below the source's folder is `path`: said by a folder (`test/0.tar`), else by
/// the word that the file's name begins with (`test-00000.tar`).
pub(in crate::data) fn part_of_file(path: &str) -> Option<Part> {
    let mut folders = parts(path).rev();
    let file = folders.next()?;
    let word = file.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
    folders.find_map(part_named).or_else(|| part_named(word))
}

/// The part that the folders of a member say.
pub(in crate::data) fn part_of_member(name: &str) -> Option<Part> {
    parts(name).rev().skip(1).find_map(part_named)
}

/// What a first pass over the names in an archive gathers.
#[derive(Debug, Default)]
pub(in crate::data) struct Survey {
    /// Folders with an image right in them, `/` between their parts.
    folders: BTreeSet<String>,
    images: usize,
}

impl Survey {
    pub fn note(&mut self, image: &str) {
        self.images += 1;
        let folder = folder_of(image).join("/");
        if self.folders.len() < MAX_FOLDERS {
            self.folders.insert(folder);
        }
    }

    /// Finds the folder that holds all images, its `train/` and `test/` where it has both, and the class folders below.
    pub fn finish(self) -> Folders {
        let folders: Vec<Vec<&str>> =
            self.folders.iter().map(|folder| folder.split('/').filter(|part| !part.is_empty()).collect()).collect();
        let depth = shared_depth(&folders);
        let below = |folder: &Vec<&str>| folder.get(depth).and_then(|name| part_named(name));
        let has = |part| folders.iter().any(|folder| below(folder) == Some(part));
        let split = has(Part::Training) && has(Part::HeldOut);
        let class_depth = depth + usize::from(split);
        let inside = folders.iter().filter(|folder| !split || below(folder).is_some());
        let class = |folder: &Vec<&str>| folder.get(class_depth..).unwrap_or_default().join("/");
        let classes = class_folders(&inside.map(class).collect());
        Folders { depth, split, classes, images: self.images }
    }
}

fn folder_of(name: &str) -> Vec<&str> {
    let mut folder: Vec<&str> = parts(name).collect();
    folder.pop();
    folder
}

/// How many leading parts all `folders` share.
fn shared_depth(folders: &[Vec<&str>]) -> usize {
    let Some((first, others)) = folders.split_first() else { return 0 };
    others.iter().fold(first.len(), |depth, folder| {
        first.iter().zip(folder).take(depth).take_while(|(own, other)| own == other).count()
    })
}

/// What the folders in an archive say of its images.
#[derive(Debug, Default)]
pub(in crate::data) struct Folders {
    /// How many folders stand around all images.
    depth: usize,
    /// Whether there are training and held-out images in folders of their own.
    split: bool,
    /// Sorted.
    pub classes: Vec<String>,
    pub images: usize,
}

impl Folders {
    /// The label and the part of the image `name`; none where it lies outside `train/` and `test/`.
    pub fn place(&self, name: &str) -> Option<(Option<u32>, Option<Part>)> {
        let folder = folder_of(name);
        let mut below = folder.into_iter().skip(self.depth);
        let part = if self.split { Some(below.next().and_then(part_named)?) } else { None };
        Some((class_of(&below.collect::<Vec<_>>().join("/"), &self.classes), part))
    }
}

/// The names handed over so far, to notice a second record of the same name.
#[derive(Debug, Default)]
pub(in crate::data) struct Names(HashSet<u64>);

impl Names {
    /// # Errors
    /// A name that was there before.
    pub fn add(&mut self, name: &str) -> Result<(), Skipped> {
        if self.0.insert(StableHash::of(name.as_bytes())) {
            return Ok(());
        }
        Err(Skipped { name: name.to_owned(), reason: "a second image of that name; the first one is taken".to_owned() })
    }
}

/// Name and path of the files down to `depth` below `folder` with one of `endings`, sorted.
pub(in crate::data) fn files_below(folder: &Path, depth: usize, endings: &[&str]) -> Vec<(String, PathBuf)> {
    let files = walk(folder, depth).filter(|entry| ends_with(entry.path(), endings));
    let mut files: Vec<(String, PathBuf)> =
        files.map(|entry| (name_below(folder, entry.path()), entry.into_path())).collect();
    files.sort();
    files
}

/// The files down to `depth` below `folder`, in any order; hidden ones are passed over.
fn walk(folder: &Path, depth: usize) -> impl Iterator<Item = DirEntry> {
    let walk = WalkDir::new(folder).follow_links(true).min_depth(1).max_depth(depth).into_iter();
    let seen = walk.filter_entry(|entry| entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b"."));
    seen.flatten().filter(|entry| entry.file_type().is_file())
}

pub(in crate::data) fn ends_with(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    endings.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
#[path = "archive_tests.rs"]
pub(in crate::data) mod tests;
