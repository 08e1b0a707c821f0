//! How many thumbnails fit, and how large.

use eframe::egui::{Vec2, vec2};

/// Space between thumbnails, and between columns.
pub const GAP: f32 = 3.0;
pub const COLUMN_GAP: f32 = 8.0;
/// The names of the rows, left of the first column.
pub const GUTTER: f32 = 68.0;
pub const HEADING: f32 = 22.0;
pub const ENERGY_LINE: f32 = 16.0;
pub const ENERGIES: f32 = 2.0 * ENERGY_LINE + 6.0;
/// Space between observed and synthesized.
pub const BETWEEN: f32 = 8.0;
/// Side of a thumbnail at first: nine grids show two in a row in a window of the first size.
pub const THUMBNAIL: f32 = 38.0;
/// Height of a number below a thumbnail.
pub const CAPTION: f32 = 12.0;

/// How many thumbnails a block holds, and how large they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    pub across: usize,
    pub down: usize,
    pub side: f32,
    /// Height left for a number below each thumbnail.
    pub caption: f32,
}

impl Fit {
    /// Shares the room among `columns` of two blocks each; a block shows at least one thumbnail. Thumbnails are about
    /// as large as asked for: they grow or shrink a little where that fills the room.
    #[must_use]
    pub fn new(room: Vec2, columns: usize, thumbnail: f32, most: usize, caption: f32) -> Self {
        let most = most.max(1);
        let fitting = |length: f32, above: f32| ((length + GAP) / (thumbnail + GAP + above)).round().max(1.0) as usize;
        let height = (room.y - HEADING - BETWEEN - ENERGIES - 8.0) / 2.0;
        let width = (room.x - GUTTER) / columns.max(1) as f32 - COLUMN_GAP;
        let down = fitting(height, caption).min(most);
        let across = fitting(width, 0.0).min(most.div_ceil(down));
        let down = down.min(most.div_ceil(across));
        let filling = |length: f32, count: usize| (length + GAP) / count as f32 - GAP;
        let side = filling(width, across).min(filling(height, down) - caption);
        Self { across, down, side: side.floor().clamp(0.7 * thumbnail, 3.0 * thumbnail), caption }
    }

    /// From one thumbnail to the next.
    #[must_use]
    pub fn cell(&self) -> Vec2 {
        vec2(self.side + GAP, self.side + GAP + self.caption)
    }

    /// Size of a block.
    #[must_use]
    pub fn size(&self) -> Vec2 {
        vec2(self.across as f32, self.down as f32) * self.cell() - Vec2::splat(GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn height(fit: Fit) -> f32 {
        HEADING + 2.0 * fit.size().y + BETWEEN + ENERGIES
    }

    #[test]
    fn few_grids_get_many_thumbnails_and_many_grids_get_one_across() {
        let few = Fit::new(vec2(800.0, 400.0), 4, 46.0, 64, 0.0);
        assert_eq!((few.across, few.down), (4, 3));
        let many = Fit::new(vec2(700.0, 400.0), 12, 46.0, 64, 0.0);
        assert_eq!(many.across, 1);
        let none = Fit::new(vec2(0.0, 0.0), 0, 50.0, 0, 0.0);
        assert_eq!(none, Fit { across: 1, down: 1, side: 35.0, caption: 0.0 });
    }

    #[test]
    fn nine_grids_show_two_in_a_row_in_the_first_window() {
        for height in [268.0, 310.0] {
            let fit = Fit::new(vec2(826.0, height), 9, THUMBNAIL, 32, 0.0);
            assert!(fit.across == 2 && fit.down >= 2, "{fit:?}");
        }
    }

    #[test]
    fn no_block_is_larger_than_its_pictures() {
        let fit = Fit::new(vec2(2000.0, 2000.0), 2, 32.0, 9, 0.0);
        assert!(fit.across * fit.down >= 9 && fit.across * (fit.down - 1) < 9);
    }

    #[test]
    fn thumbnails_fill_the_room_and_stay_within_it() {
        for caption in [0.0, CAPTION] {
            for y in (260..600).step_by(7) {
                let room = vec2(780.0, y as f32);
                let fit = Fit::new(room, 9, 46.0, 64, caption);
                assert!(height(fit) <= room.y, "{y}");
                assert!(GUTTER + 9.0 * (fit.size().x + COLUMN_GAP) <= room.x);
            }
        }
        for y in (220..260).step_by(7) {
            let fit = Fit::new(vec2(780.0, y as f32), 9, 46.0, 64, 0.0);
            assert!(height(fit) <= y as f32, "{y}");
        }
    }
}
