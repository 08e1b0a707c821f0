//! What can go wrong while a data set is read.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// How many reasons a message quotes before it stops.
const REASONS_SHOWN: usize = 3;

/// A data set that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// No folder stands at any of the places looked at.
    #[error(
        "there is no image folder or archive '{}'; looked for {}. Put the images there, or give the path \
         relative to the recipe or as an absolute path",
        asked.display(),
        listed(looked)
    )]
    MissingFolder {
        /// As the recipe wrote it.
        asked: PathBuf,
        /// Absolute paths, in the order they were tried.
        looked: Vec<PathBuf>,
    },
    /// The name of a built-in data set that this program does not have.
    #[error("there is no built-in data set '{name}'; the built-in ones are: {}", known.join(", "))]
    UnknownBuiltin { name: String, known: Vec<String> },
    /// A source without one readable training image.
    #[error(
        "no readable training image in {}: {skipped} files skipped{}. Put png, jpeg, webp, bmp or gif images there",
        folder.display(),
        quoted(reasons)
    )]
    NothingReadable {
        /// Absolute.
        folder: PathBuf,
        /// Files (and unreadable folders) that were passed over.
        skipped: usize,
        /// Name and reason of each of them.
        reasons: Vec<String>,
    },
    /// A data set that a manifest describes and that is at none of its places.
    #[error("the data set '{name}' is not here; looked for {}. Get it with:\n{how}", listed(looked))]
    NotFetched {
        name: String,
        /// Absolute paths, in the order they were tried.
        looked: Vec<PathBuf>,
        /// The commands that get it, one a line.
        how: String,
    },
    /// A file that is of no layout known here.
    #[error(
        "'{}' is no data set known here. Known are folders of images, CelebA, SVHN (.mat), Places, CIFAR (binary), IDX, \
         .npy, .npz, .tar, .zip and .parquet",
        path.display()
    )]
    Unknown { path: PathBuf },
    /// Files that are not as their layout has them; the text says what is wrong and how to mend it.
    #[error("'{}': {message}", path.display())]
    Layout { path: PathBuf, message: String },
    /// The cache of prepared images fails.
    #[error(
        "the cache of prepared images '{}' fails: {message}. Make room there, or name a folder on another disk by \
         EMBERLAB_CACHE; it can be removed at any time, images are then prepared anew",
        path.display()
    )]
    Cache { path: PathBuf, message: String },
    /// Whoever asked for the images did not wait for them.
    #[error("reading the images was broken off")]
    BrokenOff,
    /// A setting outside its range; the text says which and what the range is.
    #[error("data settings: {0}")]
    Settings(String),
}

/// A file that is not as its layout has it.
pub(super) fn wrong(path: &Path, message: impl Into<String>) -> DataError {
    DataError::Layout { path: path.to_path_buf(), message: message.into() }
}

fn listed(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    shown.join(", then ")
}

fn quoted(reasons: &[String]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let shown = reasons.len().min(REASONS_SHOWN);
    let mut text = format!(" ({}", reasons[..shown].join("; "));
    if shown < reasons.len() {
        // Writing to a string cannot fail.
        let _ = write!(text, "; and {} more", reasons.len() - shown);
    }
    text.push(')');
    text
}
