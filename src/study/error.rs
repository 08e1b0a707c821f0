//! Why a study has no report.

use crate::compute::{ClassifierError, ComputeError, DeviceError};
use crate::metrics::{MetricError, MixingError};
use crate::model::PyramidError;
use crate::run::RunError;

/// Why a study has no report.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error(transparent)]
    Compute(#[from] ComputeError),
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    #[error(transparent)]
    Metric(#[from] MetricError),
    #[error(transparent)]
    Mixing(#[from] MixingError),
    #[error(transparent)]
    Pyramid(#[from] PyramidError),
    #[error("the model '{name}' could not be trained: {message}")]
    Training { name: String, message: String },
    /// What is asked of the study cannot be had of these data or this run.
    #[error("{0}")]
    Asked(String),
    #[error("stopped; the same command goes on from here")]
    Stopped,
}

impl StudyError {
    /// Whether the user's input is at fault, rather than the machine.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Run(error) => error.is_input(),
            Self::Device(_) | Self::Pyramid(_) | Self::Asked(_) => true,
            Self::Compute(_)
            | Self::Classifier(_)
            | Self::Metric(_)
            | Self::Mixing(_)
            | Self::Training { .. }
            | Self::Stopped => false,
        }
    }
}
