//! A run: its thread, commands in, frames and events out, its directory and checkpoints.

mod bench;
mod chains;
mod checkpoint;
mod checksums;
mod control;
mod directory;
mod divergence;
mod draw;
mod ending;
mod engine;
mod event_log;
mod first_recipe;
mod grid;
mod growth;
mod handle;
mod inspect;
mod keep;
mod laboratory;
mod list;
mod lock;
mod memory;
mod message;
mod newest;
mod options;
mod plugins;
mod present;
mod preview;
mod probation;
mod probe;
mod record;
mod resume;
mod rotation;
mod saved;
mod shelf;
mod source;
mod standing;
mod steering;
mod store;
mod swap;
mod tensor_file;
mod thread;
mod thumbnail;
mod trained;

pub use bench::{
    Bench, BenchError, Comparison, GridBench, GridComparison, Growth, GrowthRow, LayerBench, Spread, Torch,
    TorchVariant, Versus, bench, compare, grow, peak_memory,
};
pub use directory::{RunDirectory, RunSettings, read_run};
pub use handle::{FrameSlot, RunHandle, RunPort, connect};
pub use list::{RunStatus, RunSummary, list_runs};
pub use lock::{Holder, is_open};
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
pub use record::read_events;
pub use rotation::Keep;
pub use saved::{Hidden, SavedRun};
pub use shelf::{copy_for_fork, trash};
pub use source::{classes_of, images_of};
pub use thread::Run;
pub use thumbnail::Thumbnails;

pub use crate::data::Report;
pub use crate::recipe::{
    Entry as DictionaryEntry, EntryOption as DictionaryOption, Form as DictionaryForm,
    Signature as DictionarySignature, dictionary,
};
pub use crate::recipe::{LiveKind, LiveParameter, OnDivergence, RecipeText};
