//! The distribution p(0) of 1 × 1 images, from which every chain starts: a histogram of the training images' mean colours.

use super::error::DataError;
use super::source::is_range;
use crate::compute::{Images, NoiseKey};
use std::collections::BTreeMap;

/// Bins a channel.
const BINS: usize = 32;

/// Which distribution is fitted to the training colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistogramKind {
    /// One histogram over all channels together: keeps the colours' correlation.
    Joint,
    /// One histogram a channel, drawn from independently.
    Marginal,
    /// The training colours themselves, drawn with replacement.
    Resample,
}

/// A fitted p(0).
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    channels: usize,
    range: [f32; 2],
    law: Law,
}

#[derive(Debug, Clone, PartialEq)]
enum Law {
    Joint(Counts),
    Marginal(Vec<Counts>),
    Resample(Images),
}

/// How often each occupied bin was hit. Sparse, sorted by bin.
#[derive(Debug, Clone, PartialEq)]
struct Counts {
    /// One bin number a dimension.
    bins: Vec<Vec<usize>>,
    /// Samples in this bin and all before it.
    cumulative: Vec<usize>,
}

impl Histogram {
    /// Fits p(0) to `ones`, `[n, channel, 1, 1]` in model units. Values outside of `range` count in its outermost bins.
    ///
    /// # Errors
    /// [`DataError::Settings`] when `ones` holds no images, larger ones or non-finite values, or `range` is no range.
    pub fn fit(kind: HistogramKind, ones: &Images, range: [f32; 2]) -> Result<Self, DataError> {
        let [count, channels, height, width] = ones.shape();
        if count == 0 || channels == 0 || height != 1 || width != 1 {
            let shape = ones.shape();
            return Err(DataError::Settings(format!("p(0) needs images of 1 × 1, at least one; got shape {shape:?}")));
        }
        if !is_range(range) || !ones.is_finite() {
            return Err(DataError::Settings("p(0) needs finite colours and a range of two finite numbers".to_owned()));
        }
        let bin = |value: f32| bin_of(value, range);
        let law = match kind {
            HistogramKind::Joint => Law::Joint(Counts::of(ones.data().chunks_exact(channels), bin)),
            HistogramKind::Marginal => Law::Marginal(
                (0..channels)
                    .map(|channel| Counts::of(ones.data()[channel..].chunks(channels).map(|pixel| &pixel[..1]), bin))
                    .collect(),
            ),
            HistogramKind::Resample => Law::Resample(ones.clone()),
        };
        Ok(Self { channels, range, law })
    }

    /// Draws `count` images from the stream `key`: `[count, channel, 1, 1]` in model units.
    #[must_use]
    pub fn sample(&self, key: NoiseKey, count: usize) -> Images {
        let mut images = Images::zeros([count, self.channels, 1, 1]);
        for item in 0..count {
            self.draw(key, item as u32, images.image_mut(item));
        }
        images
    }

    /// Draws one colour. Numbers 2c and 2c + 1 of the stream's item are the bin and the jitter of channel c.
    fn draw(&self, key: NoiseKey, item: u32, colour: &mut [f32]) {
        match &self.law {
            Law::Joint(counts) => {
                let bin = counts.pick(key, item, 0);
                for (channel, value) in colour.iter_mut().enumerate() {
                    *value = self.value_in(bin[channel], key.uniform(item, 2 * channel as u32 + 1));
                }
            }
            Law::Marginal(channels) => {
                for (channel, (value, counts)) in colour.iter_mut().zip(channels).enumerate() {
                    let bin = counts.pick(key, item, 2 * channel as u32);
                    *value = self.value_in(bin[0], key.uniform(item, 2 * channel as u32 + 1));
                }
            }
            Law::Resample(ones) => colour.copy_from_slice(ones.image(key.below(ones.count(), item, 0))),
        }
    }

    /// The value at `share` (0 to 1) of a bin's width.
    fn value_in(&self, bin: usize, share: f64) -> f32 {
        let [low, high] = self.range.map(f64::from);
        (low + (high - low) * (bin as f64 + share) / BINS as f64) as f32
    }
}

fn bin_of(value: f32, [low, high]: [f32; 2]) -> usize {
    let share = (f64::from(value) - f64::from(low)) / (f64::from(high) - f64::from(low));
    // A cast from below zero gives 0.
    ((share * BINS as f64) as usize).min(BINS - 1)
}

impl Counts {
    fn of<'a>(samples: impl Iterator<Item = &'a [f32]>, bin: impl Fn(f32) -> usize) -> Self {
        let mut occupied: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for sample in samples {
            *occupied.entry(sample.iter().map(|&value| bin(value)).collect()).or_default() += 1;
        }
        let mut total = 0;
        let cumulative = occupied
            .values()
            .map(|count| {
                total += count;
                total
            })
            .collect();
        Self { bins: occupied.into_keys().collect(), cumulative }
    }

    /// A bin in proportion to its count, by number `index` of the stream's item. There is at least one sample.
    fn pick(&self, key: NoiseKey, item: u32, index: u32) -> &[usize] {
        let total = self.cumulative.last().copied().unwrap_or(1);
        let sample = key.below(total, item, index);
        let place = self.cumulative.partition_point(|&through| through <= sample);
        &self.bins[place]
    }
}

#[cfg(test)]
#[path = "histogram_tests.rs"]
mod tests;
