//! The network with its running statistics, made ready for many steps: each normalization is folded into the
//! convolution before it, and the gradient with respect to the image is written out instead of recorded. That is a
//! fraction of the kernels that automatic differentiation launches.

use burn::backend::Dispatch;
use burn::backend::ops::ModuleOps;
use burn::tensor::module::conv2d;
use burn::tensor::{Tensor, activation};

use super::super::layer::NORM_EPSILON;
use super::super::{Activation, Convolution, Padding};
use super::block::{Block, Moments, pad, padding};

/// A layer with constants on the device.
pub(super) enum Folded {
    Convolution {
        shape: Convolution,
        weight: Tensor<4>,
        bias: Tensor<1>,
    },
    /// `x · factor + shift`, both `[1, channels, 1, 1]`: a normalization with no convolution before it.
    Scale {
        factor: Tensor<4>,
        shift: Tensor<4>,
    },
    Activation(Activation),
    /// The weight as a column `[inputs, 1]`.
    Dense {
        weight: Tensor<2>,
        bias: Tensor<1>,
    },
}

/// Folds the running statistics of `blocks` into their parameters.
pub(super) fn fold(blocks: &[Block]) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block {
            Block::Convolution { shape, weight, bias } => {
                folded.push(Folded::Convolution { shape: *shape, weight: weight.clone(), bias: bias.clone() });
            }
            Block::BatchNorm { weight, bias, running } => normalize(&mut folded, weight, bias, running),
            Block::Activation(activation) => folded.push(Folded::Activation(*activation)),
            // Networks with these are not folded.
            Block::GroupNorm { .. } | Block::Pool { .. } | Block::Fork | Block::Join { .. } => {}
            Block::Dense { weight, bias } => {
                folded.push(Folded::Dense { weight: weight.clone(), bias: bias.clone() });
            }
        }
    }
    for layer in &mut folded {
        if let Folded::Convolution { weight, .. } = layer {
            *weight = channels_innermost(weight.clone());
        }
    }
    folded
}

/// The same weights with channels innermost in memory: convolutions would copy them into that order in every step.
fn channels_innermost(weight: Tensor<4>) -> Tensor<4> {
    let [outputs, inputs, height, width] = weight.dims();
    let ordered: Tensor<1> = weight.permute([0, 2, 3, 1]).flatten(0, 3);
    ordered.reshape([outputs, height, width, inputs]).permute([0, 3, 1, 2])
}

/// Adds the normalization `weight · (x - mean) / deviation + bias` to the layers so far.
fn normalize(folded: &mut Vec<Folded>, weight: &Tensor<4>, bias: &Tensor<4>, running: &Moments) {
    let factor = weight.clone() / (running.variance.clone() + NORM_EPSILON).sqrt();
    let shift = bias.clone() - running.mean.clone() * factor.clone();
    match folded.last_mut() {
        Some(Folded::Convolution { shape, weight, bias }) => {
            *weight = weight.clone() * factor.clone().reshape([shape.outputs, 1, 1, 1]);
            *bias = bias.clone() * factor.flatten(0, 3) + shift.flatten(0, 3);
        }
        _ => folded.push(Folded::Scale { factor, shift }),
    }
}

/// The score of each image of `[batch, channel, height, width]`.
pub(super) fn score(layers: &[Folded], images: Tensor<4>) -> Tensor<1> {
    layers.iter().fold(images, |map, layer| layer.forward(map)).flatten(0, 3)
}

/// The score of each image, and `∂(Σ_i f(Y_i))/∂Y`. Only queues the work.
pub(super) fn score_gradient(layers: &[Folded], images: Tensor<4>) -> (Tensor<1>, Tensor<4>) {
    let mut inputs = Vec::with_capacity(layers.len());
    let mut map = images;
    for layer in layers {
        inputs.push(map.clone());
        map = layer.forward(map);
    }
    let score = map.clone().flatten(0, 3);
    let gradient =
        layers.iter().zip(inputs).rev().fold(map, |gradient, (layer, input)| layer.backward(input, gradient));
    (score, gradient)
}

impl Folded {
    fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Convolution { shape, weight, bias } => {
                let (map, options) = (pad(map, shape), padding(shape));
                conv2d(map, weight.clone(), Some(bias.clone()), options)
            }
            Self::Scale { factor, shift } => map * factor.clone() + shift.clone(),
            Self::Activation(kind) => activate(map, *kind),
            Self::Dense { weight, bias } => {
                let flat: Tensor<2> = map.flatten(1, 3);
                (flat.matmul(weight.clone()) + bias.clone().unsqueeze()).unsqueeze_dims(&[2, 3])
            }
        }
    }

    /// The gradient with respect to `input` from the gradient with respect to the output. The dense top takes the
    /// output's gradient to be 1.
    fn backward(&self, input: Tensor<4>, gradient: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Convolution { shape, weight, .. } => convolve_back(input, shape, weight, gradient),
            Self::Scale { factor, .. } => gradient * factor.clone(),
            Self::Activation(kind) => activate_back(input, *kind, gradient),
            Self::Dense { weight, .. } => {
                let [batch, channels, height, width] = input.dims();
                weight.clone().reshape([1, channels, height, width]).expand([batch, channels, height, width])
            }
        }
    }
}

fn convolve_back(input: Tensor<4>, shape: &Convolution, weight: &Tensor<4>, gradient: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    let Padding { before, after } = shape.padding;
    // Only the shape of the padded input is used, but Burn wants a tensor.
    let padded = match before == after {
        true => input,
        false => {
            let border = before + after;
            Tensor::empty([batch, channels, height + border, width + border], &input.device())
        }
    };
    let (padded, weight) = (padded.into_dispatch(), weight.clone().into_dispatch());
    let gradient = Dispatch::conv2d_x_backward(padded, weight, gradient.into_dispatch(), padding(shape));
    let gradient = Tensor::<4>::from_dispatch(gradient);
    if before == after {
        return gradient;
    }
    gradient.slice([0..batch, 0..channels, before..before + height, before..before + width])
}

fn activate(map: Tensor<4>, kind: Activation) -> Tensor<4> {
    #[cfg(feature = "gpu")]
    if let Some(activated) = super::activation_kernel::activate(&map, kind) {
        return activated;
    }
    match kind {
        Activation::LeakyRelu(slope) => activation::leaky_relu(map, f64::from(slope)),
        _ => super::block::activate(map, kind),
    }
}

/// The chain rule through [`Activation::derivative`], at a kink too.
fn activate_back(input: Tensor<4>, kind: Activation, gradient: Tensor<4>) -> Tensor<4> {
    #[cfg(feature = "gpu")]
    if let Some(gradient) = super::activation_kernel::activate_back(&input, kind, &gradient) {
        return gradient;
    }
    match kind {
        Activation::Relu => gradient.mask_fill(input.lower_equal_elem(0.0), 0.0),
        Activation::LeakyRelu(slope) => (gradient.clone() * slope).mask_where(input.greater_elem(0.0), gradient),
        Activation::Silu => {
            let s = activation::sigmoid(input.clone());
            gradient * (s.clone() * (input * (s * -1.0 + 1.0) + 1.0))
        }
        Activation::Softplus => gradient * activation::sigmoid(input),
    }
}
