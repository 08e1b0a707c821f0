//! Chains step by step: which step is looked at, and how it moves.

use crate::run::{ChainStep, DiversityAnswer, Pictures};

/// Steps a second that chains may play at, and at first.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 1.0..=240.0;
const FIRST_SPEED: f64 = 30.0;

/// What is looked at.
pub struct Playback {
    /// A step of the answer; `None` is the newest, whatever comes.
    pub at: Option<usize>,
    pub playing: bool,
    /// Steps a second.
    pub speed: f64,
    /// Steps that are due and not taken, 0 to 1.
    due: f64,
}

impl Default for Playback {
    fn default() -> Self {
        Self { at: None, playing: false, speed: FIRST_SPEED, due: 0.0 }
    }
}

impl Playback {
    /// Plays on, or from the start when all was seen; or pauses here.
    pub fn toggle(&mut self, steps: usize) {
        self.playing = !self.playing;
        self.due = 0.0;
        if self.playing && self.at.is_none_or(|at| at + 1 >= steps) {
            self.at = Some(0);
        }
        if !self.playing {
            self.at = self.at.filter(|at| at + 1 < steps);
        }
    }

    /// Looks at a step; the last one stands for the newest.
    pub fn look_at(&mut self, step: usize, steps: usize) {
        self.playing = false;
        self.at = (step < steps.saturating_sub(1)).then_some(step);
    }

    /// Moves by some steps, forwards or back.
    pub fn step(&mut self, by: isize, steps: usize) {
        let here = self.at.unwrap_or(steps.saturating_sub(1));
        self.look_at(here.saturating_add_signed(by), steps);
    }

    /// Lets time pass. At the end of chains that are `done` playing ends; those that still grow are waited for.
    pub fn advance(&mut self, seconds: f64, steps: usize, done: bool) {
        if !self.playing {
            return;
        }
        let Some(at) = self.at.filter(|_| steps > 0) else {
            self.playing = false;
            return;
        };
        self.due += seconds.clamp(0.0, 1.0) * self.speed;
        let whole = self.due.floor();
        self.due -= whole;
        let next = (at + whole as usize).min(steps - 1);
        self.at = Some(next);
        if next + 1 == steps && done {
            self.playing = false;
            self.at = None;
        }
    }
}

/// The step of other chains that is as far along the same grid, for two answers with different numbers of steps.
#[must_use]
pub fn matching(steps: &[ChainStep], at: usize, others: &[ChainStep]) -> Option<usize> {
    let grid = steps.get(at)?.grid;
    let span = |steps: &[ChainStep]| {
        let from = steps.partition_point(|step| step.grid < grid);
        (from, steps.partition_point(|step| step.grid <= grid))
    };
    let ((from, to), (other_from, other_to)) = (span(steps), span(others));
    if other_from == other_to {
        return other_from.checked_sub(1);
    }
    let share = (at - from) as f64 / (to - from - 1).max(1) as f64;
    Some(other_from + (share * (other_to - other_from - 1) as f64).round() as usize)
}

/// What a grid looks like after step `at`; grids beyond it are not begun yet.
#[must_use]
pub fn pictures_at(answer: &DiversityAnswer, at: Option<usize>, grid: usize) -> Option<&Pictures> {
    let moving = || answer.steps.iter().rev().find(|step| step.grid == grid).map(|step| &*step.pictures);
    let drawn = || answer.grids.get(grid).filter(|pictures| pictures.count > 0);
    let Some(step) = at.and_then(|at| answer.steps.get(at)) else {
        let moves = !answer.progress.done && answer.progress.grid == grid;
        return if moves { moving().or_else(drawn) } else { drawn().or_else(moving) };
    };
    match grid.cmp(&step.grid) {
        std::cmp::Ordering::Less => drawn().or_else(moving),
        std::cmp::Ordering::Equal => Some(&step.pictures),
        std::cmp::Ordering::Greater => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn chains(counts: &[usize]) -> Vec<ChainStep> {
        let grids = counts.iter().enumerate();
        let steps = grids.flat_map(|(at, &count)| (0..count).map(move |step| (at + 1, step)));
        let picture = |side| Arc::new(Pictures { side, count: 1, rgba: vec![9; side * side * 4] });
        steps.map(|(grid, step)| ChainStep { grid, step, pictures: picture(grid * 2), energy: None }).collect()
    }

    #[test]
    fn playing_begins_at_the_start_and_ends_at_the_newest() {
        let mut playback = Playback::default();
        playback.toggle(60);
        assert_eq!(playback.at, Some(0));
        playback.advance(1.0, 60, true);
        assert_eq!((playback.at, playback.playing), (Some(30), true));
        playback.advance(1.0, 60, false);
        assert_eq!((playback.at, playback.playing), (Some(59), true), "what still grows is waited for");
        playback.advance(0.01, 60, true);
        assert_eq!((playback.at, playback.playing), (None, false));
    }

    #[test]
    fn stepping_stays_within_the_chains() {
        let mut playback = Playback::default();
        playback.step(-1, 10);
        assert_eq!(playback.at, Some(8));
        playback.step(5, 10);
        assert_eq!(playback.at, None);
        playback.look_at(0, 10);
        playback.step(-3, 10);
        assert_eq!(playback.at, Some(0));
        playback.look_at(usize::MAX, 10);
        assert_eq!(playback.at, None);
        playback.step(1, 0);
        assert_eq!(playback.at, None);
    }

    #[test]
    fn chains_of_other_lengths_are_seen_equally_far() {
        let (short, long) = (chains(&[3, 3]), chains(&[11, 11]));
        assert_eq!(matching(&short, 1, &long), Some(5));
        assert_eq!(matching(&short, 5, &long), Some(21));
        assert_eq!(matching(&long, 10, &short), Some(2));
        assert_eq!(matching(&short, 4, &chains(&[11])), Some(10), "grid 2 is not begun there: the end of grid 1");
        assert_eq!(matching(&short, 0, &[]), None);
    }

    #[test]
    fn a_grid_is_seen_from_the_step_on_that_begins_it() {
        let grids = vec![Pictures { side: 1, count: 1, rgba: vec![7; 4] }];
        let answer = DiversityAnswer { grids, steps: chains(&[3, 3]), ..DiversityAnswer::default() };
        let sides = |at| [0, 1, 2].map(|grid| pictures_at(&answer, at, grid).map(|pictures| pictures.side));
        assert_eq!(sides(Some(1)), [Some(1), Some(2), None]);
        assert_eq!(sides(Some(3)), [Some(1), Some(2), Some(4)]);
        assert_eq!(sides(None), [Some(1), Some(2), Some(4)]);
    }
}
