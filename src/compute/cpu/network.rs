//! A network on the CPU: its convolutions with prepared weights, each with the normalization and activation after it,
//! and the maps of the batch at hand. A batch goes through one convolution after the other, cut into blocks whose
//! bounds depend on shapes alone, so results are the same bits for any number of threads.

use super::context::Context;
use super::convolution::{Pass, PreparedConvolution, Price};
use super::image::Layout;
use super::lanes::{Buffer, padded};
use super::normalization::{Affine, GradientSums, Moments, Norm, Through};
use super::pointwise::{Entry, Exit, Pointwise, Source};
use super::top::{Below, Top};
use crate::compute::host_chain::HostChain;
use crate::compute::{
    Activation, ComputeError, Convolution, Images, Layer, LayerTime, Movement, NoiseKey, ParameterGradient,
    ParameterSet, PreparedNetwork, RunningStatistics, Statistics, StepReport, Threads,
};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// A convolution and what follows it.
struct Stage {
    convolution: PreparedConvolution,
    norm: Option<Norm>,
    activation: Option<Activation>,
    /// The convolution's output for the batch at hand, and what it becomes before the activation.
    map: Buffer,
    affine: Affine,
}

/// See the module's text.
pub(in crate::compute) struct CpuNetwork {
    context: Context,
    stages: Vec<Stage>,
    top: Top,
    /// Channels and side of the images.
    input: (usize, usize),
    batch: usize,
    image: Buffer,
    gradient: [Buffer; 2],
    scores: Vec<f32>,
    /// What each convolution, and last the top, took forward and backward.
    times: Vec<[Duration; 2]>,
    chain: Option<HostChain>,
}

impl CpuNetwork {
    /// Prepares `layers`, if they are convolutions, each with at most a normalization and then an activation after it,
    /// and the fully connected top.
    pub(in crate::compute) fn new(layers: &[Layer], threads: Threads) -> Option<Self> {
        Self::with(layers, Context::new(threads), &Pass::cost)
    }

    /// The same for a given instruction set and price of each way to convolve.
    pub(super) fn with(layers: &[Layer], context: Context, price: Price) -> Option<Self> {
        let (&Layer::Dense { channels, side }, layers) = layers.split_last()? else { return None };
        let mut stages: Vec<Stage> = Vec::new();
        for layer in layers {
            match (*layer, stages.last_mut()) {
                (Layer::Convolution(shape), last) => {
                    let convolution = PreparedConvolution::new(shape, last.is_none(), price);
                    let affine = Affine::identity(shape.outputs);
                    stages.push(Stage { convolution, norm: None, activation: None, map: Buffer::default(), affine });
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
        let (first, count) = (stages.first()?.convolution.shape, stages.len());
        Some(Self {
            context,
            stages,
            top: Top::new(channels, side),
            input: (first.inputs, first.side_in),
            batch: 0,
            image: Buffer::default(),
            gradient: Default::default(),
            scores: Vec::new(),
            times: vec![Default::default(); count + 1],
            chain: None,
        })
    }

    fn layout(&self, pass: &Pass, map: super::tiles::Grid) -> Layout {
        let (channels, side) = self.input;
        let phases = if matches!(pass, Pass::Tiles(_)) { self.stages[0].convolution.shape.stride } else { 1 };
        Layout { side, channels, phases, map }
    }

    /// Checks the images' shape, makes room for them and copies them in.
    fn take(&mut self, images: &Images) -> Result<(), ComputeError> {
        let (channels, side) = self.input;
        let found = images.shape();
        if found[0] == 0 || found[1..] != [channels, side, side] {
            return Err(ComputeError::Shape { found, channels, side });
        }
        let forward = &self.stages[0].convolution.forward;
        let layout = self.layout(forward, forward.input());
        if self.batch != images.count() {
            self.batch = images.count();
            self.image = Buffer::zeros(self.batch * layout.length());
            for stage in &mut self.stages {
                let shape = stage.convolution.shape;
                stage.map = Buffer::zeros(self.batch * shape.side_out.pow(2) * padded(shape.outputs));
            }
            self.scores = vec![0.0; self.batch];
        }
        let pack = |(map, image): (&mut [f32], &[f32])| layout.pack(image, map);
        let (map, length) = (&mut self.image, images.image_len());
        self.context.threads.run(|| {
            map.par_chunks_exact_mut(layout.length()).zip(images.data().par_chunks_exact(length)).for_each(pack);
        });
        Ok(())
    }

    /// What convolution `index` reads.
    fn source(&self, index: usize) -> Source<'_> {
        let grid = self.stages[index].convolution.forward.input();
        let (map, entry) = match index.checked_sub(1) {
            None => (&self.image[..], Entry::Raw),
            Some(below) => (&self.stages[below].map[..], Entry::Activated(self.stages[below].pointwise())),
        };
        Source { map, channels: grid.channels, entry }
    }

    /// Takes the batch through all convolutions. Returns the batch's own statistics where they were gathered.
    fn forward(&mut self, statistics: Statistics, gather: bool) -> Vec<RunningStatistics> {
        let mut gathered = Vec::new();
        for index in 0..self.stages.len() {
            let started = Instant::now();
            let mut map = std::mem::take(&mut self.stages[index].map);
            let stage = &self.stages[index];
            let channels = padded(stage.convolution.shape.outputs);
            let gather = gather && stage.norm.is_some();
            let (context, source) = (&self.context, self.source(index));
            let moments = |_, pixels: &mut [f32]| gather.then(|| Moments::of(context.arch, pixels, channels));
            let parts = stage.convolution.forward(context, self.batch, source, &mut map, moments);
            let parts: Vec<Moments> = parts.into_iter().flatten().collect();
            let stage = &mut self.stages[index];
            stage.map = map;
            self.times[index][0] = started.elapsed();
            let Some(norm) = &stage.norm else { continue };
            let own = (!parts.is_empty()).then(|| Moments::merge(&parts, norm.channels));
            let used = match (statistics, &own) {
                (Statistics::Batch, Some(own)) => own,
                _ => &norm.running,
            };
            stage.affine = Affine::normalizing(norm, used);
            gathered.extend(own);
        }
        gathered
    }

    /// Takes the gradient of `Σ weight · score` back to the image; with `learning`, to the first convolution only, and
    /// returns the parameter gradients, those of the last layer first. `scored` says that the scores are there.
    fn backward(&mut self, statistics: Statistics, weights: &[f32], learning: bool, scored: bool) -> Vec<Vec<f32>> {
        let mut tensors = Vec::new();
        let mut started = Instant::now();
        let [mut above, mut below] = std::mem::take(&mut self.gradient);
        let last = self.stages.len() - 1;
        above.resize(self.stages[last].map.len());
        let mut scores = std::mem::take(&mut self.scores);
        let mut sums = {
            let stage = &self.stages[last];
            let input = Below { map: &stage.map, pointwise: stage.pointwise() };
            if learning {
                let [weight, bias] = self.top.weight_gradient(&self.context, input, weights);
                tensors.extend([bias, weight]);
            }
            let wanted = (!scored).then_some(&mut scores[..]);
            let after = |start, g: &mut [f32]| self.sums(stage, statistics, learning, start, g);
            self.top.gradient(&self.context, input, weights, wanted, &mut above, after)
        };
        self.scores = scores;
        let mut times = std::mem::take(&mut self.times);
        times[last + 1][1] = started.elapsed();
        for index in (0..=last).rev() {
            started = Instant::now();
            let stage = &self.stages[index];
            let total = GradientSums::merge(std::mem::take(&mut sums).into_iter().flatten().collect());
            let through = stage.through(statistics, &total, self.batch);
            let source = stage.gradient_source(&above, through.as_ref(), statistics);
            if learning {
                let shape = stage.convolution.shape;
                if stage.norm.is_some() {
                    let centred = total.centred.iter().zip(&stage.affine.deviation);
                    let weight = centred.map(|(sum, deviation)| (sum * f64::from(*deviation)) as f32);
                    let bias = total.gradient.iter().map(|&sum| sum as f32);
                    tensors.extend([bias.take(shape.outputs).collect(), weight.take(shape.outputs).collect()]);
                }
                let input = self.source(index);
                let weight = stage.convolution.weight_gradient(&self.context, self.batch, &input, &source);
                tensors.extend([stage.bias_gradient(statistics, &total), weight]);
                if index == 0 {
                    break;
                }
            }
            let backward = &stage.convolution.backward;
            let grid = backward.output();
            below.resize(self.batch * grid.side * grid.side * grid.channels);
            sums = match index.checked_sub(1).map(|index| &self.stages[index]) {
                None => backward.run(&self.context, self.batch, source, &mut below, Exit::Raw, |_, _| None),
                Some(next) => {
                    let exit = Exit::Derivative { pointwise: next.pointwise(), values: &next.map };
                    let after = |start, g: &mut [f32]| self.sums(next, statistics, learning, start, g);
                    backward.run(&self.context, self.batch, source, &mut below, exit, after)
                }
            };
            std::mem::swap(&mut above, &mut below);
            times[index][1] = started.elapsed();
        }
        self.times = times;
        self.gradient = [above, below];
        tensors
    }

    /// The sums that the gradient needs to pass the normalization of `stage`, of a block that begins at `start`.
    fn sums(
        &self,
        stage: &Stage,
        statistics: Statistics,
        learning: bool,
        start: usize,
        g: &mut [f32],
    ) -> Option<GradientSums> {
        let needed = learning || stage.norm.is_some() && statistics == Statistics::Batch;
        let values = &stage.map[start..start + g.len()];
        needed.then(|| GradientSums::of(self.context.arch, g, values, &stage.affine.mean))
    }
}

impl Stage {
    fn pointwise(&self) -> Pointwise<'_> {
        Pointwise { scale: &self.affine.scale, shift: &self.affine.shift, activation: self.activation }
    }

    /// How the gradient passes the normalization, if that depends on the batch.
    fn through(&self, statistics: Statistics, sums: &GradientSums, batch: usize) -> Option<Through> {
        let positions = batch * self.convolution.shape.side_out.pow(2);
        let through = || Through::batch(&self.affine, sums, positions);
        (self.norm.is_some() && statistics == Statistics::Batch).then(through)
    }

    /// The gradient of the convolution's output, from that of the normalization's, `gradient`.
    fn gradient_source<'a>(
        &'a self,
        gradient: &'a [f32],
        through: Option<&'a Through>,
        statistics: Statistics,
    ) -> Source<'a> {
        let shape = self.convolution.shape;
        let entry = match (through, &self.norm) {
            (Some(Through { slope, curve, offset }), _) => {
                Entry::Normalized { slope, curve, offset, values: &self.map }
            }
            (None, Some(_)) if statistics == Statistics::Frozen => Entry::Scaled(&self.affine.scale),
            _ => Entry::Raw,
        };
        Source { map: gradient, channels: padded(shape.outputs), entry }
    }

    /// A bias before a normalization by the batch's own statistics moves nothing.
    fn bias_gradient(&self, statistics: Statistics, sums: &GradientSums) -> Vec<f32> {
        let moves = self.norm.is_none() || statistics == Statistics::Frozen;
        let of = |(sum, scale): (&f64, &f32)| if moves { (sum * f64::from(*scale)) as f32 } else { 0.0 };
        sums.gradient.iter().zip(&self.affine.scale).map(of).take(self.convolution.shape.outputs).collect()
    }
}

impl PreparedNetwork for CpuNetwork {
    fn layer_times(&self) -> Vec<LayerTime> {
        let mut times = self.times.iter();
        let mut time = |name: String, flops: u64| {
            let [forward, backward] = times.next().copied().unwrap_or_default();
            LayerTime { name, forward, backward, flops }
        };
        let mut rows = Vec::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let Convolution { inputs, outputs, kernel, stride, side_out, .. } = stage.convolution.shape;
            let ways = [stage.convolution.forward.name(), stage.convolution.backward.name()];
            let way = if ways[0] == ways[1] { ways[0].to_string() } else { ways.join(" / ") };
            let name = format!("conv{index} {kernel}×{kernel}/{stride} {inputs}→{outputs}, {way}");
            let flops = 2 * self.batch * side_out.pow(2) * outputs * inputs * kernel.pow(2);
            rows.push(time(name, flops as u64));
        }
        rows.push(time("fc".into(), 2 * (self.batch * self.top.length()) as u64));
        rows
    }

    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        let mut tensors = parameters.tensors.iter().map(|tensor| tensor.data.as_slice());
        let mut running = parameters.statistics.iter();
        let mut next = || tensors.next().ok_or_else(|| ComputeError::Device("a parameter tensor is missing".into()));
        for stage in &mut self.stages {
            stage.convolution.load(&self.context, next()?, next()?);
            if let Some(norm) = &mut stage.norm {
                norm.weight.copy_from_slice(next()?);
                norm.bias.copy_from_slice(next()?);
                if let Some(running) = running.next() {
                    norm.running = running.clone();
                }
            }
        }
        let (weight, bias) = (next()?, next()?);
        self.top.load(weight, bias[0]);
        Ok(())
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.take(images)?;
        self.forward(statistics, statistics == Statistics::Batch);
        self.read_scores();
        Ok(self.scores.clone())
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.take(images)?;
        self.forward(statistics, statistics == Statistics::Batch);
        self.backward(statistics, &vec![1.0; images.count()], false, false);
        if gradient.shape() != images.shape() {
            *gradient = Images::zeros(images.shape());
        }
        let backward = &self.stages[0].convolution.backward;
        let layout = self.layout(backward, backward.output());
        let (map, length) = (&self.gradient[0], images.image_len());
        let unpack = |(map, image): (&[f32], &mut [f32])| layout.unpack(map, image);
        self.context.threads.run(|| {
            let images = gradient.data_mut().par_chunks_exact_mut(length);
            map.par_chunks_exact(layout.length()).zip(images).for_each(unpack);
        });
        Ok(self.scores.clone())
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        self.take(images)?;
        let statistics_of_batch = self.forward(statistics, true);
        self.read_scores();
        let score = self.scores.clone();
        let mut tensors = self.backward(statistics, &weights(&score), true, true);
        tensors.reverse();
        Ok(ParameterGradient { score, tensors, statistics: statistics_of_batch })
    }

    fn place(&mut self, state: &Images, mask: Option<&Images>) -> Result<(), ComputeError> {
        self.chain = Some(HostChain::new(state, mask)?);
        Ok(())
    }

    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError> {
        let mut chain = self.chain.take().ok_or(ComputeError::NoChain)?;
        let threads = self.context.threads.clone();
        let stepped = chain.step(self, &threads, statistics, movement, key);
        self.chain = Some(chain);
        stepped
    }

    fn chain_state(&mut self) -> Result<Images, ComputeError> {
        Ok(HostChain::of(self.chain.as_ref())?.state().clone())
    }

    fn chain_gradient(&mut self) -> Result<Images, ComputeError> {
        Ok(HostChain::of(self.chain.as_ref())?.gradient().clone())
    }

    fn chain_report(&mut self) -> Result<StepReport, ComputeError> {
        Ok(HostChain::of(self.chain.as_ref())?.report())
    }
}

impl CpuNetwork {
    fn read_scores(&mut self) {
        let last = &self.stages[self.stages.len() - 1];
        let below = Below { map: &last.map, pointwise: last.pointwise() };
        self.top.score(&self.context, below, &mut self.scores);
    }
}
