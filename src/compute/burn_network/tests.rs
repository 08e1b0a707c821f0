//! Burn's networks against plain loops in double precision, differentiated by finite differences.

mod chain_tests;

use super::super::{Activation, Convolution, NoiseKey, Padding, Purpose, parameters};
use super::*;

const ACTIVATIONS: [Activation; 4] =
    [Activation::Relu, Activation::LeakyRelu(0.2), Activation::Silu, Activation::Softplus];

fn noise(iteration: u64, count: usize) -> Vec<f32> {
    let mut values = vec![0.0; count];
    NoiseKey { iteration, ..NoiseKey::new(7, Purpose::Probe) }.normal(0, &mut values);
    values
}

fn noise_images(shape: [usize; 4]) -> Images {
    Images::new(shape, noise(99, shape.iter().product()))
}

fn convolution(
    inputs: usize,
    outputs: usize,
    side_in: usize,
    kernel: usize,
    stride: usize,
    padding: (usize, usize),
) -> Layer {
    let (before, after) = padding;
    let side_out = (side_in + before + after - kernel) / stride + 1;
    let padding = Padding { before, after };
    Layer::Convolution(Convolution { inputs, outputs, kernel, stride, padding, side_in, side_out })
}

/// Random parameters and running statistics for `layers`.
fn parameters(layers: &[Layer]) -> ParameterSet {
    let mut set = ParameterSet::default();
    let mut push = |shape: Vec<usize>, offset: f32, scale: f32| {
        let index = set.tensors.len();
        let data = noise(index as u64, shape.iter().product());
        let data = data.into_iter().map(|value| offset + scale * value).collect();
        set.tensors.push(parameters::Tensor { name: format!("tensor {index}"), shape, data });
    };
    for layer in layers {
        match *layer {
            Layer::Convolution(c) => {
                let fan_in = (c.inputs * c.kernel * c.kernel) as f32;
                push(vec![c.outputs, c.inputs, c.kernel, c.kernel], 0.0, fan_in.powf(-0.5));
                push(vec![c.outputs], 0.0, 0.2);
            }
            Layer::BatchNorm { channels, .. } => {
                push(vec![channels], 1.0, 0.3);
                push(vec![channels], 0.0, 0.3);
            }
            Layer::Activation(_) => {}
            Layer::Dense { channels, side } => {
                push(vec![1, channels * side * side], 0.0, 0.3);
                push(vec![1], 0.0, 1.0);
            }
            other => panic!("this oracle has no {other:?}"),
        }
    }
    for (index, layer) in layers.iter().enumerate() {
        if let Layer::BatchNorm { channels, .. } = *layer {
            let mean = noise(100 + index as u64, channels);
            let variance = mean.iter().map(|mean| 0.5 + mean * mean).collect();
            set.statistics.push(RunningStatistics { mean, variance });
        }
    }
    set
}

fn network(layers: &[Layer], set: &ParameterSet, device: Device) -> BurnNetwork {
    let mut network = BurnNetwork::new(layers, device, Threads::new(Some(1))).unwrap();
    network.load(set).unwrap();
    network
}

/// Mean and biased variance of each channel.
type MeanVariance = (Vec<f64>, Vec<f64>);

/// The same network in plain loops.
struct Reference<'a> {
    layers: &'a [Layer],
    tensors: Vec<Vec<f64>>,
    running: &'a [RunningStatistics],
    statistics: Statistics,
    batch: usize,
}

impl<'a> Reference<'a> {
    fn new(layers: &'a [Layer], set: &'a ParameterSet, statistics: Statistics, batch: usize) -> Self {
        let tensors = set.tensors.iter().map(|tensor| double(&tensor.data)).collect();
        Self { layers, tensors, running: &set.statistics, statistics, batch }
    }

    /// The scores, and the moments of the batch at each normalization layer.
    fn evaluate(&self, images: &[f64]) -> (Vec<f64>, Vec<MeanVariance>) {
        let mut map = images.to_vec();
        let mut tensors = self.tensors.iter();
        let mut moments = Vec::new();
        for layer in self.layers {
            match *layer {
                Layer::Convolution(shape) => {
                    map = convolve(&map, &shape, tensors.next().unwrap(), tensors.next().unwrap());
                }
                Layer::BatchNorm { channels, side } => {
                    let seen = batch_moments(&map, channels, side);
                    let (mean, variance) = match self.statistics {
                        Statistics::Batch => seen.clone(),
                        Statistics::Frozen => {
                            let running = &self.running[moments.len()];
                            (double(&running.mean), double(&running.variance))
                        }
                    };
                    moments.push(seen);
                    let (weight, bias) = (tensors.next().unwrap(), tensors.next().unwrap());
                    for (index, value) in map.iter_mut().enumerate() {
                        let c = index / (side * side) % channels;
                        *value = (*value - mean[c]) / (variance[c] + 1e-5).sqrt() * weight[c] + bias[c];
                    }
                }
                Layer::Activation(activation) => map.iter_mut().for_each(|x| *x = activate(activation, *x)),
                Layer::Dense { .. } => {
                    let (weight, bias) = (tensors.next().unwrap(), tensors.next().unwrap());
                    let dot = |image: &[f64]| image.iter().zip(weight).map(|(x, w)| x * w).sum::<f64>() + bias[0];
                    map = map.chunks(map.len() / self.batch).map(dot).collect();
                }
                other => panic!("this oracle has no {other:?}"),
            }
        }
        (map, moments)
    }

    fn weighted(&self, images: &[f64], weights: &[f64]) -> f64 {
        self.evaluate(images).0.iter().zip(weights).map(|(f, w)| f * w).sum()
    }
}

fn double(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn convolve(map: &[f64], shape: &Convolution, weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let Convolution { inputs, outputs, kernel, stride, padding, side_in, side_out } = *shape;
    let mut out = Vec::new();
    for image in map.chunks(inputs * side_in * side_in) {
        for (o, y, x) in
            (0..outputs).flat_map(|o| (0..side_out * side_out).map(move |p| (o, p / side_out, p % side_out)))
        {
            let mut sum = bias[o];
            for (i, v, u) in (0..inputs).flat_map(|i| (0..kernel * kernel).map(move |p| (i, p / kernel, p % kernel))) {
                let (row, column) =
                    ((y * stride + v).wrapping_sub(padding.before), (x * stride + u).wrapping_sub(padding.before));
                if row < side_in && column < side_in {
                    let tap = weight[((o * inputs + i) * kernel + v) * kernel + u];
                    sum += tap * image[(i * side_in + row) * side_in + column];
                }
            }
            out.push(sum);
        }
    }
    out
}

fn batch_moments(map: &[f64], channels: usize, side: usize) -> MeanVariance {
    let count = (map.len() / channels) as f64;
    let sum = |c: usize, f: &dyn Fn(f64) -> f64| {
        let planes = map.chunks(side * side).skip(c).step_by(channels);
        planes.flatten().map(|&x| f(x)).sum::<f64>() / count
    };
    let mean: Vec<f64> = (0..channels).map(|c| sum(c, &|x| x)).collect();
    let variance = (0..channels).map(|c| sum(c, &|x| (x - mean[c]).powi(2))).collect();
    (mean, variance)
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::LeakyRelu(slope) => x.max(f64::from(slope) * x),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Softplus => x.exp().ln_1p(),
    }
}

/// `∂value/∂x` by central differences.
fn differences(x: &mut [f64], value: &mut dyn FnMut(&[f64]) -> f64) -> Vec<f64> {
    const STEP: f64 = 1e-6;
    (0..x.len())
        .map(|index| {
            let mut at = |offset: f64| {
                let saved = x[index];
                x[index] += offset;
                let result = value(x);
                x[index] = saved;
                result
            };
            (at(STEP) - at(-STEP)) / (2.0 * STEP)
        })
        .collect()
}

/// Norm of the difference: relative to a norm above one, else absolute.
fn relative(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let error: f64 = found.iter().zip(expected).map(|(&f, e)| (f64::from(f) - e).powi(2)).sum();
    (error / expected.iter().map(|e| e * e).sum::<f64>().max(1.0)).sqrt()
}

/// Holds scores and both gradients of a network on `device` to the reference, for both kinds of statistics.
fn hold(layers: &[Layer], shape: [usize; 4], device: &Device) {
    let set = parameters(layers);
    let images = noise_images(shape);
    let mut network = network(layers, &set, device.clone());
    for statistics in [Statistics::Batch, Statistics::Frozen] {
        let mut reference = Reference::new(layers, &set, statistics, shape[0]);
        let mut pixels = double(images.data());
        let (score, moments) = reference.evaluate(&pixels);
        assert!(relative(&network.score(&images, statistics).unwrap(), &score) < 2e-5, "{layers:?}");

        let mut gradient = Images::default();
        let found = network.score_gradient(&images, statistics, &mut gradient).unwrap();
        assert!(relative(&found, &score) < 2e-5, "{layers:?}");
        assert_eq!(gradient.shape(), shape);
        let ones = vec![1.0; shape[0]];
        let expected = differences(&mut pixels, &mut |pixels| reference.weighted(pixels, &ones));
        let error = relative(gradient.data(), &expected);
        assert!(error < 1e-4, "image gradient is off by {error}, {statistics:?}: {layers:?}");

        let weights = |scores: &[f32]| scores.iter().map(|f| 0.5 + f * f).collect::<Vec<f32>>();
        let found = network.parameter_gradient(&images, statistics, &weights).unwrap();
        assert!(relative(&found.score, &score) < 2e-5, "{layers:?}");
        let constant = double(&weights(&found.score));
        assert_eq!(found.tensors.len(), set.tensors.len());
        for (index, gradient) in found.tensors.iter().enumerate() {
            let mut values = reference.tensors[index].clone();
            let expected = differences(&mut values, &mut |values| {
                reference.tensors[index].copy_from_slice(values);
                reference.weighted(&pixels, &constant)
            });
            reference.tensors[index].copy_from_slice(&values);
            let error = relative(gradient, &expected);
            assert!(error < 1e-4, "gradient of tensor {index} is off by {error}, {statistics:?}: {layers:?}");
        }
        assert_eq!(found.statistics.len(), moments.len());
        for (found, (mean, variance)) in found.statistics.iter().zip(&moments) {
            assert!(relative(&found.mean, mean) < 1e-5 && relative(&found.variance, variance) < 1e-5);
        }
    }
}

/// Two convolutions (one with stride and uneven padding), a normalization layer, and the activation twice.
fn every_layer(activation: Activation) -> Vec<Layer> {
    vec![
        convolution(2, 3, 7, 3, 1, (1, 1)),
        Layer::BatchNorm { channels: 3, side: 7 },
        Layer::Activation(activation),
        convolution(3, 4, 7, 4, 2, (1, 2)),
        Layer::Activation(activation),
        Layer::Dense { channels: 4, side: 4 },
    ]
}

#[test]
fn gradients_match_finite_differences() {
    for activation in ACTIVATIONS {
        hold(&every_layer(activation), [3, 2, 7, 7], &Device::flex());
    }
}

#[test]
fn a_network_may_start_with_any_layer() {
    let dense = Layer::Dense { channels: 2, side: 4 };
    let norm = Layer::BatchNorm { channels: 2, side: 4 };
    let silu = Layer::Activation(Activation::Silu);
    for layers in [vec![dense], vec![silu, dense], vec![norm, norm, silu, dense]] {
        hold(&layers, [3, 2, 4, 4], &Device::flex());
    }
}

#[test]
fn uneven_padding_pads_each_end_as_told() {
    for padding in [(0, 1), (1, 0), (0, 3), (2, 1)] {
        let layers = [
            convolution(1, 2, 6, 4, 3, padding),
            Layer::Dense { channels: 2, side: (6 + padding.0 + padding.1 - 4) / 3 + 1 },
        ];
        hold(&layers, [2, 1, 6, 6], &Device::flex());
    }
}

#[test]
fn derivatives_at_zero_are_those_of_the_kernels() {
    for activation in ACTIVATIONS {
        let layers = [Layer::Activation(activation), Layer::Dense { channels: 1, side: 2 }];
        let set = parameters(&layers);
        let mut gradient = Images::default();
        let mut network = network(&layers, &set, Device::flex());
        network.score_gradient(&Images::zeros([1, 1, 2, 2]), Statistics::Frozen, &mut gradient).unwrap();
        let expected: Vec<f64> =
            set.tensors[0].data.iter().map(|&w| f64::from(w * activation.derivative(0.0))).collect();
        assert!(relative(gradient.data(), &expected) < 1e-6, "{activation:?}: {gradient:?}, not {expected:?}");
    }
}

#[test]
fn activations_stay_finite_far_out() {
    for activation in ACTIVATIONS {
        let layers = [Layer::Activation(activation), Layer::Dense { channels: 1, side: 2 }];
        let mut network = network(&layers, &parameters(&layers), Device::flex());
        let mut gradient = Images::default();
        let images = Images::new([1, 1, 2, 2], vec![-1e4, -120.0, 120.0, 1e4]);
        let score = network.score_gradient(&images, Statistics::Frozen, &mut gradient).unwrap();
        assert!(score[0].is_finite() && gradient.is_finite(), "{activation:?}");
    }
}

#[test]
fn frozen_statistics_score_each_image_on_its_own() {
    let layers = every_layer(Activation::LeakyRelu(0.2));
    let mut network = network(&layers, &parameters(&layers), Device::flex());
    let images = noise_images([3, 2, 7, 7]);
    let first = images.select(&[0]);
    let differs = |network: &mut BurnNetwork, statistics| {
        let together = network.score(&images, statistics).unwrap()[0];
        (together - network.score(&first, statistics).unwrap()[0]).abs() > 1e-4
    };
    assert!(!differs(&mut network, Statistics::Frozen));
    assert!(differs(&mut network, Statistics::Batch));
}

#[test]
fn what_does_not_fit_is_an_error() {
    let layers = every_layer(Activation::Relu);
    let threads = Threads::new(Some(1));
    assert!(BurnNetwork::new(&layers[..5], Device::flex(), threads.clone()).is_err());
    let mut network = BurnNetwork::new(&layers, Device::flex(), threads).unwrap();
    let images = noise_images([3, 2, 7, 7]);
    assert!(matches!(network.score(&images, Statistics::Batch), Err(ComputeError::Device(_))));

    let mut set = parameters(&layers);
    network.load(&set).unwrap();
    for shape in [[0, 2, 7, 7], [3, 1, 7, 7], [3, 2, 7, 6], [3, 2, 8, 8]] {
        let error = network.score(&Images::zeros(shape), Statistics::Batch).unwrap_err();
        assert!(matches!(error, ComputeError::Shape { found, channels: 2, side: 7 } if found == shape), "{error}");
    }
    set.tensors[2].data.pop();
    assert!(network.load(&set).unwrap_err().to_string().contains("tensor 2 holds 2 values"));
    set.tensors.truncate(2);
    assert!(network.load(&set).is_err());
}

#[test]
fn a_panic_of_the_device_becomes_an_error() {
    let error = guard::<()>(|| panic!("lost")).unwrap_err();
    assert_eq!(error.to_string(), "the device failed: lost");
}

/// The GPU path on a software adapter.
#[cfg(feature = "gpu")]
#[test]
fn wgpu_agrees_with_flex() {
    let device = match super::super::device::Device::choose("software", None) {
        Ok(device) => device,
        Err(error) => return eprintln!("skipped: {error}"),
    };
    for activation in ACTIVATIONS {
        let layers = every_layer(activation);
        let set = parameters(&layers);
        let images = noise_images([5, 2, 7, 7]);
        let mut flex = network(&layers, &set, Device::flex());
        let mut wgpu = device.prepare(&layers).unwrap();
        wgpu.load(&set).unwrap();
        for statistics in [Statistics::Batch, Statistics::Frozen] {
            let (mut expected, mut found) = (Images::default(), Images::default());
            let score = flex.score_gradient(&images, statistics, &mut expected).unwrap();
            agree(&wgpu.score_gradient(&images, statistics, &mut found).unwrap(), &score);
            agree(found.data(), expected.data());

            let weights = |scores: &[f32]| scores.iter().map(|f| 1.0 + f).collect::<Vec<f32>>();
            let expected = flex.parameter_gradient(&images, statistics, &weights).unwrap();
            let found = wgpu.parameter_gradient(&images, statistics, &weights).unwrap();
            agree(&found.tensors.concat(), &expected.tensors.concat());
            for (found, expected) in found.statistics.iter().zip(&expected.statistics) {
                agree(&found.mean, &expected.mean);
                agree(&found.variance, &expected.variance);
            }
        }
    }
}

#[cfg(feature = "gpu")]
fn agree(found: &[f32], expected: &[f32]) {
    let error = relative(found, &double(expected));
    assert!(error < 1e-4, "off by {error}: {found:?}, not {expected:?}");
}
