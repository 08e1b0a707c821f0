//! Batch normalization over batch, height and width, as affine maps of each channel.

use super::lanes::padded;
use crate::compute::RunningStatistics;
use crate::compute::layer::NORM_EPSILON;
use pulp::{Arch, NullaryFnOnce};

/// A normalization layer with its parameters and running statistics.
pub(super) struct Norm {
    pub(super) channels: usize,
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) running: RunningStatistics,
}

impl Norm {
    pub(super) fn new(channels: usize) -> Self {
        Self {
            channels,
            weight: vec![1.0; channels],
            bias: vec![0.0; channels],
            running: RunningStatistics { mean: vec![0.0; channels], variance: vec![1.0; channels] },
        }
    }
}

/// What a stage's output x becomes before its activation, x · scale + shift, and what that was made from; a value for
/// each channel, zero for channels that only pad.
#[derive(Default)]
pub(super) struct Affine {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
    pub(super) mean: Vec<f32>,
    /// 1 / √(variance + ε)
    pub(super) deviation: Vec<f32>,
}

impl Affine {
    /// x itself.
    pub(super) fn identity(channels: usize) -> Self {
        let zeros = vec![0.0; padded(channels)];
        Self { scale: vec![1.0; padded(channels)], shift: zeros.clone(), mean: zeros.clone(), deviation: zeros }
    }

    /// `weight · (x - mean) / √(variance + ε) + bias`
    pub(super) fn normalizing(norm: &Norm, statistics: &RunningStatistics) -> Self {
        let mut affine = Self::identity(norm.channels);
        affine.scale.fill(0.0);
        for c in 0..norm.channels {
            let (mean, deviation) = (statistics.mean[c], 1.0 / (statistics.variance[c] + NORM_EPSILON).sqrt());
            let scale = norm.weight[c] * deviation;
            affine.scale[c] = scale;
            affine.shift[c] = norm.bias[c] - mean * scale;
            affine.mean[c] = mean;
            affine.deviation[c] = deviation;
        }
        affine
    }
}

/// The gradient g through a normalization.
pub(super) enum Through {
    /// By constants: g · scale.
    Frozen,
    /// By the batch's own statistics, of inputs x: g · scale + x · curve + offset.
    Batch { curve: Vec<f32>, offset: Vec<f32> },
}

impl Through {
    /// `sums` are over the whole batch of `positions` pixels.
    pub(super) fn batch(affine: &Affine, sums: &GradientSums, positions: usize) -> Self {
        let channels = affine.scale.len();
        let (mut curves, mut offsets) = (vec![0.0; channels], vec![0.0; channels]);
        for c in 0..channels {
            let (scale, deviation) = (f64::from(affine.scale[c]), f64::from(affine.deviation[c]));
            let shift = sums.gradient[c] / positions as f64;
            let curve = -scale * deviation * deviation * sums.centred[c] / positions as f64;
            curves[c] = curve as f32;
            offsets[c] = (-scale * shift - curve * f64::from(affine.mean[c])) as f32;
        }
        Self::Batch { curve: curves, offset: offsets }
    }
}

/// Mean and sum of squared distances from it, of each channel of some pixels.
pub(super) struct Moments {
    count: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

/// Pixels whose sum is taken in single precision before it is added to the total.
const RUN: usize = 64;

impl Moments {
    /// Of `pixels`, `channels` values each.
    pub(super) fn of(arch: Arch, pixels: &[f32], channels: usize) -> Self {
        arch.dispatch(Measuring { pixels, channels })
    }

    #[inline(always)]
    fn measure(pixels: &[f32], channels: usize) -> Self {
        let count = (pixels.len() / channels) as f64;
        let mut mean = sum(pixels, channels, |_, x| x);
        mean.iter_mut().for_each(|mean| *mean /= count);
        let centre: Vec<f32> = mean.iter().map(|&mean| mean as f32).collect();
        let mut squares = sum(pixels, channels, |c, x| (x - centre[c]) * (x - centre[c]));
        // The centre was rounded to single precision.
        for ((squares, mean), centre) in squares.iter_mut().zip(&mean).zip(&centre) {
            *squares -= count * (mean - f64::from(*centre)).powi(2);
        }
        Self { count, mean, squares }
    }

    /// Mean and biased variance of all parts together.
    pub(super) fn merge(parts: &[Self], channels: usize) -> RunningStatistics {
        let count: f64 = parts.iter().map(|part| part.count).sum();
        let mean = |c: usize| parts.iter().map(|part| part.count * part.mean[c]).sum::<f64>() / count;
        let means: Vec<f64> = (0..channels).map(mean).collect();
        let variance = |c: usize| {
            let spread = |part: &Self| part.squares[c] + part.count * (part.mean[c] - means[c]).powi(2);
            (parts.iter().map(spread).sum::<f64>() / count).max(0.0) as f32
        };
        let variance = (0..channels).map(variance).collect();
        RunningStatistics { mean: means.iter().map(|&mean| mean as f32).collect(), variance }
    }
}

/// `Σ g` and `Σ g · (x - mean)` of each channel.
#[derive(Default)]
pub(super) struct GradientSums {
    pub(super) gradient: Vec<f64>,
    pub(super) centred: Vec<f64>,
}

impl GradientSums {
    /// Of the gradients `g` of some pixels whose values are `x`.
    pub(super) fn of(arch: Arch, g: &[f32], x: &[f32], mean: &[f32]) -> Self {
        arch.dispatch(Summing { g, x, mean })
    }

    #[inline(always)]
    fn sum(g: &[f32], x: &[f32], mean: &[f32]) -> Self {
        let channels = mean.len();
        let gradient = sum(g, channels, |_, g| g);
        let mut centred = vec![0.0f64; channels];
        let mut run = vec![0.0f32; channels];
        for (g, x) in g.chunks(RUN * channels).zip(x.chunks(RUN * channels)) {
            run.fill(0.0);
            for (g, x) in g.chunks_exact(channels).zip(x.chunks_exact(channels)) {
                for (((sum, g), x), mean) in run.iter_mut().zip(g).zip(x).zip(mean) {
                    *sum += g * (x - mean);
                }
            }
            centred.iter_mut().zip(&run).for_each(|(total, &run)| *total += f64::from(run));
        }
        Self { gradient, centred }
    }

    /// The sums of all parts, in their order.
    pub(super) fn merge(parts: Vec<Self>) -> Self {
        let add =
            |total: &mut Vec<f64>, part: Vec<f64>| total.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        let mut parts = parts.into_iter();
        let mut total = parts.next().unwrap_or_default();
        for part in parts {
            add(&mut total.gradient, part.gradient);
            add(&mut total.centred, part.centred);
        }
        total
    }
}

struct Measuring<'a> {
    pixels: &'a [f32],
    channels: usize,
}

impl NullaryFnOnce for Measuring<'_> {
    type Output = Moments;

    #[inline(always)]
    fn call(self) -> Moments {
        Moments::measure(self.pixels, self.channels)
    }
}

struct Summing<'a> {
    g: &'a [f32],
    x: &'a [f32],
    mean: &'a [f32],
}

impl NullaryFnOnce for Summing<'_> {
    type Output = GradientSums;

    #[inline(always)]
    fn call(self) -> GradientSums {
        GradientSums::sum(self.g, self.x, self.mean)
    }
}

/// `Σ value(channel, x)` of each channel.
#[inline(always)]
fn sum(pixels: &[f32], channels: usize, value: impl Fn(usize, f32) -> f32) -> Vec<f64> {
    let mut total = vec![0.0f64; channels];
    let mut run = vec![0.0f32; channels];
    for pixels in pixels.chunks(RUN * channels) {
        run.fill(0.0);
        for pixel in pixels.chunks_exact(channels) {
            for (c, (sum, &x)) in run.iter_mut().zip(pixel).enumerate() {
                *sum += value(c, x);
            }
        }
        total.iter_mut().zip(&run).for_each(|(total, &run)| *total += f64::from(run));
    }
    total
}
