//! Langevin dynamics, equation (8), from a given start.

use crate::compute::{ComputeError, Images, Movement, NoiseKey, PreparedNetwork, Statistics, StepReport};
use crate::model::Reference;

/// The kernel `Y ← Y - c · ∂E/∂Y + s · U`, U white noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Langevin {
    /// Steps l on a grid; at least one.
    pub steps: usize,
    /// c: δ²/2 in the paper.
    pub drift: f32,
    /// s: δ in the paper.
    pub noise: f32,
    /// Bound on each value of ∂E/∂Y, if any.
    pub gradient_limit: Option<f32>,
    /// Box the chains are clamped to after each step, if any.
    pub clamp: Option<[f32; 2]>,
    pub reference: Reference,
}

impl Langevin {
    /// The paper's kernel with step size δ.
    #[must_use]
    pub fn with_delta(steps: usize, delta: f32, reference: Reference) -> Self {
        let drift = delta * delta / 2.0;
        Self { steps, drift, noise: delta, gradient_limit: None, clamp: None, reference }
    }

    /// Effective temperature `T = s²/2c`: 1 for the paper's kernel, 0 without noise.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        match self.drift {
            0.0 => f64::INFINITY,
            drift => f64::from(self.noise).powi(2) / (2.0 * f64::from(drift)),
        }
    }

    /// One step in numbers.
    #[must_use]
    pub fn movement(&self) -> Movement {
        let Self { drift, noise, gradient_limit, clamp, .. } = *self;
        Movement { drift, noise, pull: self.reference.pull(), gradient_limit, clamp }
    }
}

/// Parallel chains at one grid, one for each image of a batch: a view of those that stand on a network's device. A
/// GPU only queues the steps; each reading waits for it.
pub struct Chain<'network> {
    network: &'network mut dyn PreparedNetwork,
}

impl<'network> Chain<'network> {
    /// Chains that begin at `state`, `[batch, channel, height, width]`, in place of those on `network`. `mask` has the
    /// same shape: 1 where a value may move, 0 where it stays; all may move when it is `None`.
    ///
    /// # Errors
    /// A mask of another shape, or a failing device.
    pub fn place(
        network: &'network mut dyn PreparedNetwork,
        state: &Images,
        mask: Option<&Images>,
    ) -> Result<Self, ComputeError> {
        network.place(state, mask)?;
        Ok(Self { network })
    }

    /// The chains that were placed on `network`.
    #[must_use]
    pub fn on(network: &'network mut dyn PreparedNetwork) -> Self {
        Self { network }
    }

    /// Takes one step of `kernel`. The noise is a function of `key` and the number of the image alone.
    ///
    /// # Errors
    /// No chain was placed, a network for another shape, or a failing device.
    pub fn step(&mut self, statistics: Statistics, kernel: &Langevin, key: NoiseKey) -> Result<(), ComputeError> {
        self.network.step(statistics, &kernel.movement(), key)
    }

    /// Where the chains are, `[batch, channel, height, width]`.
    ///
    /// # Errors
    /// No chain was placed, or a failing device.
    pub fn state(&mut self) -> Result<Images, ComputeError> {
        self.network.chain_state()
    }

    /// The gradient ∂E/∂Y of the last step, before any limit.
    ///
    /// # Errors
    /// No chain was placed, or a failing device.
    pub fn energy_gradient(&mut self) -> Result<Images, ComputeError> {
        self.network.chain_gradient()
    }

    /// What the last step did.
    ///
    /// # Errors
    /// No chain was placed, or a failing device.
    pub fn report(&mut self) -> Result<StepReport, ComputeError> {
        self.network.chain_report()
    }
}
