//! Chains whose state stays in the host's memory: those of the CPU networks.

use super::{ComputeError, Images, Movement, NoiseKey, PreparedNetwork, Statistics, StepReport, Threads};
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

/// Parallel chains, one for each image of a batch, beside a network that evaluates images of the host.
pub(super) struct HostChain {
    state: Images,
    /// 1 where a value may move, 0 where it stays.
    mask: Option<Images>,
    /// ∂E/∂Y of the last step.
    gradient: Images,
    /// The noise of the last step; zero without any.
    noise: Images,
    score: Vec<f32>,
    /// Values at an edge of the box after the last step.
    edge: usize,
}

impl HostChain {
    /// Chains at `state`, `[batch, channel, height, width]`.
    ///
    /// # Errors
    /// A mask of another shape.
    pub(super) fn new(state: &Images, mask: Option<&Images>) -> Result<Self, ComputeError> {
        check_mask(state, mask)?;
        let zeros = Images::zeros(state.shape());
        let (gradient, noise) = (zeros.clone(), zeros);
        Ok(Self { state: state.clone(), mask: mask.cloned(), gradient, noise, score: Vec::new(), edge: 0 })
    }

    /// The chain that was placed on a network.
    ///
    /// # Errors
    /// [`ComputeError::NoChain`] when none was.
    pub(super) fn of(chain: Option<&Self>) -> Result<&Self, ComputeError> {
        chain.ok_or(ComputeError::NoChain)
    }

    pub(super) fn state(&self) -> &Images {
        &self.state
    }

    /// ∂E/∂Y of the last step, before any limit.
    pub(super) fn gradient(&self) -> &Images {
        &self.gradient
    }

    pub(super) fn report(&self) -> StepReport {
        let clamped = self.edge as f64 / self.state.data().len().max(1) as f64;
        StepReport { score: self.score.clone(), clamped }
    }

    /// Takes one step. The noise is a function of `key` and the number of the image alone.
    ///
    /// # Errors
    /// A network for another shape, or a failing device.
    pub(super) fn step(
        &mut self,
        network: &mut dyn PreparedNetwork,
        threads: &Threads,
        statistics: Statistics,
        movement: &Movement,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        self.score = network.score_gradient(&self.state, statistics, &mut self.gradient)?;
        let length = self.state.image_len();
        let Self { state, mask, gradient, noise, .. } = self;
        let mask = mask.as_ref().map(Images::data);
        self.edge = threads.run(|| {
            let images = state.data_mut().par_chunks_mut(length).zip(gradient.data_mut().par_chunks_mut(length));
            let images = images.zip(noise.data_mut().par_chunks_mut(length)).enumerate();
            let edges = images.map(|(index, ((state, gradient), noise))| {
                if movement.noise != 0.0 {
                    key.normal(index as u32, noise);
                }
                let mask = mask.map(|mask| &mask[index * length..][..length]);
                Arch::new().dispatch(Moving { movement, state, gradient, noise, mask })
            });
            edges.sum()
        });
        Ok(())
    }
}

/// A mask has the shape of the chains it is for.
pub(super) fn check_mask(state: &Images, mask: Option<&Images>) -> Result<(), ComputeError> {
    match mask {
        Some(mask) if mask.shape() != state.shape() => {
            Err(ComputeError::Mask { mask: mask.shape(), state: state.shape() })
        }
        _ => Ok(()),
    }
}

/// The move of one image; `gradient` holds ∂f/∂Y and becomes ∂E/∂Y. Gives how many values lie at an edge of the box.
struct Moving<'a> {
    movement: &'a Movement,
    state: &'a mut [f32],
    gradient: &'a mut [f32],
    noise: &'a [f32],
    mask: Option<&'a [f32]>,
}

impl NullaryFnOnce for Moving<'_> {
    type Output = usize;

    #[inline(always)]
    fn call(self) -> usize {
        let Self { movement, state, gradient, noise, mask } = self;
        let limit = movement.gradient_limit.unwrap_or(f32::INFINITY);
        let [low, high] = movement.clamp.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
        for (g, &y) in gradient.iter_mut().zip(state.iter()) {
            *g = movement.pull * y - *g;
        }
        let mut edge = 0;
        let mut step = |y: &mut f32, g: f32, u: f32| {
            let moved = *y - movement.drift * g.clamp(-limit, limit) + movement.noise * u;
            // `clamp` would turn a NaN into an edge's value on some targets; these comparisons keep it visible.
            let moved = if moved < low { low } else { moved };
            *y = if moved > high { high } else { moved };
            edge += usize::from(*y == low || *y == high);
        };
        let values = state.iter_mut().zip(gradient.iter()).zip(noise);
        match mask {
            None => values.for_each(|((y, &g), &u)| step(y, g, u)),
            Some(mask) => {
                values.zip(mask).filter(|(_, mask)| **mask != 0.0).for_each(|(((y, &g), &u), _)| step(y, g, u))
            }
        }
        edge
    }
}
