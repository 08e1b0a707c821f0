//! What a run writes: checkpoints, sheets, measures.

use super::checkpoint::{self, SavedGrid, SavedState};
use super::engine::Engine;
use super::message::{Event, Pictures};
use super::options::RunError;
use super::present::{growth, pictures, sheet};
use crate::compute::{Images, NoiseKey, Purpose, Threads};
use crate::metrics::{Normalization, SlicedWasserstein, energy_distance};
use crate::recipe::Laboratory;
use std::sync::Arc;
use std::time::Instant;

/// Columns of a sheet.
pub(super) const COLUMNS: usize = 12;
/// Chains drawn for a sheet.
const CHAINS: usize = 60;

impl Engine {
    /// Writes a checkpoint; a failure pauses nothing but is told.
    pub(super) fn save(&mut self) {
        let Some(directory) = &self.directory else { return };
        let state = SavedState {
            iteration: self.iteration,
            seconds: self.seconds,
            seed: self.options.seed,
            parameters: self.options.set.clone(),
            frozen: self.frozen.clone(),
            grids: self.grids.iter().map(|grid| SavedGrid::of(&grid.learned, grid.network.side())).collect(),
        };
        let grids: Vec<_> = self.grids.iter().map(|grid| (grid.network.side(), &grid.learned)).collect();
        let iteration = self.iteration;
        match checkpoint::save(directory.path(), &state, &self.recipe.text().text, &grids) {
            Ok(path) => self.tell(Event::Checkpoint { iteration, path }),
            Err(error) => self.tell(Event::Warning { iteration, message: error.to_string() }),
        }
    }

    /// Draws images with the averaged weights, shows them, and writes them to a sheet.
    pub(super) fn write_sheet(&mut self) -> Result<(), RunError> {
        let directory = self.directory.as_ref().map(|directory| directory.path().to_path_buf());
        if directory.is_none() && !self.options.interactive {
            return Ok(());
        }
        let Some(drawn) = self.draw(CHAINS, self.probe_key(0))? else { return Ok(()) };
        let range = self.plan.data.range;
        if let Some(finest) = drawn.last() {
            self.show("averaged", finest);
            self.show_views(finest);
        }
        let Some(directory) = directory else { return Ok(()) };
        let grids: Vec<Pictures> = drawn.iter().map(|images| pictures(images, range, CHAINS)).collect();
        let mut some = self.probe_key(2).permutation(self.data.set.training.count());
        some.truncate(COLUMNS);
        let observed = pictures(&self.data.set.training.select(&some)?, range, COLUMNS);
        let path = directory.join("sheets").join(format!("{:08}.png", self.iteration));
        let cell = (64 / grids.last().map_or(64, |finest| finest.side).max(1)).max(1);
        let cell = cell * grids.last().map_or(64, |finest| finest.side);
        let written = sheet(&growth(&grids, Some(&observed), COLUMNS), cell).save(&path);
        let iteration = self.iteration;
        match written {
            Ok(()) => self.tell(Event::Sheet { iteration, path }),
            Err(error) => {
                let message = format!("the sheet {} was not written: {error}", path.display());
                self.tell(Event::Warning { iteration, message });
            }
        }
        Ok(())
    }

    /// Measures images drawn with the averaged weights against the held-out ones.
    pub(super) fn measure(&mut self) -> Result<(), RunError> {
        if self.seconds > 0.0 {
            let value = 100.0 * self.data.waited.get().as_secs_f64() / self.seconds;
            self.tell(Event::Measured { iteration: self.iteration, name: "waited for data, % of time".into(), value });
        }
        let held_out = &self.data.set.held_out;
        let count = held_out.count().min(200);
        if count < 8 {
            return Ok(());
        }
        let real = held_out.select(&(0..count).collect::<Vec<_>>())?;
        let Some(drawn) = self.draw(count, self.probe_key(1))?.and_then(|mut grids| grids.pop()) else { return Ok(()) };
        let drawn = Arc::new(drawn);
        self.measure_by_plugins(&Arc::new(real.clone()), &drawn);
        for (name, value) in measures(&real, &drawn, self.plan.data.range, &self.threads) {
            self.tell(Event::Measured { iteration: self.iteration, name, value });
        }
        Ok(())
    }

    /// The same noise for every sheet of a run, so that sheets show the weights change and nothing else.
    fn probe_key(&self, grid: u32) -> NoiseKey {
        NoiseKey { grid, ..NoiseKey::new(self.options.seed, Purpose::Probe) }
    }
}

/// Measures that have a value for these images; images too small for one have none.
fn measures(real: &Images, drawn: &Images, range: [f32; 2], threads: &Threads) -> Vec<(String, f64)> {
    threads.run(|| {
        let patches = SlicedWasserstein { normalization: Normalization::RealSet, ..Default::default() }
            .distance(real, drawn)
            .map(|distance| distance.mean);
        let named = [("sliced Wasserstein ×1000", patches), ("energy distance", energy_distance(real, drawn, range))];
        named.into_iter().filter_map(|(name, value)| Some((name.to_string(), value.ok()?))).collect()
    })
}

/// When the next sheet and the next checkpoint are due.
pub(super) struct Timers {
    sheet: Instant,
    checkpoint: Instant,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self { sheet: Instant::now(), checkpoint: Instant::now() }
    }

    pub(super) fn write(&mut self, engine: &mut Engine) -> Result<(), RunError> {
        let started = Instant::now();
        if self.sheet.elapsed() >= engine.options.sheet_every {
            let sheet = engine.write_sheet();
            engine.drawn("a sheet", sheet)?;
            self.sheet = Instant::now();
        }
        if self.checkpoint.elapsed() >= engine.options.checkpoint_every {
            let measured = engine.measure();
            engine.drawn("measures", measured)?;
            engine.save();
            self.checkpoint = Instant::now();
        }
        // A run given so many seconds gets them all in, pictures included.
        engine.seconds += started.elapsed().as_secs_f64();
        Ok(())
    }
}
