//! A run read back from its directory, to draw images from.

use super::checkpoint;
use super::directory::read_run;
use super::draw::grow;
use super::engine::Engine;
use super::grid::Grid;
use super::options::RunError;
use super::source::Source;
use crate::compute::{Device, Images, NoiseKey, Purpose};
use crate::recipe::{Plan, Recipe, ScriptModule};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

/// The newest sound state of a run.
pub struct SavedRun {
    recipe: Rc<Recipe>,
    plan: Plan,
    grids: Vec<Grid>,
    /// Learning updates it had done.
    pub iteration: u64,
    /// Checkpoints that could not be read, with the reason.
    pub unsound: Vec<String>,
}

impl SavedRun {
    /// Opens the run in `path` on `device`; `modules` are those its recipe may use.
    ///
    /// # Errors
    /// A directory without a run or without a sound checkpoint.
    pub fn open(path: &Path, device: &Device, modules: &[ScriptModule]) -> Result<Self, RunError> {
        let (_, text) = read_run(path)?;
        let mut unsound = Vec::new();
        for checkpoint in checkpoint::list(path).iter().rev() {
            let loaded = match checkpoint::load(checkpoint) {
                Ok(loaded) => loaded,
                Err(error) => {
                    unsound.push(error.to_string());
                    continue;
                }
            };
            let recipe = Rc::new(Recipe::compile_with(text, &loaded.state.parameters, modules)?);
            let plan = recipe.plan()?;
            let mut grids = Engine::fresh_grids(&plan, device, loaded.state.seed)?;
            for grid in &mut grids {
                grid.learned = loaded.learned(grid.network.side(), &grid.learned.parameters)?;
            }
            let iteration = loaded.state.iteration;
            return Ok(Self { recipe, plan, grids, iteration, unsound });
        }
        let reason = match unsound.first() {
            Some(first) => first.clone(),
            None => "there is no checkpoint in it".into(),
        };
        Err(RunError::NoRun { path: path.to_path_buf(), reason })
    }

    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// `count` 1×1 starts drawn from p(0), each repeated `copies` times in a row. Reads the data.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn starts(&self, count: usize, copies: usize, seed: u64) -> Result<Images, RunError> {
        let source = Source::read(&self.plan, &self.recipe, seed, &mut |_| ControlFlow::Continue(()))?;
        let ones = source.histogram.sample(NoiseKey::new(seed, Purpose::Histogram), count);
        let indices: Vec<usize> = (0..count).flat_map(|index| vec![index; copies]).collect();
        Ok(ones.select(&indices))
    }

    /// Grows an image from each 1×1 start, with the averaged weights. Entry s of the answer is grid s.
    ///
    /// # Errors
    /// A failing device.
    pub fn grow(&mut self, start: Images, seed: u64) -> Result<Vec<Images>, RunError> {
        let kernel = |s| self.recipe.kernel(s, self.plan.data.range);
        let kernels = (1..=self.grids.len()).map(kernel).collect::<Result<Vec<_>, _>>()?;
        let key = NoiseKey::new(seed, Purpose::Probe);
        let drawn = grow(&mut self.grids, &self.plan.pyramid, &self.recipe, &kernels, start, key, &|| false)?;
        Ok(drawn.unwrap_or_default())
    }
}
