//! Taking a new recipe in place of the running one, and going back to the last good one.

use super::engine::{Engine, LastGood, Mode};
use super::grid::{Grid, Learned};
use super::message::Event;
use super::options::RunError;
use crate::compute::ComputeError;
use crate::data::DataError;
use crate::learning::{Governor, Guard};
use crate::recipe::{Plan, PlanDiff, Recipe, RecipeError, RecipeText};
use std::rc::Rc;

/// What is wrong with a recipe that plans but cannot be put in place.
pub(super) fn placed(recipe: &Recipe, error: RunError) -> RecipeError {
    match error {
        RunError::Recipe(error) => error,
        RunError::Data(error) => recipe.refusal(&["data"], error.to_string()),
        error => recipe.refusal(&["network"], error.to_string()),
    }
}

impl Engine {
    /// Takes a recipe that changes no data, pyramid or network in the middle of an iteration: its kernel acts at the
    /// next MCMC step. Returns false if the iteration must be given up for it; a broken recipe is refused here.
    pub(super) fn swap_live(&mut self, text: &RecipeText) -> bool {
        let (recipe, plan) = match self.compile(text) {
            Ok(compiled) => compiled,
            Err(error) => {
                self.refuse(&error);
                return true;
            }
        };
        if self.rebuilds(&plan) {
            return false;
        }
        self.remember_last_good();
        self.take(recipe, plan);
        true
    }

    /// Whether going to `plan` makes more anew than kernels and the optimizer.
    pub(super) fn rebuilds(&self, plan: &Plan) -> bool {
        plan.data != self.plan.data
            || plan.pyramid != self.plan.pyramid
            || plan.networks != self.plan.networks
            || plan.batch != self.plan.batch
            || plan.histogram != self.plan.histogram
    }

    /// Takes any recipe between two iterations. Grids whose side and network did not change keep everything; layers
    /// whose shape did not change keep their weights.
    pub(super) fn swap(&mut self, text: &RecipeText) {
        let swapped = self.compile(text).and_then(|(recipe, plan)| {
            if self.rebuilds(&plan) {
                return match self.rebuild(recipe.clone(), plan) {
                    // A newer recipe waits, or the end.
                    Err(RunError::Data(DataError::BrokenOff)) => {
                        self.keep_parameters();
                        Ok(())
                    }
                    rebuilt => rebuilt.map_err(|error| placed(&recipe, error)),
                };
            }
            self.remember_last_good();
            self.take(recipe, plan);
            Ok(())
        });
        if let Err(error) = swapped {
            self.keep_parameters();
            self.refuse(&error);
        }
    }

    /// The values that were set are those of the running recipe.
    fn keep_parameters(&mut self) {
        for parameter in self.recipe.live_parameters() {
            if let Some(value) = self.options.set.get_mut(&parameter.name) {
                *value = parameter.setting();
            }
        }
    }

    fn rebuild(&mut self, recipe: Rc<Recipe>, plan: Plan) -> Result<(), RunError> {
        let same_source = plan.data == self.plan.data
            && plan.histogram == self.plan.histogram
            && plan.pyramid.sides() == self.plan.pyramid.sides();
        let source = match same_source {
            true => self.data.clone(),
            false => Self::source(&plan, &recipe, self.options.seed, &self.port)?,
        };
        let mut grids = Vec::new();
        for network in &plan.networks {
            let side = network.side();
            let old = self.grids.iter().find(|grid| grid.network.side() == side);
            let mut learned = match old {
                Some(old) if old.network == *network => old.learned.clone(),
                Some(old) => {
                    let mut learned = Learned::fresh(network, self.options.seed, side);
                    learned.inherit(&old.learned);
                    learned
                }
                None => Learned::fresh(network, self.options.seed, side),
            };
            // Other images reach this grid from now on: what its gap used to be says nothing of what it should be.
            learned.guard = Guard::default();
            learned.governor = Governor::default();
            if !same_source {
                learned.store = Default::default();
            }
            grids.push(Grid::new(network.clone(), learned, &self.device)?);
        }
        self.remember_last_good();
        self.grids = grids;
        self.data = source;
        self.chains = vec![None; plan.pyramid.sides().len()];
        self.observed.clear();
        self.shown.clear();
        self.charts.clear();
        let other_batches = !same_source || plan.batch != self.plan.batch;
        self.take(recipe, plan);
        if other_batches {
            self.tell_data();
        }
        Ok(())
    }

    /// Puts a compiled recipe in place and tells what it kept.
    fn take(&mut self, recipe: Rc<Recipe>, plan: Plan) {
        let PlanDiff { kept, renewed, .. } = PlanDiff::between(&self.plan, &plan);
        let RecipeText { path, text } = recipe.text().clone();
        self.recipe = recipe;
        self.plan = plan;
        if let Err(error) = self.write_texts() {
            self.tell(Event::Warning { iteration: self.iteration, message: error.to_string() });
        }
        self.kernel_version += 1;
        self.tell(Event::RecipeApplied { iteration: self.iteration, path, text, kept, renewed });
    }

    /// Writes the recipe and the settings that go with it.
    fn write_texts(&self) -> Result<(), RunError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        directory.write_recipe(self.recipe.text())?;
        directory.write_settings(&self.settings())
    }

    /// The new recipe failed in its first iteration: everything is as it was before the edit. Returns false when
    /// there is nothing to go back to.
    pub(super) fn revert(&mut self, error: &RecipeError) -> bool {
        let Some(LastGood { recipe, plan, data, learned, kept, iteration }) = self.last_good.take() else {
            return false;
        };
        let grids: Result<Vec<Grid>, ComputeError> = plan
            .networks
            .iter()
            .zip(learned.into_iter().zip(kept))
            .map(|(network, (learned, kept))| {
                let mut grid = Grid::new(network.clone(), learned, &self.device)?;
                grid.kept = kept;
                Ok(grid)
            })
            .collect();
        match grids {
            Ok(grids) => self.grids = grids,
            Err(error) => {
                let message = format!("the last good recipe cannot be put back: {error}");
                self.tell(Event::Warning { iteration: self.iteration, message });
                self.mode = Mode::Paused;
                return false;
            }
        }
        let other_batches = plan.batch != self.plan.batch || !Rc::ptr_eq(&data, &self.data);
        self.chains = vec![None; plan.pyramid.sides().len()];
        self.observed.clear();
        self.recipe = recipe;
        self.plan = plan;
        self.data = data;
        self.iteration = iteration;
        self.kernel_version += 1;
        self.keep_parameters();
        // Failing here leaves the broken text in the run directory; the log has the good one.
        let _ = self.write_texts();
        self.refuse(error);
        if other_batches {
            self.tell_data();
        }
        // The iteration that was asked for is over.
        if matches!(self.mode, Mode::OneIteration | Mode::OneGrid) {
            self.pause();
        }
        true
    }

    fn remember_last_good(&mut self) {
        if self.last_good.is_some() {
            return;
        }
        self.last_good = Some(LastGood {
            recipe: self.recipe.clone(),
            plan: self.plan.clone(),
            data: self.data.clone(),
            learned: self.grids.iter().map(|grid| grid.learned.clone()).collect(),
            kept: self.grids.iter().map(|grid| grid.kept.clone()).collect(),
            iteration: self.iteration,
        });
    }

    fn compile(&self, text: &RecipeText) -> Result<(Rc<Recipe>, Plan), RecipeError> {
        let (recipe, plan) = super::first_recipe::compile(&self.port, &self.options, &self.printed_at, text.clone())?;
        Ok((Rc::new(recipe), plan))
    }

    fn refuse(&mut self, error: &RecipeError) {
        let RecipeError { path, line, column, message } = error.clone();
        self.tell(Event::RecipeRefused { iteration: self.iteration, path, line, column, message });
    }
}
