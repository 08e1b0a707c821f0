//! How large the pictures of a sheet are, and where they lie.

use super::spread;
use eframe::egui::{Rect, Vec2, pos2, vec2};

/// Space between pictures, and between rows.
pub const GAP: f32 = 2.0;
pub const BETWEEN_ROWS: f32 = 3.0;
/// The names of the grids, left of the pictures.
pub const LABEL: f32 = 66.0;
/// Sides of pictures in points. Below the least the sheet is scrolled.
const LEAST: f32 = 22.0;
const SEEN: f32 = 30.0;
const PLEASANT: f32 = 40.0;
const MOST: f32 = 144.0;
/// Least height of a row: that of its numbers.
const NUMBERS: f32 = 42.0;
const SPACE: f32 = 12.0;

/// The measures of a sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Side of a picture in points.
    pub side: f32,
    pub across: usize,
    pub lines: usize,
    /// Whether two answers lie beside each other rather than one above the other.
    pub beside: bool,
    /// Width of an answer's pictures.
    width: f32,
}

impl Fit {
    /// Shares the room among `rows` of `copies` pictures of each of `slots` answers.
    #[must_use]
    pub fn new(room: Vec2, slots: usize, copies: usize, rows: usize) -> Self {
        let (slots, copies) = (slots.max(1), copies.max(1));
        let halved = (room.x - LABEL) / 2.0 - SPACE - spread::WIDTH - SPACE;
        // Two answers lie side by side where all chains of each stay in one line.
        let beside = slots > 1 && halved >= copies as f32 * (SEEN + GAP);
        let width = if beside { halved } else { room.x - LABEL - SPACE - spread::WIDTH }.max(LEAST);
        let stacked = if beside { 1 } else { slots };
        let across_at = |side: f32| (((width + GAP) / (side + GAP)) as usize).clamp(1, copies);
        let lines_at = |side: f32| copies.div_ceil(across_at(side));
        let height = |side: f32| {
            let row = (lines_at(side) as f32 * (side + GAP)).max(NUMBERS) + BETWEEN_ROWS;
            20.0 + (rows * stacked) as f32 * row
        };
        let one_line = (width + GAP) / copies as f32 - GAP;
        let fitting =
            (LEAST as usize..=MOST as usize).rev().map(|side| side as f32).find(|&side| height(side) <= room.y);
        // Where nothing fits, as many as go into a line, but not smaller than one can see.
        let side = fitting.unwrap_or(0.0).max(one_line.min(PLEASANT)).clamp(LEAST, MOST).floor().min(width);
        let lines = lines_at(side);
        // Pictures in equal lines look calmer than a last line of one.
        Self { side, across: copies.div_ceil(lines), lines, beside, width }
    }

    /// As [`Fit::new`], with room for `others` too where pictures stay pleasant.
    #[must_use]
    pub fn with_others(room: Vec2, slots: usize, copies: usize, rows: usize, others: usize) -> Self {
        let all = Self::new(room - vec2(0.0, SPACE), slots, copies, rows + others);
        if all.side >= PLEASANT { all } else { Self::new(room, slots, copies, rows) }
    }

    /// Height of a row.
    #[must_use]
    pub fn row(&self) -> f32 {
        (self.lines as f32 * (self.side + GAP)).max(NUMBERS)
    }

    /// Where the name, the pictures and the numbers of the answer at `place` lie in a row.
    #[must_use]
    pub fn places(&self, row: Rect, place: usize, height: f32) -> (Rect, Rect, Rect) {
        let label = Rect::from_min_size(row.min, vec2(LABEL, height));
        let offset = if self.beside { place as f32 * (self.width + 2.0 * SPACE + spread::WIDTH) } else { 0.0 };
        let drawn = (self.across as f32 * (self.side + GAP) - GAP).min(self.width);
        let strip = Rect::from_min_size(pos2(label.right() + offset, row.top()), vec2(drawn, height));
        let numbers =
            Rect::from_min_size(pos2(strip.right() + SPACE, row.top()), vec2(spread::WIDTH, height.min(NUMBERS)));
        (label, strip, numbers)
    }

    /// Where picture `at` of a strip lies.
    #[must_use]
    pub fn cell(&self, strip: Rect, at: usize) -> Rect {
        let (column, line) = (at % self.across.max(1), at / self.across.max(1));
        let corner = vec2(column as f32, line as f32) * (self.side + GAP);
        Rect::from_min_size(strip.min + corner, Vec2::splat(self.side))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn height(fit: &Fit, rows: usize) -> f32 {
        20.0 + rows as f32 * (fit.row() + BETWEEN_ROWS)
    }

    #[test]
    fn few_grids_fill_the_room_and_stay_within_it() {
        for y in (180..900).step_by(11) {
            let fit = Fit::new(vec2(620.0, y as f32), 1, 8, 3);
            assert!(height(&fit, 3) <= y as f32, "{y}: {fit:?}");
            assert!(fit.across as f32 * (fit.side + GAP) <= 620.0 - LABEL - spread::WIDTH, "{fit:?}");
        }
    }

    #[test]
    fn many_chains_wrap_and_never_reach_into_the_numbers() {
        for copies in [1, 2, 7, 64] {
            for x in [40.0, 300.0, 620.0, 1900.0] {
                for slots in [1, 2] {
                    let fit = Fit::new(vec2(x, 230.0), slots, copies, 8);
                    assert!(fit.across * fit.lines >= copies && fit.across * (fit.lines - 1) < copies, "{fit:?}");
                    let row = Rect::from_min_size(pos2(0.0, 0.0), vec2(x, fit.row()));
                    let (label, strip, numbers) = fit.places(row, slots - 1, fit.row());
                    assert!(label.right() <= strip.left() && strip.right() < numbers.left());
                    if x > 300.0 {
                        assert!(numbers.right() <= x && fit.cell(strip, copies - 1).right() <= strip.right() + 0.5);
                    }
                }
            }
        }
    }

    #[test]
    fn two_answers_lie_side_by_side_where_there_is_room() {
        assert!(!Fit::new(vec2(620.0, 300.0), 2, 8, 3).beside);
        assert!(Fit::new(vec2(1400.0, 300.0), 2, 8, 3).beside);
        assert!(!Fit::new(vec2(1400.0, 300.0), 1, 8, 3).beside);
    }
}
