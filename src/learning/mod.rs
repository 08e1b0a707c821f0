//! Learning the parameters of one grid: the gradient of equation (9), optimizers, the average of the weights that
//! images are drawn from, and what keeps a run sound.

mod average;
mod governor;
mod gradient;
mod guard;
mod optimizer;
mod spread;

pub use average::Average;
pub use governor::{Governor, GovernorSpec};
pub use gradient::{Contrast, LearningGradient, learn_statistics, learning_gradient, weighted_gradient};
pub use guard::{Guard, Warning};
pub use optimizer::{Optimizer, OptimizerSpec, Rule};
pub use spread::Spread;
