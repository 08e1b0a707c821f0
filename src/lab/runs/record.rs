//! What happened in other runs, as curves; events are taken in a few at a time, so that no long run holds the window up.

use super::super::client::Errand;
use super::super::history::History;
use crate::run::{Event, RunSummary};
use eframe::egui::Context;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time a drawing may spend on events.
const TIME_AT_ONCE: Duration = Duration::from_micros(1_500);

/// One run's curves, as far as its events are taken in.
#[derive(Default)]
struct Record {
    /// When the run was last written to as its events were asked for.
    asked: Option<u64>,
    waiting: std::vec::IntoIter<Event>,
    history: History,
    come: bool,
}

/// The curves of the runs that are looked at.
#[derive(Default)]
pub struct Records(BTreeMap<PathBuf, Record>);

impl Records {
    /// Asks for what happened in these runs, once and again after each change, and forgets all others.
    pub fn want(&mut self, runs: &[&RunSummary], errands: &mut Vec<Errand>) {
        self.0.retain(|path, _| runs.iter().any(|run| run.directory == *path));
        for run in runs {
            let record = self.0.entry(run.directory.clone()).or_default();
            if record.asked.replace(run.changed) != Some(run.changed) {
                errands.push(Errand::ReadRun(run.directory.clone()));
            }
        }
    }

    /// Whether a run is looked at.
    #[must_use]
    pub fn wants(&self, run: &Path) -> bool {
        self.0.contains_key(run)
    }

    /// Takes what happened in a run, if it is looked at.
    pub fn take(&mut self, run: &Path, events: Vec<Event>) {
        if let Some(record) = self.0.get_mut(run) {
            (record.waiting, record.history, record.come) = (events.into_iter(), History::default(), true);
        }
    }

    /// Takes in some of the events that wait, and asks for another drawing when some are left.
    pub fn take_in(&mut self, ctx: &Context) {
        let start = Instant::now();
        for record in self.0.values_mut() {
            for event in record.waiting.by_ref() {
                record.history.take(&event);
                if start.elapsed() > TIME_AT_ONCE {
                    return ctx.request_repaint();
                }
            }
        }
    }

    /// The curves of a run; none before its events came.
    #[must_use]
    pub fn history(&self, run: &Path) -> Option<&History> {
        self.0.get(run).filter(|record| record.come).map(|record| &record.history)
    }

    /// Forgets what was asked for and has not come.
    pub fn ask_again(&mut self) {
        self.0.retain(|_, record| record.come);
    }
}
