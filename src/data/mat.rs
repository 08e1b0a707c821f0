//! SVHN's cropped digits, as they are published: MATLAB files of level 5 with the images `X`
//! [height, width, channel, n] (or [height, width, n] in grey) of class uint8 and the labels `y` [n, 1] of any numeric
//! class, where 10 stands for the digit 0.
//!
//! The reader is our own and streams, since those there are keep a whole file in memory, twice, and trust declared sizes.
//! MATLAB stores column-major, so that each image is one block. A single image has lost its last dimension:
//! [height, width] is one in grey, [height, width, 3] is one in colour where there is one label.

mod element;

use super::error::DataError;
use super::record::{Found, RawPixels, Source};
use super::series::{Broken, Grid, Series, in_words, read_block};
use crate::data::error::wrong;
use crate::data::names::{file_name, part_among_words};
use element::{Element, Elements, Kind, Variable};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Files of a folder, in the order in which they are read.
const FILES: [&str; 3] = ["train_32x32.mat", "extra_32x32.mat", "test_32x32.mat"];
/// Bytes that may follow the pixels in their element: padding.
const PADDING: u64 = 8;

/// A `.mat` file, or a folder with one of SVHN's.
pub(super) fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return FILES.iter().any(|file| path.join(file).is_file());
    }
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mat"))
}

/// Opens one `.mat` file, or those of SVHN in a folder: train and extra are for training, test is held out.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let paths = if path.is_dir() {
        FILES.iter().map(|file| path.join(file)).filter(|path| path.is_file()).collect()
    } else {
        vec![path.to_path_buf()]
    };
    if paths.is_empty() {
        return Err(wrong(path, format!("none of {} is here; put them in this folder", FILES.join(", "))));
    }
    let files = paths.iter().map(|path| MatFile::open(path)).collect::<Result<_, _>>()?;
    Ok(Box::new(Svhn { files, classes: (0..10).map(|digit| digit.to_string()).collect() }))
}

/// One or several files of digits.
struct Svhn {
    files: Vec<MatFile>,
    classes: Vec<String>,
}

impl Source for Svhn {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        for file in &self.files {
            if file.records(each)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        let counts = self.files.iter().map(|file| file.elements.whole.then_some(file.series.count));
        let total = counts.sum::<Option<u64>>()?;
        usize::try_from(total).ok()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

/// A file whose headers are read.
struct MatFile {
    path: PathBuf,
    elements: Elements,
    images: Element,
    labels: Option<Element>,
    /// Why there are none, where one of the other variables cannot be read.
    without_labels: Option<String>,
    grid: Grid,
    series: Series,
}

impl MatFile {
    fn open(path: &Path) -> Result<Self, DataError> {
        let refuse = |message: String| wrong(path, message);
        let elements = Elements::of(path).map_err(refuse)?;
        let found = Variables::of(path, &elements);
        let Some((images, variable)) = found.images else { return Err(refuse(found.without_images())) };
        let labels = found.labels.as_ref().map(|(_, variable)| variable.dimensions.iter().product());
        let (grid, count) = layout(&variable, labels).map_err(refuse)?;
        if labels.is_some_and(|labels| labels != count) {
            let labels = labels.unwrap_or(0);
            return Err(refuse(format!("X holds {count} images and y {labels} labels; they must be as many")));
        }
        let name = file_name(path);
        let series = Series { part: part_among_words(&name), name, count };
        let without_labels = found.unreadable.filter(|_| found.labels.is_none());
        let labels = found.labels.map(|(element, _)| element);
        Ok(Self { path: path.to_path_buf(), elements, images, labels, without_labels, grid, series })
    }

    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<ControlFlow<()>, DataError> {
        if let Some(reason) = &self.without_labels {
            let reason = format!("its images have no labels, for a variable cannot be read ({reason})");
            if each(Err(self.series.skipped(reason))).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let mut images = self.variable(self.images)?;
        let mut labels = self.labels.map(|element| self.variable(element)).transpose()?;
        Ok(self.hand_out(&mut images, labels.as_mut(), each))
    }

    fn hand_out(
        &self,
        images: &mut Variable,
        mut labels: Option<&mut Variable>,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self.series.hand_out(each, || self.next(images, labels.as_deref_mut()))? {
            true => self.series.finish(&mut images.numbers, PADDING, each),
            false => ControlFlow::Continue(()),
        }
    }

    fn next(&self, images: &mut Variable, labels: Option<&mut Variable>) -> Result<(Option<u32>, RawPixels), Broken> {
        let data = read_block(&mut images.numbers, self.grid.values())?;
        let label = labels.map(|labels| labels.next_number().map_err(|error| labels_end(&error))).transpose()?;
        let label = label.map(digit).transpose()?;
        Ok((label, self.grid.pixels(data, self.grid.column_major())))
    }

    fn variable(&self, element: Element) -> Result<Variable, DataError> {
        let again = self.elements.variable(&self.path, element);
        let variable = again.map_err(|error| wrong(&self.path, in_words(&error)))?;
        variable.ok_or_else(|| wrong(&self.path, "it was changed while it was read; start again".to_owned()))
    }
}

/// The two variables that count, and what else there is.
struct Variables {
    images: Option<(Element, Variable)>,
    labels: Option<(Element, Variable)>,
    /// Names of other variables and what is wrong with unreadable ones.
    others: Vec<String>,
    /// What is wrong with the first one that cannot be read.
    unreadable: Option<String>,
}

impl Variables {
    /// Most others that a message lists.
    const LISTED: usize = 8;

    fn of(path: &Path, elements: &Elements) -> Self {
        let mut found = Self { images: None, labels: None, others: Vec::new(), unreadable: None };
        for &element in &elements.elements {
            match elements.variable(path, element) {
                Ok(Some(variable)) if variable.name == "X" => found.images = Some((element, variable)),
                Ok(Some(variable)) if variable.name == "y" => found.labels = Some((element, variable)),
                Ok(Some(variable)) => found.list(format!("'{}'", variable.name)),
                Ok(None) => found.list("one that is no array of numbers".to_owned()),
                Err(error) => {
                    let reason = in_words(&error);
                    found.list(format!("an unreadable one ({reason})"));
                    found.unreadable.get_or_insert(reason);
                }
            }
        }
        found
    }

    fn list(&mut self, other: String) {
        if self.others.len() < Self::LISTED {
            self.others.push(other);
        }
    }

    fn without_images(&self) -> String {
        let others = if self.others.is_empty() { "nothing else".to_owned() } else { self.others.join(", ") };
        format!(
            "no readable variable X with images [height, width, channel, n], but {others}. Save them as uint8 under the \
             name X, the labels under y; if the file should have them, copy or download it anew"
        )
    }
}

/// Size and number of the images in `X`, where there are as many `labels`.
fn layout(images: &Variable, labels: Option<u64>) -> Result<(Grid, u64), String> {
    if images.class != "uint8" || images.kind != Kind::Unsigned(1) {
        return Err(format!("X is of class {}; save it as uint8, with values from 0 to 255", images.class));
    }
    let (grid, count) = match images.dimensions[..] {
        [height, width, channels, count] => (Grid::new(height, width, channels)?, count),
        [height, width, 3] if labels == Some(1) => (Grid::new(height, width, 3)?, 1),
        [height, width, count] => (Grid::new(height, width, 1)?, count),
        [height, width] => (Grid::new(height, width, 1)?, 1),
        _ => {
            return Err(format!(
                "X has the dimensions {:?}; save it as [height, width, channel, n] or [height, width, n]",
                images.dimensions
            ));
        }
    };
    Ok((grid, count))
}

fn labels_end(error: &std::io::Error) -> Broken {
    Broken::Rest(format!("the labels y break off ({})", in_words(error)))
}

/// The digit that a label of SVHN stands for.
fn digit(label: f64) -> Result<u32, Broken> {
    match label {
        10.0 => Ok(0),
        digit if (0.0..10.0).contains(&digit) && digit.fract() == 0.0 => Ok(digit as u32),
        _ => Err(Broken::Image(format!("its label {label} is no number from 1 to 10"))),
    }
}

#[cfg(test)]
#[path = "mat_tests.rs"]
mod tests;
