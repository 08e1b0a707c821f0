//! A network on the CPU: its layers with packed weights, and the batch cut into chunks of images that go through
//! all layers together. Chunks and the groups that sum parameter gradients depend on sizes alone, never on the
//! number of threads, so results are the same bits for any number of them.

use super::chunk::{Chunk, Prepared, deinterleave, interleave, norm_index, pair, parameter_index};
use super::convolution::PreparedConvolution;
use super::normalization::{ChannelSums, PreparedNorm, channel_sums};
use super::pointwise::PreparedDense;
use crate::compute::host_chain::HostChain;
use crate::compute::{
    ComputeError, Images, Layer, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork,
    RunningStatistics, Statistics, StepReport, Threads,
};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Gathered patches of a chunk should stay in a core's second-level cache (values).
const PATCHES: usize = 160 * 1024;
/// Rows a matrix product should have at least, so that packing the weights is small beside it.
const ROWS: usize = 128;
/// Parameter gradients are summed in this many parts.
const GROUPS: usize = 8;

/// See the module's text.
pub(in crate::compute) struct CpuNetwork {
    layers: Vec<Prepared>,
    /// `(side, channels)` of the input, then of each layer's output; the top's is (1, 1).
    sizes: Vec<(usize, usize)>,
    chunks: Vec<Chunk>,
    batch: usize,
    threads: Threads,
    /// A buffer of gathered patches for each thread.
    patches: Vec<Mutex<Vec<f32>>>,
    chain: Option<HostChain>,
}

impl CpuNetwork {
    pub(in crate::compute) fn new(layers: &[Layer], threads: Threads) -> Self {
        let (mut sizes, mut prepared) = (Vec::new(), Vec::new());
        for layer in layers {
            let (input, output, layer) = match *layer {
                Layer::Convolution(shape) => (
                    (shape.side_in, shape.inputs),
                    (shape.side_out, shape.outputs),
                    Prepared::Convolution(PreparedConvolution::new(shape)),
                ),
                Layer::BatchNorm { channels, side } => {
                    ((side, channels), (side, channels), Prepared::Norm(PreparedNorm::new(channels)))
                }
                Layer::Activation(activation) => {
                    let size = sizes.last().copied().unwrap_or((1, 1));
                    (size, size, Prepared::Activation(activation))
                }
                Layer::Dense { channels, side } => {
                    ((side, channels), (1, 1), Prepared::Dense(PreparedDense::new(channels, side)))
                }
            };
            if sizes.is_empty() {
                sizes.push(input);
            }
            sizes.push(output);
            prepared.push(layer);
        }
        let patches = (0..threads.count()).map(|_| Mutex::new(Vec::new())).collect();
        Self { layers: prepared, sizes, chunks: Vec::new(), batch: 0, threads, patches, chain: None }
    }

    /// Images in a chunk, for a batch of `batch`.
    fn chunk_size(&self, batch: usize) -> usize {
        let (mut largest, mut fewest) = (1, usize::MAX);
        for layer in &self.layers {
            if let Prepared::Convolution(convolution) = layer {
                let positions = convolution.shape.side_out.pow(2);
                largest = largest.max(positions * convolution.shape.patch());
                fewest = fewest.min(positions);
            }
        }
        let wanted = ROWS.div_ceil(fewest.max(1)).max(PATCHES / largest);
        wanted.clamp(1, batch.div_ceil(4).max(1))
    }

    /// Checks the images' shape, cuts them into chunks and copies them in.
    fn take(&mut self, images: &Images) -> Result<(), ComputeError> {
        let (side, channels) = self.sizes[0];
        let shape = images.shape();
        if shape[1..] != [channels, side, side] {
            return Err(ComputeError::Shape { found: shape, channels, side });
        }
        let size = self.chunk_size(images.count());
        if self.batch != images.count() {
            self.batch = images.count();
            self.chunks = (0..self.batch)
                .step_by(size)
                .map(|first| Chunk::new(&self.sizes, size.min(self.batch - first)))
                .collect();
        }
        let length = size * images.image_len();
        let work = || {
            self.chunks.par_iter_mut().zip(images.data().par_chunks(length)).for_each(|(chunk, data)| {
                interleave(data, channels, images.image_len(), &mut chunk.maps[0]);
            });
        };
        self.threads.run(work);
        Ok(())
    }

    /// The layers between two points where the whole batch must meet: each range ends before a normalization layer
    /// whose statistics must be gathered from the batch.
    fn segments(&self, gather: bool) -> Vec<std::ops::Range<usize>> {
        let mut starts = vec![0];
        if gather {
            starts.extend((1..self.layers.len()).filter(|&i| matches!(self.layers[i], Prepared::Norm(_))));
        }
        let ends = starts.iter().skip(1).copied().chain([self.layers.len()]);
        starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
    }

    /// Takes all chunks through all layers. Returns what each normalization layer normalized with, and the batch's
    /// own statistics where they were gathered.
    fn forward(&mut self, statistics: Statistics, gather: bool) -> ForwardStatistics {
        let mut used = Vec::new();
        let mut gathered = Vec::new();
        for segment in self.segments(gather) {
            for layer in &self.layers[segment.clone()] {
                let Prepared::Norm(norm) = layer else { continue };
                if gather {
                    gathered.push(self.batch_statistics(segment.start, norm.channels));
                }
                used.push(match (statistics, gathered.last()) {
                    (Statistics::Batch, Some(batch)) => batch.clone(),
                    _ => norm.running.clone(),
                });
            }
            let Self { layers, chunks, threads, patches, .. } = self;
            let (layers, patches, used) = (&layers[..], &patches[..], &used[..]);
            threads.run(|| {
                chunks.par_iter_mut().for_each(|chunk| {
                    with_patches(patches, |patches| chunk.forward(layers, segment.clone(), used, patches));
                });
            });
        }
        ForwardStatistics { used, gathered }
    }

    /// Mean and biased variance of each channel of the input of layer `index` over the batch.
    fn batch_statistics(&self, index: usize, channels: usize) -> RunningStatistics {
        let positions = (self.batch * self.sizes[index].0.pow(2)) as f64;
        let sums = |mean: Option<&[f64]>| {
            let parts: Vec<ChannelSums> = self
                .threads
                .run(|| self.chunks.par_iter().map(|chunk| channel_sums(&chunk.maps[index], channels, mean)).collect());
            let mut total = add_up(parts.into_iter(), channels);
            total.iter_mut().for_each(|sum| *sum /= positions);
            total
        };
        let mean = sums(None);
        let variance = sums(Some(&mean));
        let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
        RunningStatistics { mean: narrow(mean), variance: narrow(variance) }
    }

    /// Takes the gradient back from the cotangents to the image. With `accumulators` (one for each group of chunks)
    /// parameter gradients are added up there, and the gradient stops at the first layer.
    fn backward(
        &mut self,
        statistics: Statistics,
        used: &[RunningStatistics],
        mut accumulators: Option<&mut Vec<Vec<Vec<f32>>>>,
    ) {
        let through_batch = statistics == Statistics::Batch;
        let group = self.group_size();
        for segment in self.segments(through_batch).into_iter().rev() {
            let Self { layers, chunks, threads, patches, batch, .. } = self;
            let (layers, patches) = (&layers[..], &patches[..]);
            let last = segment.start;
            let meeting = through_batch && matches!(layers[last], Prepared::Norm(_));
            // Down to the layer after the meeting point, then all together through the normalization.
            let range = if meeting { last + 1..segment.end } else { segment };
            let work = |chunk: &mut Chunk, sums: Option<&mut Vec<Vec<f32>>>| {
                with_patches(patches, |patches| chunk.backward(layers, range.clone(), used, sums, patches));
            };
            threads.run(|| match accumulators.as_deref_mut() {
                None => chunks.par_iter_mut().for_each(|chunk| work(chunk, None)),
                Some(accumulators) => {
                    chunks.par_chunks_mut(group).zip(accumulators).for_each(|(chunks, sums)| {
                        chunks.iter_mut().for_each(|chunk| work(chunk, Some(sums)));
                    });
                }
            });
            if let (true, Prepared::Norm(norm)) = (meeting, &layers[last]) {
                let statistics = &used[norm_index(layers, last)];
                let positions = *batch * self.sizes[last].0.pow(2);
                let sums = threads.run(|| norm_backward(norm, chunks, last, statistics, positions));
                if let Some(first) = accumulators.as_deref_mut().and_then(|all| all.first_mut()) {
                    add_norm_gradient(first, parameter_index(layers, last), &sums);
                }
            }
        }
    }

    /// Chunks in a group that sums its parameter gradients one after the other.
    fn group_size(&self) -> usize {
        self.chunks.len().div_ceil(GROUPS).max(1)
    }

    fn scores(&self) -> Vec<f32> {
        self.chunks.iter().flat_map(|chunk| chunk.score.iter().copied()).collect()
    }

    fn set_cotangents(&mut self, cotangents: &[f32]) {
        let mut rest = cotangents;
        for chunk in &mut self.chunks {
            let (own, others) = rest.split_at(chunk.images.min(rest.len()));
            chunk.cotangent.clear();
            chunk.cotangent.extend_from_slice(own);
            rest = others;
        }
    }

    /// Zeroed parameter gradients in the packed layouts of the layers.
    fn packed_gradients(&self) -> Vec<Vec<f32>> {
        self.layers
            .iter()
            .flat_map(|layer| match layer {
                Prepared::Convolution(c) => vec![c.shape.patch() * c.shape.outputs, c.shape.outputs],
                Prepared::Norm(norm) => vec![norm.channels, norm.channels],
                Prepared::Dense(dense) => vec![dense.weight.len(), 1],
                Prepared::Activation(_) => vec![],
            })
            .map(|length| vec![0.0; length])
            .collect()
    }

    /// Sums the groups in their order and brings every tensor into the layout of the parameter set.
    fn unpack(&self, groups: Vec<Vec<Vec<f32>>>) -> Vec<Vec<f32>> {
        let mut groups = groups.into_iter();
        let mut total = groups.next().unwrap_or_default();
        for group in groups {
            for (sum, part) in total.iter_mut().zip(group) {
                sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
            }
        }
        let mut index = 0;
        for layer in &self.layers {
            match layer {
                Prepared::Convolution(convolution) => total[index] = convolution.unpack(&total[index]),
                Prepared::Dense(dense) => total[index] = dense.unpack(&total[index]),
                Prepared::Norm(_) => {}
                Prepared::Activation(_) => continue,
            }
            index += 2;
        }
        total
    }
}

impl PreparedNetwork for CpuNetwork {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        let mut tensors = parameters.tensors.iter().map(|tensor| tensor.data.as_slice());
        let mut running = parameters.statistics.iter();
        let mut next = || tensors.next().ok_or_else(|| ComputeError::Device("a parameter tensor is missing".into()));
        for layer in &mut self.layers {
            match layer {
                Prepared::Convolution(convolution) => convolution.load(next()?, next()?),
                Prepared::Norm(norm) => {
                    norm.weight.copy_from_slice(next()?);
                    norm.bias.copy_from_slice(next()?);
                    if let Some(running) = running.next() {
                        norm.running = running.clone();
                    }
                }
                Prepared::Dense(dense) => dense.load(next()?, next()?[0]),
                Prepared::Activation(_) => {}
            }
        }
        Ok(())
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.take(images)?;
        self.forward(statistics, statistics == Statistics::Batch);
        Ok(self.scores())
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.take(images)?;
        let used = self.forward(statistics, statistics == Statistics::Batch).used;
        self.set_cotangents(&vec![1.0; images.count()]);
        self.backward(statistics, &used, None);
        if gradient.shape() != images.shape() {
            *gradient = Images::zeros(images.shape());
        }
        let (_, channels) = self.sizes[0];
        let length = self.chunk_size(images.count()) * images.image_len();
        let chunks = &self.chunks;
        self.threads.run(|| {
            gradient.data_mut().par_chunks_mut(length).zip(chunks).for_each(|(out, chunk)| {
                deinterleave(&chunk.gradient, channels, images.image_len(), out);
            });
        });
        Ok(self.scores())
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        self.take(images)?;
        let ForwardStatistics { used, gathered } = self.forward(statistics, true);
        let score = self.scores();
        self.set_cotangents(&weights(&score));
        let groups = self.chunks.len().div_ceil(self.group_size());
        let mut accumulators = vec![self.packed_gradients(); groups];
        self.backward(statistics, &used, Some(&mut accumulators));
        Ok(ParameterGradient { score, tensors: self.unpack(accumulators), statistics: gathered })
    }

    fn place(&mut self, state: &Images, mask: Option<&Images>) -> Result<(), ComputeError> {
        self.chain = Some(HostChain::new(state, mask)?);
        Ok(())
    }

    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError> {
        let mut chain = self.chain.take().ok_or(ComputeError::NoChain)?;
        let threads = self.threads.clone();
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

struct ForwardStatistics {
    used: Vec<RunningStatistics>,
    gathered: Vec<RunningStatistics>,
}

/// Takes every chunk's gradient through a normalization by the batch's own statistics. Returns the gradients of its
/// bias and weight.
fn norm_backward(
    norm: &PreparedNorm,
    chunks: &mut [Chunk],
    index: usize,
    statistics: &RunningStatistics,
    positions: usize,
) -> [ChannelSums; 2] {
    let parts: Vec<[ChannelSums; 2]> =
        chunks.par_iter().map(|chunk| norm.gradient_sums(&chunk.maps[index], statistics, &chunk.gradient)).collect();
    let (bias, weight): (Vec<_>, Vec<_>) = parts.into_iter().map(|[bias, weight]| (bias, weight)).unzip();
    let sums = [add_up(bias.into_iter(), norm.channels), add_up(weight.into_iter(), norm.channels)];
    chunks.par_iter_mut().for_each(|chunk| {
        norm.backward_batch(&chunk.maps[index], statistics, &sums, positions, &mut chunk.gradient);
    });
    sums
}

fn add_norm_gradient(accumulator: &mut [Vec<f32>], index: usize, [bias_sum, weight_sum]: &[ChannelSums; 2]) {
    if let Some([weight, bias]) = pair(accumulator, index) {
        weight.iter_mut().zip(weight_sum).for_each(|(sum, value)| *sum += *value as f32);
        bias.iter_mut().zip(bias_sum).for_each(|(sum, value)| *sum += *value as f32);
    }
}

fn add_up(parts: impl Iterator<Item = ChannelSums>, channels: usize) -> ChannelSums {
    parts.fold(vec![0.0; channels], |mut total, part| {
        total.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        total
    })
}

/// Runs `work` with the calling thread's buffer of patches.
fn with_patches(buffers: &[Mutex<Vec<f32>>], work: impl FnOnce(&mut Vec<f32>)) {
    match buffers.get(rayon::current_thread_index().unwrap_or(0)) {
        Some(buffer) => work(&mut buffer.lock().unwrap_or_else(PoisonError::into_inner)),
        None => work(&mut Vec::new()),
    }
}
