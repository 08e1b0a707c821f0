//! The fully connected top: the score of each image, and the gradient that it sends down.

use super::context::{Context, Job};
use super::lanes::{Curve, Curved, WithCurve, ZERO, lanes, load, padded, store};
use super::matrix::LANES;
use super::pointwise::Pointwise;
use rayon::prelude::*;

/// Values of the weight gradient that one task sums.
const SPAN: usize = 1024;

/// The top with its weights in the order height, width, channel.
pub(super) struct Top {
    inputs: usize,
    channels: usize,
    weight: Vec<f32>,
    bias: f32,
}

/// The map that the top reads, `[image, height, width, channel]`, and what happens to it first.
#[derive(Clone, Copy)]
pub(super) struct Below<'a> {
    pub(super) map: &'a [f32],
    pub(super) pointwise: Pointwise<'a>,
}

impl Top {
    pub(super) fn new(inputs: usize, side: usize) -> Self {
        let channels = padded(inputs);
        Self { inputs, channels, weight: vec![0.0; side * side * channels], bias: 0.0 }
    }

    /// Values of one image of the map below.
    pub(super) fn length(&self) -> usize {
        self.weight.len()
    }

    /// Prepares `weight` `[1, channel · height · width]`.
    pub(super) fn load(&mut self, weight: &[f32], bias: f32) {
        let positions = weight.len() / self.inputs;
        for (channel, plane) in weight.chunks_exact(positions).enumerate() {
            for (position, &value) in plane.iter().enumerate() {
                self.weight[position * self.channels + channel] = value;
            }
        }
        self.bias = bias;
    }

    /// Writes the score of each image.
    pub(super) fn score(&self, context: &Context, below: Below, scores: &mut [f32]) {
        let score = |(map, score): (&[f32], &mut f32)| *score = context.arch.dispatch(self.scoring(map, below));
        let images = below.map.par_chunks_exact(self.length());
        context.threads.run(|| images.zip(scores).for_each(score));
    }

    /// The gradient of `Σ weight[image] · score[image]` before the activation below, over `out`; writes the scores too
    /// where `scores` are wanted. `after` is called with each finished block and its place in the map.
    pub(super) fn gradient<T: Send>(
        &self,
        job: Job,
        below: Below,
        weights: &[f32],
        scores: Option<&mut [f32]>,
        out: &mut [f32],
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        let length = self.length();
        let context = job.context;
        let block = weights.len().div_ceil(4 * job.parts).max(1);
        let mut none = vec![0.0; weights.len()];
        let wanted = scores.is_some();
        let scores = scores.unwrap_or(&mut none);
        context.threads.run(|| {
            let blocks = out.par_chunks_mut(block * length).zip(weights.par_chunks(block));
            let blocks = blocks.zip(scores.par_chunks_mut(block)).enumerate();
            let finished = blocks.map(|(index, ((out, weights), scores))| {
                let start = index * block * length;
                let images = out.chunks_exact_mut(length).zip(below.map[start..].chunks_exact(length));
                for ((out, map), (&weight, score)) in images.zip(weights.iter().zip(scores)) {
                    if wanted {
                        *score = context.arch.dispatch(self.scoring(map, below));
                    }
                    let work = Returning { top: self, map, pointwise: below.pointwise, weight, out };
                    context.arch.dispatch(Curved { activation: below.pointwise.activation, work });
                }
                after(start, out)
            });
            finished.collect()
        })
    }

    /// The gradient of weight, in the order channel, height, width, and bias.
    pub(super) fn weight_gradient(&self, context: &Context, below: Below, weights: &[f32]) -> [Vec<f32>; 2] {
        let mut packed = vec![0.0; self.length()];
        let sum = |(index, sums): (usize, &mut [f32])| {
            let work = Adding { top: self, below, weights, first: index * SPAN, sums };
            context.arch.dispatch(Curved { activation: below.pointwise.activation, work });
        };
        context.threads.run(|| packed.par_chunks_mut(SPAN).enumerate().for_each(sum));
        let positions = self.length() / self.channels;
        let order = (0..self.inputs).flat_map(|c| (0..positions).map(move |position| position * self.channels + c));
        [order.map(|at| packed[at]).collect(), vec![weights.iter().sum()]]
    }

    fn scoring<'a>(&'a self, map: &'a [f32], below: Below<'a>) -> Curved<Scoring<'a>> {
        let Below { pointwise, .. } = below;
        Curved { activation: pointwise.activation, work: Scoring { top: self, map, pointwise } }
    }
}

/// The score of one image.
struct Scoring<'a> {
    top: &'a Top,
    map: &'a [f32],
    pointwise: Pointwise<'a>,
}

impl WithCurve for Scoring<'_> {
    type Output = f32;

    #[inline(always)]
    fn run(self, curve: impl Curve) -> f32 {
        let Self { top, map, pointwise } = self;
        let mut sums = ZERO;
        for pixel in (0..map.len()).step_by(top.channels) {
            for c in (0..top.channels).step_by(LANES) {
                let value = curve.value(pointwise.affine(map, pixel + c, c));
                let weight = load(&top.weight, pixel + c);
                sums = lanes(|i| sums[i] + value[i] * weight[i]);
            }
        }
        sums.iter().sum::<f32>() + top.bias
    }
}

/// The gradient that the top sends down to one image.
struct Returning<'a> {
    top: &'a Top,
    map: &'a [f32],
    pointwise: Pointwise<'a>,
    weight: f32,
    out: &'a mut [f32],
}

impl WithCurve for Returning<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, curve: impl Curve) {
        let Self { top, map, pointwise, weight, out } = self;
        for pixel in (0..map.len()).step_by(top.channels) {
            for c in (0..top.channels).step_by(LANES) {
                let row = load(&top.weight, pixel + c);
                let g = lanes(|i| weight * row[i]);
                store(out, pixel + c, curve.derive(pointwise.affine(map, pixel + c, c), g));
            }
        }
    }
}

/// Adds what some images contribute to some of the weight gradient.
struct Adding<'a> {
    top: &'a Top,
    below: Below<'a>,
    weights: &'a [f32],
    first: usize,
    sums: &'a mut [f32],
}

impl WithCurve for Adding<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, curve: impl Curve) {
        let Self { top, below, weights, first, sums } = self;
        for (map, &weight) in below.map.chunks_exact(top.length()).zip(weights) {
            for at in (0..sums.len()).step_by(LANES) {
                let value = curve.value(below.pointwise.affine(map, first + at, (first + at) % top.channels));
                let before = load(sums, at);
                store(sums, at, lanes(|i| before[i] + weight * value[i]));
            }
        }
    }
}
