//! NumPy's arrays of images: a `.npy` file, a `.npz` archive, or a folder of them.
//!
//! **Shapes.** [n, height, width], [n, height, width, channel] or [n, channel, height, width], in C's or Fortran's order.
//! Of four axes the last is the channel where its length is 1 or 3, else the second one is. Three axes are images in grey,
//! but where the last axis' length is 1 or 3 they are one image [height, width, channel].
//!
//! **Values.** Unsigned bytes as they are; other integers must be 0 to 255; false and true are 0 and 255. Floats are in
//! [0, 1], [-1, 1] or [0, 255], the first of these that holds the least and the greatest finite value of all chosen
//! arrays, which is found by reading them once more before. An image with another value is skipped.
//!
//! **Choice.** [`choice`] says which arrays are images, which are their labels, and of what part they are.
//!
//! Arrays of objects hold pickles, which are programs: they are refused, never run.

mod array;
mod choice;
mod numbers;
mod pixels;

use super::error::DataError;
use super::record::{Found, Skipped, Source};
use super::series::{self, Broken, Series};
use crate::data::error::wrong;
use crate::data::names::{self, is_image};
use array::{Array, Stream};
use choice::Chosen;
use numbers::ImageNumbers;
use pixels::Scale;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Most arrays that a message lists.
const MAX_LISTED: usize = 8;

/// A `.npy` or `.npz` file, or a folder with such files and no image files in it or in a folder of it.
pub(super) fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return !array_files(path).is_empty() && !holds_pictures(path, 2);
    }
    is_array_file(path)
}

fn ends_with_one_of(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

fn is_array_file(path: &Path) -> bool {
    ends_with_one_of(path, &["npy", "npz"])
}

/// The files of arrays in a folder, by name.
fn array_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_array_file(path) && path.is_file()).collect();
    files.sort();
    files
}

fn holds_pictures(folder: &Path, depth: usize) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        is_image(&names::file_name(&path)) || (depth > 1 && path.is_dir() && holds_pictures(&path, depth - 1))
    })
}

/// Opens a file, or all files of a folder, whose `.npy` files together are as one `.npz`.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let files = if path.is_dir() { array_files(path) } else { vec![path.to_path_buf()] };
    let (archives, singles): (Vec<_>, Vec<_>) = files.iter().partition(|file| ends_with_one_of(file, &["npz"]));
    let mut source = Numpy { chosen: Vec::new(), unreadable: Vec::new(), files: files.clone() };
    let mut others = Vec::new();
    source.add(singles.into_iter().map(|file| Array::of_file(file)).collect(), true, &mut others);
    for archive in archives {
        match Array::of_archive(archive) {
            Ok(arrays) => source.add(arrays, false, &mut others),
            Err(message) if path.is_dir() => {
                source.unreadable.push(Skipped { name: names::file_name(archive), reason: message });
            }
            Err(message) => return Err(wrong(archive, message)),
        }
    }
    if source.chosen.is_empty() {
        others.extend(source.unreadable.iter().map(|Skipped { name, reason }| format!("{name} ({reason})")));
        others.truncate(MAX_LISTED);
        let found = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
        let message = format!(
            "no array of images, but {found}. Save images as numbers [n, height, width] or [n, height, width, channel] by \
             numpy.save or numpy.savez"
        );
        return Err(wrong(path, message));
    }
    Ok(Box::new(source))
}

/// Arrays of images.
struct Numpy {
    chosen: Vec<Chosen>,
    unreadable: Vec<Skipped>,
    files: Vec<PathBuf>,
}

impl Numpy {
    /// Takes the images of arrays that belong together.
    fn add(&mut self, arrays: Vec<Result<Array, Skipped>>, every: bool, others: &mut Vec<String>) {
        let (readable, unreadable): (Vec<_>, Vec<_>) = arrays.into_iter().partition(Result::is_ok);
        let readable: Vec<Array> = readable.into_iter().flatten().collect();
        self.unreadable.extend(unreadable.into_iter().filter_map(Result::err));
        self.chosen.extend(choice::choose(&readable, every, others, &mut self.unreadable));
    }

    /// The range of all floats together, as long as they can be read.
    fn scale(&self) -> Result<Scale, DataError> {
        let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        for Chosen { images, .. } in self.chosen.iter().filter(|chosen| chosen.images.encoding.is_float()) {
            let (from, to) = numbers::bounds(images).map_err(|error| unreadable(images, &error))?;
            (least, greatest) = (least.min(from), greatest.max(to));
        }
        Scale::of(least, greatest).ok_or_else(|| DataError::Layout {
            path: self.chosen[0].images.path.clone(),
            message: format!(
                "its floats are {least} to {greatest}, which is in none of the ranges [0, 1], [-1, 1] and [0, 255]; bring \
                 them to one of these"
            ),
        })
    }
}

fn unreadable(array: &Array, error: &std::io::Error) -> DataError {
    wrong(&array.path, series::in_words(error))
}

impl Source for Numpy {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        let scale = self.scale()?;
        for skipped in &self.unreadable {
            if each(Err(skipped.clone())).is_break() {
                return Ok(());
            }
        }
        for chosen in &self.chosen {
            let images = ImageNumbers::of(chosen).map_err(|error| unreadable(&chosen.images, &error))?;
            let labels = chosen
                .labels
                .as_ref()
                .map(|array| Ok((array, array.numbers().map_err(|error| unreadable(array, &error))?)));
            if chosen.hand_out(images, labels.transpose()?, scale, each).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        let total =
            self.chosen.iter().map(|chosen| chosen.images.whole.then_some(chosen.count)).sum::<Option<u64>>()?;
        usize::try_from(total).ok()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }
}

impl Chosen {
    fn hand_out(
        &self,
        mut images: ImageNumbers,
        mut labels: Option<(&Array, Stream)>,
        scale: Scale,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let series = Series { name: self.images.shown.clone(), count: self.count, part: self.part };
        let whole = series.hand_out(each, || {
            // The label is read first: a bad image must not shift it.
            let label = labels.as_mut().map(|(array, stream)| label(array, stream)).transpose()?.flatten();
            let pixels = self.images.encoding.pixels(images.next()?, scale)?;
            Ok((label, self.grid.pixels(pixels, self.steps)))
        })?;
        match images.stream() {
            Some(stream) if whole => series.finish(stream, 0, each),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The next label; none where the number is no index.
fn label(array: &Array, stream: &mut Stream) -> Result<Option<u32>, Broken> {
    let bytes = series::read_block(stream, array.encoding.size());
    let bytes = bytes.map_err(|error| {
        Broken::Rest(format!("the labels {} break off ({})", array.shown, series::in_words(&error)))
    })?;
    let value = array.encoding.value(&bytes);
    let is_index = value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value);
    Ok(is_index.then_some(value as u32))
}

#[cfg(test)]
#[path = "numpy_tests.rs"]
mod tests;
