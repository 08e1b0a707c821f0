//! Points of parallel chains in the host's memory, with the model's energy and its gradient there.

use crate::compute::{ComputeError, Images, PreparedNetwork, Statistics};
use crate::model::Reference;

/// One point for each image of a batch.
pub(super) struct Points {
    /// `[batch, channel, height, width]`
    pub(super) images: Images,
    /// f(Y) of each; empty before the first evaluation.
    pub(super) score: Vec<f32>,
    /// E(Y) of each. A test compares differences of large energies, so they are summed in double precision.
    pub(super) energy: Vec<f64>,
    /// ∂E/∂Y, `[batch, channel, height, width]`.
    pub(super) gradient: Images,
}

impl Points {
    /// Points that are not evaluated yet.
    pub(super) fn at(images: Images) -> Self {
        let gradient = Images::zeros(images.shape());
        Self { images, score: Vec::new(), energy: Vec::new(), gradient }
    }

    /// Takes energies and gradients anew.
    ///
    /// # Errors
    /// Images of another shape than the network's, or a failing device.
    pub(super) fn evaluate(
        &mut self,
        network: &mut dyn PreparedNetwork,
        statistics: Statistics,
        reference: Reference,
    ) -> Result<(), ComputeError> {
        self.score = network.score_gradient(&self.images, statistics, &mut self.gradient)?;
        let pull = reference.pull();
        let energy = |(index, &score): (usize, &f32)| {
            let square: f64 = match pull {
                0.0 => 0.0,
                _ => self.images.image(index).iter().map(|&y| f64::from(y) * f64::from(y)).sum(),
            };
            0.5 * f64::from(pull) * square - f64::from(score)
        };
        self.energy = self.score.iter().enumerate().map(energy).collect();
        for (g, &y) in self.gradient.data_mut().iter_mut().zip(self.images.data()) {
            *g = pull * y - *g;
        }
        Ok(())
    }

    /// Puts point `index` where that of `other` is.
    pub(super) fn copy(&mut self, index: usize, other: &Self) {
        self.images.image_mut(index).copy_from_slice(other.images.image(index));
        self.gradient.image_mut(index).copy_from_slice(other.gradient.image(index));
        self.score[index] = other.score[index];
        self.energy[index] = other.energy[index];
    }

    /// Lets two points change places; `first` comes before `second`.
    pub(super) fn swap(&mut self, first: usize, second: usize) {
        self.score.swap(first, second);
        self.energy.swap(first, second);
        let length = self.images.image_len();
        for images in [&mut self.images, &mut self.gradient] {
            let (before, after) = images.data_mut().split_at_mut(second * length);
            before[first * length..][..length].swap_with_slice(&mut after[..length]);
        }
    }
}

/// `value` brought into the box; what is not a number stays so, to be seen.
pub(super) fn confined(value: f32, [low, high]: [f32; 2]) -> f32 {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// Those of `values` that may move. The mask is 1 where one may and 0 where it stays; all may without one.
pub(super) fn free<Value>(mask: Option<&[f32]>, values: impl Iterator<Item = Value>) -> impl Iterator<Item = Value> {
    let is_free = move |at: usize| mask.is_none_or(|mask| mask[at] != 0.0);
    values.enumerate().filter(move |&(at, _)| is_free(at)).map(|(_, value)| value)
}

/// Share of all values that may move and lie at an edge of the box, 0 to 1.
pub(super) fn share_at_edge(values: &[f32], mask: Option<&[f32]>, clamp: Option<[f32; 2]>) -> f64 {
    let Some([low, high]) = clamp else { return 0.0 };
    let at_edge = free(mask, values.iter()).filter(|&&y| y == low || y == high).count();
    at_edge as f64 / values.len().max(1) as f64
}
