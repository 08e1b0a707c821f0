//! What `iterate(lab, batch)` sees: the laboratory, a batch, and images.

use super::error::{RecipeError, fail};
use super::limits::Deadline;
use super::options::{Scripted, count, number, word};
use crate::compute::Images;
use rhai::{Array, Dynamic, Engine, EvalAltResult, Position};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

/// Why the host does not go on with an iteration.
#[derive(Debug, Clone, PartialEq)]
pub enum HostError {
    /// The script asked for something it may not; it is told where.
    Script(String),
    /// Another function of the recipe failed while the host worked.
    Recipe(RecipeError),
    /// The run was told to stop, to start again or to take another plan.
    Interrupted,
    /// The device or the numbers failed; not the script's fault.
    Failed(String),
}

/// What an iteration can do; a run implements it. Grids are numbered from 1 (coarsest model) to S; images are
/// `[batch, channel, height, width]`.
pub trait Laboratory {
    /// S, the number of grids with a model.
    fn grids(&self) -> usize;

    /// Brings images of grid s - 1 to grid s.
    ///
    /// # Errors
    /// A grid that is not there, or images of another side.
    fn up(&mut self, s: usize, images: &Images) -> Result<Images, HostError>;

    /// Brings images of grid s to grid s - 1.
    ///
    /// # Errors
    /// A grid that is not there, or images of another side.
    fn down(&mut self, s: usize, images: &Images) -> Result<Images, HostError>;

    /// Runs grid s's kernel from `start`.
    ///
    /// # Errors
    /// A grid that is not there, images of another side, an interruption, or a failing device.
    fn sample(&mut self, s: usize, start: &Images) -> Result<Images, HostError>;

    /// Keeps images for the window, and for [`Self::kept`].
    ///
    /// # Errors
    /// A grid that is not there, or images of another side.
    fn keep(&mut self, s: usize, images: Rc<Images>) -> Result<(), HostError>;

    /// The images last kept at grid s.
    ///
    /// # Errors
    /// A grid that is not there, or nothing kept yet.
    fn kept(&self, s: usize) -> Result<Rc<Images>, HostError>;

    /// Updates the parameters of grid s, equation (9).
    ///
    /// # Errors
    /// A grid that is not there, images of another side, or a failing device.
    fn update(&mut self, s: usize, observed: &Images, synthesized: &Images) -> Result<(), HostError>;

    /// Draws a value as a curve of that name.
    fn plot(&mut self, name: &str, value: f64);

    /// Shows images under that name.
    fn show(&mut self, name: &str, images: &Images);
}

/// The pyramid of a batch: entry s is its version at grid s.
pub type BatchVersions = Vec<Rc<Images>>;

/// Images in a script.
type ScriptImages = Rc<Images>;

/// `lab` in a script.
#[derive(Clone)]
pub(super) struct ScriptLab {
    host: Rc<RefCell<dyn Laboratory>>,
    deadline: Deadline,
}

/// `batch` in a script.
#[derive(Clone)]
pub(super) struct ScriptBatch(pub(super) Rc<BatchVersions>);

impl ScriptLab {
    pub(super) fn new(host: Rc<RefCell<dyn Laboratory>>, deadline: Deadline) -> Self {
        Self { host, deadline }
    }

    /// Lets the host work; its time is not the script's.
    fn work<T>(&self, work: impl FnOnce(&mut dyn Laboratory) -> Result<T, HostError>) -> Scripted<T> {
        let start = Instant::now();
        let result = match self.host.try_borrow_mut() {
            Ok(mut host) => work(&mut *host),
            Err(_) => Err(HostError::Script("the lab cannot be used from inside its own step".into())),
        };
        self.deadline.extend(start.elapsed());
        result.map_err(|error| match error {
            HostError::Script(message) => Box::new(EvalAltResult::ErrorRuntime(message.into(), Position::NONE)),
            // These cannot be caught by a script.
            other => Box::new(EvalAltResult::ErrorTerminated(Dynamic::from(other), Position::NONE)),
        })
    }
}

/// The grid number a script passed; the host checks its range.
fn grid(s: &Dynamic) -> Scripted<usize> {
    count("the grid s", s, [0, 10_000])
}

/// Registers `lab`, `batch` and images.
pub(super) fn register(engine: &mut Engine) {
    engine.register_type_with_name::<ScriptLab>("Lab");
    engine.register_type_with_name::<ScriptBatch>("Batch");
    engine.register_type_with_name::<ScriptImages>("Images");
    engine.register_fn("grids", |lab: &mut ScriptLab| -> Scripted<Array> {
        let grids = lab.work(|host| Ok(host.grids()))?;
        Ok((1..=grids).map(|s| Dynamic::from_int(s as i64)).collect())
    });
    engine.register_fn("up", |lab: &mut ScriptLab, s: Dynamic, images: ScriptImages| -> Scripted<ScriptImages> {
        let s = grid(&s)?;
        lab.work(|host| host.up(s, &images)).map(Rc::new)
    });
    engine.register_fn("down", |lab: &mut ScriptLab, s: Dynamic, images: ScriptImages| -> Scripted<ScriptImages> {
        let s = grid(&s)?;
        lab.work(|host| host.down(s, &images)).map(Rc::new)
    });
    engine.register_fn("sample", |lab: &mut ScriptLab, s: Dynamic, start: ScriptImages| -> Scripted<ScriptImages> {
        let s = grid(&s)?;
        lab.work(|host| host.sample(s, &start)).map(Rc::new)
    });
    engine.register_fn("keep", |lab: &mut ScriptLab, s: Dynamic, images: ScriptImages| -> Scripted<()> {
        let s = grid(&s)?;
        lab.work(|host| host.keep(s, images))
    });
    engine.register_fn("kept", |lab: &mut ScriptLab, s: Dynamic| -> Scripted<ScriptImages> {
        let s = grid(&s)?;
        lab.work(|host| host.kept(s))
    });
    engine.register_fn(
        "update",
        |lab: &mut ScriptLab, s: Dynamic, observed: ScriptImages, synthesized: ScriptImages| -> Scripted<()> {
            let s = grid(&s)?;
            lab.work(|host| host.update(s, &observed, &synthesized))
        },
    );
    engine.register_fn("plot", |lab: &mut ScriptLab, name: Dynamic, value: Dynamic| -> Scripted<()> {
        let (name, value) = (word("plot: the name", &name)?, number("plot: the value", &value)?);
        lab.work(|host| {
            host.plot(&name, value);
            Ok(())
        })
    });
    engine.register_fn("show", |lab: &mut ScriptLab, name: Dynamic, images: ScriptImages| -> Scripted<()> {
        let name = word("show: the name", &name)?;
        lab.work(|host| {
            host.show(&name, &images);
            Ok(())
        })
    });
    engine.register_fn("grid", |batch: &mut ScriptBatch, s: Dynamic| -> Scripted<ScriptImages> {
        let s = grid(&s)?;
        match batch.0.get(s) {
            Some(images) => Ok(images.clone()),
            None => fail(format!("batch.grid({s}): there are grids 0 to {}", batch.0.len() - 1)),
        }
    });
    engine.register_get("count", |images: &mut ScriptImages| images.count() as i64);
    engine.register_get("side", |images: &mut ScriptImages| images.side() as i64);
    engine.register_fn("mean", |images: &mut ScriptImages| {
        let sum: f64 = images.data().iter().map(|&value| f64::from(value)).sum();
        sum / images.data().len().max(1) as f64
    });
}
