//! A folder of images: which files it holds, which of them are held out, and their pixels.

use super::picture::{self, Reason};
use super::source::SourceSpec;
use super::stable_hash::{StableHash, spread};
use crate::compute::Images;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// File name endings that are read, in lower case. The content decides how a file is decoded.
pub(super) const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// The files of a folder, in an order that does not depend on the file system.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub training: Vec<PathBuf>,
    pub held_out: Vec<PathBuf>,
    /// Name and reason of each file that is no image, and of each folder that cannot be read.
    pub skipped: Vec<String>,
}

/// The images of one part of a folder.
#[derive(Debug)]
pub(super) struct Part {
    /// `[n, channel, side, side]` in the model's range.
    pub images: Images,
    /// One name an image, relative to the folder, with `/` between its parts.
    pub names: Vec<String>,
    pub skipped: Vec<String>,
}

/// Lists `folder`: its `train/` and `test/` where it has both, else everything in it, split by a hash of the name.
pub(super) fn list(folder: &Path, held_out: f64) -> Listing {
    let (train, test) = (folder.join("train"), folder.join("test"));
    let mut listing = Listing::default();
    if train.is_dir() && test.is_dir() {
        listing.training = images_below(folder, &train, &mut listing.skipped);
        listing.held_out = images_below(folder, &test, &mut listing.skipped);
    } else {
        let files = images_below(folder, folder, &mut listing.skipped);
        (listing.training, listing.held_out) = split_by_name(folder, files, held_out);
    }
    listing
}

/// Reads `files`, in parallel and in their order.
pub(super) fn read(folder: &Path, files: &[PathBuf], spec: &SourceSpec) -> Part {
    let decoded: Vec<Result<Vec<f32>, Reason>> =
        files.par_iter().map(|path| picture::read(path, spec.side, spec.channels)).collect();
    let (mut data, mut names, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for (path, outcome) in files.iter().zip(decoded) {
        let name = name_of(folder, path);
        match outcome {
            Ok(pixels) => {
                data.extend(pixels.into_iter().map(|value| to_range(value, spec.range)));
                names.push(name);
            }
            Err(reason) => skipped.push(format!("{name}: {reason}")),
        }
    }
    let images = Images::new([names.len(), spec.channels, spec.side, spec.side], data);
    Part { images, names, skipped }
}

/// Maps 0..255 to `range` linearly; 0 and 255 land on the ends exactly.
fn to_range(value: f32, range: [f32; 2]) -> f32 {
    let share = value / 255.0;
    range[0] * (1.0 - share) + range[1] * share
}

/// Image files below `start`, sorted by name. Links are followed; a link that leads back to a folder above it is
/// skipped. Hidden files and folders are passed over.
fn images_below(folder: &Path, start: &Path, skipped: &mut Vec<String>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut others = Vec::new();
    let walk = WalkDir::new(start).follow_links(true).min_depth(1);
    for entry in walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) if entry.file_type().is_file() && has_image_ending(entry.path()) => {
                files.push(entry.into_path());
            }
            Ok(entry) => others.push(format!("{}: not an image file", name_of(folder, entry.path()))),
            Err(error) => others.push(walk_failure(folder, &error)),
        }
    }
    files.sort_by_cached_key(|path| (name_of(folder, path), path.clone()));
    others.sort();
    skipped.append(&mut others);
    files
}

fn walk_failure(folder: &Path, error: &walkdir::Error) -> String {
    let name = error.path().map_or_else(|| "?".to_owned(), |path| name_of(folder, path));
    match (error.loop_ancestor(), error.io_error()) {
        (Some(_), _) => format!("{name}: a link to a folder above it"),
        (None, Some(cause)) => format!("{name}: {cause}"),
        (None, None) => format!("{name}: unreadable"),
    }
}

fn is_hidden(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn has_image_ending(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn name_of(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// Holds out the files whose name hashes below `share` of the hash's range, so that adding files moves no other from
/// one side to the other. The file with the largest hash always stays for training.
fn split_by_name(folder: &Path, files: Vec<PathBuf>, share: f64) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let place = |path: &PathBuf| {
        let hash = spread(StableHash::of(name_of(folder, path).as_bytes()));
        hash as f64 / (u64::MAX as f64 + 1.0)
    };
    let largest = files.iter().map(place).fold(0.0, f64::max);
    files.into_iter().partition(|path| place(path) >= share.min(largest))
}

/// Any folder.
pub(super) fn recognises(path: &Path) -> bool {
    path.is_dir()
}

/// Opens the folder.
pub(super) fn open(path: &Path) -> Result<Box<dyn super::record::Source>, super::error::DataError> {
    Err(super::error::DataError::Unknown { path: path.to_path_buf() })
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
