//! The recipe: a Rhai script that is the algorithm. See `docs/recipes.md` for the language.

mod compile;
mod error;
mod iteration;
mod limits;
mod live;
mod options;
mod plan;
mod scale;
mod vocabulary;
mod watch;

pub use compile::{DEFAULTS, IterationError, Recipe, RecipeText, ScriptModule};
pub use error::RecipeError;
pub use iteration::{BatchVersions, HostError, Laboratory};
pub use live::LiveParameter;
pub use plan::{Learner, OnDivergence, Plan};
pub use scale::Scale;
pub use watch::{RecipeWatcher, WatchError, read};
