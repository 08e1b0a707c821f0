//! What a run is started with, and why it may fail.

use super::lock::Holder;
use super::rotation::Keep;
use crate::compute::{ComputeError, DeviceError};
use crate::data::DataError;
use crate::recipe::{OnDivergence, RecipeError, RecipeText, ScriptModule, Setting, WatchError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How a run is started.
#[derive(Debug, Clone)]
pub struct RunOptions {
    pub recipe: RecipeText,
    /// `auto`, `cpu`, `gpu`, `gpu:N`, …
    pub device: String,
    /// Threads of the CPU kernels; one for each core when `None`.
    pub threads: Option<usize>,
    pub seed: u64,
    /// Where the run is kept; nothing is written when `None`.
    pub directory: Option<PathBuf>,
    /// Go on from the newest sound checkpoint in `directory`.
    pub resume: bool,
    /// End after this many iterations in all.
    pub iterations: Option<u64>,
    /// End after this many seconds of learning in all.
    pub seconds: Option<f64>,
    /// Live parameters set beforehand.
    pub set: BTreeMap<String, Setting>,
    /// Modules that plugins add to the recipe's language.
    pub modules: Vec<ScriptModule>,
    /// The folder of plugins, whose changes are taken while running.
    pub plugins: Option<PathBuf>,
    /// Take changes of the recipe's file while running.
    pub watch: bool,
    /// Someone looks on: make frames, and wait for a better recipe when the first one is broken.
    pub interactive: bool,
    pub sheet_every: Duration,
    pub checkpoint_every: Duration,
    /// What follows when a grid diverges, whatever the recipe says.
    pub on_divergence: Option<OnDivergence>,
    /// Which checkpoints are kept.
    pub keep: Keep,
}

impl RunOptions {
    /// Options with the defaults of the command line.
    #[must_use]
    pub fn new(recipe: RecipeText) -> Self {
        Self {
            recipe,
            device: "auto".into(),
            threads: None,
            seed: 1,
            directory: None,
            resume: false,
            iterations: None,
            seconds: None,
            set: BTreeMap::new(),
            modules: Vec::new(),
            plugins: None,
            watch: false,
            interactive: false,
            sheet_every: Duration::from_secs(10),
            checkpoint_every: Duration::from_secs(60),
            on_divergence: None,
            keep: Keep::default(),
        }
    }
}

/// Why a run cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error(transparent)]
    Watch(#[from] WatchError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Compute(#[from] ComputeError),
    #[error("cannot write the run directory {}: {source}; choose another with --run DIR", path.display())]
    Directory { path: PathBuf, source: std::io::Error },
    #[error("{} holds no run: {reason}", path.display())]
    NoRun { path: PathBuf, reason: String },
    #[error("the run {} is open already, {holder}; end it there first", path.display())]
    Open { path: PathBuf, holder: Holder },
    #[error("the state after iteration {iteration} is not saved: {reason}; {before}")]
    NotSaved { iteration: u64, reason: String, before: String },
    #[error("the run {} is not moved to the trash folder: {reason}", path.display())]
    NotMoved { path: PathBuf, reason: String },
    #[error("no run is begun from the checkpoint {}: {reason}", path.display())]
    NoFork { path: PathBuf, reason: String },
    #[error("the checkpoint {} is unsound: {reason}", path.display())]
    Checkpoint { path: PathBuf, reason: String },
    #[error("there is no live parameter '{name}'; the recipe declares {known}")]
    Parameter { name: String, known: String },
    #[error("the live parameter '{name}' must be {rule}, found '{setting}'")]
    Setting { name: String, setting: String, rule: String },
    #[error("cannot start the run's thread: {0}")]
    Thread(std::io::Error),
    #[error("{0}")]
    Question(String),
    #[error("the engine stopped: {0}")]
    Failed(String),
    #[error("the engine stopped by a fault of its own: {0}")]
    Fault(String),
    #[error("{what}. {remedy}")]
    Diverged { what: String, remedy: String },
}

impl RunError {
    /// Whether the user's input is at fault, rather than the machine.
    #[must_use]
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Compute(_) | Self::Thread(_) | Self::Failed(_) | Self::Fault(..) | Self::NotSaved { .. })
    }
}
