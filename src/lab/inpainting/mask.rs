//! A mask: how much of each pixel is hidden.

use super::resample::resampled;
use crate::run::Pictures;

/// How much of each pixel of a square image is hidden: 0 is known, 255 is hidden, between them both are blended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask {
    pub side: usize,
    /// `side × side` values, row by row.
    pub values: Vec<u8>,
}

impl Mask {
    /// Everything is known.
    #[must_use]
    pub fn clear(side: usize) -> Self {
        Self { side, values: vec![0; side * side] }
    }

    /// Share of pixels that are hidden, wholly or in part, 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        let hidden = self.values.iter().filter(|&&value| value > 0).count();
        hidden as f64 / self.values.len().max(1) as f64
    }

    /// What was hidden is known, and the other way round.
    #[must_use]
    pub fn inverted(&self) -> Self {
        Self { side: self.side, values: self.values.iter().map(|value| 255 - value).collect() }
    }

    /// Sets the pixels of a rectangle with these opposite corners (column and row, both inside it) to one value.
    pub fn set_rectangle(&mut self, one: [usize; 2], other: [usize; 2], value: u8) {
        let within = |axis: usize| one[axis].min(other[axis])..(one[axis].max(other[axis]) + 1).min(self.side);
        for row in within(1) {
            let columns = within(0);
            if !columns.is_empty() {
                self.values[row * self.side..][columns].fill(value);
            }
        }
    }

    /// The same mask on another side, hidden area kept.
    #[must_use]
    pub fn resampled(&self, side: usize) -> Self {
        Self { side, values: resampled(&self.values, self.side, 1, side) }
    }

    /// Reads a picture whose white is hidden; what is transparent is known. `None` when it is not square or has no pixels.
    #[must_use]
    pub fn of_picture(picture: &Pictures) -> Option<Self> {
        let pixels = picture.rgba.get(..picture.side * picture.side * 4).filter(|pixels| !pixels.is_empty())?;
        let hidden = |&[r, g, b, a]: &[u8; 4]| {
            let light = (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000;
            // At most 255.
            (light * u32::from(a) / 255) as u8
        };
        Some(Self { side: picture.side, values: pixels.as_chunks::<4>().0.iter().map(hidden).collect() })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Masks of any side up to 24, soft ones too.
    pub fn masks() -> impl Strategy<Value = Mask> {
        (1usize..24).prop_flat_map(|side| {
            let value = prop_oneof![Just(0), Just(255), any::<u8>()];
            prop::collection::vec(value, side * side).prop_map(move |values| Mask { side, values })
        })
    }

    proptest! {
        #[test]
        fn inverting_twice_changes_nothing(mask in masks()) {
            prop_assert_eq!(mask.inverted().inverted(), mask);
        }

        #[test]
        fn a_rectangle_hides_its_area(side in 1usize..30, corners in [0usize..30, 0..30, 0..30, 0..30]) {
            let [a, b, c, d] = corners.map(|corner| corner % side);
            let mut mask = Mask::clear(side);
            mask.set_rectangle([a, b], [c, d], 255);
            let area = (a.abs_diff(c) + 1) * (b.abs_diff(d) + 1);
            prop_assert_eq!(mask.values.iter().filter(|&&value| value == 255).count(), area);
            prop_assert_eq!(mask.share(), area as f64 / (side * side) as f64);
        }

        #[test]
        fn resampling_keeps_the_hidden_area(mask in masks(), side in 1usize..40) {
            let mean = |mask: &Mask| mask.values.iter().map(|&v| f64::from(v)).sum::<f64>() / mask.values.len() as f64;
            let other = mask.resampled(side);
            prop_assert_eq!((other.side, other.values.len()), (side, side * side));
            prop_assert!((mean(&other) - mean(&mask)).abs() <= 0.51);
            prop_assert_eq!(mask.resampled(mask.side), mask);
        }
    }

    #[test]
    fn a_rectangle_beyond_the_edge_is_cut() {
        let mut mask = Mask::clear(4);
        mask.set_rectangle([2, 2], [9, 9], 200);
        assert_eq!(mask.values.iter().filter(|&&value| value == 200).count(), 4);
        mask.set_rectangle([7, 0], [9, 9], 255);
        assert!(!mask.values.contains(&255));
    }

    #[test]
    fn a_picture_without_pixels_is_no_mask() {
        assert_eq!(Mask::of_picture(&Pictures { side: 3, count: 1, rgba: vec![0; 8] }), None);
        assert_eq!(Mask::of_picture(&Pictures::default()), None);
        let see_through = Pictures { side: 1, count: 1, rgba: vec![255, 255, 255, 0] };
        assert_eq!(Mask::of_picture(&see_through).map(|mask| mask.values), Some(vec![0]));
    }
}
