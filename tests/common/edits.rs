//! A healthy run that takes edits, and what it has learned.

use super::{TINY, Watched, text, tiny_options};
use emberlab::recipe::RecipeText;
use emberlab::run::{Command, Event, Phase, RunOptions};
use std::path::Path;
use std::time::Duration;

/// Where and why a recipe was refused.
#[derive(Debug)]
pub struct Refusal {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// What came of an edit.
#[derive(Debug)]
pub enum Outcome {
    Refused(Refusal),
    /// An iteration of the edited recipe finished.
    Finished,
    /// It goes on for long.
    UnderWay,
}

/// Everything that a checkpoint holds, but the seconds that it took.
#[derive(PartialEq)]
pub struct Saved {
    model: Vec<u8>,
    learner: Vec<u8>,
    state: serde_json::Value,
}

impl Saved {
    fn read(checkpoint: &Path) -> Self {
        let read = |name: &str| std::fs::read(checkpoint.join(name)).unwrap();
        let mut state: serde_json::Value = serde_json::from_slice(&read("state.json")).unwrap();
        state.as_object_mut().unwrap().remove("seconds");
        Self { model: read("model.safetensors"), learner: read("learner.safetensors"), state }
    }

    /// What differs from `before`, if anything does.
    pub fn difference(&self, before: &Self) -> Option<String> {
        let mut parts = Vec::new();
        if self.model != before.model {
            parts.push("weights or averages".to_string());
        }
        if self.learner != before.learner {
            parts.push("moments or sound states".to_string());
        }
        if self.state != before.state {
            parts.push(format!("the state {} was {}", self.state, before.state));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// A run, of `TINY` if nothing else is said, that stands between two iterations whenever it is looked at.
pub struct Healthy {
    pub watched: Watched,
    folder: tempfile::TempDir,
}

impl Healthy {
    pub fn new(recipes: &Path) -> Self {
        Self::of(RecipeText { path: recipes.join("healthy.rhai"), ..text(TINY) })
    }

    /// A run of another healthy recipe.
    pub fn of(recipe: RecipeText) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Nothing is drawn or saved but what is asked for.
        let never = Duration::from_secs(1_000_000);
        let options = RunOptions {
            directory: Some(folder.path().join("run")),
            sheet_every: never,
            checkpoint_every: never,
            ..tiny_options(recipe)
        };
        let mut watched = Watched::new(options);
        watched.send(Command::Pause);
        watched.wait("a pause", paused);
        let mut run = Self { watched, folder };
        run.learn();
        run
    }

    /// Goes on by one iteration, or to the end of the one that is under way.
    pub fn learn(&mut self) {
        self.watched.send(Command::StepIteration);
        self.watched.wait("an iteration", |event| match event {
            Event::Update { .. } => Some(()),
            Event::RecipeRefused { message, .. } => panic!("the healthy recipe is refused: {message}"),
            Event::Ended { error, .. } => panic!("the run ended: {error:?}"),
            _ => None,
        });
        self.watched.wait("a pause", paused);
    }

    /// What it has learned.
    pub fn saved(&mut self) -> Saved {
        self.watched.send(Command::Save);
        let path = self.watched.wait("a checkpoint", |event| match event {
            Event::Checkpoint { path, .. } => Some(path.clone()),
            Event::Ended { error, .. } => panic!("the run ended: {error:?}"),
            _ => None,
        });
        Saved::read(&path)
    }

    /// Iterations that have finished.
    pub fn iteration(&self) -> u64 {
        let finished = self.watched.events.iter().rev().find_map(|event| match event {
            Event::Update { iteration, .. } => Some(*iteration),
            _ => None,
        });
        finished.unwrap_or(0)
    }

    /// The text that the run directory holds.
    pub fn recipe(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("run/recipe.rhai")).unwrap()
    }

    /// Puts a recipe in place and lets it begin an iteration.
    pub fn edit(&mut self, recipe: RecipeText, patience: Duration) -> Outcome {
        self.watched.events.clear();
        self.watched.send(Command::SwapRecipe(recipe));
        let refused = self.watched.wait("an answer to the edit", |event| match event {
            Event::RecipeApplied { .. } => Some(None),
            Event::Ended { error, .. } => panic!("the run ended: {error:?}"),
            other => refusal(other).map(Some),
        });
        if let Some(refusal) = refused {
            return Outcome::Refused(refusal);
        }
        self.watched.send(Command::StepIteration);
        let end = std::time::Instant::now() + patience;
        while let Ok(event) = self.watched.run.events.recv_deadline(end) {
            let outcome = match &event {
                Event::Update { .. } => Some(Outcome::Finished),
                Event::Ended { error, .. } => panic!("the run ended: {error:?}"),
                other => refusal(other).map(Outcome::Refused),
            };
            self.watched.events.push(event);
            if let Some(outcome) = outcome {
                self.watched.wait("a pause", paused);
                return outcome;
            }
        }
        Outcome::UnderWay
    }

    /// Puts `TINY` back by an edit and lets an iteration finish. A slow recipe that is under way is cut short, refused
    /// by then, or at its end.
    pub fn heal(&mut self, recipes: &Path) {
        let recipe = RecipeText { path: recipes.join("healthy.rhai"), ..text(TINY) };
        self.watched.send(Command::SwapRecipe(recipe));
        self.watched.wait("the healthy recipe", |event| match event {
            Event::RecipeApplied { text, .. } => (text == TINY).then_some(()),
            // It failed by itself, and the recipe that was sent was the running one again.
            Event::RecipeRefused { .. } => Some(()),
            Event::Ended { error, .. } => panic!("the run ended: {error:?}"),
            _ => None,
        });
        // The iteration that was begun ends, or is over.
        self.watched.send(Command::Pause);
        self.watched.send(Command::StepIteration);
        self.watched.wait("an iteration", |event| matches!(event, Event::Update { .. }).then_some(()));
        self.watched.wait("a pause", paused);
    }
}

pub fn paused(event: &Event) -> Option<()> {
    matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(())
}

pub fn refusal(event: &Event) -> Option<Refusal> {
    match event {
        Event::RecipeRefused { path, line, column, message, .. } => Some(Refusal {
            file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            line: *line,
            column: *column,
            message: message.clone(),
        }),
        _ => None,
    }
}
