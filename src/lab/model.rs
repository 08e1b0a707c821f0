//! What the window knows of a run: the newest frame, and everything the events have told.

use super::colours::Colours;
use super::data::Data;
use super::draft::{Draft, Fate, Refusal};
use super::history::History;
use super::log::{Log, Severity};
use super::recipe_history::{Recipes, Travel};
use super::toasts::Toasts;
use crate::run::{Answers, Event, Frame, Phase, Pictures, RecipeText, RunSummary};
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
    /// What just happened, for a while.
    pub toasts: Toasts,
    pub draft: Draft,
    /// The recipes that ran.
    pub recipes: Recipes,
    pub data: Data,
    /// Where the run is kept; none before it has begun, and of one that is not kept.
    pub directory: Option<PathBuf>,
    /// Updates and folder of the checkpoints it told of, oldest first; not all of them are still there.
    pub checkpoints: Vec<(u64, PathBuf)>,
    /// What the run's probe has found.
    pub answers: Answers,
    /// The runs that the program knows, once it was asked.
    pub runs: Option<Vec<RunSummary>>,
    /// The 1×1 colour that a picture was chosen for, to grow many images from.
    pub seed: Option<[u8; 3]>,
    /// A picture of the finest grid's side that was chosen to be filled in.
    pub to_fill: Option<Arc<Pictures>>,
    /// Why the run failed, if it did.
    pub failure: Option<String>,
    /// Whether the run has ended, with or without a failure.
    pub ended: bool,
    /// When the window began to look at this run.
    pub opened: Instant,
}

impl Model {
    /// Nothing known but the recipe.
    #[must_use]
    pub fn new(recipe: RecipeText) -> Self {
        Self {
            frame: Arc::default(),
            history: History::of(&recipe.text),
            colours: Colours::default(),
            log: Log::default(),
            toasts: Toasts::default(),
            recipes: Recipes::new(&recipe.text),
            draft: Draft::new(recipe),
            data: Data::default(),
            directory: None,
            checkpoints: Vec::new(),
            answers: Answers::default(),
            runs: None,
            seed: None,
            to_fill: None,
            failure: None,
            ended: false,
            opened: Instant::now(),
        }
    }

    /// Takes in a frame.
    pub fn see(&mut self, frame: Arc<Frame>) {
        self.colours.arrange(frame.grids.iter().skip(1).map(|grid| grid.side));
        self.recipes.look(&frame);
        self.frame = frame;
    }

    /// Takes in one event.
    pub fn take(&mut self, event: &Event) {
        self.log.event(self.opened.elapsed().as_secs_f64(), event);
        self.data.take(event);
        self.toasts.event(event);
        self.history.take(event);
        match event {
            Event::Started { directory, .. } => self.directory.clone_from(directory),
            Event::Update { grids, .. } => {
                self.colours.arrange(grids.iter().map(|grid| grid.side));
                self.recipes.updated();
            }
            Event::RecipeApplied { iteration, path, text, kept, renewed } => {
                self.draft.applied(*iteration, path, text);
                self.draft.landed(*iteration, kept, renewed);
                self.recipes.applied(*iteration, text, renewed);
            }
            Event::RecipeRefused { path, line, column, message, .. } => {
                let was_sent = self.draft.fate() == Some(&Fate::Sent);
                if let Some(text) = self.recipes.refused(was_sent) {
                    self.draft.went_back(&text);
                }
                self.draft.refused(Refusal {
                    path: path.clone(),
                    line: *line,
                    column: *column,
                    message: message.clone(),
                });
            }
            Event::Previewed(preview) => self.draft.previewed(preview.clone()),
            Event::Checkpoint { iteration, path } => {
                // A run that was reset writes below its old ones, which it takes away.
                self.checkpoints.retain(|(earlier, _)| earlier < iteration);
                self.checkpoints.push((*iteration, path.clone()));
            }
            Event::Ended { error, .. } => {
                self.ended = true;
                self.failure.clone_from(error);
            }
            _ => {}
        }
    }

    /// Says something that is the window's own matter, in the log and where it is more than information in a toast.
    /// Puts a recipe that ran before in the editor, to be applied. False when there is none; the user is told.
    pub fn travel(&mut self, to: Travel) -> bool {
        match self.recipes.travel(to) {
            Ok(text) => {
                self.draft.replace(&text);
                true
            }
            Err(none) => {
                self.tell(Severity::Warning, none);
                false
            }
        }
    }

    /// Says something that is the window's own matter.
    pub fn tell(&mut self, severity: Severity, text: &str) {
        if severity > Severity::Info {
            let (title, detail) = text.split_once('\n').unwrap_or((text, ""));
            self.toasts.push(severity, "", title.to_owned(), detail.to_owned());
        }
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
    fn a_checkpoint_of_a_reset_run_takes_the_later_ones_along() {
        let mut model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        for (iteration, path) in [(100, "a/100"), (200, "a/200"), (100, "a/100")] {
            model.take(&Event::Checkpoint { iteration, path: path.into() });
        }
        assert_eq!(model.checkpoints, [(100, "a/100".into())], "the run takes them away on disk as well");
    }

    #[test]
    fn a_failed_run_keeps_its_reason() {
        let mut model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        model.take(&Event::Ended { iteration: 4, error: Some("disk full".to_owned()), input: false });
        assert!(model.over());
        assert_eq!(model.failure.as_deref(), Some("disk full"));
    }
}
