//! The data of a run: reading them, and the batches that are dealt out while the engine works.

use super::engine::Engine;
use super::handle::RunPort;
use super::message::Event;
use super::options::RunError;
use crate::compute::Images;
use crate::data::{self, Batch, Batches, DataError, DataSet, Histogram, Progress, Storage};
use crate::recipe::{Plan, Recipe, RecipeText};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Reading that takes longer is told of,
const TOLD_AFTER: Duration = Duration::from_secs(1);
/// this often.
const TOLD_EVERY: Duration = Duration::from_millis(200);

/// The data of a run.
pub(super) struct Source {
    pub(super) set: DataSet,
    pub(super) histogram: Histogram,
    pub(super) batches: Batches,
    feed: RefCell<Feed>,
    /// How long the engine waited for batches.
    pub(super) waited: Cell<Duration>,
}

impl Engine {
    /// Reads the data of `plan` and fits p(0). The end of the run and another recipe break it off.
    pub(super) fn source(plan: &Plan, recipe: &Recipe, seed: u64, port: &RunPort) -> Result<Rc<Source>, RunError> {
        let mut due = Instant::now() + TOLD_AFTER;
        Source::read(plan, recipe, seed, &mut |progress| {
            if Instant::now() >= due {
                due = Instant::now() + TOLD_EVERY;
                let Progress { done, total, .. } = progress;
                port.tell(Event::Reading { done, total, seconds_left: progress.seconds_left() });
            }
            if port.is_overtaken() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }
}

impl Source {
    /// Reads the data of `plan` and fits p(0).
    pub(super) fn read(
        plan: &Plan,
        recipe: &Recipe,
        seed: u64,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Rc<Self>, RunError> {
        let base = recipe.text().path.parent().unwrap_or(Path::new("."));
        let set = data::load(&plan.data, base, &Storage::default(), watch)?;
        let batches = Batches::new(set.training.clone(), &plan.data, seed)?;
        let histogram = Histogram::fit(plan.histogram, &set.training.colours(), plan.data.range)?;
        let feed = RefCell::new(Feed::new(batches.clone())?);
        Ok(Rc::new(Self { set, histogram, batches, feed, waited: Cell::default() }))
    }

    /// The same images, dealt out in the order of another seed.
    pub(super) fn reseeded(&self, plan: &Plan, seed: u64) -> Result<Rc<Self>, RunError> {
        let batches = Batches::new(self.set.training.clone(), &plan.data, seed)?;
        let feed = RefCell::new(Feed::new(batches.clone())?);
        let (set, histogram) = (self.set.clone(), self.histogram.clone());
        Ok(Rc::new(Self { set, histogram, batches, feed, waited: self.waited.clone() }))
    }

    /// The batch of `iteration`; the next one is made ready meanwhile.
    pub(super) fn batch(&self, iteration: u64, size: usize) -> Result<Batch, DataError> {
        let started = Instant::now();
        let mut feed = self.feed.borrow_mut();
        let batch = feed.take([iteration, size as u64]).unwrap_or_else(|| self.batches.batch(iteration, size));
        feed.ask([iteration + 1, size as u64]);
        self.waited.set(self.waited.get() + started.elapsed());
        batch
    }
}

/// What a batch is a function of, beside the data and the seed: its iteration and its size.
type Asked = [u64; 2];

/// Makes batches ready on a thread of its own. A batch is the same whoever makes it.
struct Feed {
    asks: Sender<Asked>,
    ready: Receiver<(Asked, Result<Batch, DataError>)>,
    /// Asked for and not yet taken.
    asked: Option<Asked>,
}

impl Feed {
    fn new(batches: Batches) -> Result<Self, RunError> {
        let (asks, asked) = bounded::<Asked>(1);
        let (done, ready) = bounded(1);
        let deal = move || {
            for ask in asked {
                let [iteration, size] = ask;
                if done.send((ask, batches.batch(iteration, size as usize))).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("batches".into()).spawn(deal).map_err(RunError::Thread)?;
        Ok(Self { asks, ready, asked: None })
    }

    /// The batch that was asked for, if it is this one.
    fn take(&mut self, wanted: Asked) -> Option<Result<Batch, DataError>> {
        self.asked.take()?;
        let (made, batch) = self.ready.recv().ok()?;
        (made == wanted).then_some(batch)
    }

    fn ask(&mut self, next: Asked) {
        if self.asks.try_send(next).is_ok() {
            self.asked = Some(next);
        }
    }
}

/// At most `most` training images of the data that the recipe `text` says, spread evenly over them. A relative path is looked
/// for below `base`, then below the current directory.
///
/// # Errors
/// A recipe that fails, or data that cannot be read.
pub fn images_of(text: &str, base: &Path, most: usize) -> Result<Images, RunError> {
    let set = data_of(text, base)?;
    let (count, number) = (set.training.count(), set.training.count().min(most));
    let items: Vec<usize> = (0..number).map(|at| at * count / number.max(1)).collect();
    Ok(set.training.select(&items)?)
}

/// The classes of the training images of the data that the recipe `text` says, with the number of images of each, the commonest
/// first.
///
/// # Errors
/// As of [`images_of`].
pub fn classes_of(text: &str, base: &Path) -> Result<Vec<(String, usize)>, RunError> {
    let set = data_of(text, base)?;
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    (0..set.training.count()).filter_map(|item| set.training.label(item)).for_each(|label| {
        *counts.entry(label).or_default() += 1;
    });
    let name = |label: u32| set.classes().get(label as usize).cloned().unwrap_or_else(|| label.to_string());
    let mut classes: Vec<(String, usize)> = counts.into_iter().map(|(label, count)| (name(label), count)).collect();
    classes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(classes)
}

fn data_of(text: &str, base: &Path) -> Result<DataSet, RunError> {
    let recipe = RecipeText { path: base.join("data.rhai"), text: text.to_owned() };
    let recipe = Recipe::compile_with(recipe, &BTreeMap::new(), &[])?;
    let plan = recipe.plan()?;
    Ok(data::load(&plan.data, base, &Storage::default(), &mut |_| ControlFlow::Continue(()))?)
}
