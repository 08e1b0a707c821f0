//! Sampling the model of one grid by MCMC: kernels, the chains they move, and masks of what may move.

mod hamiltonian;
mod kernel;
mod langevin;
pub mod masks;
mod metropolis;
mod points;
mod tempered;
mod walk;

pub use kernel::{Kernel, KernelError, Rule};
pub use langevin::{Chain, Langevin};
pub use walk::{Walk, WalkReport};
