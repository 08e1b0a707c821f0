//! In which order pictures stand: by their index, or by what the model thinks of them at one grid.

use super::pick::Row;
use crate::lab::format;
use crate::run::{Frame, ImageScore};

/// What pictures are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Key {
    #[default]
    Index,
    Score,
    Energy,
}

impl Key {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Index, "index"), (Self::Score, "score"), (Self::Energy, "energy")];

    /// The number of a score that this sorts by.
    #[must_use]
    pub fn of(self, score: ImageScore) -> f32 {
        if self == Self::Energy { score.energy } else { score.score }
    }
}

/// An order of the pictures, the same at every grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    pub key: Key,
    pub descending: bool,
    /// Side of the grid whose scores count; the finest when it is not there.
    pub side: Option<usize>,
}

impl Order {
    /// The grid whose scores count.
    fn grid(&self, frame: &Frame) -> Option<usize> {
        let chosen = frame.grids.iter().position(|grid| Some(grid.side) == self.side);
        chosen.or_else(|| frame.grids.len().checked_sub(1))
    }

    /// The indices of the pictures of a row in this order; those without a score come last.
    #[must_use]
    pub fn arrange(&self, frame: &Frame, row: Row) -> Vec<usize> {
        let count = frame.grids.iter().map(|grid| row.of(grid).count).max().unwrap_or(0);
        let mut order: Vec<usize> = (0..count).collect();
        if self.key == Key::Index {
            if self.descending {
                order.reverse();
            }
            return order;
        }
        let Some(grid) = self.grid(frame).and_then(|grid| frame.grids.get(grid)) else {
            return order;
        };
        let scores = row.scores(grid);
        let value = |index: usize| scores.get(index).map(|&score| self.key.of(score)).filter(|value| !value.is_nan());
        order.sort_by(|&a, &b| match (value(a), value(b)) {
            (Some(a), Some(b)) if self.descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        order
    }

    /// What must be said of pictures that are not in the order of their indices.
    #[must_use]
    pub fn note(&self, frame: &Frame) -> Option<String> {
        if *self == (Self { side: self.side, ..Self::default() }) {
            return None;
        }
        let name = Key::ALL.into_iter().find(|(key, _)| *key == self.key).map_or("", |(_, name)| name);
        let end = if self.descending { "highest first" } else { "lowest first" };
        let grid = self.grid(frame).and_then(|grid| frame.grids.get(grid));
        match grid.filter(|_| self.key != Key::Index) {
            Some(grid) if grid.synthesized_scores.is_empty() && grid.observed_scores.is_empty() => {
                Some(format!("sorted by {name} of {}: no scores yet", format::side(grid.side)))
            }
            Some(grid) => Some(format!("sorted by {name} of {}, {end}", format::side(grid.side))),
            None => Some(format!("sorted by {name}, {end}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{GridFrame, Pictures};

    fn frame(scores: &[f32]) -> Frame {
        let pictures = Pictures { side: 1, count: 4, rgba: vec![0; 16] };
        let scores: Vec<_> = scores.iter().map(|&score| ImageScore { score, energy: -score }).collect();
        let grid = |side, scores| GridFrame {
            side,
            observed: pictures.clone(),
            synthesized: pictures.clone(),
            synthesized_scores: scores,
            ..GridFrame::default()
        };
        Frame { grids: vec![grid(1, Vec::new()), grid(4, scores)], ..Frame::default() }
    }

    #[test]
    fn pictures_are_sorted_by_score_or_energy_of_the_finest_grid() {
        let frame = frame(&[3.0, 1.0, 2.0, 0.5]);
        let score = Order { key: Key::Score, ..Order::default() };
        assert_eq!(score.arrange(&frame, Row::Synthesized), [3, 1, 2, 0]);
        let energy = Order { key: Key::Energy, ..Order::default() };
        assert_eq!(energy.arrange(&frame, Row::Synthesized), [0, 2, 1, 3]);
        let descending = Order { descending: true, ..score };
        assert_eq!(descending.arrange(&frame, Row::Synthesized), [0, 2, 1, 3]);
        assert_eq!(score.arrange(&frame, Row::Observed), [0, 1, 2, 3], "no scores: by index");
        assert_eq!(score.note(&frame).as_deref(), Some("sorted by score of 4×4, lowest first"));
    }

    #[test]
    fn pictures_without_a_score_come_last_and_none_is_lost() {
        let frame = frame(&[f32::NAN, 9.0, 2.0]);
        for descending in [false, true] {
            let order = Order { key: Key::Score, descending, side: None }.arrange(&frame, Row::Synthesized);
            assert_eq!(order[2..], [0, 3]);
        }
    }

    #[test]
    fn a_grid_without_scores_says_so() {
        let frame = frame(&[1.0]);
        let order = Order { key: Key::Score, descending: false, side: Some(1) };
        assert_eq!(order.arrange(&frame, Row::Synthesized), [0, 1, 2, 3]);
        assert!(order.note(&frame).is_some_and(|note| note.contains("no scores yet")));
        assert_eq!(Order::default().note(&frame), None);
    }
}
