//! Painting a mask: tools, strokes and their undoing.

use super::brush::{Brush, Effect, Point};
use super::mask::Mask;
use super::undo::Undo;

/// What the pointer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    #[default]
    Brush,
    Eraser,
    Rectangle,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Brush, Self::Eraser, Self::Rectangle];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Brush => "Brush",
            Self::Eraser => "Eraser",
            Self::Rectangle => "Rectangle",
        }
    }
}

/// A stroke that goes on.
struct Stroke {
    effect: Effect,
    rectangle: bool,
    before: Mask,
    start: Point,
    last: Point,
}

/// A mask that is being painted.
#[derive(Default)]
pub struct Painting {
    pub tool: Tool,
    pub brush: Brush,
    mask: Mask,
    undo: Undo,
    stroke: Option<Stroke>,
    /// Where the last stroke ended.
    end: Option<Point>,
    changes: u64,
}

impl Painting {
    /// The mask as it is now.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Counts the changes of the mask.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether a stroke goes on.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.stroke.is_some()
    }

    /// Where a straight line would begin.
    #[must_use]
    pub fn line_start(&self) -> Option<Point> {
        self.end.filter(|_| self.stroke.is_none() && self.tool != Tool::Rectangle)
    }

    /// Whether there is something to undo, and to redo.
    #[must_use]
    pub fn can(&self) -> [bool; 2] {
        self.undo.can()
    }

    /// Fits the mask to images of this side.
    pub fn fit(&mut self, side: usize) {
        if self.mask.side != side {
            self.cancel();
            let scale = side as f32 / self.mask.side.max(1) as f32;
            self.brush.size = ((self.brush.size as f32 * scale).round() as usize).clamp(1, side.max(1));
            if self.mask.values.is_empty() {
                self.brush.size = (side / 6).max(1);
            }
            self.mask = self.mask.resampled(side);
            self.end = None;
            self.changes += 1;
        }
    }

    /// Begins a stroke. `erase` uncovers, whatever the tool.
    pub fn press(&mut self, point: Point, erase: bool) {
        self.release(point, false);
        let effect = if erase || self.tool == Tool::Eraser { Effect::Uncover } else { Effect::Hide };
        let rectangle = self.tool == Tool::Rectangle;
        self.stroke = Some(Stroke { effect, rectangle, before: self.mask.clone(), start: point, last: point });
        self.reach(point, false);
    }

    /// The stroke goes on to `point`; `straight` makes it one line from its start.
    pub fn reach(&mut self, point: Point, straight: bool) {
        let Some(stroke) = &mut self.stroke else {
            return;
        };
        let mut mask = self.mask.clone();
        if stroke.rectangle || straight {
            mask.clone_from(&stroke.before);
        }
        if stroke.rectangle {
            let value = if stroke.effect == Effect::Hide { 255 } else { 0 };
            mask.set_rectangle(pixel(stroke.start, mask.side), pixel(point, mask.side), value);
        } else {
            let from = if straight { stroke.start } else { stroke.last };
            self.brush.draw(&mut mask, from, point, stroke.effect);
        }
        stroke.last = point;
        if mask != self.mask {
            self.mask = mask;
            self.changes += 1;
        }
    }

    /// Ends the stroke. When it was `straight` and went nowhere, it is a line from where the stroke before it ended.
    pub fn release(&mut self, point: Point, straight: bool) {
        let Some(stroke) = self.stroke.take() else {
            return;
        };
        let moved = (point[0] - stroke.start[0]).hypot(point[1] - stroke.start[1]);
        if let Some(end) = self.end.filter(|_| straight && moved < 1.0 && !stroke.rectangle) {
            self.brush.draw(&mut self.mask, end, point, stroke.effect);
            self.changes += 1;
        }
        self.end = Some(point);
        if self.mask != stroke.before {
            self.undo.keep(&stroke.before);
        }
    }

    /// The stroke is taken back.
    pub fn cancel(&mut self) {
        if let Some(stroke) = self.stroke.take() {
            self.mask = stroke.before;
            self.changes += 1;
        }
    }

    /// Puts another mask in place of this one, which can be had again by [`Painting::undo`].
    pub fn put(&mut self, mask: Mask) {
        self.cancel();
        let mask = mask.resampled(self.mask.side);
        if mask != self.mask {
            self.undo.keep(&self.mask);
            self.mask = mask;
            self.changes += 1;
        }
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.cancel();
        let before = self.undo.undo(&self.mask);
        self.restore(before);
    }

    /// Makes the change that was taken back last.
    pub fn redo(&mut self) {
        self.cancel();
        let after = self.undo.redo(&self.mask);
        self.restore(after);
    }

    fn restore(&mut self, mask: Option<Mask>) {
        if let Some(mask) = mask {
            self.mask = mask.resampled(self.mask.side);
            self.changes += 1;
        }
    }
}

/// The pixel under a point; what lies outside counts as the edge.
fn pixel(point: Point, side: usize) -> [usize; 2] {
    // Negative places saturate at 0.
    point.map(|place| (place.floor() as usize).min(side.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painting(tool: Tool) -> Painting {
        let mut painting = Painting { tool, ..Painting::default() };
        painting.fit(32);
        painting.brush = Brush { size: 4, hardness: 1.0 };
        painting
    }

    fn hidden(painting: &Painting, column: usize, row: usize) -> bool {
        painting.mask().values[row * 32 + column] > 0
    }

    #[test]
    fn a_stroke_is_undone_as_one() {
        let mut painting = painting(Tool::Brush);
        painting.press([4.0, 4.0], false);
        painting.reach([20.0, 4.0], false);
        painting.reach([20.0, 20.0], false);
        painting.release([20.0, 20.0], false);
        assert!(hidden(&painting, 12, 4) && hidden(&painting, 20, 12));
        let painted = painting.mask().clone();
        painting.undo();
        assert_eq!(painting.mask().share(), 0.0);
        assert_eq!(painting.can(), [false, true]);
        painting.redo();
        assert_eq!(*painting.mask(), painted);
    }

    #[test]
    fn a_stroke_that_changes_nothing_is_no_step() {
        let mut painting = painting(Tool::Eraser);
        painting.press([4.0, 4.0], false);
        painting.release([4.0, 4.0], false);
        assert_eq!(painting.can(), [false, false]);
    }

    #[test]
    fn a_rectangle_follows_the_pointer() {
        let mut painting = painting(Tool::Rectangle);
        painting.press([10.2, 10.7], false);
        painting.reach([30.0, 30.0], false);
        painting.reach([12.9, 11.0], false);
        painting.release([12.9, 11.0], false);
        assert_eq!(painting.mask().values.iter().filter(|&&value| value == 255).count(), 3 * 2);
        painting.press([-5.0, 10.5], true);
        painting.release([40.0, 10.5], false);
        assert_eq!(painting.mask().values.iter().filter(|&&value| value == 255).count(), 6, "not dragged yet");
        painting.press([-5.0, 10.5], true);
        painting.reach([40.0, 10.5], false);
        painting.release([40.0, 10.5], false);
        assert_eq!(painting.mask().values.iter().filter(|&&value| value == 255).count(), 3, "the other button erases");
    }

    #[test]
    fn straight_lines_leave_the_way_out() {
        let mut painting = painting(Tool::Brush);
        painting.press([4.0, 4.0], false);
        painting.reach([16.0, 28.0], true);
        painting.reach([28.0, 4.0], true);
        painting.release([28.0, 4.0], true);
        assert!(hidden(&painting, 16, 4) && !hidden(&painting, 16, 27));
        painting.press([28.0, 28.0], false);
        painting.release([28.0, 28.0], true);
        assert!(hidden(&painting, 28, 16), "a click joins on to the stroke before it");
    }

    #[test]
    fn another_side_keeps_the_mask_and_its_past() {
        let mut painting = painting(Tool::Brush);
        let mut half = Mask::clear(32);
        half.set_rectangle([0, 0], [15, 31], 255);
        painting.put(half);
        painting.fit(16);
        assert_eq!((painting.mask().side, painting.mask().share()), (16, 0.5));
        assert_eq!(painting.brush.size, 2);
        painting.undo();
        assert_eq!((painting.mask().side, painting.mask().share()), (16, 0.0));
        painting.redo();
        assert_eq!(painting.mask().share(), 0.5);
    }

    #[test]
    fn only_what_changes_the_mask_counts() {
        let mut painting = painting(Tool::Brush);
        painting.press([4.0, 4.0], false);
        let once = painting.changes();
        painting.reach([4.0, 4.0], false);
        painting.release([4.0, 4.0], false);
        assert_eq!(painting.changes(), once);
    }

    #[test]
    fn a_stroke_can_be_given_up() {
        let mut painting = painting(Tool::Brush);
        painting.press([4.0, 4.0], false);
        painting.cancel();
        assert_eq!(painting.mask().share(), 0.0);
        assert_eq!(painting.can(), [false, false]);
    }
}
