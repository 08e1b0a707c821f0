//! `emberlab lab`: the window, or training without one where none can be opened.

use super::plugins::modules;
use super::train::{follow, new_directory};
use crate::lab::{self, Save};
use crate::recipe::{self, RecipeText};
use crate::run::{Run, RunOptions};
use clap::Args;
use std::path::{Path, PathBuf};

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
}

impl Default for LabArguments {
    fn default() -> Self {
        Self { recipe: FIRST.into(), seed: 1, device: "auto".into() }
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
        match lab::open(run, text, save()) {
            Ok(()) => return Ok(()),
            Err(error) => error.to_string(),
        }
    } else {
        "there is no display".to_string()
    };
    eprintln!("no window: {reason}. Training without one; stop with Ctrl-C");
    follow(RunOptions { directory: Some(new_directory(&arguments.recipe)), ..options }, false)
}

/// Writes an edited recipe beside its file and renames it into place.
fn save() -> Save {
    Box::new(|recipe: &RecipeText| {
        let aside = beside(&recipe.path);
        std::fs::write(&aside, &recipe.text)?;
        std::fs::rename(aside, &recipe.path)
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}
