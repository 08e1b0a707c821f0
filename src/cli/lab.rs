//! `emberlab lab`: the window, or training without one where none can be opened.

use super::errands;
use super::plugins::modules;
use super::train::{follow, new_directory};
use crate::lab::{self, Opening};
use crate::recipe;
use crate::run::{Run, RunOptions};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// What opens when nothing is named.
const FIRST: &str = "scripts/first_light.rhai";

#[derive(Debug, Args)]
pub(super) struct LabArguments {
    /// The recipe
    #[arg(default_value = FIRST)]
    recipe: PathBuf,
    /// Seed of everything that is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    device: String,
    /// Take times of the window for so many seconds, print them, and close it
    #[arg(long, hide = true, value_name = "SECONDS")]
    measure_ui: Option<u32>,
}

impl Default for LabArguments {
    fn default() -> Self {
        Self { recipe: FIRST.into(), seed: 1, device: "auto".into(), measure_ui: None }
    }
}

pub(super) fn open(arguments: &LabArguments) -> anyhow::Result<()> {
    let text = recipe::read(&arguments.recipe)?;
    let options = RunOptions {
        directory: Some(new_directory(&arguments.recipe)),
        seed: arguments.seed,
        device: arguments.device.clone(),
        modules: modules(),
        plugins: Some(crate::recipe::PLUGINS.into()),
        watch: true,
        ..RunOptions::new(text.clone())
    };
    let reason = if lab::display_available() {
        let run = Run::spawn(RunOptions { interactive: true, ..options.clone() })?;
        let (client, port) = lab::client();
        let served = errands::serve(port, options.clone())?;
        let settings = errands::settings();
        let measure = arguments.measure_ui.map(|seconds| Duration::from_secs(u64::from(seconds)));
        let opened = lab::open(run, text, client, Opening { settings: settings.as_deref(), measure });
        // What the window asked for as it closed is done before the program ends.
        let _ = served.join();
        match opened {
            Ok(()) => return Ok(()),
            Err(error) => error.to_string(),
        }
    } else {
        "there is no display".to_string()
    };
    tell!("no window: {reason}. Training without one; stop with Ctrl-C");
    follow(RunOptions { directory: Some(new_directory(&arguments.recipe)), ..options }, false)
}
