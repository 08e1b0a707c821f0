//! The command line. Exit codes: 0 done, 1 the user's input is wrong, 2 something failed.

#[macro_use]
mod terminal;

mod bench;
mod bench_tables;
mod chain_arguments;
mod check;
mod data;
mod definitions;
mod devices;
mod dialogs;
mod diversity;
mod errands;
mod errands_runs;
mod inpaint;
mod lab;
mod new;
mod picture_file;
mod plugins;
mod sample;
mod study;
mod train;
mod window_settings;

use crate::recipe::{self, Plan, Recipe};
use crate::run::{BenchError, RunError};
use crate::study::StudyError;
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// A live laboratory for energy-based generative ConvNets.
#[derive(Debug, Parser)]
#[command(name = "emberlab", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the lab on a recipe (what no command at all does)
    Lab(lab::LabArguments),
    /// Train a recipe without a window
    Train(train::TrainArguments),
    /// Compile recipes and print their plans
    Check(check::CheckArguments),
    /// Draw images from a run
    Sample(sample::SampleArguments),
    /// Fill in what a mask hides of an image
    Inpaint(inpaint::InpaintArguments),
    /// Show how different the images are that grow from one 1×1 colour
    Diversity(diversity::DiversityArguments),
    /// Reproduce a table or figure of the paper
    Study(study::StudyArguments),
    /// Measure what a recipe costs on this machine
    Bench(bench::BenchArguments),
    /// Write the beginning of a recipe or of a plugin
    New(new::NewArguments),
    /// Write the words of recipes for editors
    Definitions(definitions::DefinitionsArguments),
    /// List the plugins below plugins/
    Plugins(plugins::PluginsArguments),
    /// List data sets, look through one, draw a sheet of one
    Data(data::DataArguments),
    /// List the devices that networks can run on
    Devices(devices::DevicesArguments),
}

/// An error by which the program ends with exit code 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct InputError(String);

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        None => lab::open(&lab::LabArguments::default()),
        Some(Command::Lab(arguments)) => lab::open(&arguments),
        Some(Command::Train(arguments)) => train::train(&arguments),
        Some(Command::Check(arguments)) => check::check(&arguments),
        Some(Command::Sample(arguments)) => sample::sample(&arguments),
        Some(Command::Inpaint(arguments)) => inpaint::inpaint(&arguments),
        Some(Command::Diversity(arguments)) => diversity::diversity(&arguments),
        Some(Command::Study(arguments)) => study::study(&arguments),
        Some(Command::Bench(arguments)) => bench::bench(&arguments),
        Some(Command::New(arguments)) => new::new(&arguments),
        Some(Command::Definitions(arguments)) => definitions::definitions(&arguments),
        Some(Command::Plugins(arguments)) => plugins::plugins(&arguments),
        Some(Command::Data(arguments)) => data::data(&arguments),
        Some(Command::Devices(arguments)) => devices::devices(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell!("emberlab: {error:#}");
            ExitCode::from(if is_input(&error) { 1 } else { 2 })
        }
    }
}

/// Whether what the user gave is at fault.
fn is_input(error: &anyhow::Error) -> bool {
    error.downcast_ref::<RunError>().is_some_and(RunError::is_input)
        || error.downcast_ref::<BenchError>().is_some_and(BenchError::is_input)
        || error.downcast_ref::<crate::data::DataError>().is_some_and(data::is_input)
        || error.downcast_ref::<StudyError>().is_some_and(StudyError::is_input)
        || error.is::<InputError>()
        || error.is::<crate::recipe::RecipeError>()
        || error.is::<crate::recipe::WatchError>()
        || error.is::<crate::compute::DeviceError>()
}

/// Prints one line of JSON on standard output.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    write_line(&terminal::printable_json(&serde_json::to_string(value)?))
}

/// Prints a line on standard output. A reader that went away is an error and not, as with `println!`, a panic.
fn print(line: &str) -> anyhow::Result<()> {
    write_line(&terminal::printable(line))
}

fn write_line(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("cannot write to standard output")
}

/// Compiles the recipe in a file and evaluates its plan; see [`compile_recipe`].
fn compile(path: &Path) -> anyhow::Result<(Recipe, Plan)> {
    let recipe = compile_recipe(path)?;
    let plan = recipe.plan()?;
    Ok((recipe, plan))
}

/// Compiles the recipe in a file, with the modules of plugins; what it prints goes to standard error.
fn compile_recipe(path: &Path) -> anyhow::Result<Recipe> {
    let mut recipe = Recipe::compile_with(recipe::read(path)?, &BTreeMap::new(), &plugins::modules())?;
    recipe.on_print(|text| tell!("recipe: {text}"));
    Ok(recipe)
}
