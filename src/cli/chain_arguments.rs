//! How chains move that a command draws, as its arguments say.

use crate::run::ChainSettings;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct ChainArguments {
    /// Names the noise of the chains, and of masks at random
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Factor on the kernel's temperature
    #[arg(long, default_value_t = 1.0)]
    temperature: f64,
    /// MCMC steps on each grid; the recipe's own if not given
    #[arg(long)]
    steps: Option<usize>,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    pub(super) device: String,
}

impl ChainArguments {
    pub(super) fn settings(&self) -> ChainSettings {
        let Self { seed, temperature, steps, .. } = *self;
        ChainSettings { noise: seed, temperature, steps, ..ChainSettings::default() }
    }
}
