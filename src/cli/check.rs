//! `emberlab check`: compiles recipes and prints their plans.

use super::{InputError, compile, print, print_json};
use crate::compute::Layer;
use crate::model::{Network, UpScaling};
use crate::recipe::sides_text;
use crate::recipe::{Plan, PlanDiff, Recipe};
use clap::Args;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    #[arg(required = true)]
    recipes: Vec<PathBuf>,
    /// Print what each recipe would change in this run (its directory), or beside this other recipe
    #[arg(long, value_name = "RUN")]
    against: Option<PathBuf>,
    /// Print each plan as a line of JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn check(arguments: &CheckArguments) -> anyhow::Result<()> {
    let mut failed = 0;
    let against = arguments.against.as_deref().map(running_plan).transpose()?;
    for path in &arguments.recipes {
        match compile(path).map(|(_, plan)| plan) {
            Ok(plan) if against.is_some() => {
                let diff = against.as_ref().map(|old| PlanDiff::between(old, &plan)).unwrap_or_default();
                match arguments.json {
                    true => print_json(&diff_json(path, &diff))?,
                    false => print(&describe_diff(path, &diff))?,
                }
            }
            Ok(plan) if arguments.json => print_json(&json(path, &plan))?,
            Ok(plan) => print(&describe(path, &plan))?,
            Err(error) => {
                failed += 1;
                tell!("{error}");
            }
        }
    }
    match failed {
        0 => Ok(()),
        failed => Err(InputError(format!("{failed} of {} recipes failed", arguments.recipes.len())).into()),
    }
}

/// The plan of a run's recipe as it is now, or of a recipe's file.
fn running_plan(path: &Path) -> anyhow::Result<Plan> {
    if !path.is_dir() {
        return Ok(compile(path)?.1);
    }
    let (_, text) = crate::run::read_run(path)?;
    let recipe = Recipe::compile_with(text, &Default::default(), &super::plugins::modules())?;
    Ok(recipe.plan()?)
}

fn describe_diff(path: &Path, diff: &PlanDiff) -> String {
    let list = |things: &[String]| if things.is_empty() { "nothing".to_string() } else { things.join("; ") };
    let (kept, renewed) = (list(&diff.kept), list(&diff.renewed));
    format!("{}: ok\n  kept        {kept}\n  anew        {renewed}\n  cost        {}", path.display(), diff.cost())
}

fn diff_json(path: &Path, diff: &PlanDiff) -> serde_json::Value {
    serde_json::json!({
        "recipe": path,
        "kept": diff.kept,
        "renewed": diff.renewed,
        "update_flops": diff.flops,
        "memory_bytes": diff.memory,
        "cost": diff.cost(),
    })
}

/// The plan for people.
fn describe(path: &Path, plan: &Plan) -> String {
    let up = match plan.pyramid.up_scaling() {
        UpScaling::PseudoInverse => "pseudo-inverse",
        UpScaling::Block => "block",
    };
    let mut text = String::new();
    let mut line = |content: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{content}");
    };
    line(format!("{}: ok", path.display()));
    line(format!("  pyramid     {} ({up} up-scaling)", sides_text(plan.pyramid.sides())));
    line(format!("  batch       {} images, range [{}, {}]", plan.batch, plan.data.range[0], plan.data.range[1]));
    for (s, (network, kernel)) in plan.networks.iter().zip(&plan.kernels).enumerate() {
        let side = network.side();
        line(format!(
            "  grid {:<6} {side}×{side}: {} · {} parameters · {} FLOP an image · {} steps, {}",
            s + 1,
            layers(network),
            grouped(network.parameter_count() as u64),
            si(network.flops()),
            kernel.kernel.steps,
            kernel.temperature().map_or_else(|| "moved by the script".into(), |t| format!("T = {t:.2e}"))
        ));
    }
    let parameters: usize = plan.networks.iter().map(Network::parameter_count).sum();
    line(format!("  norm        {}", plan.norm_words()));
    if !plan.networks.iter().all(Network::own_kernels) {
        line(
            "  kernels     on the CPU by automatic differentiation, which is slower: the fast kernels want a convolution \
             first, and a batch norm right after its convolution"
                .into(),
        );
    }
    line(format!("  parameters  {}", grouped(parameters as u64)));
    line(format!("  an update   {} FLOP", si(plan.update_flops())));
    line(format!("  memory      about {} MB", plan.memory() / 1_000_000));
    text.trim_end().to_string()
}

/// A network as `conv 5×5/2 → 96@32×32, batch norm, relu`.
fn layers(network: &Network) -> String {
    let word = |layer: &Layer| match *layer {
        Layer::Convolution(c) => {
            let stride = if c.stride == 1 { String::new() } else { format!("/{}", c.stride) };
            format!("conv {0}×{0}{stride} → {1}@{2}×{2}", c.kernel, c.outputs, c.side_out)
        }
        Layer::Spectral(c) => {
            format!("spectral conv {0}×{0}/{1} → {2}@{3}×{3}", c.kernel, c.stride, c.outputs, c.side_out)
        }
        Layer::GroupNorm { groups, .. } => format!("group norm ({groups})"),
        Layer::Pool { size, side_out, .. } => format!("pool {size}×{size} → {side_out}×{side_out}"),
        Layer::Fork => "(".into(),
        Layer::Join(_) => "+ shortcut)".into(),
        Layer::BatchNorm { .. } => "batch norm".into(),
        Layer::Activation(activation) => format!("{activation:?}").to_lowercase(),
        Layer::Dense { .. } => "fc → 1".into(),
    };
    network.layers().iter().map(word).collect::<Vec<_>>().join(", ")
}

fn json(path: &Path, plan: &Plan) -> serde_json::Value {
    let grid = |(network, kernel): (&Network, &crate::recipe::GridKernel)| {
        serde_json::json!({
            "side": network.side(),
            "layers": layers(network),
            "parameters": network.parameter_count(),
            "flops": network.flops(),
            "steps": kernel.kernel.steps,
            "temperature": kernel.temperature(),
        })
    };
    serde_json::json!({
        "recipe": path,
        "sides": plan.pyramid.sides(),
        "batch": plan.batch,
        "grids": plan.networks.iter().zip(&plan.kernels).map(grid).collect::<Vec<_>>(),
        "norm": plan.norm_words(),
        "update_flops": plan.update_flops(),
        "memory_bytes": plan.memory(),
    })
}

/// A count with thin groups of three, as `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(",")
}

/// A count with a prefix, as `2.84 T`.
fn si(count: u64) -> String {
    let value = count as f64;
    for (scale, prefix) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if value >= scale {
            return format!("{:.2} {prefix}", value / scale);
        }
    }
    count.to_string()
}
