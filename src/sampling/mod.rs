//! Sampling the model of one grid by MCMC.

mod langevin;

pub use langevin::{Chain, Langevin};
