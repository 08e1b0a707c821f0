//! What happens to the standardized inputs of a batch before they are learned from: flips, shifts, dropout.

use super::ClassifierTraining;
use crate::compute::{Images, NoiseKey, Purpose};

/// Draws for one batch, the same for every grid.
pub(super) struct Augmentation<'a> {
    pub(super) settings: &'a ClassifierTraining,
    /// Number of the batch since training began.
    pub(super) update: u64,
    /// Side of the largest grid, in whose pixels shifts are given.
    pub(super) largest: usize,
}

impl Augmentation<'_> {
    fn key(&self, purpose: Purpose, grid: u32, step: u32) -> NoiseKey {
        NoiseKey { seed: self.settings.seed, purpose, iteration: self.update, grid, step }
    }

    /// Changes the images of grid `grid` in place.
    pub(super) fn apply(&self, grid: usize, images: &mut Images) {
        let ClassifierTraining { flips, shift, dropout, .. } = *self.settings;
        let side = images.side();
        for image in 0..images.count() {
            if flips && self.key(Purpose::Flip, 0, 0).uniform(image as u32, 0) < 0.5 {
                images.image_mut(image).chunks_exact_mut(side).for_each(<[f32]>::reverse);
            }
            if shift > 0 {
                let key = self.key(Purpose::Flip, 0, 1);
                let moved = |axis: u32| {
                    let pixels = key.below(2 * shift + 1, image as u32, axis) as f64 - shift as f64;
                    (pixels * side as f64 / self.largest as f64).round() as isize
                };
                move_by(images.image_mut(image), side, [moved(0), moved(1)]);
            }
        }
        if dropout > 0.0 {
            let key = self.key(Purpose::Mask, grid as u32, 0);
            (0..images.count()).for_each(|image| drop(&key, image as u32, images.image_mut(image), dropout));
        }
    }
}

/// Moves an image `[channel, side, side]` by whole pixels, down and to the right; what comes in is 0, the mean.
fn move_by(image: &mut [f32], side: usize, [down, right]: [isize; 2]) {
    let source = |at: usize, by: isize| at.checked_add_signed(-by).filter(|&at| at < side);
    for map in image.chunks_exact_mut(side * side) {
        let before = map.to_vec();
        for (at, value) in map.iter_mut().enumerate() {
            let from = source(at / side, down).zip(source(at % side, right));
            *value = from.map_or(0.0, |(row, column)| before[row * side + column]);
        }
    }
}

/// Sets each value to 0 with probability `share`, and divides the others by what is left of 1.
fn drop(key: &NoiseKey, item: u32, image: &mut [f32], share: f64) {
    let least = (share * f64::from(u32::MAX)) as u32;
    let scale = (1.0 / (1.0 - share)) as f32;
    for (index, values) in image.chunks_mut(4).enumerate() {
        for (value, word) in values.iter_mut().zip(key.words(item, index as u32)) {
            *value = if word < least { 0.0 } else { *value * scale };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_moves_every_pixel_and_lets_zeros_in() {
        let mut image = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        move_by(&mut image, 3, [1, -1]);
        assert_eq!(image, [0.0, 0.0, 0.0, 2.0, 3.0, 0.0, 5.0, 6.0, 0.0]);
    }

    #[test]
    fn dropout_keeps_the_mean_and_drops_its_share() {
        let mut image = vec![1.0; 40_000];
        drop(&NoiseKey::new(1, Purpose::Mask), 0, &mut image, 0.25);
        let dropped = image.iter().filter(|&&value| value == 0.0).count() as f64 / 40_000.0;
        let mean = image.iter().map(|&value| f64::from(value)).sum::<f64>() / 40_000.0;
        // Four standard errors of a share of 40,000.
        assert!((dropped - 0.25).abs() < 0.009 && (mean - 1.0).abs() < 0.012, "{dropped} {mean}");
    }

    #[test]
    fn grids_are_flipped_and_shifted_together() {
        let settings = ClassifierTraining { flips: true, shift: 4, ..ClassifierTraining::default() };
        let augmentation = Augmentation { settings: &settings, update: 3, largest: 16 };
        // One bright half: the coarse image of the fine one.
        let half = |side: usize| {
            let row = (0..side).map(|x| f32::from(x >= side / 2));
            let rows: Vec<f32> = row.cycle().take(side * side).collect();
            Images::new([8, 1, side, side], rows.repeat(8))
        };
        let (mut fine, mut coarse) = (half(16), half(4));
        augmentation.apply(0, &mut fine);
        augmentation.apply(1, &mut coarse);
        for image in 0..8 {
            let middle = |images: &Images| {
                let side = images.side();
                let row = &images.image(image)[side / 2 * side..][..side];
                let weight: f32 = row.iter().sum();
                row.iter().enumerate().map(|(x, &v)| (x as f32 + 0.5) / side as f32 * v).sum::<f32>() / weight
            };
            assert!((middle(&fine) - middle(&coarse)).abs() < 0.13, "image {image}");
        }
    }
}
