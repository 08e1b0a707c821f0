//! Why a measurement cannot be made.

use crate::compute::ComputeError;
use crate::recipe::RecipeError;
use crate::run::RunError;
use std::path::PathBuf;

/// Why a measurement ended without numbers.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("cannot start the Python `{}`: {reason}; give one that has PyTorch, such as venv/bin/python", python.display())]
    NoPython { python: PathBuf, reason: std::io::Error },
    #[error("the Python `{}` has no PyTorch: {reason}; install it there with `pip install torch`", python.display())]
    NoTorch { python: PathBuf, reason: String },
    #[error(
        "the recipe's kernel of grid {grid} is {kernel}, which {purpose}; a run's own log has the time of its steps \
         (step_ms)"
    )]
    Kernel { grid: usize, kernel: &'static str, purpose: &'static str },
    #[error("the PyTorch baseline failed: {reason}")]
    Torch { reason: String },
    #[error("cannot write {}: {reason}; choose another folder", path.display())]
    Write { path: PathBuf, reason: std::io::Error },
}

impl BenchError {
    /// Whether the user's input is at fault, rather than the machine.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Run(error) => error.is_input(),
            Self::NoPython { .. } | Self::NoTorch { .. } | Self::Write { .. } | Self::Kernel { .. } => true,
            Self::Torch { .. } => false,
        }
    }
}

impl From<RecipeError> for BenchError {
    fn from(error: RecipeError) -> Self {
        Self::Run(error.into())
    }
}

impl From<ComputeError> for BenchError {
    fn from(error: ComputeError) -> Self {
        Self::Run(error.into())
    }
}
