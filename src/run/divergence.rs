//! What becomes of a grid that ran away: it goes back, and the run goes on, asks, or ends.

use super::checkpoint;
use super::engine::{Engine, Mode};
use super::grid::{Grid, Learned};
use super::laboratory::device_failed;
use super::message::Event;
use super::options::RunError;
use crate::learning::Warning;
use crate::recipe::{HostError, OnDivergence};

/// Of a grid's usual gradient norm, where the user has it limited.
const LIMIT: f64 = 2.0;

impl Engine {
    /// Grid s ran away, in MCMC step `step` if not at its update: it goes back. Its rate is halved, unless the run ends for
    /// it or its user is asked.
    pub(super) fn diverged(&mut self, s: usize, step: Option<usize>, warning: &Warning) {
        let answer = self.on_divergence();
        let grid = &mut self.grids[s - 1];
        let side = grid.network.side();
        let mut action = match grid.learned.roll_back(&grid.network, self.options.seed, side) {
            Some(update) => format!("back to its update {update}"),
            None => "begun anew".to_string(),
        };
        match answer {
            OnDivergence::Rollback => {
                grid.learned.rate_cut *= 0.5;
                action.push_str(&format!(", rate now {:.3} of the recipe's", grid.learned.rate_cut));
            }
            OnDivergence::Stop => action.push_str("; the run ends"),
            OnDivergence::Ask => action.push_str(
                "; paused: lower its rate, clip its gradient, begin anew from another seed, or go on as it is",
            ),
        }
        if let Err(error) = grid.prepared.load(&grid.learned.parameters) {
            action.push_str(&format!("; {error}"));
        }
        let (iteration, asks) = (self.iteration, answer == OnDivergence::Ask);
        let place = step.map_or(String::new(), |step| format!(" in MCMC step {step}"));
        let reason = format!("{side}×{side}: {warning}{place}");
        match answer {
            OnDivergence::Rollback => {}
            OnDivergence::Stop => self.stopped_by.push(format!("grid {s} diverged, {reason}")),
            OnDivergence::Ask => self.mode = Mode::Paused,
        }
        self.tell(Event::Diverged { iteration, grid: s, step, reason, action, asks });
    }

    /// What is to follow now: nobody can be asked where nobody looks on.
    fn on_divergence(&self) -> OnDivergence {
        let of_recipe = || self.recipe.learner().map_or(OnDivergence::Rollback, |learner| learner.on_divergence);
        match self.options.on_divergence.unwrap_or_else(of_recipe) {
            OnDivergence::Ask if !self.options.interactive => OnDivergence::Stop,
            answer => answer,
        }
    }

    /// Whether the run ends when a grid diverges.
    pub(super) fn ends_on_divergence(&self) -> bool {
        self.on_divergence() == OnDivergence::Stop
    }

    /// An iteration was given up, `updating`: after some of its updates. A run that ends for it saves those too.
    pub(super) fn given_up(&mut self, updating: bool) {
        if updating && !self.stopped_by.is_empty() {
            let message =
                "the last checkpoint holds some updates of the iteration in which the grid diverged".to_string();
            self.tell(Event::Warning { iteration: self.iteration, message });
        }
    }

    /// Ends the run if grids diverged and it is not to go on: all that was learned is saved.
    pub(super) fn end_if_diverged(&mut self) -> Result<(), RunError> {
        if self.stopped_by.is_empty() {
            return Ok(());
        }
        self.save_last(false);
        let what = format!("in iteration {}: {}", self.iteration, self.stopped_by.join("; "));
        let path = self.directory.as_ref().map(|directory| directory.path());
        let remedy = match path.filter(|path| !checkpoint::list(path).is_empty()) {
            Some(path) => {
                let path = path.display();
                format!(
                    "The newest checkpoint is of before it ran away: go on by `emberlab train --resume {path} --on-divergence \
                     rollback`, which halves the grid's rate, or first lower the rate or clip the gradient in \
                     {path}/recipe.rhai"
                )
            }
            None => "Lower the rate or clip the gradient, or let grids go back and go on".to_string(),
        };
        Err(RunError::Diverged { what, remedy })
    }

    /// Halves the rate of grid s.
    pub(super) fn cut_rate(&mut self, s: usize) {
        self.adjust(s, |learned| {
            learned.rate_cut *= 0.5;
            Some(format!("rate now {:.3} of the recipe's", learned.rate_cut))
        });
    }

    /// Clips the gradient of grid s at twice its usual norm.
    pub(super) fn limit_gradient(&mut self, s: usize) {
        self.adjust(s, |learned| {
            let limit = LIMIT * learned.guard.usual_norm()?;
            learned.norm_limit = Some(limit);
            Some(format!("gradient clipped at norm {limit:.3}, twice the usual"))
        });
    }

    fn adjust(&mut self, s: usize, change: impl FnOnce(&mut Learned) -> Option<String>) {
        let iteration = self.iteration;
        let grid = s.checked_sub(1).and_then(|index| self.grids.get_mut(index));
        let change = match grid {
            Some(grid) => change(&mut grid.learned).ok_or("it has not learned long enough to know its usual gradient"),
            None => Err("there is no such grid"),
        };
        match change {
            Ok(change) => self.tell(Event::Adjusted { iteration, grid: s, change }),
            Err(reason) => {
                let message = format!("grid {s} is left as it is: {reason}");
                self.tell(Event::Warning { iteration, message });
            }
        }
    }

    /// Grid s met values that are not finite: it goes back, then the coarser grids whose chains it began from, then it
    /// begins anew. If that fails too, weights are not to blame, and the recipe is told. `step` is the MCMC step, from 1.
    pub(super) fn not_finite(&mut self, s: usize, step: Option<usize>) -> HostError {
        let side = self.grids[s - 1].network.side();
        if self.is_to_blame() {
            return self.unsound(s, "values are not finite");
        }
        let can_go_back = |grid: &Grid| !grid.went_back && grid.learned.updates > 0;
        if let Some(index) = (0..s).rev().find(|&index| can_go_back(&self.grids[index])) {
            self.grids[index].went_back = true;
            self.diverged(index + 1, step, &Warning::NotFinite);
            return HostError::Interrupted;
        }
        let grid = &mut self.grids[s - 1];
        let (learned, next) = match grid.aside.take() {
            None if grid.learned.updates > 0 => {
                let Learned { rate_cut, norm_limit, .. } = grid.learned;
                let fresh = Learned { rate_cut, norm_limit, ..Learned::fresh(&grid.network, self.options.seed, side) };
                grid.aside = Some(std::mem::replace(&mut grid.learned, fresh));
                (None, HostError::Interrupted)
            }
            aside => {
                let message = format!(
                    "the chains of grid {s} ({side}×{side}) are not finite, whatever the weights: lower the kernel's \
                     drift or noise, raise the reference's σ, clamp the chains, or begin with smaller weights"
                );
                (aside, HostError::Script(message))
            }
        };
        if let Some(learned) = learned {
            grid.learned = learned;
        }
        match grid.prepared.load(&grid.learned.parameters) {
            Ok(()) => next,
            Err(error) => device_failed(error),
        }
    }

    /// Grids that went back, or were begun anew, made it through an iteration.
    pub(super) fn note_recovered(&mut self) {
        for index in 0..self.grids.len() {
            let grid = &mut self.grids[index];
            grid.went_back = false;
            if grid.aside.take().is_some() {
                let side = grid.network.side();
                let reason = format!("{side}×{side}: {}", Warning::NotFinite);
                let action = "begun anew: what it went back to failed as well".to_string();
                let (iteration, grid) = (self.iteration, index + 1);
                self.tell(Event::Diverged { iteration, grid, step: None, reason, action, asks: false });
            }
        }
    }
}
