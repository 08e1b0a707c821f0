//! How cost grows: with the batch for each number of threads, and with the image side for each factor.

use super::built_in;
use super::clock::median;
use super::error::BenchError;
use super::memory::{forget_peak, peak_memory};
use super::probe::Rig;
use super::{bench_learning, fewer, growth_plot};
use crate::compute::Device;
use crate::recipe::{Plan, Recipe, Scale};
use crate::run::RunError;
use serde::Serialize;
use std::path::{Path, PathBuf};

const BATCHES: [usize; 6] = [10, 25, 50, 100, 200, 400];
const SIZES: [usize; 3] = [32, 64, 128];
const FACTORS: [f64; 3] = [1.5, 2.0, 4.0];
/// d while the batch grows, where none is asked for: the paper's.
const FACTOR: f64 = 4.0;

/// What a recipe costs at one scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrowthRow {
    pub batch: usize,
    /// Side of the finest grid.
    pub size: usize,
    pub factor: f64,
    pub threads: usize,
    /// S, the number of grids with a network.
    pub grids: usize,
    /// One step of the batch on each grid, milliseconds.
    pub step_ms: f64,
    /// The same for one image.
    pub image_step_ms: f64,
    /// All steps and learning on every grid, added up from their parts, milliseconds.
    pub update_ms: f64,
    /// The most memory the process held meanwhile, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

/// The table of how cost grows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    pub device: String,
    /// The batch while the side grows.
    pub batch: usize,
    /// The side and factor while the batch grows.
    pub size: usize,
    pub factor: f64,
    pub rows: Vec<GrowthRow>,
}

/// One scale to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    batch: usize,
    size: usize,
    factor: f64,
    threads: usize,
}

/// Measures how `recipe` grows about `scale` on the device called `device`, on up to `threads` threads (by default one
/// for each core). Each row is told to `report` when it is measured.
///
/// # Errors
/// A device that is not there or fails, an error of the script, or networks that do not fit every side.
pub fn grow(
    recipe: &Recipe,
    scale: Scale,
    device: &str,
    threads: Option<usize>,
    repeats: usize,
    report: &mut dyn FnMut(&GrowthRow),
) -> Result<Growth, BenchError> {
    let open = |threads| Device::choose(device, threads).map_err(RunError::from);
    let first = open(threads)?;
    let own = recipe.plan_at(scale)?;
    let (batch, factor) = (own.batch, scale.factor.unwrap_or(FACTOR));
    let size = own.pyramid.sides()[own.pyramid.finest()];
    let counts = if first.is_cpu() { thread_counts(first.threads().count()) } else { vec![first.threads().count()] };
    let points = points(Point { batch, size, factor, threads: first.threads().count() }, &counts);
    // All plans first: a network that does not fit is better told now than after minutes.
    let plan = |point: &Point| recipe.plan_at(point.scale());
    points.iter().try_for_each(|point| plan(point).map(|_| ()))?;
    let mut rows = Vec::new();
    for point in &points {
        let row = measure(recipe, &plan(point)?, &open(Some(point.threads))?, *point, repeats)?;
        report(&row);
        rows.push(row);
    }
    Ok(Growth { device: first.name().to_string(), batch, size, factor, rows })
}

impl Point {
    fn scale(self) -> Scale {
        Scale { batch: Some(self.batch), size: Some(self.size), factor: Some(self.factor) }
    }
}

/// 1, 2, 4, … up to `most`, and `most`.
fn thread_counts(most: usize) -> Vec<usize> {
    let mut counts: Vec<usize> =
        std::iter::successors(Some(1), |count| Some(2 * count)).take_while(|&n| n < most).collect();
    counts.push(most);
    counts
}

/// Batches on every number of threads, then sides by every factor.
fn points(base: Point, counts: &[usize]) -> Vec<Point> {
    let batches = counts.iter().flat_map(|&threads| BATCHES.map(|batch| Point { batch, threads, ..base }));
    let sizes = FACTORS.iter().flat_map(|&factor| SIZES.map(|size| Point { size, factor, ..base }));
    let mut points = Vec::new();
    for point in batches.chain(sizes) {
        if !points.contains(&point) {
            points.push(point);
        }
    }
    points
}

fn measure(recipe: &Recipe, plan: &Plan, device: &Device, at: Point, repeats: usize) -> Result<GrowthRow, BenchError> {
    let forgotten = forget_peak();
    built_in(plan, false)?;
    let mut rig = Rig::new(recipe, plan, device)?;
    let (mut step_ms, mut update_ms) = (0.0, 0.0);
    for probe in &mut rig.probes {
        probe.step()?;
        let steps: Result<Vec<f64>, _> = (0..repeats.max(1)).map(|_| probe.step()).collect();
        let step = median(&steps?);
        let (gradient, learn) = bench_learning(probe, fewer(repeats))?;
        step_ms += step;
        update_ms += step * probe.kernel.steps as f64 + gradient + learn;
    }
    let Point { batch, size, factor, threads } = at;
    let peak_memory = if forgotten { peak_memory() } else { None };
    let (grids, image_step_ms) = (rig.probes.len(), step_ms / batch as f64);
    Ok(GrowthRow { batch, size, factor, threads, grids, step_ms, image_step_ms, update_ms, peak_memory })
}

impl Growth {
    /// The rows that show the growth of the batch.
    pub(super) fn by_batch(&self) -> impl Iterator<Item = &GrowthRow> {
        self.rows.iter().filter(|row| row.size == self.size && row.factor == self.factor)
    }

    /// The rows that show the growth of the side, on all threads.
    pub(super) fn by_size(&self) -> impl Iterator<Item = &GrowthRow> {
        let most = self.rows.iter().map(|row| row.threads).max();
        self.rows.iter().filter(move |row| row.batch == self.batch && Some(row.threads) == most)
    }

    /// The table with a line of names; an empty field where the peak of memory is not known.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut text =
            String::from("batch,size,factor,threads,grids,step_ms,image_step_ms,update_ms,peak_memory_bytes\n");
        for row in &self.rows {
            let GrowthRow { batch, size, factor, threads, grids, step_ms, image_step_ms, update_ms, .. } = row;
            let peak = row.peak_memory.map(|bytes| bytes.to_string()).unwrap_or_default();
            text.push_str(&format!("{batch},{size},{factor},{threads},{grids},"));
            text.push_str(&format!("{step_ms:.4},{image_step_ms:.6},{update_ms:.2},{peak}\n"));
        }
        text
    }

    /// Writes `growth.csv` and `growth.svg` to `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<[PathBuf; 2], BenchError> {
        let files = [("growth.csv", self.csv()), ("growth.svg", growth_plot::svg(self))];
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            |reason| BenchError::Write { path, reason }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        for (name, text) in &files {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(failed(&path))?;
        }
        Ok(files.map(|(name, _)| folder.join(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_double_up_to_the_machine() {
        assert_eq!([thread_counts(1), thread_counts(2), thread_counts(6)], [vec![1], vec![1, 2], vec![1, 2, 4, 6]]);
    }

    #[test]
    fn no_scale_is_measured_twice() {
        let base = Point { batch: 100, size: 64, factor: 4.0, threads: 2 };
        let points = points(base, &[1, 2]);
        assert_eq!(points.len(), 2 * BATCHES.len() + SIZES.len() * FACTORS.len() - 1);
        assert_eq!(points.iter().filter(|point| **point == base).count(), 1);
    }
}
