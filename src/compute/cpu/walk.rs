//! The way of some images through all layers and back.

use super::context::{Context, Job};
use super::convolution::{Pass, PreparedConvolution, Price};
use super::image::Layout;
use super::lanes::{Buffer, padded};
use super::normalization::{Affine, GradientSums, Moments, Norm, Through};
use super::pointwise::{Entry, Exit, Pointwise, Source};
use super::tiles::Grid;
use super::top::{Below, Top};
use crate::compute::{Activation, Layer, RunningStatistics, Statistics};
use std::time::{Duration, Instant};

/// A convolution and what follows it.
pub(super) struct Stage {
    pub(super) convolution: PreparedConvolution,
    pub(super) norm: Option<Norm>,
    pub(super) activation: Option<Activation>,
}

/// The layers of a network.
pub(super) struct Layers {
    pub(super) stages: Vec<Stage>,
    pub(super) top: Top,
    /// Channels and side of the images.
    pub(super) input: (usize, usize),
}

/// Some images and the values of every layer for them.
#[derive(Default)]
pub(super) struct Maps {
    pub(super) images: usize,
    /// Parts that the work on them is cut into.
    parts: usize,
    image: Buffer,
    /// The output of each convolution, and what it becomes before the activation.
    outputs: Vec<Buffer>,
    affines: Vec<Affine>,
    gradient: [Buffer; 2],
    pub(super) scores: Vec<f32>,
    /// What each convolution, and last the top, took forward and backward.
    pub(super) times: Vec<[Duration; 2]>,
}

/// What the gradient is of, and how far it goes.
#[derive(Clone, Copy)]
pub(super) struct Return<'a> {
    pub(super) statistics: Statistics,
    /// The weight of each score in the function that is differentiated.
    pub(super) weights: &'a [f32],
    /// Parameter gradients are wanted, and not the image's.
    pub(super) learning: bool,
    /// The scores are there already.
    pub(super) scored: bool,
}

impl Layers {
    /// `None` unless `layers` are convolutions, each with at most a normalization and then an activation after it, and
    /// the fully connected top.
    pub(super) fn new(layers: &[Layer], price: Price) -> Option<Self> {
        let (&Layer::Dense { channels, side }, layers) = layers.split_last()? else { return None };
        let mut stages: Vec<Stage> = Vec::new();
        for layer in layers {
            match (*layer, stages.last_mut()) {
                (Layer::Convolution(shape), last) => {
                    let convolution = PreparedConvolution::new(shape, last.is_none(), price);
                    stages.push(Stage { convolution, norm: None, activation: None });
                }
                (Layer::BatchNorm { channels, .. }, Some(stage @ Stage { norm: None, activation: None, .. })) => {
                    stage.norm = Some(Norm::new(channels));
                }
                (Layer::Activation(activation), Some(stage @ Stage { activation: None, .. })) => {
                    stage.activation = Some(activation);
                }
                _ => return None,
            }
        }
        let first = stages.first()?.convolution.shape;
        Some(Self { stages, top: Top::new(channels, side), input: (first.inputs, first.side_in) })
    }

    /// Whether the images of a batch have to meet between the layers.
    pub(super) fn meet(&self, statistics: Statistics) -> bool {
        statistics == Statistics::Batch && self.stages.iter().any(|stage| stage.norm.is_some())
    }

    /// Room for `images` images, on which work is cut into `parts`.
    pub(super) fn room(&self, images: usize, parts: usize) -> Maps {
        let length = |stage: &Stage| images * stage.convolution.shape.side_out.pow(2) * stage.channels();
        Maps {
            images,
            parts,
            image: Buffer::zeros(images * self.layout_in().length()),
            outputs: self.stages.iter().map(|stage| Buffer::zeros(length(stage))).collect(),
            affines: self.stages.iter().map(|stage| Affine::identity(stage.convolution.shape.outputs)).collect(),
            gradient: Default::default(),
            scores: vec![0.0; images],
            times: vec![Default::default(); self.stages.len() + 1],
        }
    }

    /// Copies images `[image, channel, height, width]` in.
    pub(super) fn take(&self, context: &Context, maps: &mut Maps, images: &[f32]) {
        let layout = self.layout_in();
        let length = images.len() / maps.images;
        context.for_each_pair(images, length, &mut maps.image, layout.length(), |image, map| layout.pack(image, map));
    }

    /// Copies the image gradient out.
    pub(super) fn give(&self, context: &Context, maps: &Maps, gradient: &mut [f32]) {
        let layout = self.layout(&self.stages[0].convolution.backward, Pass::output);
        let length = gradient.len() / maps.images;
        let map = &maps.gradient[0];
        context.for_each_pair(map, layout.length(), gradient, length, |map, image| layout.unpack(map, image));
    }

    fn layout_in(&self) -> Layout {
        self.layout(&self.stages[0].convolution.forward, Pass::input)
    }

    fn layout(&self, pass: &Pass, grid: impl Fn(&Pass) -> Grid) -> Layout {
        let (channels, side) = self.input;
        let packed = matches!(pass, Pass::Tiles(_));
        let phases = if packed { self.stages[0].convolution.shape.stride } else { 1 };
        Layout::new(channels, side, phases, grid(pass))
    }

    /// What convolution `index` reads.
    fn source<'a>(&'a self, maps: &'a Maps, index: usize) -> Source<'a> {
        let channels = self.stages[index].convolution.forward.input().channels;
        let (map, entry) = match index.checked_sub(1) {
            None => (&maps.image[..], Entry::Raw),
            Some(below) => (&maps.outputs[below][..], Entry::Activated(self.pointwise(maps, below))),
        };
        Source { map, channels, entry }
    }

    fn pointwise<'a>(&self, maps: &'a Maps, index: usize) -> Pointwise<'a> {
        let Affine { scale, shift, .. } = &maps.affines[index];
        Pointwise { scale, shift, activation: self.stages[index].activation }
    }

    /// What the top reads.
    fn below<'a>(&self, maps: &'a Maps) -> Below<'a> {
        let last = self.stages.len() - 1;
        Below { map: &maps.outputs[last], pointwise: self.pointwise(maps, last) }
    }

    /// Takes the images through all convolutions. Returns their own statistics where they were gathered.
    pub(super) fn forward(
        &self,
        context: &Context,
        maps: &mut Maps,
        statistics: Statistics,
        gather: bool,
    ) -> Vec<RunningStatistics> {
        let mut gathered = Vec::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let started = Instant::now();
            let mut out = std::mem::take(&mut maps.outputs[index]);
            let (channels, gather) = (stage.channels(), gather && stage.norm.is_some());
            let moments = |_, pixels: &mut [f32]| gather.then(|| Moments::of(context.arch, pixels, channels));
            let parts = stage.convolution.forward(maps.job(context), self.source(maps, index), &mut out, moments);
            let parts: Vec<Moments> = parts.into_iter().flatten().collect();
            maps.outputs[index] = out;
            if let Some(norm) = &stage.norm {
                let own = (!parts.is_empty()).then(|| Moments::merge(&parts, norm.channels));
                let used = match (statistics, &own) {
                    (Statistics::Batch, Some(own)) => own,
                    _ => &norm.running,
                };
                maps.affines[index] = Affine::normalizing(norm, used);
                gathered.extend(own);
            }
            maps.times[index][0] = started.elapsed();
        }
        gathered
    }

    /// Writes the scores.
    pub(super) fn score(&self, context: &Context, maps: &mut Maps) {
        let mut scores = std::mem::take(&mut maps.scores);
        self.top.score(context, self.below(maps), &mut scores);
        maps.scores = scores;
    }

    /// Takes the gradient back to the image, or to the first convolution where parameter gradients are wanted: these
    /// are returned, those of the last layer first.
    pub(super) fn backward(&self, context: &Context, maps: &mut Maps, way: Return) -> Vec<Vec<f32>> {
        let mut tensors = Vec::new();
        let last = self.stages.len() - 1;
        let [mut above, mut below] = std::mem::take(&mut maps.gradient);
        let (mut scores, mut times) = (std::mem::take(&mut maps.scores), std::mem::take(&mut maps.times));
        let started = Instant::now();
        let input = self.below(maps);
        if way.learning {
            let [weight, bias] = self.top.weight_gradient(context, input, way.weights);
            tensors.extend([bias, weight]);
        }
        above.resize(maps.outputs[last].len());
        let wanted = (!way.scored).then_some(&mut scores[..]);
        let after = |start, g: &mut [f32]| self.sums(context, maps, last, way, start, g);
        let mut sums = self.top.gradient(maps.job(context), input, way.weights, wanted, &mut above, after);
        times[last + 1][1] = started.elapsed();
        for index in (0..=last).rev() {
            let started = Instant::now();
            let stage = &self.stages[index];
            let total = GradientSums::merge(std::mem::take(&mut sums).into_iter().flatten().collect());
            let through = stage.through(&maps.affines[index], way.statistics, &total, maps.images);
            let source = stage.gradient_source(&above, &maps.outputs[index], &maps.affines[index], through.as_ref());
            if way.learning {
                tensors.extend(stage.small_gradients(&maps.affines[index], way.statistics, &total));
                let input = self.source(maps, index);
                tensors.push(stage.convolution.weight_gradient(context, maps.images, &input, &source));
                if index == 0 {
                    break;
                }
            }
            let backward = &stage.convolution.backward;
            let grid = backward.output();
            below.resize(maps.images * grid.side * grid.side * grid.channels);
            sums = match index.checked_sub(1) {
                None => backward.run(maps.job(context), source, &mut below, Exit::Raw, |_, _| None),
                Some(next) => {
                    let exit = Exit::Derivative { pointwise: self.pointwise(maps, next), values: &maps.outputs[next] };
                    let after = |start, g: &mut [f32]| self.sums(context, maps, next, way, start, g);
                    backward.run(maps.job(context), source, &mut below, exit, after)
                }
            };
            std::mem::swap(&mut above, &mut below);
            times[index][1] = started.elapsed();
        }
        (maps.gradient, maps.scores, maps.times) = ([above, below], scores, times);
        tensors
    }

    /// The sums that the gradient needs to pass the normalization of stage `index`, of a block that begins at `start`.
    fn sums(
        &self,
        context: &Context,
        maps: &Maps,
        index: usize,
        way: Return,
        start: usize,
        g: &mut [f32],
    ) -> Option<GradientSums> {
        let needed = way.learning || self.stages[index].norm.is_some() && way.statistics == Statistics::Batch;
        let values = &maps.outputs[index][start..start + g.len()];
        needed.then(|| GradientSums::of(context.arch, g, values, &maps.affines[index].mean))
    }
}

impl Maps {
    fn job<'a>(&self, context: &'a Context) -> Job<'a> {
        Job { context, images: self.images, parts: self.parts }
    }
}

impl Stage {
    /// Values of one pixel of the convolution's output.
    fn channels(&self) -> usize {
        padded(self.convolution.shape.outputs)
    }

    /// How the gradient passes the normalization, where there is one.
    fn through(&self, affine: &Affine, statistics: Statistics, sums: &GradientSums, images: usize) -> Option<Through> {
        let positions = images * self.convolution.shape.side_out.pow(2);
        self.norm.as_ref().map(|_| match statistics {
            Statistics::Batch => Through::batch(affine, sums, positions),
            Statistics::Frozen => Through::Frozen,
        })
    }

    /// The gradient of the convolution's output, from that of the normalization's, `gradient`.
    fn gradient_source<'a>(
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
        Source { map: gradient, channels: self.channels(), entry }
    }

    /// The gradients of the normalization's bias and weight, if there is one, and of the convolution's bias.
    fn small_gradients(&self, affine: &Affine, statistics: Statistics, sums: &GradientSums) -> Vec<Vec<f32>> {
        let outputs = self.convolution.shape.outputs;
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
