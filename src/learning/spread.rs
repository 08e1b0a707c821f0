//! Sees the chains of a grid fall together: they differ from each other no more, while the observed images do.

use crate::compute::Images;
use serde::{Deserialize, Serialize};

/// Below this share of the observed images' spread the synthesized ones have fallen together.
const COLLAPSED: f64 = 0.05;
/// From this share on they differ as images do.
const VARIED: f64 = 0.2;
/// Updates in a row that make either of them more than chance.
const LASTING: u32 = 30;

/// How long the chains of one grid have differed, and how long not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// Updates in a row with a varied batch, and with one that fell together.
    varied: u32,
    collapsed: u32,
    /// The batches were varied for long enough: only then can they fall together.
    was_varied: bool,
}

impl Spread {
    /// Takes in both batches of an update, `[batch, channel, height, width]`. Returns the synthesized images' spread as a
    /// share of the observed ones' when they have fallen together for good, which is told once: they have to differ again
    /// before it can be. Batches of one image, or of equal ones, say nothing.
    pub fn judge(&mut self, observed: &Images, synthesized: &Images) -> Option<f64> {
        let wanted = spread(observed).filter(|&spread| spread > 1e-6)?;
        let share = spread(synthesized)? / wanted;
        let counted = |holds: bool, before: u32| if holds { before.saturating_add(1) } else { 0 };
        self.varied = counted(share >= VARIED, self.varied);
        self.collapsed = counted(share < COLLAPSED, self.collapsed);
        self.was_varied |= self.varied >= LASTING;
        if !self.was_varied || self.collapsed < LASTING {
            return None;
        }
        *self = Self::default();
        Some(share)
    }
}

/// The root of the mean over values of their variance between the images; none for a single image.
fn spread(images: &Images) -> Option<f64> {
    let count = images.count();
    if count < 2 {
        return None;
    }
    let values = images.image(0).len();
    let (mut sum, mut squares) = (vec![0.0f64; values], vec![0.0f64; values]);
    let first = images.image(0);
    for index in 1..count {
        // Distances from the first image, so that small differences of large values are kept.
        for (place, (&value, &first)) in images.image(index).iter().zip(first).enumerate() {
            let distance = f64::from(value) - f64::from(first);
            sum[place] += distance;
            squares[place] += distance * distance;
        }
    }
    let of_value = |(&sum, &square): (&f64, &f64)| (square - sum * sum / count as f64).max(0.0) / (count - 1) as f64;
    let total: f64 = sum.iter().zip(&squares).map(of_value).sum();
    Some((total / values.max(1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{NoiseKey, Purpose};

    /// Images that differ by `spread`, around 3.
    fn batch(seed: u64, count: usize, spread: f32) -> Images {
        let mut images = Images::zeros([count, 3, 4, 4]);
        NoiseKey::new(seed, Purpose::Probe).normal(0, images.data_mut());
        images.data_mut().iter_mut().for_each(|value| *value = 3.0 + spread * *value);
        images
    }

    #[test]
    fn chains_that_fall_together_are_seen_once_and_again_after_they_differed() {
        let (mut spread, observed) = (Spread::default(), batch(0, 8, 1.0));
        let mut judge = |seed, width| spread.judge(&observed, &batch(seed, 8, width));
        assert!((1..40).all(|seed| judge(seed, 0.5).is_none()));
        let seen: Vec<u64> = (0..200).filter(|&seed| judge(seed, 0.01).is_some()).collect();
        assert_eq!(seen, [29]);
        assert!((1..40).all(|seed| judge(seed, 0.5).is_none()));
        let share = (0..30).find_map(|seed| judge(seed, 0.0));
        assert_eq!(share, Some(0.0));
    }

    #[test]
    fn batches_that_say_nothing_raise_no_alarm() {
        let (single, equal, varied) = (batch(1, 1, 1.0), batch(1, 8, 0.0), batch(1, 8, 1.0));
        for (observed, synthesized) in [(&single, &equal), (&varied, &single), (&equal, &equal), (&varied, &equal)] {
            let mut spread = Spread::default();
            assert!((0..200).all(|_| spread.judge(observed, synthesized).is_none()), "it had never differed");
        }
        let mut spread = Spread::default();
        // One update in thirty at least is varied.
        let width = |update: u64| if update < 40 || update.is_multiple_of(29) { 1.0 } else { 0.0 };
        assert!((0..400).all(|update| spread.judge(&varied, &batch(update, 8, width(update))).is_none()));
    }
}
