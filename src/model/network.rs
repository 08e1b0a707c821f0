//! A ConvNet score as a researcher writes it down, checked against the side of its grid.

use crate::compute::{Activation, Convolution, Layer, Padding, Shortcut, Statistics};

/// How a convolution is padded with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaddingRule {
    /// The output has `ceil(side / stride)` pixels; an odd pixel of padding goes after the last.
    Same,
    /// This many pixels on every edge.
    Pixels(usize),
}

/// One layer of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LayerSpec {
    Convolution {
        channels: usize,
        kernel: usize,
        stride: usize,
        padding: PaddingRule,
    },
    Norm,
    Activation(Activation),
    /// The next convolution is divided by its largest singular value.
    Spectral,
    /// Group normalization; without a number, in the most groups up to 8 that divide the channels.
    GroupNorm {
        groups: Option<usize>,
    },
    /// Means of `size` × `size` pixels.
    Pool {
        size: usize,
    },
    /// A fully connected layer over the whole map.
    FullyConnected {
        outputs: usize,
    },
    /// What comes in is added to what the layers up to the next [`Self::Join`] make of it.
    Fork,
    Join,
}

/// What batch normalization normalizes with (section 2 of the method's notes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormMode {
    /// Statistics of the current batch; observed and synthesized images in separate passes.
    Batch,
    /// Statistics of observed and synthesized images together when learning.
    Joint,
    /// Running averages, kept from observed batches only.
    Frozen,
    /// No normalization layers.
    None,
}

impl NormMode {
    /// The word that recipes and the window use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Joint => "joint",
            Self::Frozen => "frozen",
            Self::None => "none",
        }
    }
}

impl NormMode {
    /// The statistics that MCMC steps use while a run learns.
    #[must_use]
    pub fn sampling_statistics(self) -> Statistics {
        match self {
            Self::Batch | Self::Joint => Statistics::Batch,
            Self::Frozen | Self::None => Statistics::Frozen,
        }
    }
}

/// How weights begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initialization {
    /// Uniform within ± 1/√(fan-in), biases too: what PyTorch does by default.
    FanIn,
    /// Normal with this standard deviation, biases zero.
    Normal(f32),
}

/// A network as a list of layers; a fully connected layer with one output is put on top.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSpec {
    pub layers: Vec<LayerSpec>,
    pub norm: NormMode,
    pub initialization: Initialization,
}

/// Why a list of layers cannot be a network on its grid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error(
        "layer {layer}: the {kernel}×{kernel} kernel is larger than its padded {side}×{side} map; use a smaller kernel or more padding"
    )]
    KernelTooLarge { layer: usize, kernel: usize, side: usize },
    #[error(
        "layer {layer}: {groups} groups do not divide {channels} channels; choose a number that does, or leave it out"
    )]
    Groups { layer: usize, groups: usize, channels: usize },
    #[error("layer {layer}: pooling by {size} does not fit a {side}×{side} map; take a size from 1 to {side}")]
    Pool { layer: usize, size: usize, side: usize },
    #[error(
        "layer {layer}: a residual block takes a {from}×{from} map to {to}×{to}; the shortcut needs a side that divides {from}, \
         such as with stride 1 inside"
    )]
    Shortcut { layer: usize, from: usize, to: usize },
    #[error("after layer {layer}: every fork needs a join after it, and every join a fork before it")]
    Branch { layer: usize },
    #[error("layer {layer}: spectral must stand before a convolution")]
    Spectral { layer: usize },
    #[error("layer {layer}: {what} must be from 1 to {most}, found {found}")]
    OutOfRange { layer: usize, what: &'static str, most: usize, found: usize },
    #[error("the network has no convolution; give it at least one")]
    Empty,
    #[error("the network is too large: {parameters} parameters (the limit is 500 million)")]
    TooLarge { parameters: usize },
}

/// A network on a grid of a given side: resolved layers and their counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    spec: NetworkSpec,
    side: usize,
    layers: Vec<Layer>,
}

/// A network on the way: the map that the next layer sees.
struct Building {
    map: usize,
    inputs: usize,
    layers: Vec<Layer>,
    /// Channels and side at the forks that are open.
    forks: Vec<(usize, usize)>,
    /// The next convolution is normalized.
    spectral: bool,
}

impl Building {
    /// Resolves layer number `at`, from 1.
    fn add(&mut self, at: usize, layer: &LayerSpec) -> Result<(), NetworkError> {
        let (map, inputs) = (self.map, self.inputs);
        let convolves = matches!(layer, LayerSpec::Convolution { .. } | LayerSpec::FullyConnected { .. });
        if self.spectral && !convolves {
            return Err(NetworkError::Spectral { layer: at });
        }
        let resolved = match *layer {
            LayerSpec::Convolution { channels, kernel, stride, padding } => {
                self.convolve(convolution(at, [inputs, channels, kernel, stride, map], padding)?)
            }
            LayerSpec::FullyConnected { outputs } => {
                let (padding, side_out) = (Padding { before: 0, after: 0 }, 1);
                if !(1..=8192).contains(&outputs) {
                    return Err(NetworkError::OutOfRange { layer: at, what: "outputs", most: 8192, found: outputs });
                }
                self.convolve(Convolution { inputs, outputs, kernel: map, stride: 1, padding, side_in: map, side_out })
            }
            LayerSpec::Spectral => {
                self.spectral = true;
                return Ok(());
            }
            LayerSpec::Norm => Layer::BatchNorm { channels: inputs, side: map },
            LayerSpec::Activation(activation) => Layer::Activation(activation),
            LayerSpec::GroupNorm { groups } => {
                let most = || (1..=inputs.min(8)).rev().find(|groups| inputs % groups == 0).unwrap_or(1);
                let groups = groups.unwrap_or_else(most);
                if groups == 0 || inputs % groups != 0 {
                    return Err(NetworkError::Groups { layer: at, groups, channels: inputs });
                }
                Layer::GroupNorm { channels: inputs, side: map, groups }
            }
            LayerSpec::Pool { size } if size == 0 || size > map => {
                return Err(NetworkError::Pool { layer: at, size, side: map });
            }
            LayerSpec::Pool { size } => {
                self.map = map / size;
                Layer::Pool { channels: inputs, size, side_in: map, side_out: map / size }
            }
            LayerSpec::Fork => {
                self.forks.push((inputs, map));
                Layer::Fork
            }
            LayerSpec::Join => match self.forks.pop() {
                Some((channels, side)) if side % map == 0 => {
                    Layer::Join(Shortcut { inputs: channels, outputs: inputs, side_in: side, side_out: map })
                }
                Some((_, from)) => return Err(NetworkError::Shortcut { layer: at, from, to: map }),
                None => return Err(NetworkError::Branch { layer: at }),
            },
        };
        self.layers.push(resolved);
        Ok(())
    }

    fn convolve(&mut self, shape: Convolution) -> Layer {
        (self.map, self.inputs) = (shape.side_out, shape.outputs);
        match std::mem::take(&mut self.spectral) {
            true => Layer::Spectral(shape),
            false => Layer::Convolution(shape),
        }
    }
}

impl Network {
    /// Resolves `spec` for images `[batch, channels, side, side]`.
    ///
    /// # Errors
    /// Counts of zero or beyond reason, kernels or pools larger than their map, groups or sides that do not divide, marks
    /// without what they mark, or no convolution at all.
    pub fn new(spec: NetworkSpec, channels: usize, side: usize) -> Result<Self, NetworkError> {
        let mut building =
            Building { map: side, inputs: channels, layers: Vec::new(), forks: Vec::new(), spectral: false };
        // Marks around layers are none that the user counts.
        let mut at = 0;
        for layer in &spec.layers {
            at += usize::from(!matches!(layer, LayerSpec::Spectral | LayerSpec::Fork | LayerSpec::Join));
            building.add(at, layer)?;
        }
        let Building { map, inputs, mut layers, spectral, forks } = building;
        if spectral {
            return Err(NetworkError::Spectral { layer: at });
        }
        if !forks.is_empty() {
            return Err(NetworkError::Branch { layer: at });
        }
        if !layers.iter().any(|layer| matches!(layer, Layer::Convolution(_) | Layer::Spectral(_))) {
            return Err(NetworkError::Empty);
        }
        layers.push(Layer::Dense { channels: inputs, side: map });
        let network = Self { spec, side, layers };
        match network.parameter_count() {
            parameters if parameters > 500_000_000 => Err(NetworkError::TooLarge { parameters }),
            _ => Ok(network),
        }
    }

    #[must_use]
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Side of the images it scores.
    #[must_use]
    pub fn side(&self) -> usize {
        self.side
    }

    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    #[must_use]
    pub fn norm(&self) -> NormMode {
        match self.spec.layers.contains(&LayerSpec::Norm) {
            true => self.spec.norm,
            false => NormMode::None,
        }
    }

    /// Whether our own CPU kernels know its layers in their order; others run by automatic differentiation, which is
    /// slower.
    #[must_use]
    pub fn own_kernels(&self) -> bool {
        crate::compute::own_kernels(&self.layers)
    }

    /// The word for its normalization, `group` included.
    #[must_use]
    pub fn norm_word(&self) -> &'static str {
        match self.norm() {
            NormMode::None if self.layers.iter().any(|layer| matches!(layer, Layer::GroupNorm { .. })) => "group",
            norm => norm.word(),
        }
    }

    /// Number of learned values.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.shapes().iter().map(|(_, shape, _)| shape.iter().product::<usize>()).sum()
    }

    /// Floating point operations of one forward pass of one image (a multiply-add is two).
    #[must_use]
    pub fn flops(&self) -> u64 {
        let flops = |layer: &Layer| match *layer {
            Layer::Convolution(c) | Layer::Spectral(c) => {
                2 * c.side_out.pow(2) * c.outputs * c.inputs * c.kernel.pow(2)
            }
            Layer::Dense { channels, side } => 2 * channels * side * side,
            Layer::Join(s) if s.inputs != s.outputs => 2 * s.side_out.pow(2) * s.inputs * s.outputs,
            _ => 0,
        };
        self.layers.iter().map(|layer| flops(layer) as u64).sum()
    }

    /// Values held for one image while its gradient is taken: the maps of all layers.
    #[must_use]
    pub fn map_values(&self) -> usize {
        let mut last = 0;
        let mut values = |layer: &Layer| {
            last = match *layer {
                Layer::Convolution(c) | Layer::Spectral(c) => c.side_out.pow(2) * c.outputs,
                Layer::Pool { channels, side_out, .. } => channels * side_out.pow(2),
                Layer::Dense { .. } => 1,
                _ => last,
            };
            last
        };
        self.layers.iter().map(&mut values).sum()
    }
}

/// Checks and resolves one convolution from `[inputs, outputs, kernel, stride, side]`.
fn convolution(
    layer: usize,
    [inputs, outputs, kernel, stride, side]: [usize; 5],
    rule: PaddingRule,
) -> Result<Convolution, NetworkError> {
    let within = |what, most, found| match found {
        found if (1..=most).contains(&found) => Ok(()),
        found => Err(NetworkError::OutOfRange { layer, what, most, found }),
    };
    within("channels", 8192, outputs)?;
    within("kernel", 63, kernel)?;
    within("stride", 63, stride)?;
    let padding = match rule {
        PaddingRule::Same => {
            let total = ((side.div_ceil(stride) - 1) * stride + kernel).saturating_sub(side);
            Padding { before: total / 2, after: total - total / 2 }
        }
        PaddingRule::Pixels(pixels) if pixels > 63 => {
            return Err(NetworkError::OutOfRange { layer, what: "padding", most: 63, found: pixels });
        }
        PaddingRule::Pixels(pixels) => Padding { before: pixels, after: pixels },
    };
    let padded = side + padding.before + padding.after;
    if kernel > padded {
        return Err(NetworkError::KernelTooLarge { layer, kernel, side: padded });
    }
    let side_out = (padded - kernel) / stride + 1;
    Ok(Convolution { inputs, outputs, kernel, stride, padding, side_in: side, side_out })
}
