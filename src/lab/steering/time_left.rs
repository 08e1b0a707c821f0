//! How long chains still take, from how fast they went.

use crate::run::ChainProgress;

/// Steps and when they were seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeLeft {
    /// Grid, step and seconds at the first sight and the newest.
    first: Option<(usize, usize, f64)>,
    newest: Option<(usize, usize, f64)>,
}

impl TimeLeft {
    /// Notes where the chains are; other chains start anew.
    pub fn see(&mut self, progress: ChainProgress, now: f64) {
        let here = (progress.grid, progress.step, now);
        match self.newest {
            Some((grid, step, _)) if grid == progress.grid && step == progress.step => {}
            Some((grid, step, _)) if grid == progress.grid && step < progress.step => self.newest = Some(here),
            _ => (self.first, self.newest) = (Some(here), Some(here)),
        }
    }

    /// Seconds still to go on this grid; none before two steps were seen.
    #[must_use]
    pub fn seconds(&self, progress: ChainProgress) -> Option<f64> {
        let ((_, from, start), (_, to, now)) = (self.first?, self.newest?);
        let rate = (now - start) / to.checked_sub(from).filter(|&steps| steps > 0)? as f64;
        Some(rate * progress.steps.saturating_sub(progress.step) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(grid: usize, step: usize) -> ChainProgress {
        ChainProgress { grid, step, steps: 1_000, done: false }
    }

    #[test]
    fn the_rest_takes_as_long_a_step_as_what_was_seen() {
        let mut left = TimeLeft::default();
        left.see(at(3, 100), 10.0);
        assert_eq!(left.seconds(at(3, 100)), None);
        left.see(at(3, 200), 20.0);
        left.see(at(3, 200), 25.0);
        assert_eq!(left.seconds(at(3, 200)), Some(80.0));
    }

    #[test]
    fn other_chains_start_anew() {
        let mut left = TimeLeft::default();
        left.see(at(1, 0), 0.0);
        left.see(at(1, 100), 1.0);
        left.see(at(3, 500), 2.0);
        assert_eq!(left.seconds(at(3, 500)), None);
        left.see(at(3, 100), 3.0);
        assert_eq!(left.seconds(at(3, 100)), None, "a new question");
    }
}
