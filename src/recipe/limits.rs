//! What a script may not do: the same limits in every build.

use super::arithmetic::Arithmetic;
use super::error::fail;
use super::machine::{free_memory, held_memory};
use super::nesting;
use super::options::Scripted;
use rhai::{Dynamic, Engine};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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
/// Bytes that the program may grow by in one call of a script, its images left out.
const GROWTH: u64 = 512 << 20;
/// Bytes of the stack that one call may take; threads have 2 MiB.
const STACK: usize = 1 << 20;
/// Time between two looks at the memory while a script runs.
const LOOK: Duration = Duration::from_millis(10);
/// A script that asks the host more often than this cannot fill much in between.
const BRIEF: Duration = Duration::from_millis(2);

/// What one call of a script may still take: time, stack and memory.
#[derive(Clone, Default)]
pub(super) struct Deadline(Rc<Call>);

#[derive(Default)]
struct Call {
    /// The time until which it may run.
    until: Cell<Option<Instant>>,
    /// Where the stack was when it began.
    stack: Cell<usize>,
    /// Bytes that the program held without it.
    held: Cell<u64>,
    /// Bytes that the program held when it was last asked, and when that was.
    read: Cell<Option<(Instant, u64)>>,
    /// Whether the host works for it.
    hosting: Cell<bool>,
    /// When it was last seen whether the script takes too much.
    looked: Cell<Option<Instant>>,
}

impl Deadline {
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Runs `script` within the limits of one call, unless the host does so for a script that runs already: that one's
    /// go on.
    pub(super) fn within<T>(&self, script: impl FnOnce() -> T) -> T {
        if self.0.until.get().is_some() {
            return script();
        }
        self.0.until.set(Some(Instant::now() + TIME));
        self.0.stack.set(stack());
        self.0.held.set(self.memory(LOOK));
        let value = script();
        self.0.until.set(None);
        value
    }

    /// Runs `script`. A panic of the interpreter is an error of what it was given; one of the host stays a panic.
    pub(super) fn guard<T>(&self, script: impl FnOnce() -> Scripted<T>) -> Scripted<T> {
        let outer = self.0.hosting.replace(false);
        let answer = catch_unwind(AssertUnwindSafe(script));
        let of_host = self.0.hosting.replace(outer);
        answer.unwrap_or_else(|panic| {
            if of_host {
                resume_unwind(panic);
            }
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            fail(format!("the interpreter of recipes stumbled over this: {text}; write it otherwise"))
        })
    }

    /// Runs `script` with time of its own; that of the script around it stands still.
    pub(super) fn apart<T>(&self, script: impl FnOnce() -> T) -> T {
        let (outer, started) = (self.0.until.get(), Instant::now());
        self.0.until.set(Some(started + TIME));
        let value = script();
        self.0.until.set(outer.map(|deadline| deadline + started.elapsed()));
        value
    }

    /// Lets the host work for the script: neither its time nor its memory is the script's.
    pub(super) fn host<T>(&self, work: impl FnOnce() -> T) -> T {
        let (before, started) = (self.memory(BRIEF), Instant::now());
        self.0.hosting.set(true);
        let value = work();
        self.0.hosting.set(false);
        let time = started.elapsed();
        self.0.until.set(self.0.until.get().map(|deadline| deadline + time));
        if time >= BRIEF {
            self.0.held.set((self.0.held.get() + self.memory(BRIEF)).saturating_sub(before));
        }
        value
    }

    /// Bytes that the program holds, as it was at most so long ago; 0 where that is not known.
    fn memory(&self, ago: Duration) -> u64 {
        match self.0.read.get() {
            Some((then, held)) if then.elapsed() < ago => held,
            _ => {
                let held = held_memory().unwrap_or(0);
                self.0.read.set(Some((Instant::now(), held)));
                held
            }
        }
    }

    /// What ends the script, if anything does.
    fn over(&self, arithmetic: &Arithmetic) -> Option<String> {
        if self.0.stack.get().abs_diff(stack()) > STACK {
            return Some(
                "calls and what they calculate nest too deep; does a function call itself without end?".into(),
            );
        }
        let now = Instant::now();
        if self.0.until.get().is_some_and(|deadline| now > deadline) {
            return Some(format!("the script ran for more than {} s; is there an endless loop?", TIME.as_secs()));
        }
        if self.0.looked.get().is_some_and(|looked| now.duration_since(looked) < LOOK) {
            return None;
        }
        self.0.looked.set(Some(now));
        if free_memory().is_some_and(|free| free < LEFT) {
            return Some("the script leaves the machine no memory; does it fill a list without end?".into());
        }
        let own = self.memory(BRIEF).saturating_sub(self.0.held.get() + arithmetic.held() as u64);
        (own > GROWTH).then(|| {
            format!("the script takes more than {} MB beside images; does it fill a list without end?", GROWTH >> 20)
        })
    }
}

/// About where the stack is.
#[inline(never)]
fn stack() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

/// Puts the limits on an engine.
pub(super) fn apply(engine: &mut Engine, deadline: &Deadline, arithmetic: &Arithmetic) {
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
    // What it means could not be looked at, see [`nesting`].
    engine.disable_symbol("this");
    nesting::apply(engine);
    let (deadline, arithmetic) = (deadline.clone(), arithmetic.clone());
    engine.on_progress(move |operations| match operations % 64 {
        0 => deadline.over(&arithmetic).map(Dynamic::from),
        _ => None,
    });
}
