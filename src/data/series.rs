//! Images of one size, one after another in a file: what the readers of arrays (MAT, IDX, CIFAR, NumPy) have in common.

use super::record::{Content, Found, Part, RawPixels, Record, Skipped};
use std::io::{self, ErrorKind, Read};
use std::ops::ControlFlow;

/// Largest width and height, in pixels.
const MAX_SIDE: u64 = 20_000;
/// Largest image, in values.
const MAX_VALUES: u64 = 256 * 1024 * 1024;
/// Deflate makes no more bytes than that of one.
pub(in crate::data) const MAX_EXPANSION: u64 = 1032;

/// Size of the images of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::data) struct Grid {
    height: usize,
    width: usize,
    channels: usize,
}

impl Grid {
    /// Images of `channels` (1 or 3) × `height` × `width`, as a header declares them.
    ///
    /// # Errors
    /// What no image has, in words.
    pub fn new(height: u64, width: u64, channels: u64) -> Result<Self, String> {
        if !matches!(channels, 1 | 3) {
            return Err(format!("images have 1 or 3 channels, these {channels}"));
        }
        if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
            return Err(format!("images of {width} × {height} pixels; a side may have 1 to {MAX_SIDE}"));
        }
        if height * width * channels > MAX_VALUES {
            return Err(format!("images of {width} × {height} pixels are too large; the limit is {MAX_VALUES} bytes"));
        }
        Ok(Self { height: height as usize, width: width as usize, channels: channels as usize })
    }

    /// Values of one image.
    pub fn values(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Values that `count` images have, where that can be said.
    pub fn values_of(&self, count: u64) -> Option<u64> {
        count.checked_mul(self.values() as u64)
    }

    /// Steps of y, x and channel where the channel runs fastest: the order of a record.
    pub fn interleaved(&self) -> [usize; 3] {
        [self.width * self.channels, self.channels, 1]
    }

    /// Steps of y, x and channel where one plane a channel follows another.
    pub fn planar(&self) -> [usize; 3] {
        [self.width, 1, self.height * self.width]
    }

    /// Steps of y, x and channel where y runs fastest, then x, then the channel.
    pub fn column_major(&self) -> [usize; 3] {
        [1, self.height, self.height * self.width]
    }

    /// Steps of y, x and channel where the channel runs fastest, then y, then x.
    pub fn channels_then_columns(&self) -> [usize; 3] {
        [self.channels, self.channels * self.height, 1]
    }

    /// The record's pixels of `data`, whose y, x and channel run in `steps`.
    pub fn pixels(&self, data: Vec<u8>, steps: [usize; 3]) -> RawPixels {
        let data = if steps == self.interleaved() { data } else { self.reordered(&data, steps) };
        RawPixels { width: self.width as u32, height: self.height as u32, channels: self.channels as u8, data }
    }

    fn reordered(&self, data: &[u8], [of_y, of_x, of_channel]: [usize; 3]) -> Vec<u8> {
        let mut ordered = Vec::with_capacity(data.len());
        for y in 0..self.height {
            for x in 0..self.width {
                let pixel = y * of_y + x * of_x;
                ordered.extend((0..self.channels).map(|channel| data[pixel + channel * of_channel]));
            }
        }
        ordered
    }
}

/// What stands in the way of an image.
#[derive(Debug)]
pub(in crate::data) enum Broken {
    /// It alone is bad.
    Image(String),
    /// It and all that follow cannot be read.
    Rest(String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Rest(in_words(&error))
    }
}

/// Why reading failed.
pub(in crate::data) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the file ends too early".to_owned(),
        _ => error.to_string(),
    }
}

/// Images that are read one after another.
#[derive(Debug, Clone)]
pub(in crate::data) struct Series {
    /// Of the file or array.
    pub name: String,
    pub count: u64,
    pub part: Option<Part>,
}

impl Series {
    /// Hands every image to `each` that `next` reads, until `each` breaks off. Where the rest is unreadable, that is told
    /// once. Answers whether the end was reached.
    pub fn hand_out(
        &self,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
        mut next: impl FnMut() -> Result<(Option<u32>, RawPixels), Broken>,
    ) -> ControlFlow<(), bool> {
        for index in 0..self.count {
            let name = format!("{}/{index:06}", self.name);
            match next() {
                Ok((label, pixels)) => {
                    each(Ok(Record { name, label, part: self.part, content: Content::Pixels(pixels) }))?;
                }
                Err(Broken::Image(reason)) => each(Err(Skipped { name, reason }))?,
                Err(Broken::Rest(reason)) => {
                    let left = self.count - index;
                    let reason =
                        format!("{reason}: image {index} and all after it are missing, {left} of {}", self.count);
                    each(Err(self.skipped(reason)))?;
                    return ControlFlow::Continue(false);
                }
            }
        }
        ControlFlow::Continue(true)
    }

    /// Reads what follows the last image, at most `rest` bytes, so that a checksum at the end of a compressed stream is
    /// compared; tells of what is wrong with it.
    pub fn finish(
        &self,
        stream: &mut dyn Read,
        rest: u64,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match io::copy(&mut stream.take(rest.saturating_add(1)), &mut io::sink()) {
            Ok(read) if read <= rest => ControlFlow::Continue(()),
            Ok(_) => each(Err(self.skipped("more bytes follow the last image than belong there".to_owned()))),
            Err(error) => each(Err(self.skipped(format!("damaged, so pixels of these images may be wrong ({error})")))),
        }
    }

    /// Something about the series as a whole.
    pub fn skipped(&self, reason: String) -> Skipped {
        Skipped { name: self.name.clone(), reason }
    }
}

/// Exactly `length` bytes. Room is made as they come, never for what is only declared.
pub(in crate::data) fn read_block(stream: &mut dyn Read, length: usize) -> io::Result<Vec<u8>> {
    let mut block = Vec::with_capacity(length.min(1 << 20));
    stream.take(length as u64).read_to_end(&mut block)?;
    if block.len() < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(block)
}

/// Whether `compressed` bytes can hold `length` by deflate: what declares more is no archive but a trap.
pub(in crate::data) fn can_inflate(compressed: u64, length: u64) -> bool {
    length <= compressed.saturating_mul(MAX_EXPANSION)
}

#[cfg(test)]
#[path = "truth_tests.rs"]
pub(in crate::data) mod truth;
