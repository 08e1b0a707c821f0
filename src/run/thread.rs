//! The run's thread: from the recipe to the last iteration.

use super::directory::{RunDirectory, RunSettings};
use super::ending::{self, Whereabouts};
use super::engine::{Engine, Mode, Pending, SHOWN};
use super::first_recipe::{compile, first_recipe, next_recipe};
use super::handle::{RunHandle, RunPort, connect};
use super::keep::Timers;
use super::message::{Command, Event, Phase};
use super::options::{RunError, RunOptions};
use super::present::pictures;
use super::probe;
use super::resume::Resumed;
use super::source::Source;
use crate::compute::{Device, Images};
use crate::data::DataError;
use crate::plugin::PluginWatcher;
use crate::recipe::{
    BatchVersions, HostError, IterationError, Laboratory, Plan, Recipe, RecipeError, RecipeWatcher, WatchError,
};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run.
pub struct Run;

impl Run {
    /// Starts a run on a thread of its own. Everything that goes wrong later is told by [`Event::Ended`].
    ///
    /// # Errors
    /// No thread can be started.
    pub fn spawn(options: RunOptions) -> Result<RunHandle, RunError> {
        let (mut handle, port) = connect();
        let watcher = options.watch.then(|| {
            let sender = handle.sender();
            // A run whose queue is full is looked after by its client anyway.
            RecipeWatcher::new(options.recipe.clone(), move |text| {
                let _ = sender.try_send(Command::SwapRecipe(text));
            })
        });
        let plugin_watcher = options.plugins.clone().map(|folder| {
            let sender = handle.sender();
            PluginWatcher::new(folder, move |plugins| {
                let _ = sender.try_send(Command::SetPlugins(plugins));
            })
        });
        // Without anyone who looks on nobody asks.
        if options.interactive {
            probe::start(port.probe.clone(), &options, handle.sender(), port.snapshots.clone())?;
        }
        let thread = std::thread::Builder::new()
            .name("run".into())
            .spawn(move || {
                crate::compute::lower_priority();
                let told = |error: WatchError| port.tell(Event::Warning { iteration: 0, message: error.to_string() });
                // These live as long as the run.
                let _watcher = watcher.transpose().map_err(told);
                let _plugin_watcher = plugin_watcher.transpose().map_err(told);
                ending::live(port, options);
            })
            .map_err(RunError::Thread)?;
        handle.attach(thread);
        Ok(handle)
    }
}

/// Begins a run and keeps it going; [`ending`] knows what to do when it ends otherwise than it should.
pub(super) fn run(port: RunPort, options: RunOptions, seen: &Whereabouts) -> Result<(), RunError> {
    let printed_at = Rc::new(Cell::new(0));
    let Some(engine) = begin(port, options, printed_at)? else { return Ok(()) };
    let engine = Rc::new(RefCell::new(engine));
    seen.borrow_mut().1 = engine.borrow().directory.as_ref().map(|directory| directory.path().to_path_buf());
    let ended = catch_unwind(AssertUnwindSafe(|| iterate(&engine, seen)));
    ending::settle(&engine, ended)
}

/// Iterates until the run is done or told to stop, and writes its last pictures and its last checkpoint.
fn iterate(engine: &Rc<RefCell<Engine>>, seen: &Whereabouts) -> Result<(), RunError> {
    let mut timers = Timers::new();
    loop {
        seen.borrow_mut().0 = engine.borrow().iteration;
        if engine.borrow_mut().between_iterations()? || engine.borrow().is_done() {
            break;
        }
        let versions = match engine.borrow_mut().next_batch() {
            Ok(versions) => versions,
            Err(error) => {
                engine.borrow_mut().save_last(false);
                return Err(error.into());
            }
        };
        let started = Instant::now();
        engine.borrow_mut().waited = Duration::ZERO;
        let recipe = engine.borrow().recipe.clone();
        let host: Rc<RefCell<dyn Laboratory>> = engine.clone();
        let result = recipe.iterate(host, versions.clone());
        let mut engine = engine.borrow_mut();
        let updating = engine.updating;
        // Chains that were given up move no more: whoever paints on them is told so.
        engine.sampling = None;
        engine.seconds += started.elapsed().saturating_sub(engine.waited).as_secs_f64();
        match result {
            Ok(()) => match engine.fault(&versions) {
                Some(error) => engine.recipe_failed(error, updating)?,
                None => {
                    engine.finish_iteration(&recipe);
                    timers.write(&mut engine)?;
                }
            },
            Err(IterationError::Interrupted) => engine.given_up(updating),
            Err(IterationError::Recipe(error)) => engine.recipe_failed(error, updating)?,
            Err(IterationError::Failed(message)) => {
                let path = engine.recipe.text().path.clone();
                let error = RecipeError { path, line: 1, column: 1, message: message.clone() };
                if !engine.revert(&error) {
                    engine.save_last(updating);
                    return Err(RunError::Failed(message));
                }
            }
        }
        engine.updating = false;
    }
    let mut engine = engine.borrow_mut();
    seen.borrow_mut().0 = engine.iteration;
    let sheet = engine.write_sheet();
    engine.drawn("the last sheet", sheet)?;
    let measured = engine.measure();
    engine.drawn("the last measures", measured)?;
    engine.save_at_last()?;
    // Whoever looks on may go on drawing from what was learned.
    engine.share_weights();
    engine.show_frame(None, Phase::Ended);
    Ok(())
}

/// The engine of the first recipe whose plan can be begun. In the window one whose data are missing waits for a better
/// one, as a broken one does; `None` when the run is stopped meanwhile.
fn begin(port: RunPort, mut options: RunOptions, printed_at: Rc<Cell<u64>>) -> Result<Option<Engine>, RunError> {
    loop {
        let Some(first) = first_recipe(&port, &mut options, &printed_at)? else { return Ok(None) };
        let RecipeError { path, line, column, .. } = first.0.refusal(&["data"], String::new());
        match start(port.clone(), options.clone(), first, printed_at.clone()) {
            Err(RunError::Data(DataError::BrokenOff)) => {}
            Err(RunError::Data(error)) if options.interactive => {
                port.tell(Event::RecipeRefused { iteration: 0, path, line, column, message: error.to_string() });
            }
            other => return other.map(Some),
        }
        let refused = options.recipe.clone();
        let Some(text) = next_recipe(&port, &mut options, &refused) else { return Ok(None) };
        options.recipe = text;
    }
}

/// Builds the engine: device, data, directory, networks, and what a checkpoint holds.
fn start(
    port: RunPort,
    mut options: RunOptions,
    (mut recipe, mut plan): (Recipe, Plan),
    printed_at: Rc<Cell<u64>>,
) -> Result<Engine, RunError> {
    let device = Device::choose(&options.device, options.threads)?;
    let mut resumed = Resumed::of(&mut options, &port)?;
    if options.resume {
        (recipe, plan) = compile(&port, &options, &printed_at, recipe.text().clone())?;
    }
    let data = Engine::source(&plan, &recipe, options.seed, &port)?;
    let mut grids = Engine::fresh_grids(&plan, &device, options.seed)?;
    if let Some(refit) = &resumed
        && let Err(error) = refit.restore(&mut grids, &device)
    {
        let Some(own) = refit.own_recipe(recipe.text(), &port) else { return Err(error) };
        drop(resumed);
        let first = compile(&port, &options, &printed_at, own)?;
        return start(port, options, first, printed_at);
    }
    let fingerprint = fingerprint(&data);
    let directory = match &mut resumed {
        Some(resumed) => Some(resumed.begin(&fingerprint, &port)?),
        None => options.directory.as_deref().map(RunDirectory::open).transpose()?,
    };
    if let Some(directory) = &directory {
        directory.write_recipe(recipe.text())?;
    }
    let state = resumed.map(|resumed| resumed.loaded.state);
    let frozen = state.as_ref().map_or_else(BTreeSet::new, |state| state.frozen.clone());
    let (iteration, seconds) = state.map_or((0, 0.0), |state| (state.iteration, state.seconds));
    let mut engine = Engine {
        threads: device.threads().clone(),
        chains: vec![None; plan.pyramid.sides().len()],
        port,
        options,
        device,
        directory,
        troubles: BTreeSet::new(),
        recipe: Rc::new(recipe),
        plan,
        data,
        grids,
        last_good: None,
        iteration,
        printed_at,
        seconds,
        mode: Mode::Running,
        pending: Pending::Nothing,
        updating: false,
        updating_since: Instant::now(),
        deferred: None,
        unsound: None,
        stopped_by: Vec::new(),
        save_due: false,
        kernel_version: 0,
        observed: Vec::new(),
        shown: Vec::new(),
        charts: Vec::new(),
        failing: BTreeSet::new(),
        progress: Default::default(),
        sampling: None,
        polled: Instant::now(),
        slow_motion: 0.0,
        frozen,
        previews: Default::default(),
        inspections: Default::default(),
        frame_due: false,
        starts: 0,
        frame: 0,
        frame_time: Instant::now(),
        ends: VecDeque::new(),
        waited: Duration::ZERO,
    };
    if let Some(directory) = &engine.directory {
        directory.write_settings(&engine.settings())?;
    }
    engine.announce();
    Ok(engine)
}

/// A name of the data's pixels and files.
fn fingerprint(data: &Source) -> String {
    format!("{:016x}", data.set.fingerprint)
}

impl Engine {
    /// What `run.toml` says.
    pub(super) fn settings(&self) -> RunSettings {
        RunSettings {
            emberlab: env!("CARGO_PKG_VERSION").into(),
            recipe: self.recipe.text().path.clone(),
            seed: self.options.seed,
            device: self.device.name().into(),
            asked: Some(self.options.device.clone()),
            threads: self.options.threads,
            data_fingerprint: fingerprint(&self.data),
            set: self.options.set.clone(),
        }
    }

    fn announce(&mut self) {
        let directory = self.directory.as_ref().map(|directory| directory.path().to_path_buf());
        let (device, seed, iteration) = (self.device.name().to_string(), self.options.seed, self.iteration);
        self.tell(Event::Started { directory, device, seed, iteration });
        self.tell_data();
        self.show_frame(None, Phase::Running);
    }

    /// Tells what is learned from, and in batches of what size.
    pub(super) fn tell_data(&mut self) {
        let data = self.data.clone();
        self.tell(Event::Data {
            source: data.set.description.clone(),
            training: data.set.training.count(),
            held_out: data.set.held_out.count(),
            batch: self.plan.batch,
            skipped: data.set.skipped().to_vec(),
        });
    }

    /// What is due between two iterations. Returns true when the run is to end.
    fn between_iterations(&mut self) -> Result<bool, RunError> {
        self.end_if_diverged()?;
        loop {
            match std::mem::replace(&mut self.pending, Pending::Nothing) {
                Pending::Stop => {
                    // What is drawn last is to know of it.
                    self.pending = Pending::Stop;
                    return Ok(true);
                }
                Pending::Reset => self.reset()?,
                Pending::Reseed(seed) => self.reseed(seed)?,
                Pending::Swap(text) => self.swap(&text),
                Pending::Nothing => match self.poll(None) {
                    Ok(()) if self.pending == Pending::Nothing => return Ok(false),
                    Ok(()) | Err(HostError::Interrupted) => {}
                    Err(HostError::Failed(message)) => return Err(RunError::Failed(message)),
                    Err(other) => return Err(RunError::Failed(format!("{other:?}"))),
                },
            }
        }
    }

    fn is_done(&self) -> bool {
        self.options.iterations.is_some_and(|most| self.iteration >= most)
            || self.options.seconds.is_some_and(|most| self.seconds >= most)
    }

    /// Back to the seed.
    fn reset(&mut self) -> Result<(), RunError> {
        self.grids = Self::fresh_grids(&self.plan, &self.device, self.options.seed)?;
        (self.iteration, self.seconds) = (0, 0.0);
        self.chains = vec![None; self.plan.pyramid.sides().len()];
        self.last_good = None;
        self.ends.clear();
        let directory = self.directory.as_ref().map(|directory| directory.path().to_path_buf());
        let (device, seed) = (self.device.name().to_string(), self.options.seed);
        self.tell(Event::Started { directory, device, seed, iteration: 0 });
        Ok(())
    }

    /// Back to another seed.
    fn reseed(&mut self, seed: u64) -> Result<(), RunError> {
        self.options.seed = seed;
        self.data = self.data.reseeded(&self.plan, seed)?;
        if let Some(directory) = &self.directory {
            directory.write_settings(&self.settings())?;
        }
        self.reset()
    }

    /// The pyramid of this iteration's batch.
    fn next_batch(&mut self) -> Result<BatchVersions, DataError> {
        for grid in &mut self.grids {
            grid.steps_taken = 0;
            grid.stored = None;
            grid.keeping = None;
        }
        if let Some(directory) = &mut self.directory {
            directory.begin_iteration();
        }
        self.starts = 0;
        self.sampling = None;
        self.unsound = None;
        self.printed_at.set(self.iteration);
        let batch = self.data.batch(self.iteration, self.plan.batch)?;
        let versions = self.plan.pyramid.versions(&batch.images);
        if self.options.interactive {
            let range = self.plan.data.range;
            self.observed = versions.iter().map(|images| pictures(images, range, SHOWN)).collect();
        }
        let grids: Vec<Arc<Images>> = versions.into_iter().map(Arc::new).collect();
        self.chains[0] = grids.first().cloned();
        Ok(BatchVersions { grids, indices: batch.indices })
    }

    fn finish_iteration(&mut self, recipe: &Rc<Recipe>) {
        // An iteration that began before an edit says nothing of the new recipe's `iterate`.
        if Rc::ptr_eq(recipe, &self.recipe)
            && let Some(good) = self.last_good.take()
        {
            // Older checkpoints do not fit another pyramid or network.
            self.save_due |= good.plan.fingerprint() != self.plan.fingerprint();
        }
        self.iteration += 1;
        for grid in &mut self.grids {
            if let Some(store) = grid.stored.take() {
                grid.learned.store = store;
            }
            grid.kept = grid.keeping.take().or(grid.kept.take());
        }
        if let Some(directory) = &mut self.directory {
            directory.end_iteration();
        }
        self.updating = false;
        self.note_recovered();
        self.note_end();
        let grids = self.grids.iter().map(|grid| grid.last.unwrap_or_default()).collect();
        self.tell(Event::Update { iteration: self.iteration, seconds: self.seconds, grids });
        if std::mem::take(&mut self.save_due) {
            self.save();
        }
        self.rest_after(Mode::OneIteration);
    }
}
