//! The parameters of one network, on the host, in the layout PyTorch uses.

/// A named parameter tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// Mean and variance of each channel at one normalization layer.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningStatistics {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// All parameters θ of one network, in layer order (for each layer the weight, then the bias), and the running
/// statistics of its normalization layers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParameterSet {
    pub tensors: Vec<Tensor>,
    pub statistics: Vec<RunningStatistics>,
}

impl ParameterSet {
    /// Number of learned values.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.data.len()).sum()
    }

    /// The tensor called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// Whether every learned value is finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.tensors.iter().all(|tensor| tensor.data.iter().all(|value| value.is_finite()))
    }
}
