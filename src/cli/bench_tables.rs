//! What `emberlab bench` measured, as tables for people.

use crate::recipe::sides_text;
use crate::run::{Bench, Comparison, GridBench, GrowthRow, Spread, Versus};

/// Grids, layers, and the whole.
pub(super) fn table(bench: &Bench, repeats: u32) -> String {
    let mut lines = vec![
        format!("{} · batch {} · grids {} · median of {repeats}", bench.device, bench.batch, sides_text(&bench.sides)),
        String::new(),
        format!(
            "{:>9} {:>10} {:>11} {:>9} {:>9} {:>6} {:>8} {:>12} {:>9}",
            "grid", "forward ms", "backward ms", "noise ms", "step ms", "share", "GFLOP/s", "gradient ms", "learn ms"
        ),
    ];
    lines.extend(bench.grids.iter().map(grid_line));
    for grid in bench.grids.iter().filter(|grid| !grid.layers.is_empty()) {
        lines.extend(layer_lines(grid));
    }
    let noise = percent(bench.noise_share);
    lines.push(String::new());
    lines.push(format!(
        "one step on each grid  {:.2} ms, of it noise {:.2} ms ({})",
        bench.step_ms,
        bench.noise_ms,
        noise.trim()
    ));
    lines.push(format!("learning on each grid  {:.2} ms", bench.gradient_ms + bench.learn_ms));
    lines.push(format!("one whole update       {:.1} ms, {:.1} GFLOP/s", bench.update_ms, bench.update_gflops));
    lines.push(format!("peak resident memory   {}", megabytes(bench.peak_memory)));
    lines.join("\n")
}

fn grid_line(grid: &GridBench) -> String {
    format!(
        "{:>9} {:>10.3} {:>11.3} {:>9.3} {:>9.3} {} {:>8.1} {:>12.3} {:>9.3}",
        side(grid.side),
        grid.forward_ms,
        grid.backward_ms,
        grid.noise_ms,
        grid.step_ms,
        percent(grid.share),
        grid.step_gflops,
        grid.gradient_ms,
        grid.learn_ms
    )
}

fn layer_lines(grid: &GridBench) -> Vec<String> {
    let title = format!("layers of {}", side(grid.side));
    let mut lines = vec![
        String::new(),
        format!("{title:<20} {:>10} {:>11} {:>6} {:>8}", "forward ms", "backward ms", "share", "GFLOP/s"),
    ];
    lines.extend(grid.layers.iter().map(|layer| {
        let (name, share) = (&layer.name, percent(layer.share));
        let (forward, backward, speed) = (layer.forward_ms, layer.backward_ms, layer.gflops);
        format!("{name:>20} {forward:>10.3} {backward:>11.3} {share} {speed:>8.1}")
    }));
    lines
}

/// Ours beside PyTorch.
pub(super) fn comparison_table(comparison: &Comparison) -> String {
    let Comparison { device, batch, rounds, torch, variant, threads, .. } = comparison;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let [threads_end, rounds_end] = [*threads, *rounds].map(plural);
    let mut lines = vec![
        format!(
            "{device} · PyTorch {torch}, {variant}, {threads} thread{threads_end} · batch {batch} · {rounds} round{rounds_end} in turn"
        ),
        "medians of the rounds, with the least and the most".to_string(),
        String::new(),
        format!("{:>16} {:>28} {:>28} {:>24}", "", "ours ms", "PyTorch ms", "PyTorch / ours"),
    ];
    for grid in &comparison.grids {
        lines.push(versus_line(&format!("step {}", side(grid.side)), &grid.step));
    }
    lines.push(versus_line("step, all grids", &comparison.step));
    lines.push(versus_line("update", &comparison.update));
    let [ours, torch] = [comparison.our_memory, comparison.torch_memory].map(megabytes);
    lines.push(format!("{:>16} {ours:>28} {torch:>28}", "peak memory"));
    lines.join("\n")
}

fn versus_line(name: &str, versus: &Versus) -> String {
    let [ours, torch] = [versus.ours_ms, versus.torch_ms].map(|times| spread(times, 2));
    format!("{name:>16} {ours:>28} {torch:>28} {:>24}", spread(versus.ratio, 2))
}

fn spread(values: Spread, digits: usize) -> String {
    let Spread { median, least, most } = values;
    format!("{median:.digits$} ({least:.digits$} to {most:.digits$})")
}

pub(super) fn growth_header() -> String {
    format!(
        "{:>6} {:>5} {:>7} {:>8} {:>6} {:>10} {:>15} {:>11} {:>12}",
        "batch", "size", "factor", "threads", "grids", "step ms", "step / image ms", "update ms", "peak memory"
    )
}

pub(super) fn growth_line(row: &GrowthRow) -> String {
    let GrowthRow { batch, size, factor, threads, grids, step_ms, image_step_ms, update_ms, .. } = row;
    let peak = megabytes(row.peak_memory);
    format!(
        "{batch:>6} {size:>5} {factor:>7} {threads:>8} {grids:>6} {step_ms:>10.2} {image_step_ms:>15.4} {update_ms:>11.1} {peak:>12}"
    )
}

fn side(side: usize) -> String {
    format!("{side}×{side}")
}

/// A share in six columns.
fn percent(share: f64) -> String {
    format!("{:>4.0} %", 100.0 * share)
}

fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "not known".to_string(), |bytes| format!("{:.0} MB", bytes as f64 / 1e6))
}
