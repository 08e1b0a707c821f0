//! Which part of every picture is seen: one zoom for all of them, so that grids are compared at the same place.

use eframe::egui::{Rect, Vec2, pos2, vec2};

/// Largest magnification: two pixels of a 64×64 picture across.
const MOST: f32 = 32.0;

/// A part of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zoom {
    /// Magnification, from 1: all of the picture.
    factor: f32,
    /// The part's left top, as a share of the picture's side.
    corner: Vec2,
}

impl Default for Zoom {
    fn default() -> Self {
        Self { factor: 1.0, corner: Vec2::ZERO }
    }
}

impl Zoom {
    /// Magnification, from 1.
    #[must_use]
    pub fn factor(&self) -> f32 {
        self.factor
    }

    /// Whether all of the picture is seen.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.factor <= 1.0
    }

    /// The part that is seen, in shares of the picture's side.
    #[must_use]
    pub fn part(&self) -> Rect {
        Rect::from_min_size(self.corner.to_pos2(), Vec2::splat(1.0 / self.factor))
    }

    /// Magnifies `by`; what lies at `place`, 0 to 1 of the view each way, stays there.
    pub fn magnify(&mut self, place: Vec2, by: f32) {
        if !by.is_finite() {
            return;
        }
        let fixed = self.corner + place / self.factor;
        self.factor = (self.factor * by).clamp(1.0, MOST);
        self.move_to(fixed - place / self.factor);
    }

    /// Moves what is seen along with the pointer, by this share of the view.
    pub fn pan(&mut self, by: Vec2) {
        self.move_to(self.corner - by / self.factor);
    }

    fn move_to(&mut self, corner: Vec2) {
        self.corner = corner.clamp(Vec2::ZERO, Vec2::splat(1.0 - 1.0 / self.factor));
    }
}

/// A part, in shares of a picture's side, of the place `whole` that the picture has in a texture.
#[must_use]
pub fn within(whole: Rect, part: Rect) -> Rect {
    let place = |share: Vec2| whole.min + share * whole.size();
    let (min, max) = (place(vec2(part.min.x, part.min.y)), place(vec2(part.max.x, part.max.y)));
    Rect::from_min_max(pos2(min.x, min.y), pos2(max.x, max.y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_under_the_pointer_stays_there() {
        let mut zoom = Zoom::default();
        let pointer = vec2(0.7, 0.2);
        let seen = |zoom: &Zoom| zoom.part().min + pointer * zoom.part().size();
        let before = seen(&zoom);
        for by in [1.5, 2.0, 0.8] {
            zoom.magnify(pointer, by);
            assert!(seen(&zoom).distance(before) < 1e-5);
        }
        zoom.magnify(pointer, 1e-9);
        assert!(zoom.is_whole() && zoom.part() == Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
    }

    #[test]
    fn nothing_beyond_the_picture_is_ever_seen() {
        let mut zoom = Zoom::default();
        for (place, by, pan) in [(0.0, 3.0, 9.0), (1.0, 100.0, -9.0), (0.5, 0.1, 0.3), (0.5, f32::NAN, 0.0)] {
            zoom.magnify(Vec2::splat(place), by);
            zoom.pan(Vec2::splat(pan));
            let part = zoom.part();
            assert!(part.min.x >= 0.0 && part.min.y >= 0.0 && part.max.x <= 1.0001 && part.max.y <= 1.0001, "{part:?}");
        }
    }

    #[test]
    fn a_drag_moves_the_picture_with_the_pointer() {
        let mut zoom = Zoom::default();
        zoom.pan(vec2(0.5, 0.5));
        assert_eq!(zoom, Zoom::default(), "all of it is seen: there is nowhere to go");
        zoom.magnify(vec2(0.5, 0.5), 4.0);
        let before = zoom.part().min;
        zoom.pan(vec2(0.4, 0.0));
        assert!((before.x - zoom.part().min.x - 0.1).abs() < 1e-6);
    }

    #[test]
    fn a_part_of_a_picture_is_a_part_of_its_place_in_the_texture() {
        let whole = Rect::from_min_max(pos2(0.5, 0.0), pos2(1.0, 0.5));
        let part = Rect::from_min_max(pos2(0.5, 0.25), pos2(1.0, 0.75));
        assert_eq!(within(whole, part), Rect::from_min_max(pos2(0.75, 0.125), pos2(1.0, 0.375)));
    }
}
