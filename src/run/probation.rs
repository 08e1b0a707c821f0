//! A recipe's first iteration, and what becomes of one that fails.

use super::engine::{Engine, LastGood, Mode};
use super::grid::Grid;
use super::message::{Event, Phase};
use super::options::RunError;
use crate::compute::Images;
use crate::learning::{Contrast, learning_gradient};
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
        (1..=self.grids.len()).find(|&s| batch.grids.get(s).is_some_and(|observed| !is_sound(&mut self.grids[s - 1], observed))).map(|s| {
            let side = self.grids[s - 1].network.side();
            let message = format!(
                "after an update grid {s} ({side}×{side}) is not finite any more, or all but; lower the rate, or limit the gradient"
            );
            self.recipe.refusal(&["rate", "optimizer", "iterate"], message)
        })
    }

    /// Whether the recipe on probation is to blame for values that are not finite: the weights that it was given may have
    /// been beyond mending already, and then it may be the very edit that mends what made them so.
    pub(super) fn is_to_blame(&self) -> bool {
        let Some(LastGood { plan, data, learned, iteration, .. }) = &self.last_good else { return false };
        // Data that cannot be read any more end the run elsewhere.
        let Ok(batch) = data.batches.batch(*iteration, plan.batch) else { return false };
        let versions = plan.pyramid.versions(&batch.images);
        plan.networks.iter().zip(learned).zip(versions.iter().skip(1)).all(|((network, learned), observed)| {
            Grid::new(network.clone(), learned.clone(), &self.device)
                .map_or(true, |mut grid| is_sound(&mut grid, observed))
        })
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

/// Whether everything that a grid learned is finite, and can be learned from: its scores' squares and their gradient too.
fn is_sound(grid: &mut Grid, observed: &Images) -> bool {
    if !grid.learned.is_finite() {
        return false;
    }
    let strictest = Contrast { share: 1.0, penalty: 1.0 };
    let gradient = learning_gradient(&mut *grid.prepared, observed, observed, grid.network.norm(), strictest);
    // A device that fails here fails in the next iteration, which knows what to do.
    let finite = |tensor: &Vec<f32>| tensor.iter().all(|value| value.is_finite());
    gradient.map_or(true, |gradient| gradient.gap().is_finite() && gradient.tensors.iter().all(finite))
}
