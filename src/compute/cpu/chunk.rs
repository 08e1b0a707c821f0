//! A layer with its weights packed, and some images' way through a list of them.

use super::convolution::PreparedConvolution;
use super::normalization::PreparedNorm;
use super::pointwise::{PreparedDense, activate, activate_backward};
use crate::compute::{Activation, RunningStatistics};

/// A layer, ready to be evaluated.
pub(super) enum Prepared {
    Convolution(PreparedConvolution),
    Norm(PreparedNorm),
    Activation(Activation),
    Dense(PreparedDense),
}

/// Some images of the batch and the values of every layer for them.
pub(super) struct Chunk {
    pub(super) images: usize,
    /// The input, then the output of each layer but the top; `[image, height, width, channel]`.
    pub(super) maps: Vec<Vec<f32>>,
    pub(super) score: Vec<f32>,
    /// The weights w_i of the scores in the function that is differentiated.
    pub(super) cotangent: Vec<f32>,
    pub(super) gradient: Vec<f32>,
    pub(super) spare: Vec<f32>,
}

impl Chunk {
    pub(super) fn new(sizes: &[(usize, usize)], images: usize) -> Self {
        let inner = &sizes[..sizes.len() - 1];
        let maps = inner.iter().map(|(side, channels)| vec![0.0; images * side * side * channels]).collect();
        Self {
            images,
            maps,
            score: vec![0.0; images],
            cotangent: vec![1.0; images],
            gradient: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Takes the images through the layers of `range`.
    pub(super) fn forward(
        &mut self,
        layers: &[Prepared],
        range: std::ops::Range<usize>,
        used: &[RunningStatistics],
        patches: &mut Vec<f32>,
    ) {
        for index in range {
            let (before, after) = self.maps.split_at_mut(index + 1);
            let input = &before[index];
            match (&layers[index], after.first_mut()) {
                (Prepared::Dense(dense), _) => dense.forward(input, &mut self.score),
                (Prepared::Convolution(c), Some(output)) => c.forward(input, self.images, output, patches),
                (Prepared::Norm(norm), Some(output)) => {
                    norm.forward(input, &used[norm_index(layers, index)], output);
                }
                (Prepared::Activation(activation), Some(output)) => activate(*activation, input, output),
                (_, None) => {}
            }
        }
    }

    /// Takes `self.gradient` back through the layers of `range`, the last one first.
    pub(super) fn backward(
        &mut self,
        layers: &[Prepared],
        range: std::ops::Range<usize>,
        used: &[RunningStatistics],
        mut sums: Option<&mut Vec<Vec<f32>>>,
        patches: &mut Vec<f32>,
    ) {
        let learning = sums.is_some();
        for index in range.rev() {
            let input = &self.maps[index];
            let parameters = sums.as_deref_mut().and_then(|all| pair(all, parameter_index(layers, index)));
            match &layers[index] {
                Prepared::Dense(dense) => {
                    if let Some(pair) = parameters {
                        dense.backward_parameters(input, &self.cotangent, pair);
                    }
                    self.gradient.resize(input.len(), 0.0);
                    dense.backward(&self.cotangent, &mut self.gradient);
                }
                Prepared::Activation(activation) => activate_backward(*activation, input, &mut self.gradient),
                Prepared::Norm(norm) => {
                    let statistics = &used[norm_index(layers, index)];
                    if let Some([weight, bias]) = parameters {
                        let [bias_sum, weight_sum] = norm.gradient_sums(input, statistics, &self.gradient);
                        weight.iter_mut().zip(weight_sum).for_each(|(sum, value)| *sum += value as f32);
                        bias.iter_mut().zip(bias_sum).for_each(|(sum, value)| *sum += value as f32);
                    }
                    norm.backward_frozen(statistics, &mut self.gradient);
                }
                Prepared::Convolution(convolution) => {
                    if let Some(pair) = parameters {
                        convolution.backward_parameters(input, &self.gradient, self.images, pair, patches);
                    }
                    if learning && index == 0 {
                        return;
                    }
                    self.spare.resize(input.len(), 0.0);
                    convolution.backward(&self.gradient, self.images, &mut self.spare, patches);
                    std::mem::swap(&mut self.gradient, &mut self.spare);
                }
            }
        }
    }
}

/// The weight and bias gradients that start at `index`.
pub(super) fn pair(all: &mut [Vec<f32>], index: usize) -> Option<[&mut [f32]; 2]> {
    match all.get_mut(index..index + 2)? {
        [weight, bias] => Some([weight, bias]),
        _ => None,
    }
}

/// Which normalization layer of the network layer `index` is.
pub(super) fn norm_index(layers: &[Prepared], index: usize) -> usize {
    layers[..index].iter().filter(|layer| matches!(layer, Prepared::Norm(_))).count()
}

/// Where the parameters of layer `index` begin.
pub(super) fn parameter_index(layers: &[Prepared], index: usize) -> usize {
    2 * layers[..index].iter().filter(|layer| !matches!(layer, Prepared::Activation(_))).count()
}

/// From `[image, channel, position]` to `[image, position, channel]`; `image` values each.
pub(super) fn interleave(data: &[f32], channels: usize, image: usize, out: &mut [f32]) {
    let positions = image / channels;
    for (from, to) in data.chunks_exact(image).zip(out.chunks_exact_mut(image)) {
        for (channel, plane) in from.chunks_exact(positions).enumerate() {
            for (position, &value) in plane.iter().enumerate() {
                to[position * channels + channel] = value;
            }
        }
    }
}

/// The way back.
pub(super) fn deinterleave(data: &[f32], channels: usize, image: usize, out: &mut [f32]) {
    let positions = image / channels;
    for (from, to) in data.chunks_exact(image).zip(out.chunks_exact_mut(image)) {
        for (channel, plane) in to.chunks_exact_mut(positions).enumerate() {
            for (position, value) in plane.iter_mut().enumerate() {
                *value = from[position * channels + channel];
            }
        }
    }
}
