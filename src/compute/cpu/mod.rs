//! Our own CPU kernels, channels innermost (`[image, height, width, channel]` inside, `[batch, channel, height, width]`
//! outside). A convolution is computed in the cheapest of three ways, all of them matrix products: Winograd tiles,
//! gathered patches, or one matrix for a whole small map. Normalization, activation and their derivatives happen in the
//! passes over memory that the convolutions make anyway.

mod bottom;
mod context;
mod convolution;
mod gradient;
mod image;
mod lanes;
mod local;
mod matrix;
mod network;
mod normalization;
mod patches;
mod pointwise;
mod regions;
mod stage;
mod taps;
#[cfg(test)]
mod tests;
mod tiles;
mod top;
mod walk;
mod whole;
mod winograd;
pub(super) use bottom::CpuBottom;
pub(super) use network::CpuNetwork;
