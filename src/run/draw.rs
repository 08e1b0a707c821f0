//! Drawing images from what a run has learned, from p(0) up through the grids.

use super::grid::Grid;
use super::growth::{Growth, Mover};
use super::options::RunError;
use crate::compute::{Images, NoiseKey};
use crate::model::Pyramid;
use crate::recipe::{GridKernel, Recipe};
use std::rc::Rc;

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
    for grid in grids.iter_mut() {
        grid.prepared.load(&grid.learned.average.parameters)?;
    }
    let mut growth = Growth::from(start, key);
    let mut mover = Mover { grids, pyramid, recipe, kernels };
    let mut drawn = Ok(true);
    while matches!(drawn, Ok(true)) && !give_up() {
        drawn = growth.step(&mut mover);
    }
    for grid in grids.iter_mut() {
        grid.prepared.load(&grid.learned.parameters)?;
    }
    Ok((!drawn?).then_some(growth.versions))
}
