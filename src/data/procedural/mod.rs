//! Made-up images whose density is known, so that samplers and learners can be held against the truth.

mod mixture;
mod texture;

pub use mixture::{Mixture, MixtureSpec};
pub use texture::{Texture, TextureSpec};

use super::error::DataError;
use super::record::{Content, Found, Part, RawPixels, Record, Source};
use crate::compute::{Images, NoiseKey, Purpose};
use std::ops::{ControlFlow, RangeInclusive};
use std::path::PathBuf;

/// A probability density over images, in model units (black is -1 and white is 1), known in closed form.
pub trait Density: Send + Sync {
    /// Channels and side of its images.
    fn shape(&self) -> [usize; 2];

    /// Draws number `item` of the stream `key` into `image`, `[channel, side, side]`: exactly, not by a chain.
    fn draw(&self, key: NoiseKey, item: u32, image: &mut [f32]);

    /// ln p(y) of one image, `[channel, side, side]`, in nats; p integrates to one over all values of all pixels.
    fn log_density(&self, image: &[f32]) -> f64;

    /// ∇ ln p(y) of one image, as large as the image, into `out`.
    fn score(&self, image: &[f32], out: &mut [f32]);

    /// Names of the classes that [`Self::label`] tells apart; none where there are none.
    fn classes(&self) -> Vec<String> {
        Vec::new()
    }

    /// The likeliest class of one image.
    fn label(&self, _image: &[f32]) -> Option<u32> {
        None
    }

    /// Images 0 to `count` of the stream `key`, `[count, channel, side, side]`: exact, independent and unquantized.
    fn sample(&self, key: NoiseKey, count: usize) -> Images {
        let [channels, side] = self.shape();
        let mut images = Images::zeros([count, channels, side, side]);
        for index in 0..count {
            self.draw(key, index as u32, images.image_mut(index));
        }
        images
    }
}

/// A data set of exact draws from a density.
///
/// Values from -1 to 1 are rounded to 0..255, others clipped first. Rounding moves a value by at most 1/255: it is as
/// good as uniform noise on ±1/255, a standard deviation of 0.0023, laid over the density.
pub(super) struct Procedural {
    density: Box<dyn Density>,
    count: u32,
    held_out: f64,
    seed: u64,
    classes: Vec<String>,
}

/// Streams of a data set's images, and of the toss that holds them out.
const IMAGES: u32 = 0x70_0001;
const HELD_OUT: u32 = 0x70_0002;

impl Procedural {
    /// `count` images of `density`, a share `held_out` of them held out; all a function of `seed`. The first image is
    /// never held out.
    ///
    /// # Errors
    /// No image, or a share outside [0, 1).
    pub(super) fn new(density: Box<dyn Density>, count: u32, held_out: f64, seed: u64) -> Result<Self, DataError> {
        if count == 0 {
            return Err(DataError::Settings("a made-up data set of 0 images; ask for 1 or more".to_owned()));
        }
        within("held_out", held_out, 0.0..=1.0 - f64::EPSILON, "at least 0 and below 1")?;
        let classes = density.classes();
        Ok(Self { density, count, held_out, seed, classes })
    }

    fn key(&self, grid: u32) -> NoiseKey {
        NoiseKey { grid, ..NoiseKey::new(self.seed, Purpose::Probe) }
    }

    fn part(&self, index: u32) -> Part {
        let held_out = index > 0 && self.key(HELD_OUT).uniform(index, 0) < self.held_out;
        if held_out { Part::HeldOut } else { Part::Training }
    }

    /// Image `index`; `image` is room for it.
    fn record(&self, index: u32, image: &mut [f32]) -> Record {
        self.density.draw(self.key(IMAGES), index, image);
        let [channels, side] = self.density.shape();
        let pixels = side * side;
        let value = |at: usize| image[at % channels * pixels + at / channels];
        let data = (0..image.len()).map(|at| quantized(value(at))).collect();
        Record {
            name: format!("{index:08}"),
            label: self.density.label(image),
            part: Some(self.part(index)),
            content: Content::Pixels(RawPixels {
                width: side as u32,
                height: side as u32,
                channels: channels as u8,
                data,
            }),
        }
    }
}

impl Source for Procedural {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        let [channels, side] = self.density.shape();
        let mut image = vec![0.0; channels * side * side];
        for index in 0..self.count {
            if each(Ok(self.record(index, &mut image))).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        Some(self.count as usize)
    }

    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

/// -1 to 0, 1 to 255.
fn quantized(value: f32) -> u8 {
    // A cast of a float saturates.
    ((value + 1.0) * 127.5).round() as u8
}

/// Refuses a setting outside `range`, which `words` tell.
fn within(name: &str, value: f64, range: RangeInclusive<f64>, words: &str) -> Result<(), DataError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(DataError::Settings(format!("{name} is {value}, it must be {words}")))
}

/// Refuses sides from which no image can be made, and other numbers of channels than 1 and 3.
fn check_shape(side: usize, channels: usize, largest: usize) -> Result<(), DataError> {
    within("side", side as f64, 2.0..=largest as f64, &format!("2 to {largest}"))?;
    if matches!(channels, 1 | 3) {
        return Ok(());
    }
    Err(DataError::Settings(format!("channels is {channels}, it must be 3 (colour) or 1 (grey)")))
}

#[cfg(test)]
#[path = "procedural_tests.rs"]
mod tests;
