//! A run: its thread, commands in, frames and events out, its directory and checkpoints.

mod bench;
mod chains;
mod checkpoint;
mod control;
mod directory;
mod draw;
mod engine;
mod grid;
mod handle;
mod inspect;
mod keep;
mod laboratory;
mod list;
mod memory;
mod message;
mod newest;
mod options;
mod plugins;
mod present;
mod preview;
mod probation;
mod probe;
mod saved;
mod source;
mod store;
mod swap;
mod thread;

pub use bench::{
    Bench, BenchError, Comparison, GridBench, GridComparison, Growth, GrowthRow, LayerBench, Spread, Torch,
    TorchVariant, Versus, bench, compare, grow, peak_memory,
};
pub use directory::{RunDirectory, RunSettings, read_run};
pub use handle::{FrameSlot, RunHandle, RunPort, connect};
pub use list::{RunStatus, RunSummary, list_runs, read_events};
pub use message::{
    Chart, Command, DataContents, DataReport, Event, Frame, GridFrame, GridUpdate, ImageScore, Phase, Pictures, Preview,
};
pub use options::{RunError, RunOptions};
pub use present::{growth, pictures, sheet};
pub use probe::{
    AnswerSlot, Answers, ChainProgress, ChainSettings, ChainStep, DiversityAnswer, DiversityQuestion, FillError,
    InpaintingAnswer, InpaintingQuestion, LongRunAnswer, LongRunQuestion, NearestAnswer, NearestQuestion,
    NetworkAnswer, NetworkLayer, NetworkQuestion, ProbePort, Question, SLOTS, SeedSpread, Slot, Weights,
};
pub use saved::SavedRun;
pub use thread::Run;

pub use crate::data::Report;
pub use crate::recipe::{
    Entry as DictionaryEntry, EntryOption as DictionaryOption, Form as DictionaryForm,
    Signature as DictionarySignature, dictionary,
};
pub use crate::recipe::{LiveKind, LiveParameter, RecipeText};
