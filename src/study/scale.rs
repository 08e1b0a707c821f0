//! How large a study is.

use serde::{Deserialize, Serialize};

/// How long a study may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Under ten minutes on two cores.
    Quick,
    /// An hour or two on two cores.
    Medium,
    /// The paper's: for a GPU.
    Paper,
}

impl Scale {
    pub const ALL: [Self; 3] = [Self::Quick, Self::Medium, Self::Paper];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Medium => "medium",
            Self::Paper => "paper",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }

    #[must_use]
    pub fn size(self) -> Size {
        let quick = Size { side: 32, batch: 32, steps: 80, updates: 200, seeds: 3, images: 256, one_step: 12 };
        match self {
            Self::Quick => quick,
            Self::Medium => Size { updates: 1_500, seeds: 3, images: 500, ..quick },
            // 10,000 images in batches of 100, 400 epochs, 30 steps on each of three grids.
            Self::Paper => {
                Size { side: 64, batch: 100, steps: 90, updates: 40_000, seeds: 5, images: 10_000, one_step: 90 }
            }
        }
    }
}

/// The numbers of a study's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Side of the finest grid.
    pub side: usize,
    /// Images of a batch.
    pub batch: usize,
    /// MCMC steps that bring a chain from 1×1 to the finest grid, over all grids together: the same for every method.
    pub steps: usize,
    /// Learning updates.
    pub updates: u64,
    /// Runs of each kind, from different seeds.
    pub seeds: usize,
    /// Images of each kind that measures are taken on.
    pub images: usize,
    /// Updates of one-step contrastive divergence for one of the others. The same MCMC steps would be `steps` of them.
    pub one_step: u64,
}
