//! A round brush over the pixels of small images.

use eframe::egui::{Pos2, Rect};
use std::collections::BTreeSet;

/// An image, x, y and a colour, as a run takes them.
pub type Dab = (usize, usize, usize, [u8; 3]);

/// The pixels of a disc of this diameter around a place in pixels.
fn disc(centre: (f32, f32), diameter: usize, side: usize, into: &mut BTreeSet<(usize, usize)>) {
    let radius = diameter.max(1) as f32 / 2.0;
    let from = |at: f32| (at - radius).floor().max(0.0) as usize;
    let to = |at: f32| ((at + radius).ceil().max(0.0) as usize).min(side);
    for y in from(centre.1)..to(centre.1) {
        for x in from(centre.0)..to(centre.0) {
            let (dx, dy) = (x as f32 + 0.5 - centre.0, y as f32 + 0.5 - centre.1);
            if dx * dx + dy * dy <= radius * radius {
                into.insert((x, y));
            }
        }
    }
    // The pixel under the brush, however thin it is.
    let (x, y) = (centre.0.floor(), centre.1.floor());
    if x >= 0.0 && y >= 0.0 && x < side as f32 && y < side as f32 {
        into.insert((x as usize, y as usize));
    }
}

/// The pixels that a brush passes from one place to another, both in pixels.
#[must_use]
pub fn stroke(from: (f32, f32), to: (f32, f32), diameter: usize, side: usize) -> Vec<(usize, usize)> {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    let parts = ((2.0 * length).ceil() as usize).clamp(1, 8 * side.max(1));
    let mut pixels = BTreeSet::new();
    for part in 0..=parts {
        let share = part as f32 / parts as f32;
        let at = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
        disc(at, diameter, side, &mut pixels);
    }
    pixels.into_iter().collect()
}

/// A place on the screen in pixels of an image that is drawn in `rect`.
#[must_use]
pub fn pixel(rect: Rect, side: usize, at: Pos2) -> (f32, f32) {
    let within = (at - rect.min) / rect.width().max(1.0) * side as f32;
    (within.x, within.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_brush_paints_the_pixel_under_it() {
        assert_eq!(stroke((2.9, 1.1), (2.9, 1.1), 1, 4), [(2, 1)]);
        assert_eq!(stroke((-0.5, 9.0), (-0.5, 9.0), 1, 4), []);
    }

    #[test]
    fn a_stroke_leaves_no_gap() {
        let pixels = stroke((0.5, 0.5), (15.5, 7.5), 1, 16);
        assert!(pixels.contains(&(0, 0)) && pixels.contains(&(15, 7)));
        assert!((0..16).all(|x| pixels.iter().any(|pixel| pixel.0 == x)));
    }

    #[test]
    fn a_brush_is_as_wide_as_it_says_and_stays_in_the_image() {
        let pixels = stroke((8.5, 8.5), (8.5, 8.5), 5, 16);
        assert_eq!(pixels.iter().filter(|pixel| pixel.1 == 8).count(), 5);
        assert!(stroke((0.0, 0.0), (100.0, -40.0), 9, 16).iter().all(|&(x, y)| x < 16 && y < 16));
    }
}
