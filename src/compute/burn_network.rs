//! A network evaluated with Burn's tensors and automatic differentiation: the way to a GPU and, on Burn's own CPU
//! backend, the reference the hand-written kernels are held to.

#[cfg(feature = "gpu")]
mod activation_kernel;
mod block;
mod bottom;
#[cfg(feature = "gpu")]
mod device_chain;
mod folded;
#[cfg(feature = "gpu")]
mod kernel;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::{Device, Tensor, TensorData, Transaction};

use super::host_chain::{HostChain, check_mask};
use super::{
    ComputeError, Images, Layer, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork,
    RunningStatistics, Statistics, StepReport, Threads,
};
use block::{Block, Moments, forward, upload};
pub(super) use bottom::BurnBottom;
#[cfg(feature = "gpu")]
use device_chain::DeviceChain;
use folded::{Folded, fold};

/// A tensor's values on the host.
type Values = Vec<f32>;

/// A network whose layers are Burn tensor operations on one device.
pub(super) struct BurnNetwork {
    layers: Vec<Layer>,
    device: Device,
    /// Channels and side of the images.
    input: (usize, usize),
    /// The layers with their parameters; empty until the first load.
    blocks: Vec<Block>,
    /// The layers with running statistics folded in; empty until the first use after a load.
    folded: Vec<Folded>,
    chain: Option<Chain>,
    threads: Threads,
}

/// Where the chains are.
enum Chain {
    /// In the host's memory, beside Burn's CPU backend.
    Host(Box<HostChain>),
    /// On a graphics device.
    #[cfg(feature = "gpu")]
    Device(Box<DeviceChain>),
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
            Layer::Convolution(convolution) | Layer::Spectral(convolution) => {
                Some((convolution.inputs, convolution.side_in))
            }
            Layer::BatchNorm { channels, side }
            | Layer::GroupNorm { channels, side, .. }
            | Layer::Dense { channels, side } => Some((channels, side)),
            Layer::Pool { channels, side_in, .. } => Some((channels, side_in)),
            Layer::Activation(_) | Layer::Fork | Layer::Join(_) => None,
        });
        let input = input.ok_or_else(|| failure("a network needs a layer with a size"))?;
        let (layers, device) = (layers.to_vec(), device.without_autodiff());
        Ok(Self { layers, device, input, blocks: Vec::new(), folded: Vec::new(), chain: None, threads })
    }

    /// Checks that the network can take `images` now.
    fn check(&self, images: &Images) -> Result<(), ComputeError> {
        self.check_shape(images.shape())
    }

    fn check_shape(&self, found: [usize; 4]) -> Result<(), ComputeError> {
        if self.blocks.is_empty() {
            return Err(failure("the network has no parameters yet"));
        }
        let (channels, side) = self.input;
        if found[0] == 0 || found[1..] != [channels, side, side] {
            return Err(ComputeError::Shape { found, channels, side });
        }
        Ok(())
    }

    /// Whether the layers can be folded: none of those that are left to automatic differentiation here.
    fn is_basic(&self) -> bool {
        self.layers.iter().all(Layer::is_basic)
    }

    /// The layers with running statistics folded in.
    fn folded(&mut self) -> &[Folded] {
        if self.folded.is_empty() {
            self.folded = fold(&self.blocks);
        }
        &self.folded
    }

    /// The scores of `images` and their gradient, both left on the device.
    fn differentiate(
        &mut self,
        images: Tensor<4>,
        statistics: Statistics,
    ) -> Result<(Tensor<1>, Tensor<4>), ComputeError> {
        if statistics == Statistics::Frozen && self.is_basic() {
            return Ok(folded::score_gradient(self.folded(), images));
        }
        // Only the image is tracked: Burn then skips every weight gradient.
        let tracked = images.autodiff().require_grad();
        let score = forward(&self.blocks, tracked.clone(), statistics, None);
        let mut gradients = score.clone().sum().backward();
        let gradient = tracked.grad_remove(&mut gradients);
        let gradient = gradient.ok_or_else(|| failure("no image gradient came back"))?;
        Ok((score.inner(), gradient))
    }

    fn step_host(
        &mut self,
        chain: &mut HostChain,
        statistics: Statistics,
        movement: &Movement,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        let threads = self.threads.clone();
        chain.step(self, &threads, statistics, movement, key)
    }

    #[cfg(feature = "gpu")]
    fn step_device(
        &mut self,
        chain: &mut DeviceChain,
        statistics: Statistics,
        movement: &Movement,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        self.check_shape(chain.state.dims())?;
        guard(|| {
            let differentiated = self.differentiate(chain.state.clone(), statistics)?;
            chain.advance(differentiated, movement, key)
        })
    }

    fn chain(&self) -> Result<&Chain, ComputeError> {
        self.chain.as_ref().ok_or(ComputeError::NoChain)
    }

    fn put(&self, images: &Images) -> Tensor<4> {
        Tensor::from_data(TensorData::new(images.data().to_vec(), images.shape()), &self.device)
    }
}

impl PreparedNetwork for BurnNetwork {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        self.blocks = guard(|| upload(&self.layers, parameters, &self.device))?;
        self.folded.clear();
        Ok(())
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.check(images)?;
        guard(|| {
            let images = self.put(images);
            let score = match statistics {
                Statistics::Frozen if self.is_basic() => folded::score(self.folded(), images),
                _ => forward(&self.blocks, images, statistics, None),
            };
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
            let (score, gradient) = self.differentiate(self.put(images), statistics)?;
            read([score, gradient.flatten(0, 3)])
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
        check_mask(state, mask)?;
        #[cfg(feature = "gpu")]
        if kernel::runs_on(&self.device) {
            self.chain = Some(guard(|| {
                let mask = mask.map(|mask| self.put(mask));
                Ok(Chain::Device(Box::new(DeviceChain::new(self.put(state), mask))))
            })?);
            return Ok(());
        }
        self.chain = Some(Chain::Host(Box::new(HostChain::new(state, mask)?)));
        Ok(())
    }

    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError> {
        let mut chain = self.chain.take().ok_or(ComputeError::NoChain)?;
        let stepped = match &mut chain {
            Chain::Host(chain) => self.step_host(chain, statistics, movement, key),
            #[cfg(feature = "gpu")]
            Chain::Device(chain) => self.step_device(chain, statistics, movement, key),
        };
        self.chain = Some(chain);
        stepped
    }

    fn chain_state(&mut self) -> Result<Images, ComputeError> {
        match self.chain()? {
            Chain::Host(chain) => Ok(chain.state().clone()),
            #[cfg(feature = "gpu")]
            Chain::Device(chain) => guard(|| read_images(chain.state.clone())),
        }
    }

    fn chain_gradient(&mut self) -> Result<Images, ComputeError> {
        match self.chain()? {
            Chain::Host(chain) => Ok(chain.gradient().clone()),
            #[cfg(feature = "gpu")]
            Chain::Device(chain) => guard(|| read_images(chain.energy_gradient())),
        }
    }

    fn chain_report(&mut self) -> Result<StepReport, ComputeError> {
        match self.chain()? {
            Chain::Host(chain) => Ok(chain.report()),
            #[cfg(feature = "gpu")]
            Chain::Device(chain) => guard(|| chain.report()),
        }
    }
}

#[cfg(feature = "gpu")]
fn read_images(tensor: Tensor<4>) -> Result<Images, ComputeError> {
    let shape = tensor.dims();
    let [values] = read([tensor.flatten(0, 3)])?;
    Ok(Images::new(shape, values))
}

fn read_moments(moments: Vec<Moments>) -> Result<Vec<RunningStatistics>, ComputeError> {
    let (means, variances): (Vec<_>, Vec<_>) =
        moments.into_iter().map(|moments| (moments.mean.flatten(0, 3), moments.variance.flatten(0, 3))).unzip();
    let pairs = read_all(means)?.into_iter().zip(read_all(variances)?);
    Ok(pairs.map(|(mean, variance)| RunningStatistics { mean, variance }).collect())
}

/// Brings a fixed number of tensors to the host.
fn read<const N: usize>(tensors: [Tensor<1>; N]) -> Result<[Values; N], ComputeError> {
    let values = read_all(tensors.into())?;
    values.try_into().map_err(|_| failure("tensors went missing on their way to the host"))
}

/// Brings tensors to the host, waiting for the device once.
fn read_all(tensors: Vec<Tensor<1>>) -> Result<Vec<Values>, ComputeError> {
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
pub(super) fn guard<T>(evaluate: impl FnOnce() -> Result<T, ComputeError>) -> Result<T, ComputeError> {
    catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|panic| Err(failure(panic_text(&*panic))))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown panic").to_owned()
}
