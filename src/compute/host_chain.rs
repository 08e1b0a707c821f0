//! Chains whose state stays in the host's memory: those of the CPU networks.

use super::{ComputeError, Images, Movement, NoiseKey, PreparedNetwork, Statistics, StepReport, Threads};
use rayon::prelude::*;

/// Parallel chains, one for each image of a batch, beside a network that evaluates images of the host.
pub(super) struct HostChain {
    state: Images,
    /// 1 where a value may move, 0 where it stays.
    mask: Option<Images>,
    /// ∂E/∂Y of the last step.
    gradient: Images,
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
        let gradient = Images::zeros(state.shape());
        Ok(Self { state: state.clone(), mask: mask.cloned(), gradient, score: Vec::new(), edge: 0 })
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
        let Self { state, mask, gradient, .. } = self;
        let mask = mask.as_ref().map(Images::data);
        self.edge = threads.run(|| {
            let images = state.data_mut().par_chunks_mut(length).zip(gradient.data_mut().par_chunks_mut(length));
            images
                .enumerate()
                .map(|(index, (state, gradient))| {
                    let mask = mask.map(|mask| &mask[index * length..][..length]);
                    move_image(movement, key, index as u32, state, gradient, mask)
                })
                .sum()
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

/// Moves one image; `gradient` holds ∂f/∂Y and becomes ∂E/∂Y. Returns how many values lie at an edge of the box.
fn move_image(
    movement: &Movement,
    key: NoiseKey,
    image: u32,
    state: &mut [f32],
    gradient: &mut [f32],
    mask: Option<&[f32]>,
) -> usize {
    for (g, &y) in gradient.iter_mut().zip(state.iter()) {
        *g = movement.pull * y - *g;
    }
    let mut noise = vec![0.0; if movement.noise == 0.0 { 0 } else { state.len() }];
    key.normal(image, &mut noise);
    let limit = movement.gradient_limit.unwrap_or(f32::INFINITY);
    let [low, high] = movement.clamp.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
    let mut edge = 0;
    for (index, (y, &g)) in state.iter_mut().zip(gradient.iter()).enumerate() {
        if mask.is_some_and(|mask| mask[index] == 0.0) {
            continue;
        }
        let shake = noise.get(index).map_or(0.0, |u| movement.noise * u);
        *y = *y - movement.drift * g.clamp(-limit, limit) + shake;
        // `clamp` would turn a NaN into an edge's value on some targets; these comparisons keep it visible.
        if *y < low {
            *y = low;
        } else if *y > high {
            *y = high;
        }
        edge += usize::from(*y == low || *y == high);
    }
    edge
}
