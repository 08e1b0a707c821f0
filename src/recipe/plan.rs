//! What a recipe says, evaluated and checked: everything but the iteration itself.

use crate::data::{HistogramKind, SourceSpec};
use crate::learning::{GovernorSpec, OptimizerSpec};
use crate::model::{Network, Pyramid};
use crate::sampling::Kernel;
use rhai::FnPtr;

/// What to do with a grid that runs away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDivergence {
    /// Go back to the grid's last sound state and go on at half its rate.
    Rollback,
    /// Go back, save, and end the run with an error.
    Stop,
    /// Go back, pause, and let the user choose; where nobody looks on, as [`OnDivergence::Stop`].
    Ask,
}

impl OnDivergence {
    /// The word of recipes and of the command line for each.
    pub const WORDS: [(&'static str, Self); 3] =
        [("rollback", Self::Rollback), ("stop", Self::Stop), ("pause", Self::Ask)];

    /// What a word means, if it is one.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|&(_, of)| of)
    }
}

/// How parameters learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learner {
    pub optimizer: OptimizerSpec,
    /// Weight of the energy's square in the objective.
    pub penalty: f32,
    /// Decay of the average of the weights; `None` draws from the newest weights.
    pub average: Option<f32>,
    pub governor: Option<GovernorSpec>,
    pub on_divergence: OnDivergence,
}

/// A step of a kernel that a script takes: `|lab, s, y| ...`, which returns where the chains of grid s go from y.
#[derive(Debug, Clone)]
pub struct ScriptStep {
    pub(super) function: FnPtr,
    /// The file it was written in; the recipe's own when `None`.
    pub(super) source: Option<String>,
}

impl ScriptStep {
    /// The recipe's `fn step(lab, s, y)`.
    pub(super) fn of_recipe() -> Option<Self> {
        Some(Self { function: FnPtr::new("step").ok()?, source: None })
    }
}

impl PartialEq for ScriptStep {
    fn eq(&self, other: &Self) -> bool {
        self.function.fn_name() == other.function.fn_name() && self.source == other.source
    }
}

/// The kernel of one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GridKernel {
    pub kernel: Kernel,
    /// The script that takes the kernel's steps; it keeps the number of steps, the clamp and the reference.
    pub step: Option<ScriptStep>,
    /// T of a script's step, where the recipe says it.
    pub script_temperature: Option<f64>,
}

impl GridKernel {
    /// Effective temperature; `None` for a script that does not say it.
    #[must_use]
    pub fn temperature(&self) -> Option<f64> {
        match self.step {
            Some(_) => self.script_temperature,
            None => Some(self.kernel.temperature()),
        }
    }
}

/// A recipe's plan. Networks and kernels are those of grids 1 to S.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub data: SourceSpec,
    pub batch: usize,
    pub histogram: HistogramKind,
    pub pyramid: Pyramid,
    pub networks: Vec<Network>,
    pub kernels: Vec<GridKernel>,
    pub learner: Learner,
}

impl Plan {
    /// Floating point operations of one update: sampling on every grid, and the learning gradient of both batches.
    #[must_use]
    pub fn update_flops(&self) -> u64 {
        let grids = self.networks.iter().zip(&self.kernels);
        let flops = grids.map(|(network, kernel)| network.flops() * (2 * kernel.kernel.steps as u64 + 2 * 3));
        flops.sum::<u64>() * self.batch as u64
    }

    /// About how many bytes training holds: maps and gradients of the largest grid, parameters with moments,
    /// average and sound states, and the batches' pyramids.
    #[must_use]
    pub fn memory(&self) -> u64 {
        let maps: usize = self.networks.iter().map(|network| 2 * network.map_values() * self.batch).sum();
        let parameters: usize = self.networks.iter().map(|network| 8 * network.parameter_count()).sum();
        let images: usize = self.pyramid.sides().iter().map(|side| 4 * 3 * side * side * self.batch).sum();
        4 * (maps + parameters + images) as u64
    }

    /// Names the pyramid and the networks.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let text = format!("{:?} {:?}", self.pyramid.sides(), self.networks);
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    }

    /// The batch-normalization modes of the grids, such as `batch` or `none`.
    #[must_use]
    pub fn norm_words(&self) -> String {
        let mut words: Vec<&str> = self.networks.iter().map(|network| network.norm_word()).collect();
        words.dedup();
        words.join(", ")
    }
}
