//! Which checkpoint a run goes on from.

use super::checkpoint::{self, Loaded};
use super::directory::{RunDirectory, read_run, read_text, write_whole};
use super::event_log::Mark;
use super::grid::Grid;
use super::handle::RunPort;
use super::message::Event;
use super::options::{RunError, RunOptions};
use crate::compute::Device;
use crate::recipe::{RecipeText, Setting};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where an edit lies that does not fit the checkpoint that is gone on from.
const EDIT: &str = "recipe.lost.rhai";

/// A run that is gone on with.
pub(super) struct Resumed {
    pub(super) loaded: Loaded,
    /// Checkpoints that are unsound, and newer.
    passed_over: Vec<PathBuf>,
    /// What was told of them.
    told: Vec<Event>,
    /// Open since before the checkpoint was chosen: nobody else writes one meanwhile.
    directory: Option<RunDirectory>,
}

impl Resumed {
    /// The run that `options` go on with, at its newest sound checkpoint; unsound ones are named. `None` of a new run, and of one
    /// that was cut off before its first checkpoint, which begins anew. What the run was begun with is put into `options`.
    ///
    /// # Errors
    /// A directory that is no run, that is open elsewhere, or without a sound checkpoint; nothing is changed in it.
    pub(super) fn of(options: &mut RunOptions, port: &RunPort) -> Result<Option<Self>, RunError> {
        let (Some(path), true) = (options.directory.clone(), options.resume) else { return Ok(None) };
        if checkpoint::list(&path).is_empty() {
            return begin_anew(&path, options, port).map(|()| None);
        }
        let directory = RunDirectory::open(&path)?;
        let (loaded, unsound) = newest_sound(&path)?;
        take_up(options, loaded.state.seed, &loaded.state.parameters);
        let (passed_over, errors): (Vec<_>, Vec<_>) = unsound.into_iter().unzip();
        let warning = |error: &RunError| {
            let message = format!("{error}; going on from iteration {}, the newest sound one", loaded.state.iteration);
            Event::Warning { iteration: loaded.state.iteration, message }
        };
        let told: Vec<Event> = errors.iter().map(warning).collect();
        told.iter().for_each(|event| port.tell(event.clone()));
        Ok(Some(Self { loaded, passed_over, told, directory: Some(directory) }))
    }

    /// Gives the grids what they had learned.
    ///
    /// # Errors
    /// A checkpoint of another recipe, or a failing device.
    pub(super) fn restore(&self, grids: &mut [Grid], device: &Device) -> Result<(), RunError> {
        for grid in grids {
            let learned = self.loaded.learned(grid.network.side(), &grid.learned.parameters)?;
            *grid = Grid::new(grid.network.clone(), learned, device)?;
            grid.kept = self.loaded.kept(grid.network.side())?;
        }
        Ok(())
    }

    /// The checkpoint's own recipe, where the run's is an edit of it that came later and does not fit what was learned. The edit
    /// is then found in `recipe.lost.rhai`.
    pub(super) fn own_recipe(&self, run: &RecipeText, port: &RunPort) -> Option<RecipeText> {
        let directory = self.loaded.run();
        let own = self.loaded.recipe.clone().filter(|own| *own != run.text)?;
        // Whoever gives another recipe than the run's means it.
        if read_text(&directory.join("recipe.rhai")).ok()? != run.text {
            return None;
        }
        write_whole(&directory.join(EDIT), run.text.as_bytes()).ok()?;
        let message = format!(
            "the recipe was edited after the newest checkpoint, and its networks are others: going on with the recipe of \
             iteration {}; the edit is in {EDIT}",
            self.loaded.state.iteration
        );
        port.tell(Event::Warning { iteration: self.loaded.state.iteration, message });
        Some(RecipeText { path: run.path.clone(), text: own })
    }

    /// The directory, as it was at the checkpoint: what came after is set aside, and nothing of it is deleted. `data` names
    /// what is learned from.
    ///
    /// # Errors
    /// A directory that cannot be written.
    pub(super) fn begin(&mut self, data: &str, port: &RunPort) -> Result<RunDirectory, RunError> {
        let state = &self.loaded.state;
        let mut directory = match self.directory.take() {
            Some(directory) => directory,
            None => RunDirectory::open(self.loaded.run())?,
        };
        self.passed_over.iter().for_each(|path| set_aside(path));
        let cut = self.loaded.log.map_or(Ok(0), |mark| directory.cut_back(mark, state.iteration));
        self.told.iter().for_each(|event| drop(directory.log(event)));
        let cut = cut
            .err()
            .map(|error| format!("events.jsonl: {error}; curves may show what happened twice, or not all of it"));
        let others = read_run(directory.path()).is_ok_and(|(settings, _)| settings.data_fingerprint != data);
        let others = others.then(|| "the data are not those that the run learned from until now".to_string());
        for message in cut.into_iter().chain(others) {
            let warning = Event::Warning { iteration: state.iteration, message };
            directory.log(&warning);
            port.tell(warning);
        }
        Ok(directory)
    }
}

/// Has a run begin anew that has no checkpoint; what it told until now is set aside.
fn begin_anew(path: &Path, options: &mut RunOptions, port: &RunPort) -> Result<(), RunError> {
    let (settings, _) = read_run(path)?;
    take_up(options, settings.seed, &settings.set);
    let begin = Mark { begun: 0, saved: 0 };
    RunDirectory::open(path)?
        .cut_back(begin, 0)
        .map_err(|source| RunError::Directory { path: path.to_path_buf(), source })?;
    let message = "the run was cut off before its first checkpoint and begins anew".to_string();
    port.tell(Event::Warning { iteration: 0, message });
    Ok(())
}

/// Goes on with this seed and these live parameters, but for those that are set otherwise.
fn take_up(options: &mut RunOptions, seed: u64, parameters: &BTreeMap<String, Setting>) {
    options.seed = seed;
    for (name, value) in parameters {
        options.set.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// The newest sound checkpoint of the run in `directory`, and the newer ones with what is wrong with them.
///
/// # Errors
/// There is none; each is named with what is wrong with it.
fn newest_sound(directory: &Path) -> Result<(Loaded, Vec<(PathBuf, RunError)>), RunError> {
    let mut passed_over = Vec::new();
    for path in checkpoint::list(directory).into_iter().rev() {
        match checkpoint::load(&path) {
            Ok(loaded) => return Ok((loaded, passed_over)),
            Err(error) => passed_over.push((path, error)),
        }
    }
    let reasons: Vec<String> = passed_over.iter().map(|(_, error)| error.to_string()).collect();
    let reason = format!("none of its checkpoints is sound, and all were left as they are: {}", reasons.join("; "));
    Err(RunError::NoRun { path: directory.to_path_buf(), reason })
}

/// Puts an unsound checkpoint out of the way of those to come; its folder is then called `NUMBER.unsound`.
fn set_aside(checkpoint: &Path) {
    // Where it cannot be, the next checkpoint of its number takes its place.
    let _ = fs::rename(checkpoint, checkpoint.with_extension("unsound"));
}
