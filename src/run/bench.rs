//! Measuring the cost of a recipe: Langevin steps and whole updates on fresh networks.

use super::engine::Engine;
use super::options::RunError;
use crate::compute::{Device, Images, NoiseKey, Purpose};
use crate::learning::{Contrast, learning_gradient};
use crate::recipe::{Plan, Recipe};
use crate::sampling::Chain;
use serde::Serialize;
use std::time::Instant;

/// What one grid costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GridBench {
    pub side: usize,
    /// Median time of a Langevin step of the whole batch, noise included; on a device that queues steps, of a whole
    /// chain, divided by its steps.
    pub step_ms: f64,
    /// Forward and backward to the image, by the operations of direct convolutions.
    pub step_gflops: f64,
    /// Median time of the learning gradient of both batches.
    pub gradient_ms: f64,
}

/// What a recipe costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bench {
    pub device: String,
    pub threads: usize,
    pub batch: usize,
    pub grids: Vec<GridBench>,
    /// One step on each grid.
    pub step_ms: f64,
    /// One update: all steps and gradients, added up.
    pub update_ms: f64,
    pub update_gflops: f64,
}

/// Measures `recipe` on `device` with random images; each number is the median of `repeats`.
///
/// # Errors
/// A failing device.
pub fn bench(recipe: &Recipe, plan: &Plan, device: &Device, repeats: usize) -> Result<Bench, RunError> {
    let learner = recipe.learner()?;
    let contrast = Contrast { share: 1.0, penalty: learner.penalty };
    let mut grids = Engine::fresh_grids(plan, device, 1)?;
    let (mut rows, mut update_ms) = (Vec::new(), 0.0);
    for (grid, kernel) in grids.iter_mut().zip(&plan.kernels) {
        let side = grid.network.side();
        let images = noise_images([plan.batch, plan.data.channels, side, side], plan.data.range);
        let statistics = grid.statistics();
        let mut chain = Chain::place(&mut *grid.prepared, &images, None)?;
        // A device that queues its steps is waited for once a chain, as in a run.
        let steps = if device.is_cpu() { 1 } else { kernel.steps.max(1) };
        let mut step = 0;
        let chain_ms = median(repeats, || {
            for _ in 0..steps {
                step += 1;
                chain.step(statistics, kernel, NoiseKey { step, ..NoiseKey::new(1, Purpose::Langevin) })?;
            }
            chain.report().map(|_| ())
        })?;
        let step_ms = chain_ms / steps as f64;
        let norm = grid.network.norm();
        let gradient_ms = median(repeats.div_ceil(3), || {
            learning_gradient(&mut *grid.prepared, &images, &images, norm, contrast).map(|_| ())
        })?;
        let flops = 2.0 * grid.network.flops() as f64 * plan.batch as f64;
        rows.push(GridBench { side, step_ms, step_gflops: flops / step_ms / 1e6, gradient_ms });
        update_ms += step_ms * kernel.steps as f64 + gradient_ms;
    }
    Ok(Bench {
        device: device.name().to_string(),
        threads: device.threads().count(),
        batch: plan.batch,
        step_ms: rows.iter().map(|row| row.step_ms).sum(),
        update_ms,
        update_gflops: plan.update_flops() as f64 / update_ms / 1e6,
        grids: rows,
    })
}

fn noise_images(shape: [usize; 4], [low, high]: [f32; 2]) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(1, Purpose::DataNoise).normal(0, images.data_mut());
    let (centre, spread) = (0.5 * (low + high), 0.2 * (high - low));
    images.data_mut().iter_mut().for_each(|value| *value = centre + spread * *value);
    images
}

/// The median time in milliseconds, after one run that is not counted.
fn median<E: Into<RunError>>(repeats: usize, mut work: impl FnMut() -> Result<(), E>) -> Result<f64, RunError> {
    work().map_err(Into::into)?;
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats.max(1) {
        let started = Instant::now();
        work().map_err(Into::into)?;
        times.push(1e3 * started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
