//! A network evaluated with Burn's tensors and automatic differentiation: the way to a GPU and, on Burn's own CPU
//! backend, the reference the hand-written kernels are held to.

mod block;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::{Device, Tensor, TensorData, Transaction};

use super::host_chain::HostChain;
use super::{
    ComputeError, Images, Layer, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork,
    RunningStatistics, Statistics, StepReport, Threads,
};
use block::{Block, Moments, forward, upload};

/// A network whose layers are Burn tensor operations on one device.
pub(super) struct BurnNetwork {
    layers: Vec<Layer>,
    device: Device,
    /// Channels and side of the images.
    input: (usize, usize),
    /// The layers with their parameters; empty until the first load.
    blocks: Vec<Block>,
    chain: Option<HostChain>,
    threads: Threads,
}

impl BurnNetwork {
    /// A network of `layers` on `device`, without parameters yet. `threads` are for what stays on the CPU.
    ///
    /// # Errors
    /// [`ComputeError::Device`] when the layers do not end in [`Layer::Dense`].
    pub(super) fn new(layers: &[Layer], device: Device, threads: Threads) -> Result<Self, ComputeError> {
        if !matches!(layers.last(), Some(Layer::Dense { .. })) {
            return Err(failure("a network has to end in a dense layer"));
        }
        // Activations leave the shape alone, so the first layer with a size tells the size of the images.
        let input = layers.iter().find_map(|layer| match *layer {
            Layer::Convolution(convolution) => Some((convolution.inputs, convolution.side_in)),
            Layer::BatchNorm { channels, side } | Layer::Dense { channels, side } => Some((channels, side)),
            Layer::Activation(_) => None,
        });
        let input = input.ok_or_else(|| failure("a network needs a layer with a size"))?;
        let (layers, device) = (layers.to_vec(), device.without_autodiff());
        Ok(Self { layers, device, input, blocks: Vec::new(), chain: None, threads })
    }

    /// Checks that the network can take `images` now.
    fn check(&self, images: &Images) -> Result<(), ComputeError> {
        if self.blocks.is_empty() {
            return Err(failure("the network has no parameters yet"));
        }
        let (channels, side) = self.input;
        let found = images.shape();
        if found[0] == 0 || found[1..] != [channels, side, side] {
            return Err(ComputeError::Shape { found, channels, side });
        }
        Ok(())
    }

    fn put(&self, images: &Images) -> Tensor<4> {
        Tensor::from_data(TensorData::new(images.data().to_vec(), images.shape()), &self.device)
    }
}

impl PreparedNetwork for BurnNetwork {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        self.blocks = guard(|| upload(&self.layers, parameters, &self.device))?;
        Ok(())
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.check(images)?;
        guard(|| {
            let score = forward(&self.blocks, self.put(images), statistics, None);
            let [score] = read([score])?;
            Ok(score)
        })
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.check(images)?;
        let [score, values] = guard(|| {
            // Only the image is tracked: Burn then skips every weight gradient.
            let tracked = self.put(images).autodiff().require_grad();
            let score = forward(&self.blocks, tracked.clone(), statistics, None);
            let mut gradients = score.clone().sum().backward();
            let gradient = tracked.grad_remove(&mut gradients);
            let gradient = gradient.ok_or_else(|| failure("no image gradient came back"))?;
            read([score.inner(), gradient.flatten(0, 3)])
        })?;
        *gradient = Images::new(images.shape(), values);
        Ok(score)
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        self.check(images)?;
        let blocks: Vec<Block> = self.blocks.iter().map(Block::tracked).collect();
        let mut moments = Vec::new();
        let (tracked, score) = guard(|| {
            let tracked = forward(&blocks, self.put(images), statistics, Some(&mut moments));
            let [score] = read([tracked.clone().inner()])?;
            Ok((tracked, score))
        })?;
        let cotangent = weights(&score);
        guard(|| {
            let cotangent = TensorData::new(cotangent, [images.count()]);
            let cotangent = Tensor::<1>::from_data(cotangent, &self.device);
            let mut gradients = (tracked * cotangent).sum().backward();
            let tensors = blocks.iter().flat_map(|block| block.gradients(&mut gradients)).collect();
            Ok(ParameterGradient { score, tensors: read_all(tensors)?, statistics: read_moments(moments)? })
        })
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

fn read_moments(moments: Vec<Moments>) -> Result<Vec<RunningStatistics>, ComputeError> {
    let (means, variances): (Vec<_>, Vec<_>) =
        moments.into_iter().map(|moments| (moments.mean.flatten(0, 3), moments.variance.flatten(0, 3))).unzip();
    let pairs = read_all(means)?.into_iter().zip(read_all(variances)?);
    Ok(pairs.map(|(mean, variance)| RunningStatistics { mean, variance }).collect())
}

/// Brings a fixed number of tensors to the host.
fn read<const N: usize>(tensors: [Tensor<1>; N]) -> Result<[Vec<f32>; N], ComputeError> {
    let values = read_all(tensors.into())?;
    values.try_into().map_err(|_| failure("tensors went missing on their way to the host"))
}

/// Brings tensors to the host, waiting for the device once.
fn read_all(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, ComputeError> {
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = transaction.try_execute().map_err(failure)?;
    data.into_iter().map(|data| data.try_into_vec().map_err(failure)).collect()
}

fn failure(reason: impl ToString) -> ComputeError {
    ComputeError::Device(reason.to_string())
}

/// Runs `evaluate`; Burn panics when its device is lost or out of memory, and that becomes an error here.
fn guard<T>(evaluate: impl FnOnce() -> Result<T, ComputeError>) -> Result<T, ComputeError> {
    catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|panic| Err(failure(panic_text(&*panic))))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown panic").to_owned()
}
