//! `emberlab bench`: what a recipe costs on this machine.

use super::bench_tables::{comparison_table, growth_header, growth_line, table};
use super::{InputError, compile_recipe, print, print_json};
use crate::compute::Device;
use crate::recipe::{Recipe, Scale};
use crate::run::{self, Torch, TorchVariant};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct BenchArguments {
    recipe: PathBuf,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    device: String,
    /// Threads of the CPU kernels; one for each core by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Each number is the median of this many
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Images of a batch, in place of the recipe's
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Side of the finest grid, in place of the recipe's
    #[arg(long, value_name = "N")]
    size: Option<usize>,
    /// Factor d of the pyramid, in place of the recipe's
    #[arg(long, value_name = "D")]
    factor: Option<f64>,
    /// Measure how cost grows with batch, threads, side and factor
    #[arg(long, conflicts_with = "compare_torch")]
    grow: bool,
    /// Write growth.csv and growth.svg to this folder
    #[arg(long, value_name = "DIR", requires = "grow")]
    out: Option<PathBuf>,
    /// Compare with PyTorch, run by this Python, in turn
    #[arg(long, value_name = "PYTHON")]
    compare_torch: Option<PathBuf>,
    /// How PyTorch evaluates networks
    #[arg(long, value_enum, default_value_t = Variant::EagerCl, requires = "compare_torch")]
    torch_variant: Variant,
    /// Rounds of the comparison
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100), requires = "compare_torch")]
    rounds: u32,
    /// Print a line of JSON on standard output
    #[arg(long)]
    json: bool,
}

/// The command line's words for [`TorchVariant`].
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Variant {
    #[value(name = "eager")]
    Eager,
    #[value(name = "eager_cl")]
    EagerCl,
    #[value(name = "compile_cl")]
    CompileCl,
}

impl From<Variant> for TorchVariant {
    fn from(variant: Variant) -> Self {
        match variant {
            Variant::Eager => Self::Eager,
            Variant::EagerCl => Self::EagerCl,
            Variant::CompileCl => Self::CompileCl,
        }
    }
}

impl BenchArguments {
    fn scale(&self) -> Scale {
        Scale { batch: self.batch, size: self.size, factor: self.factor }
    }

    fn device(&self) -> anyhow::Result<Device> {
        Ok(Device::choose(&self.device, self.threads.map(usize::from))?)
    }
}

pub(super) fn bench(arguments: &BenchArguments) -> anyhow::Result<()> {
    let recipe = compile_recipe(&arguments.recipe)?;
    match &arguments.compare_torch {
        _ if arguments.grow => grow(arguments, &recipe),
        Some(python) => compare(arguments, &recipe, python),
        None => measure(arguments, &recipe),
    }
}

fn measure(arguments: &BenchArguments, recipe: &Recipe) -> anyhow::Result<()> {
    let plan = recipe.plan_at(arguments.scale())?;
    let bench = run::bench(recipe, &plan, &arguments.device()?, arguments.repeats as usize)?;
    match arguments.json {
        true => print_json(&bench),
        false => print(&table(&bench, arguments.repeats)),
    }
}

fn compare(arguments: &BenchArguments, recipe: &Recipe, python: &Path) -> anyhow::Result<()> {
    let plan = recipe.plan_at(arguments.scale())?;
    let device = arguments.device()?;
    if !device.is_cpu() {
        let message = format!("PyTorch is measured on the CPU, ours would run on {}: add --device cpu", device.name());
        return Err(InputError(message).into());
    }
    let torch = Torch::find(python, arguments.torch_variant.into())?;
    let mut report = |round: usize, [ours, torch]: [f64; 2]| {
        let rounds = arguments.rounds;
        tell!("round {round} of {rounds}: a step on every grid {ours:.2} ms, PyTorch's {torch:.2} ms");
    };
    let counts = [arguments.rounds as usize, arguments.repeats as usize];
    let comparison = run::compare(recipe, &plan, &device, &torch, counts, &mut report)?;
    match arguments.json {
        true => print_json(&comparison),
        false => print(&comparison_table(&comparison)),
    }
}

fn grow(arguments: &BenchArguments, recipe: &Recipe) -> anyhow::Result<()> {
    if !arguments.json {
        print(&growth_header())?;
    }
    let mut failed = None;
    let mut report = |row: &run::GrowthRow| {
        if !arguments.json
            && let Err(error) = print(&growth_line(row))
        {
            failed.get_or_insert(error);
        }
    };
    let threads = arguments.threads.map(usize::from);
    let repeats = arguments.repeats as usize;
    let growth = run::grow(recipe, arguments.scale(), &arguments.device, threads, repeats, &mut report)?;
    if let Some(folder) = &arguments.out {
        for path in growth.write(folder)? {
            tell!("wrote {}", path.display());
        }
    }
    match failed {
        Some(error) => Err(error),
        None if arguments.json => print_json(&growth),
        None => Ok(()),
    }
}
