//! `emberlab lab`: the window, or training without one where none can be opened.

use super::train::{follow, new_directory};
use crate::recipe;
use crate::run::RunOptions;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct LabArguments {
    /// The recipe
    #[arg(default_value = "scripts/first_light.rhai")]
    recipe: PathBuf,
    /// Seed of everything that is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    device: String,
}

impl Default for LabArguments {
    fn default() -> Self {
        Self { recipe: "scripts/first_light.rhai".into(), seed: 1, device: "auto".into() }
    }
}

pub(super) fn open(arguments: &LabArguments) -> anyhow::Result<()> {
    let text = recipe::read(&arguments.recipe)?;
    let options = RunOptions {
        directory: Some(new_directory(&arguments.recipe)),
        seed: arguments.seed,
        device: arguments.device.clone(),
        watch: true,
        ..RunOptions::new(text)
    };
    follow(options, false)
}
