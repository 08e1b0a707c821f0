//! A compiled recipe: its script, the defaults behind it, and the answers it gives.

use super::arithmetic::{self, Arithmetic, NoiseCalls};
use super::endless;
use super::error::{RecipeError, fail};
use super::import::{self, Compiled, Imports};
use super::iteration::{self, ScriptBatch};
use super::laboratory::{BatchVersions, HostError, Laboratory};
use super::limits::{self, Deadline};
use super::live::{LiveParameter, LiveParameters, Setting};
use super::module::ScriptModule;
use super::options::{Scripted, count};
use super::plan::ScriptStep;
use super::vocabulary;
use rhai::{AST, Dynamic, Engine, EvalAltResult, FnPtr, FuncArgs, Position};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

/// The exact text of a recipe and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeText {
    pub path: PathBuf,
    pub text: String,
}

/// The functions a recipe may define, with the number of their parameters.
const FUNCTIONS: [(&str, usize); 11] = [
    ("data", 0),
    ("batch_size", 0),
    ("histogram", 0),
    ("pyramid", 0),
    ("reference", 0),
    ("network", 1),
    ("kernel", 1),
    ("step", 3),
    ("optimizer", 0),
    ("rate", 1),
    ("iterate", 2),
];

/// The text of the defaults.
pub const DEFAULTS: &str = include_str!("defaults.rhai");

/// A recipe that compiled. It holds no state of a run but the values of live parameters.
pub struct Recipe {
    text: RecipeText,
    engine: Engine,
    script: AST,
    defaults: AST,
    /// Of plugins, by the names of their files.
    modules: Vec<(String, AST)>,
    imports: Imports,
    deadline: Deadline,
    arithmetic: Arithmetic,
    pub(super) live: LiveParameters,
    pub(super) sides: Rc<RefCell<Vec<usize>>>,
}

/// Why an iteration ended early.
#[derive(Debug, Clone, PartialEq)]
pub enum IterationError {
    Recipe(RecipeError),
    Interrupted,
    Failed(String),
}

impl Recipe {
    /// Compiles `text`. `set` holds live parameters that were set before.
    ///
    /// # Errors
    /// A syntax error with its place, or a function of the recipe's vocabulary with the wrong number of parameters.
    pub fn compile(text: RecipeText, set: &BTreeMap<String, Setting>) -> Result<Self, RecipeError> {
        Self::compile_with(text, set, &[])
    }

    /// Compiles `text` with the modules of plugins at hand.
    ///
    /// # Errors
    /// As [`Self::compile`], and a module that does not compile, with the place in its own file.
    pub fn compile_with(
        text: RecipeText,
        set: &BTreeMap<String, Setting>,
        modules: &[ScriptModule],
    ) -> Result<Self, RecipeError> {
        let (deadline, arithmetic, imports) = (Deadline::none(), Arithmetic::new(), Imports::of(&text.path));
        let live = LiveParameters::new(set);
        let sides = Rc::new(RefCell::new(vec![1]));
        let mut engine = engine(&deadline, &live, &sides, &arithmetic);
        engine.set_module_resolver(imports.clone());
        let mut scripts = Vec::new();
        for module in modules {
            let compiled = compile_text(&engine, &module.text, &deadline)?;
            engine.register_static_module(module.name.as_str(), compiled.module);
            scripts.push((module.text.path.display().to_string(), compiled.script));
        }
        let script = compile_text(&engine, &text, &deadline)?.script;
        let defaults = RecipeText { path: "defaults.rhai".into(), text: DEFAULTS.into() };
        let defaults = compile_text(&engine, &defaults, &deadline)?.script;
        let recipe =
            Self { text, engine, script, defaults, modules: scripts, imports, deadline, arithmetic, live, sides };
        recipe.check_functions()?;
        Ok(recipe)
    }

    #[must_use]
    pub fn text(&self) -> &RecipeText {
        &self.text
    }

    /// The files it imports, as they were read.
    #[must_use]
    pub fn imports(&self) -> Vec<RecipeText> {
        self.imports.texts()
    }

    /// Whether a file it imports is no longer what it was.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.imports().iter().any(|import| super::watch::read(&import.path).is_ok_and(|now| now.text != import.text))
    }

    /// The live parameters declared by what was evaluated so far.
    #[must_use]
    pub fn live_parameters(&self) -> Vec<LiveParameter> {
        self.live.declared()
    }

    /// Sets a live parameter, within its range. Returns it as it is then, or `None` if there is none of that name.
    pub fn set_live_parameter(&self, name: &str, value: f64) -> Option<LiveParameter> {
        self.live.set(name, value)
    }

    /// Runs one iteration on `host`.
    ///
    /// # Errors
    /// An error of the script, or what the host ended it with.
    pub fn iterate(&self, host: Rc<RefCell<dyn Laboratory>>, batch: BatchVersions) -> Result<(), IterationError> {
        let noise = NoiseCalls::of_iteration(host.borrow().noise_key());
        let batch = ScriptBatch(Rc::new(batch));
        match self.with_lab(&host, noise, |lab| self.call("iterate", (lab, batch))) {
            Ok(_) => Ok(()),
            Err(error) => Err(match terminated(&error) {
                Some(HostError::Interrupted) => IterationError::Interrupted,
                Some(HostError::Failed(message)) => IterationError::Failed(message),
                Some(HostError::Recipe(error)) => IterationError::Recipe(error),
                _ => IterationError::Recipe(self.positioned("iterate", &error)),
            }),
        }
    }

    /// Calls `report` with what the script prints from now on; without it, that is dropped.
    pub fn on_print(&mut self, report: impl Fn(&str) + 'static) {
        let report = Rc::new(report);
        let debug = report.clone();
        self.engine.on_print(move |text| report(text));
        self.engine.on_debug(move |text, _, _| debug(text));
    }

    /// Calls a function and takes its answer as a `T`.
    pub(super) fn ask<T: Clone + 'static>(
        &self,
        name: &'static str,
        arguments: impl FuncArgs,
    ) -> Result<T, RecipeError> {
        let answer = self.call(name, arguments).map_err(|error| self.positioned(name, &error))?;
        let found = self.type_name(&answer);
        answer.try_cast::<T>().ok_or_else(|| {
            let wanted = self.engine.map_type_name(std::any::type_name::<T>()).to_string();
            self.error_in(name, format!("{name} must return a {wanted}, found {found}"))
        })
    }

    fn call(&self, name: &str, arguments: impl FuncArgs) -> Scripted<Dynamic> {
        let script = if self.defines(name) { &self.script } else { &self.defaults };
        self.call_in(script, &FnPtr::new(name)?, arguments)
    }

    /// Calls a function of `script`.
    pub(super) fn call_in(&self, script: &AST, function: &FnPtr, arguments: impl FuncArgs) -> Scripted<Dynamic> {
        self.deadline.within(|| self.deadline.guard(|| function.call(&self.engine, script, arguments)))
    }

    /// Calls a kernel's own step, in the file that it was written in.
    pub(super) fn call_step(&self, step: &ScriptStep, arguments: impl FuncArgs) -> Scripted<Dynamic> {
        let script = self.script_of_file(step.source.as_deref().unwrap_or_default());
        self.call_in(&script, &step.function, arguments)
    }

    /// Whether a plugin's file of that name was compiled with it.
    pub(super) fn has_script(&self, source: &str) -> bool {
        self.modules.iter().any(|(path, _)| path == source)
    }

    /// The script of a file, by its name in errors; the recipe's own for any other.
    pub(super) fn script_of_file(&self, source: &str) -> AST {
        let module = self.modules.iter().find(|(path, _)| path == source).map(|(_, script)| script.clone());
        module.or_else(|| self.imports.script(source)).unwrap_or_else(|| self.script.clone())
    }

    /// What ended a step, or the error that it made, with its place.
    pub(super) fn ended_step(&self, step: &ScriptStep, error: &EvalAltResult) -> HostError {
        match terminated(error) {
            Some(ended) => ended,
            None => {
                let source = step.source.as_deref().map_or_else(|| self.text.path.clone(), PathBuf::from);
                let found = RecipeError::from_script(source.clone(), error);
                let script = self.script_of_file(step.source.as_deref().unwrap_or_default());
                let function = step.function.fn_name();
                if lacks(error, function) {
                    let message =
                        "custom: step must be a function of three parameters, such as |lab, s, y| y, and be there";
                    return HostError::Recipe(self.error_in("kernel", message.into()));
                }
                HostError::Recipe(match endless::place(&script, function, error) {
                    Some(place) => RecipeError::new(source, place, found.message),
                    None if innermost_position(error).is_none() => {
                        self.error_in(if self.defines("step") { "step" } else { "kernel" }, found.message)
                    }
                    None => found,
                })
            }
        }
    }

    pub(super) fn arithmetic(&self) -> &Arithmetic {
        &self.arithmetic
    }

    pub(super) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// The name of a value's type, as scripts know it.
    pub(super) fn type_name(&self, value: &Dynamic) -> String {
        match self.engine.map_type_name(value.type_name()) {
            "()" => "nothing".into(),
            name => name.into(),
        }
    }

    /// Whether the recipe's own text has a function of that name.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.script.iter_functions().any(|function| function.name == name)
    }

    /// Refuses `fn kernel()` where `kernel(s)` is meant.
    fn check_functions(&self) -> Result<(), RecipeError> {
        for function in self.script.iter_functions() {
            let known = FUNCTIONS.iter().find(|(name, _)| *name == function.name);
            if let Some(&(name, wanted)) = known.filter(|(_, wanted)| *wanted != function.params.len()) {
                let found = function.params.len();
                let message = format!("fn {name} must take {wanted} parameters, found {found}");
                return Err(self.error_in(name, message));
            }
        }
        Ok(())
    }

    /// A refusal at the first of these functions that the recipe defines; at its beginning, if it defines none.
    #[must_use]
    pub fn refusal(&self, functions: &[&str], message: String) -> RecipeError {
        let defined = functions.iter().find(|name| self.defines(name));
        self.error_in(defined.copied().unwrap_or_default(), message)
    }

    /// An error at the place of function `name`'s definition.
    pub(super) fn error_in(&self, name: &str, message: String) -> RecipeError {
        RecipeError::new(self.text.path.clone(), definition(&self.text.text, name), message)
    }

    /// An error with the place it happened, or that of function `name` if it has none.
    pub(super) fn positioned(&self, name: &str, error: &EvalAltResult) -> RecipeError {
        let found = RecipeError::from_script(self.text.path.clone(), error);
        if !self.defines(name) {
            // The place is in the defaults' text, which the user cannot edit. What the default iteration stumbles over
            // is what it is given to work with.
            let given: &[&str] = if name == "iterate" { &["step", "kernel"] } else { &[] };
            return self.refusal(given, format!("in the default fn {name}: {}", found.message));
        }
        match endless::place(&self.script, name, error) {
            Some(place) => RecipeError::new(self.text.path.clone(), place, found.message),
            None if innermost_position(error).is_none() => self.error_in(name, found.message),
            None => found,
        }
    }
}

/// Whether the error is that there is no such function, or none for so many arguments.
fn lacks(error: &EvalAltResult, function: &str) -> bool {
    matches!(error, EvalAltResult::ErrorFunctionNotFound(signature, _)
        if signature.strip_prefix(function).is_some_and(|rest| rest.starts_with(" (")))
}

/// What ended the script from the host's side, if that is what ended it.
fn terminated(error: &EvalAltResult) -> Option<HostError> {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => terminated(inner),
        EvalAltResult::ErrorTerminated(token, _) => token.clone().try_cast::<HostError>(),
        _ => None,
    }
}

pub(super) fn innermost_position(error: &EvalAltResult) -> Position {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, outer) => match innermost_position(inner) {
            position if position.is_none() => *outer,
            position => position,
        },
        other => other.position(),
    }
}

/// Compiles one file, with the place of what is wrong in it.
fn compile_text(engine: &Engine, text: &RecipeText, deadline: &Deadline) -> Result<Compiled, RecipeError> {
    let compiled = deadline.within(|| deadline.guard(|| import::compile(engine, text)));
    compiled.map_err(|error| RecipeError::from_script(text.path.clone(), &error))
}

/// An engine that knows all words of recipes, to be asked about them.
pub(super) fn plain_engine() -> Engine {
    engine(&Deadline::none(), &LiveParameters::default(), &Rc::default(), &Arithmetic::new())
}

/// A script engine with the recipe's vocabulary and limits.
fn engine(
    deadline: &Deadline,
    live: &LiveParameters,
    sides: &Rc<RefCell<Vec<usize>>>,
    arithmetic: &Arithmetic,
) -> Engine {
    let mut engine = Engine::new();
    // Standard output is the program's own; see `Recipe::on_print`.
    engine.on_print(|_| {});
    engine.on_debug(|_, _, _| {});
    limits::apply(&mut engine, deadline, arithmetic);
    engine.register_type_with_name::<Dynamic>("value");
    vocabulary::register(&mut engine);
    arithmetic::register(&mut engine, arithmetic);
    iteration::register(&mut engine);
    live.register(&mut engine);
    let sides = sides.clone();
    engine.register_fn("side", move |s: Dynamic| -> Scripted<i64> {
        let sides = sides.borrow();
        match sides.get(count("side: the grid s", &s, [0, 10_000])?) {
            Some(&side) => Ok(side as i64),
            None => fail(format!("side({s}): there are grids 0 to {}", sides.len() - 1)),
        }
    });
    engine
}

/// Where `fn name` stands in a text.
pub(super) fn definition(text: &str, name: &str) -> Position {
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let rest = trimmed.strip_prefix("private ").unwrap_or(trimmed);
        let defined = rest.strip_prefix("fn ").map(|rest| rest.trim_start());
        if defined.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.trim_start().starts_with('(')) {
            // The language counts no farther.
            let place = |from_0: usize| u16::try_from(from_0 + 1).unwrap_or(u16::MAX);
            return Position::new(place(index), place(line.len() - trimmed.len()));
        }
    }
    Position::NONE
}
