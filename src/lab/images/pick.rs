//! One picture of a frame: which row, grid and index.

use crate::lab::format;
use crate::run::{Frame, GridFrame, ImageScore, Pictures};

/// Observed images stand above synthesized ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    Observed,
    Synthesized,
}

impl Row {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Observed, Self::Synthesized];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Synthesized => "synthesized",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Observed => Self::Synthesized,
            Self::Synthesized => Self::Observed,
        }
    }

    /// Its pictures at a grid.
    #[must_use]
    pub fn of(self, grid: &GridFrame) -> &Pictures {
        match self {
            Self::Observed => &grid.observed,
            Self::Synthesized => &grid.synthesized,
        }
    }

    /// The scores of its pictures at a grid, as of the last update; may be fewer than pictures.
    #[must_use]
    pub fn scores(self, grid: &GridFrame) -> &[ImageScore] {
        match self {
            Self::Observed => &grid.observed_scores,
            Self::Synthesized => &grid.synthesized_scores,
        }
    }
}

/// One picture of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    pub row: Row,
    pub grid: usize,
    pub index: usize,
}

impl Pick {
    /// The picture itself, if it is complete.
    #[must_use]
    pub fn picture(self, frame: &Frame) -> Option<Pictures> {
        one(self.row.of(frame.grids.get(self.grid)?), self.index)
    }

    /// Its score as of the last update, if it has one.
    #[must_use]
    pub fn score(self, frame: &Frame) -> Option<ImageScore> {
        self.row.scores(frame.grids.get(self.grid)?).get(self.index).copied()
    }

    /// Such as `16×16 synthesized`.
    #[must_use]
    pub fn title(self, frame: &Frame) -> String {
        let side = frame.grids.get(self.grid).map_or(0, |grid| grid.side);
        format!("{} {}", format::side(side), self.row.name())
    }

    /// The same image at the finest grid.
    #[must_use]
    pub fn finest(self, frame: &Frame) -> Self {
        Self { grid: frame.grids.len().saturating_sub(1), ..self }
    }

    /// The image's 1×1 version: that of grid 0, or the mean colour of the picture where grid 0 does not show it.
    #[must_use]
    pub fn seed(self, frame: &Frame) -> Option<[u8; 3]> {
        let coarsest = Self { grid: 0, ..self };
        let picture = coarsest.picture(frame).or_else(|| self.picture(frame))?;
        let pixels = picture.rgba.as_chunks::<4>().0;
        let mean = |channel: usize| {
            let sum: usize = pixels.iter().map(|pixel| usize::from(pixel[channel])).sum();
            // A mean of bytes is a byte.
            ((sum + pixels.len() / 2) / pixels.len().max(1)) as u8
        };
        Some([mean(0), mean(1), mean(2)])
    }
}

/// Picture `at` alone, if it is complete.
#[must_use]
pub fn one(pictures: &Pictures, at: usize) -> Option<Pictures> {
    let bytes = pictures.side * pictures.side * 4;
    let rgba = pictures.rgba.get(at * bytes..(at + 1) * bytes).filter(|rgba| !rgba.is_empty())?;
    (at < pictures.count).then(|| Pictures { side: pictures.side, count: 1, rgba: rgba.to_vec() })
}

/// Score and energy in words.
#[must_use]
pub fn words(score: ImageScore) -> String {
    let [score, energy] = [score.score, score.energy].map(|value| format::number(f64::from(value)));
    format!("score {score} · energy {energy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let pictures =
            |side: usize| Pictures { side, count: 2, rgba: (0..2 * side * side * 4).map(|n| n as u8).collect() };
        let grid =
            |side| GridFrame { side, observed: pictures(side), synthesized: pictures(side), ..GridFrame::default() };
        Frame { grids: vec![grid(1), grid(2)], ..Frame::default() }
    }

    #[test]
    fn a_picture_is_found_by_row_grid_and_index() {
        let frame = frame();
        let pick = Pick { row: Row::Synthesized, grid: 1, index: 1 };
        assert_eq!(pick.picture(&frame).map(|picture| picture.rgba), Some((16..32).collect()));
        assert_eq!(pick.title(&frame), "2×2 synthesized");
        assert_eq!(pick.score(&frame), None);
        assert!(Pick { index: 2, ..pick }.picture(&frame).is_none());
        assert!(Pick { grid: 9, ..pick }.picture(&frame).is_none());
    }

    #[test]
    fn the_seed_is_the_1x1_version() {
        let mut frame = frame();
        let pick = Pick { row: Row::Observed, grid: 1, index: 1 };
        assert_eq!(pick.seed(&frame), Some([4, 5, 6]));
        frame.grids[0].observed = Pictures::default();
        assert_eq!(pick.seed(&frame), Some([22, 23, 24]), "the mean of pixels 16, 20, 24 and 28");
    }
}
