//! Our own CPU kernels: convolutions as matrix products over gathered patches, channels innermost
//! (`[batch, height, width, channel]` inside, `[batch, channel, height, width]` outside), whole chunks of images
//! taken through all layers while they are in the cache.

mod chunk;
mod convolution;
mod matmul;
mod network;
mod normalization;
mod pointwise;

pub(super) use network::CpuNetwork;
