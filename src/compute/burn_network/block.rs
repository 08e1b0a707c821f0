//! The layers as Burn tensor operations.

use burn::tensor::module::conv2d;
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Gradients, Tensor, TensorData, activation};

use super::super::layer::NORM_EPSILON;
use super::super::{
    Activation, ComputeError, Convolution, Layer, ParameterSet, RunningStatistics, Shortcut, Statistics, parameters,
};
use super::failure;

/// A layer with its parameters on the device.
#[derive(Clone)]
pub(super) enum Block {
    Convolution {
        shape: Convolution,
        weight: Tensor<4>,
        bias: Tensor<1>,
    },
    BatchNorm {
        weight: Tensor<4>,
        bias: Tensor<4>,
        running: Box<Moments>,
    },
    Activation(Activation),
    GroupNorm {
        groups: usize,
        weight: Tensor<4>,
        bias: Tensor<4>,
    },
    Pool {
        size: usize,
        side_out: usize,
    },
    Fork,
    Join {
        /// Side of the means that bring what was kept to the side.
        size: usize,
        side_out: usize,
        /// Weight and bias of the convolution that brings it to the channels.
        shortcut: Option<(Tensor<4>, Tensor<1>)>,
    },
    /// The weight as a column `[inputs, 1]`.
    Dense {
        weight: Tensor<2>,
        bias: Tensor<1>,
    },
}

/// Mean and biased variance of each channel, `[1, channels, 1, 1]`.
#[derive(Clone)]
pub(super) struct Moments {
    pub(super) mean: Tensor<4>,
    pub(super) variance: Tensor<4>,
}

impl Moments {
    /// The moments of `map`, and `map` less its mean.
    fn of(map: Tensor<4>) -> (Self, Tensor<4>) {
        let mean = map.clone().mean_dims(&[3, 2, 0]);
        let centered = map - mean.clone();
        let variance = centered.clone().square().mean_dims(&[3, 2, 0]);
        (Self { mean, variance }, centered)
    }

    fn inner(self) -> Self {
        Self { mean: self.mean.inner(), variance: self.variance.inner() }
    }
}

impl Block {
    /// This block with parameters that take gradients.
    pub(super) fn tracked(&self) -> Self {
        fn track<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
            tensor.clone().autodiff().require_grad()
        }
        match self {
            Self::Convolution { shape, weight, bias } => {
                Self::Convolution { shape: *shape, weight: track(weight), bias: track(bias) }
            }
            Self::BatchNorm { weight, bias, running } => {
                Self::BatchNorm { weight: track(weight), bias: track(bias), running: running.clone() }
            }
            Self::Activation(activation) => Self::Activation(*activation),
            Self::GroupNorm { groups, weight, bias } => {
                Self::GroupNorm { groups: *groups, weight: track(weight), bias: track(bias) }
            }
            Self::Pool { size, side_out } => Self::Pool { size: *size, side_out: *side_out },
            Self::Fork => Self::Fork,
            Self::Join { size, side_out, shortcut } => {
                let shortcut = shortcut.as_ref().map(|(weight, bias)| (track(weight), track(bias)));
                Self::Join { size: *size, side_out: *side_out, shortcut }
            }
            Self::Dense { weight, bias } => Self::Dense { weight: track(weight), bias: track(bias) },
        }
    }

    /// Takes the gradients of the parameters, weight then bias, flat.
    pub(super) fn gradients(&self, gradients: &mut Gradients) -> Vec<Tensor<1>> {
        fn take<const D: usize>(tensor: &Tensor<D>, gradients: &mut Gradients) -> Tensor<1> {
            let gradient = tensor.grad_remove(gradients);
            let gradient = gradient.unwrap_or_else(|| tensor.clone().inner().zeros_like());
            let length = gradient.shape().num_elements();
            gradient.reshape([length])
        }
        match self {
            Self::Convolution { weight, bias, .. } => {
                vec![take(weight, gradients), take(bias, gradients)]
            }
            Self::BatchNorm { weight, bias, .. } | Self::GroupNorm { weight, bias, .. } => {
                vec![take(weight, gradients), take(bias, gradients)]
            }
            Self::Join { shortcut: Some((weight, bias)), .. } => vec![take(weight, gradients), take(bias, gradients)],
            Self::Activation(_) | Self::Pool { .. } | Self::Fork | Self::Join { shortcut: None, .. } => Vec::new(),
            Self::Dense { weight, bias } => vec![take(weight, gradients), take(bias, gradients)],
        }
    }
}

/// The score of each image of `[batch, channel, height, width]`. Adds the moments of this batch at each
/// normalization layer to `seen`, whichever statistics are used.
pub(super) fn forward(
    blocks: &[Block],
    images: Tensor<4>,
    statistics: Statistics,
    mut seen: Option<&mut Vec<Moments>>,
) -> Tensor<1> {
    let mut kept = Vec::new();
    let top = blocks.iter().fold(images, |map, block| match block {
        Block::Convolution { shape, weight, bias } => convolve(map, shape, weight, bias),
        Block::BatchNorm { weight, bias, running } => {
            let (moments, centered) = center(map, running, statistics, seen.as_deref_mut());
            let deviation = (moments.variance + NORM_EPSILON).sqrt();
            centered * (weight.clone() / deviation) + bias.clone()
        }
        Block::Activation(activation) => activate(map, *activation),
        Block::GroupNorm { groups, weight, bias } => group_norm(map, *groups) * weight.clone() + bias.clone(),
        Block::Pool { size, side_out } => pool(map, *size, *side_out),
        Block::Fork => {
            kept.push(map.clone());
            map
        }
        Block::Join { size, side_out, shortcut } => match kept.pop() {
            Some(start) => {
                let start = pool(start, *size, *side_out);
                map + match shortcut {
                    Some((weight, bias)) => {
                        let options = ConvOptions::new([1; 2], [0; 2], [1; 2], 1);
                        conv2d(start, weight.clone(), Some(bias.clone()), options)
                    }
                    None => start,
                }
            }
            None => map,
        },
        Block::Dense { weight, bias } => {
            let flat: Tensor<2> = map.flatten(1, 3);
            let score = flat.matmul(weight.clone()) + bias.clone().unsqueeze();
            score.unsqueeze_dims(&[2, 3])
        }
    });
    top.flatten(0, 3)
}

/// Each image's groups of channels less their mean, over their deviation.
fn group_norm(map: Tensor<4>, groups: usize) -> Tensor<4> {
    let [count, channels, height, width] = map.dims();
    let grouped = map.reshape([count, groups, (channels / groups) * height * width]);
    let centered = grouped.clone() - grouped.mean_dim(2);
    let deviation = (centered.clone().square().mean_dim(2) + NORM_EPSILON).sqrt();
    (centered / deviation).reshape([count, channels, height, width])
}

/// Means of `size` × `size` pixels.
fn pool(map: Tensor<4>, size: usize, side_out: usize) -> Tensor<4> {
    if size == 1 {
        return map;
    }
    let [count, channels, ..] = map.dims();
    let whole = map.slice([0..count, 0..channels, 0..side_out * size, 0..side_out * size]);
    let cells: Tensor<6> = whole.reshape([count, channels, side_out, size, side_out, size]);
    cells.mean_dims(&[3, 5]).reshape([count, channels, side_out, side_out])
}

/// The moments to normalize `map` by, and `map` less their mean.
fn center(
    map: Tensor<4>,
    running: &Moments,
    statistics: Statistics,
    seen: Option<&mut Vec<Moments>>,
) -> (Moments, Tensor<4>) {
    match statistics {
        Statistics::Batch => {
            let (moments, centered) = Moments::of(map);
            if let Some(seen) = seen {
                seen.push(moments.clone().inner());
            }
            (moments, centered)
        }
        Statistics::Frozen => {
            if let Some(seen) = seen {
                seen.push(Moments::of(map.clone().inner()).0);
            }
            (running.clone(), map - running.mean.clone())
        }
    }
}

fn convolve(map: Tensor<4>, shape: &Convolution, weight: &Tensor<4>, bias: &Tensor<1>) -> Tensor<4> {
    conv2d(pad(map, shape), weight.clone(), Some(bias.clone()), padding(shape))
}

/// Pads by hand what differs at both ends.
pub(super) fn pad(map: Tensor<4>, shape: &Convolution) -> Tensor<4> {
    let (before, after) = (shape.padding.before, shape.padding.after);
    match before == after {
        true => map,
        false => map.pad((before, after, before, after), PadMode::Constant(0.0)),
    }
}

/// The options for maps that went through [`pad`].
pub(super) fn padding(shape: &Convolution) -> ConvOptions<2> {
    let padding = if shape.padding.before == shape.padding.after { shape.padding.before } else { 0 };
    ConvOptions::new([shape.stride; 2], [padding; 2], [1; 2], 1)
}

/// Every derivative is that of [`Activation::derivative`], at a kink too: black images do meet them.
pub(super) fn activate(map: Tensor<4>, kind: Activation) -> Tensor<4> {
    match kind {
        Activation::Relu => activation::relu(map),
        // Burn's own takes the derivative from above at zero.
        Activation::LeakyRelu(slope) => activation::relu(map.clone()) * (1.0 - slope) + map * slope,
        Activation::Silu => activation::silu(map),
        // max(x, 0) + ln(1 + exp(-|x|)), with -|x| as x - 2·max(x, 0), whose derivative at zero is right.
        Activation::Softplus => {
            let positive = activation::relu(map.clone());
            positive.clone() + (map - positive * 2.0).exp().log1p()
        }
    }
}

/// Puts the parameters of `layers` on `device`.
///
/// # Errors
/// [`ComputeError::Device`] when the parameters are not those of these layers.
pub(super) fn upload(layers: &[Layer], parameters: &ParameterSet, device: &Device) -> Result<Vec<Block>, ComputeError> {
    let mut source = Source { tensors: parameters.tensors.iter(), statistics: parameters.statistics.iter(), device };
    let blocks = layers.iter().map(|layer| source.block(layer)).collect::<Result<_, _>>()?;
    if source.tensors.next().is_some() || source.statistics.next().is_some() {
        return Err(failure("the parameters are of a network with more layers"));
    }
    Ok(blocks)
}

/// The parameters not yet taken by a layer.
struct Source<'a> {
    tensors: std::slice::Iter<'a, parameters::Tensor>,
    statistics: std::slice::Iter<'a, RunningStatistics>,
    device: &'a Device,
}

impl Source<'_> {
    fn block(&mut self, layer: &Layer) -> Result<Block, ComputeError> {
        Ok(match *layer {
            Layer::Convolution(shape) | Layer::Spectral(shape) => Block::Convolution {
                shape,
                weight: self.tensor([shape.outputs, shape.inputs, shape.kernel, shape.kernel])?,
                bias: self.tensor([shape.outputs])?,
            },
            Layer::BatchNorm { channels, .. } => Block::BatchNorm {
                weight: self.tensor([1, channels, 1, 1])?,
                bias: self.tensor([1, channels, 1, 1])?,
                running: Box::new(self.moments([1, channels, 1, 1])?),
            },
            Layer::Activation(activation) => Block::Activation(activation),
            Layer::GroupNorm { channels, groups, .. } => Block::GroupNorm {
                groups,
                weight: self.tensor([1, channels, 1, 1])?,
                bias: self.tensor([1, channels, 1, 1])?,
            },
            Layer::Pool { size, side_out, .. } => Block::Pool { size, side_out },
            Layer::Fork => Block::Fork,
            Layer::Join(Shortcut { inputs, outputs, side_in, side_out }) => Block::Join {
                size: side_in / side_out.max(1),
                side_out,
                shortcut: match inputs == outputs {
                    true => None,
                    false => Some((self.tensor([outputs, inputs, 1, 1])?, self.tensor([outputs])?)),
                },
            },
            Layer::Dense { channels, side } => {
                Block::Dense { weight: self.tensor([channels * side * side, 1])?, bias: self.tensor([1])? }
            }
        })
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Result<Tensor<D>, ComputeError> {
        let tensor = self.tensors.next();
        let tensor = tensor.ok_or_else(|| failure("the parameters are of a network with fewer layers"))?;
        self.put(&tensor.name, &tensor.data, shape)
    }

    fn moments(&mut self, shape: [usize; 4]) -> Result<Moments, ComputeError> {
        let running = self.statistics.next();
        let running = running.ok_or_else(|| failure("running statistics are missing"))?;
        Ok(Moments {
            mean: self.put("the running mean", &running.mean, shape)?,
            variance: self.put("the running variance", &running.variance, shape)?,
        })
    }

    fn put<const D: usize>(&self, name: &str, data: &[f32], shape: [usize; D]) -> Result<Tensor<D>, ComputeError> {
        let expected: usize = shape.iter().product();
        if data.len() != expected {
            let found = data.len();
            return Err(failure(format!("{name} holds {found} values where the network has {expected}")));
        }
        Ok(Tensor::from_data(TensorData::new(data.to_vec(), shape), self.device))
    }
}
