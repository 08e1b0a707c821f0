//! What the names of files and folders say.

use super::record::Part;
use std::path::Path;

/// Endings of image files that are read, in lower case. The content decides how a file is decoded.
const IMAGES: [&str; 6] = ["png", "jpg", "jpeg", "webp", "bmp", "gif"];

/// Whether `name` ends as an image file's.
pub(super) fn is_image(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| IMAGES.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// The part that a folder of that name holds.
pub(super) fn part_named(name: &str) -> Option<Part> {
    match name.to_ascii_lowercase().as_str() {
        "train" | "training" => Some(Part::Training),
        "test" | "testing" | "val" | "valid" | "validation" => Some(Part::HeldOut),
        _ => None,
    }
}

/// The part that one of the words of a file's name speaks of; data sets of digits have `extra` and `t10k`, too.
pub(super) fn part_among_words(name: &str) -> Option<Part> {
    name.split(|letter: char| !letter.is_alphanumeric()).find_map(|word| match word.to_ascii_lowercase().as_str() {
        "extra" => Some(Part::Training),
        "t10k" => Some(Part::HeldOut),
        other => part_named(other),
    })
}

/// The last part of a path, lossily.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// `path` as a name within `folder`: relative to it, with `/` between its parts, lossily.
pub(super) fn name_below(folder: &Path, path: &Path) -> String {
    let parts: Vec<_> = path.strip_prefix(folder).unwrap_or(path).iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
