//! The runs in a folder, as they are listed: what each is, how far it came, and what it looks like.

use super::message::{Event, Pictures};
use super::options::RunError;
use std::path::{Path, PathBuf};

/// How a run stands, by what lies in its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunStatus {
    /// Its last event tells of no end: it goes on elsewhere, or was cut off.
    #[default]
    Open,
    Ended,
    Failed,
}

/// One run of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunSummary {
    pub directory: PathBuf,
    /// Where its recipe came from.
    pub recipe: PathBuf,
    pub status: RunStatus,
    /// Updates of its newest checkpoint, or of its last event.
    pub iteration: u64,
    /// Seconds of learning.
    pub seconds: f64,
    /// When it was last written to, seconds since 1970.
    pub changed: u64,
    /// Updates and folder of its checkpoints, oldest first.
    pub checkpoints: Vec<(u64, PathBuf)>,
    /// A piece of its newest sheet: one picture.
    pub thumbnail: Pictures,
    /// Why it cannot be opened.
    pub problem: Option<String>,
}

/// The runs in `folder`, the one written to last first. A folder that is not there holds none.
///
/// # Errors
/// A folder that cannot be read.
pub fn list_runs(folder: &Path) -> Result<Vec<RunSummary>, RunError> {
    let _ = folder;
    Ok(Vec::new())
}

/// What happened in a run, from its `events.jsonl`; lines that are no events are passed over.
///
/// # Errors
/// A directory that holds no run.
pub fn read_events(run: &Path) -> Result<Vec<Event>, RunError> {
    let _ = run;
    Ok(Vec::new())
}
