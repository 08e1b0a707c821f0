//! The state of one grid's model in a run.

use super::message::{GridUpdate, ImageScore};
use super::store::ChainStore;
use crate::compute::Layer;
use crate::compute::{
    ComputeError, Device, Images, NoiseKey, ParameterSet, PreparedNetwork, Purpose, RunningStatistics, Statistics,
};
use crate::learning::{Average, Governor, Guard, Optimizer};
use crate::model::Network;
use crate::sampling::{Kernel, Walk, WalkReport};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Updates between two sound states.
const SOUND_EVERY: u64 = 100;

/// What is gone back to when a grid runs away.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SoundState {
    pub(super) update: u64,
    pub(super) parameters: ParameterSet,
    pub(super) average: Option<ParameterSet>,
}

/// Everything a grid has learned.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Learned {
    pub(super) parameters: ParameterSet,
    pub(super) optimizer: Optimizer,
    pub(super) average: Average,
    pub(super) governor: Governor,
    pub(super) guard: Guard,
    /// Updates of this grid's parameters.
    pub(super) updates: u64,
    /// Cut of the learning rate after divergences, 1 at first.
    pub(super) rate_cut: f64,
    /// Largest norm of its gradient, where the user set one beside the recipe's.
    pub(super) norm_limit: Option<f64>,
    /// The older one first; at most two.
    pub(super) sound: Vec<SoundState>,
    /// Persistent chains.
    pub(super) store: Arc<ChainStore>,
}

impl Learned {
    pub(super) fn fresh(network: &Network, seed: u64, side: usize) -> Self {
        let key = NoiseKey { grid: side as u32, ..NoiseKey::new(seed, Purpose::Parameters) };
        let parameters = network.initialize(key);
        Self {
            average: Average::new(parameters.clone(), 0),
            optimizer: Optimizer::default(),
            governor: Governor::default(),
            guard: Guard::default(),
            updates: 0,
            rate_cut: 1.0,
            norm_limit: None,
            sound: Vec::new(),
            store: Arc::default(),
            parameters,
        }
    }

    /// Keeps a sound state now and then.
    pub(super) fn keep_sound(&mut self) {
        if !self.updates.is_multiple_of(SOUND_EVERY) {
            return;
        }
        if self.sound.len() == 2 {
            self.sound.remove(0);
        }
        let average = Some(self.average.parameters.clone());
        self.sound.push(SoundState { update: self.updates, parameters: self.parameters.clone(), average });
    }

    /// Goes back to the oldest sound state, which lies 100 to 200 updates back: a runaway shows only some time after
    /// it began. Returns its update, or `None` if the grid was made anew. The cut of its rate and the limit of its
    /// gradient stay.
    pub(super) fn roll_back(&mut self, network: &Network, seed: u64, side: usize) -> Option<u64> {
        self.optimizer = Optimizer::default();
        self.guard.rewind();
        match self.sound.first().cloned() {
            Some(state) => {
                let average = state.average.unwrap_or_else(|| state.parameters.clone());
                self.average = Average::new(average, state.update);
                self.parameters = state.parameters;
                self.sound.truncate(1);
                Some(state.update)
            }
            None => {
                let Self { rate_cut, norm_limit, .. } = *self;
                *self = Self { rate_cut, norm_limit, ..Self::fresh(network, seed, side) };
                None
            }
        }
    }

    /// Whether everything that the next update begins from is finite.
    pub(super) fn is_finite(&self) -> bool {
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let set = |set: &ParameterSet| {
            set.tensors.iter().all(|tensor| finite(&tensor.data))
                && set.statistics.iter().all(|of| finite(&of.mean) && finite(&of.variance))
        };
        let mut moments = self.optimizer.first.iter().chain(&self.optimizer.second);
        set(&self.parameters) && set(&self.average.parameters) && moments.all(|of| finite(of))
    }

    /// Takes over every tensor of `other` that has the same name and shape here: the weights of unchanged layers.
    /// Returns how many it took.
    pub(super) fn inherit(&mut self, other: &Self) -> usize {
        let mut taken = 0;
        let sizes: Vec<usize> = self.parameters.tensors.iter().map(|tensor| tensor.data.len()).collect();
        let zeros = || sizes.iter().map(|&size| vec![0.0; size]).collect::<Vec<_>>();
        let mut optimizer = Optimizer { steps: other.optimizer.steps, first: zeros(), second: zeros() };
        for index in 0..self.parameters.tensors.len() {
            let tensor = &self.parameters.tensors[index];
            let same = |old: &crate::compute::Tensor| old.name == tensor.name && old.shape == tensor.shape;
            let Some(from) = other.parameters.tensors.iter().position(same) else { continue };
            taken += 1;
            self.average.parameters.tensors[index] = other.average.parameters.tensors[from].clone();
            self.parameters.tensors[index] = other.parameters.tensors[from].clone();
            for (new, old) in
                [(&mut optimizer.first, &other.optimizer.first), (&mut optimizer.second, &other.optimizer.second)]
            {
                if let Some(moments) = old.get(from) {
                    new[index].clone_from(moments);
                }
            }
        }
        let channels = |statistics: &RunningStatistics| statistics.mean.len();
        let pairs = self.parameters.statistics.iter_mut().zip(&other.parameters.statistics);
        for (new, old) in pairs.filter(|(new, old)| channels(new) == channels(old)) {
            new.clone_from(old);
        }
        self.average.parameters.statistics.clone_from(&self.parameters.statistics);
        if other.optimizer.second.is_empty() {
            optimizer.second.clear();
        }
        self.optimizer = optimizer;
        self.store = other.store.clone();
        taken
    }
}

/// Chains on the way, on a device that queues their steps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moving {
    /// Steps queued.
    queued: usize,
    /// Time of queueing them and of waiting for the device.
    pub(super) busy: Duration,
}

/// One grid: its network on the device and what it learned.
pub(super) struct Grid {
    pub(super) network: Network,
    pub(super) prepared: Box<dyn PreparedNetwork>,
    pub(super) learned: Learned,
    /// The number of map positions of each parameter tensor's layer.
    pub(super) positions: Vec<usize>,
    /// Numbers of the last update.
    pub(super) last: Option<GridUpdate>,
    /// Scores of the observed and the synthesized images of the last update.
    pub(super) scores: [Vec<ImageScore>; 2],
    /// Chains kept in an earlier iteration.
    pub(super) kept: Option<Arc<Images>>,
    /// Chains kept in this iteration; those of an iteration that is given up are not.
    pub(super) keeping: Option<Arc<Images>>,
    /// The store as this iteration leaves it.
    pub(super) stored: Option<Arc<ChainStore>>,
    /// MCMC steps taken in this iteration: the noise of each is its own, also when a recipe samples a grid twice.
    pub(super) steps_taken: usize,
    /// Times of the last iteration's MCMC steps, milliseconds.
    pub(super) step_times: Vec<f64>,
    /// The chains that are being sampled.
    pub(super) moving: Moving,
    /// The chains of the kernel.
    walk: Option<Walk>,
    pub(super) clamped: f64,
    /// Share of proposals that were accepted, of kernels that propose.
    pub(super) acceptance: Option<f64>,
    /// Of the kernel that moved the chains last, where it has one.
    pub(super) temperature: Option<f64>,
    /// It went back in this iteration because of values that are not finite.
    pub(super) went_back: bool,
    /// What it had learned when it was begun anew in this iteration.
    pub(super) aside: Option<Learned>,
}

impl Grid {
    pub(super) fn new(network: Network, learned: Learned, device: &Device) -> Result<Self, ComputeError> {
        let mut prepared = device.prepare(network.layers())?;
        prepared.load(&learned.parameters)?;
        Ok(Self {
            positions: positions(&network),
            network,
            prepared,
            learned,
            last: None,
            scores: Default::default(),
            kept: None,
            keeping: None,
            stored: None,
            steps_taken: 0,
            step_times: Vec::new(),
            moving: Moving::default(),
            walk: None,
            clamped: 0.0,
            acceptance: None,
            temperature: None,
            went_back: false,
            aside: None,
        })
    }

    /// What batch normalization uses while the run samples.
    pub(super) fn statistics(&self) -> Statistics {
        self.network.norm().sampling_statistics()
    }

    /// Puts chains of `kernel` at `start`.
    pub(super) fn begin_chain(
        &mut self,
        kernel: &Kernel,
        start: &Images,
        mask: Option<&Images>,
    ) -> Result<(), ComputeError> {
        self.step_times.clear();
        self.moving = Moving::default();
        self.acceptance = None;
        self.walk = Some(Walk::begin(kernel, &mut *self.prepared, start, mask)?);
        Ok(())
    }

    /// Takes step `step` of the chains. Returns false if a score was not finite. A device that `queues` steps is not
    /// asked yet: it would have to be waited for, and what is not finite once stays so until the chains' end.
    pub(super) fn step_chain(
        &mut self,
        kernel: &Kernel,
        step: usize,
        key: NoiseKey,
        queues: bool,
    ) -> Result<bool, ComputeError> {
        let started = Instant::now();
        let statistics = self.statistics();
        let walk = self.walk.as_mut().ok_or(ComputeError::NoChain)?;
        walk.step(&mut *self.prepared, statistics, kernel, step, key)?;
        self.temperature = Some(kernel.temperature_at(step));
        self.steps_taken += 1;
        if queues && kernel.langevin_at(step).is_some() {
            self.moving.queued += 1;
            self.moving.busy += started.elapsed();
            return Ok(true);
        }
        let finite = self.read_report()?;
        self.step_times.push(1e3 * started.elapsed().as_secs_f64());
        Ok(finite)
    }

    /// Takes in what the chains came to; false if a score is not finite.
    fn read_report(&mut self) -> Result<bool, ComputeError> {
        let walk = self.walk.as_ref().ok_or(ComputeError::NoChain)?;
        let WalkReport { clamped, acceptance, finite, .. } = walk.report(&mut *self.prepared)?;
        (self.clamped, self.acceptance) = (clamped, acceptance);
        Ok(finite)
    }

    /// Where the chains are now. The time of waiting for queued steps is theirs.
    pub(super) fn read_chain(&mut self) -> Result<Images, ComputeError> {
        let started = Instant::now();
        let state = self.walk.as_ref().ok_or(ComputeError::NoChain)?.state(&mut *self.prepared)?;
        self.moving.busy += started.elapsed();
        Ok(state)
    }

    /// Puts the chains where `images` are.
    pub(super) fn replace_chain(&mut self, images: &Images) -> Result<(), ComputeError> {
        self.walk.as_mut().ok_or(ComputeError::NoChain)?.replace(&mut *self.prepared, images)
    }

    /// Where the chains are after their last step, or `None` if some value or score is not finite. Steps that a device
    /// had queued all get their mean time, which ends with this reading.
    pub(super) fn end_chain(&mut self) -> Result<Option<Images>, ComputeError> {
        let state = self.read_chain()?;
        let Moving { queued, busy } = std::mem::take(&mut self.moving);
        if queued > 0 {
            self.step_times = vec![1e3 * busy.as_secs_f64() / queued as f64; queued];
            if !self.read_report()? {
                return Ok(None);
            }
        }
        Ok(state.is_finite().then_some(state))
    }

    pub(super) fn median_step(&self) -> f64 {
        let mut times = self.step_times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(0.0)
    }
}

fn positions(network: &Network) -> Vec<usize> {
    let of = |layer: &Layer| match *layer {
        Layer::Convolution(shape) | Layer::Spectral(shape) => vec![shape.side_out.pow(2); 2],
        Layer::Join(shortcut) => vec![shortcut.side_out.pow(2); layer.tensors()],
        _ => vec![1; layer.tensors()],
    };
    network.layers().iter().flat_map(of).collect()
}
