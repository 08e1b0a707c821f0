//! IDX, the format of MNIST, Fashion-MNIST and EMNIST, gzipped or not: images [n, height, width] or
//! [n, height, width, channel] and labels [n], both of unsigned bytes. EMNIST's images are stored column by column and
//! are turned back.

use super::error::DataError;
use super::record::{Found, RawPixels, Source};
use super::series::{Broken, Grid, Series, can_inflate, in_words, read_block};
use crate::data::error::wrong;
use crate::data::names::{file_name, part_among_words};
use crate::data::regular::open_regular;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The type of unsigned bytes in IDX.
const UNSIGNED_BYTE: u8 = 0x08;

const FASHION: [&str; 10] =
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

/// A file or a folder of images in IDX, by their usual names.
pub(super) fn recognises(path: &Path) -> bool {
    match path.is_dir() {
        true => image_files(path).is_ok_and(|files| !files.is_empty()),
        false => is_images(&file_name(path)),
    }
}

/// Opens one file of images with its labels beside it, or those of a folder: train is for training, t10k is held out.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let paths = if path.is_dir() {
        image_files(path).map_err(|error| wrong(path, error.to_string()))?
    } else {
        vec![path.to_path_buf()]
    };
    if paths.is_empty() {
        return Err(wrong(path, "holds no file as train-images-idx3-ubyte or t10k-images-idx3-ubyte.gz".to_owned()));
    }
    for part in [true, false] {
        let of_part: Vec<String> =
            paths.iter().map(|path| file_name(path)).filter(|name| trains(name) == part).collect();
        if of_part.len() > 1 {
            let message =
                format!("holds several sets: {}; put the files of the one wanted into a folder", of_part.join(", "));
            return Err(wrong(path, message));
        }
    }
    let sets = paths.iter().map(|path| Set::open(path)).collect::<Result<_, _>>()?;
    let classes = if is_fashion(path) { FASHION.map(str::to_owned).to_vec() } else { Vec::new() };
    Ok(Box::new(Idx { sets, classes }))
}

/// Whether a file is named as images are: `…images-idx3-ubyte`, `…images.idx3-ubyte`, idx4 for colour, `.gz` behind it.
fn is_images(name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    ["idx3-ubyte", "idx4-ubyte"].iter().any(|ending| {
        let start = name.strip_suffix(ending).and_then(|start| start.strip_suffix(['-', '.']));
        start.is_some_and(|start| start.ends_with("images"))
    })
}

/// Whether a file's images are for training: all but those that are named otherwise.
fn trains(name: &str) -> bool {
    part_among_words(name) != Some(super::record::Part::HeldOut)
}

/// The files of images in `folder` or in its `raw/`, where torchvision puts them.
fn image_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (here, raw) = (image_files_in(folder)?, folder.join("raw"));
    if here.is_empty() && raw.is_dir() { image_files_in(&raw) } else { Ok(here) }
}

/// Those for training first; the plain one where it is there gzipped as well.
fn image_files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_named_so = entry.file_name().to_str().is_some_and(is_images);
        if is_named_so && entry.path().is_file() {
            names.push(file_name(&entry.path()));
        }
    }
    names.sort_by_key(|name| (!trains(name), name.clone()));
    names.dedup_by(|later, earlier| later.strip_suffix(".gz") == Some(earlier));
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The labels that belong to a file of images, where they lie beside it.
fn labels_of(images: &Path) -> Option<PathBuf> {
    let name = file_name(images);
    let name = name.strip_suffix(".gz").unwrap_or(&name).replace("images", "labels");
    let spellings = ["idx3", "idx4"].map(|kind| name.replace(kind, "idx1"));
    let separated = spellings
        .iter()
        .flat_map(|name| [name.clone(), name.replace("-idx1", ".idx1"), name.replace(".idx1", "-idx1")]);
    let mut candidates = separated.flat_map(|name| [name.clone(), format!("{name}.gz")]);
    candidates.find_map(|name| Some(images.with_file_name(name)).filter(|path| path.is_file()))
}

/// Whether the folder's name, or that of one of two above it, says Fashion.
fn is_fashion(path: &Path) -> bool {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let folder = if full.is_dir() { Some(full.as_path()) } else { full.parent() };
    folder
        .into_iter()
        .flat_map(Path::ancestors)
        .take(3)
        .any(|folder| file_name(folder).to_lowercase().contains("fashion"))
}

/// The files of a data set.
struct Idx {
    sets: Vec<Set>,
    classes: Vec<String>,
}

impl Source for Idx {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        for set in &self.sets {
            if set.records(self.classes.len(), each)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        let total = self.sets.iter().map(|set| set.whole.then_some(set.series.count)).sum::<Option<u64>>()?;
        usize::try_from(total).ok()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.sets.iter().flat_map(|set| std::iter::once(&set.images).chain(&set.labels).cloned()).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

/// A file of images whose header is read, and its labels.
struct Set {
    images: PathBuf,
    labels: Option<PathBuf>,
    grid: Grid,
    /// Images are stored column by column.
    turned: bool,
    /// The file is as long as its header says, as far as that can be seen without reading it.
    whole: bool,
    series: Series,
}

impl Set {
    fn open(path: &Path) -> Result<Self, DataError> {
        let refuse = |message: String| wrong(path, message);
        let images = Array::open(path)?;
        let (count, height, width, channels) = match images.dimensions[..] {
            [count, height, width] => (count, height, width, 1),
            [count, height, width, channels] => (count, height, width, channels),
            _ => return Err(refuse(format!("holds {:?} values; images are [n, height, width]", images.dimensions))),
        };
        let name = file_name(path);
        let turned = name.to_lowercase().starts_with("emnist");
        let (height, width) = if turned { (width, height) } else { (height, width) };
        let grid = Grid::new(height, width, channels).map_err(refuse)?;
        let values = grid.values_of(count).ok_or_else(|| refuse(format!("declares {count} images: damaged")))?;
        if images.compressed && !can_inflate(images.length, values) {
            return Err(refuse("declares more images than its bytes can hold; download it anew".to_owned()));
        }
        let whole = images.compressed || images.length >= images.header.saturating_add(values);
        let labels = labels_of(path);
        if let Some(labels) = &labels {
            let found = Array::open(labels)?.dimensions;
            if found != [count] {
                let message = format!("declares {found:?} labels, but {} {count} images", path.display());
                return Err(wrong(labels, format!("{message}; download both anew")));
            }
        }
        let series = Series { part: part_among_words(&name), name, count };
        Ok(Self { images: path.to_path_buf(), labels, grid, turned, whole, series })
    }

    fn records(
        &self,
        classes: usize,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, DataError> {
        let mut images = Array::open(&self.images)?.stream;
        let mut labels = self.labels.as_ref().map(|path| Array::open(path)).transpose()?.map(|array| array.stream);
        Ok(self.hand_out(&mut images, labels.as_deref_mut(), classes, each))
    }

    fn hand_out(
        &self,
        images: &mut dyn Read,
        mut labels: Option<&mut (dyn Read + 'static)>,
        classes: usize,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self.series.hand_out(each, || self.next(images, labels.as_deref_mut(), classes))? {
            true => self.series.finish(images, 0, each),
            false => ControlFlow::Continue(()),
        }
    }

    fn next(
        &self,
        images: &mut dyn Read,
        labels: Option<&mut (dyn Read + 'static)>,
        classes: usize,
    ) -> Result<(Option<u32>, RawPixels), Broken> {
        let data = read_block(images, self.grid.values())?;
        let mut label = [0];
        let read = labels.map(|labels| labels.read_exact(&mut label));
        let read =
            read.transpose().map_err(|error| Broken::Rest(format!("the labels break off ({})", in_words(&error))))?;
        if classes > 0 && usize::from(label[0]) >= classes {
            return Err(Broken::Image(format!("its label {} is none of the {classes} classes", label[0])));
        }
        let steps = if self.turned { self.grid.column_major() } else { self.grid.interleaved() };
        Ok((read.map(|()| u32::from(label[0])), self.grid.pixels(data, steps)))
    }
}

/// An array of unsigned bytes, with its header read.
struct Array {
    dimensions: Vec<u64>,
    compressed: bool,
    /// Bytes of the file, and of the header.
    length: u64,
    header: u64,
    /// Begins with the first value.
    stream: Box<dyn Read>,
}

impl Array {
    fn open(path: &Path) -> Result<Self, DataError> {
        Self::read(path).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => wrong(path, "ends within its header; download it anew".to_owned()),
            _ => wrong(path, error.to_string()),
        })
    }

    fn read(path: &Path) -> io::Result<Self> {
        let mut file = open_regular(path)?;
        let length = file.metadata()?.len();
        // Whether it is compressed its bytes say, not its name: browsers unpack without renaming.
        let compressed = read_block(&mut file, 2).is_ok_and(|start| start == [0x1F, 0x8B]);
        file.rewind()?;
        let mut stream: Box<dyn Read> = match compressed {
            true => Box::new(MultiGzDecoder::new(file)),
            false => Box::new(file),
        };
        stream = Box::new(BufReader::new(stream));
        let mut magic = [0; 4];
        stream.read_exact(&mut magic)?;
        let [0, 0, kind, count] = magic else {
            return Err(invalid("begins as no IDX file; download it anew"));
        };
        if kind != UNSIGNED_BYTE {
            return Err(invalid(&format!(
                "holds values of type {kind:#04x}; images and labels are unsigned bytes (0x08)"
            )));
        }
        let mut dimensions = Vec::new();
        for _ in 0..count {
            let mut dimension = [0; 4];
            stream.read_exact(&mut dimension)?;
            dimensions.push(u64::from(u32::from_be_bytes(dimension)));
        }
        Ok(Self { dimensions, compressed, length, header: 4 + 4 * u64::from(count), stream })
    }
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, message)
}

#[cfg(test)]
#[path = "idx_tests.rs"]
mod tests;
