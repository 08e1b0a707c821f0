//! The picture of how cost grows.

use super::growth::{Growth, GrowthRow};
use super::plot::{Panel, Series, number, svg as plot};

/// Four panels as one SVG; those of which nothing is known are left out.
pub(super) fn svg(growth: &Growth) -> String {
    let Growth { batch, size, factor, .. } = growth;
    let at_side = format!("{size} × {size}, factor {factor}");
    let at_batch = format!("batch {batch}");
    let by_batch = |value: fn(&GrowthRow) -> Option<f64>| {
        let key = |row: &GrowthRow| format!("{} thread{}", row.threads, if row.threads == 1 { "" } else { "s" });
        series(growth.by_batch(), |row| row.batch, key, value)
    };
    let by_size = |value: fn(&GrowthRow) -> Option<f64>| {
        series(growth.by_size(), |row| row.size, |row| format!("d = {}", number(row.factor)), value)
    };
    let panel = |title: &str, x_label: &str, y_label: &str, series| {
        let [title, x_label, y_label] = [title, x_label, y_label].map(str::to_string);
        Panel { title, x_label, y_label, series }
    };
    let (batches, sides) = ("images of a batch", "side of the finest grid");
    let step = "a step on every grid, ms";
    let panels = [
        panel(&format!("A step and the batch ({at_side})"), batches, step, by_batch(|row| Some(row.step_ms))),
        panel(&format!("A step and the side ({at_batch})"), sides, step, by_size(|row| Some(row.step_ms))),
        panel(
            &format!("A step of one image ({at_side})"),
            batches,
            "a step on every grid / batch, ms",
            by_batch(|row| Some(row.image_step_ms)),
        ),
        panel(
            &format!("Memory and the side ({at_batch})"),
            sides,
            "peak resident memory, MB",
            by_size(|row| row.peak_memory.map(|bytes| bytes as f64 / 1e6)),
        ),
    ];
    let known: Vec<Panel> = panels.into_iter().filter(|panel| !panel.series.is_empty()).collect();
    plot(&format!("How cost grows · {}", growth.device), &known)
}

/// A line for each `key`, in the order they come in, with its points from left to right.
fn series<'a>(
    rows: impl Iterator<Item = &'a GrowthRow>,
    x: fn(&GrowthRow) -> usize,
    key: impl Fn(&GrowthRow) -> String,
    y: fn(&GrowthRow) -> Option<f64>,
) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for row in rows {
        let (label, Some(y)) = (key(row), y(row)) else { continue };
        let point = [x(row) as f64, y];
        match all.iter_mut().find(|series| series.label == label) {
            Some(series) => series.points.push(point),
            None => all.push(Series { label, points: vec![point] }),
        }
    }
    for series in &mut all {
        series.points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_drawn_and_unknown_memory_is_not() {
        let row = |batch: usize, threads: usize| GrowthRow {
            batch,
            size: 32,
            factor: 4.0,
            threads,
            grids: 3,
            step_ms: batch as f64 / threads as f64,
            image_step_ms: 1.0 / threads as f64,
            update_ms: 30.0 * batch as f64,
            peak_memory: None,
        };
        let rows = vec![row(100, 1), row(10, 1), row(10, 2), row(100, 2)];
        let growth = Growth { device: "cpu <2>".into(), batch: 100, size: 32, factor: 4.0, rows };
        let text = svg(&growth);
        assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"));
        // Two lines of threads in each of two panels, and one of the side.
        assert_eq!(text.matches("<polyline").count(), 5);
        assert!(text.contains("1 thread<") && text.contains("2 threads") && text.contains("cpu &lt;2&gt;"));
        assert!(!text.contains("NaN") && !text.contains("inf") && !text.contains("memory"));
        assert_eq!(growth.csv().lines().count(), 5);
    }
}
