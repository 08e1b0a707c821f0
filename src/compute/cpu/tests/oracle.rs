//! Networks in double precision, written as their definitions: what the kernels are held to.

use crate::compute::layer::NORM_EPSILON;
use crate::compute::{Activation, Convolution, Layer, ParameterSet, Statistics};

/// What a network says of a batch.
pub(super) struct Answer {
    pub(super) score: Vec<f64>,
    /// ∂(Σ w_i f(Y_i))/∂Y, `[batch, channel, height, width]`.
    pub(super) image: Vec<f64>,
    /// One gradient for each tensor of the parameter set.
    pub(super) tensors: Vec<Vec<f64>>,
}

/// Evaluates `layers` on `images`; `weights` are the w_i.
pub(super) fn evaluate(
    layers: &[Layer],
    parameters: &ParameterSet,
    images: &[f32],
    statistics: Statistics,
    weights: &[f64],
) -> Answer {
    let batch = weights.len();
    let tensors: Vec<Vec<f64>> = parameters.tensors.iter().map(|tensor| widen(&tensor.data)).collect();
    let mut maps = vec![widen(images)];
    let mut norms = Vec::new();
    let mut next = 0;
    for layer in layers {
        let input = &maps[maps.len() - 1];
        let output = match *layer {
            Layer::Convolution(shape) => convolve(&shape, input, batch, &tensors[next], &tensors[next + 1]),
            Layer::BatchNorm { channels, .. } => {
                let index = norms.len();
                let norm = Norm::of(input, batch, channels, statistics, parameters, index);
                let output = norm.apply(input, batch, &tensors[next], &tensors[next + 1]);
                norms.push(norm);
                output
            }
            Layer::Activation(activation) => input.iter().map(|&x| value(activation, x)).collect(),
            Layer::Dense { .. } => {
                let of = |map: &[f64]| dot(map, &tensors[next]) + tensors[next + 1][0];
                input.chunks(tensors[next].len()).map(of).collect()
            }
            other => panic!("this oracle has no {other:?}"),
        };
        next += if matches!(layer, Layer::Activation(_)) { 0 } else { 2 };
        maps.push(output);
    }
    let score = maps.pop().unwrap();
    let mut gradient = weights.to_vec();
    let mut gradients: Vec<Vec<f64>> = Vec::new();
    for (index, layer) in layers.iter().enumerate().rev() {
        let input = &maps[index];
        next -= if matches!(layer, Layer::Activation(_)) { 0 } else { 2 };
        gradient = match *layer {
            Layer::Convolution(shape) => {
                let [input, weight, bias] = convolve_back(&shape, input, batch, &tensors[next], &gradient);
                gradients.extend([bias, weight]);
                input
            }
            Layer::BatchNorm { .. } => {
                let norm = norms.pop().unwrap();
                let [input, weight, bias] = norm.back(input, batch, &tensors[next], &gradient);
                gradients.extend([bias, weight]);
                input
            }
            Layer::Activation(activation) => {
                input.iter().zip(&gradient).map(|(&x, g)| g * slope(activation, x)).collect()
            }
            Layer::Dense { .. } => {
                let length = tensors[next].len();
                let mut weight = vec![0.0; length];
                for (map, g) in input.chunks(length).zip(&gradient) {
                    weight.iter_mut().zip(map).for_each(|(sum, x)| *sum += g * x);
                }
                gradients.extend([vec![gradient.iter().sum()], weight]);
                gradient.iter().flat_map(|g| tensors[next].iter().map(move |w| g * w)).collect()
            }
            other => panic!("this oracle has no {other:?}"),
        };
    }
    gradients.reverse();
    Answer { score, image: gradient, tensors: gradients }
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn value(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) => x.max(f64::from(slope) * x),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
    }
}

fn slope(activation: Activation, x: f64) -> f64 {
    let sigmoid = 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Relu => f64::from(u8::from(x > 0.0)),
        Activation::LeakyRelu(slope) => {
            if x > 0.0 {
                1.0
            } else {
                f64::from(slope)
            }
        }
        Activation::Silu => sigmoid * (1.0 + x * (1.0 - sigmoid)),
        Activation::Softplus => sigmoid,
    }
}

/// Calls `visit(input, weight, output)` with the places of each product of a convolution.
fn for_each_product(shape: &Convolution, batch: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let Convolution { inputs, outputs, kernel, stride, padding, side_in, side_out } = *shape;
    let inside = |out: usize, tap: usize| (out * stride + tap).checked_sub(padding.before).filter(|&at| at < side_in);
    for image in 0..batch {
        for output in 0..outputs {
            for input in 0..inputs {
                for (y, x) in (0..side_out * side_out).map(|at| (at / side_out, at % side_out)) {
                    for (row, column) in (0..kernel * kernel).map(|tap| (tap / kernel, tap % kernel)) {
                        let Some((line, pixel)) = inside(y, row).zip(inside(x, column)) else { continue };
                        visit(
                            ((image * inputs + input) * side_in + line) * side_in + pixel,
                            ((output * inputs + input) * kernel + row) * kernel + column,
                            ((image * outputs + output) * side_out + y) * side_out + x,
                        );
                    }
                }
            }
        }
    }
}

fn convolve(shape: &Convolution, map: &[f64], batch: usize, weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let positions = shape.side_out * shape.side_out;
    let mut out: Vec<f64> =
        (0..batch * shape.outputs * positions).map(|at| bias[at / positions % shape.outputs]).collect();
    for_each_product(shape, batch, |input, w, output| out[output] += map[input] * weight[w]);
    out
}

/// Gradients of input, weight and bias.
fn convolve_back(shape: &Convolution, map: &[f64], batch: usize, weight: &[f64], gradient: &[f64]) -> [Vec<f64>; 3] {
    let (mut input, mut weights) = (vec![0.0; map.len()], vec![0.0; weight.len()]);
    for_each_product(shape, batch, |i, w, o| {
        input[i] += gradient[o] * weight[w];
        weights[w] += gradient[o] * map[i];
    });
    let positions = shape.side_out * shape.side_out;
    let mut bias = vec![0.0; shape.outputs];
    gradient.iter().enumerate().for_each(|(at, g)| bias[at / positions % shape.outputs] += g);
    [input, weights, bias]
}

struct Norm {
    channels: usize,
    through: bool,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Norm {
    fn of(
        map: &[f64],
        batch: usize,
        channels: usize,
        statistics: Statistics,
        set: &ParameterSet,
        index: usize,
    ) -> Self {
        let positions = map.len() / batch / channels;
        let channel = |at: usize| at / positions % channels;
        let (mut mean, mut variance) = (vec![0.0; channels], vec![0.0; channels]);
        let count = (batch * positions) as f64;
        map.iter().enumerate().for_each(|(at, x)| mean[channel(at)] += x / count);
        map.iter().enumerate().for_each(|(at, x)| variance[channel(at)] += (x - mean[channel(at)]).powi(2) / count);
        if statistics == Statistics::Frozen {
            (mean, variance) = (widen(&set.statistics[index].mean), widen(&set.statistics[index].variance));
        }
        let deviation = variance.iter().map(|variance| 1.0 / (variance + f64::from(NORM_EPSILON)).sqrt()).collect();
        Self { channels, through: statistics == Statistics::Batch, mean, deviation }
    }

    fn apply(&self, map: &[f64], batch: usize, weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let positions = map.len() / batch / self.channels;
        let of = |(at, x): (usize, &f64)| {
            let c = at / positions % self.channels;
            weight[c] * (x - self.mean[c]) * self.deviation[c] + bias[c]
        };
        map.iter().enumerate().map(of).collect()
    }

    fn back(&self, map: &[f64], batch: usize, scale: &[f64], gradient: &[f64]) -> [Vec<f64>; 3] {
        let positions = map.len() / batch / self.channels;
        let channel = |at: usize| at / positions % self.channels;
        let normal = |at: usize| (map[at] - self.mean[channel(at)]) * self.deviation[channel(at)];
        let (mut weight, mut bias) = (vec![0.0; self.channels], vec![0.0; self.channels]);
        for (at, g) in gradient.iter().enumerate() {
            weight[channel(at)] += g * normal(at);
            bias[channel(at)] += g;
        }
        let count = if self.through { (batch * positions) as f64 } else { f64::INFINITY };
        let input = gradient.iter().enumerate().map(|(at, g)| {
            let c = channel(at);
            scale[c] * self.deviation[c] * (g - bias[c] / count - normal(at) * weight[c] / count)
        });
        [input.collect(), weight, bias]
    }
}
