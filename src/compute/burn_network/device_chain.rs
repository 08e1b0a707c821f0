//! Chains whose state stays on a graphics device: their steps queue up there, and nothing comes back unasked.

use burn::tensor::Tensor;

use super::super::{ComputeError, Movement, NoiseKey, StepReport};
use super::kernel;
use super::{Values, read};

/// Parallel chains, one for each image of a batch. All tensors are `[batch, channel, height, width]`.
pub(super) struct DeviceChain {
    pub(super) state: Tensor<4>,
    mask: Option<Tensor<4>>,
    last: Option<Step>,
}

/// The last step.
struct Step {
    /// Where it began.
    start: Tensor<4>,
    /// The scores there and ∂f/∂Y.
    score: Tensor<1>,
    gradient: Tensor<4>,
    movement: Movement,
}

impl DeviceChain {
    pub(super) fn new(state: Tensor<4>, mask: Option<Tensor<4>>) -> Self {
        Self { state, mask, last: None }
    }

    /// Takes a step, given the scores of the state and their gradient there. Only queues the work.
    ///
    /// # Errors
    /// A failing device.
    pub(super) fn advance(
        &mut self,
        (score, gradient): (Tensor<1>, Tensor<4>),
        movement: &Movement,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        let moved = kernel::moved(&self.state, gradient.clone(), self.mask.as_ref(), movement, key)?;
        let start = std::mem::replace(&mut self.state, moved);
        self.last = Some(Step { start, score, gradient, movement: *movement });
        Ok(())
    }

    /// ∂E/∂Y of the last step, before any limit.
    pub(super) fn energy_gradient(&self) -> Tensor<4> {
        match &self.last {
            Some(Step { start, gradient, movement, .. }) => start.clone() * movement.pull - gradient.clone(),
            None => self.state.zeros_like(),
        }
    }

    /// Brings the report of the last step to the host.
    ///
    /// # Errors
    /// A failing device.
    pub(super) fn report(&self) -> Result<StepReport, ComputeError> {
        let Some(Step { score, movement, .. }) = &self.last else {
            return Ok(StepReport { score: Vec::new(), clamped: 0.0 });
        };
        let Some([low, high]) = movement.clamp else {
            let [score] = read([score.clone()])?;
            return Ok(StepReport { score, clamped: 0.0 });
        };
        let mut edge = self.state.clone().equal_elem(low).bool_or(self.state.clone().equal_elem(high));
        if let Some(mask) = &self.mask {
            edge = edge.bool_and(mask.clone().not_equal_elem(0.0));
        }
        let [score, share]: [Values; 2] = read([score.clone(), edge.float().mean()])?;
        let clamped = share.first().map_or(0.0, |&share| f64::from(share));
        Ok(StepReport { score, clamped })
    }
}
