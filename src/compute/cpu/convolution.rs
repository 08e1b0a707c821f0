//! A convolution with its weights prepared: for each direction the cheapest of three ways to compute it.

use super::context::{Context, Job};
use super::lanes::padded;
use super::patches::{Patches, Phase};
use super::pointwise::{Exit, Source};
use super::taps::{Phased, Taps};
use super::tiles::{Grid, Tiles};
use super::whole::Whole;
use crate::compute::Convolution;

/// One direction of a convolution.
pub(super) enum Pass {
    Tiles(Tiles),
    Patches(Patches),
    Whole(Whole),
}

/// See the module's text.
pub(super) struct PreparedConvolution {
    pub(super) shape: Convolution,
    pub(super) taps: Taps,
    /// How the stride's phases and the channels of the input lie in the maps of tiles.
    pub(super) phased: Phased,
    pub(super) forward: Pass,
    pub(super) backward: Pass,
    /// For each channel of the padded output.
    bias: Vec<f32>,
}

/// What a pass costs; the cheapest is taken.
pub(super) type Price<'a> = &'a dyn Fn(&Pass) -> usize;

impl PreparedConvolution {
    /// With `image`, the input is the image: of few channels, which are packed as densely as the pass can read them.
    pub(super) fn new(shape: Convolution, image: bool, price: Price) -> Self {
        let Convolution { inputs, outputs, side_in, side_out, stride, .. } = shape;
        let taps = Taps::new(shape);
        let phased =
            Phased { phases: stride * stride, channels: inputs, spacing: if image { inputs } else { padded(inputs) } };
        let far = Grid { side: side_out, phases: 1, channels: padded(outputs) };
        let near = Grid { side: side_in, phases: stride, channels: padded(inputs) };
        let packed = match image {
            true => Grid { side: side_in.div_ceil(stride), phases: 1, channels: padded(stride * stride * inputs) },
            false => near,
        };
        let seen = Grid { channels: if image { inputs } else { padded(inputs) }, ..near };
        let width = if image { phased.phases * inputs } else { near.width() };

        let offsets: Vec<isize> = (0..shape.kernel).map(|k| k as isize - shape.padding.before as isize).collect();
        let tiles = Tiles::between(&taps, packed, far, width, taps.first).map(Pass::Tiles);
        let patches = Patches { input: seen, output: far, phases: vec![Phase::new(&offsets, &offsets)] };
        let forward = cheapest(tiles, [Pass::Patches(patches), Pass::Whole(Whole::between(seen, far))], price);
        let axis = |phase: usize| -> Vec<isize> {
            let taps = (taps.first..=taps.last()).filter(|&tap| taps.kernel(phase, tap).is_some());
            taps.map(|tap| -tap).collect()
        };
        let phases = (0..phased.phases).map(|phase| Phase::new(&axis(phase / stride), &axis(phase % stride)));
        let tiles = Tiles::between(&taps, far, packed, outputs, -taps.last()).map(Pass::Tiles);
        let patches = Patches { input: far, output: near, phases: phases.collect() };
        let backward = cheapest(tiles, [Pass::Patches(patches), Pass::Whole(Whole::between(far, near))], price);
        Self { shape, taps, phased, forward, backward, bias: vec![0.0; padded(outputs)] }
    }

    /// Prepares `weight` `[output, input, kernel, kernel]` and `bias` for both directions.
    pub(super) fn load(&mut self, context: &Context, weight: &[f32], bias: &[f32]) {
        let Self { shape, taps, phased, .. } = *self;
        let Convolution { inputs, outputs, .. } = shape;
        self.bias[..outputs].copy_from_slice(bias);
        let value = |at: Option<usize>| at.map_or(0.0, |at| weight[at]);
        let output = |n: usize| Some(n).filter(|&n| n < outputs);
        let input = |n: usize| Some(n).filter(|&n| n < inputs);
        // Weights of one output.
        let taps_of_one = shape.kernel.pow(2);
        let of_one = inputs * taps_of_one;
        match &mut self.forward {
            Pass::Tiles(tiles) => {
                let from = |k: usize, tap: [usize; 2]| {
                    let (phase, input) = phased.split(k)?;
                    taps.weight(0, input, phase, tap.map(|tap| taps.first + tap as isize))
                };
                tiles.load(context, taps.count, weight, from, |n, _| Some(output(n)? * of_one));
            }
            Pass::Patches(patches) => patches.load(context, |_, [row, column], k, n| {
                let before = shape.padding.before as isize;
                let at = [row, column].map(|offset| (offset + before) as usize);
                value(input(k).zip(output(n)).map(|(k, n)| shape.weight(n, k, at)))
            }),
            Pass::Whole(whole) => {
                let place = |from: usize, to: usize| shape.tap(from, to);
                whole.load(context, weight, [taps_of_one, of_one], [inputs, outputs], place);
            }
        }
        match &mut self.backward {
            Pass::Tiles(tiles) => {
                let to = |n: usize, tap: [usize; 2]| {
                    let (phase, input) = phased.split(n)?;
                    taps.weight(0, input, phase, tap.map(|tap| taps.last() - tap as isize))
                };
                tiles.load(context, taps.count, weight, |k, _| Some(output(k)? * of_one), to);
            }
            Pass::Patches(patches) => patches.load(context, |phase, tap, k, n| {
                let pair = input(n).zip(output(k));
                value(pair.and_then(|(n, k)| taps.weight(k, n, phase, tap.map(|tap| -tap))))
            }),
            Pass::Whole(whole) => {
                let place = |from: usize, to: usize| shape.tap(to, from);
                whole.load(context, weight, [of_one, taps_of_one], [outputs, inputs], place);
            }
        }
    }

    /// `out = source ∗ weight + bias` for a batch. `after` is called with each finished block and its place in the
    /// map.
    pub(super) fn forward<T: Send>(
        &self,
        job: Job,
        source: Source,
        out: &mut [f32],
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        self.forward.run(job, source, out, Exit::Bias(&self.bias), after)
    }
}

impl Convolution {
    /// Where the weight from channel `input` to channel `output` at row and column `at` of the kernel lies.
    pub(super) fn weight(&self, output: usize, input: usize, at: [usize; 2]) -> usize {
        ((output * self.inputs + input) * self.kernel + at[0]) * self.kernel + at[1]
    }

    /// Where in the kernel the weight from pixel `from` of the input to pixel `to` of the output lies, if there is one.
    fn tap(&self, from: usize, to: usize) -> Option<usize> {
        let axis = |from: usize, to: usize| {
            (from + self.padding.before).checked_sub(to * self.stride).filter(|&at| at < self.kernel)
        };
        let row = axis(from / self.side_in, to / self.side_out)?;
        Some(row * self.kernel + axis(from % self.side_in, to % self.side_out)?)
    }
}

impl Pass {
    /// Takes a batch from `source` to `out`. `after` is called with each finished block and its place in the map.
    pub(super) fn run<T: Send>(
        &self,
        job: Job,
        source: Source,
        out: &mut [f32],
        exit: Exit,
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        match self {
            Self::Tiles(tiles) => tiles.run(job, source, out, exit, after),
            Self::Patches(patches) => patches.run(job, source, out, exit, after),
            Self::Whole(whole) => whole.run(job, source, out, exit, after),
        }
    }

    pub(super) fn input(&self) -> Grid {
        match self {
            Self::Tiles(tiles) => tiles.input,
            Self::Patches(patches) => patches.input,
            Self::Whole(whole) => whole.input,
        }
    }

    pub(super) fn output(&self) -> Grid {
        match self {
            Self::Tiles(tiles) => tiles.output,
            Self::Patches(patches) => patches.output,
            Self::Whole(whole) => whole.output,
        }
    }

    /// Sixteenfold multiply-adds for one image, moves of memory among them by what they cost.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Tiles(tiles) => tiles.cost(),
            Self::Patches(patches) => patches.cost(),
            Self::Whole(whole) => whole.cost(),
        }
    }

    /// The method's name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tiles(_) => "Winograd",
            Self::Patches(_) => "patches",
            Self::Whole(_) => "matrix",
        }
    }
}

fn cheapest(tiles: Option<Pass>, others: [Pass; 2], price: Price) -> Pass {
    let [patches, whole] = others;
    let cheaper = |a: Pass, b: Pass| if price(&b) < price(&a) { b } else { a };
    let other = cheaper(patches, whole);
    match tiles {
        Some(tiles) => cheaper(tiles, other),
        None => other,
    }
}
