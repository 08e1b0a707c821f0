//! Persistent chains: one for each training image, from iteration to iteration.

use crate::compute::{Images, NoiseKey};
use std::collections::BTreeMap;

/// Bytes of chains that one grid may store.
const LARGEST: usize = 1 << 30;

/// The chains of one grid by the training image they belong to, each `[channel, height, width]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ChainStore(BTreeMap<usize, Vec<f32>>);

impl ChainStore {
    /// Chains of the images of those numbers, in that order of numbers.
    pub(super) fn new(numbers: &[usize], values: &[f32]) -> Self {
        let length = values.len() / numbers.len().max(1);
        Self(numbers.iter().copied().zip(values.chunks_exact(length.max(1)).map(<[f32]>::to_vec)).collect())
    }

    /// The numbers of the images that have a chain, growing, and all chains one after another.
    pub(super) fn parts(&self) -> (Vec<usize>, Vec<f32>) {
        (self.0.keys().copied().collect(), self.0.values().flatten().copied().collect())
    }

    /// Where chains of the images of those numbers begin: where they ended; at `observed` where there is none, and,
    /// with probability `share` each, anyway.
    pub(super) fn starts(&self, numbers: &[usize], observed: &Images, share: f64, key: NoiseKey) -> Images {
        let mut starts = observed.clone();
        for (place, number) in numbers.iter().enumerate() {
            if let Some(chain) = self.0.get(number)
                && chain.len() == observed.image_len()
                && key.uniform(place as u32, 0) >= share
            {
                starts.image_mut(place).copy_from_slice(chain);
            }
        }
        starts
    }

    /// Stores chains of the images of those numbers.
    ///
    /// # Errors
    /// Another number of chains, or more of them than a grid may store.
    pub(super) fn put(&mut self, numbers: &[usize], images: &Images) -> Result<(), String> {
        if numbers.len() != images.count() {
            let (wanted, found) = (numbers.len(), images.count());
            return Err(format!("lab.persist: one image for each of the batch's {wanted} is expected, found {found}"));
        }
        let chains = self.0.len() + numbers.iter().filter(|number| !self.0.contains_key(number)).count();
        if 4 * chains * images.image_len() > LARGEST {
            return Err(format!(
                "lab.persist: {chains} chains of {0}×{0} pixels take more than {1} MB; let chains begin elsewhere",
                images.side(),
                LARGEST >> 20
            ));
        }
        for (place, &number) in numbers.iter().enumerate() {
            self.0.insert(number, images.image(place).to_vec());
        }
        Ok(())
    }
}
