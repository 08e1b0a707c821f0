//! CIFAR-10 and CIFAR-100 in their binary version: images of 32 × 32 pixels, each behind its label (in CIFAR-100 behind
//! the coarse and the fine one, of which the fine one counts), red, green and blue plane by plane.

use super::error::DataError;
use super::record::{Found, Part, RawPixels, Source};
use super::series::{Broken, Grid, Series, read_block};
use crate::data::error::wrong;
use crate::data::names::file_name;
use crate::data::regular::open_regular;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const SIDE: u64 = 32;
/// Longest file of class names, in bytes.
const MAX_NAMES: u64 = 64 * 1024;
/// The folders in the archives as they are published.
const FOLDERS: [&str; 2] = ["cifar-10-batches-bin", "cifar-100-binary"];
const CIFAR_10: Edition = Edition {
    files: &[
        ("data_batch_1.bin", Part::Training),
        ("data_batch_2.bin", Part::Training),
        ("data_batch_3.bin", Part::Training),
        ("data_batch_4.bin", Part::Training),
        ("data_batch_5.bin", Part::Training),
        ("test_batch.bin", Part::HeldOut),
    ],
    names: "batches.meta.txt",
    classes: 10,
    labels: 1,
};
const CIFAR_100: Edition = Edition {
    files: &[("train.bin", Part::Training), ("test.bin", Part::HeldOut)],
    names: "fine_label_names.txt",
    classes: 100,
    labels: 2,
};
/// Files of the version for Python.
const PICKLED: [(&str, &str); 2] = [("data_batch_1", "batches.meta"), ("train", "meta")];

/// What tells one of the two data sets from the other.
struct Edition {
    files: &'static [(&'static str, Part)],
    /// The file of the names of the classes, one a line.
    names: &'static str,
    classes: usize,
    /// Label bytes before each image; the last one counts.
    labels: usize,
}

impl Edition {
    fn record(&self) -> u64 {
        self.labels as u64 + 3 * SIDE * SIDE
    }

    /// The edition that `folder` holds files of. Names as train.bin are common: there the names of classes or a file's
    /// length must agree.
    fn of(folder: &Path) -> Option<&'static Self> {
        let holds = |edition: &Self| edition.files.iter().any(|(file, _)| folder.join(file).is_file());
        let agrees = |file: &str| {
            let length = std::fs::metadata(folder.join(file)).map_or(0, |found| found.len());
            length > 0 && length.is_multiple_of(CIFAR_100.record())
        };
        if holds(&CIFAR_10) {
            return Some(&CIFAR_10);
        }
        let is_100 = folder.join(CIFAR_100.names).is_file() || CIFAR_100.files.iter().any(|(file, _)| agrees(file));
        (holds(&CIFAR_100) && is_100).then_some(&CIFAR_100)
    }
}

/// One of the files, a folder with them, or a folder with the published archive's folder.
pub(super) fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return is_pickled(path) || !folders(path).is_empty();
    }
    single(path).is_some()
}

/// Opens one file, or all of a folder's: batches and train are for training, test is held out.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let wrong = |message: String| wrong(path, message);
    let (folder, edition, files) = if path.is_dir() {
        match &folders(path)[..] {
            [(folder, edition)] => (folder.clone(), *edition, edition.files.to_vec()),
            [] if is_pickled(path) => {
                return Err(wrong(
                    "is CIFAR's version for Python, whose pickles are programs and are not run; download the binary \
                     version (cifar-10-binary.tar.gz, cifar-100-binary.tar.gz) and unpack it"
                        .to_owned(),
                ));
            }
            [] => return Err(wrong("holds no data_batch_1.bin or train.bin of CIFAR's binary version".to_owned())),
            _ => return Err(wrong(format!("holds both data sets; give one of {}", FOLDERS.join(", ")))),
        }
    } else {
        let (edition, file) = single(path).ok_or_else(|| wrong("is no file of CIFAR's binary version".to_owned()))?;
        (path.with_file_name(""), edition, vec![file])
    };
    let here = files.into_iter().filter(|(file, _)| folder.join(file).is_file());
    let batches = here.map(|(file, part)| Batch::open(folder.join(file), part, edition)).collect::<Result<_, _>>()?;
    let grid = Grid::new(SIDE, SIDE, 3).map_err(wrong)?;
    let names = folder.join(edition.names);
    let classes = classes(&names, edition.classes);
    Ok(Box::new(Cifar { batches, edition, grid, names, classes }))
}

/// The folders of a data set at or in `path`, with what they hold.
fn folders(path: &Path) -> Vec<(PathBuf, &'static Edition)> {
    let with_edition = |folder: PathBuf| Edition::of(&folder).map(|edition| (folder, edition));
    match with_edition(path.to_path_buf()) {
        Some(found) => vec![found],
        None => FOLDERS.iter().filter_map(|name| with_edition(path.join(name))).collect(),
    }
}

/// What a single file is of.
fn single(path: &Path) -> Option<(&'static Edition, (&'static str, Part))> {
    let edition = Edition::of(path.parent()?)?;
    let name = file_name(path);
    edition.files.iter().find(|(file, _)| *file == name).map(|file| (edition, *file))
}

fn is_pickled(folder: &Path) -> bool {
    PICKLED.iter().any(|(batch, meta)| folder.join(batch).is_file() && folder.join(meta).is_file())
}

/// The names of the classes, where the file holds as many as there are.
fn classes(path: &Path, count: usize) -> Vec<String> {
    let mut bytes = Vec::new();
    let read = open_regular(path).and_then(|file| file.take(MAX_NAMES).read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<String> = text.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if read.is_ok() && names.len() == count { names } else { Vec::new() }
}

/// A data set's files.
struct Cifar {
    batches: Vec<Batch>,
    edition: &'static Edition,
    grid: Grid,
    /// The file of the names of the classes.
    names: PathBuf,
    classes: Vec<String>,
}

impl Source for Cifar {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        for batch in &self.batches {
            let mut file = BufReader::new(open_regular(&batch.path).map_err(|error| batch.wrong(&error))?);
            if batch.series.count == 0 && each(Err(batch.series.skipped("the file is empty".to_owned()))).is_break() {
                break;
            }
            if batch.series.hand_out(each, || self.next(&mut file)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        usize::try_from(self.batches.iter().map(|batch| batch.whole).sum::<u64>()).ok()
    }

    fn files(&self) -> Vec<PathBuf> {
        let names = (!self.classes.is_empty()).then(|| self.names.clone());
        self.batches.iter().map(|batch| batch.path.clone()).chain(names).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

impl Cifar {
    fn next(&self, file: &mut dyn Read) -> Result<(Option<u32>, RawPixels), Broken> {
        let mut data = read_block(file, self.edition.labels + self.grid.values())?;
        let label = data[self.edition.labels - 1];
        data.drain(..self.edition.labels);
        if usize::from(label) >= self.edition.classes {
            return Err(Broken::Image(format!("its label {label} is none of the {} classes", self.edition.classes)));
        }
        Ok((Some(u32::from(label)), self.grid.pixels(data, self.grid.planar())))
    }
}

/// One file of images.
struct Batch {
    path: PathBuf,
    /// Images that are there whole.
    whole: u64,
    /// With one more image where the file breaks off within it.
    series: Series,
}

impl Batch {
    fn open(path: PathBuf, part: Part, edition: &Edition) -> Result<Self, DataError> {
        let found = std::fs::metadata(&path);
        let length = found.map_err(|error| wrong(&path, error.to_string()))?.len();
        let count = length.div_ceil(edition.record());
        let series = Series { name: file_name(&path), count, part: Some(part) };
        Ok(Self { path, whole: length / edition.record(), series })
    }

    fn wrong(&self, error: &std::io::Error) -> DataError {
        wrong(&self.path, error.to_string())
    }
}

#[cfg(test)]
#[path = "cifar_tests.rs"]
mod tests;
