//! `emberlab bench`: what a recipe costs on this machine.

use super::plugins::modules;
use super::print_json;
use crate::compute::Device;
use crate::recipe::{self, Recipe};
use crate::run;
use clap::Args;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct BenchArguments {
    recipe: PathBuf,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    device: String,
    /// Threads of the CPU kernels; one for each core by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Each number is the median of this many
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Print a line of JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn bench(arguments: &BenchArguments) -> anyhow::Result<()> {
    let recipe = Recipe::compile_with(recipe::read(&arguments.recipe)?, &BTreeMap::new(), &modules())?;
    let plan = recipe.plan()?;
    let device = Device::choose(&arguments.device, arguments.threads)?;
    let bench = run::bench(&recipe, &plan, &device, arguments.repeats as usize)?;
    if arguments.json {
        return print_json(&bench);
    }
    println!("{} · batch {} · median of {}", bench.device, bench.batch, arguments.repeats);
    println!("{:>9} {:>12} {:>10} {:>15}", "grid", "step ms", "GFLOP/s", "gradient ms");
    for grid in &bench.grids {
        let side = format!("{0}×{0}", grid.side);
        println!("{side:>9} {:>12.3} {:>10.1} {:>15.3}", grid.step_ms, grid.step_gflops, grid.gradient_ms);
    }
    println!("one step on each grid {:.2} ms", bench.step_ms);
    println!("one update {:.1} ms, {:.1} GFLOP/s", bench.update_ms, bench.update_gflops);
    Ok(())
}
