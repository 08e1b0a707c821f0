//! The way of some images through all stages and back.

use super::context::{Context, Job};
use super::convolution::{Pass, Price};
use super::image::Layout;
use super::lanes::Buffer;
use super::local::{self, Local};
use super::normalization::{Affine, GradientSums, Moments};
use super::pointwise::{Entry, Exit, Pointwise, Source};
use super::stage::{Operation, Stage, stages};
use super::top::{Below, Top};
use crate::compute::{Layer, RunningStatistics, Statistics};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// The layers of a network.
pub(super) struct Layers {
    pub(super) stages: Vec<Stage>,
    pub(super) top: Top,
    /// Channels and side of the images.
    pub(super) input: (usize, usize),
    /// Channels and side of what the top reads.
    pub(super) output: (usize, usize),
    /// How images lie in the map that the first convolution reads, and in the gradient that it returns.
    layouts: [Layout; 2],
    /// Values of one pixel of what the first convolution reads.
    image_channels: usize,
}

/// Some images and the values of every stage for them.
#[derive(Default)]
pub(super) struct Maps {
    pub(super) images: usize,
    /// Parts that the work on them is cut into.
    parts: usize,
    image: Buffer,
    /// The output of each stage, and what it becomes before the activation.
    pub(super) outputs: Vec<Buffer>,
    affines: Vec<Affine>,
    image_gradient: Buffer,
    /// Room for gradients on their way.
    pub(super) spare: Vec<Buffer>,
    pub(super) scores: Vec<f32>,
    /// What each stage, and last the top, took forward and backward.
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

/// The gradient of a stage's output, and the sums of its blocks where it needs them.
pub(super) struct Arrived {
    pub(super) map: Buffer,
    pub(super) sums: Vec<Option<GradientSums>>,
}

impl Layers {
    /// `None` unless `layers` are stages that are known here, and the fully connected top.
    pub(super) fn new(layers: &[Layer], price: Price) -> Option<Self> {
        let (&Layer::Dense { channels, side }, layers) = layers.split_last()? else { return None };
        let stages = stages(layers, price)?;
        let Operation::Convolution(first) = &stages.first()?.operation else { return None };
        let input = (first.shape.inputs, first.shape.side_in);
        let layout = |pass: &Pass, grid| {
            let phases = if matches!(pass, Pass::Tiles(_)) { first.shape.stride } else { 1 };
            Layout::new(input.0, input.1, phases, grid)
        };
        let layouts = [layout(&first.forward, first.forward.input()), layout(&first.backward, first.backward.output())];
        let image_channels = first.forward.input().channels;
        Some(Self { top: Top::new(channels, side), input, output: (channels, side), layouts, image_channels, stages })
    }

    /// Whether the images of a batch have to meet between the layers.
    pub(super) fn meet(&self, statistics: Statistics) -> bool {
        statistics == Statistics::Batch && self.stages.iter().any(|stage| stage.norm.is_some())
    }

    /// Room for `images` images, on which work is cut into `parts`.
    pub(super) fn room(&self, images: usize, parts: usize) -> Maps {
        Maps {
            images,
            parts,
            image: Buffer::zeros(images * self.layouts[0].length()),
            outputs: self.stages.iter().map(|stage| Buffer::zeros(images * stage.size.length())).collect(),
            affines: self.stages.iter().map(|stage| Affine::identity(stage.size.channels)).collect(),
            scores: vec![0.0; images],
            times: vec![Default::default(); self.stages.len() + 1],
            ..Maps::default()
        }
    }

    /// Copies images `[image, channel, height, width]` in.
    pub(super) fn take(&self, context: &Context, maps: &mut Maps, images: &[f32]) {
        let layout = &self.layouts[0];
        let length = images.len() / maps.images;
        context.for_each_pair(images, length, &mut maps.image, layout.length(), |image, map| layout.pack(image, map));
    }

    /// Copies the image gradient out.
    pub(super) fn give(&self, context: &Context, maps: &Maps, gradient: &mut [f32]) {
        let layout = &self.layouts[1];
        let length = gradient.len() / maps.images;
        let map = &maps.image_gradient;
        context.for_each_pair(map, layout.length(), gradient, length, |map, image| layout.unpack(map, image));
    }

    /// What a stage reads, or a shortcut.
    fn source<'a>(&'a self, maps: &'a Maps, input: Option<usize>) -> Source<'a> {
        match input {
            None => Source { map: &maps.image, channels: self.image_channels, entry: Entry::Raw },
            Some(below) => Source {
                map: &maps.outputs[below],
                channels: self.stages[below].size.channels,
                entry: Entry::Activated(self.pointwise(maps, below)),
            },
        }
    }

    fn pointwise<'a>(&self, maps: &'a Maps, index: usize) -> Pointwise<'a> {
        let Affine { scale, shift, .. } = &maps.affines[index];
        Pointwise { scale, shift, activation: self.stages[index].activation }
    }

    /// What the top reads.
    pub(super) fn below<'a>(&self, maps: &'a Maps) -> Below<'a> {
        let last = self.stages.len() - 1;
        Below { map: &maps.outputs[last], pointwise: self.pointwise(maps, last) }
    }

    /// Takes the images through all stages. Returns their own statistics where they were gathered.
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
            let parts = self.compute(context, maps, stage, gather && stage.norm.is_some(), &mut out);
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

    /// Writes the output of `stage`. Returns the moments of its blocks if asked to `gather` them.
    fn compute(&self, context: &Context, maps: &Maps, stage: &Stage, gather: bool, out: &mut [f32]) -> Vec<Moments> {
        let (job, source) = (maps.job(context), self.source(maps, stage.input));
        match &stage.operation {
            Operation::Convolution(convolution) => {
                let channels = stage.size.channels;
                let moments = |_, pixels: &mut [f32]| gather.then(|| Moments::of(context.arch, pixels, channels));
                return convolution.forward(job, source, out, moments).into_iter().flatten().collect();
            }
            Operation::Local(operation) => {
                if let Some(below) = stage.input {
                    operation.forward(job, source, [self.stages[below].size, stage.size], out);
                }
            }
            Operation::Sum { shortcut } => {
                local::sum(job, [source, self.source(maps, Some(*shortcut))], stage.size, out);
            }
        }
        Vec::new()
    }

    /// Writes the scores.
    pub(super) fn score(&self, context: &Context, maps: &mut Maps) {
        let mut scores = std::mem::take(&mut maps.scores);
        self.top.score(context, self.below(maps), &mut scores);
        maps.scores = scores;
    }

    /// Takes the gradient of the scores back to the image, or to the first convolution where parameter gradients are
    /// wanted: these are returned, those of the last layer first.
    pub(super) fn backward(&self, context: &Context, maps: &mut Maps, way: Return) -> Vec<Vec<f32>> {
        let mut tensors = Vec::new();
        let last = self.stages.len() - 1;
        let mut scores = std::mem::take(&mut maps.scores);
        let started = Instant::now();
        let mut map = maps.spare.pop().unwrap_or_default();
        let input = self.below(maps);
        if way.learning {
            let [weight, bias] = self.top.weight_gradient(context, input, way.weights);
            tensors.extend([bias, weight]);
        }
        map.resize(maps.outputs[last].len());
        let wanted = (!way.scored).then_some(&mut scores[..]);
        let after = |start, g: &mut [f32]| self.sums(context, maps, last, way, start, g);
        let sums = self.top.gradient(maps.job(context), input, way.weights, wanted, &mut map, after);
        maps.scores = scores;
        maps.times[last + 1][1] = started.elapsed();
        tensors.extend(self.descend(context, maps, way, Arrived { map, sums }));
        tensors
    }

    /// Takes the gradient of the last stage's output down through all stages.
    pub(super) fn descend(&self, context: &Context, maps: &mut Maps, way: Return, arriving: Arrived) -> Vec<Vec<f32>> {
        let mut tensors = Vec::new();
        let last = self.stages.len() - 1;
        let mut times = std::mem::take(&mut maps.times);
        let (mut spare, mut image) = (std::mem::take(&mut maps.spare), std::mem::take(&mut maps.image_gradient));
        let mut arrived: Vec<Option<Arrived>> = self.stages.iter().map(|_| None).collect();
        arrived[last] = Some(arriving);
        for index in (0..=last).rev() {
            let started = Instant::now();
            let (stage, affine) = (&self.stages[index], &maps.affines[index]);
            let Some(Arrived { map: above, sums }) = arrived[index].take() else { continue };
            let total = self.total(context, maps, index, way, &above, sums);
            let through = stage.through(affine, way.statistics, &total, maps.images);
            let source = stage.gradient_source(&above, &maps.outputs[index], affine, through.as_ref());
            if way.learning {
                tensors.extend(self.parameter_gradients(context, maps, index, way, &total, &source));
            }
            for input in stage.inputs().filter(|input| input.is_some() || !way.learning) {
                let room = if input.is_some() { spare.pop().unwrap_or_default() } else { std::mem::take(&mut image) };
                let sent = self.send(context, maps, stage, way, source, (input, room));
                match input {
                    None => image = sent.map,
                    Some(below) => spare.extend(self.arrive(maps.job(context), below, &mut arrived[below], sent)),
                }
            }
            spare.push(above);
            times[index][1] = started.elapsed();
        }
        (maps.spare, maps.image_gradient, maps.times) = (spare, image, times);
        tensors
    }

    /// The gradient of what a stage reads from stage `input`, or from the images, in the buffer `map`.
    fn send(
        &self,
        context: &Context,
        maps: &Maps,
        stage: &Stage,
        way: Return,
        source: Source,
        (input, mut map): (Option<usize>, Buffer),
    ) -> Arrived {
        let job = maps.job(context);
        let exit = match input {
            None => Exit::Raw,
            Some(below) => Exit::Derivative { pointwise: self.pointwise(maps, below), values: &maps.outputs[below] },
        };
        let after = |start, g: &mut [f32]| self.sums(context, maps, input?, way, start, g);
        let size = input.map_or(stage.size, |below| self.stages[below].size);
        let sums = match &stage.operation {
            Operation::Convolution(convolution) => {
                let grid = convolution.backward.output();
                map.resize(maps.images * grid.side * grid.side * grid.channels);
                convolution.backward.run(job, source, &mut map, exit, after)
            }
            Operation::Local(operation) => {
                map.resize(maps.images * size.length());
                let sources = [self.source(maps, input), source];
                operation.backward(job, sources, [size, stage.size], &mut map, exit, after)
            }
            Operation::Sum { .. } => {
                map.resize(maps.images * size.length());
                local::sum_back(job, source, size, &mut map, exit, after)
            }
        };
        Arrived { map, sums }
    }

    /// Adds what was sent to what is there. Returns a buffer that is free again.
    fn arrive(&self, job: Job, index: usize, place: &mut Option<Arrived>, sent: Arrived) -> Option<Buffer> {
        match place {
            Some(there) => {
                local::add(job, self.stages[index].size, &mut there.map, &sent.map);
                Some(sent.map)
            }
            None => {
                *place = Some(sent);
                None
            }
        }
    }

    /// The gradients of the parameters of stage `index`, the last first; `source` is the gradient of its operation's
    /// output.
    fn parameter_gradients(
        &self,
        context: &Context,
        maps: &Maps,
        index: usize,
        way: Return,
        total: &GradientSums,
        source: &Source,
    ) -> Vec<Vec<f32>> {
        let stage = &self.stages[index];
        let input = self.source(maps, stage.input);
        match &stage.operation {
            Operation::Convolution(convolution) => {
                let outputs = convolution.shape.outputs;
                let mut tensors = stage.small_gradients(outputs, &maps.affines[index], way.statistics, total);
                tensors.push(convolution.weight_gradient(context, maps.images, &input, source));
                tensors
            }
            Operation::Local(Local::GroupNorm(norm)) => {
                norm.small_gradients(context, stage.size, input, source.map).into()
            }
            Operation::Local(Local::Pool(_)) | Operation::Sum { .. } => Vec::new(),
        }
    }

    /// Whether the gradient of stage `index` has to be summed over all pixels: to pass its normalization, or for its
    /// convolution's bias.
    fn summed(&self, index: usize, way: Return) -> bool {
        let stage = &self.stages[index];
        let normalizes = stage.norm.is_some() && way.statistics == Statistics::Batch;
        matches!(stage.operation, Operation::Convolution(_)) && (way.learning || normalizes)
    }

    /// The sums of a block of stage `index`'s gradient that begins at `start`, if the gradient is whole with it.
    pub(super) fn sums(
        &self,
        context: &Context,
        maps: &Maps,
        index: usize,
        way: Return,
        start: usize,
        g: &mut [f32],
    ) -> Option<GradientSums> {
        let needed = self.stages[index].readers == 1 && self.summed(index, way);
        let values = &maps.outputs[index][start..start + g.len()];
        needed.then(|| GradientSums::of(context.arch, g, values, &maps.affines[index].mean))
    }

    /// The sums of the whole gradient of stage `index`: of its blocks, or, where it came from several readers, anew.
    fn total(
        &self,
        context: &Context,
        maps: &Maps,
        index: usize,
        way: Return,
        gradient: &[f32],
        sums: Vec<Option<GradientSums>>,
    ) -> GradientSums {
        if self.stages[index].readers == 1 || !self.summed(index, way) {
            return GradientSums::merge(sums.into_iter().flatten().collect());
        }
        let length = self.stages[index].size.length();
        let images = gradient.par_chunks_exact(length).zip(maps.outputs[index].par_chunks_exact(length));
        let of = |(g, values): (&[f32], &[f32])| GradientSums::of(context.arch, g, values, &maps.affines[index].mean);
        GradientSums::merge(context.threads.run(|| images.map(of).collect()))
    }
}

impl Maps {
    pub(super) fn job<'a>(&self, context: &'a Context) -> Job<'a> {
        Job { context, images: self.images, parts: self.parts }
    }
}
