//! Langevin dynamics, equation (8), from a given start.

use crate::compute::{ComputeError, Images, NoiseKey, PreparedNetwork, Statistics, Threads};
use crate::model::Reference;
use rayon::prelude::*;

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
}

/// Parallel chains at one grid, one for each image of a batch.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Where the chains are, `[batch, channel, height, width]`.
    pub state: Images,
    /// 1 where a value may move, 0 where it stays; all may move when `None`. Same shape as the state.
    pub mask: Option<Images>,
    gradient: Images,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Score of each image before the step.
    pub score: Vec<f32>,
    /// Share of values at an edge of the box after it, 0 to 1.
    pub clamped: f64,
}

impl Chain {
    #[must_use]
    pub fn new(state: Images, mask: Option<Images>) -> Self {
        let gradient = Images::zeros(state.shape());
        Self { state, mask, gradient }
    }

    /// The gradient ∂E/∂Y of the last step, before any limit.
    #[must_use]
    pub fn energy_gradient(&self) -> &Images {
        &self.gradient
    }

    /// Takes one step of `kernel`. The noise is a function of `key` and the number of the image alone.
    ///
    /// # Errors
    /// A network for another shape, or a failing device.
    pub fn step(
        &mut self,
        network: &mut dyn PreparedNetwork,
        statistics: Statistics,
        kernel: &Langevin,
        key: NoiseKey,
        threads: &Threads,
    ) -> Result<StepReport, ComputeError> {
        let score = network.score_gradient(&self.state, statistics, &mut self.gradient)?;
        let length = self.state.image_len();
        let Self { state, mask, gradient } = self;
        let mask = mask.as_ref().map(Images::data);
        let clamped: usize = threads.run(|| {
            let images = state.data_mut().par_chunks_mut(length).zip(gradient.data_mut().par_chunks_mut(length));
            images
                .enumerate()
                .map(|(index, (state, gradient))| {
                    let mask = mask.map(|mask| &mask[index * length..][..length]);
                    move_image(kernel, key, index as u32, state, gradient, mask)
                })
                .sum()
        });
        Ok(StepReport { score, clamped: clamped as f64 / self.state.data().len().max(1) as f64 })
    }
}

/// Moves one image; `gradient` holds ∂f/∂Y and becomes ∂E/∂Y. Returns how many values lie at an edge of the box.
fn move_image(
    kernel: &Langevin,
    key: NoiseKey,
    image: u32,
    state: &mut [f32],
    gradient: &mut [f32],
    mask: Option<&[f32]>,
) -> usize {
    let pull = kernel.reference.pull();
    for (g, &y) in gradient.iter_mut().zip(state.iter()) {
        *g = pull * y - *g;
    }
    let mut noise = vec![0.0; if kernel.noise == 0.0 { 0 } else { state.len() }];
    key.normal(image, &mut noise);
    let limit = kernel.gradient_limit.unwrap_or(f32::INFINITY);
    let [low, high] = kernel.clamp.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
    let mut edge = 0;
    for (index, (y, &g)) in state.iter_mut().zip(gradient.iter()).enumerate() {
        if mask.is_some_and(|mask| mask[index] == 0.0) {
            continue;
        }
        let shake = noise.get(index).map_or(0.0, |u| kernel.noise * u);
        *y = *y - kernel.drift * g.clamp(-limit, limit) + shake;
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
