//! Drawing images from what a run has learned, from p(0) up through the grids.

use super::grid::Grid;
use crate::compute::{ComputeError, Images, NoiseKey, Statistics};
use crate::model::Pyramid;
use crate::sampling::{Chain, Langevin};

/// Grows images from 1×1 starts with the averaged weights. Entry s of the answer is grid s. Batch normalization uses
/// its running statistics. The grids' own weights are back in place afterwards.
pub(super) fn grow(
    grids: &mut [Grid],
    pyramid: &Pyramid,
    kernels: &[Langevin],
    start: Images,
    key: NoiseKey,
) -> Result<Vec<Images>, ComputeError> {
    let mut versions = vec![start];
    for (index, (grid, kernel)) in grids.iter_mut().zip(kernels).enumerate() {
        let s = index + 1;
        grid.prepared.load(&grid.learned.average.parameters)?;
        let drawn = run_chain(grid, kernel, &pyramid.up(s, &versions[index]), key);
        grid.prepared.load(&grid.learned.parameters)?;
        versions.push(drawn?);
    }
    Ok(versions)
}

fn run_chain(grid: &mut Grid, kernel: &Langevin, start: &Images, key: NoiseKey) -> Result<Images, ComputeError> {
    let side = grid.network.side() as u32;
    let mut chain = Chain::place(&mut *grid.prepared, start, None)?;
    for step in 0..kernel.steps {
        let key = NoiseKey { grid: side, step: step as u32, ..key };
        chain.step(Statistics::Frozen, kernel, key)?;
    }
    chain.state()
}
