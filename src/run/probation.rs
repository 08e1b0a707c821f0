//! A recipe's first iteration, and what becomes of one that fails.

use super::engine::{Engine, Mode};
use super::message::{Event, Phase};
use super::options::RunError;
use crate::compute::ParameterSet;
use crate::recipe::{BatchVersions, HostError, RecipeError};

impl Engine {
    /// Whether the running recipe has yet to finish an iteration of its own.
    pub(super) fn on_probation(&self) -> bool {
        self.last_good.is_some()
    }

    /// A recipe on probation met what healthy grids would go back for: the recipe is to go instead, even if its
    /// script catches the error.
    pub(super) fn unsound(&mut self, s: usize, what: &str) -> HostError {
        let side = self.grids[s - 1].network.side();
        let message = format!("grid {s} ({side}×{side}): {what}, which they were not before this edit");
        self.unsound.get_or_insert(message.clone());
        HostError::Script(message)
    }

    /// Why the recipe cannot become the last good one, though an iteration of it came to its end.
    pub(super) fn fault(&mut self, batch: &BatchVersions) -> Option<RecipeError> {
        if !self.on_probation() {
            return None;
        }
        if let Some(message) = self.unsound.take() {
            return Some(self.recipe.refusal(&["iterate", "kernel"], message));
        }
        (1..=self.grids.len()).find(|&s| !self.is_finite(s, batch)).map(|s| {
            let side = self.grids[s - 1].network.side();
            let message = format!(
                "after an update grid {s} ({side}×{side}) is not finite any more; lower the rate, or limit the gradient"
            );
            self.recipe.refusal(&["rate", "optimizer", "iterate"], message)
        })
    }

    /// Whether everything that grid s learned is finite, and its scores of the observed images too.
    fn is_finite(&mut self, s: usize, batch: &BatchVersions) -> bool {
        let grid = &mut self.grids[s - 1];
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let set = |set: &ParameterSet| {
            set.tensors.iter().all(|tensor| finite(&tensor.data))
                && set.statistics.iter().all(|of| finite(&of.mean) && finite(&of.variance))
        };
        let learned = &grid.learned;
        let moments = learned.optimizer.first.iter().chain(&learned.optimizer.second);
        if !set(&learned.parameters) || !set(&learned.average.parameters) || !moments.into_iter().all(|of| finite(of)) {
            return false;
        }
        let statistics = grid.statistics();
        match batch.grids.get(s) {
            // A device that fails here fails in the next iteration, which knows what to do.
            Some(images) => grid.prepared.score(images, statistics).map_or(true, |score| finite(&score)),
            None => true,
        }
    }

    /// A recipe failed while it ran: the last good one is put back; without one the run waits for a better recipe,
    /// or saves and ends if nobody is there to write it. `updating`: it failed among an iteration's updates.
    pub(super) fn recipe_failed(&mut self, error: RecipeError, updating: bool) -> Result<(), RunError> {
        if self.revert(&error) {
            return Ok(());
        }
        if !self.options.interactive {
            self.save_last(updating);
            return Err(error.into());
        }
        let RecipeError { path, line, column, message } = error;
        self.tell(Event::RecipeRefused { iteration: self.iteration, path, line, column, message });
        self.pause();
        Ok(())
    }

    /// Saves what was learned before the run ends by an error.
    pub(super) fn save_last(&mut self, updating: bool) {
        if self.iteration == 0 && !updating {
            return;
        }
        if updating && self.directory.is_some() {
            let message = "the last checkpoint holds some updates of an iteration that did not finish".to_string();
            self.tell(Event::Warning { iteration: self.iteration, message });
        }
        self.save();
    }

    /// Waits for a command.
    pub(super) fn pause(&mut self) {
        self.mode = Mode::Paused;
        self.tell(Event::Phase { iteration: self.iteration, phase: Phase::Paused });
    }

    /// Drawing that fails stops nothing; a device that does, does.
    pub(super) fn drawn(&mut self, what: &str, drawn: Result<(), RunError>) -> Result<(), RunError> {
        match drawn {
            Err(error @ (RunError::Recipe(_) | RunError::Failed(_))) => {
                let message = format!("{what}: {error}");
                self.tell(Event::Warning { iteration: self.iteration, message });
                Ok(())
            }
            other => other,
        }
    }
}
