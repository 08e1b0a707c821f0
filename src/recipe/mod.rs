//! The recipe: a Rhai script that is the algorithm. See `docs/recipes.md` for the language.

mod answers;
mod arithmetic;
mod compile;
mod dictionary;
mod endless;
mod error;
mod import;
mod iteration;
mod kernels;
mod laboratory;
mod limits;
mod live;
mod machine;
mod module;
mod options;
mod plan;
mod scale;
mod vocabulary;
mod watch;

pub use compile::{DEFAULTS, IterationError, Recipe, RecipeText};
pub use dictionary::{
    DictionaryError, Entry, EntryOption, Form, Parameter, RegisteredWord, Signature, definitions, dictionary, page,
    registered_words,
};
pub use error::RecipeError;
pub use import::PLUGINS;
pub use laboratory::{Advance, BatchVersions, HostError, Laboratory, ScriptMove};
pub use live::LiveParameter;
pub use machine::{free_memory, held_memory};
pub use module::{ModuleEntry, ScriptModule, View};
pub use plan::{GridKernel, Learner, OnDivergence, Plan, ScriptStep};
pub use scale::Scale;
pub use watch::{RecipeWatcher, WatchError, is_change, quiet, read};
