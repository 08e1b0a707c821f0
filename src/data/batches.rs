//! The observed batch of each learning iteration, a pure function of the seed and the iteration.

use super::data_set::ImageSet;
use super::error::DataError;
use super::source::SourceSpec;
use crate::compute::{Images, NoiseKey, Purpose};
use std::sync::{Arc, Mutex, PoisonError};

/// Observed images of one iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// `[size, channel, side, side]` in model units, mirrored and with noise as the source asks.
    pub images: Images,
    /// Which training image each one is.
    pub indices: Vec<usize>,
    /// The class of each one.
    pub labels: Vec<Option<u32>>,
}

/// Deals the training images out in batches: iteration t of a resumed run gets what it would have got.
#[derive(Debug, Clone)]
pub struct Batches {
    training: ImageSet,
    flip: bool,
    noise: f32,
    seed: u64,
    /// The order of an epoch, kept because many batches are cut from it.
    order: Arc<Mutex<Option<Order>>>,
}

#[derive(Debug, Clone)]
struct Order {
    epoch: u64,
    images: Arc<Vec<usize>>,
}

impl Batches {
    /// Batches of `training`, mirrored and with noise as `spec` says.
    ///
    /// # Errors
    /// [`DataError::Settings`] when there is no training image.
    pub fn new(training: ImageSet, spec: &SourceSpec, seed: u64) -> Result<Self, DataError> {
        if training.count() == 0 {
            return Err(DataError::Settings("there are no training images to make batches of".to_owned()));
        }
        Ok(Self { training, flip: spec.flip, noise: spec.noise, seed, order: Arc::default() })
    }

    /// The batch of `iteration`, where all iterations have batches of `size`.
    ///
    /// Epoch after epoch, each in its own random order, the images stand in one long row; batch t is places
    /// `t·size .. (t+1)·size` of it. It may straddle two epochs, or span several.
    ///
    /// # Errors
    /// Images that cannot be read any more.
    pub fn batch(&self, iteration: u64, size: usize) -> Result<Batch, DataError> {
        let indices = self.indices(iteration, size);
        let mut images = self.training.select(&indices)?;
        if self.flip {
            self.flip_some(iteration, &mut images);
        }
        if self.noise > 0.0 {
            self.add_noise(iteration, &mut images);
        }
        let labels = indices.iter().map(|&index| self.training.label(index)).collect();
        Ok(Batch { images, indices, labels })
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
            let order = self.order_of(epoch);
            indices.extend(order[place..].iter().take(size - indices.len()));
            epoch += 1;
            place = 0;
        }
        indices
    }

    fn order_of(&self, epoch: u64) -> Arc<Vec<usize>> {
        let mut kept = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(order) if order.epoch == epoch => order.images.clone(),
            _ => {
                let images = Arc::new(self.key(Purpose::DataOrder, epoch).permutation(self.training.count()));
                *kept = Some(Order { epoch, images: images.clone() });
                images
            }
        }
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
    use super::super::data_set::tests::in_memory;
    use super::*;

    /// Image i is filled with 2i, its left column with 2i + 1.
    fn numbered(count: usize) -> ImageSet {
        let level = |item: usize, pixel: usize| (2 * item + usize::from(pixel.is_multiple_of(3))) as u8;
        in_memory([count, 2, 3], [0.0, 255.0], level).training
    }

    fn plain(count: usize, seed: u64) -> Batches {
        let spec = SourceSpec { flip: false, noise: 0.0, ..SourceSpec::default() };
        Batches::new(numbered(count), &spec, seed).unwrap()
    }

    #[test]
    fn each_epoch_deals_every_image_once_in_another_order() {
        let batches = plain(10, 7);
        let row: Vec<usize> = (0..5).flat_map(|iteration| batches.batch(iteration, 4).unwrap().indices).collect();
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
        let long = batches.batch(0, 37).unwrap().indices;
        let short: Vec<usize> = (0..37).flat_map(|iteration| batches.batch(iteration, 1).unwrap().indices).collect();
        assert_eq!(long, short);
        assert_eq!(batches.batch(2, 8).unwrap().indices, long[16..24]);
    }

    #[test]
    fn a_batch_depends_on_seed_and_iteration_alone() {
        let spec = SourceSpec { flip: true, noise: 0.1, ..SourceSpec::default() };
        let one = Batches::new(numbered(10), &spec, 3).unwrap();
        let two = Batches::new(numbered(10), &spec, 3).unwrap();
        let _ = one.batch(4, 6).unwrap();
        assert_eq!(one.batch(9, 6).unwrap(), two.batch(9, 6).unwrap());
        let other = Batches::new(numbered(10), &spec, 4).unwrap();
        assert_ne!(one.batch(9, 6).unwrap(), other.batch(9, 6).unwrap());
    }

    #[test]
    fn about_half_of_the_images_are_mirrored_left_to_right() {
        let spec = SourceSpec { flip: true, noise: 0.0, ..SourceSpec::default() };
        let training = numbered(10);
        let batch = Batches::new(training.clone(), &spec, 1).unwrap().batch(0, 1000).unwrap();
        let mut mirrored = 0;
        for (place, &index) in batch.indices.iter().enumerate() {
            let mut original = training.select(&[index]).unwrap().image(0).to_vec();
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
        let batch = Batches::new(training.clone(), &spec, 1).unwrap().batch(3, 500).unwrap();
        let clean = training.select(&batch.indices).unwrap();
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
        assert!(
            batches.batch(u64::MAX, 3).unwrap().indices.len() == 3 && batches.batch(0, 0).unwrap().indices.is_empty()
        );
    }

    #[test]
    fn no_images_no_batches() {
        let empty = in_memory([0, 3, 4], [0.0, 1.0], |_, _| 0).training;
        assert!(matches!(Batches::new(empty, &SourceSpec::default(), 0), Err(DataError::Settings(_))));
    }
}
