//! What comes out of every layer of a network for a few images: to be looked at, not to learn from. It is written as the
//! layers' definitions, needs no device, and normalizes by running statistics, so every image is seen on its own.

mod convolution;

use super::network::Network;
use crate::compute::{
    Activation, Images, Layer, NORM_EPSILON, ParameterSet, RunningStatistics, Tensor, spectrally_normalized,
};

use convolution::convolve;

/// What comes out of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerOutput {
    /// Such as `conv 5×5, 64, stride 2`.
    pub words: String,
    /// Number of values that the layer learns.
    pub parameters: usize,
    /// `[image, channel, side, side]`; of the last layer, the scores `[image, 1, 1, 1]`.
    pub values: Images,
    /// The layer is an activation that is flat, or flatter, below zero.
    pub flat_below_zero: bool,
}

/// Why a network cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    #[error("images of shape {found:?} do not fit a network for [batch, {channels}, {side}, {side}]")]
    Images { found: [usize; 4], channels: usize, side: usize },
    #[error("these parameters are of another network: it needs {needed}")]
    Parameters { needed: String },
}

impl LayerOutput {
    #[must_use]
    pub fn channels(&self) -> usize {
        self.values.shape()[1]
    }

    #[must_use]
    pub fn side(&self) -> usize {
        self.values.side()
    }

    /// The largest value of each channel for image `image`.
    #[must_use]
    pub fn largest(&self, image: usize) -> Vec<f32> {
        let pixels = (self.side() * self.side()).max(1);
        let maps = self.values.image(image).chunks_exact(pixels);
        maps.map(|map| map.iter().copied().fold(f32::NEG_INFINITY, f32::max)).collect()
    }

    /// What black and white stand for when the maps of image `image` are drawn: 0 and the largest value where none is
    /// negative, else plus and minus the largest size, so that grey is 0.
    #[must_use]
    pub fn scale(&self, image: usize) -> [f32; 2] {
        let finite = || self.values.image(image).iter().copied().filter(|value| value.is_finite());
        match finite().fold(0.0, |most: f32, value| most.max(value.abs())) {
            0.0 => [0.0, 1.0],
            most if finite().any(|value| value < 0.0) => [-most, most],
            most => [0.0, most],
        }
    }

    /// Share of the channels, 0 to 1, that no image brings above zero at any place: they pass on nothing (after a leaky
    /// activation, nothing but a straight line). `None` where no activation with a flat side was.
    #[must_use]
    pub fn dead_share(&self) -> Option<f64> {
        let [images, channels, rows, columns] = self.values.shape();
        if !self.flat_below_zero || images * channels * rows * columns == 0 {
            return None;
        }
        let mut alive = vec![false; channels];
        for (at, map) in self.values.data().chunks_exact(rows * columns).enumerate() {
            alive[at % channels] |= !map.iter().all(|&value| value <= 0.0);
        }
        Some(alive.iter().filter(|alive| !**alive).count() as f64 / channels as f64)
    }
}

/// What comes out of every layer of `network` for `images`; the last are the scores f(Y).
///
/// # Errors
/// Images of another size than the network's, or parameters of another network.
pub fn activations(
    network: &Network,
    parameters: &ParameterSet,
    images: &Images,
) -> Result<Vec<LayerOutput>, ActivationError> {
    check(network, parameters, images)?;
    let mut pass = Pass {
        map: images.clone(),
        tensors: &parameters.tensors,
        statistics: &parameters.statistics,
        kept: Vec::new(),
    };
    let outputs = network.layers().iter().zip(network.layer_words()).map(|(layer, words)| {
        let learned = pass.layer(layer);
        LayerOutput {
            words,
            parameters: learned,
            values: pass.map.clone(),
            flat_below_zero: matches!(layer, Layer::Activation(Activation::Relu | Activation::LeakyRelu(_))),
        }
    });
    Ok(outputs.collect())
}

fn check(network: &Network, parameters: &ParameterSet, images: &Images) -> Result<(), ActivationError> {
    let input = |layer: &Layer| match *layer {
        Layer::Convolution(shape) | Layer::Spectral(shape) => Some((shape.inputs, shape.side_in)),
        Layer::BatchNorm { channels, side } | Layer::GroupNorm { channels, side, .. } => Some((channels, side)),
        Layer::Pool { channels, side_in, .. } => Some((channels, side_in)),
        Layer::Dense { channels, side } => Some((channels, side)),
        Layer::Activation(_) | Layer::Fork | Layer::Join(_) => None,
    };
    let found = images.shape();
    if let Some((channels, side)) = network.layers().iter().find_map(input).filter(|&(c, s)| found[1..] != [c, s, s]) {
        return Err(ActivationError::Images { found, channels, side });
    }
    let needed = network.tensors();
    for (at, (name, shape)) in needed.iter().enumerate() {
        if parameters.tensors.get(at).is_none_or(|tensor| {
            tensor.name != *name || tensor.shape != *shape || tensor.data.len() != shape.iter().product::<usize>()
        }) {
            return Err(ActivationError::Parameters { needed: format!("{name} of shape {shape:?}") });
        }
    }
    let norms = network.layers().iter().filter_map(|layer| match layer {
        Layer::BatchNorm { channels, .. } => Some(*channels),
        _ => None,
    });
    for (at, channels) in norms.enumerate() {
        let fits = |kept: &RunningStatistics| kept.mean.len() == channels && kept.variance.len() == channels;
        if !parameters.statistics.get(at).is_some_and(fits) {
            let needed = format!("running statistics of {channels} channels at normalization {at}");
            return Err(ActivationError::Parameters { needed });
        }
    }
    Ok(())
}

/// Images on their way through the layers, with the parameters of those that come.
struct Pass<'a> {
    map: Images,
    tensors: &'a [Tensor],
    statistics: &'a [RunningStatistics],
    /// Maps at the forks that are open.
    kept: Vec<Images>,
}

impl<'a> Pass<'a> {
    /// Takes the images through one layer; the number of values that it learned.
    fn layer(&mut self, layer: &Layer) -> usize {
        let (own, rest) = self.tensors.split_at(layer.tensors().min(self.tensors.len()));
        self.tensors = rest;
        match (layer, own) {
            (Layer::Convolution(shape), [weight, bias]) => {
                self.map = convolve(shape, &self.map, &weight.data, &bias.data);
            }
            (Layer::Spectral(shape), [weight, bias]) => {
                let weight = spectrally_normalized(&weight.data, shape.outputs);
                self.map = convolve(shape, &self.map, &weight, &bias.data);
            }
            (Layer::Dense { channels, side }, [weight, bias]) => {
                self.map = convolve(&convolution::whole(*channels, *side), &self.map, &weight.data, &bias.data);
            }
            (Layer::BatchNorm { .. }, [weight, bias]) => {
                if let [now, later @ ..] = self.statistics {
                    batch_norm(&mut self.map, now, &weight.data, &bias.data);
                    self.statistics = later;
                }
            }
            (Layer::GroupNorm { groups, .. }, [weight, bias]) => {
                group_norm(&mut self.map, *groups, &weight.data, &bias.data);
            }
            (Layer::Activation(activation), _) => {
                self.map.data_mut().iter_mut().for_each(|x| *x = activation.value(*x));
            }
            (Layer::Pool { size, .. }, _) => self.map = pool(&self.map, *size),
            (Layer::Fork, _) => self.kept.push(self.map.clone()),
            (Layer::Join(shortcut), own) => {
                if let Some(kept) = self.kept.pop() {
                    let kept = pool(&kept, shortcut.side_in / shortcut.side_out);
                    let kept = match own {
                        [weight, bias] => convolve(&convolution::pointwise(shortcut), &kept, &weight.data, &bias.data),
                        _ => kept,
                    };
                    self.map.data_mut().iter_mut().zip(kept.data()).for_each(|(x, kept)| *x += kept);
                }
            }
            _ => {}
        }
        own.iter().map(|tensor| tensor.data.len()).sum()
    }
}

/// Each channel less its running mean, over its running deviation.
fn batch_norm(map: &mut Images, statistics: &RunningStatistics, weight: &[f32], bias: &[f32]) {
    let [_, channels, rows, columns] = map.shape();
    for (at, values) in map.data_mut().chunks_exact_mut((rows * columns).max(1)).enumerate() {
        let channel = at % channels;
        let scale = weight[channel] / (statistics.variance[channel] + NORM_EPSILON).sqrt();
        let mean = statistics.mean[channel];
        values.iter_mut().for_each(|x| *x = (*x - mean) * scale + bias[channel]);
    }
}

/// Each image's groups of channels less their mean, over their deviation.
fn group_norm(map: &mut Images, groups: usize, weight: &[f32], bias: &[f32]) {
    let [_, channels, rows, columns] = map.shape();
    let (pixels, members) = ((rows * columns).max(1), channels / groups);
    for (at, group) in map.data_mut().chunks_exact_mut(members * pixels).enumerate() {
        let count = group.len() as f64;
        let mean = group.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
        let variance = group.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        let (mean, scale) = (mean as f32, (1.0 / (variance + f64::from(NORM_EPSILON)).sqrt()) as f32);
        for (member, values) in group.chunks_exact_mut(pixels).enumerate() {
            let channel = at % groups * members + member;
            values.iter_mut().for_each(|x| *x = (*x - mean) * scale * weight[channel] + bias[channel]);
        }
    }
}

/// Means of `size` × `size` pixels; what is left over at the far edges is dropped.
fn pool(map: &Images, size: usize) -> Images {
    let [images, channels, side, _] = map.shape();
    let half = side / size;
    let mut means = Images::zeros([images, channels, half, half]);
    let maps = map.data().chunks_exact(side * side).zip(means.data_mut().chunks_exact_mut(half * half));
    for (map, means) in maps {
        for (at, mean) in means.iter_mut().enumerate() {
            let corner = at / half * size * side + at % half * size;
            let sum: f32 = (0..size).map(|row| map[corner + row * side..][..size].iter().sum::<f32>()).sum();
            *mean = sum / (size * size) as f32;
        }
    }
    means
}

#[cfg(test)]
mod tests;
