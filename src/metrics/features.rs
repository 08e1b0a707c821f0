//! Named features of images: a row of numbers for each. A measure on features is only comparable with the same measure
//! on the same features, so their name goes with every result. None of them is Inception's: no measure here is a FID.

use super::error::{MetricError, sound, width};
use super::random_convolutions;
use crate::compute::Images;
use crate::model::shrink;

/// Side of [`FeatureKind::CoarsePixels`].
const COARSE_SIDE: usize = 8;

/// Features of a set of images, `[rows, width]` row-major: a row an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    name: String,
    rows: usize,
    width: usize,
    values: Vec<f32>,
}

/// Ways to take features of images, none of which was trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureKind {
    /// All pixels on [-1, 1]: `channels · side²` numbers.
    Pixels,
    /// Pixels averaged to 8 × 8, on [-1, 1]: `channels · 64` numbers. They see composition and colour, not detail.
    CoarsePixels,
    /// Means and standard deviations of the maps of a fixed random network of three levels: 96 numbers. They see
    /// texture and contrast at three scales, not where it is.
    RandomConvolutions,
}

impl FeatureKind {
    /// The name that goes with every result.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::CoarsePixels => "pixels 8x8",
            Self::RandomConvolutions => "random convolutions",
        }
    }

    /// The features of `images`, `[batch, channel, side, side]`, whose black and white are the ends of `range`.
    ///
    /// # Errors
    /// No images or values that are not finite, a range without width; below 8 × 8 for coarse pixels; below 4 × 4 or
    /// other than 1 or 3 channels for random convolutions.
    pub fn of(self, images: &Images, range: [f32; 2]) -> Result<Features, MetricError> {
        sound(images, 1)?;
        let width = width(range)?;
        let middle = f64::midpoint(f64::from(range[0]), f64::from(range[1]));
        let mut scaled = images.clone();
        scaled.data_mut().iter_mut().for_each(|value| *value = ((f64::from(*value) - middle) * 2.0 / width) as f32);
        let values = match self {
            Self::Pixels => scaled.into_data(),
            Self::CoarsePixels if images.side() < COARSE_SIDE => {
                return Err(MetricError::TooSmall { found: images.side(), needed: COARSE_SIDE });
            }
            Self::CoarsePixels => shrink(&scaled, COARSE_SIDE).into_data(),
            Self::RandomConvolutions => random_convolutions::statistics(&scaled)?,
        };
        Features::new(self.name(), values.len() / images.count(), values)
    }
}

impl Features {
    /// Features called `name`, of `width` numbers an image, `values` being `[rows, width]` row-major.
    ///
    /// # Errors
    /// No values, values that do not fill whole rows or are not finite.
    pub fn new(name: impl Into<String>, width: usize, values: Vec<f32>) -> Result<Self, MetricError> {
        if values.is_empty() {
            return Err(MetricError::TooFew { found: 0, needed: 1 });
        }
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(MetricError::FeatureRows { values: values.len(), width });
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(MetricError::ValueNotFinite { what: "features" });
        }
        Ok(Self { name: name.into(), rows: values.len() / width, width, values })
    }

    /// By which way they were taken.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of images, at least 1.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers for each image, at least 1.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// All of them, `[rows, width]`.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Those of image `index`.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// Those of the images with the given indices, in that order; an index may repeat.
    ///
    /// # Errors
    /// No indices.
    pub fn select(&self, indices: &[usize]) -> Result<Self, MetricError> {
        let values = indices.iter().flat_map(|&index| self.row(index)).copied().collect();
        Self::new(self.name.clone(), self.width, values)
    }

    /// That these features can be compared with `other`, and that both hold at least `needed` images.
    pub(super) fn comparable(&self, other: &Self, needed: usize) -> Result<(), MetricError> {
        if self.name != other.name {
            return Err(MetricError::FeatureNames { left: self.name.clone(), right: other.name.clone() });
        }
        if self.width != other.width {
            return Err(MetricError::FeatureWidths { left: self.width, right: other.width });
        }
        let found = self.rows.min(other.rows);
        if found < needed { Err(MetricError::TooFew { found, needed }) } else { Ok(()) }
    }
}

/// Partial sums kept side by side, so that the compiler can use vector registers.
const LANES: usize = 8;

/// `Σ a·b` in float64.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    summed(a, b, |a, b| f64::from(a) * f64::from(b))
}

/// `Σ (a - b)²` in float64, which no finite float32 overflows.
pub(super) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    summed(a, b, |a, b| {
        let difference = f64::from(a) - f64::from(b);
        difference * difference
    })
}

#[inline(always)]
fn summed(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let rest = a.chunks_exact(LANES).remainder().iter().zip(b.chunks_exact(LANES).remainder());
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += term(a[lane], b[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest.map(|(&a, &b)| term(a, b)).sum::<f64>()
}

#[cfg(test)]
#[path = "features_tests.rs"]
mod tests;
