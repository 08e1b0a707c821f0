//! `emberlab bench`: what a recipe costs on this machine.

use super::{compile, print, print_json};
use crate::compute::Device;
use crate::run;
use clap::Args;
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
    let (recipe, plan) = compile(&arguments.recipe)?;
    let device = Device::choose(&arguments.device, arguments.threads)?;
    let bench = run::bench(&recipe, &plan, &device, arguments.repeats as usize)?;
    if arguments.json {
        return print_json(&bench);
    }
    print(&format!("{} · batch {} · median of {}", bench.device, bench.batch, arguments.repeats))?;
    print(&format!("{:>9} {:>12} {:>10} {:>15}", "grid", "step ms", "GFLOP/s", "gradient ms"))?;
    for grid in &bench.grids {
        let side = format!("{0}×{0}", grid.side);
        let (step, speed, gradient) = (grid.step_ms, grid.step_gflops, grid.gradient_ms);
        print(&format!("{side:>9} {step:>12.3} {speed:>10.1} {gradient:>15.3}"))?;
    }
    print(&format!("one step on each grid {:.2} ms", bench.step_ms))?;
    print(&format!("one update {:.1} ms, {:.1} GFLOP/s", bench.update_ms, bench.update_gflops))
}
