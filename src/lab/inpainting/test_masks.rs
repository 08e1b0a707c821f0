//! The masks that inpainting is tested with in section 7.4 of the paper.

use super::brush::{Brush, Effect};
use super::mask::Mask;

/// Share of pixels that strokes hide, and that salt and pepper hides.
pub const DOODLE_SHARE: f64 = 0.25;
pub const PEPPER_SHARE: f64 = 0.6;

/// A test mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestMask {
    /// A square of half the side in the middle.
    Centre,
    /// Such a square at a random place.
    Square,
    /// Random strokes.
    Doodle,
    /// Single pixels anywhere.
    Pepper,
}

impl TestMask {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Centre, Self::Square, Self::Doodle, Self::Pepper];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Centre => "Centre square",
            Self::Square => "Random square",
            Self::Doodle => "Doodle",
            Self::Pepper => "Salt and pepper",
        }
    }

    /// What it hides.
    #[must_use]
    pub fn tip(self) -> &'static str {
        match self {
            Self::Centre => "Hide a square of half the side in the middle",
            Self::Square => "Hide a square of half the side at a random place",
            Self::Doodle => "Hide 25 % of the pixels by random strokes",
            Self::Pepper => "Hide 60 % of the pixels, each anywhere",
        }
    }

    /// The mask; another `seed` gives another place.
    #[must_use]
    pub fn draw(self, side: usize, seed: u64) -> Mask {
        let mut mask = Mask::clear(side);
        let mut draws = Draws(seed);
        let half = side.div_ceil(2);
        if side == 0 {
            return mask;
        }
        match self {
            Self::Centre => hide_square(&mut mask, [(side - half) / 2; 2], half),
            Self::Square => hide_square(&mut mask, [0; 2].map(|_| draws.below(side - half + 1)), half),
            Self::Doodle => doodle(&mut mask, &mut draws),
            Self::Pepper => pepper(&mut mask, &mut draws),
        }
        mask
    }
}

fn hide_square(mask: &mut Mask, corner: [usize; 2], half: usize) {
    mask.set_rectangle(corner, corner.map(|place| place + half - 1), 255);
}

fn wanted(share: f64, pixels: usize) -> usize {
    (share * pixels as f64).round() as usize
}

fn pepper(mask: &mut Mask, draws: &mut Draws) {
    let pixels = mask.values.len();
    let mut order: Vec<usize> = (0..pixels).collect();
    for place in 0..wanted(PEPPER_SHARE, pixels) {
        order.swap(place, place + draws.below(pixels - place));
        mask.values[order[place]] = 255;
    }
}

/// Winding strokes of a thick brush, the last one cut where the share is reached.
fn doodle(mask: &mut Mask, draws: &mut Draws) {
    let pixels = mask.values.len();
    let mut left = wanted(DOODLE_SHARE, pixels);
    let side = mask.side as f64;
    while left > 0 {
        let size = (side * draws.between(1.0 / 16.0, 1.0 / 6.0)).round().max(1.0) as usize;
        let brush = Brush { size, hardness: 1.0 };
        let mut at = [0.0; 2].map(|_: f64| draws.between(0.0, side));
        let mut heading = draws.between(0.0, std::f64::consts::TAU);
        for _ in 0..(side * draws.between(0.5, 1.5)).ceil() as usize {
            heading += draws.between(-0.4, 0.4);
            let next = [at[0] + heading.cos(), at[1] + heading.sin()].map(|place| place.clamp(0.0, side - 0.01));
            let mut drawn = mask.clone();
            brush.draw(&mut drawn, at.map(|place| place as f32), next.map(|place| place as f32), Effect::Hide);
            left -= take_over(mask, &drawn, left);
            if next[0] != at[0] + heading.cos() || next[1] != at[1] + heading.sin() {
                heading += draws.between(1.5, 3.0);
            }
            at = next;
        }
    }
}

/// Hides at most `most` pixels of `drawn` that were known; how many.
fn take_over(mask: &mut Mask, drawn: &Mask, most: usize) -> usize {
    let new = mask.values.iter_mut().zip(&drawn.values).filter(|(old, new)| **old == 0 && **new > 0);
    new.take(most).map(|(old, _)| *old = 255).count()
}

/// Random numbers (SplitMix64): which masks come out is all that hangs on them.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        // Less than the bound, which is a usize.
        (self.next() % bound.max(1) as u64) as usize
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_those_of_the_paper() {
        for side in [8, 16, 64] {
            for (test, share) in [
                (TestMask::Centre, 0.25),
                (TestMask::Square, 0.25),
                (TestMask::Doodle, DOODLE_SHARE),
                (TestMask::Pepper, PEPPER_SHARE),
            ] {
                let mask = test.draw(side, 3);
                let half_a_pixel = 0.5 / (side * side) as f64;
                assert!((mask.share() - share).abs() <= half_a_pixel, "{test:?} at {side}: {}", mask.share());
                assert!(mask.values.iter().all(|&value| value == 0 || value == 255), "{test:?} has hard edges");
            }
        }
    }

    #[test]
    fn seeds_move_all_but_the_centre() {
        for test in TestMask::ALL {
            assert_eq!(test.draw(64, 1), test.draw(64, 1));
            assert_eq!(test.draw(64, 1) == test.draw(64, 2), test == TestMask::Centre, "{test:?}");
        }
        let centre = TestMask::Centre.draw(8, 1);
        assert_eq!(centre.values[2 * 8 + 2], 255);
        assert_eq!(centre.values[8 + 2], 0);
    }

    #[test]
    fn any_side_will_do() {
        for side in 0..5 {
            for test in TestMask::ALL {
                assert_eq!(test.draw(side, 9).values.len(), side * side);
            }
        }
    }
}
