//! The model of the paper: the pyramid of grids, a ConvNet score at each, and its energy.

mod activations;
mod energy;
mod layer_words;
mod network;
mod pyramid;
mod weights;

pub use activations::{ActivationError, LayerOutput, activations};
pub use energy::Reference;
pub use network::{Initialization, LayerSpec, Network, NetworkError, NetworkSpec, NormMode, PaddingRule};
pub use pyramid::{Pyramid, PyramidError, UpScaling, area_average, pseudo_inverse, shrink, sides};
