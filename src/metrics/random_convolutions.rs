//! A fixed random network whose feature maps are summed up by their means and standard deviations.

use super::error::MetricError;
use super::streams::Stream;
use crate::compute::Images;
use rayon::prelude::*;

/// Channels after the convolution of each level.
const CHANNELS: [usize; 3] = [8, 16, 24];
/// Channels that the first convolution reads; a grey image fills all of them.
const COLOURS: usize = 3;
/// Slope of the leaky rectifier below 0.
const LEAK: f32 = 0.2;
/// Names the weights: other weights are other features.
const SEED: u64 = 1;
/// The smallest side that two halvings leave something of.
const SMALLEST_SIDE: usize = 4;
/// Weights of a filter in one input channel.
const TAPS: usize = 9;

/// Spatial means, then standard deviations, of the maps of each level, `[batch, 96]`.
///
/// A level is a 3 × 3 convolution of stride 1 that repeats the image's edge, a leaky rectifier of slope 0.2 (its maps
/// are those summed up) and the mean over blocks of 2 × 2, which drops an odd last row and column. There are no biases.
/// Each filter's weights are normal noise scaled to a sum of squares of `2 / (1 + 0.2²)`, so that a level maps white
/// noise of unit variance to maps of unit mean square (He et al., arXiv 1502.01852).
pub(super) fn statistics(images: &Images) -> Result<Vec<f32>, MetricError> {
    let [_, channels, height, width] = images.shape();
    if ![1, COLOURS].contains(&channels) {
        let text = format!("random convolutions read images of 1 or 3 channels, found {channels}");
        return Err(MetricError::Settings(text));
    }
    if height.min(width) < SMALLEST_SIDE {
        return Err(MetricError::TooSmall { found: height.min(width), needed: SMALLEST_SIDE });
    }
    let network = weights();
    let rows = (0..images.count()).into_par_iter().map(|index| {
        let image = images.image(index);
        let planes = if channels == 1 { image.repeat(COLOURS) } else { image.to_vec() };
        row(&network, planes, height, width)
    });
    Ok(rows.collect::<Vec<_>>().concat())
}

/// The weights of each level, `[out, in, 3, 3]`.
fn weights() -> Vec<Vec<f32>> {
    let inputs = [COLOURS, CHANNELS[0], CHANNELS[1]];
    let gain = 2.0 / (1.0 + f64::from(LEAK).powi(2));
    let level = |(level, (&out, input)): (usize, (&usize, usize))| {
        let key = Stream::Weights.key(SEED, level as u32, 0);
        let mut weights = vec![0.0; out * input * TAPS];
        for (filter, taps) in weights.chunks_exact_mut(input * TAPS).enumerate() {
            key.normal(filter as u32, taps);
            let square: f64 = taps.iter().map(|&tap| f64::from(tap).powi(2)).sum();
            let scale = (gain / square).sqrt();
            taps.iter_mut().for_each(|tap| *tap = (f64::from(*tap) * scale) as f32);
        }
        weights
    };
    CHANNELS.iter().zip(inputs).enumerate().map(level).collect()
}

/// The statistics of one image, `[channel, height, width]`.
fn row(network: &[Vec<f32>], mut planes: Vec<f32>, mut height: usize, mut width: usize) -> Vec<f32> {
    let mut row = Vec::new();
    for weights in network {
        let maps = convolved(&planes, weights, height, width);
        let (means, deviations): (Vec<f32>, Vec<f32>) = maps.chunks_exact(height * width).map(mean_deviation).unzip();
        row.extend(means);
        row.extend(deviations);
        planes = maps.chunks_exact(height * width).flat_map(|map| halved(map, height, width)).collect();
        (height, width) = (height / 2, width / 2);
    }
    row
}

/// The rectified convolution of `planes`, `[in, height, width]`, as `[out, height, width]`.
fn convolved(planes: &[f32], weights: &[f32], height: usize, width: usize) -> Vec<f32> {
    let padded: Vec<Vec<f32>> =
        planes.chunks_exact(height * width).map(|plane| edge_repeated(plane, height, width)).collect();
    let filters = weights.chunks_exact(padded.len() * TAPS);
    let mut maps = vec![0.0f32; filters.len() * height * width];
    for (map, filter) in maps.chunks_exact_mut(height * width).zip(filters) {
        for (plane, taps) in padded.iter().zip(filter.chunks_exact(TAPS)) {
            add_correlation(map, plane, taps, width);
        }
        map.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value *= LEAK);
    }
    maps
}

/// Adds the correlation of a padded plane with 3 × 3 taps to `map`.
fn add_correlation(map: &mut [f32], padded: &[f32], taps: &[f32], width: usize) {
    for (y, line) in map.chunks_exact_mut(width).enumerate() {
        for (tap, weight) in taps.iter().enumerate() {
            let source = &padded[(y + tap / 3) * (width + 2) + tap % 3..][..width];
            line.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
        }
    }
}

/// The plane with its edge repeated once all around, `[height + 2, width + 2]`.
fn edge_repeated(plane: &[f32], height: usize, width: usize) -> Vec<f32> {
    let inside = |at: usize, side: usize| at.saturating_sub(1).min(side - 1);
    let line = |y: usize| (0..width + 2).map(move |x| plane[inside(y, height) * width + inside(x, width)]);
    (0..height + 2).flat_map(line).collect()
}

/// Mean and standard deviation (over all pixels, not one less) of a map.
fn mean_deviation(map: &[f32]) -> (f32, f32) {
    let count = map.len() as f64;
    let mean = map.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let variance = map.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance.sqrt() as f32)
}

/// Means over blocks of 2 × 2.
fn halved(map: &[f32], height: usize, width: usize) -> Vec<f32> {
    let at = |y: usize, x: usize| map[2 * y * width + 2 * x..][..2].iter().sum::<f32>();
    let below = |y: usize, x: usize| map[(2 * y + 1) * width + 2 * x..][..2].iter().sum::<f32>();
    let line = |y: usize| (0..width / 2).map(move |x| (at(y, x) + below(y, x)) / 4.0);
    (0..height / 2).flat_map(line).collect()
}
