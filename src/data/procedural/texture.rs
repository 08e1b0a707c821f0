//! A stationary Gaussian texture of known spectrum.

use super::{DataError, Density, check_shape, within};
use crate::compute::NoiseKey;
use std::f64::consts::TAU;

/// Largest side of a texture, in pixels: a transform takes 2 side³ products.
const MAX_SIDE: usize = 256;

/// What a texture looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextureSpec {
    /// Side of the images, in pixels: 2 to 256.
    pub side: usize,
    /// 3 for colour (three independent channels), 1 for grey.
    pub channels: usize,
    /// f₀, in waves per image, above 0: below it, the spectrum is flat.
    pub corner: f64,
    /// a, 0 to 8: how steeply the spectrum falls above the corner; 0 is white noise.
    pub exponent: f64,
    /// Standard deviation of every pixel, in model units, above 0.
    pub deviation: f64,
}

impl TextureSpec {
    /// Blobs of about a quarter of the image; pixels leave [-1, 1] once in a thousand times.
    #[must_use]
    pub fn new(side: usize, channels: usize) -> Self {
        Self { side, channels, corner: 2.0, exponent: 2.0, deviation: 0.3 }
    }
}

/// A Gaussian field of mean 0 (middle grey) on a torus, the same in law wherever one looks.
///
/// Its covariance C is diagonal in the orthonormal Hartley basis hₖₗ(x, y) = cas(2πkx/n) cas(2πly/n) / n, with
/// cas = cos + sin and n the side, because its spectrum is even in both frequencies. The eigenvalues are
/// λₖₗ ∝ 1 / (1 + (f/f₀)²)ᵃ, where f² = k² + l² with k and l taken from −n/2 to n/2, scaled so that their mean is the
/// pixels' variance. With t = H y H for each channel, ln p(y) = −½ Σ (t²/λ + ln 2πλ).
#[derive(Debug, Clone, PartialEq)]
pub struct Texture {
    spec: TextureSpec,
    /// H, `[side, side]`: symmetric and its own inverse.
    basis: Vec<f64>,
    /// λ, `[side, side]`, frequency across fastest.
    eigenvalues: Vec<f64>,
}

impl Texture {
    /// The texture of `spec`.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn new(spec: TextureSpec) -> Result<Self, DataError> {
        check_shape(spec.side, spec.channels, MAX_SIDE)?;
        within("corner", spec.corner, 1e-2..=1e6, "0.01 to 1e6")?;
        within("exponent", spec.exponent, 0.0..=8.0, "0 to 8")?;
        within("deviation", spec.deviation, 1e-6..=1e6, "1e-6 to 1e6")?;
        let side = spec.side;
        // The angle is reduced in whole numbers, so that it is as exact at the last pixel as at the first.
        let angle = |at: usize| TAU * (at / side * (at % side) % side) as f64 / side as f64;
        let cas = |at: usize| (angle(at).cos() + angle(at).sin()) / (side as f64).sqrt();
        let basis = (0..side * side).map(cas).collect();
        let mut eigenvalues: Vec<f64> = (0..side * side).map(|at| spectrum(spec, at)).collect();
        let mean = eigenvalues.iter().sum::<f64>() / (side * side) as f64;
        eigenvalues.iter_mut().for_each(|value| *value *= spec.deviation.powi(2) / mean);
        Ok(Self { spec, basis, eigenvalues })
    }

    /// What it was made of.
    #[must_use]
    pub fn spec(&self) -> TextureSpec {
        self.spec
    }

    /// Eigenvalues λ of the covariance of one channel, `[side, side]`: row l, column k.
    #[must_use]
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// E[y(p) y(p + lag)] within one channel, for a lag of (across, down) pixels around the torus:
    /// n⁻² Σ λₖₗ cos(2πk across/n) cos(2πl down/n).
    #[must_use]
    pub fn covariance(&self, lag: [i64; 2]) -> f64 {
        let side = self.spec.side;
        let cosine = |frequency: usize, lag: i64| {
            (TAU * (frequency as i64 * lag.rem_euclid(side as i64)) as f64 / side as f64).cos()
        };
        let term = |(at, value): (usize, &f64)| value * cosine(at % side, lag[0]) * cosine(at / side, lag[1]);
        self.eigenvalues.iter().enumerate().map(term).sum::<f64>() / (side * side) as f64
    }

    /// H y H of each channel of an image. H is its own inverse, and so is this.
    fn transform(&self, values: &mut [f64]) {
        let side = self.spec.side;
        for channel in values.chunks_exact_mut(side * side) {
            let half = multiply(&self.basis, channel, side);
            channel.copy_from_slice(&multiply(&half, &self.basis, side));
        }
    }

    /// t = H y H.
    fn coefficients(&self, image: &[f32]) -> Vec<f64> {
        let side = self.spec.side;
        assert_eq!(image.len(), self.spec.channels * side * side, "an image of another size");
        let mut values: Vec<f64> = image.iter().map(|&value| f64::from(value)).collect();
        self.transform(&mut values);
        values
    }

    /// λ of every value of an image.
    fn all_eigenvalues(&self) -> impl Iterator<Item = f64> + '_ {
        self.eigenvalues.iter().copied().cycle()
    }
}

impl Density for Texture {
    fn shape(&self) -> [usize; 2] {
        [self.spec.channels, self.spec.side]
    }

    fn draw(&self, key: NoiseKey, item: u32, image: &mut [f32]) {
        key.normal(item, image);
        let whitened = image.iter().zip(self.all_eigenvalues());
        let mut values: Vec<f64> = whitened.map(|(&value, lambda)| f64::from(value) * lambda.sqrt()).collect();
        self.transform(&mut values);
        image.iter_mut().zip(values).for_each(|(out, value)| *out = value as f32);
    }

    fn log_density(&self, image: &[f32]) -> f64 {
        let coefficients = self.coefficients(image);
        let term = |(t, lambda): (f64, f64)| -0.5 * (t * t / lambda + (TAU * lambda).ln());
        coefficients.into_iter().zip(self.all_eigenvalues()).map(term).sum()
    }

    fn score(&self, image: &[f32], out: &mut [f32]) {
        let mut values = self.coefficients(image);
        values.iter_mut().zip(self.all_eigenvalues()).for_each(|(t, lambda)| *t /= -lambda);
        self.transform(&mut values);
        out.iter_mut().zip(values).for_each(|(out, value)| *out = value as f32);
    }
}

/// 1 / (1 + (f/f₀)²)ᵃ of frequency `at`, not yet scaled.
fn spectrum(spec: TextureSpec, at: usize) -> f64 {
    let wrapped = |frequency: usize| frequency.min(spec.side - frequency) as f64;
    let squared = wrapped(at % spec.side).powi(2) + wrapped(at / spec.side).powi(2);
    (1.0 + squared / spec.corner.powi(2)).powf(-spec.exponent)
}

/// The product of two square matrices, row-major.
fn multiply(left: &[f64], right: &[f64], side: usize) -> Vec<f64> {
    let mut product = vec![0.0; side * side];
    for (row, out) in left.chunks_exact(side).zip(product.chunks_exact_mut(side)) {
        for (factor, values) in row.iter().zip(right.chunks_exact(side)) {
            out.iter_mut().zip(values).for_each(|(out, value)| *out += factor * value);
        }
    }
    product
}
