//! The observed batch of each learning iteration, a pure function of the seed and the iteration.

use super::error::DataError;
use super::source::SourceSpec;
use crate::compute::{Images, NoiseKey, Purpose};
use std::sync::Arc;

/// Observed images of one iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `[size, channel, side, side]` in model units, mirrored and with noise as the source asks.
    pub images: Images,
    /// Which training image each one is.
    pub indices: Vec<usize>,
}

/// Deals the training images out in batches. Holds no state: iteration t of a resumed run gets what it would have got.
#[derive(Debug, Clone)]
pub struct Batches {
    training: Arc<Images>,
    flip: bool,
    noise: f32,
    seed: u64,
}

impl Batches {
    /// Batches of `training`, mirrored and with noise as `spec` says.
    ///
    /// # Errors
    /// [`DataError::Settings`] when there is no training image.
    pub fn new(training: Arc<Images>, spec: &SourceSpec, seed: u64) -> Result<Self, DataError> {
        if training.count() == 0 {
            return Err(DataError::Settings("there are no training images to make batches of".to_owned()));
        }
        Ok(Self { training, flip: spec.flip, noise: spec.noise, seed })
    }

    /// The batch of `iteration`, where all iterations have batches of `size`.
    ///
    /// Epoch after epoch, each in its own random order, the images stand in one long row; batch t is places
    /// `t·size .. (t+1)·size` of it. It may straddle two epochs, or span several.
    #[must_use]
    pub fn batch(&self, iteration: u64, size: usize) -> Batch {
        let indices = self.indices(iteration, size);
        let mut images = self.training.select(&indices);
        if self.flip {
            self.flip_some(iteration, &mut images);
        }
        if self.noise > 0.0 {
            self.add_noise(iteration, &mut images);
        }
        Batch { images, indices }
    }

    /// Epochs done when `iteration` batches of `size` have been dealt.
    #[must_use]
    pub fn epoch(&self, iteration: u64, size: usize) -> f64 {
        iteration as f64 * size as f64 / self.training.count() as f64
    }

    fn indices(&self, iteration: u64, size: usize) -> Vec<usize> {
        let count = self.training.count() as u128;
        let start = u128::from(iteration) * size as u128;
        let mut epoch = (start / count) as u64;
        let mut place = (start % count) as usize;
        let mut indices = Vec::with_capacity(size);
        while indices.len() < size {
            let order = self.key(Purpose::DataOrder, epoch).permutation(self.training.count());
            indices.extend(order[place..].iter().take(size - indices.len()));
            epoch += 1;
            place = 0;
        }
        indices
    }

    fn flip_some(&self, iteration: u64, images: &mut Images) {
        let key = self.key(Purpose::Flip, iteration);
        let side = images.side();
        for place in 0..images.count() {
            if key.words(place as u32, 0)[0] & 1 == 1 {
                images.image_mut(place).chunks_exact_mut(side).for_each(<[f32]>::reverse);
            }
        }
    }

    fn add_noise(&self, iteration: u64, images: &mut Images) {
        let key = self.key(Purpose::DataNoise, iteration);
        let mut noise = vec![0.0; images.image_len()];
        for place in 0..images.count() {
            key.normal(place as u32, &mut noise);
            for (value, noise) in images.image_mut(place).iter_mut().zip(&noise) {
                *value += self.noise * noise;
            }
        }
    }

    fn key(&self, purpose: Purpose, iteration: u64) -> NoiseKey {
        NoiseKey { iteration, ..NoiseKey::new(self.seed, purpose) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Image i is filled with i, its left column with i + 0.5.
    fn numbered(count: usize) -> Arc<Images> {
        let mut images = Images::zeros([count, 2, 3, 3]);
        for index in 0..count {
            for (pixel, value) in images.image_mut(index).iter_mut().enumerate() {
                *value = index as f32 + if pixel % 3 == 0 { 0.5 } else { 0.0 };
            }
        }
        Arc::new(images)
    }

    fn plain(count: usize, seed: u64) -> Batches {
        let spec = SourceSpec { flip: false, noise: 0.0, ..SourceSpec::default() };
        Batches::new(numbered(count), &spec, seed).unwrap()
    }

    #[test]
    fn each_epoch_deals_every_image_once_in_another_order() {
        let batches = plain(10, 7);
        let row: Vec<usize> = (0..5).flat_map(|iteration| batches.batch(iteration, 4).indices).collect();
        let (first, second) = row.split_at(10);
        assert_ne!(first, second);
        for epoch in [first, second] {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn batches_are_cut_from_one_row_whatever_their_size() {
        let batches = plain(10, 7);
        let long = batches.batch(0, 37).indices;
        let short: Vec<usize> = (0..37).flat_map(|iteration| batches.batch(iteration, 1).indices).collect();
        assert_eq!(long, short);
        assert_eq!(batches.batch(2, 8).indices, long[16..24]);
    }

    #[test]
    fn a_batch_depends_on_seed_and_iteration_alone() {
        let spec = SourceSpec { flip: true, noise: 0.1, ..SourceSpec::default() };
        let one = Batches::new(numbered(10), &spec, 3).unwrap();
        let two = Batches::new(numbered(10), &spec, 3).unwrap();
        let _ = one.batch(4, 6);
        assert_eq!(one.batch(9, 6), two.batch(9, 6));
        let other = Batches::new(numbered(10), &spec, 4).unwrap();
        assert_ne!(one.batch(9, 6), other.batch(9, 6));
    }

    #[test]
    fn about_half_of_the_images_are_mirrored_left_to_right() {
        let spec = SourceSpec { flip: true, noise: 0.0, ..SourceSpec::default() };
        let training = numbered(10);
        let batch = Batches::new(training.clone(), &spec, 1).unwrap().batch(0, 1000);
        let mut mirrored = 0;
        for (place, &index) in batch.indices.iter().enumerate() {
            let mut original = training.image(index).to_vec();
            if batch.images.image(place) != original {
                original.chunks_exact_mut(3).for_each(<[f32]>::reverse);
                assert_eq!(batch.images.image(place), original);
                mirrored += 1;
            }
        }
        assert!((430..570).contains(&mirrored), "{mirrored}");
    }

    #[test]
    fn noise_has_the_asked_spread() {
        let spec = SourceSpec { flip: false, noise: 0.25, ..SourceSpec::default() };
        let training = numbered(10);
        let batch = Batches::new(training.clone(), &spec, 1).unwrap().batch(3, 500);
        let clean = training.select(&batch.indices);
        let noise: Vec<f64> =
            batch.images.data().iter().zip(clean.data()).map(|(&noisy, &clean)| f64::from(noisy - clean)).collect();
        let mean = noise.iter().sum::<f64>() / noise.len() as f64;
        let deviation = (noise.iter().map(|value| value * value).sum::<f64>() / noise.len() as f64).sqrt();
        assert!(mean.abs() < 0.01 && (deviation - 0.25).abs() < 0.01, "{mean} {deviation}");
    }

    #[test]
    fn epochs_are_counted_in_images() {
        let batches = plain(10, 7);
        assert_eq!(batches.epoch(5, 4), 2.0);
        assert!(batches.batch(u64::MAX, 3).indices.len() == 3 && batches.batch(0, 0).indices.is_empty());
    }

    #[test]
    fn no_images_no_batches() {
        let empty = Arc::new(Images::zeros([0, 3, 4, 4]));
        assert!(matches!(Batches::new(empty, &SourceSpec::default(), 0), Err(DataError::Settings(_))));
    }
}
