//! Activations and the fully connected top.

use crate::compute::Activation;

/// `output = activation(input)`.
pub(super) fn activate(activation: Activation, input: &[f32], output: &mut [f32]) {
    let pairs = output.iter_mut().zip(input);
    match activation {
        Activation::Relu => pairs.for_each(|(out, &x)| *out = if x > 0.0 { x } else { 0.0 }),
        Activation::LeakyRelu(slope) => pairs.for_each(|(out, &x)| *out = if x > 0.0 { x } else { slope * x }),
        Activation::Silu | Activation::Softplus => pairs.for_each(|(out, &x)| *out = activation.value(x)),
    }
}

/// Multiplies `gradient` by the activation's derivative at `input`.
pub(super) fn activate_backward(activation: Activation, input: &[f32], gradient: &mut [f32]) {
    let pairs = gradient.iter_mut().zip(input);
    match activation {
        Activation::Relu => pairs.for_each(|(g, &x)| *g = if x > 0.0 { *g } else { 0.0 }),
        Activation::LeakyRelu(slope) => pairs.for_each(|(g, &x)| *g = if x > 0.0 { *g } else { slope * *g }),
        Activation::Silu | Activation::Softplus => pairs.for_each(|(g, &x)| *g *= activation.derivative(x)),
    }
}

/// The fully connected top, its weights in the order height, width, channel.
pub(super) struct PreparedDense {
    channels: usize,
    pub(super) weight: Vec<f32>,
    bias: f32,
}

impl PreparedDense {
    pub(super) fn new(channels: usize, side: usize) -> Self {
        Self { channels, weight: vec![0.0; channels * side * side], bias: 0.0 }
    }

    /// Packs `weight` `[1, channel · height · width]`.
    pub(super) fn load(&mut self, weight: &[f32], bias: f32) {
        let positions = weight.len() / self.channels;
        for (channel, plane) in weight.chunks(positions).enumerate() {
            for (position, &value) in plane.iter().enumerate() {
                self.weight[position * self.channels + channel] = value;
            }
        }
        self.bias = bias;
    }

    /// The score of each image.
    pub(super) fn forward(&self, input: &[f32], score: &mut [f32]) {
        for (score, map) in score.iter_mut().zip(input.chunks_exact(self.weight.len())) {
            *score = dot(&self.weight, map) + self.bias;
        }
    }

    /// `gradient[image] = cotangent[image] · weight`.
    pub(super) fn backward(&self, cotangent: &[f32], gradient: &mut [f32]) {
        for (map, &w) in gradient.chunks_exact_mut(self.weight.len()).zip(cotangent) {
            for (g, &value) in map.iter_mut().zip(&self.weight) {
                *g = w * value;
            }
        }
    }

    /// Adds `Σ cotangent[image] · input[image]`.
    pub(super) fn backward_parameters(&self, input: &[f32], cotangent: &[f32], [weight, bias]: [&mut [f32]; 2]) {
        for (map, &w) in input.chunks_exact(self.weight.len()).zip(cotangent) {
            for (sum, &value) in weight.iter_mut().zip(map) {
                *sum += w * value;
            }
            bias[0] += w;
        }
    }

    /// A packed weight gradient in the order channel, height, width.
    pub(super) fn unpack(&self, packed: &[f32]) -> Vec<f32> {
        let positions = packed.len() / self.channels;
        let mut weight = vec![0.0; packed.len()];
        for (position, pixel) in packed.chunks(self.channels).enumerate() {
            for (channel, &value) in pixel.iter().enumerate() {
                weight[channel * positions + position] = value;
            }
        }
        weight
    }
}

/// The inner product, summed in sixteen lanes so that it vectorizes.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let (a_blocks, b_blocks) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..16 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f32>() + rest
}
