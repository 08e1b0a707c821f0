//! What a classifier has for each grid: its layers up to the class scores, their parameters, and how inputs are scaled.

use super::ClassifierError;
use crate::compute::bottom::{Bottom, size_in, tensor_shapes};
use crate::compute::{
    Activation, Convolution, Device, Images, Layer, NoiseKey, Padding, ParameterSet, Purpose, RunningStatistics, Tensor,
};

/// The least deviation that a channel is divided by, as a share of the grid's largest one: channels that hardly move are
/// not blown up.
const LEAST: f64 = 1e-3;

/// See the module's text.
pub(super) struct Branch {
    layers: Vec<Layer>,
    pub(super) bottom: Box<dyn Bottom>,
    pub(super) parameters: ParameterSet,
    /// Channels and side of its input.
    pub(super) input: (usize, usize),
    /// For each channel of the input, its mean over the training images and one over its deviation.
    scaling: Vec<[f32; 2]>,
}

impl Branch {
    /// `layers`, which give a map of `channels` and `side`, with `hidden` channels and `classes` scores on top.
    pub(super) fn new(
        device: &Device,
        layers: &[Layer],
        (channels, side): (usize, usize),
        hidden: Option<usize>,
        classes: usize,
    ) -> Result<Self, ClassifierError> {
        let mut layers = layers.to_vec();
        let convolution = |inputs, outputs, kernel, pixels, side_out| {
            let padding = Padding { before: pixels, after: pixels };
            Layer::Convolution(Convolution { inputs, outputs, kernel, stride: 1, padding, side_in: side, side_out })
        };
        if let Some(hidden) = hidden {
            layers.push(convolution(channels, hidden, 3, 1, side));
            layers.push(Layer::Activation(Activation::Relu));
        }
        layers.push(convolution(hidden.unwrap_or(channels), classes, side, 0, 1));
        let bottom = device.prepare_bottom(&layers)?;
        let input = size_in(&layers).unwrap_or((channels, side));
        let scaling = vec![[0.0, 1.0]; input.0];
        Ok(Self { layers, bottom, parameters: ParameterSet::default(), input, scaling })
    }

    pub(super) fn parameter_count(&self) -> usize {
        self.layers.iter().flat_map(tensor_shapes).map(|shape| shape.iter().product::<usize>()).sum()
    }

    /// Values that each class score is a sum over.
    pub(super) fn fan_in(&self) -> usize {
        match self.layers.last() {
            Some(Layer::Convolution(top)) => top.inputs * top.kernel * top.kernel,
            _ => 1,
        }
    }

    /// Fresh parameters of branch `grid`: normal weights of variance 2 / fan-in (He et al. 2015), those of the class
    /// scores 1 / `top`, the fan-in of all branches; biases zero.
    pub(super) fn initialize(&mut self, seed: u64, grid: usize, top: usize) {
        let key = NoiseKey { grid: grid as u32, ..NoiseKey::new(seed, Purpose::Parameters) };
        let shapes: Vec<Vec<usize>> = self.layers.iter().flat_map(tensor_shapes).collect();
        let is_norm = |layer: &Layer| matches!(layer, Layer::BatchNorm { .. } | Layer::GroupNorm { .. });
        let scales = self.layers.iter().flat_map(|layer| vec![is_norm(layer); layer.tensors()]);
        let weights = shapes.len() - 2;
        let fresh = |(index, (shape, scale)): (usize, (&Vec<usize>, bool))| {
            let mut data = vec![0.0; shape.iter().product()];
            if let [_, inputs, kernel, _] = shape[..] {
                let variance =
                    if index == weights { 1.0 / top as f32 } else { 2.0 / (inputs * kernel * kernel) as f32 };
                key.normal(index as u32, &mut data);
                data.iter_mut().for_each(|value| *value *= variance.sqrt());
            } else if scale && index % 2 == 0 {
                data.fill(1.0);
            }
            Tensor { name: format!("tensor{index}"), shape: shape.clone(), data }
        };
        let tensors = shapes.iter().zip(scales).enumerate().map(fresh).collect();
        let statistics = self.layers.iter().filter_map(|layer| match *layer {
            Layer::BatchNorm { channels, .. } => {
                Some(RunningStatistics { mean: vec![0.0; channels], variance: vec![1.0; channels] })
            }
            _ => None,
        });
        self.parameters = ParameterSet { tensors, statistics: statistics.collect() };
    }

    /// Learns how to bring each channel of `images` to mean 0 and deviation 1.
    pub(super) fn learn_scaling(&mut self, images: &Images) {
        let [count, channels, rows, columns] = images.shape();
        let (pixels, positions) = ((rows * columns).max(1), (count * rows * columns).max(1) as f64);
        let over = |channel: usize, value: &dyn Fn(f64) -> f64| {
            let maps = images.data().chunks_exact(pixels).skip(channel).step_by(channels);
            maps.flatten().map(|&x| value(f64::from(x))).sum::<f64>() / positions
        };
        let means: Vec<f64> = (0..channels).map(|c| over(c, &|x| x)).collect();
        let deviations: Vec<f64> = (0..channels).map(|c| over(c, &|x| (x - means[c]).powi(2)).sqrt()).collect();
        let least = LEAST * deviations.iter().copied().fold(0.0, f64::max);
        let scale = |deviation: f64| if least > 0.0 { 1.0 / deviation.max(least) } else { 1.0 };
        self.scaling = means.iter().zip(&deviations).map(|(&m, &d)| [m as f32, scale(d) as f32]).collect();
    }

    /// The images with each channel scaled as the training images were.
    pub(super) fn standardized(&self, images: &Images) -> Images {
        let mut scaled = images.clone();
        let pixels = (images.side() * images.side()).max(1);
        for (map, [mean, scale]) in scaled.data_mut().chunks_exact_mut(pixels).zip(self.scaling.iter().cycle()) {
            map.iter_mut().for_each(|x| *x = (*x - mean) * scale);
        }
        scaled
    }
}
