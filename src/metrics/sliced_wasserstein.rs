//! Sliced Wasserstein distance between the local patterns of two sets of images.

use super::error::{MetricError, comparable};
use super::laplacian;
use super::patches::{self, Patches};
use crate::compute::{Images, NoiseKey, Purpose};
use rayon::prelude::*;

/// No level is smaller than this, unless the images are.
const SMALLEST_LEVEL: usize = 16;
/// Directions that are projected on together, which fills the vector registers.
const TOGETHER: usize = 16;

/// Streams of random numbers: `NoiseKey::step` by what is drawn.
const REAL: u32 = 0;
const SYNTHESIZED: u32 = 1;
const DIRECTION: u32 = 2;

/// By which mean and standard deviation a set's patches are normalized, channel by channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalization {
    /// Each set's by its own, as in the paper: only the form of the patterns counts, not their strength.
    #[default]
    EachSet,
    /// Both sets' by those of the real one: grain, blur, contrast and tint of a whole set count too.
    RealSet,
}

/// Sliced Wasserstein distance on patches of a Laplacian pyramid (Karras et al., Progressive Growing of GANs,
/// arXiv 1710.10196, section 5).
///
/// On each level of the pyramid (the full side, halved while at least 16) patches of 7 × 7 are drawn at random, as many
/// of one set as of the other, and each channel of them is brought to mean 0 and standard deviation 1. The distance is
/// the mean, over random directions, of the mean difference of the sorted projections. Because of the normalization it
/// has no unit and needs no range.
///
/// Read it beside the energy distance, which sees brightness and tint. Numbers of different [`Normalization`]s do not
/// compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlicedWasserstein {
    /// Patches for each image of the smaller set, at each level; the larger set gives as many in all.
    pub patches_per_image: usize,
    /// Random directions at each level.
    pub directions: usize,
    pub normalization: Normalization,
    /// Names the random patches and directions.
    pub seed: u64,
}

impl Default for SlicedWasserstein {
    fn default() -> Self {
        Self { patches_per_image: 64, directions: 256, normalization: Normalization::EachSet, seed: 0 }
    }
}

/// Sliced Wasserstein distances × 1000, from 0 up. Two draws of patches from one set do not give 0: compare with the
/// distance of held-out images, at the same counts.
#[derive(Debug, Clone, PartialEq)]
pub struct SlicedWassersteinDistance {
    /// Side of each level, finest first.
    pub sides: Vec<usize>,
    /// Distance at each level, × 1000.
    pub levels: Vec<f64>,
    /// Their mean, × 1000.
    pub mean: f64,
}

impl SlicedWasserstein {
    /// The distance between `real` and `synthesized` images, of one size but as many as they are.
    ///
    /// # Errors
    /// Images of different sizes or below 7 × 7, an empty set, values that are not finite, no patches or directions.
    pub fn distance(&self, real: &Images, synthesized: &Images) -> Result<SlicedWassersteinDistance, MetricError> {
        comparable(real, synthesized)?;
        if real.side() < patches::SIDE {
            return Err(MetricError::TooSmall { found: real.side(), needed: patches::SIDE });
        }
        if self.patches_per_image == 0 || self.directions == 0 {
            return Err(MetricError::Settings("it takes at least 1 patch an image and 1 direction".to_owned()));
        }
        let sides = laplacian::sides(real.side(), SMALLEST_LEVEL);
        let count = real.count().min(synthesized.count()) * self.patches_per_image;
        let real = self.patches(real, &sides, count, REAL);
        let synthesized = self.patches(synthesized, &sides, count, SYNTHESIZED);
        let pairs = real.into_iter().zip(synthesized).enumerate();
        let levels: Vec<f64> = pairs.map(|(level, (a, b))| 1e3 * self.level_distance(level, a, b)).collect();
        let mean = levels.iter().sum::<f64>() / levels.len() as f64;
        Ok(SlicedWassersteinDistance { sides, levels, mean })
    }

    /// `count` patches of each level, drawn evenly from all images.
    fn patches(&self, images: &Images, sides: &[usize], count: usize, set: u32) -> Vec<Patches> {
        let (share, rest) = (count / images.count(), count % images.count());
        let of_image = |image: usize| {
            let own = share + usize::from(image < rest);
            let levels = laplacian::pyramid(images.image(image), sides);
            let cut = |(level, planes): (usize, &Vec<f32>)| {
                patches::cut(planes, sides[level], self.key(level, set), image as u32, own)
            };
            levels.iter().enumerate().map(cut).collect::<Vec<_>>()
        };
        let drawn: Vec<Vec<Vec<f32>>> = (0..images.count()).into_par_iter().map(of_image).collect();
        let gather = |level: usize| drawn.iter().flat_map(|levels| &levels[level]).copied().collect();
        let largest = images.data().iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        (0..sides.len()).map(|level| Patches::new(gather(level), images.shape()[1], largest)).collect()
    }

    /// The distance at one level, not multiplied.
    fn level_distance(&self, level: usize, mut real: Patches, mut synthesized: Patches) -> f64 {
        let of_real = real.statistics();
        let of_synthesized = match self.normalization {
            Normalization::EachSet => synthesized.statistics(),
            Normalization::RealSet => of_real.clone(),
        };
        real.normalize(&of_real);
        synthesized.normalize(&of_synthesized);
        self.projected_distance(self.key(level, DIRECTION), &real, &synthesized)
    }

    /// Mean distance over all directions. Directions are worked on in parallel and summed in order.
    fn projected_distance(&self, key: NoiseKey, a: &Patches, b: &Patches) -> f64 {
        let firsts: Vec<usize> = (0..self.directions).step_by(TOGETHER).collect();
        let sums: Vec<f64> = firsts
            .into_par_iter()
            .map(|first| {
                let number = TOGETHER.min(self.directions - first);
                let directions = unit_directions(key, first, number, a.row());
                let (a, b) = (projected(a, &directions), projected(b, &directions));
                a.iter().zip(&b).take(number).map(|(a, b)| mean_difference(a, b)).sum::<f64>()
            })
            .collect();
        sums.iter().sum::<f64>() / self.directions as f64
    }

    fn key(&self, level: usize, step: u32) -> NoiseKey {
        NoiseKey { grid: level as u32, step, ..NoiseKey::new(self.seed, Purpose::Metric) }
    }
}

/// Directions `first..first + number` of length 1, `[dimension][TOGETHER]`; the rest of each row stays zero.
fn unit_directions(key: NoiseKey, first: usize, number: usize, dimensions: usize) -> Vec<[f32; TOGETHER]> {
    let mut directions = vec![[0.0; TOGETHER]; dimensions];
    let mut direction = vec![0.0f32; dimensions];
    for lane in 0..number {
        key.normal((first + lane) as u32, &mut direction);
        let length = direction.iter().map(|value| value * value).sum::<f32>().sqrt();
        for (row, value) in directions.iter_mut().zip(&direction) {
            row[lane] = value / length;
        }
    }
    directions
}

/// Sorted projections of all patches on each of the directions.
fn projected(patches: &Patches, directions: &[[f32; TOGETHER]]) -> [Vec<f32>; TOGETHER] {
    let mut result: [Vec<f32>; TOGETHER] = Default::default();
    for patch in patches.rows() {
        let mut sums = [0.0f32; TOGETHER];
        for (value, weights) in patch.iter().zip(directions) {
            for lane in 0..TOGETHER {
                sums[lane] += value * weights[lane];
            }
        }
        result.iter_mut().zip(sums).for_each(|(lane, sum)| lane.push(sum));
    }
    result.iter_mut().for_each(|lane| lane.sort_unstable_by(f32::total_cmp));
    result
}

fn mean_difference(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / a.len() as f64
}

#[cfg(test)]
#[path = "sliced_wasserstein_tests.rs"]
mod tests;
