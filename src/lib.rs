//! Emberlab: a live laboratory for energy-based generative ConvNets learned by multi-grid minimal contrastive
//! divergence. `ARCHITECTURE.md` is the map of these rooms.

pub mod cli;
pub mod compute;
pub mod data;
pub mod lab;
pub mod learning;
pub mod metrics;
pub mod model;
pub mod plugin;
pub mod recipe;
pub mod run;
pub mod sampling;
pub mod study;
