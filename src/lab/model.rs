//! What the window knows of a run: the newest frame, and everything the events have told.

use super::colours::Colours;
use super::data::Data;
use super::draft::{Draft, Refusal};
use super::format;
use super::history::{History, MarkerKind};
use super::log::{Log, Severity};
use crate::run::{Answers, Event, Frame, Phase, RecipeText};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// How much a number asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    Calm,
    Strained,
    Failing,
}

impl Alarm {
    /// Judges a number that is worse the larger it is. What is no number fails.
    #[must_use]
    pub fn above(value: f64, strained: f64, failing: f64) -> Self {
        if value <= strained {
            Self::Calm
        } else if value <= failing {
            Self::Strained
        } else {
            Self::Failing
        }
    }
}

/// What the window knows of a run.
pub struct Model {
    pub frame: Arc<Frame>,
    pub history: History,
    pub colours: Colours,
    pub log: Log,
    pub draft: Draft,
    pub data: Data,
    /// Where the run is kept; none before it has begun, and of one that is not kept.
    pub directory: Option<PathBuf>,
    /// Updates and folder of the checkpoints it told of, oldest first; not all of them are still there.
    pub checkpoints: Vec<(u64, PathBuf)>,
    /// What the run's probe has found.
    pub answers: Answers,
    /// Why the run failed, if it did.
    pub failure: Option<String>,
    /// Whether the run has ended, with or without a failure.
    pub ended: bool,
    /// A problem of the window's own, until the user has read it.
    pub notice: Option<String>,
    opened: Instant,
}

impl Model {
    /// Nothing known but the recipe.
    #[must_use]
    pub fn new(recipe: RecipeText) -> Self {
        Self {
            frame: Arc::default(),
            history: History::default(),
            colours: Colours::default(),
            log: Log::default(),
            draft: Draft::new(recipe),
            data: Data::default(),
            directory: None,
            checkpoints: Vec::new(),
            answers: Answers::default(),
            failure: None,
            ended: false,
            notice: None,
            opened: Instant::now(),
        }
    }

    /// Takes in a frame.
    pub fn see(&mut self, frame: Arc<Frame>) {
        self.colours.arrange(frame.grids.iter().skip(1).map(|grid| grid.side));
        self.frame = frame;
    }

    /// Takes in one event.
    pub fn take(&mut self, event: &Event) {
        self.log.event(self.opened.elapsed().as_secs_f64(), event);
        self.data.take(event);
        match event {
            Event::Started { iteration, directory, .. } => {
                self.directory.clone_from(directory);
                if *iteration == 0 {
                    self.history.clear();
                }
            }
            Event::Checkpoint { iteration, path } => {
                // A run that was reset writes below its old ones, which it takes away.
                self.checkpoints.retain(|(earlier, _)| earlier < iteration);
                self.checkpoints.push((*iteration, path.clone()));
            }
            Event::Update { iteration, grids, .. } => {
                self.colours.arrange(grids.iter().map(|grid| grid.side));
                self.history.update(*iteration, grids);
            }
            Event::Plot { iteration, name, value } | Event::Measured { iteration, name, value } => {
                self.history.plot(*iteration, name, *value)
            }
            Event::RecipeApplied { iteration, path, text, renewed, .. } => {
                self.draft.applied(*iteration, path, text);
                let name = path.file_name().unwrap_or(path.as_os_str()).display();
                let what = if renewed.is_empty() {
                    "nothing made anew".to_owned()
                } else {
                    format!("made anew: {}", renewed.join(", "))
                };
                let text = format!("{name} applied\n{what}");
                self.history.mark(*iteration, MarkerKind::Recipe, text);
            }
            Event::RecipeRefused { path, line, column, message, .. } => {
                self.draft.refused(Refusal {
                    path: path.clone(),
                    line: *line,
                    column: *column,
                    message: message.clone(),
                });
            }
            Event::Previewed(preview) => self.draft.previewed(preview.clone()),
            Event::ParameterSet { iteration, name, value, word } => {
                let value = word.clone().unwrap_or_else(|| format::number(*value));
                self.history.mark_parameter(*iteration, name, format!("{name} = {value}"));
            }
            Event::Diverged { iteration, grid, reason, .. } => {
                let text = format!("grid {grid} diverged\n{reason}");
                self.history.mark(*iteration, MarkerKind::Divergence, text);
            }
            Event::Ended { error, .. } => {
                self.ended = true;
                self.failure.clone_from(error);
            }
            _ => {}
        }
    }

    /// Says something that is the window's own matter.
    pub fn tell(&mut self, severity: Severity, text: &str) {
        let iteration = Some(self.frame.iteration);
        self.log.push(self.opened.elapsed().as_secs_f64(), iteration, severity, text);
    }

    /// Whether the run has ended.
    #[must_use]
    pub fn over(&self) -> bool {
        self.ended || self.frame.phase == Phase::Ended
    }

    /// Judges the gap of the grid of this side against its usual size: when a sampler no longer follows its model, the
    /// gap leaves that size before anything else shows it.
    #[must_use]
    pub fn gap_alarm(&self, side: usize, gap: f64) -> Alarm {
        let usual = self.history.usual_gap(side).unwrap_or(f64::INFINITY);
        if gap.is_finite() { Alarm::above(gap.abs() / usual.max(1e-9), 5.0, 20.0) } else { Alarm::Failing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::GridUpdate;

    #[test]
    fn a_gap_is_judged_against_the_usual_one() {
        let mut model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        assert_eq!(model.gap_alarm(4, 1e9), Alarm::Calm, "nothing is usual yet");
        for iteration in 0..200 {
            let grids = vec![GridUpdate { side: 4, gap: 0.1, ..GridUpdate::default() }];
            model.take(&Event::Update { iteration, seconds: 0.0, grids });
        }
        for (gap, wanted) in
            [(0.1, Alarm::Calm), (-0.8, Alarm::Strained), (50.0, Alarm::Failing), (f64::NAN, Alarm::Failing)]
        {
            assert_eq!(model.gap_alarm(4, gap), wanted, "gap {gap}");
        }
    }

    #[test]
    fn a_failed_run_keeps_its_reason() {
        let mut model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        model.take(&Event::Ended { iteration: 4, error: Some("disk full".to_owned()), input: false });
        assert!(model.over());
        assert_eq!(model.failure.as_deref(), Some("disk full"));
    }
}
