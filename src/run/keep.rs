//! What a run writes: checkpoints, sheets, measures.

use super::checkpoint::{self, SavedGrid, SavedState};
use super::directory::RunDirectory;
use super::engine::Engine;
use super::message::{Command, Event, Pictures};
use super::options::RunError;
use super::present::{growth, pictures, sheet};
use crate::compute::{Images, NoiseKey, Purpose, Threads};
use crate::metrics::{Normalization, SlicedWasserstein, energy_distance};
use crate::recipe::Laboratory;
use crossbeam_channel::RecvTimeoutError;
use image::{ImageFormat, RgbImage};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, io};

/// Columns of a sheet.
pub(super) const COLUMNS: usize = 12;
/// How long a run that cannot be saved waits before it tries again.
const AGAIN: Duration = Duration::from_secs(1);
/// Chains drawn for a sheet.
const CHAINS: usize = 60;

impl Engine {
    /// Writes a checkpoint that somebody asked for.
    pub(super) fn save(&mut self) {
        if let Err(error) = self.checkpoint() {
            self.tell(Event::Warning { iteration: self.iteration, message: error.to_string() });
        }
    }

    /// Tells of something that is written again and again, when it cannot be, once until it can be again.
    fn tell_once(&mut self, what: &'static str, written: Result<(), String>) {
        match written {
            Ok(()) => drop(self.troubles.remove(what)),
            Err(reason) if self.troubles.insert(what) => {
                let message = format!("{reason}. The run goes on, and tries again with the next {what}");
                self.tell(Event::Warning { iteration: self.iteration, message });
            }
            Err(_) => {}
        }
    }

    /// Writes a checkpoint, if the run is kept at all.
    fn checkpoint(&mut self) -> Result<(), RunError> {
        self.attend_directory();
        let Some(directory) = &self.directory else { return Ok(()) };
        let state = SavedState {
            iteration: self.iteration,
            seconds: self.seconds,
            seed: self.options.seed,
            parameters: self.options.set.clone(),
            frozen: self.frozen.clone(),
            grids: self.grids.iter().map(SavedGrid::of).collect(),
        };
        let learned = (self.recipe.text().text.as_str(), self.grids.as_slice());
        let path = checkpoint::save(directory.path(), &state, directory.mark(), learned, self.options.keep)?;
        self.tell(Event::Checkpoint { iteration: self.iteration, path });
        Ok(())
    }

    /// Writes the last checkpoint. Where there is no room for it the run waits, until it is told once more to stop.
    ///
    /// # Errors
    /// It was told so.
    pub(super) fn save_at_last(&mut self) -> Result<(), RunError> {
        let Err(mut reason) = self.save_all() else { return Ok(()) };
        let message =
            format!("{reason}. The run waits until it can be; stop it again to end it without its last state");
        self.tell(Event::Warning { iteration: self.iteration, message });
        while !self.port.is_left() {
            match self.port.take_within(AGAIN) {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(_) => continue,
                Err(RecvTimeoutError::Timeout) => {}
            }
            match self.save_all() {
                Ok(()) => return Ok(()),
                Err(newer) => reason = newer,
            }
        }
        let newest = self.directory.as_ref().and_then(|directory| checkpoint::list(directory.path()).pop());
        let before = match newest {
            Some(path) => format!("the newest checkpoint is {}", path.display()),
            None => "there is no checkpoint".into(),
        };
        Err(RunError::NotSaved { iteration: self.iteration, reason, before })
    }

    /// Writes a checkpoint, and the events that wait.
    fn save_all(&mut self) -> Result<(), String> {
        self.checkpoint().map_err(|error| error.to_string())?;
        self.directory.as_ref().map_or(Ok(()), RunDirectory::settled)
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
        self.attend_directory();
        let grids: Vec<Pictures> = drawn.iter().map(|images| pictures(images, range, CHAINS)).collect();
        let mut some = self.probe_key(2).permutation(self.data.set.training.count());
        some.truncate(COLUMNS);
        let observed = pictures(&self.data.set.training.select(&some)?, range, COLUMNS);
        let path = directory.join("sheets").join(format!("{:08}.png", self.iteration));
        let cell = (64 / grids.last().map_or(64, |finest| finest.side).max(1)).max(1);
        let cell = cell * grids.last().map_or(64, |finest| finest.side);
        match write_picture(&sheet(&growth(&grids, Some(&observed), COLUMNS), cell), &path) {
            Ok(()) => {
                self.tell_once("sheet", Ok(()));
                self.tell(Event::Sheet { iteration: self.iteration, path });
            }
            Err(error) => {
                self.tell_once("sheet", Err(format!("the sheet {} was not written: {error}", path.display())));
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

/// Writes a picture aside and renames it into place: half a sheet is none.
fn write_picture(picture: &RgbImage, path: &Path) -> io::Result<()> {
    let mut bytes = Vec::new();
    picture.write_to(&mut io::Cursor::new(&mut bytes), ImageFormat::Png).map_err(io::Error::other)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let aside = folder.join("partial");
    let written = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        let _ = fs::remove_file(aside);
    }
    written
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
            let saved = engine.checkpoint();
            engine.tell_once("checkpoint", saved.map_err(|error| error.to_string()));
            self.checkpoint = Instant::now();
        }
        // A run given so many seconds gets them all in, pictures included.
        engine.seconds += started.elapsed().as_secs_f64();
        Ok(())
    }
}
