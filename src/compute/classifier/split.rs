//! Which of the labelled images are learned from, in which order, and which are held out to stop early.

use crate::compute::{NoiseKey, Purpose};

/// The images to learn from and those held out: `share` of each class, rounded down, never a whole class.
pub(super) fn split(labels: &[usize], classes: usize, share: f64, seed: u64) -> [Vec<usize>; 2] {
    let order = NoiseKey { step: 1, ..NoiseKey::new(seed, Purpose::DataOrder) }.permutation(labels.len());
    let mut left = vec![0; classes];
    labels.iter().for_each(|&label| left[label] += 1);
    left.iter_mut().for_each(|left| *left = (share * *left as f64) as usize);
    let [mut learned, mut held] = [Vec::new(), Vec::new()];
    for image in order {
        match &mut left[labels[image]] {
            0 => learned.push(image),
            left => {
                *left -= 1;
                held.push(image);
            }
        }
    }
    learned.sort_unstable();
    held.sort_unstable();
    [learned, held]
}

/// The batches of one epoch: all of `0..count` in a random order, in batches that differ in size by one at most.
pub(super) fn batches(count: usize, batch: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let order = NoiseKey { iteration: epoch as u64, ..NoiseKey::new(seed, Purpose::DataOrder) }.permutation(count);
    let number = count.div_ceil(batch.max(1)).max(1);
    (0..number).map(|index| order[index * count / number..(index + 1) * count / number].to_vec()).collect()
}
