//! Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019).

use crate::compute::{ParameterSet, Tensor};

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// The moments of one branch's gradients.
#[derive(Default)]
pub(super) struct Adam {
    steps: i32,
    /// First and second moment of each tensor.
    moments: Vec<[Vec<f32>; 2]>,
}

impl Adam {
    /// Takes one step downhill. Weights, but no biases and nothing of a normalization, shrink by `rate · decay` of
    /// themselves beside it.
    pub(super) fn step(&mut self, parameters: &mut ParameterSet, gradient: &[Vec<f32>], rate: f32, decay: f32) {
        if self.moments.is_empty() {
            let zeros = |tensor: &Tensor| [vec![0.0; tensor.data.len()], vec![0.0; tensor.data.len()]];
            self.moments = parameters.tensors.iter().map(zeros).collect();
        }
        self.steps = self.steps.saturating_add(1);
        let [first, second] = [BETA1, BETA2].map(|beta| 1.0 - beta.powi(self.steps));
        for ((tensor, gradient), [mean, square]) in parameters.tensors.iter_mut().zip(gradient).zip(&mut self.moments) {
            let kept = if tensor.shape.len() > 1 { 1.0 - rate * decay } else { 1.0 };
            let values = tensor.data.iter_mut().zip(gradient).zip(mean.iter_mut().zip(square));
            for ((value, &g), (m, v)) in values {
                *m = BETA1 * *m + (1.0 - BETA1) * g;
                *v = BETA2 * *v + (1.0 - BETA2) * g * g;
                *value = kept * *value - rate * (*m / first) / ((*v / second).sqrt() + EPSILON);
            }
        }
    }
}
