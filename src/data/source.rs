//! Where a recipe's images come from, and reading them.

use super::data_set::DataSet;
use super::error::DataError;
use super::{builtin, folder};
use std::path::{Path, PathBuf};

/// Largest image side that a source may ask for, in pixels.
const MAX_SIDE: usize = 2048;

/// The place of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A data set that comes with the program, by name (see [`super::BUILTIN`]).
    Builtin(String),
    /// A folder of images, with sub-folders.
    Folder(PathBuf),
}

/// What to read and how.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceSpec {
    pub place: Place,
    /// Side of the images, in pixels: 1 to 2048.
    pub side: usize,
    /// Model values of black (0) and white (255).
    pub range: [f32; 2],
    /// Whether each observed image is mirrored left to right on the toss of a coin.
    pub flip: bool,
    /// Standard deviation of the noise added to observed images, in model units.
    pub noise: f32,
    /// 3 for colour, 1 for grey.
    pub channels: usize,
    /// Share of the images held out of training, in [0, 1), where the folder has no `train/` and `test/`.
    pub held_out: f64,
}

impl Default for SourceSpec {
    /// The built-in portraits at 32 × 32, on [-1, 1], mirrored at random, without noise; a tenth held out.
    fn default() -> Self {
        Self {
            place: Place::Builtin(builtin::BUILTIN[0].to_owned()),
            side: 32,
            range: [-1.0, 1.0],
            flip: true,
            noise: 0.0,
            channels: 3,
            held_out: 0.1,
        }
    }
}

/// Reads the images of `spec`. A relative folder is looked for below `base`, then below the current directory.
///
/// Files that cannot be used are skipped and listed in [`DataSet::skipped`].
///
/// # Errors
/// A setting out of range, a folder that is not there, or no readable training image.
pub fn load(spec: &SourceSpec, base: &Path) -> Result<DataSet, DataError> {
    check(spec)?;
    let (title, place) = match &spec.place {
        Place::Builtin(name) => (name.clone(), builtin::folder(name)?),
        Place::Folder(path) => (path.display().to_string(), find_folder(path, base)?),
    };
    let listing = folder::list(&place, spec.held_out);
    let training = folder::read(&place, &listing.training, spec);
    let held_out = folder::read(&place, &listing.held_out, spec);
    let mut skipped = listing.skipped;
    skipped.extend_from_slice(&training.skipped);
    skipped.extend_from_slice(&held_out.skipped);
    if training.names.is_empty() {
        return Err(DataError::NothingReadable { folder: place, skipped: skipped.len(), reasons: skipped });
    }
    Ok(DataSet::new(&title, training, held_out, skipped, spec.range))
}

fn check(spec: &SourceSpec) -> Result<(), DataError> {
    let rules = [
        ((1..=MAX_SIDE).contains(&spec.side), format!("side is {}, it must be 1 to {MAX_SIDE}", spec.side)),
        (
            is_range(spec.range),
            format!("range is {:?}, it must be two finite numbers, the lower one first", spec.range),
        ),
        (spec.noise.is_finite() && spec.noise >= 0.0, format!("noise is {}, it must be 0 or more", spec.noise)),
        (matches!(spec.channels, 1 | 3), format!("channels is {}, it must be 3 (colour) or 1 (grey)", spec.channels)),
        (
            (0.0..1.0).contains(&spec.held_out),
            format!("held_out is {}, it must be at least 0 and below 1", spec.held_out),
        ),
    ];
    for (holds, message) in rules {
        if !holds {
            return Err(DataError::Settings(message));
        }
    }
    Ok(())
}

/// Two finite numbers, the lower one first.
pub(super) fn is_range(range: [f32; 2]) -> bool {
    let [low, high] = range;
    low.is_finite() && high.is_finite() && low < high
}

fn find_folder(path: &Path, base: &Path) -> Result<PathBuf, DataError> {
    if path.as_os_str().is_empty() {
        return Err(DataError::Settings("the folder's path is empty".to_owned()));
    }
    let mut looked: Vec<PathBuf> = Vec::new();
    // Joining an absolute path gives that path, whatever stands before it.
    for candidate in [base.join(path), path.to_path_buf()] {
        let candidate = std::path::absolute(&candidate).unwrap_or(candidate);
        if candidate.is_dir() {
            return Ok(candidate);
        }
        if !looked.contains(&candidate) {
            looked.push(candidate);
        }
    }
    Err(DataError::MissingFolder { asked: path.to_path_buf(), looked })
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
