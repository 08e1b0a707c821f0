//! `CelebA` as it is distributed: `img_align_celeba/` with its partition and attributes.
//!
//! Liu, Luo, Wang, Tang, "Deep Learning Face Attributes in the Wild", ICCV 2015. Aligned pictures are 178 × 218.

use super::error::DataError;
use super::lines::{Lines, Split, Table};
use super::record::{Content, Found, Part, Record, Skipped, Source};
use crate::data::error::wrong;
use crate::data::names::{file_name, is_image};
use std::collections::HashMap;
use std::fs::DirEntry;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const IMAGES: &str = "img_align_celeba";
const PARTITIONS: [&str; 2] = ["list_eval_partition.txt", "list_eval_partition.csv"];
const ATTRIBUTES: [&str; 2] = ["list_attr_celeba.txt", "list_attr_celeba.csv"];

/// Most attributes that a list may have; `CelebA` has 40.
const MAX_ATTRIBUTES: usize = 64;

/// The pictures of `img_align_celeba/`, in the order of the partition, then those that it does not list, by name.
///
/// Training images are those of partition 0; validation (1) and test (2) are held out. Images that are not in the
/// partition, and all of them without one, belong to no part. What the partition lists and the folder does not hold is
/// passed over, image by image. Images have no labels but by an attribute.
struct Celeba {
    folder: PathBuf,
    /// Names of the files and their parts.
    entries: Vec<(String, Option<Part>)>,
    skipped: Vec<Skipped>,
    /// The partition and the attributes, as far as they are used.
    lists: Vec<PathBuf>,
    /// The number of the attribute that is the label, and all of them.
    label: Option<(usize, Attributes)>,
    classes: Vec<String>,
}

/// Whether `path` holds `img_align_celeba/`, or is it.
pub(super) fn recognises(path: &Path) -> bool {
    image_folder(path).is_some()
}

/// Opens the folder that holds `img_align_celeba/`, or that folder itself. Lists lie in either of them, in one between
/// them, or in `Eval/` and `Anno/` there.
///
/// # Errors
/// A folder without `img_align_celeba/`, or a partition that cannot be read.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    Ok(Box::new(opened(path)?))
}

fn opened(path: &Path) -> Result<Celeba, DataError> {
    let folder = image_folder(path).ok_or_else(|| no_images(path))?;
    let partition = list_beside(&folder, &PARTITIONS);
    let lists = Vec::from_iter(partition);
    let (entries, skipped, classes) = (Vec::new(), Vec::new(), Vec::new());
    let mut source = Celeba { folder, entries, skipped, lists, label: None, classes };
    let names = source.images()?;
    source.sort_into_parts(names)?;
    Ok(source)
}

/// Opens the data set with `attribute`, such as `Smiling`, for a label: 0 where it is absent, 1 where it is present.
///
/// # Errors
/// As of [`open`], and an attribute that is not in the list; the message names those that are.
pub(super) fn open_by(path: &Path, attribute: &str) -> Result<Box<dyn Source>, DataError> {
    let mut source = opened(path)?;
    let list = list_beside(&source.folder, &ATTRIBUTES).ok_or_else(|| no_attributes(path))?;
    let attributes = Attributes::of_list(&list)?;
    let number = attributes.names.iter().position(|name| name == attribute).ok_or_else(|| {
        wrong(&list, format!("there is no attribute '{attribute}'; there are {}", attributes.names.join(", ")))
    })?;
    source.lists.push(list);
    source.classes = vec![format!("not {attribute}"), attribute.to_owned()];
    source.label = Some((number, attributes));
    Ok(Box::new(source))
}

fn no_attributes(path: &Path) -> DataError {
    wrong(path, format!("there is no {}. Put it beside {IMAGES}", ATTRIBUTES[0]))
}

fn no_images(path: &Path) -> DataError {
    wrong(path, format!("there is no folder {IMAGES} with images. Unpack {IMAGES}.zip there"))
}

/// `img_align_celeba/` in `path`, in `path/Img`, or `path` itself; the inner one of two nested ones. Absolute.
fn image_folder(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    let itself = (file_name(&path) == IMAGES).then(|| path.clone());
    let outer =
        [path.join(IMAGES), path.join("Img").join(IMAGES)].into_iter().chain(itself).find(|path| path.is_dir())?;
    let inner = outer.join(IMAGES);
    if inner.is_dir() { Some(inner) } else { Some(outer) }
}

/// The first of `names` in the folder of images or above it, up to the folder that holds the data set.
fn list_beside(images: &Path, names: &[&str]) -> Option<PathBuf> {
    let mut folders = vec![images];
    while let Some(above) = folders.last().and_then(|folder| folder.parent()) {
        folders.push(above);
        if ![IMAGES, "Img"].contains(&file_name(above).as_str()) {
            break;
        }
    }
    let places = folders.iter().flat_map(|folder| ["", "Eval", "Anno"].map(|inside| folder.join(inside)));
    places.flat_map(|place| names.iter().map(move |name| place.join(name))).find(|list| list.is_file())
}

impl Celeba {
    /// Names of the folder's images, sorted; notes what else lies there.
    fn images(&mut self) -> Result<Vec<String>, DataError> {
        let failed = |error: std::io::Error| wrong(&self.folder, format!("{error}. Give a folder that can be read"));
        let (mut names, mut skipped) = (Vec::new(), Vec::new());
        let inside = self.folder.canonicalize().map_err(failed)?;
        for entry in self.folder.read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_list = name.starts_with("list_") || name.starts_with("identity_");
            match usable(&entry, &name, &inside) {
                Ok(()) => names.push(name),
                Err(_) if is_list || name.starts_with('.') => {}
                Err(reason) => skipped.push(Skipped { name, reason }),
            }
        }
        names.sort_unstable();
        skipped.sort_by(|one: &Skipped, other| one.name.cmp(&other.name));
        self.skipped = skipped;
        Ok(names)
    }

    fn sort_into_parts(&mut self, names: Vec<String>) -> Result<(), DataError> {
        let Some(list) = self.lists.first().cloned() else {
            self.entries = names.into_iter().map(|name| (name, None)).collect();
            return Ok(());
        };
        let mut listed: HashMap<&str, bool> = names.iter().map(|name| (name.as_str(), false)).collect();
        let mut table = Table::open(&list)?;
        while let Some(row) = table.next()? {
            let row = match row {
                Ok(row) => row,
                Err(skipped) => {
                    self.skipped.push(skipped);
                    continue;
                }
            };
            let place = format!("{}:{}", file_name(&list), row.line);
            let number = row.split.or(row.label).unwrap_or_default();
            let skip = match (listed.get_mut(row.image.as_str()), partition(&number)) {
                (None, _) => Skipped { name: row.image, reason: format!("in {place}, but not in {IMAGES}") },
                (Some(true), _) => Skipped { name: place, reason: format!("{} is listed before", row.image) },
                (Some(seen), Some(part)) => {
                    *seen = true;
                    self.entries.push((row.image, Some(part)));
                    continue;
                }
                // Of no part, it might come to be trained on and tested by: it is left out.
                (Some(seen), None) => {
                    *seen = true;
                    let reason = format!("{place} has partition '{number}'; it must be 0, 1 or 2");
                    Skipped { name: row.image, reason }
                }
            };
            self.skipped.push(skip);
        }
        let others = names.iter().filter(|name| listed.get(name.as_str()) == Some(&false));
        self.entries.extend(others.map(|name| (name.clone(), None)));
        Ok(())
    }
}

/// The part of partition `number`.
fn partition(number: &str) -> Option<Part> {
    let known = ["0", "1", "2"].contains(&number);
    Split::named(number).filter(|_| known).map(Split::part)
}

/// Whether an entry of the folder is an image of it; or why not.
fn usable(entry: &DirEntry, name: &str, inside: &Path) -> Result<(), String> {
    let kind = entry.file_type().map_err(|error| error.to_string())?;
    if !is_image(name) {
        return Err("not an image file".to_owned());
    }
    if entry.file_name().to_str().is_none() {
        return Err("its name is not UTF-8; give it another".to_owned());
    }
    if kind.is_symlink() {
        let target = entry.path().canonicalize().map_err(|error| error.to_string())?;
        return match target.starts_with(inside) {
            true if target.is_file() => Ok(()),
            true => Err("it is no file".to_owned()),
            false => Err("a link leads out of the folder".to_owned()),
        };
    }
    if kind.is_file() { Ok(()) } else { Err("it is no file".to_owned()) }
}

impl Source for Celeba {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        let skipped = self.skipped.iter().cloned().map(Err);
        let found = self.entries.iter().map(|(name, part)| {
            let content = Content::File(self.folder.join(name));
            let label = self.label.as_ref().and_then(|(number, attributes)| attributes.of(name)?.get(*number).copied());
            Ok(Record { name: name.clone(), label: label.map(u32::from), part: *part, content })
        });
        // Only a caller that has enough breaks off.
        let _ = skipped.chain(found).try_for_each(each);
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        Some(self.entries.len())
    }

    fn files(&self) -> Vec<PathBuf> {
        self.entries.iter().map(|(name, _)| self.folder.join(name)).chain(self.lists.clone()).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

/// Which attributes each image has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attributes {
    /// As the list has them, such as `Eyeglasses`.
    pub names: Vec<String>,
    /// Bit k for attribute k, by name of the image.
    images: HashMap<String, u64>,
}

impl Attributes {
    /// Whether `image` has each of the attributes, in the order of their names; `None` if it is not listed.
    pub fn of(&self, image: &str) -> Option<Vec<bool>> {
        let bits = self.images.get(image)?;
        Some((0..self.names.len()).map(|attribute| bits >> attribute & 1 == 1).collect())
    }

    /// Words, and -1 or 1 in each row; the text has its count of images in a first line of its own.
    fn of_list(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let header = loop {
            let line = lines.next()?.ok_or_else(|| wrong(path, "there is no line of names of attributes"))?.1;
            if line.parse::<u64>().is_err() {
                break words(&line).map(str::to_owned).collect::<Vec<_>>();
            }
        };
        let names = header[usize::from(header.first().is_some_and(|first| first == "image_id"))..].to_vec();
        if names.len() > MAX_ATTRIBUTES {
            let text = format!("{} names of attributes in a line, at most {MAX_ATTRIBUTES} are read", names.len());
            return Err(wrong(path, text));
        }
        let mut images = HashMap::new();
        while let Some((number, line)) = lines.next()? {
            let mut fields = words(&line);
            let image = fields.next().unwrap_or_default().to_owned();
            let bits = fields.map(|field| ["-1", "1"].iter().position(|value| *value == field));
            let bits: Option<Vec<usize>> = bits.collect();
            let bits = bits.filter(|bits| bits.len() == names.len()).ok_or_else(|| {
                let text = format!("line {number} must hold the name of an image and {} times -1 or 1", names.len());
                wrong(path, text)
            })?;
            let bits = bits.iter().rev().fold(0, |all, &bit| all << 1 | bit as u64);
            images.insert(image, bits);
        }
        Ok(Self { names, images })
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|word| !word.is_empty())
}

#[cfg(test)]
#[path = "celeba_tests.rs"]
mod tests;
