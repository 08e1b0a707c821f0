//! The layers below a network's top, on the CPU: the map they end in, and their parameter gradients from that of the map.

use super::context::Context;
use super::convolution::Pass;
use super::image::Layout;
use super::lanes::padded;
use super::pointwise::{Copying, Entry, Source};
use super::tiles::Grid;
use super::top::Below;
use super::walk::{Arrived, Layers, Maps, Return};
use crate::compute::bottom::{Bottom, BottomGradient};
use crate::compute::{ComputeError, Images, Layer, ParameterSet, RunningStatistics, Statistics, Threads};

/// Parts that the work on a layer is cut into.
const PARTS: usize = 4;

/// See the module's text.
pub(in crate::compute) struct CpuBottom {
    context: Context,
    layers: Layers,
    maps: Maps,
    /// Of the batch that is learned from.
    statistics: Vec<RunningStatistics>,
}

impl CpuBottom {
    /// Prepares `layers`, to which `top` is the fully connected one, if these kernels know them.
    pub(in crate::compute) fn new(layers: &[Layer], top: Layer, threads: Threads) -> Option<Self> {
        let layers = Layers::new(&[layers, &[top]].concat(), &Pass::cost)?;
        Some(Self { context: Context::new(threads), layers, maps: Maps::default(), statistics: Vec::new() })
    }

    fn forward(&mut self, images: &Images, statistics: Statistics) -> Result<Images, ComputeError> {
        let (channels, side) = self.layers.input;
        match images.shape() {
            [count, found @ ..] if count > 0 && found == [channels, side, side] => {}
            found => return Err(ComputeError::Shape { found, channels, side }),
        }
        let Self { context, layers, maps, .. } = self;
        if maps.images != images.count() {
            *maps = layers.room(images.count(), PARTS);
        }
        layers.take(context, maps, images.data());
        self.statistics = layers.forward(context, maps, statistics, statistics == Statistics::Batch);
        let (channels, side) = layers.output;
        let mut map = Images::zeros([images.count(), channels, side, side]);
        layers.give_map(context, maps, map.data_mut());
        Ok(map)
    }
}

impl Bottom for CpuBottom {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        let mut tensors = parameters.tensors.iter().map(|tensor| tensor.data.as_slice());
        let mut running = parameters.statistics.iter();
        let mut next = || tensors.next().ok_or_else(|| ComputeError::Device("a parameter tensor is missing".into()));
        let mut stages = self.layers.stages.iter_mut();
        stages.try_for_each(|stage| stage.load(&self.context, &mut next, || running.next()))
    }

    fn evaluate(&mut self, images: &Images) -> Result<Images, ComputeError> {
        self.forward(images, Statistics::Frozen)
    }

    fn learn(&mut self, images: &Images) -> Result<Images, ComputeError> {
        self.forward(images, Statistics::Batch)
    }

    fn backward(&mut self, gradient: &Images) -> Result<BottomGradient, ComputeError> {
        let (channels, side) = self.layers.output;
        if gradient.shape() != [self.maps.images, channels, side, side] || gradient.count() == 0 {
            return Err(ComputeError::Shape { found: gradient.shape(), channels, side });
        }
        let mut tensors = self.layers.backward_map(&self.context, &mut self.maps, gradient.data());
        tensors.reverse();
        Ok(BottomGradient { tensors, statistics: std::mem::take(&mut self.statistics) })
    }
}

impl Layers {
    /// What the last stage gives, its activation included, as `[image, channel, height, width]`.
    fn give_map(&self, context: &Context, maps: &Maps, out: &mut [f32]) {
        let Below { map, pointwise } = self.below(maps);
        let layout = self.last_layout();
        let source = Source { map, channels: pointwise.scale.len(), entry: Entry::Activated(pointwise) };
        let mut values = vec![0.0; map.len()];
        context.arch.dispatch(Copying { source: &source, first: 0, out: &mut values });
        let length = out.len() / maps.images;
        context.for_each_pair(&values, layout.length(), out, length, |map, image| layout.unpack(map, image));
    }

    /// The parameter gradients of the stages, those of the last first, where `gradient` `[image, channel, height, width]`
    /// is that of the last stage's output, a convolution's with nothing after it.
    fn backward_map(&self, context: &Context, maps: &mut Maps, gradient: &[f32]) -> Vec<Vec<f32>> {
        let way = Return { statistics: Statistics::Batch, weights: &[], learning: true, scored: true };
        let last = self.stages.len() - 1;
        let mut map = maps.spare.pop().unwrap_or_default();
        map.resize(maps.outputs[last].len());
        map.fill(0.0);
        let layout = self.last_layout();
        let length = gradient.len() / maps.images;
        context.for_each_pair(gradient, length, &mut map, layout.length(), |image, map| layout.pack(image, map));
        let sums = vec![self.sums(context, maps, last, way, 0, &mut map)];
        self.descend(context, maps, way, Arrived { map, sums })
    }

    /// How images of the last stage's channels and side lie in its output.
    fn last_layout(&self) -> Layout {
        let (channels, side) = self.output;
        Layout::new(channels, side, 1, Grid { side, phases: 1, channels: padded(channels) })
    }
}
