//! Optimizers. Gradients point uphill (equation (9) ascends), so a step adds.

use crate::compute::{ParameterSet, Tensor};

/// An optimizer's rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    Sgd {
        /// 0 for none.
        momentum: f32,
        /// Divide a convolution's gradient by the positions of its map, and cap each value at this; the practice of
        /// the paper's authors in sibling code.
        per_position_cap: Option<f32>,
    },
    Adam {
        beta1: f32,
        beta2: f32,
        epsilon: f32,
    },
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019): weights shrink by `rate · decay` of themselves beside
    /// each step of Adam. Biases and the scales and shifts of a normalization, which are vectors, do not.
    AdamW {
        beta1: f32,
        beta2: f32,
        epsilon: f32,
        /// λ; 0 for none.
        decay: f32,
    },
}

/// A rule and what is done to the gradient before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OptimizerSpec {
    pub rule: Rule,
    /// Largest l2 norm of a grid's whole gradient, if any.
    pub clip_norm: Option<f32>,
}

/// The moments of one grid's optimizer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Optimizer {
    pub steps: u64,
    /// Momentum, or Adam's first moment; one for each tensor.
    pub first: Vec<Vec<f32>>,
    /// Adam's second moment; empty for SGD.
    pub second: Vec<Vec<f32>>,
}

impl Optimizer {
    /// Takes one step uphill along `gradient` (one for each tensor) with step size `rate`. `positions` holds the
    /// number of map positions of each tensor's layer, for [`Rule::Sgd`].
    pub fn step(
        &mut self,
        spec: &OptimizerSpec,
        parameters: &mut ParameterSet,
        gradient: &[Vec<f32>],
        positions: &[usize],
        rate: f32,
    ) {
        self.fit(spec, parameters);
        self.steps += 1;
        let scale = clip_scale(spec.clip_norm, gradient);
        for (index, tensor) in parameters.tensors.iter_mut().enumerate() {
            let gradient = &gradient[index];
            match spec.rule {
                Rule::Sgd { momentum, per_position_cap } => {
                    let positions = positions.get(index).copied().unwrap_or(1) as f32;
                    let cap = per_position_cap.map(|cap| (positions, cap));
                    sgd(tensor, gradient, &mut self.first[index], [momentum, rate, scale], cap);
                }
                Rule::Adam { beta1, beta2, epsilon } | Rule::AdamW { beta1, beta2, epsilon, .. } => {
                    if let Rule::AdamW { decay, .. } = spec.rule {
                        shrink(tensor, rate * decay);
                    }
                    let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
                    let rate = rate * (1.0 - beta2.powi(steps)).sqrt() / (1.0 - beta1.powi(steps));
                    let epsilon = epsilon * (1.0 - beta2.powi(steps)).sqrt();
                    let moments = [self.first[index].as_mut_slice(), self.second[index].as_mut_slice()];
                    adam(tensor, gradient, moments, [beta1, beta2, epsilon, rate, scale]);
                }
            }
        }
    }

    /// Gives every tensor moments of its size, zero where they are new.
    fn fit(&mut self, spec: &OptimizerSpec, parameters: &ParameterSet) {
        let fits = |moments: &Vec<Vec<f32>>| {
            moments.len() == parameters.tensors.len()
                && moments.iter().zip(&parameters.tensors).all(|(m, tensor)| m.len() == tensor.data.len())
        };
        let zeros = || parameters.tensors.iter().map(|tensor| vec![0.0; tensor.data.len()]).collect();
        if !fits(&self.first) {
            *self = Self { steps: 0, first: zeros(), second: Vec::new() };
        }
        match spec.rule {
            Rule::Sgd { .. } => self.second.clear(),
            Rule::Adam { .. } | Rule::AdamW { .. } if !fits(&self.second) => {
                *self = Self { steps: 0, first: zeros(), second: zeros() };
            }
            Rule::Adam { .. } | Rule::AdamW { .. } => {}
        }
    }
}

fn sgd(
    tensor: &mut Tensor,
    gradient: &[f32],
    velocity: &mut [f32],
    [momentum, rate, scale]: [f32; 3],
    cap: Option<(f32, f32)>,
) {
    for ((value, &g), v) in tensor.data.iter_mut().zip(gradient).zip(velocity) {
        let g = match cap {
            Some((positions, cap)) => (scale * g / positions).clamp(-cap, cap),
            None => scale * g,
        };
        *v = momentum * *v + g;
        *value += rate * *v;
    }
}

fn adam(
    tensor: &mut Tensor,
    gradient: &[f32],
    [first, second]: [&mut [f32]; 2],
    [beta1, beta2, epsilon, rate, scale]: [f32; 5],
) {
    for (((value, &g), m), v) in tensor.data.iter_mut().zip(gradient).zip(first).zip(second) {
        let g = scale * g;
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        *value += rate * *m / (v.sqrt() + epsilon);
    }
}

/// Takes `share` of every weight away; vectors are no weights.
fn shrink(tensor: &mut Tensor, share: f32) {
    if tensor.shape.len() > 1 {
        tensor.data.iter_mut().for_each(|value| *value -= share * *value);
    }
}

/// The factor that brings the gradient's norm down to the limit.
fn clip_scale(limit: Option<f32>, gradient: &[Vec<f32>]) -> f32 {
    let Some(limit) = limit else { return 1.0 };
    let square: f64 = gradient.iter().flatten().map(|&g| f64::from(g) * f64::from(g)).sum();
    let norm = square.sqrt() as f32;
    if norm > limit { limit / norm } else { 1.0 }
}
