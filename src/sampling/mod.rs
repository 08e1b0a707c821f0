//! Sampling the model of one grid by MCMC: kernels, the chains they move, and masks of what may move.

mod annealed_chains;
mod annealed_importance;
mod annealing_error;
mod annealing_schedule;
mod hamiltonian;
mod kernel;
mod langevin;
mod log_partition;
pub mod masks;
mod metropolis;
mod points;
mod tempered;
mod walk;

pub use annealed_chains::Score;
pub use annealed_importance::{AnnealedImportance, StepSizes};
pub use annealing_error::AnnealingError;
pub use annealing_schedule::AnnealingSchedule;
pub use kernel::{Kernel, KernelError, Rule};
pub use langevin::{Chain, Langevin};
pub use log_partition::{Bound, LogPartition, LogPartitionBounds};
pub use walk::{Walk, WalkReport};
