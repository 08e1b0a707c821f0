//! A compiled recipe: its script, the defaults behind it, and the answers it gives.

use super::error::{RecipeError, fail};
use super::iteration::{self, BatchVersions, HostError, Laboratory, ScriptBatch, ScriptLab};
use super::limits::{self, Deadline};
use super::live::{LiveParameter, LiveParameters};
use super::options::{Scripted, count, number};
use super::plan::{Learner, Plan};
use super::scale::Scale;
use super::vocabulary::{self, DataWords, KernelWords, PyramidWords};
use crate::data::HistogramKind;
use crate::model::{Network, NetworkSpec, Pyramid, Reference};
use crate::sampling::Langevin;
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, Module, Position, Scope};
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

/// A module that a plugin adds: recipes call its functions as `name::function`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptModule {
    pub name: String,
    pub text: RecipeText,
}

/// The functions a recipe may define, with the number of their parameters.
const FUNCTIONS: [(&str, usize); 10] = [
    ("data", 0),
    ("batch_size", 0),
    ("histogram", 0),
    ("pyramid", 0),
    ("reference", 0),
    ("network", 1),
    ("kernel", 1),
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
    deadline: Deadline,
    live: LiveParameters,
    sides: Rc<RefCell<Vec<usize>>>,
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
    pub fn compile(text: RecipeText, set: &BTreeMap<String, f64>) -> Result<Self, RecipeError> {
        Self::compile_with(text, set, &[])
    }

    /// Compiles `text` with the modules of plugins at hand.
    ///
    /// # Errors
    /// As [`Self::compile`], and a module that does not compile, with the place in its own file.
    pub fn compile_with(
        text: RecipeText,
        set: &BTreeMap<String, f64>,
        modules: &[ScriptModule],
    ) -> Result<Self, RecipeError> {
        let deadline = Deadline::none();
        let live = LiveParameters::new(set);
        let sides = Rc::new(RefCell::new(vec![1]));
        let mut engine = engine(&deadline, &live, &sides);
        for module in modules {
            add_module(&mut engine, module, &deadline)?;
        }
        let syntax = |error: rhai::ParseError| {
            RecipeError::new(text.path.clone(), error.position(), error.err_type().to_string())
        };
        // Some editors begin a file with a byte order mark.
        let script = engine.compile(text.text.trim_start_matches('\u{feff}')).map_err(syntax)?;
        let defaults = engine.compile(DEFAULTS).map_err(syntax)?;
        let recipe = Self { text, engine, script, defaults, deadline, live, sides };
        recipe.check_functions()?;
        Ok(recipe)
    }

    #[must_use]
    pub fn text(&self) -> &RecipeText {
        &self.text
    }

    /// The live parameters declared by what was evaluated so far.
    #[must_use]
    pub fn live_parameters(&self) -> Vec<LiveParameter> {
        self.live.declared()
    }

    /// Sets a live parameter, within its range. Returns the value it took, or `None` if there is none of that name.
    pub fn set_live_parameter(&self, name: &str, value: f64) -> Option<f64> {
        self.live.set(name, value)
    }

    /// Evaluates and checks everything but the iteration.
    ///
    /// # Errors
    /// The first error, at the call that caused it.
    pub fn plan(&self) -> Result<Plan, RecipeError> {
        self.plan_at(Scale::default())
    }

    /// The plan with another batch, image side or factor than the recipe says. Networks follow where they ask for
    /// the side of their grid.
    ///
    /// # Errors
    /// As [`Self::plan`]; also a scale out of range, or one that a network does not fit. The message names the scale.
    pub fn plan_at(&self, scale: Scale) -> Result<Plan, RecipeError> {
        self.evaluate(scale).map_err(|error| scale.explain(error))
    }

    fn evaluate(&self, scale: Scale) -> Result<Plan, RecipeError> {
        let mut data: DataWords = self.ask("data", ())?;
        let words: PyramidWords = self.ask("pyramid", ())?;
        let sides = scale.sides(&words).map_err(|message| self.error_in("pyramid", message))?;
        let pyramid = match Pyramid::new(sides, words.up) {
            Ok(pyramid) => pyramid,
            Err(error) => return Err(self.error_in("pyramid", error.to_string())),
        };
        let finest = pyramid.sides()[pyramid.finest()];
        if data.sized && data.spec.side != finest && scale.size.is_none() {
            let side = data.spec.side;
            let message = format!(
                "data: images are resized to {side}, but the pyramid's finest grid is {finest}×{finest}; make them the same"
            );
            return Err(self.error_in("data", message));
        }
        data.spec.side = finest;
        *self.sides.borrow_mut() = pyramid.sides().to_vec();
        let batch = match scale.batch {
            Some(batch) => Dynamic::from(batch as i64),
            None => self.ask::<Dynamic>("batch_size", ())?,
        };
        let batch = count("batch_size", &batch, [1, 4096]).map_err(|error| self.positioned("batch_size", &error))?;
        let histogram = self.histogram()?;
        let mut networks = Vec::new();
        let mut kernels = Vec::new();
        for s in 1..=pyramid.finest() {
            networks.push(self.network(s, data.spec.channels, pyramid.sides()[s])?);
            kernels.push(self.kernel(s, data.spec.range)?);
        }
        let learner = self.learner()?;
        self.rate(0)?;
        Ok(Plan { data: data.spec, batch, histogram, pyramid, networks, kernels, learner })
    }

    /// The kernel of grid s for images of the given range, with the live parameters of now.
    ///
    /// # Errors
    /// An error of the script.
    pub fn kernel(&self, s: usize, range: [f32; 2]) -> Result<Langevin, RecipeError> {
        let words: KernelWords = self.ask("kernel", (s as i64,))?;
        let reference: Reference = self.ask("reference", ())?;
        let clamp = match words.clamp {
            Some(Some(range)) => Some(range),
            Some(None) => words.clamp_to_range.then_some(range),
            None => (reference == Reference::Uniform).then_some(range),
        };
        let KernelWords { steps, drift, noise, gradient_limit, .. } = words;
        Ok(Langevin { steps, drift, noise, gradient_limit, clamp, reference })
    }

    /// How parameters learn.
    ///
    /// # Errors
    /// An error of the script.
    pub fn learner(&self) -> Result<Learner, RecipeError> {
        self.ask("optimizer", ())
    }

    /// The learning rate γ of update t.
    ///
    /// # Errors
    /// An error of the script, or a rate that is negative or not a number.
    pub fn rate(&self, t: u64) -> Result<f64, RecipeError> {
        let rate: Dynamic = self.ask("rate", (t as i64,))?;
        match number("rate(t)", &rate) {
            Ok(rate) if rate >= 0.0 => Ok(rate),
            Ok(rate) => Err(self.error_in("rate", format!("rate({t}) must not be negative, found {rate}"))),
            Err(error) => Err(self.positioned("rate", &error)),
        }
    }

    /// Runs one iteration on `host`.
    ///
    /// # Errors
    /// An error of the script, or what the host ended it with.
    pub fn iterate(&self, host: Rc<RefCell<dyn Laboratory>>, batch: BatchVersions) -> Result<(), IterationError> {
        let lab = ScriptLab::new(host, self.deadline.clone());
        let batch = ScriptBatch(Rc::new(batch));
        match self.call("iterate", (lab, batch)) {
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

    fn network(&self, s: usize, channels: usize, side: usize) -> Result<Network, RecipeError> {
        let spec: NetworkSpec = self.ask("network", (s as i64,))?;
        Network::new(spec, channels, side)
            .map_err(|error| self.error_in("network", format!("network({s}) on the {side}×{side} grid: {error}")))
    }

    fn histogram(&self) -> Result<HistogramKind, RecipeError> {
        let kind: Dynamic = self.ask("histogram", ())?;
        match kind.to_string().as_str() {
            "joint" => Ok(HistogramKind::Joint),
            "marginal" => Ok(HistogramKind::Marginal),
            "resample" => Ok(HistogramKind::Resample),
            other => {
                let message = format!("unknown histogram '{other}'; there are joint, marginal, resample");
                Err(self.error_in("histogram", message))
            }
        }
    }

    /// Calls a function and takes its answer as a `T`.
    fn ask<T: Clone + 'static>(&self, name: &'static str, arguments: impl FuncArgs) -> Result<T, RecipeError> {
        let answer = self.call(name, arguments).map_err(|error| self.positioned(name, &error))?;
        let found = self.engine.map_type_name(answer.type_name()).to_string();
        answer.try_cast::<T>().ok_or_else(|| {
            let wanted = self.engine.map_type_name(std::any::type_name::<T>()).to_string();
            let found = if found == "()" { "nothing".to_string() } else { found };
            self.error_in(name, format!("{name} must return a {wanted}, found {found}"))
        })
    }

    fn call(&self, name: &str, arguments: impl FuncArgs) -> Scripted<Dynamic> {
        let outermost = self.deadline.start();
        let script = if self.defines(name) { &self.script } else { &self.defaults };
        let options = CallFnOptions::new().eval_ast(false);
        let answer = self.engine.call_fn_with_options(options, &mut Scope::new(), script, name, arguments);
        if outermost {
            self.deadline.end();
        }
        answer
    }

    fn defines(&self, name: &str) -> bool {
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

    /// An error at the place of function `name`'s definition.
    fn error_in(&self, name: &str, message: String) -> RecipeError {
        RecipeError::new(self.text.path.clone(), self.definition(name), message)
    }

    /// An error with the place it happened, or that of function `name` if it has none.
    fn positioned(&self, name: &str, error: &EvalAltResult) -> RecipeError {
        let found = RecipeError::from_script(self.text.path.clone(), error);
        if !self.defines(name) {
            // The place is in the defaults' text, which the user cannot edit.
            return RecipeError {
                line: 1,
                column: 1,
                message: format!("in the default fn {name}: {}", found.message),
                ..found
            };
        }
        match innermost_position(error).is_none() {
            true => self.error_in(name, found.message),
            false => found,
        }
    }

    /// Where `fn name` stands in the recipe's text.
    fn definition(&self, name: &str) -> Position {
        for (index, line) in self.text.text.lines().enumerate() {
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
}

/// What ended the script from the host's side, if that is what ended it.
fn terminated(error: &EvalAltResult) -> Option<HostError> {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => terminated(inner),
        EvalAltResult::ErrorTerminated(token, _) => token.clone().try_cast::<HostError>(),
        _ => None,
    }
}

fn innermost_position(error: &EvalAltResult) -> Position {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, outer) => match innermost_position(inner) {
            position if position.is_none() => *outer,
            position => position,
        },
        other => other.position(),
    }
}

/// Makes a plugin's functions callable.
fn add_module(engine: &mut Engine, module: &ScriptModule, deadline: &Deadline) -> Result<(), RecipeError> {
    let path = &module.text.path;
    let script = engine
        .compile(&module.text.text)
        .map_err(|error| RecipeError::new(path.clone(), error.position(), error.err_type().to_string()))?;
    deadline.start();
    let compiled = Module::eval_ast_as_new(Scope::new(), &script, engine);
    deadline.end();
    let compiled = compiled.map_err(|error| RecipeError::from_script(path.clone(), &error))?;
    engine.register_static_module(module.name.as_str(), Rc::new(compiled));
    Ok(())
}

/// A script engine with the recipe's vocabulary and limits.
fn engine(deadline: &Deadline, live: &LiveParameters, sides: &Rc<RefCell<Vec<usize>>>) -> Engine {
    let mut engine = Engine::new();
    // Standard output is the program's own; see `Recipe::on_print`.
    engine.on_print(|_| {});
    engine.on_debug(|_, _, _| {});
    limits::apply(&mut engine, deadline);
    engine.register_type_with_name::<Dynamic>("value");
    vocabulary::register(&mut engine);
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
