//! A device for tests that computes as the CPU does and fails when it is told to, in the way of real ones.

use super::burn_network::guard;
use super::{
    ComputeError, Images, LayerTime, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork, Statistics,
    StepReport,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// How it fails, and after how many MCMC steps or updates; clones count together.
#[derive(Clone)]
pub(super) struct Fuse {
    kind: Kind,
    most: usize,
    steps: Arc<AtomicUsize>,
    updates: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// From then on nothing works, as when a driver is gone.
    Lost,
    /// One request is refused.
    Memory,
    /// A fault that nothing in this room catches.
    Panic,
    /// The same, in a parameter gradient.
    PanicInUpdate,
}

impl Fuse {
    /// Of a name such as `failing:lost:100`.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let (kind, most) = name.strip_prefix("failing:")?.split_once(':')?;
        let kind = match kind {
            "lost" => Kind::Lost,
            "memory" => Kind::Memory,
            "panic" => Kind::Panic,
            "update" => Kind::PanicInUpdate,
            _ => return None,
        };
        Some(Self { kind, most: most.parse().ok()?, steps: Arc::default(), updates: Arc::default() })
    }

    fn burn(&self, counter: &AtomicUsize, adds: usize) -> Result<(), ComputeError> {
        let count = counter.fetch_add(adds, SeqCst) + adds;
        match self.kind {
            Kind::Lost if self.steps.load(SeqCst) > self.most => guard(|| panic!("wgpu error: the device was lost")),
            Kind::Memory if adds == 1 && count == self.most + 1 => guard(|| panic!("wgpu error: out of memory")),
            Kind::Panic if adds == 1 && count == self.most + 1 => panic!("a fault on purpose"),
            _ => Ok(()),
        }
    }
}

/// A network on this device.
pub(super) struct Failing {
    network: Box<dyn PreparedNetwork>,
    fuse: Fuse,
}

impl Failing {
    pub(super) fn new(network: Box<dyn PreparedNetwork>, fuse: Fuse) -> Self {
        Self { network, fuse }
    }

    /// Any use that is not counted.
    fn use_it(&self) -> Result<(), ComputeError> {
        self.fuse.burn(&self.fuse.steps, 0)
    }
}

impl PreparedNetwork for Failing {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        self.use_it()?;
        self.network.load(parameters)
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.use_it()?;
        self.network.score(images, statistics)
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.use_it()?;
        self.network.score_gradient(images, statistics, gradient)
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        self.use_it()?;
        let update = self.fuse.updates.fetch_add(1, SeqCst);
        assert!(self.fuse.kind != Kind::PanicInUpdate || update != self.fuse.most, "a fault on purpose");
        self.network.parameter_gradient(images, statistics, weights)
    }

    fn layer_times(&self) -> Vec<LayerTime> {
        self.network.layer_times()
    }

    fn place(&mut self, state: &Images, mask: Option<&Images>) -> Result<(), ComputeError> {
        self.use_it()?;
        self.network.place(state, mask)
    }

    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError> {
        self.fuse.burn(&self.fuse.steps, 1)?;
        self.network.step(statistics, movement, key)
    }

    fn chain_state(&mut self) -> Result<Images, ComputeError> {
        self.use_it()?;
        self.network.chain_state()
    }

    fn chain_gradient(&mut self) -> Result<Images, ComputeError> {
        self.use_it()?;
        self.network.chain_gradient()
    }

    fn chain_report(&mut self) -> Result<StepReport, ComputeError> {
        self.use_it()?;
        self.network.chain_report()
    }
}
