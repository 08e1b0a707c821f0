//! The layers a device can evaluate, with every size resolved.

/// Zero padding of one axis: pixels added before the first and after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Padding {
    pub before: usize,
    pub after: usize,
}

/// A square convolution (cross-correlation) with bias; weight layout `[output, input, kernel, kernel]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: Padding,
    /// Side of the input map, then of the output map.
    pub side_in: usize,
    pub side_out: usize,
}

/// A pointwise activation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `max(x, 0)`
    Relu,
    /// `x` above zero, `slope · x` below; 0 < slope < 1.
    LeakyRelu(f32),
    /// `x · sigmoid(x)`
    Silu,
    /// `ln(1 + exp(x))`
    Softplus,
}

impl Activation {
    /// The activation's value at `x`.
    #[inline]
    #[must_use]
    pub fn value(self, x: f32) -> f32 {
        match self {
            Self::Relu => x.max(0.0),
            Self::LeakyRelu(slope) => x.max(slope * x),
            Self::Silu => x * sigmoid(x),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        }
    }

    /// The activation's derivative at `x`; at a kink, the one from below.
    #[inline]
    #[must_use]
    pub fn derivative(self, x: f32) -> f32 {
        match self {
            Self::Relu => f32::from(x > 0.0),
            Self::LeakyRelu(slope) => {
                if x > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Silu => {
                let s = sigmoid(x);
                s * (1.0 + x * (1.0 - s))
            }
            Self::Softplus => sigmoid(x),
        }
    }
}

#[inline]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// One layer. A network is a list of them that ends in [`Layer::Dense`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Layer {
    /// Parameters `conv{i}.weight`, `conv{i}.bias`.
    Convolution(Convolution),
    /// Batch normalization over batch, height and width (ε = 1e-5); parameters `bn{i}.weight`, `bn{i}.bias`
    /// and running statistics.
    BatchNorm {
        channels: usize,
        side: usize,
    },
    Activation(Activation),
    /// A convolution whose weight is divided by its largest singular value; parameters as [`Self::Convolution`].
    Spectral(Convolution),
    /// Group normalization (ε = 1e-5): each image's channels in `groups` groups, over group, height and width;
    /// parameters `gn{i}.weight`, `gn{i}.bias`.
    GroupNorm {
        channels: usize,
        side: usize,
        groups: usize,
    },
    /// Means of `size` × `size` pixels; what is left over at the far edges is dropped.
    Pool {
        channels: usize,
        size: usize,
        side_in: usize,
        side_out: usize,
    },
    /// What comes in is kept for the next [`Self::Join`].
    Fork,
    /// Adds what was kept: brought to the side by means, and to the channels by a convolution of one pixel, parameters
    /// `shortcut{i}.weight`, `shortcut{i}.bias`, where those differ.
    Join(Shortcut),
    /// The fully connected top with one output, over the map flattened as channel, height, width; parameters
    /// `fc.weight` `[1, inputs]`, `fc.bias` `[1]`.
    Dense {
        channels: usize,
        side: usize,
    },
}

/// How what was kept at a fork meets what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    pub inputs: usize,
    pub outputs: usize,
    pub side_in: usize,
    /// Divides `side_in`.
    pub side_out: usize,
}

impl Layer {
    /// The number of its parameter tensors.
    #[must_use]
    pub fn tensors(&self) -> usize {
        match self {
            Self::Convolution(_) | Self::Spectral(_) | Self::BatchNorm { .. } | Self::GroupNorm { .. } => 2,
            Self::Join(shortcut) if shortcut.inputs != shortcut.outputs => 2,
            Self::Dense { .. } => 2,
            Self::Activation(_) | Self::Pool { .. } | Self::Fork | Self::Join(_) => 0,
        }
    }

    /// Whether it is of a plain row of layers, without group norm, pools and branches: what is written out for GPUs, and
    /// what the PyTorch baseline builds.
    #[must_use]
    pub fn is_basic(&self) -> bool {
        !matches!(self, Self::GroupNorm { .. } | Self::Pool { .. } | Self::Fork | Self::Join(_))
    }
}

/// ε of batch normalization and of group normalization.
pub const NORM_EPSILON: f32 = 1e-5;
