//! Drawing images from what a run has learned, from p(0) up through the grids.

use super::grid::Grid;
use crate::compute::{ComputeError, Images, NoiseKey, Statistics, Threads};
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
    threads: &Threads,
) -> Result<Vec<Images>, ComputeError> {
    let mut versions = vec![start];
    for (index, (grid, kernel)) in grids.iter_mut().zip(kernels).enumerate() {
        let s = index + 1;
        grid.prepared.load(&grid.learned.average.parameters)?;
        let mut chain = Chain::new(pyramid.up(s, &versions[index]), None);
        let key = NoiseKey { grid: grid.network.side() as u32, ..key };
        let steps = (0..kernel.steps).try_for_each(|step| {
            let key = NoiseKey { step: step as u32, ..key };
            chain.step(&mut *grid.prepared, Statistics::Frozen, kernel, key, threads).map(|_| ())
        });
        grid.prepared.load(&grid.learned.parameters)?;
        steps?;
        versions.push(chain.state);
    }
    Ok(versions)
}
