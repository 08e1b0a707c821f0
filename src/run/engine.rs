//! The engine of a run: everything that is learned, and the iteration's verbs.

use super::chains::Sampling;
use super::directory::RunDirectory;
use super::draw::grow;
use super::grid::{Grid, Learned};
use super::handle::RunPort;
use super::inspect::Inspections;
use super::message::{Chart, Event, Pictures};
use super::options::{RunError, RunOptions};
use super::preview::Previews;
use super::source::Source;
use crate::compute::{ComputeError, Device, Images, NoiseKey, Purpose, Threads};
use crate::recipe::{GridKernel, Plan, Recipe};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Images of a batch that are shown.
pub(super) const SHOWN: usize = 32;
/// How long each drawing may take that a run does after it was told to stop.
const LAST: Duration = Duration::from_secs(4);

/// Whether the chains move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Running,
    Paused,
    /// One MCMC step, then pause.
    OneStep,
    /// To the end of the iteration, then pause.
    OneIteration,
    /// To the end of the chains of the grid that moves (or of the next one), then pause.
    OneGrid,
}

/// What waits for the end of the interrupted iteration.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Pending {
    Nothing,
    Reset,
    /// Reset, to this seed.
    Reseed(u64),
    Swap(crate::recipe::RecipeText),
    Stop,
}

/// The state to go back to if a new recipe fails before it finished an iteration.
pub(super) struct LastGood {
    pub(super) recipe: Rc<Recipe>,
    pub(super) plan: Plan,
    pub(super) data: Rc<Source>,
    pub(super) learned: Vec<Learned>,
    /// What the grids had kept for [`crate::recipe::Laboratory::kept`].
    pub(super) kept: Vec<Option<Arc<Images>>>,
    pub(super) iteration: u64,
}

/// Where the chains are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) grid: usize,
    pub(super) step: usize,
    pub(super) steps: usize,
}

/// See the module's text.
pub(super) struct Engine {
    pub(super) port: RunPort,
    pub(super) options: RunOptions,
    pub(super) device: Device,
    pub(super) threads: Threads,
    pub(super) directory: Option<RunDirectory>,
    /// What could not be written when it was due last.
    pub(super) troubles: BTreeSet<&'static str>,
    pub(super) recipe: Rc<Recipe>,
    pub(super) plan: Plan,
    pub(super) data: Rc<Source>,
    pub(super) grids: Vec<Grid>,
    pub(super) last_good: Option<LastGood>,
    /// Learning updates done; also the number of the current iteration.
    pub(super) iteration: u64,
    /// The iteration that a recipe's printed lines are told with.
    pub(super) printed_at: Rc<Cell<u64>>,
    pub(super) seconds: f64,
    pub(super) mode: Mode,
    pub(super) pending: Pending,
    /// Some grids of this iteration are updated and others may not be.
    pub(super) updating: bool,
    /// When the first of them was.
    pub(super) updating_since: Instant,
    /// An edit that came among them.
    pub(super) deferred: Option<crate::recipe::RecipeText>,
    /// What a recipe on probation did in this iteration that it must not become the last good one with.
    pub(super) unsound: Option<String>,
    /// The grids that diverged, in words, where the run is to end for it.
    pub(super) stopped_by: Vec<String>,
    /// A checkpoint is to be written at the end of this iteration.
    pub(super) save_due: bool,
    /// Grows when a kernel may have changed.
    pub(super) kernel_version: u64,
    pub(super) observed: Vec<Pictures>,
    /// The newest chains of grids 0 to S.
    pub(super) chains: Vec<Option<Arc<Images>>>,
    pub(super) shown: Vec<(String, Pictures)>,
    pub(super) charts: Vec<Chart>,
    /// Entries of plugins that failed; they are left out until the plugins change.
    pub(super) failing: BTreeSet<String>,
    pub(super) progress: Progress,
    /// The chains that are being sampled.
    pub(super) sampling: Option<Sampling>,
    /// Seconds to wait after each MCMC step.
    pub(super) slow_motion: f64,
    /// Sides of the grids that learn no more.
    pub(super) frozen: BTreeSet<usize>,
    pub(super) previews: Previews,
    pub(super) inspections: Inspections,
    /// The next look at commands shows a frame: the chains took their first step under an edit.
    pub(super) frame_due: bool,
    /// When commands were last taken.
    pub(super) polled: Instant,
    /// How often this iteration asked for starts of chains.
    pub(super) starts: u32,
    pub(super) frame: u64,
    pub(super) frame_time: Instant,
    /// Ends of the last iterations.
    pub(super) ends: std::collections::VecDeque<Instant>,
    /// Time of the current iteration that was spent waiting.
    pub(super) waited: std::time::Duration,
}

impl Engine {
    /// Fresh grids for `plan`.
    pub(super) fn fresh_grids(plan: &Plan, device: &Device, seed: u64) -> Result<Vec<Grid>, ComputeError> {
        let grid = |network: &crate::model::Network| {
            Grid::new(network.clone(), Learned::fresh(network, seed, network.side()), device)
        };
        plan.networks.iter().map(grid).collect()
    }

    /// Tells the client and the run directory. What cannot be written there waits until it can be.
    pub(super) fn tell(&mut self, event: Event) {
        let told = self.directory.as_mut().and_then(|directory| directory.log(&event));
        self.port.tell(event);
        self.warn_of_directory(told);
    }

    /// Looks after the run directory, should it be gone.
    pub(super) fn attend_directory(&mut self) {
        let told = self.directory.as_mut().and_then(RunDirectory::attend);
        self.warn_of_directory(told);
    }

    fn warn_of_directory(&mut self, message: Option<String>) {
        let (Some(message), Some(directory)) = (message, &mut self.directory) else { return };
        let warning = Event::Warning { iteration: self.iteration, message };
        // Nothing new can come of this one.
        directory.log(&warning);
        self.port.tell(warning);
    }

    /// Draws `count` images from p(0) up, with the averaged weights; nothing, if a user who looks on wants something else
    /// meanwhile, or a run that was told to stop would not end soon.
    pub(super) fn draw(&mut self, count: usize, key: NoiseKey) -> Result<Option<Vec<Images>>, RunError> {
        let start = self.data.histogram.sample(NoiseKey { purpose: Purpose::Histogram, ..key }, count);
        let kernels = self.kernels()?;
        let (port, interactive) = (self.port.clone(), self.options.interactive);
        let end = (self.pending == Pending::Stop).then(|| Instant::now() + LAST);
        let late = || end.is_some_and(|end| Instant::now() > end);
        let give_up = || late() || (interactive && port.is_commanded());
        let drawn = grow(&mut self.grids, &self.plan.pyramid, &self.recipe, &kernels, start, key, &give_up)?;
        if drawn.is_none() && late() {
            let message = format!("images at the end would take more than {} s and are left out", LAST.as_secs());
            self.tell(Event::Warning { iteration: self.iteration, message });
        }
        Ok(drawn)
    }

    fn kernels(&self) -> Result<Vec<GridKernel>, RunError> {
        let kernel = |s| Ok(self.recipe.kernel(s, self.plan.data.range)?);
        (1..=self.grids.len()).map(kernel).collect()
    }
}

/// Tells what a recipe prints, a bounded piece at a time.
pub(super) fn printing(port: &RunPort, iteration: &Rc<Cell<u64>>) -> impl Fn(&str) + 'static {
    let (port, iteration) = (port.clone(), iteration.clone());
    move |text| {
        let text = text.chars().take(2000).collect();
        port.tell(Event::Printed { iteration: iteration.get(), text });
    }
}
