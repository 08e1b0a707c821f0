//! What a script may not do: the same limits in every build.

use super::error::fail;
use super::machine::free_memory;
use rhai::{Dynamic, Engine};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Operations of one call from the host.
pub(super) const OPERATIONS: u64 = 20_000_000;
/// Time of one call from the host, the host's own work left out.
pub(super) const TIME: Duration = Duration::from_secs(5);
/// Calls within calls.
pub(super) const CALL_DEPTH: usize = 48;
const EXPRESSION_DEPTH: usize = 96;
/// Files that a recipe imports in all.
pub(super) const IMPORTS: usize = 64;
/// Files that import each other in a row.
pub(super) const IMPORT_DEPTH: usize = 16;
const STRING: usize = 1 << 20;
pub(super) const ARRAY: usize = 100_000;
/// Bytes that images of a script's own may take together.
pub(super) const IMAGES: usize = 2 << 30;
/// Verbs of the lab in one iteration, or in one step.
pub(super) const VERBS: u32 = 100_000;
const MAP: usize = 10_000;
/// Bytes that a script leaves to everything else: lists of long strings keep to all other limits, and fill any machine.
const LEFT: u64 = 256 << 20;
/// Time between two looks at the machine's memory.
const LOOK: Duration = Duration::from_millis(10);

/// The time until which a script may run.
#[derive(Clone)]
pub(super) struct Deadline(Rc<Cell<Option<Instant>>>);

impl Deadline {
    pub(super) fn none() -> Self {
        Self(Rc::new(Cell::new(None)))
    }

    /// A call of a script begins, unless the host makes it for a script that runs already: that one's time goes on.
    /// Returns whether it began; then [`Self::end`] ends it.
    pub(super) fn start(&self) -> bool {
        let begins = self.0.get().is_none();
        if begins {
            self.0.set(Some(Instant::now() + TIME));
        }
        begins
    }

    /// The call that began is over.
    pub(super) fn end(&self) {
        self.0.set(None);
    }

    /// Runs `script` with time of its own; that of the script around it stands still.
    pub(super) fn apart<T>(&self, script: impl FnOnce() -> T) -> T {
        let (outer, started) = (self.0.get(), Instant::now());
        self.0.set(Some(started + TIME));
        let value = script();
        self.0.set(outer.map(|deadline| deadline + started.elapsed()));
        value
    }

    /// The host worked for the script this long; that time is not the script's.
    pub(super) fn extend(&self, time: Duration) {
        self.0.set(self.0.get().map(|deadline| deadline + time));
    }
}

/// Puts the limits on an engine.
pub(super) fn apply(engine: &mut Engine, deadline: &Deadline) {
    engine.set_max_operations(OPERATIONS);
    engine.set_max_call_levels(CALL_DEPTH);
    engine.set_max_expr_depths(EXPRESSION_DEPTH, EXPRESSION_DEPTH);
    engine.set_max_string_size(STRING);
    engine.set_max_array_size(ARRAY);
    engine.set_max_map_size(MAP);
    engine.set_max_variables(1000);
    engine.set_max_functions(1000);
    engine.set_max_modules(IMPORTS);
    engine.disable_symbol("eval");
    // It would hold up the run and its window.
    engine.register_fn("sleep", |_: i64| fail::<()>("a recipe cannot sleep"));
    engine.register_fn("sleep", |_: f64| fail::<()>("a recipe cannot sleep"));
    let (deadline, looked) = (deadline.clone(), Cell::new(Instant::now()));
    engine.on_progress(move |operations| {
        if operations % 256 != 0 {
            return None;
        }
        let now = Instant::now();
        if deadline.0.get().is_some_and(|deadline| now > deadline) {
            let message = format!("the script ran for more than {} s; is there an endless loop?", TIME.as_secs());
            return Some(Dynamic::from(message));
        }
        if now.duration_since(looked.get()) < LOOK {
            return None;
        }
        looked.set(now);
        let full = free_memory().is_some_and(|free| free < LEFT);
        full.then(|| Dynamic::from("the script leaves the machine no memory; does it fill a list without end?"))
    });
}
