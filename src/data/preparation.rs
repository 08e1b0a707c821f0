//! What is done to each image before a model sees it.

use serde::{Deserialize, Serialize};

/// From a picture of any size to the pixels of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparation {
    /// Side of the prepared images, in pixels.
    pub side: usize,
    /// 3 for colour, 1 for grey (the luma of Rec. 601).
    pub channels: usize,
    pub crop: Crop,
    pub filter: Filter,
    /// Colour under transparent pixels: red, green, blue.
    pub background: [u8; 3],
}

impl Default for Preparation {
    /// The central square at 32 × 32 by area average, in colour, on white.
    fn default() -> Self {
        Self { side: 32, channels: 3, crop: Crop::Centre, filter: Filter::Area, background: [255; 3] }
    }
}

/// The part of a picture that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// The largest square around the centre.
    Centre,
    /// A square of that side around the centre; of a smaller picture its largest square.
    CentreOf(u32),
    /// A square of that side with its upper left corner at (x, y); as much of it as a picture has.
    At { x: u32, y: u32, side: u32 },
    /// All of it, squeezed to a square.
    Squeeze,
}

/// How a picture is brought to another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The pyramid's own: means of blocks down, Catmull-Rom up.
    Area,
    Nearest,
    /// Bilinear.
    Triangle,
    /// Bicubic.
    CatmullRom,
    Lanczos3,
}
