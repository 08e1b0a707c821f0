//! A mixture of Gaussians in a plane, drawn as images.

use super::{DataError, Density, check_shape, within};
use crate::compute::{NoiseKey, Purpose};
use std::f64::consts::{PI, SQRT_2, TAU};

/// Largest side of a mixture's images, in pixels.
const MAX_SIDE: usize = 2048;
/// Most Gaussians of a mixture.
const MAX_MODES: usize = 1000;

/// What a mixture looks like. Lengths are Euclidean distances between images, in model units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixtureSpec {
    /// Side of the images, in pixels: 2 to 2048.
    pub side: usize,
    /// 3 for colour (three equal channels, but for the noise), 1 for grey.
    pub channels: usize,
    /// K, the number of Gaussians, 1 to 1000: all of the same weight, evenly on a circle around grey.
    pub modes: usize,
    /// Radius r of the circle.
    pub radius: f64,
    /// Standard deviation σ of each Gaussian in the plane.
    pub spread: f64,
    /// Standard deviation τ of the noise on every pixel, above 0 so that there is a density.
    pub noise: f64,
}

impl MixtureSpec {
    /// Eight well separated modes whose images nearly never leave [-1, 1]: pixels reach ±0.7 at the modes' centres, and
    /// have noise of 0.05.
    #[must_use]
    pub fn new(side: usize, channels: usize) -> Self {
        let unit = side as f64 * (channels as f64).sqrt();
        Self { side, channels, modes: 8, radius: 0.35 * unit, spread: 0.04 * unit, noise: 0.05 }
    }
}

/// Images y = x₁ b₁ + x₂ b₂ + τ ε, with x from K Gaussians on a circle and ε standard normal.
///
/// b₁ is half a cosine wave across and b₂ half a wave down, orthonormal, so in image space y is itself a mixture of K
/// Gaussians:
///
/// p(y) = (1/K) Σₖ N(x; μₖ, (σ² + τ²) I₂) · N(y⊥; 0, τ² I), where x = (b₁·y, b₂·y), y⊥ = y − x₁ b₁ − x₂ b₂ (of
/// channels × side² − 2 dimensions), and μₖ = r (cos 2πk/K, sin 2πk/K).
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    spec: MixtureSpec,
    /// Values of b₁ along a row, which are those of b₂ down a column.
    wave: Vec<f64>,
    /// μₖ.
    means: Vec<[f64; 2]>,
}

impl Mixture {
    /// The mixture of `spec`.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn new(spec: MixtureSpec) -> Result<Self, DataError> {
        check_shape(spec.side, spec.channels, MAX_SIDE)?;
        within("modes", spec.modes as f64, 1.0..=MAX_MODES as f64, "1 to 1000")?;
        within("radius", spec.radius, 0.0..=1e6, "0 to 1e6")?;
        within("spread", spec.spread, 0.0..=1e6, "0 to 1e6")?;
        within("noise", spec.noise, 1e-6..=1e6, "1e-6 to 1e6, so that there is a density")?;
        let side = spec.side as f64;
        let height = SQRT_2 / (side * (spec.channels as f64).sqrt());
        let wave = (0..spec.side).map(|at| height * (PI * (at as f64 + 0.5) / side).cos()).collect();
        let angle = |mode: usize| TAU * mode as f64 / spec.modes as f64;
        let means = (0..spec.modes).map(|mode| [angle(mode).cos(), angle(mode).sin()].map(|x| x * spec.radius));
        Ok(Self { spec, wave, means: means.collect() })
    }

    /// What it was made of.
    #[must_use]
    pub fn spec(&self) -> MixtureSpec {
        self.spec
    }

    /// μₖ, the centres of the Gaussians in the plane, `[K]`.
    #[must_use]
    pub fn means(&self) -> &[[f64; 2]] {
        &self.means
    }

    /// (x₁, x₂) = (b₁·y, b₂·y) of one image, `[channel, side, side]`.
    #[must_use]
    pub fn coordinates(&self, image: &[f32]) -> [f64; 2] {
        self.pixels(image).fold([0.0; 2], |[x1, x2], (value, [b1, b2])| [x1 + b1 * value, x2 + b2 * value])
    }

    /// The Gaussian that an image most likely comes from: that of the nearest centre.
    #[must_use]
    pub fn mode(&self, image: &[f32]) -> usize {
        let x = self.coordinates(image);
        let nearest = (0..self.means.len())
            .min_by(|&a, &b| squared_distance(x, self.means[a]).total_cmp(&squared_distance(x, self.means[b])));
        nearest.unwrap_or(0)
    }

    /// Values of an image, each with those of b₁ and b₂ there.
    fn pixels<'a>(&'a self, image: &'a [f32]) -> impl Iterator<Item = (f64, [f64; 2])> + 'a {
        let side = self.spec.side;
        assert_eq!(image.len(), self.spec.channels * side * side, "an image of another size");
        image.iter().enumerate().map(move |(at, &value)| (f64::from(value), self.pattern(at)))
    }

    /// b₁ and b₂ at value `at` of an image.
    fn pattern(&self, at: usize) -> [f64; 2] {
        let side = self.spec.side;
        [self.wave[at % side], self.wave[at / side % side]]
    }

    /// σ² + τ².
    fn plane_variance(&self) -> f64 {
        self.spec.spread.powi(2) + self.spec.noise.powi(2)
    }

    /// ln Σₖ exp(−|x − μₖ|² / 2(σ² + τ²)), and the share of each Gaussian in the sum.
    fn responsibilities(&self, x: [f64; 2]) -> (f64, Vec<f64>) {
        let exponent = |mean: &[f64; 2]| -squared_distance(x, *mean) / (2.0 * self.plane_variance());
        let mut shares: Vec<f64> = self.means.iter().map(exponent).collect();
        let largest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        shares.iter_mut().for_each(|share| *share = (*share - largest).exp());
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        (largest + sum.ln(), shares)
    }
}

impl Density for Mixture {
    fn shape(&self) -> [usize; 2] {
        [self.spec.channels, self.spec.side]
    }

    fn draw(&self, key: NoiseKey, item: u32, image: &mut [f32]) {
        let mode = key.companion(Purpose::Start).below(self.spec.modes, item, 0);
        let mut noise = vec![0.0; image.len() + 2];
        key.normal(item, &mut noise);
        let along = |axis: usize| self.means[mode][axis] + self.spec.spread * f64::from(noise[axis]);
        let x = [along(0), along(1)];
        for (at, (value, &epsilon)) in image.iter_mut().zip(&noise[2..]).enumerate() {
            let [b1, b2] = self.pattern(at);
            *value = (x[0] * b1 + x[1] * b2 + self.spec.noise * f64::from(epsilon)) as f32;
        }
    }

    fn log_density(&self, image: &[f32]) -> f64 {
        let x = self.coordinates(image);
        let rest: f64 = self.pixels(image).map(|(value, b)| (value - x[0] * b[0] - x[1] * b[1]).powi(2)).sum();
        let variance = self.spec.noise.powi(2);
        let across = -rest / (2.0 * variance) - (image.len() - 2) as f64 / 2.0 * (TAU * variance).ln();
        let in_plane = self.responsibilities(x).0 - (TAU * self.plane_variance() * self.spec.modes as f64).ln();
        across + in_plane
    }

    fn score(&self, image: &[f32], out: &mut [f32]) {
        let x = self.coordinates(image);
        let shares = self.responsibilities(x).1;
        let pull = |axis: usize| -> f64 {
            let pulls = shares.iter().zip(&self.means).map(|(share, mean)| share * (mean[axis] - x[axis]));
            pulls.sum::<f64>() / self.plane_variance()
        };
        let (pull, variance) = ([pull(0), pull(1)], self.spec.noise.powi(2));
        for (out, (value, [b1, b2])) in out.iter_mut().zip(self.pixels(image)) {
            let rest = value - x[0] * b1 - x[1] * b2;
            *out = (pull[0] * b1 + pull[1] * b2 - rest / variance) as f32;
        }
    }

    /// One class a mode, by its place on the circle.
    fn classes(&self) -> Vec<String> {
        (0..self.spec.modes).map(|mode| format!("mode {mode}")).collect()
    }

    fn label(&self, image: &[f32]) -> Option<u32> {
        Some(self.mode(image) as u32)
    }
}

fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}
