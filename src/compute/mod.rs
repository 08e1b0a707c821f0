//! Devices and the prepared network: the score `f(Y)`, its gradient with respect to the image (the hot path of
//! Langevin sampling) and with respect to the parameters, on our own CPU kernels or on Burn's tensors.
//!
//! This room knows layers as arithmetic. Pyramids, energies and batch-norm policies live above it.

mod bottom;
mod burn_network;
mod classifier;
mod cpu;
mod device;
mod expression;
#[cfg(test)]
#[path = "failing_tests.rs"]
mod failing;
mod host_chain;
mod images;
mod layer;
mod layer_time;
mod movement;
mod noise;
mod parameters;
mod spectral;
mod threads;

pub use bottom::feature_maps;
pub use classifier::{
    Classifier, ClassifierError, ClassifierTraining, Measured, PAPER_CHANNELS, Progress, Trained, error_rate,
};
pub use device::{Device, DeviceError, DeviceInfo, own_kernels};
pub use expression::{Binary, Expression, ExpressionError, Unary, Workspace};
pub use images::Images;
pub use layer::{Activation, Convolution, Layer, NORM_EPSILON, Padding, Shortcut};
pub use layer_time::LayerTime;
pub use movement::{Movement, StepReport};
pub use noise::{NoiseKey, Purpose};
pub use parameters::{ParameterSet, RunningStatistics, Tensor};
pub use spectral::spectrally_normalized;
pub use threads::{Threads, lower_priority};

/// Which statistics a batch-normalization layer uses (see `model::NormMode` for the policies built on them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// Mean and biased variance of the images at hand; gradients flow through them.
    Batch,
    /// The running averages held with the parameters: every image is scored on its own.
    Frozen,
}

/// The parameter gradient of `L = Σ_i w_i(f) · f(Y_i)`.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterGradient {
    /// Score of each image.
    pub score: Vec<f32>,
    /// One gradient for each tensor of the parameter set, in its order and layout.
    pub tensors: Vec<Vec<f32>>,
    /// Mean and biased variance of this batch at each normalization layer, whichever statistics were used.
    pub statistics: Vec<RunningStatistics>,
}

/// A failure of the device while evaluating a network.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ComputeError {
    #[error("images of shape {found:?} do not fit a network for [batch, {channels}, {side}, {side}]")]
    Shape { found: [usize; 4], channels: usize, side: usize },
    #[error("a mask of shape {mask:?} does not fit chains of shape {state:?}")]
    Mask { mask: [usize; 4], state: [usize; 4] },
    #[error("no chain has been placed on this network yet")]
    NoChain,
    #[error("these chains cannot be moved so: {0}")]
    Kernel(String),
    #[error("the device failed: {0}")]
    Device(String),
}

/// A network on a device with its weights resident and packed: prepared once for each set of parameters, then
/// evaluated many times. Images are `[batch, channel, height, width]`.
///
/// A network also holds one batch of chains, which lives where the weights do: a GPU queues the steps of such a chain
/// one behind the other and brings nothing back before it is asked for.
pub trait PreparedNetwork: Send {
    /// Takes new parameters: packs them and puts them on the device.
    ///
    /// # Errors
    /// [`ComputeError::Device`] when the device is lost or out of memory.
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError>;

    /// The score `f(Y)` of each image.
    ///
    /// # Errors
    /// Images of another shape than the network's, or a failing device.
    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError>;

    /// The score of each image, and `∂(Σ_i f(Y_i))/∂Y` written over `gradient`. Computes no weight gradient.
    ///
    /// # Errors
    /// Images of another shape than the network's, or a failing device.
    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError>;

    /// The gradient of `Σ_i w_i · f(Y_i)` with respect to the parameters, where `weights` maps the scores of the
    /// batch to the `w_i` and is taken as constant.
    ///
    /// # Errors
    /// Images of another shape than the network's, or a failing device.
    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError>;

    /// What each layer cost in the last [`Self::score_gradient`], in the order of the forward pass; empty where the
    /// device does not measure it.
    fn layer_times(&self) -> Vec<LayerTime> {
        Vec::new()
    }

    /// Puts a batch of chains on the device, in place of those that were there. `mask` has the shape of `state`: 1
    /// where a value may move, 0 where it stays; all may move when it is `None`.
    ///
    /// # Errors
    /// A mask of another shape, a failing device; on some devices also images of another shape than the network's.
    fn place(&mut self, state: &Images, mask: Option<&Images>) -> Result<(), ComputeError>;

    /// Takes one Langevin step of the placed chains. The noise is a function of `key` and the number of the image
    /// alone. A device other than the CPU only queues the work: it may fail, and values may cease to be finite, without
    /// anyone being told before the chain is next read.
    ///
    /// # Errors
    /// No chain was placed, images of another shape than the network's, or a failing device.
    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError>;

    /// Where the chains are, after all steps so far: waits for the device.
    ///
    /// # Errors
    /// No chain was placed, or a failing device.
    fn chain_state(&mut self) -> Result<Images, ComputeError>;

    /// ∂E/∂Y of the last step, before any limit; zero before the first: waits for the device.
    ///
    /// # Errors
    /// No chain was placed, or a failing device.
    fn chain_gradient(&mut self) -> Result<Images, ComputeError>;

    /// What the last step did: waits for the device.
    ///
    /// # Errors
    /// No chain was placed, or a failing device.
    fn chain_report(&mut self) -> Result<StepReport, ComputeError>;
}
