//! Prepared images: their pixels in memory or in a cache file, and what is known of each.

use super::error::DataError;
use super::picture::{Original, Prepared};
use super::record::{Part, Record};
use super::stable_hash::StableHash;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// How many skipped files are remembered by name.
const SKIPPED_NAMED: usize = 1000;

/// What is known of the images of a store, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Index {
    pub channels: usize,
    pub side: usize,
    pub names: Vec<String>,
    pub labels: Vec<Option<u32>>,
    pub parts: Vec<Option<Part>>,
    /// Width, height and channels before preparation.
    pub originals: Vec<[u32; 3]>,
    /// Hash of each image's pixels.
    pub hashes: Vec<u64>,
    /// Mean of each channel of each image, `[image, channel]`, 0 to 255: the colours that p(0) is fitted to.
    pub colours: Vec<f32>,
    /// Mean of the squares, likewise.
    pub squares: Vec<f32>,
    pub classes: Vec<String>,
    /// Name and reason of the first thousand files that were passed over.
    pub skipped: Vec<String>,
    pub skipped_count: usize,
}

impl Index {
    pub fn new([channels, side]: [usize; 2], classes: &[String]) -> Self {
        Self { channels, side, classes: classes.to_vec(), ..Self::default() }
    }

    /// Bytes of one image.
    pub fn image_len(&self) -> usize {
        self.channels * self.side * self.side
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Adds an image whose pixels are kept elsewhere.
    pub fn add(&mut self, record: Tag, prepared: &Prepared) {
        let Original { width, height, channels } = prepared.original;
        self.names.push(record.name);
        self.labels.push(record.label);
        self.parts.push(record.part);
        self.originals.push([width, height, channels.into()]);
        self.hashes.push(StableHash::of(&prepared.pixels));
        let plane = self.side * self.side;
        for pixels in prepared.pixels.chunks_exact(plane) {
            let sum: u64 = pixels.iter().map(|&value| u64::from(value)).sum();
            let squares: u64 = pixels.iter().map(|&value| u64::from(value) * u64::from(value)).sum();
            self.colours.push((sum as f64 / plane as f64) as f32);
            self.squares.push((squares as f64 / plane as f64) as f32);
        }
    }

    pub fn skip(&mut self, name: &str, reason: &str) {
        self.skipped_count += 1;
        if self.skipped.len() < SKIPPED_NAMED {
            self.skipped.push(format!("{name}: {reason}"));
        }
    }

    /// Mean and standard deviation of each channel over all images, 0 to 255.
    pub fn statistics(&self) -> Vec<[f64; 2]> {
        let count = self.count().max(1) as f64;
        let mean = |values: &[f32], channel: usize| {
            values.iter().skip(channel).step_by(self.channels).map(|&value| f64::from(value)).sum::<f64>() / count
        };
        let statistic = |channel| {
            let (mean, square) = (mean(&self.colours, channel), mean(&self.squares, channel));
            [mean, (square - mean * mean).max(0.0).sqrt()]
        };
        (0..self.channels).map(statistic).collect()
    }
}

/// A record without its content.
pub(super) struct Tag {
    pub name: String,
    pub label: Option<u32>,
    pub part: Option<Part>,
}

impl Tag {
    /// Takes a record apart.
    pub fn of(record: Record) -> (Self, super::record::Content) {
        let Record { name, label, part, content } = record;
        (Self { name, label, part }, content)
    }
}

/// Prepared images and what is known of them.
#[derive(Debug)]
pub(super) struct Store {
    pub index: Index,
    pixels: Pixels,
}

/// `[image, channel, side, side]`.
#[derive(Debug)]
pub(super) enum Pixels {
    Memory(Vec<u8>),
    /// Read at their place when they are wanted. Not mapped into memory: a file that shrinks under a mapping ends the
    /// whole program, and mapped pages count as the program's memory.
    File {
        path: PathBuf,
        file: Mutex<File>,
    },
}

impl Store {
    /// `pixels` must hold what `index` says.
    pub fn new(index: Index, pixels: Pixels) -> Self {
        Self { index, pixels }
    }

    /// Reads image `item` into `out`, `[channel, side, side]`.
    ///
    /// # Errors
    /// A cache file that cannot be read any more, or that is not as it was written.
    pub fn read(&self, item: usize, out: &mut [u8]) -> Result<(), DataError> {
        let length = self.index.image_len();
        match &self.pixels {
            Pixels::Memory(pixels) => out.copy_from_slice(&pixels[item * length..][..length]),
            Pixels::File { path, file } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let place = SeekFrom::Start((item * length) as u64);
                let failed = |cause: String| DataError::Cache { path: path.clone(), message: cause };
                file.seek(place).and_then(|_| file.read_exact(out)).map_err(|error| failed(error.to_string()))?;
                if StableHash::of(out) != self.index.hashes[item] {
                    let name = &self.index.names[item];
                    // Without an index the set is prepared anew at the next start.
                    let _ = std::fs::remove_file(path.with_file_name("index.json"));
                    return Err(failed(format!("the pixels of '{name}' are not as they were written")));
                }
            }
        }
        Ok(())
    }

    /// Whether the pixels are in memory.
    pub fn in_memory(&self) -> bool {
        matches!(self.pixels, Pixels::Memory(_))
    }
}
