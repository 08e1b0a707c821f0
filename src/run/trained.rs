//! What a run has learned, as something that draws: its recipe, and networks with averaged weights.

use super::checkpoint;
use super::directory::read_run;
use super::grid::{Grid, Learned};
use super::growth::Mover;
use super::options::RunError;
use super::probe::ChainSettings;
use crate::compute::{Device, ParameterSet};
use crate::data::{DataSet, Histogram};
use crate::recipe::{GridKernel, Plan, Recipe, RecipeText, ScriptModule, Setting};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::rc::Rc;

/// Factors on the temperature, and steps, that may be asked for.
const HEAT: RangeInclusive<f64> = 0.0..=100.0;
const STEPS: RangeInclusive<usize> = 1..=100_000;

/// What a run has learned, to be carried to another thread.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) recipe: RecipeText,
    pub(super) set: BTreeMap<String, Setting>,
    pub(super) modules: Vec<ScriptModule>,
    /// Averaged weights of each grid.
    pub(super) weights: Vec<ParameterSet>,
    /// Learning updates done.
    pub(super) iteration: u64,
    pub(super) seed: u64,
    pub(super) histogram: Histogram,
    pub(super) images: DataSet,
}

/// A model to draw with.
pub(super) struct Trained {
    pub(super) recipe: Rc<Recipe>,
    pub(super) plan: Plan,
    pub(super) grids: Vec<Grid>,
    pub(super) iteration: u64,
    /// What it was made from.
    origin: Origin,
}

/// What a recipe was compiled from.
#[derive(PartialEq)]
struct Origin {
    recipe: RecipeText,
    set: BTreeMap<String, Setting>,
    modules: Vec<ScriptModule>,
}

impl Trained {
    /// The model of a snapshot.
    ///
    /// # Errors
    /// A recipe that fails, or a failing device.
    pub(super) fn of(snapshot: &Snapshot, device: &Device) -> Result<Self, RunError> {
        let Snapshot { recipe, set, modules, iteration, .. } = snapshot;
        let origin = Origin { recipe: recipe.clone(), set: set.clone(), modules: modules.clone() };
        let mut trained = Self::untrained(origin, snapshot.seed, device)?;
        trained.learn_again(snapshot)?;
        trained.iteration = *iteration;
        Ok(trained)
    }

    /// The model of a checkpoint's folder, which lies in its run's directory. `modules` are those its recipe may use.
    ///
    /// # Errors
    /// A checkpoint that cannot be read or belongs to another recipe, or a failing device.
    pub(super) fn of_checkpoint(path: &Path, device: &Device, modules: &[ScriptModule]) -> Result<Self, RunError> {
        let loaded = checkpoint::load(path)?;
        let (_, recipe) = read_run(loaded.run())?;
        let recipe = RecipeText { text: loaded.recipe.clone().unwrap_or(recipe.text), ..recipe };
        let origin = Origin { recipe, set: loaded.state.parameters.clone(), modules: modules.to_vec() };
        let mut trained = Self::untrained(origin, loaded.state.seed, device)?;
        for grid in &mut trained.grids {
            grid.learned = loaded.learned(grid.network.side(), &grid.learned.parameters)?;
            grid.prepared.load(&grid.learned.average.parameters)?;
        }
        trained.iteration = loaded.state.iteration;
        Ok(trained)
    }

    fn untrained(origin: Origin, seed: u64, device: &Device) -> Result<Self, RunError> {
        let mut recipe = Recipe::compile_with(origin.recipe.clone(), &origin.set, &origin.modules)?;
        // What it prints was printed by the run.
        recipe.on_print(|_| {});
        let plan = recipe.plan()?;
        let grid = |network: &crate::model::Network| {
            Grid::new(network.clone(), Learned::fresh(network, seed, network.side()), device)
        };
        let grids = plan.networks.iter().map(grid).collect::<Result<_, _>>()?;
        Ok(Self { recipe: Rc::new(recipe), plan, grids, iteration: 0, origin })
    }

    /// Takes the weights of a snapshot of the same recipe.
    fn learn_again(&mut self, snapshot: &Snapshot) -> Result<(), RunError> {
        for (grid, weights) in self.grids.iter_mut().zip(&snapshot.weights) {
            grid.learned.parameters.clone_from(weights);
            grid.learned.average.parameters.clone_from(weights);
            grid.prepared.load(weights)?;
        }
        Ok(())
    }

    /// Brings `slot` to what `snapshot` says, at the least cost.
    ///
    /// # Errors
    /// As [`Trained::of`].
    pub(super) fn follow<'a>(
        slot: &'a mut Option<Self>,
        snapshot: &Snapshot,
        device: &Device,
    ) -> Result<&'a mut Self, RunError> {
        let Snapshot { recipe, set, modules, weights, .. } = snapshot;
        let same = |trained: &Self| {
            let Origin { recipe: of, set: with, modules: using } = &trained.origin;
            of == recipe && with == set && using == modules && trained.grids.len() == weights.len()
        };
        match slot {
            Some(trained) if same(trained) => {
                if trained.iteration != snapshot.iteration {
                    trained.learn_again(snapshot)?;
                    trained.iteration = snapshot.iteration;
                }
            }
            _ => *slot = Some(Self::of(snapshot, device)?),
        }
        slot.as_mut().ok_or_else(|| RunError::Question("there is no model".into()))
    }

    /// Kernels as the recipe and `settings` say.
    ///
    /// # Errors
    /// A recipe that fails, or a kernel that has no such temperature.
    pub(super) fn kernels(&self, settings: &ChainSettings) -> Result<Vec<GridKernel>, RunError> {
        (1..=self.grids.len()).map(|s| self.kernel(s, settings)).collect()
    }

    fn kernel(&self, s: usize, settings: &ChainSettings) -> Result<GridKernel, RunError> {
        let ChainSettings { temperature, steps, .. } = settings;
        if !HEAT.contains(temperature) {
            let message = format!("the factor on the temperature must be 0 to 100, found {temperature}");
            return Err(RunError::Question(message));
        }
        if let Some(steps) = steps.filter(|steps| !STEPS.contains(steps)) {
            return Err(RunError::Question(format!("a grid takes 1 to 100,000 steps, found {steps}")));
        }
        let mut kernel = self.recipe.kernel(s, self.plan.data.range)?;
        if let Some(steps) = settings.steps {
            kernel.kernel.steps = steps.max(1);
        }
        if settings.temperature != 1.0 {
            let heated = match &kernel.step {
                None => kernel.kernel.heated(settings.temperature).map_err(|error| error.to_string()),
                Some(_) => {
                    Err("a script moves these chains, and its temperature is its own: leave the factor at 1".into())
                }
            };
            kernel.kernel = heated.map_err(RunError::Question)?;
        }
        Ok(kernel)
    }

    /// What moves chains, with these kernels.
    pub(super) fn mover<'a>(&'a mut self, kernels: &'a [GridKernel]) -> Mover<'a> {
        Mover { grids: &mut self.grids, pyramid: &self.plan.pyramid, recipe: &self.recipe, kernels }
    }
}
