//! Masks: their shares, their shapes, one for each image, the same for the same key.

use emberlab::compute::{Images, NoiseKey, Purpose};
use emberlab::sampling::masks::{pepper, square, strokes};
use proptest::prelude::*;

type Mask = fn([usize; 4], f64, NoiseKey) -> Images;

const KINDS: [Mask; 3] = [square, strokes, pepper];

fn key(seed: u64) -> NoiseKey {
    NoiseKey::new(seed, Purpose::Mask)
}

/// Rows and columns of the free pixels of one channel.
fn free(plane: &[f32], side: usize) -> Vec<(usize, usize)> {
    (0..side * side).filter(|&at| plane[at] == 1.0).map(|at| (at / side, at % side)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn values_are_one_or_zero_and_the_same_over_channels(
        count in 1usize..4, channels in 1usize..4, side in 1usize..20, share in 0.0..=1.0, seed: u64,
    ) {
        let shape = [count, channels, side, side];
        for kind in KINDS {
            let mask = kind(shape, share, key(seed));
            prop_assert_eq!(mask.shape(), shape);
            prop_assert!(mask.data().iter().all(|&value| value == 0.0 || value == 1.0));
            for index in 0..count {
                let planes: Vec<&[f32]> = mask.image(index).chunks(side * side).collect();
                prop_assert!(planes.iter().all(|plane| plane == &planes[0]));
            }
            prop_assert_eq!(&mask, &kind(shape, share, key(seed)));
            // An image's mask does not depend on how many others there are.
            let more = kind([count + 2, channels, side, side], share, key(seed));
            prop_assert_eq!(mask.data(), &more.data()[..mask.data().len()]);
        }
    }

    #[test]
    fn a_square_is_one(side in 1usize..40, share in 0.0..=1.0, seed: u64) {
        let mask = square([1, 1, side, side], share, key(seed));
        let edge = (share * side as f64).round() as usize;
        let free = free(mask.data(), side);
        prop_assert_eq!(free.len(), edge * edge);
        if let (Some(first), Some(last)) = (free.first(), free.last()) {
            prop_assert_eq!((last.0 + 1 - first.0, last.1 + 1 - first.1), (edge, edge));
        }
    }

    #[test]
    fn strokes_and_pepper_hold_their_share(side in 1usize..40, share in 0.0..=1.0, seed: u64) {
        for kind in [strokes, pepper] {
            let mask = kind([2, 1, side, side], share, key(seed));
            for index in 0..2 {
                let free = free(mask.image(index), side).len() as f64;
                prop_assert!((free - share * (side * side) as f64).abs() <= 0.5);
            }
        }
    }
}

#[test]
fn images_and_keys_have_masks_of_their_own() {
    for kind in KINDS {
        let mask = kind([2, 1, 32, 32], 0.4, key(1));
        assert_ne!(mask.image(0), mask.image(1));
        assert_ne!(mask, kind([2, 1, 32, 32], 0.4, key(2)));
        let later = NoiseKey { iteration: 5, ..key(1) };
        assert_ne!(mask, kind([2, 1, 32, 32], 0.4, later));
    }
}

#[test]
fn squares_and_pixels_lie_anywhere() {
    // Each pixel of a corner and of the middle is free about as often as it should.
    let count = 2000;
    let mask = pepper([count, 1, 4, 4], 0.25, key(3));
    for pixel in 0..16 {
        let often = (0..count).filter(|&index| mask.image(index)[pixel] == 1.0).count() as f64 / count as f64;
        assert!((often - 0.25).abs() < 0.05, "pixel {pixel}: {often}");
    }
    let mask = square([count, 1, 4, 4], 0.5, key(3));
    let corner = (0..count).filter(|&index| mask.image(index)[0] == 1.0).count() as f64 / count as f64;
    assert!((corner - 1.0 / 9.0).abs() < 0.04, "{corner}");
}

#[test]
fn strokes_are_thick_and_many_pixels_long() {
    let side = 64;
    let masks = [strokes, pepper].map(|kind| kind([8, 1, side, side], 0.25, key(4)));
    // The share of free pixels' right and lower neighbours that are free too.
    let [stroked, peppered] = masks.map(|mask| {
        let (mut together, mut pairs) = (0, 0);
        for index in 0..8 {
            let plane = mask.image(index);
            for (row, column) in free(plane, side).into_iter().filter(|&(r, c)| r + 1 < side && c + 1 < side) {
                let neighbours = [plane[(row + 1) * side + column], plane[row * side + column + 1]];
                together += neighbours.iter().filter(|&&value| value == 1.0).count();
                pairs += 2;
            }
        }
        together as f64 / pairs as f64
    });
    assert!(stroked > 0.75 && peppered < 0.35, "{stroked} and {peppered}");
}
