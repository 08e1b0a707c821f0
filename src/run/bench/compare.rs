//! Ours beside PyTorch, in turn: A B A B, so that slow changes of the machine meet both alike.

use super::built_in;
use super::clock::{Spread, median};
use super::error::BenchError;
use super::memory::peak_memory;
use super::probe::Rig;
use super::torch::{Torch, TorchRound};
use crate::compute::Device;
use crate::recipe::{Plan, Recipe};
use serde::Serialize;

/// One thing both do; times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Versus {
    pub ours_ms: Spread,
    pub torch_ms: Spread,
    /// PyTorch's time over ours, round by round.
    pub ratio: Spread,
}

/// A step on one grid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GridComparison {
    pub side: usize,
    pub step: Versus,
}

/// Ours beside PyTorch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub device: String,
    pub threads: usize,
    pub batch: usize,
    pub rounds: usize,
    pub torch: String,
    pub variant: &'static str,
    pub grids: Vec<GridComparison>,
    /// One step on each grid.
    pub step: Versus,
    /// One whole update.
    pub update: Versus,
    /// The most memory each process held, in bytes, where the system tells.
    pub our_memory: Option<u64>,
    pub torch_memory: Option<u64>,
}

/// What one side of the comparison took in one round.
struct Round {
    steps: Vec<f64>,
    update: f64,
}

/// Measures `plan` `rounds` times with ours and with PyTorch in turn. PyTorch runs in a process of its own, which ends
/// before ours goes on. `report` is told of each round: its number, and ours and PyTorch's one step on each grid.
///
/// # Errors
/// An error of the script, a failing device, or a failing PyTorch.
pub fn compare(
    recipe: &Recipe,
    plan: &Plan,
    device: &Device,
    torch: &Torch,
    [rounds, repeats]: [usize; 2],
    report: &mut dyn FnMut(usize, [f64; 2]),
) -> Result<Comparison, BenchError> {
    let threads = device.threads().count();
    let (mut ours, mut theirs, mut torch_memory) = (Vec::new(), Vec::new(), None);
    for round in 1..=rounds.max(1) {
        let own = our_round(recipe, plan, device, repeats.max(1))?;
        let TorchRound { step_ms, update_ms, peak_memory } = torch.measure(plan, threads, repeats.max(1))?;
        report(round, [own.step(), step_ms.iter().sum()]);
        torch_memory = torch_memory.max(peak_memory);
        ours.push(own);
        theirs.push(Round { steps: step_ms, update: update_ms });
    }
    let versus = |of: &dyn Fn(&Round) -> f64| {
        let values = |rounds: &[Round]| rounds.iter().map(of).collect::<Vec<f64>>();
        versus(&values(&ours), &values(&theirs))
    };
    let grid = |(index, network): (usize, &crate::model::Network)| GridComparison {
        side: network.side(),
        step: versus(&|round| round.steps.get(index).copied().unwrap_or(f64::NAN)),
    };
    Ok(Comparison {
        device: device.name().to_string(),
        threads,
        batch: plan.batch,
        rounds: ours.len(),
        torch: torch.version.clone(),
        variant: torch.variant.word(),
        grids: plan.networks.iter().enumerate().map(grid).collect(),
        step: versus(&Round::step),
        update: versus(&|round| round.update),
        our_memory: peak_memory(),
        torch_memory,
    })
}

impl Round {
    fn step(&self) -> f64 {
        self.steps.iter().sum()
    }
}

/// The same as the script does: a step to warm up and `repeats` steps on each grid, a learning gradient on each to warm
/// up, and one update.
fn our_round(recipe: &Recipe, plan: &Plan, device: &Device, repeats: usize) -> Result<Round, BenchError> {
    built_in(plan, true)?;
    let mut rig = Rig::new(recipe, plan, device)?;
    let mut steps = Vec::new();
    for probe in &mut rig.probes {
        probe.step()?;
        let times: Result<Vec<f64>, _> = (0..repeats).map(|_| probe.step()).collect();
        steps.push(median(&times?));
    }
    for probe in &mut rig.probes {
        probe.learning_gradient()?;
    }
    Ok(Round { steps, update: rig.update()? })
}

fn versus(ours: &[f64], torch: &[f64]) -> Versus {
    let ratios: Vec<f64> = ours.iter().zip(torch).map(|(ours, torch)| torch / ours.max(1e-9)).collect();
    Versus { ours_ms: Spread::of(ours), torch_ms: Spread::of(torch), ratio: Spread::of(&ratios) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let versus = versus(&[1.0, 2.0, 4.0], &[3.0, 6.0, 16.0]);
        assert_eq!(versus.ratio, Spread { median: 3.0, least: 3.0, most: 4.0 });
        assert_eq!((versus.ours_ms.median, versus.torch_ms.most), (2.0, 16.0));
    }
}
