//! An exponential moving average of the weights. The weights of a run swing from update to update; images drawn
//! from their average do not.

use crate::compute::ParameterSet;

/// The average and its decay.
#[derive(Debug, Clone, PartialEq)]
pub struct Average {
    pub parameters: ParameterSet,
    updates: u64,
}

impl Average {
    /// Starts at `parameters`; `updates` were already averaged.
    #[must_use]
    pub fn new(parameters: ParameterSet, updates: u64) -> Self {
        Self { parameters, updates }
    }

    #[must_use]
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Takes in the newest parameters. The decay grows to `decay` as updates come in, so that the average does not
    /// cling to where the weights began.
    pub fn update(&mut self, newest: &ParameterSet, decay: f32) {
        self.updates += 1;
        let warm = (1 + self.updates) as f32 / (10 + self.updates) as f32;
        let keep = decay.min(warm);
        for (average, tensor) in self.parameters.tensors.iter_mut().zip(&newest.tensors) {
            for (a, &value) in average.data.iter_mut().zip(&tensor.data) {
                *a = keep * *a + (1.0 - keep) * value;
            }
        }
        self.parameters.statistics.clone_from(&newest.statistics);
    }
}
