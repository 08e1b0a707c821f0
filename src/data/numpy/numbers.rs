//! The numbers of an array of images, image by image.

use super::array::{Array, Stream};
use super::choice::Chosen;
use super::series::read_block;
use std::io::{self, ErrorKind, Read};

/// Longest stretch of numbers that is kept where images lie interwoven, in bytes; at least one image is.
const BLOCK: u64 = 64 * 1024 * 1024;
/// Bytes that are looked through at once.
const CHUNK: usize = 64 * 1024;

/// Reads one image after the other.
pub(super) enum ImageNumbers<'a> {
    /// C's order: an image is one stretch of `length` bytes.
    OneByOne {
        stream: Stream,
        length: usize,
    },
    Interwoven(Interwoven<'a>),
}

/// Fortran's order: each pixel of the first image is followed by that of all others, so that many images are gathered in
/// one pass through the file.
pub(super) struct Interwoven<'a> {
    array: &'a Array,
    /// Numbers of an image, and images.
    values: u64,
    count: u64,
    /// Images in the block, the first of them, and the next one to be read.
    held: u64,
    first: u64,
    next: u64,
    /// `[value, image]`
    block: Vec<u8>,
}

impl<'a> ImageNumbers<'a> {
    /// # Errors
    /// A file that cannot be read any more.
    pub fn of(chosen: &'a Chosen) -> io::Result<Self> {
        let (array, values) = (&chosen.images, chosen.grid.values());
        if array.fortran && chosen.count > 1 {
            let (values, count) = (values as u64, chosen.count);
            return Ok(Self::Interwoven(Interwoven {
                array,
                values,
                count,
                held: 0,
                first: 0,
                next: 0,
                block: Vec::new(),
            }));
        }
        Ok(Self::OneByOne { stream: array.numbers()?, length: values * array.encoding.size() })
    }

    /// The bytes of the next image's numbers.
    ///
    /// # Errors
    /// The end of the file, or damage.
    pub fn next(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::OneByOne { stream, length } => read_block(stream, *length),
            Self::Interwoven(images) => images.next(),
        }
    }

    /// The stream behind the last image, where there is one.
    pub fn stream(&mut self) -> Option<&mut Stream> {
        match self {
            Self::OneByOne { stream, .. } => Some(stream),
            Self::Interwoven(_) => None,
        }
    }
}

impl Interwoven<'_> {
    fn next(&mut self) -> io::Result<Vec<u8>> {
        if self.next == self.first + self.held {
            self.read_block()?;
        }
        let size = self.array.encoding.size();
        let (held, place) = (self.held as usize, (self.next - self.first) as usize);
        self.next += 1;
        Ok((0..self.values as usize)
            .flat_map(|value| &self.block[(value * held + place) * size..][..size])
            .copied()
            .collect())
    }

    /// Gathers the images from `next` on.
    fn read_block(&mut self) -> io::Result<()> {
        let size = self.array.encoding.size() as u64;
        self.first = self.next;
        self.held = (BLOCK / (self.values * size)).max(1).min(self.count - self.first);
        self.block.clear();
        let mut stream = self.array.numbers()?;
        stream.skip(self.first * size)?;
        let run = self.held * size;
        for value in 0..self.values {
            if value > 0 {
                stream.skip((self.count - self.held) * size)?;
            }
            if (&mut stream).take(run).read_to_end(&mut self.block)? as u64 != run {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

/// The least and the greatest finite number, as far as the array can be read; infinite where there is none.
///
/// # Errors
/// A file that cannot be opened any more.
pub(super) fn bounds(array: &Array) -> io::Result<(f64, f64)> {
    let mut stream = array.numbers()?;
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        chunk.clear();
        let read = (&mut stream).take(CHUNK as u64).read_to_end(&mut chunk);
        for value in array.encoding.values(&chunk).filter(|value| value.is_finite()) {
            (least, greatest) = (least.min(value), greatest.max(value));
        }
        // Damage is told of where the images are read.
        if read.is_err() || chunk.len() < CHUNK {
            return Ok((least, greatest));
        }
    }
}
