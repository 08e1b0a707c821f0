//! A network on the CPU. Where batch statistics make the images of a batch meet, they go through one layer after the
//! other together; where nothing does, a few images at a time go through all layers while they are in the cache. What
//! goes together depends on shapes alone, so results are the same bits for any number of threads.

use super::context::Context;
use super::convolution::{Pass, Price};
use super::stage::Operation;
use super::walk::{Layers, Maps, Return};
use crate::compute::host_chain::HostChain;
use crate::compute::{
    ComputeError, Images, Layer, LayerTime, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork,
    Statistics, StepReport, Threads,
};
use rayon::prelude::*;
use std::time::Duration;

/// Images that go through all layers by themselves.
const APART: usize = 8;
/// Parts that the work on a layer is cut into where the whole batch goes together.
const PARTS: usize = 4;

/// See the module's text.
pub(in crate::compute) struct CpuNetwork {
    context: Context,
    layers: Layers,
    /// The batch where it goes together.
    together: Maps,
    /// The batch where a few images go at a time.
    apart: Vec<Maps>,
    /// Whether the last image gradient was taken together.
    met: bool,
    chain: Option<HostChain>,
}

impl CpuNetwork {
    /// Prepares `layers`, if these kernels know them: after a first convolution, in any order, all that there is, but a
    /// batch normalization only right after its convolution; and the fully connected top.
    pub(in crate::compute) fn new(layers: &[Layer], threads: Threads) -> Option<Self> {
        Self::with(layers, Context::new(threads), &Pass::cost)
    }

    /// The same for a given instruction set and price of each way to convolve.
    pub(super) fn with(layers: &[Layer], context: Context, price: Price) -> Option<Self> {
        let layers = Layers::new(layers, price)?;
        Some(Self { context, layers, together: Maps::default(), apart: Vec::new(), met: false, chain: None })
    }

    /// Whether these kernels know `layers`.
    pub(in crate::compute) fn knows(layers: &[Layer]) -> bool {
        Layers::new(layers, &Pass::cost).is_some()
    }

    /// Checks the images' shape.
    fn check(&self, images: &Images) -> Result<(), ComputeError> {
        let (channels, side) = self.layers.input;
        match images.shape() {
            [count, found @ ..] if count > 0 && found == [channels, side, side] => Ok(()),
            found => Err(ComputeError::Shape { found, channels, side }),
        }
    }

    /// Copies the whole batch in, to go together.
    fn gather(&mut self, images: &Images) {
        if self.together.images != images.count() {
            self.together = self.layers.room(images.count(), PARTS);
        }
        self.layers.take(&self.context, &mut self.together, images.data());
    }

    /// Makes room for a batch that goes apart.
    fn scatter(&mut self, count: usize) {
        if self.apart.iter().map(|maps| maps.images).sum::<usize>() != count {
            let sizes = (0..count).step_by(APART).map(|first| APART.min(count - first));
            self.apart = sizes.map(|images| self.layers.room(images, 1)).collect();
        }
    }

    /// The image gradient where the images of the batch do not meet.
    fn gradient_apart(&mut self, images: &Images, statistics: Statistics, gradient: &mut Images) -> Vec<f32> {
        self.scatter(images.count());
        let Self { context, layers, apart, .. } = self;
        let length = APART * images.image_len();
        let work = |((maps, images), gradient): ((&mut Maps, &[f32]), &mut [f32])| {
            layers.take(context, maps, images);
            layers.forward(context, maps, statistics, false);
            let weights = &[1.0; APART][..maps.images];
            layers.backward(context, maps, Return { statistics, weights, learning: false, scored: false });
            layers.give(context, maps, gradient);
        };
        context.threads.run(|| {
            let images = apart.par_iter_mut().zip(images.data().par_chunks(length));
            images.zip(gradient.data_mut().par_chunks_mut(length)).for_each(work);
        });
        apart.iter().flat_map(|maps| maps.scores.iter().copied()).collect()
    }
}

impl PreparedNetwork for CpuNetwork {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        let mut tensors = parameters.tensors.iter().map(|tensor| tensor.data.as_slice());
        let mut running = parameters.statistics.iter();
        let mut next = || tensors.next().ok_or_else(|| ComputeError::Device("a parameter tensor is missing".into()));
        for stage in &mut self.layers.stages {
            stage.load(&self.context, &mut next, || running.next())?;
        }
        let (weight, bias) = (next()?, next()?);
        self.layers.top.load(weight, bias[0]);
        Ok(())
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.check(images)?;
        self.gather(images);
        let Self { context, layers, together, .. } = self;
        layers.forward(context, together, statistics, statistics == Statistics::Batch);
        layers.score(context, together);
        Ok(together.scores.clone())
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.check(images)?;
        if gradient.shape() != images.shape() {
            *gradient = Images::zeros(images.shape());
        }
        self.met = self.layers.meet(statistics);
        if !self.met {
            return Ok(self.gradient_apart(images, statistics, gradient));
        }
        self.gather(images);
        let Self { context, layers, together, .. } = self;
        layers.forward(context, together, statistics, true);
        let weights = &vec![1.0; images.count()];
        layers.backward(context, together, Return { statistics, weights, learning: false, scored: false });
        layers.give(context, together, gradient.data_mut());
        Ok(together.scores.clone())
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        self.check(images)?;
        self.gather(images);
        let Self { context, layers, together, .. } = self;
        let gathered = layers.forward(context, together, statistics, true);
        layers.score(context, together);
        let score = together.scores.clone();
        let way = Return { statistics, weights: &weights(&score), learning: true, scored: true };
        let mut tensors = layers.backward(context, together, way);
        tensors.reverse();
        Ok(ParameterGradient { score, tensors, statistics: gathered })
    }

    fn layer_times(&self) -> Vec<LayerTime> {
        let maps = if self.met { std::slice::from_ref(&self.together) } else { &self.apart };
        let (images, threads) = (maps.iter().map(|maps| maps.images).sum::<usize>(), self.context.threads.count());
        let share = if self.met { 1 } else { threads.min(maps.len().max(1)) } as u32;
        let time = |index: usize, way: usize| maps.iter().map(|maps| maps.times[index][way]).sum::<Duration>() / share;
        let row = |index: usize, name: String, flops: usize| {
            let flops = (2 * images * flops) as u64;
            LayerTime { name, forward: time(index, 0), backward: time(index, 1), flops }
        };
        let mut convolutions = 0..;
        let stages = self.layers.stages.iter().enumerate().map(|(index, stage)| {
            let (text, flops) = stage.describe();
            let number = matches!(stage.operation, Operation::Convolution(_)).then(|| convolutions.next()).flatten();
            row(index, number.map_or(text.clone(), |number: usize| format!("conv{number} {text}")), flops)
        });
        let top = row(self.layers.stages.len(), "fc".into(), self.layers.top.length());
        stages.chain([top]).collect()
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
