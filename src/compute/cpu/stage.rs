//! The stages that a list of layers becomes. Each reads the output of another one, a sum of two; what is pointwise
//! belongs to the stage before it and happens as its output is read.

use super::context::Context;
use super::convolution::{PreparedConvolution, Price};
use super::lanes::padded;
use super::local::{GroupNorm, Local, Pool, Size};
use super::normalization::{Affine, GradientSums, Norm, Through};
use super::pointwise::{Entry, Source};
use crate::compute::{Activation, ComputeError, Convolution, Layer, Padding, RunningStatistics, Shortcut, Statistics};

/// What a stage does to the map that it reads.
pub(super) enum Operation {
    Convolution(Box<PreparedConvolution>),
    Local(Local),
    /// Adds the output of another stage.
    Sum {
        shortcut: usize,
    },
}

/// An operation and what is pointwise after it.
pub(super) struct Stage {
    pub(super) operation: Operation,
    /// The stage whose output it reads; `None` for the images.
    pub(super) input: Option<usize>,
    /// Of its output.
    pub(super) size: Size,
    /// Of convolutions alone.
    pub(super) norm: Option<Norm>,
    pub(super) activation: Option<Activation>,
    /// How often its output is read, by stages or the top.
    pub(super) readers: usize,
}

/// The stages of `layers`, the first of them a convolution, without the top; `None` unless the layers are known here: a
/// batch normalization only right after its convolution, and nothing before the first convolution.
pub(super) fn stages(layers: &[Layer], price: Price) -> Option<Vec<Stage>> {
    let mut building = Building { stages: Vec::new(), forks: Vec::new(), price };
    layers.iter().try_for_each(|layer| building.add(layer))?;
    // The top reads the last.
    building.stages.last_mut()?.readers += 1;
    building.forks.is_empty().then_some(building.stages)
}

/// Stages on the way.
struct Building<'a> {
    stages: Vec<Stage>,
    /// The stages whose outputs are kept for a shortcut.
    forks: Vec<usize>,
    price: Price<'a>,
}

impl Building<'_> {
    fn add(&mut self, layer: &Layer) -> Option<()> {
        let last = self.stages.len().checked_sub(1);
        match *layer {
            Layer::Convolution(shape) => {
                self.convolve(shape, last);
            }
            Layer::BatchNorm { channels, .. } => match self.open()? {
                Stage { operation: Operation::Convolution(_), norm: norm @ None, .. } => {
                    *norm = Some(Norm::new(channels));
                }
                _ => return None,
            },
            Layer::Activation(activation) => {
                if self.open().is_none() {
                    let Size { side, .. } = self.stages[last?].size;
                    self.pool(last?, side);
                }
                self.open()?.activation = Some(activation);
            }
            Layer::GroupNorm { channels, groups, .. } => {
                let size = self.stages[last?].size;
                self.push(Operation::Local(Local::GroupNorm(GroupNorm::new(channels, groups))), last, size);
            }
            Layer::Pool { size, side_out, .. } => {
                self.average(last?, size, side_out);
            }
            Layer::Fork => self.forks.push(last?),
            Layer::Join(shortcut) => self.join(last?, shortcut)?,
            Layer::Spectral(_) | Layer::Dense { .. } => return None,
        }
        Some(())
    }

    /// The last stage, if a pointwise layer may join it: nobody else reads its output as it is.
    fn open(&mut self) -> Option<&mut Stage> {
        let last = self.stages.len().checked_sub(1)?;
        let kept = self.forks.contains(&last);
        self.stages.last_mut().filter(|stage| stage.activation.is_none() && !kept)
    }

    /// Adds what was kept at the last fork to the output of stage `last`.
    fn join(&mut self, last: usize, Shortcut { inputs, outputs, side_in, side_out }: Shortcut) -> Option<()> {
        let mut kept = self.forks.pop()?;
        if side_in != side_out {
            kept = self.pool(kept, side_out);
        }
        if inputs != outputs {
            let padding = Padding { before: 0, after: 0 };
            let (kernel, stride) = (1, 1);
            let shape = Convolution { inputs, outputs, kernel, stride, padding, side_in: side_out, side_out };
            kept = self.convolve(shape, Some(kept));
        }
        self.stages[kept].readers += 1;
        let size = self.stages[last].size;
        self.push(Operation::Sum { shortcut: kept }, Some(last), size);
        Some(())
    }

    fn convolve(&mut self, shape: Convolution, input: Option<usize>) -> usize {
        let convolution = PreparedConvolution::new(shape, input.is_none(), self.price);
        let size = Size { side: shape.side_out, channels: padded(shape.outputs) };
        self.push(Operation::Convolution(Box::new(convolution)), input, size)
    }

    /// Means that bring the output of stage `input` to a side that divides its own.
    fn pool(&mut self, input: usize, side_out: usize) -> usize {
        let size = self.stages[input].size.side / side_out.max(1);
        self.average(input, size, side_out)
    }

    fn average(&mut self, input: usize, size: usize, side_out: usize) -> usize {
        let Size { side, channels } = self.stages[input].size;
        let pool = Pool { size, side_in: side, side_out, channels };
        self.push(Operation::Local(Local::Pool(pool)), Some(input), Size { side: side_out, channels })
    }

    fn push(&mut self, operation: Operation, input: Option<usize>, size: Size) -> usize {
        if let Some(input) = input {
            self.stages[input].readers += 1;
        }
        self.stages.push(Stage { operation, input, size, norm: None, activation: None, readers: 0 });
        self.stages.len() - 1
    }
}

impl Stage {
    /// Takes its parameters from `next` and its running statistics from `running`.
    pub(super) fn load<'a>(
        &mut self,
        context: &Context,
        mut next: impl FnMut() -> Result<&'a [f32], ComputeError>,
        mut running: impl FnMut() -> Option<&'a RunningStatistics>,
    ) -> Result<(), ComputeError> {
        match &mut self.operation {
            Operation::Convolution(convolution) => convolution.load(context, next()?, next()?),
            Operation::Local(Local::GroupNorm(norm)) => {
                norm.weight.copy_from_slice(next()?);
                norm.bias.copy_from_slice(next()?);
            }
            Operation::Local(Local::Pool(_)) | Operation::Sum { .. } => {}
        }
        if let Some(norm) = &mut self.norm {
            norm.weight.copy_from_slice(next()?);
            norm.bias.copy_from_slice(next()?);
            if let Some(running) = running() {
                norm.running = running.clone();
            }
        }
        Ok(())
    }

    /// What it is, and the multiply-adds that it takes for one image.
    pub(super) fn describe(&self) -> (String, usize) {
        match &self.operation {
            Operation::Convolution(convolution) => {
                let Convolution { inputs, outputs, kernel, stride, side_out, .. } = convolution.shape;
                let ways = [convolution.forward.name(), convolution.backward.name()];
                let way = if ways[0] == ways[1] { ways[0].to_string() } else { ways.join(" / ") };
                let text = format!("{kernel}×{kernel}/{stride} {inputs}→{outputs}, {way}");
                (text, side_out.pow(2) * outputs * inputs * kernel.pow(2))
            }
            Operation::Local(Local::GroupNorm(norm)) => (format!("group norm, {} groups", norm.groups), 0),
            Operation::Local(Local::Pool(pool)) => (format!("means of {0}×{0}", pool.size), 0),
            Operation::Sum { .. } => ("sum".into(), 0),
        }
    }

    /// All that it reads.
    pub(super) fn inputs(&self) -> impl Iterator<Item = Option<usize>> {
        let shortcut = match self.operation {
            Operation::Sum { shortcut } => Some(Some(shortcut)),
            _ => None,
        };
        std::iter::once(self.input).chain(shortcut)
    }

    /// How the gradient passes the normalization, where there is one.
    pub(super) fn through(
        &self,
        affine: &Affine,
        statistics: Statistics,
        sums: &GradientSums,
        images: usize,
    ) -> Option<Through> {
        let positions = images * self.size.side.pow(2);
        self.norm.as_ref().map(|_| match statistics {
            Statistics::Batch => Through::batch(affine, sums, positions),
            Statistics::Frozen => Through::Frozen,
        })
    }

    /// The gradient of the operation's output, from that of the normalization's, `gradient`.
    pub(super) fn gradient_source<'a>(
        &self,
        gradient: &'a [f32],
        values: &'a [f32],
        affine: &'a Affine,
        through: Option<&'a Through>,
    ) -> Source<'a> {
        let entry = match through {
            None => Entry::Raw,
            Some(Through::Frozen) => Entry::Scaled(&affine.scale),
            Some(Through::Batch { curve, offset }) => Entry::Normalized { slope: &affine.scale, curve, offset, values },
        };
        Source { map: gradient, channels: self.size.channels, entry }
    }

    /// The gradients of the normalization's bias and weight, if there is one, and of the convolution's bias.
    pub(super) fn small_gradients(
        &self,
        outputs: usize,
        affine: &Affine,
        statistics: Statistics,
        sums: &GradientSums,
    ) -> Vec<Vec<f32>> {
        let times = |sums: &[f64], factors: &[f32]| {
            sums.iter().zip(factors).map(|(sum, factor)| (sum * f64::from(*factor)) as f32).take(outputs).collect()
        };
        // A bias before a normalization by the batch's own statistics moves nothing.
        let still = self.norm.is_some() && statistics == Statistics::Batch;
        let bias = if still { vec![0.0; outputs] } else { times(&sums.gradient, &affine.scale) };
        match self.norm {
            Some(_) => vec![
                sums.gradient.iter().map(|&sum| sum as f32).take(outputs).collect(),
                times(&sums.centred, &affine.deviation),
                bias,
            ],
            None => vec![bias],
        }
    }
}
