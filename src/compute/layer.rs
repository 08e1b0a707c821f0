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
    /// The fully connected top with one output, over the map flattened as channel, height, width; parameters
    /// `fc.weight` `[1, inputs]`, `fc.bias` `[1]`.
    Dense {
        channels: usize,
        side: usize,
    },
}

/// ε of batch normalization.
pub(super) const NORM_EPSILON: f32 = 1e-5;
