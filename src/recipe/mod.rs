//! The recipe: a Rhai script that is the algorithm. See `docs/recipes.md` for the language.

mod answers;
mod arithmetic;
mod compile;
mod data_edit;
mod dictionary;
mod diff;
mod endless;
mod error;
mod import;
mod iteration;
mod kernels;
mod laboratory;
mod layers;
mod limits;
mod live;
mod machine;
mod module;
mod nesting;
mod options;
mod plan;
mod scale;
mod sources;
mod vocabulary;
mod watch;
mod write_back;

pub use compile::{DEFAULTS, IterationError, Recipe, RecipeText};
pub use dictionary::{
    DictionaryError, Entry, EntryOption, Form, Parameter, RegisteredWord, Signature, definitions, dictionary, page,
    registered_words,
};
pub use diff::{PlanDiff, sides_text};
pub use error::RecipeError;
pub use import::PLUGINS;
pub use laboratory::{Advance, BatchVersions, HostError, Laboratory, ScriptMove};
pub use live::{LiveKind, LiveParameter, Setting};
pub use machine::{free_memory, held_memory};
pub use module::{ModuleEntry, ScriptModule, View};
pub use plan::{GridKernel, Learner, OnDivergence, Plan, ScriptStep};
pub use scale::Scale;
pub use watch::{RecipeWatcher, WatchError, is_change, quiet, read};
pub use write_back::WriteBackError;
