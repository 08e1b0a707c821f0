//! A run as the panel looks at it, whether it is the one in the window or lies on disk.

use super::super::history::History;
use super::super::model::Model;
use super::record::Records;
use crate::run::{Phase, Pictures, RunStatus, RunSummary};
use std::path::{Path, PathBuf};

/// How much a run's state asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Lively,
    Calm,
    Warning,
    Bad,
}

/// A run that is looked at.
pub struct Subject<'a> {
    pub name: String,
    /// It is the run in the window.
    pub here: bool,
    pub directory: Option<&'a Path>,
    /// Its recipe's text.
    pub text: &'a str,
    pub history: Option<&'a History>,
    /// What there is to see of it without drawing: in the window its chains on the finest grid, else a piece of a sheet.
    pub pictures: &'a Pictures,
    /// Updates and folder of its checkpoints, oldest first.
    pub checkpoints: Vec<(u64, PathBuf)>,
    /// Updates.
    pub iteration: u64,
}

impl<'a> Subject<'a> {
    /// The run in the window; `listed` is what the list says of it.
    pub fn window(model: &'a Model, listed: Option<&'a RunSummary>) -> Self {
        let finest = model.frame.grids.last().map(|grid| &grid.synthesized);
        let mut checkpoints = listed.map(|run| run.checkpoints.clone()).unwrap_or_default();
        let newest = checkpoints.last().map(|(iteration, _)| *iteration);
        checkpoints.extend(model.checkpoints.iter().filter(|(iteration, _)| Some(*iteration) > newest).cloned());
        Self {
            name: model.directory.as_deref().map_or_else(|| "the run in the window".to_owned(), name),
            here: true,
            directory: model.directory.as_deref(),
            text: model.draft.running(),
            history: Some(&model.history),
            pictures: finest.unwrap_or(&NOTHING),
            checkpoints,
            iteration: model.frame.iteration,
        }
    }

    /// A run of the list.
    pub fn listed(run: &'a RunSummary, records: &'a Records) -> Self {
        Self {
            name: name(&run.directory),
            here: false,
            directory: Some(&run.directory),
            text: &run.text,
            history: records.history(&run.directory),
            pictures: &run.thumbnail,
            checkpoints: run.checkpoints.clone(),
            iteration: run.iteration,
        }
    }
}

static NOTHING: Pictures = Pictures { side: 0, count: 0, rgba: Vec::new() };

/// The name of a run: that of its directory.
#[must_use]
pub fn name(directory: &Path) -> String {
    directory.file_name().unwrap_or(directory.as_os_str()).to_string_lossy().into_owned()
}

/// The name of a recipe: that of its file, without its end.
#[must_use]
pub fn recipe_name(run: &RunSummary) -> String {
    run.recipe.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether a run of the list is the one in the window.
#[must_use]
pub fn is_here(run: &RunSummary, model: &Model) -> bool {
    model.directory.as_ref() == Some(&run.directory)
}

/// How a run stands, in words.
#[must_use]
pub fn standing(run: &RunSummary, model: &Model) -> (&'static str, Tone) {
    if is_here(run, model) {
        return match model.frame.phase {
            _ if model.failure.is_some() => ("failed here", Tone::Bad),
            _ if model.over() => ("ended here", Tone::Calm),
            Phase::Paused => ("paused here", Tone::Lively),
            _ => ("running here", Tone::Lively),
        };
    }
    if run.problem.is_some() {
        return ("broken", Tone::Bad);
    }
    match run.status {
        RunStatus::Open => ("open elsewhere", Tone::Warning),
        RunStatus::CutOff => ("cut off", Tone::Warning),
        RunStatus::Ended => ("ended", Tone::Calm),
        RunStatus::Failed => ("failed", Tone::Bad),
    }
}

/// Updates and seconds of learning; those of the run in the window are the newest.
#[must_use]
pub fn progress(run: &RunSummary, model: &Model) -> (u64, f64) {
    if is_here(run, model) && model.frame.number > 0 {
        (model.frame.iteration, model.frame.seconds)
    } else {
        (run.iteration, run.seconds)
    }
}
