//! How a run stands, by the end of its record.

use super::checkpoint;
use super::directory::open_file;
use super::list::RunStatus;
use super::message::Event;
use super::record::{self, Record};
use serde::Deserialize;
use std::ffi::OsString;
use std::io::{self, BufReader};
use std::path::Path;

/// Bytes at the end of a record that usually hold an update, and those that must do: a record has hundreds of MiB.
const TAILS: [u64; 2] = [32 << 10, 1 << 20];

/// What the end of a record tells.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) status: RunStatus,
    pub(super) failure: Option<String>,
    pub(super) iteration: u64,
    /// Seconds of learning.
    pub(super) seconds: f64,
    /// Name of the newest sheet's file.
    pub(super) sheet: Option<OsString>,
    /// Why the record cannot be read.
    pub(super) problem: Option<io::Error>,
    /// Whether iteration and seconds are told.
    updated: bool,
}

/// The part of a checkpoint's state that tells how far it came.
#[derive(Deserialize)]
struct Reached {
    iteration: u64,
    seconds: f64,
}

impl Standing {
    /// How the run in `directory` stands. What its record does not tell its newest checkpoint does.
    pub(super) fn of(directory: &Path) -> Self {
        let mut standing = Self::default();
        for most in TAILS {
            match record::newest(directory, most) {
                Ok(Record { events, cut, .. }) => {
                    standing = Self::told(&events);
                    if standing.updated || !cut {
                        break;
                    }
                }
                Err(error) => standing.problem = Some(error),
            }
        }
        if !standing.updated
            && let Some(reached) = checkpoint::list(directory).last().and_then(|checkpoint| reached(checkpoint))
        {
            (standing.iteration, standing.seconds) = (standing.iteration.max(reached.iteration), reached.seconds);
        }
        standing
    }

    fn told(events: &[Event]) -> Self {
        let mut standing = Self::default();
        for event in events {
            match event {
                Event::Started { iteration, .. } => {
                    (standing.status, standing.failure) = (RunStatus::CutOff, None);
                    standing.iteration = *iteration;
                    if *iteration == 0 {
                        (standing.seconds, standing.updated) = (0.0, true);
                    }
                }
                Event::Update { iteration, seconds, .. } => {
                    (standing.iteration, standing.seconds, standing.updated) = (*iteration, *seconds, true);
                }
                Event::Checkpoint { iteration, .. } => standing.reach(*iteration),
                Event::Sheet { iteration, path } => {
                    standing.reach(*iteration);
                    standing.sheet = path.file_name().map(OsString::from);
                }
                Event::Ended { iteration, error, .. } => {
                    standing.reach(*iteration);
                    standing.status = if error.is_some() { RunStatus::Failed } else { RunStatus::Ended };
                    standing.failure.clone_from(error);
                }
                _ => {}
            }
        }
        standing
    }

    /// Something else than an update tells how far the run came: then the seconds are not known.
    fn reach(&mut self, iteration: u64) {
        if iteration > self.iteration {
            (self.iteration, self.updated) = (iteration, false);
        }
    }
}

fn reached(checkpoint: &Path) -> Option<Reached> {
    let state = open_file(&checkpoint.join("state.json")).ok()?;
    serde_json::from_reader(BufReader::new(state)).ok()
}
