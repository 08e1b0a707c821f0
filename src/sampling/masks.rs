//! Masks of inpainting (section 7.4 of the paper): 1 where a value is free to move, 0 where it is known, the same over the
//! channels of an image. Each image of a batch gets its own, a function of the key and its number alone.

mod coarser;

use crate::compute::{Images, NoiseKey, Purpose};

pub use coarser::{CoarseRule, Known, coarser};

/// A free square of `round(share · side)` pixels a side at a random place. `shape` is `[batch, channel, height, width]`,
/// `share` 0 to 1.
#[must_use]
pub fn square(shape: [usize; 4], share: f64, key: NoiseKey) -> Images {
    let [_, _, height, width] = shape;
    let sides = [part(share, height), part(share, width)];
    masks(shape, key, |canvas, draws| {
        let top = draws.below(height - sides[0] + 1);
        let left = draws.below(width - sides[1] + 1);
        for row in top..top + sides[0] {
            canvas.free[row * width + left..][..sides[1]].fill(true);
        }
    })
}

/// Free strokes of a thick brush until `round(share · pixels)` pixels are free. `shape` is `[batch, channel, height,
/// width]`, `share` 0 to 1.
#[must_use]
pub fn strokes(shape: [usize; 4], share: f64, key: NoiseKey) -> Images {
    masks(shape, key, |canvas, draws| {
        let mut left = part(share, canvas.free.len());
        while left > 0 {
            left = canvas.stroke(left, draws);
        }
    })
}

/// Exactly `round(share · pixels)` free pixels, each anywhere. `shape` is `[batch, channel, height, width]`, `share` 0 to 1.
#[must_use]
pub fn pepper(shape: [usize; 4], share: f64, key: NoiseKey) -> Images {
    masks(shape, key, |canvas, draws| {
        let pixels = canvas.free.len();
        let mut order: Vec<usize> = (0..pixels).collect();
        for place in 0..part(share, pixels) {
            order.swap(place, place + draws.below(pixels - place));
            canvas.free[order[place]] = true;
        }
    })
}

/// The whole number nearest to a share of `count`.
fn part(share: f64, count: usize) -> usize {
    (share.clamp(0.0, 1.0) * count as f64).round() as usize
}

/// A mask for each image, painted by `paint`.
fn masks(shape: [usize; 4], key: NoiseKey, paint: impl Fn(&mut Canvas, &mut Draws)) -> Images {
    let [count, channels, height, width] = shape;
    let mut masks = Images::zeros(shape);
    if masks.data().is_empty() {
        return masks;
    }
    for index in 0..count {
        let mut canvas = Canvas { free: vec![false; height * width], sides: [height, width] };
        let key = NoiseKey { purpose: Purpose::Mask, ..key };
        paint(&mut canvas, &mut Draws { key, image: index as u32, next: 0 });
        let values: Vec<f32> = canvas.free.iter().map(|&free| f32::from(free)).collect();
        masks.image_mut(index).copy_from_slice(&values.repeat(channels));
    }
    masks
}

/// Random numbers for one image, one after the other.
struct Draws {
    key: NoiseKey,
    image: u32,
    next: u32,
}

impl Draws {
    /// In `low..high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.next += 1;
        low + (high - low) * self.key.uniform(self.image, self.next - 1)
    }

    /// In `0..bound`, which must not be zero.
    fn below(&mut self, bound: usize) -> usize {
        self.next += 1;
        self.key.below(bound, self.image, self.next - 1)
    }
}

/// The pixels of one image.
struct Canvas {
    /// `[height, width]`
    free: Vec<bool>,
    /// Height and width.
    sides: [usize; 2],
}

impl Canvas {
    /// Frees at most `left` pixels along a winding line from a random known pixel, so at least one of them, and gives how
    /// many are left after it. There must be a known pixel.
    fn stroke(&mut self, mut left: usize, draws: &mut Draws) -> usize {
        let known: Vec<usize> = (0..self.free.len()).filter(|&pixel| !self.free[pixel]).collect();
        let start = known[draws.below(known.len())];
        let mut at = [start / self.sides[1], start % self.sides[1]].map(|place| place as f64);
        let side = self.sides[0].max(self.sides[1]) as f64;
        let radius = side * draws.between(1.0 / 32.0, 1.0 / 12.0);
        let length = side * draws.between(0.5, 1.5);
        let mut heading = unit([0; 2].map(|_| draws.between(-1.0, 1.0)));
        for _ in 0..length.ceil() as usize {
            left = self.dab(at, radius, left);
            heading = unit(heading.map(|component| component + draws.between(-0.5, 0.5)));
            for axis in 0..2 {
                let moved = at[axis] + heading[axis];
                at[axis] = moved.clamp(0.0, (self.sides[axis] - 1) as f64);
                if moved != at[axis] {
                    heading[axis] = -heading[axis];
                }
            }
        }
        left
    }

    /// Frees at most `left` pixels within `radius` of a place, and gives how many are left after it.
    fn dab(&mut self, at: [f64; 2], radius: f64, mut left: usize) -> usize {
        let rows = reach(at[0], radius, self.sides[0]);
        for row in rows {
            for column in reach(at[1], radius, self.sides[1]) {
                let distance = (row as f64 - at[0]).powi(2) + (column as f64 - at[1]).powi(2);
                let pixel = &mut self.free[row * self.sides[1] + column];
                if left > 0 && !*pixel && distance <= radius * radius {
                    (*pixel, left) = (true, left - 1);
                }
            }
        }
        left
    }
}

/// The pixels of one axis that may lie within `radius` of a place.
fn reach(at: f64, radius: f64, side: usize) -> std::ops::Range<usize> {
    let first = (at - radius).floor().max(0.0) as usize;
    let last = (at + radius).ceil() as usize;
    first..(last + 1).min(side)
}

/// A direction of length 1.
fn unit([down, right]: [f64; 2]) -> [f64; 2] {
    let length = (down * down + right * right).sqrt().max(1e-9);
    [down / length, right / length]
}
