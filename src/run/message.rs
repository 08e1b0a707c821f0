//! What goes in and out of a run: commands, frames (the newest one wins) and events (none is lost).

use crate::data::Report;
use crate::plugin::Plugins;
use crate::recipe::{LiveParameter, RecipeText};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a run can be told. Each takes effect between two MCMC steps.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Run,
    Pause,
    /// Advance by one MCMC step, then pause.
    StepMcmc,
    /// Advance to the end of the chains of the current grid (or through the next grid's), then pause.
    StepGrid,
    /// Advance to the end of the current iteration (or through the next one), then pause.
    StepIteration,
    /// Forget everything learned and start again from the seed.
    Reset,
    /// As [`Command::Reset`], from another seed.
    Reseed(u64),
    /// The grid of this side learns no more, or learns again; its chains go on.
    Freeze {
        side: usize,
        frozen: bool,
    },
    /// Wait so long after each MCMC step, 0 to 10 seconds.
    SlowMotion(f64),
    /// Halve the learning rate of grid `grid` from now on, as after a divergence.
    CutRate {
        grid: usize,
    },
    /// Clip the gradient of grid `grid` at twice its usual norm from now on.
    LimitGradient {
        grid: usize,
    },
    /// Put colours on the chains of grid `grid`, if it is they that move: image, x, y, and 8-bit colour on the model's range.
    Paint {
        grid: usize,
        dabs: Vec<(usize, usize, usize, [u8; 3])>,
    },
    /// Set a live parameter of the recipe.
    SetParameter {
        name: String,
        value: f64,
    },
    /// Put this recipe in place of the running one.
    SwapRecipe(RecipeText),
    /// Tell what this recipe would change; see [`Event::Previewed`].
    Preview(RecipeText),
    /// Tell what is in the data of the running recipe, or in this folder or file, prepared as the running recipe prepares
    /// its own; see [`Event::Inspected`]. A newer question takes the place of one that is not answered yet.
    Inspect(Option<PathBuf>),
    /// These are the plugins from now on.
    SetPlugins(Plugins),
    /// Share what was learned with the run's probe.
    ShareWeights,
    /// Write a checkpoint now.
    Save,
    /// Write a checkpoint and end the run.
    Stop,
}

/// Square RGBA pictures of one size, on the fixed scale of the model's range (never stretched).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pictures {
    pub side: usize,
    pub count: usize,
    /// `count × side × side × 4` bytes.
    pub rgba: Vec<u8>,
}

/// Curves of one view.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chart {
    pub name: String,
    /// Each curve's name and its values at 0, 1, 2, …
    pub curves: Vec<(String, Vec<f64>)>,
}

/// What a run looks like now.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Increases by one from frame to frame.
    pub number: u64,
    /// Learning updates done.
    pub iteration: u64,
    pub phase: Phase,
    /// Iterations a second, over the last few seconds.
    pub iterations_per_second: f64,
    /// Seconds of learning, pauses left out.
    pub seconds: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// Seconds waited after each MCMC step.
    pub slow_motion: f64,
    /// Such as `cpu, 2 threads, AVX-512`.
    pub device: String,
    /// `none`, `batch`, `joint`, `frozen`, or several of them.
    pub norm_mode: String,
    /// The value range that pictures are drawn on, such as `[-1, 1]`.
    pub range: [f32; 2],
    /// Where the chains are: grid s (0 before the first) and MCMC step τ of how many.
    pub sampling_grid: usize,
    pub sampling_step: usize,
    pub sampling_steps: usize,
    /// Grids 0 (the 1×1 versions) to S.
    pub grids: Vec<GridFrame>,
    /// Live parameters the recipe declares.
    pub parameters: Vec<LiveParameter>,
    /// Images a recipe shows by `lab.show(name, images)`.
    pub shown: Vec<(String, Pictures)>,
    /// Curves that views of plugins draw.
    pub charts: Vec<Chart>,
    /// Names the pyramid and the networks; changes when they do.
    pub plan_fingerprint: u64,
}

/// Whether a run is moving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading data and preparing networks.
    #[default]
    Starting,
    Running,
    Paused,
    /// The thread has ended.
    Ended,
}

/// One grid of a frame. Energies, norms and shares are of the last finished iteration.
#[derive(Debug, Clone, Default)]
pub struct GridFrame {
    pub side: usize,
    pub observed: Pictures,
    pub synthesized: Pictures,
    /// Scores of the pictures, as of the last update of this grid; empty before the first.
    pub observed_scores: Vec<ImageScore>,
    pub synthesized_scores: Vec<ImageScore>,
    /// It does not learn: the user froze it.
    pub frozen: bool,
    /// Numbers of the last update of this grid; `None` for grid 0 and before the first update.
    pub update: Option<GridUpdate>,
}

/// Score f(Y) of one image, and its energy.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ImageScore {
    pub score: f32,
    pub energy: f32,
}

/// Numbers of one learning update of one grid.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GridUpdate {
    /// Side of the grid.
    pub side: usize,
    /// Mean energy of the observed and of the synthesized images (low energy = likely).
    pub observed_energy: f64,
    pub synthesized_energy: f64,
    /// Mean score of the observed images less that of the synthesized ones.
    pub gap: f64,
    /// l1 norm of the learning gradient (9): the sum of |g|, and the mean of |g| over parameters.
    pub gradient_l1: f64,
    pub gradient_mean: f64,
    /// l2 norm of the gradient the optimizer saw, before clipping.
    pub gradient_norm: f64,
    /// Effective temperature T = s²/2c of the chain; `None` where a script moves it and does not say.
    pub temperature: Option<f64>,
    /// Share of proposals that were accepted, 0 to 1, of kernels that propose.
    #[serde(default)]
    pub acceptance: Option<f64>,
    /// Share of values at an edge of the box, 0 to 1.
    pub clamped: f64,
    /// Learning rate used, the grid's own cut after divergences included.
    pub rate: f64,
    /// Share of the contrast the governor lets through, 0 to 1.
    pub governor: f64,
    /// Median time of one MCMC step, milliseconds.
    pub step_ms: f64,
}

/// What a recipe would change, or where it is wrong.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Preview {
    /// The text that was asked about.
    pub text: String,
    pub kept: Vec<String>,
    pub renewed: Vec<String>,
    pub cost: String,
    /// File, line and column from 1, and message.
    pub refusal: Option<(PathBuf, usize, usize, String)>,
}

/// What is in a data set, or why it cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub struct DataReport {
    /// The folder or file that was asked about; `None` for the data of the running recipe.
    pub path: Option<PathBuf>,
    /// How it lies on disk, in words, where that is known.
    pub layout: String,
    pub contents: Result<DataContents, String>,
}

/// What is in a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct DataContents {
    pub report: Report,
    /// Some of the training images, class by class.
    pub montage: Pictures,
    /// Name and class of each of them.
    pub captions: Vec<String>,
    /// Model values of black and white.
    pub range: [f32; 2],
}

/// Something that happened; also a line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    Started {
        directory: Option<PathBuf>,
        device: String,
        seed: u64,
        iteration: u64,
    },
    /// The source is being read: images so far, of how many, and for how long still, where that is known.
    Reading {
        done: usize,
        total: Option<usize>,
        seconds_left: Option<f64>,
    },
    /// The source was read: images kept, and files left out with the reason. Told again when a recipe changes the data or
    /// the size of a batch.
    Data {
        source: String,
        training: usize,
        held_out: usize,
        /// Images in a batch: `training / batch` updates are an epoch. 0 where it is not known.
        #[serde(default)]
        batch: usize,
        skipped: Vec<String>,
    },
    /// One finished iteration; one entry for each grid, from grid 1 up.
    Update {
        iteration: u64,
        seconds: f64,
        grids: Vec<GridUpdate>,
    },
    /// A value a recipe plots by `lab.plot(name, value)`.
    Plot {
        iteration: u64,
        name: String,
        value: f64,
    },
    /// A new recipe took effect: what it kept and what it made anew, in words.
    RecipeApplied {
        iteration: u64,
        path: PathBuf,
        text: String,
        kept: Vec<String>,
        renewed: Vec<String>,
    },
    /// A recipe was refused or failed; the last good one keeps running.
    RecipeRefused {
        iteration: u64,
        path: PathBuf,
        line: usize,
        column: usize,
        message: String,
    },
    /// A live parameter was set; of a choice or a toggle, `word` says to what.
    ParameterSet {
        iteration: u64,
        name: String,
        value: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        word: Option<String>,
    },
    /// A grid ran away: why, and what was done about it. `step` is the MCMC step, from 1, in which it was seen, where it was
    /// not at the update. Where the run `asks`, it is paused until the user says how to go on.
    Diverged {
        iteration: u64,
        grid: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<usize>,
        reason: String,
        action: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        asks: bool,
    },
    /// The user changed how a grid learns.
    Adjusted {
        iteration: u64,
        grid: usize,
        change: String,
    },
    /// A measure of quality: images drawn from the averaged weights against held-out ones.
    Measured {
        iteration: u64,
        name: String,
        value: f64,
    },
    Checkpoint {
        iteration: u64,
        path: PathBuf,
    },
    Sheet {
        iteration: u64,
        path: PathBuf,
    },
    Phase {
        iteration: u64,
        phase: Phase,
    },
    /// Something the user should know that stops nothing.
    Warning {
        iteration: u64,
        message: String,
    },
    /// What the recipe printed.
    Printed {
        iteration: u64,
        text: String,
    },
    /// What a recipe would change. Not a line of `events.jsonl`.
    Previewed(Preview),
    /// A data set is being read to be told of: as [`Event::Reading`]. Not a line of `events.jsonl`.
    #[serde(skip)]
    Inspecting {
        path: Option<PathBuf>,
        done: usize,
        total: Option<usize>,
        seconds_left: Option<f64>,
    },
    /// What is in a data set. Not a line of `events.jsonl`.
    #[serde(skip)]
    Inspected(Box<DataReport>),
    /// The run ended; `error` says why, when it failed, and `input` whether the user's input was at fault.
    Ended {
        iteration: u64,
        error: Option<String>,
        input: bool,
    },
}
