//! Where a recipe's images come from, and what is done to them.

use super::builtin;
use super::error::DataError;
use super::layout::Layout;
use super::preparation::{Crop, Filter, Preparation};
use super::procedural::{Density, Mixture, MixtureSpec, Texture, TextureSpec};
use std::path::PathBuf;

/// Largest image side that a source may ask for, in pixels.
const MAX_SIDE: usize = 2048;

/// The place of a data set.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A data set that comes with the program, by name (see [`super::BUILTIN`]).
    Builtin(String),
    /// A data set that has a manifest, by name (see [`super::Manifest`]).
    Named(String),
    /// A folder or file of a layout; of the one that is recognised, where none is named.
    At { layout: Option<Layout>, path: PathBuf },
    /// `count` images drawn from a density that is known, a function of `seed`.
    Made { density: MadeUp, count: u32, seed: u64 },
}

/// A density in units that hold for any size of images: lengths are shares of √(channels · side²), the distance between
/// images that differ by one model unit in every pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MadeUp {
    /// See [`super::Mixture`].
    Mixture { modes: usize, radius: f64, spread: f64, noise: f64 },
    /// See [`super::Texture`].
    Texture { corner: f64, exponent: f64, deviation: f64 },
}

impl MadeUp {
    /// The density over images of that shape.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn density(self, channels: usize, side: usize) -> Result<Box<dyn Density>, DataError> {
        match self {
            Self::Mixture { modes, radius, spread, noise } => {
                let unit = side as f64 * (channels as f64).sqrt();
                let spec = MixtureSpec { side, channels, modes, radius: radius * unit, spread: spread * unit, noise };
                Ok(Box::new(Mixture::new(spec)?))
            }
            Self::Texture { corner, exponent, deviation } => {
                Ok(Box::new(Texture::new(TextureSpec { side, channels, corner, exponent, deviation })?))
            }
        }
    }
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
    /// Share of the images held out of training, in [0, 1), where the source itself has no split.
    pub held_out: f64,
    /// A text file of names, one a line: these images are held out, and no others.
    pub held_out_list: Option<PathBuf>,
    /// Only the images of this class: its name, or its number where classes have none.
    pub class: Option<String>,
    /// The attribute of CelebA that is the label of its images.
    pub attribute: Option<String>,
    pub crop: Crop,
    pub filter: Filter,
    /// Colour under transparent pixels: red, green, blue.
    pub background: [u8; 3],
}

impl Default for SourceSpec {
    /// The built-in portraits at 32 × 32, on [-1, 1], mirrored at random, without noise; a tenth held out.
    fn default() -> Self {
        let Preparation { side, channels, crop, filter, background } = Preparation::default();
        Self {
            place: Place::Builtin(builtin::BUILTIN[0].to_owned()),
            side,
            range: [-1.0, 1.0],
            flip: true,
            noise: 0.0,
            channels,
            held_out: 0.1,
            held_out_list: None,
            class: None,
            attribute: None,
            crop,
            filter,
            background,
        }
    }
}

impl SourceSpec {
    /// What is done to each image once, before it is kept.
    #[must_use]
    pub fn preparation(&self) -> Preparation {
        let Self { side, channels, crop, filter, background, .. } = *self;
        Preparation { side, channels, crop, filter, background }
    }

    /// # Errors
    /// A setting out of range, by name.
    pub(super) fn check(&self) -> Result<(), DataError> {
        let rules = [
            ((1..=MAX_SIDE).contains(&self.side), format!("side is {}, it must be 1 to {MAX_SIDE}", self.side)),
            (
                is_range(self.range),
                format!("range is {:?}, it must be two finite numbers, the lower one first", self.range),
            ),
            (self.noise.is_finite() && self.noise >= 0.0, format!("noise is {}, it must be 0 or more", self.noise)),
            (
                matches!(self.channels, 1 | 3),
                format!("channels is {}, it must be 3 (colour) or 1 (grey)", self.channels),
            ),
            (
                (0.0..1.0).contains(&self.held_out),
                format!("held_out is {}, it must be at least 0 and below 1", self.held_out),
            ),
        ];
        for (holds, message) in rules {
            if !holds {
                return Err(DataError::Settings(message));
            }
        }
        Ok(())
    }
}

/// Two finite numbers, the lower one first.
pub(super) fn is_range(range: [f32; 2]) -> bool {
    let [low, high] = range;
    low.is_finite() && high.is_finite() && low < high
}
