//! Drawing images from what a run has learned, from p(0) up through the grids.

use super::grid::Grid;
use super::laboratory::Models;
use super::options::RunError;
use crate::compute::{Images, NoiseKey, Statistics, Threads};
use crate::model::{Pyramid, Reference};
use crate::recipe::{GridKernel, HostError, Laboratory, Recipe};
use crate::sampling::Walk;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Grows images from 1×1 starts with the averaged weights. Entry s of the answer is grid s. Batch normalization uses
/// its running statistics. The grids' own weights are back in place afterwards. `None` when it was given up, which is
/// asked between two steps.
pub(super) fn grow(
    grids: &mut Vec<Grid>,
    pyramid: &Pyramid,
    recipe: &Rc<Recipe>,
    kernels: &[GridKernel],
    start: Images,
    key: NoiseKey,
    give_up: &dyn Fn() -> bool,
) -> Result<Option<Vec<Images>>, RunError> {
    let mut versions = vec![start];
    for (index, kernel) in kernels.iter().enumerate() {
        let s = index + 1;
        let start = pyramid.up(s, &versions[index]);
        for grid in grids.iter_mut() {
            grid.prepared.load(&grid.learned.average.parameters)?;
        }
        let drawn = match &kernel.step {
            None => run_chain(&mut grids[index], kernel, &start, key, give_up),
            Some(_) => run_script(grids, pyramid, recipe, kernels, s, start, key).map(Some),
        };
        for grid in grids.iter_mut() {
            grid.prepared.load(&grid.learned.parameters)?;
        }
        match drawn? {
            Some(drawn) => versions.push(drawn),
            None => return Ok(None),
        }
    }
    Ok(Some(versions))
}

fn run_chain(
    grid: &mut Grid,
    kernel: &GridKernel,
    start: &Images,
    key: NoiseKey,
    give_up: &dyn Fn() -> bool,
) -> Result<Option<Images>, RunError> {
    let (side, kernel) = (grid.network.side() as u32, &kernel.kernel);
    let mut walk = Walk::begin(kernel, &mut *grid.prepared, start, None)?;
    for step in 0..kernel.steps {
        let key = NoiseKey { grid: side, step: step as u32, ..key };
        if give_up() {
            return Ok(None);
        }
        walk.step(&mut *grid.prepared, Statistics::Frozen, kernel, step, key)?;
    }
    Ok(Some(walk.state(&mut *grid.prepared)?))
}

/// The chains of a script's own kernel.
fn run_script(
    grids: &mut Vec<Grid>,
    pyramid: &Pyramid,
    recipe: &Rc<Recipe>,
    kernels: &[GridKernel],
    s: usize,
    start: Images,
    key: NoiseKey,
) -> Result<Images, RunError> {
    let side = grids[s - 1].network.side() as u32;
    let drawing = Drawing { grids: std::mem::take(grids), pyramid: pyramid.clone(), kernels: kernels.to_vec(), key };
    let drawing = Rc::new(RefCell::new(drawing));
    let host: Rc<RefCell<dyn Laboratory>> = drawing.clone();
    let kernel = &kernels[s - 1];
    let walk = || {
        let mut state = Arc::new(start);
        let Some(script) = &kernel.step else { return Ok(state) };
        for step in 0..kernel.kernel.steps {
            let key = NoiseKey { grid: side, step: step as u32, ..key };
            state = recipe.take_step(&host, script, (s, [step, kernel.kernel.steps]), state, key)?;
            if let Some([low, high]) = kernel.kernel.clamp {
                let clamped = Arc::make_mut(&mut state);
                clamped.data_mut().iter_mut().for_each(|value| *value = value.clamp(low, high));
            }
        }
        Ok(state)
    };
    let walked: Result<Arc<Images>, HostError> = walk();
    *grids = std::mem::take(&mut drawing.borrow_mut().grids);
    match walked {
        Ok(state) => Ok(Arc::unwrap_or_clone(state)),
        Err(HostError::Recipe(error)) => Err(error.into()),
        Err(HostError::Script(message) | HostError::Failed(message)) => Err(RunError::Failed(message)),
        Err(HostError::Interrupted) => Err(RunError::Failed("interrupted".into())),
    }
}

/// The grids while images are drawn.
struct Drawing {
    grids: Vec<Grid>,
    pyramid: Pyramid,
    kernels: Vec<GridKernel>,
    key: NoiseKey,
}

impl Drawing {
    fn models(&mut self) -> Models<'_> {
        Models { grids: &mut self.grids, pyramid: &self.pyramid }
    }

    fn reference(&self, s: usize) -> Reference {
        // Grids that are not there are refused with the images.
        self.kernels.get(s.wrapping_sub(1)).map_or(Reference::Uniform, |kernel| kernel.kernel.reference)
    }
}

impl Laboratory for Drawing {
    fn grids(&self) -> usize {
        self.grids.len()
    }

    fn threads(&self) -> Threads {
        Threads::caller()
    }

    fn noise_key(&self) -> NoiseKey {
        self.key
    }

    fn up(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.models().up(s, images)
    }

    fn down(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.models().down(s, images)
    }

    fn score(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError> {
        self.models().score(s, images, Statistics::Frozen)
    }

    fn energy(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError> {
        let score = self.models().score(s, images, Statistics::Frozen)?;
        Ok(self.reference(s).energies(images, &score))
    }

    fn energy_gradient(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        let reference = self.reference(s);
        self.models().energy_gradient(s, images, Statistics::Frozen, reference)
    }
}
