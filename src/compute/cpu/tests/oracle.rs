//! Networks in double precision, written as their definitions: what the kernels are held to.

use crate::compute::layer::NORM_EPSILON;
use crate::compute::{Activation, Convolution, Layer, Padding, ParameterSet, Shortcut, Statistics};

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
    let (mut next, mut forks) = (0, Vec::new());
    for (index, layer) in layers.iter().enumerate() {
        let input = &maps[maps.len() - 1];
        let output = match *layer {
            Layer::Convolution(shape) | Layer::Spectral(shape) => {
                convolve(&shape, input, batch, &tensors[next], &tensors[next + 1])
            }
            Layer::GroupNorm { channels, groups, .. } => {
                group_norm(input, [batch, channels, groups], &tensors[next], &tensors[next + 1])
            }
            Layer::Pool { size, side_in, .. } => pool(input, size, side_in),
            Layer::Fork => {
                forks.push(index);
                input.clone()
            }
            Layer::Join(shortcut) => {
                let kept = shorten(&shortcut, &maps[forks.pop().unwrap()]);
                let kept = match layer.tensors() {
                    0 => kept,
                    _ => convolve(&one_pixel(&shortcut), &kept, batch, &tensors[next], &tensors[next + 1]),
                };
                input.iter().zip(kept).map(|(x, kept)| x + kept).collect()
            }
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
        };
        next += layer.tensors();
        maps.push(output);
    }
    let score = maps.pop().unwrap();
    let mut gradient = weights.to_vec();
    let mut gradients: Vec<Vec<f64>> = Vec::new();
    let mut joins: Vec<Vec<f64>> = Vec::new();
    for (index, layer) in layers.iter().enumerate().rev() {
        let input = &maps[index];
        next -= layer.tensors();
        gradient = match *layer {
            Layer::Convolution(shape) | Layer::Spectral(shape) => {
                let [input, weight, bias] = convolve_back(&shape, input, batch, &tensors[next], &gradient);
                gradients.extend([bias, weight]);
                input
            }
            Layer::GroupNorm { channels, groups, .. } => {
                let [input, weight, bias] =
                    group_norm_back(input, [batch, channels, groups], &tensors[next], &gradient);
                gradients.extend([bias, weight]);
                input
            }
            Layer::Pool { size, side_in, .. } => pool_back(&gradient, size, side_in, input.len()),
            Layer::Join(shortcut) => {
                let start = &maps[opening(layers, index)];
                let kept = shorten(&shortcut, start);
                let back = match layer.tensors() {
                    0 => gradient.clone(),
                    _ => {
                        let shape = one_pixel(&shortcut);
                        let [back, weight, bias] = convolve_back(&shape, &kept, batch, &tensors[next], &gradient);
                        gradients.extend([bias, weight]);
                        back
                    }
                };
                joins.push(pool_back(&back, shortcut.side_in / shortcut.side_out, shortcut.side_in, start.len()));
                gradient
            }
            Layer::Fork => gradient.iter().zip(joins.pop().unwrap()).map(|(g, kept)| g + kept).collect(),
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

/// Where the fork lies that the join at `join` belongs to.
fn opening(layers: &[Layer], join: usize) -> usize {
    let mut open = 0;
    let opens = |&at: &usize| {
        open += match layers[at] {
            Layer::Join(_) => 1,
            Layer::Fork => -1,
            _ => 0,
        };
        open == 0
    };
    (0..=join).rev().find(opens).unwrap()
}

/// What a shortcut makes of the map that was kept, before its convolution.
fn shorten(shortcut: &Shortcut, map: &[f64]) -> Vec<f64> {
    pool(map, shortcut.side_in / shortcut.side_out, shortcut.side_in)
}

fn one_pixel(&Shortcut { inputs, outputs, side_out, .. }: &Shortcut) -> Convolution {
    let padding = Padding { before: 0, after: 0 };
    Convolution { inputs, outputs, kernel: 1, stride: 1, padding, side_in: side_out, side_out }
}

/// Calls `visit(input, output)` for each pixel of planes of `side` × `side` that means of `size` × `size` are taken of.
fn for_each_pooled(planes: usize, size: usize, side: usize, mut visit: impl FnMut(usize, usize)) {
    let out = side / size;
    for plane in 0..planes {
        for (y, x) in (0..out * size).flat_map(|y| (0..out * size).map(move |x| (y, x))) {
            visit((plane * side + y) * side + x, (plane * out + y / size) * out + x / size);
        }
    }
}

fn pool(map: &[f64], size: usize, side: usize) -> Vec<f64> {
    let planes = map.len() / side.pow(2);
    let mut out = vec![0.0; planes * (side / size).pow(2)];
    for_each_pooled(planes, size, side, |input, output| out[output] += map[input] / size.pow(2) as f64);
    out
}

fn pool_back(gradient: &[f64], size: usize, side: usize, length: usize) -> Vec<f64> {
    let mut input = vec![0.0; length];
    let planes = length / side.pow(2);
    for_each_pooled(planes, size, side, |at, output| input[at] = gradient[output] / size.pow(2) as f64);
    input
}

/// Values less their mean, over their deviation, and 1 / deviation.
fn standardize(values: &[f64]) -> (Vec<f64>, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let deviation = 1.0 / (variance + f64::from(NORM_EPSILON)).sqrt();
    (values.iter().map(|x| (x - mean) * deviation).collect(), deviation)
}

fn group_norm(map: &[f64], [batch, channels, groups]: [usize; 3], weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let positions = map.len() / batch / channels;
    let normal = map.chunks(map.len() / batch / groups).flat_map(|group| standardize(group).0);
    let scaled = |(at, x): (usize, f64)| x * weight[at / positions % channels] + bias[at / positions % channels];
    normal.enumerate().map(scaled).collect()
}

fn group_norm_back(
    map: &[f64],
    [batch, channels, groups]: [usize; 3],
    scale: &[f64],
    gradient: &[f64],
) -> [Vec<f64>; 3] {
    let (positions, length) = (map.len() / batch / channels, map.len() / batch / groups);
    let channel = |at: usize| at / positions % channels;
    let (mut input, mut weight, mut bias) = (Vec::new(), vec![0.0; channels], vec![0.0; channels]);
    for (index, (values, gradient)) in map.chunks(length).zip(gradient.chunks(length)).enumerate() {
        let (normal, deviation) = standardize(values);
        let scaled: Vec<f64> =
            gradient.iter().enumerate().map(|(k, g)| g * scale[channel(index * length + k)]).collect();
        for (k, (g, x)) in gradient.iter().zip(&normal).enumerate() {
            weight[channel(index * length + k)] += g * x;
            bias[channel(index * length + k)] += g;
        }
        let mean = scaled.iter().sum::<f64>() / length as f64;
        let along = dot(&scaled, &normal) / length as f64;
        input.extend(scaled.iter().zip(&normal).map(|(g, x)| deviation * (g - mean - x * along)));
    }
    [input, weight, bias]
}
