//! Structural similarity of images, at one scale (SSIM: Wang, Bovik, Sheikh & Simoncelli 2004, "Image quality assessment:
//! from error visibility to structural similarity") and at several (MS-SSIM: Wang, Simoncelli & Bovik 2003, "Multiscale
//! structural similarity for image quality assessment").
//!
//! The window is a Gaussian of 11 × 11 pixels, σ 1.5, wholly inside the image; K1 = 0.01, K2 = 0.03. Values are -1 to 1, and
//! 1 for equal images only; each is a mean over channels.

use super::error::{MetricError, comparable, sound, width};
use crate::compute::Images;
use rayon::prelude::*;

/// Side of the window: no smaller image has a structural similarity.
const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
/// Exponents of the scales, finest first.
const WEIGHTS: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// Mean similarity over pairs of images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MsSsimDiversity {
    /// 1 when all images are equal; lower is more diverse.
    pub mean: f64,
    /// Scales compared, 1 to 5. Means over different numbers of scales cannot be compared.
    pub scales: usize,
}

/// How many scales an image of this side has, each half as large as the one before it and none smaller than the window:
/// 0 below 11 pixels, 5 from 161 on.
#[must_use]
pub fn ms_ssim_scales(side: usize) -> usize {
    let half = |&side: &usize| Some(side.div_ceil(2)).filter(|&half| half < side);
    std::iter::successors(Some(side), half).take_while(|&side| side >= WINDOW).take(WEIGHTS.len()).count()
}

/// The SSIM of each image of `left` with the one at its place in `right`.
///
/// # Errors
/// Images of different sizes or counts, of sides below 11, values that are not finite, a range without width.
pub fn ssim(left: &Images, right: &Images, range: [f32; 2]) -> Result<Vec<f64>, MetricError> {
    pairs(left, right, range, 1)
}

/// The MS-SSIM of each image of `left` with the one at its place in `right`, over as many scales as
/// [`ms_ssim_scales`] says, whose exponents are divided by their sum where there are fewer than 5.
///
/// # Errors
/// Images of different sizes or counts, of sides below 11, values that are not finite, a range without width.
pub fn ms_ssim(left: &Images, right: &Images, range: [f32; 2]) -> Result<Vec<f64>, MetricError> {
    pairs(left, right, range, WEIGHTS.len())
}

/// Mean MS-SSIM over all pairs of different images (Odena, Olah & Shlens 2017 for its use as a measure of diversity).
/// Time grows as the square of the count.
///
/// # Errors
/// Fewer than two images, sides below 11, values that are not finite, a range without width.
pub fn ms_ssim_diversity(images: &Images, range: [f32; 2]) -> Result<MsSsimDiversity, MetricError> {
    sound(images, 2)?;
    let (scales, [c1, c2]) = (scales(images, WEIGHTS.len())?, constants(range)?);
    let count = images.count();
    let seen: Vec<Image> = (0..count).into_par_iter().map(|at| Image::new(images, at, scales)).collect();
    let row = |i: usize| (i + 1..count).map(|j| seen[i].similarity(&seen[j], c1, c2)).sum::<f64>();
    let rows: Vec<f64> = (0..count).into_par_iter().map(row).collect();
    let pairs = (count * (count - 1) / 2) as f64;
    Ok(MsSsimDiversity { mean: rows.iter().sum::<f64>() / pairs, scales })
}

fn pairs(left: &Images, right: &Images, range: [f32; 2], most: usize) -> Result<Vec<f64>, MetricError> {
    comparable(left, right)?;
    if left.count() != right.count() {
        return Err(MetricError::Shapes { left: left.shape(), right: right.shape() });
    }
    let (scales, [c1, c2]) = (scales(left, most)?, constants(range)?);
    let one = |at| Image::new(left, at, scales).similarity(&Image::new(right, at, scales), c1, c2);
    Ok((0..left.count()).into_par_iter().map(one).collect())
}

/// How many scales to compare, at most `most`.
fn scales(images: &Images, most: usize) -> Result<usize, MetricError> {
    match ms_ssim_scales(images.side()).min(most) {
        0 => Err(MetricError::TooSmall { found: images.side(), needed: WINDOW }),
        scales => Ok(scales),
    }
}

/// (K1 L)² and (K2 L)² for images whose range is L wide.
fn constants(range: [f32; 2]) -> Result<[f64; 2], MetricError> {
    let width = width(range)?;
    Ok([(0.01 * width).powi(2), (0.03 * width).powi(2)])
}

/// One image at all its scales, `[channel][scale]`.
struct Image {
    channels: Vec<Vec<Plane>>,
}

/// A channel at one scale, with what it is in every window.
struct Plane {
    side: usize,
    values: Vec<f64>,
    /// Mean and variance of each window, row by row.
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Image {
    fn new(images: &Images, at: usize, scales: usize) -> Self {
        let side = images.side();
        let channel = |values: &[f32]| {
            let mut planes = vec![Plane::new(side, values.iter().map(|&value| f64::from(value)).collect())];
            for scale in 1..scales {
                let next = planes[scale - 1].halved();
                planes.push(next);
            }
            planes
        };
        Self { channels: images.image(at).chunks_exact(side * side).map(channel).collect() }
    }

    /// The MS-SSIM of two images, with one scale their SSIM.
    fn similarity(&self, other: &Self, c1: f64, c2: f64) -> f64 {
        let of_channel = |(one, other): (&Vec<Plane>, &Vec<Plane>)| {
            let total: f64 = WEIGHTS[..one.len()].iter().sum();
            let last = one.len() - 1;
            let mut product = 1.0;
            for (scale, (one, other)) in one.iter().zip(other).enumerate() {
                let [similarity, contrast] = one.compare(other, c1, c2);
                let factor = if scale == last { similarity } else { contrast };
                // A negative factor has no root; one scale takes none.
                product *= if last == 0 { factor } else { factor.max(0.0).powf(WEIGHTS[scale] / total) };
            }
            product
        };
        let sum: f64 = self.channels.iter().zip(&other.channels).map(of_channel).sum();
        sum / self.channels.len().max(1) as f64
    }
}

impl Plane {
    fn new(side: usize, values: Vec<f64>) -> Self {
        let mean = blur(&values, side);
        let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
        let variance = blur(&squares, side).iter().zip(&mean).map(|(square, mean)| square - mean * mean).collect();
        Self { side, values, mean, variance }
    }

    /// Means of 2 × 2 pixels; at an odd edge the image is mirrored, which repeats its last pixel.
    fn halved(&self) -> Self {
        let half = self.side.div_ceil(2);
        let value =
            |row: usize, column: usize| self.values[row.min(self.side - 1) * self.side + column.min(self.side - 1)];
        let mean = |at: usize| {
            let (row, column) = (2 * (at / half), 2 * (at % half));
            let sum = value(row, column) + value(row, column + 1) + value(row + 1, column) + value(row + 1, column + 1);
            sum / 4.0
        };
        Self::new(half, (0..half * half).map(mean).collect())
    }

    /// Mean over windows of the similarity, and of its part that does not look at the means: contrast and structure.
    fn compare(&self, other: &Self, c1: f64, c2: f64) -> [f64; 2] {
        let products: Vec<f64> = self.values.iter().zip(&other.values).map(|(a, b)| a * b).collect();
        let products = blur(&products, self.side);
        let (mut similarity, mut contrast) = (0.0, 0.0);
        for (at, product) in products.iter().enumerate() {
            let (a, b) = (self.mean[at], other.mean[at]);
            let structure = (2.0 * (product - a * b) + c2) / (self.variance[at] + other.variance[at] + c2);
            contrast += structure;
            similarity += structure * (2.0 * a * b + c1) / (a * a + b * b + c1);
        }
        [similarity, contrast].map(|sum| sum / products.len() as f64)
    }
}

/// The mean in every window that lies in the image, weighted by the Gaussian.
fn blur(values: &[f64], side: usize) -> Vec<f64> {
    let taps = taps();
    let inner = side + 1 - WINDOW;
    let mut rows = vec![0.0; side * inner];
    for (row, out) in values.chunks_exact(side).zip(rows.chunks_exact_mut(inner)) {
        for (tap, weight) in taps.iter().enumerate() {
            out.iter_mut().zip(&row[tap..]).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    let mut windows = vec![0.0; inner * inner];
    for (row, out) in windows.chunks_exact_mut(inner).enumerate() {
        for (tap, weight) in taps.iter().enumerate() {
            out.iter_mut().zip(&rows[(row + tap) * inner..]).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    windows
}

/// The Gaussian along one axis; its weights sum to 1.
fn taps() -> [f64; WINDOW] {
    let middle = (WINDOW / 2) as f64;
    let bell: [f64; WINDOW] = std::array::from_fn(|tap| (-((tap as f64 - middle) / SIGMA).powi(2) / 2.0).exp());
    let total: f64 = bell.iter().sum();
    bell.map(|weight| weight / total)
}

#[cfg(test)]
#[path = "ssim_tests.rs"]
mod tests;
