//! The brush: hides or uncovers along a line.

use super::mask::Mask;

/// A place on an image, in pixels from its corner: column, row.
pub type Point = [f32; 2];

/// A round brush.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brush {
    /// Diameter in pixels, from 1.
    pub size: usize,
    /// Share of the radius that covers fully, 0 to 1; beyond it the edge fades out.
    pub hardness: f32,
}

impl Default for Brush {
    fn default() -> Self {
        Self { size: 10, hardness: 1.0 }
    }
}

/// What a stroke does to the pixels it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Hide,
    Uncover,
}

impl Brush {
    /// The next larger size (or the next smaller one), at most `most`.
    pub fn grow(&mut self, larger: bool, most: usize) {
        let step = (self.size / 5).max(1);
        let size = if larger { self.size + step } else { self.size.saturating_sub(step) };
        self.size = size.clamp(1, most.max(1));
    }

    /// Radius in pixels.
    #[must_use]
    pub fn radius(&self) -> f32 {
        self.size as f32 / 2.0
    }

    /// How much is covered at this distance from the middle, 0 to 1.
    fn coverage(&self, distance: f32) -> f32 {
        let radius = self.radius();
        let hard = radius * self.hardness.clamp(0.0, 1.0);
        if distance <= hard.max(0.01) {
            1.0
        } else if distance > radius {
            0.0
        } else if hard >= radius {
            1.0
        } else {
            let out = (distance - hard) / (radius - hard);
            1.0 - out * out * (3.0 - 2.0 * out)
        }
    }

    /// The finest brush takes exactly the pixel under it.
    fn place(&self, point: Point) -> Point {
        if self.size == 1 { point.map(|place| place.floor() + 0.5) } else { point }
    }

    /// Draws a line without gaps. Drawing it again changes nothing.
    pub fn draw(&self, mask: &mut Mask, from: Point, to: Point, effect: Effect) {
        let (from, to) = (self.place(from), self.place(to));
        let radius = self.radius();
        let reach = |axis: usize| {
            // Negative bounds saturate at 0.
            let first = (from[axis].min(to[axis]) - radius).floor() as usize;
            let last = (from[axis].max(to[axis]) + radius).ceil() as usize;
            first.min(mask.side)..last.min(mask.side)
        };
        let (columns, rows) = (reach(0), reach(1));
        for row in rows {
            for column in columns.clone() {
                let middle = [column as f32 + 0.5, row as f32 + 0.5];
                let covered = self.coverage(distance(middle, from, to));
                // A share of 255, so the cast saturates nothing.
                let amount = (covered * 255.0).round() as u8;
                let value = &mut mask.values[row * mask.side + column];
                *value = match effect {
                    Effect::Hide => (*value).max(amount),
                    Effect::Uncover => (*value).min(255 - amount),
                };
            }
        }
    }
}

/// Distance of a point from the line between two others.
fn distance(point: Point, from: Point, to: Point) -> f32 {
    let along = [to[0] - from[0], to[1] - from[1]];
    let off = [point[0] - from[0], point[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let share = if length > 0.0 { ((off[0] * along[0] + off[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (off[0] - share * along[0]).hypot(off[1] - share * along[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brushes() -> impl Strategy<Value = Brush> {
        (1usize..20, 0.0f32..=1.0).prop_map(|(size, hardness)| Brush { size, hardness })
    }

    proptest! {
        #[test]
        fn drawing_a_line_again_changes_nothing(
            brush in brushes(), from in [-4.0f32..36.0, -4.0..36.0], to in [-4.0f32..36.0, -4.0..36.0], hide: bool,
        ) {
            let effect = if hide { Effect::Hide } else { Effect::Uncover };
            let mut once = Mask { side: 32, values: vec![90; 32 * 32] };
            brush.draw(&mut once, from, to, effect);
            let mut twice = once.clone();
            brush.draw(&mut twice, from, to, effect);
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn a_line_stays_within_the_brush(
            brush in brushes(), from in [0.0f32..32.0, 0.0..32.0], to in [0.0f32..32.0, 0.0..32.0],
        ) {
            let mut mask = Mask::clear(32);
            brush.draw(&mut mask, from, to, Effect::Hide);
            for (at, &value) in mask.values.iter().enumerate() {
                let middle = [(at % 32) as f32 + 0.5, (at / 32) as f32 + 0.5];
                let far = distance(middle, from, to);
                // The finest brush snaps to pixels, which moves its line by half a pixel each way at most.
                let snap = if brush.size == 1 { 0.71 } else { 0.0 };
                prop_assert!(value == 0 || far <= brush.radius() + snap + 1e-3);
                let full = brush.radius() * brush.hardness - snap - 1e-3;
                prop_assert!(value == 255 || far >= full);
            }
        }

        #[test]
        fn a_fast_line_has_no_gaps(
            size in 1usize..6, from in [0.0f32..32.0, 0.0..32.0], to in [0.0f32..32.0, 0.0..32.0],
        ) {
            let brush = Brush { size, hardness: 1.0 };
            let mut mask = Mask::clear(32);
            brush.draw(&mut mask, from, to, Effect::Hide);
            for share in 0..=64 {
                let share = share as f32 / 64.0;
                let near = |axis: usize| (from[axis] + share * (to[axis] - from[axis])).floor() as i32;
                let hidden = |column: i32, row: i32| {
                    (0..32).contains(&column) && (0..32).contains(&row) && mask.values[(row * 32 + column) as usize] > 0
                };
                let around = (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y)));
                prop_assert!(around.into_iter().any(|(x, y)| hidden(near(0) + x, near(1) + y)));
            }
        }

        #[test]
        fn uncovering_what_was_hidden_leaves_nothing(brush in brushes(), at in [0.0f32..32.0, 0.0..32.0]) {
            let mut mask = Mask::clear(32);
            brush.draw(&mut mask, at, at, Effect::Hide);
            prop_assert!(mask.share() > 0.0);
            Brush { hardness: 1.0, ..brush }.draw(&mut mask, at, at, Effect::Uncover);
            prop_assert_eq!(mask.share(), 0.0);
        }
    }

    #[test]
    fn the_finest_brush_takes_the_pixel_under_it() {
        let mut mask = Mask::clear(4);
        Brush { size: 1, hardness: 0.3 }.draw(&mut mask, [2.95, 1.02], [2.95, 1.02], Effect::Hide);
        assert_eq!(mask.values.iter().position(|&value| value == 255), Some(6));
        assert_eq!(mask.share(), 1.0 / 16.0);
    }

    #[test]
    fn sizes_go_up_and_down_between_one_and_the_most() {
        let mut brush = Brush { size: 1, hardness: 1.0 };
        brush.grow(false, 64);
        assert_eq!(brush.size, 1);
        for _ in 0..60 {
            let before = brush.size;
            brush.grow(true, 64);
            assert!(brush.size > before || before == 64);
        }
        assert_eq!(brush.size, 64);
        brush.grow(true, 0);
        assert_eq!(brush.size, 1);
    }
}
