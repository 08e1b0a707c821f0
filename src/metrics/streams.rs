//! Names of the random numbers that measures draw, beside those of the sliced Wasserstein distance.

use crate::compute::{NoiseKey, Purpose};

/// What random numbers are drawn for. No two streams overlap.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum Stream {
    /// Weights of random features.
    Weights = 1,
    /// Images of a bootstrap's resample.
    Resample = 2,
    /// Order of images under a permutation test's null hypothesis.
    Permutation = 3,
    /// Order of images before they are split in halves.
    Split = 4,
}

impl Stream {
    /// The key of draw number `draw` for part `part` (a set of images, a level of a network).
    pub(super) fn key(self, seed: u64, part: u32, draw: u32) -> NoiseKey {
        NoiseKey { iteration: self as u64, grid: part, step: draw, ..NoiseKey::new(seed, Purpose::Metric) }
    }
}
