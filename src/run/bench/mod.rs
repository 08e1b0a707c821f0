//! Measuring what a recipe costs on this machine: its steps, layers and updates, how they grow, and how they compare
//! with PyTorch. Everything is measured on fresh networks and random images.

mod clock;
mod compare;
mod error;
mod growth;
mod growth_plot;
mod memory;
mod plot;
mod probe;
mod torch;

pub use clock::Spread;
pub use compare::{Comparison, GridComparison, Versus, compare};
pub use error::BenchError;
pub use growth::{Growth, GrowthRow, grow};
pub use memory::peak_memory;
pub use torch::{Torch, TorchVariant};

use crate::compute::Layer;
use crate::compute::{ComputeError, Device, LayerTime};
use crate::recipe::{Plan, Recipe};
use clock::{gflops, median, milliseconds, share};
use probe::{Probe, Rig};
use serde::Serialize;

/// What one layer costs in the image gradient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerBench {
    pub name: String,
    pub forward_ms: f64,
    pub backward_ms: f64,
    /// Forward and backward, by the operations of direct convolutions.
    pub gflops: f64,
    /// Of the grid's step, 0 to 1.
    pub share: f64,
}

/// What one grid costs. Times are of the whole batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GridBench {
    pub side: usize,
    /// The score alone.
    pub forward_ms: f64,
    /// What the image gradient takes beyond the score.
    pub backward_ms: f64,
    /// Filling the noise of a step.
    pub noise_ms: f64,
    /// A Langevin step, noise included.
    pub step_ms: f64,
    /// Forward and backward to the image in the time of a step, by the operations of direct convolutions.
    pub step_gflops: f64,
    /// Of one step on each grid, 0 to 1.
    pub share: f64,
    /// The learning gradient of both batches.
    pub gradient_ms: f64,
    /// Optimizer, running statistics, average and packing of the weights.
    pub learn_ms: f64,
    /// In the order of the forward pass; empty where the device does not measure them.
    pub layers: Vec<LayerBench>,
}

/// What a recipe costs. Times are of the whole batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bench {
    pub device: String,
    pub threads: usize,
    pub batch: usize,
    /// Sides of grids 0 to S.
    pub sides: Vec<usize>,
    pub grids: Vec<GridBench>,
    /// One step on each grid.
    pub step_ms: f64,
    /// Filling the noise of one step on each grid.
    pub noise_ms: f64,
    /// Of one step on each grid, 0 to 1.
    pub noise_share: f64,
    /// The learning gradient on each grid.
    pub gradient_ms: f64,
    /// What is done with the gradient on each grid.
    pub learn_ms: f64,
    /// One whole update, measured as such.
    pub update_ms: f64,
    /// By the operations of direct convolutions.
    pub update_gflops: f64,
    /// The most memory the process held, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

/// Refuses kernels that are not measured: scripts', and beside PyTorch all but Langevin's.
fn built_in(plan: &Plan, beside_torch: bool) -> Result<(), BenchError> {
    for (index, (kernel, network)) in plan.kernels.iter().zip(&plan.networks).enumerate() {
        let grid = index + 1;
        let known = |layer: &Layer| layer.is_basic() && !matches!(layer, Layer::Spectral(_));
        if beside_torch && !network.layers().iter().all(known) {
            return Err(BenchError::Kernel {
                grid,
                kernel: "over a network",
                purpose: "the PyTorch baseline cannot build",
            });
        }
        if kernel.step.is_some() {
            return Err(BenchError::Kernel { grid, kernel: "a script's", purpose: "bench does not measure" });
        }
        if beside_torch && !matches!(kernel.kernel.rule, crate::sampling::Rule::Langevin { .. }) {
            return Err(BenchError::Kernel { grid, kernel: "not Langevin's", purpose: "the PyTorch baseline has not" });
        }
    }
    Ok(())
}

/// Measures `recipe` on `device`; each number is the median of `repeats`, or of a third of them for learning and
/// whole updates.
///
/// # Errors
/// An error of the script, or a failing device.
pub fn bench(recipe: &Recipe, plan: &Plan, device: &Device, repeats: usize) -> Result<Bench, BenchError> {
    built_in(plan, false)?;
    let mut rig = Rig::new(recipe, plan, device)?;
    let mut grids = Vec::new();
    for probe in &mut rig.probes {
        grids.push(bench_grid(probe, repeats.max(1))?);
    }
    let mut updates = Vec::new();
    for _ in 0..fewer(repeats) {
        updates.push(rig.update()?);
    }
    let sum = |of: fn(&GridBench) -> f64| grids.iter().map(of).sum::<f64>();
    let (step_ms, noise_ms) = (sum(|grid| grid.step_ms), sum(|grid| grid.noise_ms));
    let (gradient_ms, learn_ms) = (sum(|grid| grid.gradient_ms), sum(|grid| grid.learn_ms));
    let update_ms = median(&updates);
    grids.iter_mut().for_each(|grid| grid.share = share(grid.step_ms, step_ms));
    Ok(Bench {
        device: device.name().to_string(),
        threads: device.threads().count(),
        batch: plan.batch,
        sides: plan.pyramid.sides().to_vec(),
        grids,
        step_ms,
        noise_ms,
        noise_share: share(noise_ms, step_ms),
        gradient_ms,
        learn_ms,
        update_ms,
        update_gflops: gflops(plan.update_flops() as f64, update_ms),
        peak_memory: peak_memory(),
    })
}

/// How often what takes long is repeated.
fn fewer(repeats: usize) -> usize {
    repeats.div_ceil(3).max(1)
}

/// Measures one grid. What is compared is repeated in turn, so that slow changes of the machine meet all of it alike.
fn bench_grid(probe: &mut Probe, repeats: usize) -> Result<GridBench, ComputeError> {
    let (mut scores, mut image_gradients, mut noises, mut steps) = (vec![], vec![], vec![], vec![]);
    let mut layers = Vec::new();
    probe.score()?;
    probe.step()?;
    for _ in 0..repeats {
        scores.push(probe.score()?);
        let (time, layer_times) = probe.image_gradient()?;
        image_gradients.push(time);
        layers.push(layer_times);
        noises.push(probe.noise());
        steps.push(probe.step()?);
    }
    let (gradient_ms, learn_ms) = bench_learning(probe, fewer(repeats))?;
    let (forward_ms, step_ms) = (median(&scores), median(&steps));
    Ok(GridBench {
        side: probe.grid.network.side(),
        forward_ms,
        backward_ms: (median(&image_gradients) - forward_ms).max(0.0),
        noise_ms: median(&noises),
        step_ms,
        step_gflops: gflops(probe.step_flops(), step_ms),
        share: 0.0,
        gradient_ms,
        learn_ms,
        layers: bench_layers(&layers, step_ms),
    })
}

/// Medians of the learning gradient and of what is done with it.
fn bench_learning(probe: &mut Probe, repeats: usize) -> Result<(f64, f64), ComputeError> {
    let (mut gradients, mut learnings) = (vec![], vec![]);
    probe.learning_gradient()?;
    for _ in 0..repeats {
        let (time, gradient) = probe.learning_gradient()?;
        gradients.push(time);
        learnings.push(probe.learn(&gradient)?);
    }
    Ok((median(&gradients), median(&learnings)))
}

/// Medians over `rounds`, each of which holds all layers.
fn bench_layers(rounds: &[Vec<LayerTime>], step_ms: f64) -> Vec<LayerBench> {
    let layer = |(index, layer): (usize, &LayerTime)| {
        let of = |time: fn(&LayerTime) -> std::time::Duration| {
            let times: Vec<f64> =
                rounds.iter().filter_map(|round| round.get(index)).map(|layer| milliseconds(time(layer))).collect();
            median(&times)
        };
        let (forward_ms, backward_ms) = (of(|layer| layer.forward), of(|layer| layer.backward));
        let both = forward_ms + backward_ms;
        let (gflops, share) = (gflops(2.0 * layer.flops as f64, both), share(both, step_ms));
        LayerBench { name: layer.name.clone(), forward_ms, backward_ms, gflops, share }
    };
    rounds.first().into_iter().flatten().enumerate().map(layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn layers_are_medians_over_the_rounds() {
        let round = |milliseconds: u64| {
            let name = "conv0".to_string();
            let (forward, backward) = (Duration::from_millis(milliseconds), Duration::from_millis(2 * milliseconds));
            vec![LayerTime { name, forward, backward, flops: 3_000_000 }]
        };
        let layers = bench_layers(&[round(1), round(9), round(2)], 12.0);
        assert_eq!(layers.len(), 1);
        assert_eq!((layers[0].forward_ms, layers[0].backward_ms), (2.0, 4.0));
        assert!((layers[0].gflops - 1.0).abs() < 1e-9 && (layers[0].share - 0.5).abs() < 1e-9);
        assert!(bench_layers(&[vec![], vec![]], 1.0).is_empty());
    }
}
