//! Spectral normalization of convolutions (Miyato et al. 2018, arXiv 1802.05957) around a network of any device: the
//! weight that convolves is W/σ, σ being the largest singular value of W as `[output, input · kernel · kernel]`.

use super::bottom::{Bottom, BottomGradient};
use super::{
    ComputeError, Images, LayerTime, Movement, NoiseKey, ParameterGradient, ParameterSet, PreparedNetwork, Purpose,
    Statistics, StepReport,
};

/// Rounds of power iteration on the smaller of W Wᵀ and Wᵀ W. They begin at a fixed vector at each load, so that nothing but
/// the weights decides σ.
const ROUNDS: usize = 100;

/// A convolution's weight `[output, input, kernel, kernel]` of `outputs` outputs, divided by its largest singular value.
#[must_use]
pub fn spectrally_normalized(weight: &[f32], outputs: usize) -> Vec<f32> {
    Singular::of(weight, outputs).normalized
}

/// A network some of whose convolutions are normalized.
pub(super) struct Spectral {
    network: Box<dyn PreparedNetwork>,
    /// Which tensors are normalized weights.
    tensors: Vec<usize>,
    /// Of each of them, after a load.
    singular: Vec<Singular>,
}

/// The largest singular value of a weight, with its vectors, and the normalized weight.
struct Singular {
    sigma: f64,
    left: Vec<f64>,
    right: Vec<f64>,
    normalized: Vec<f32>,
}

impl Spectral {
    pub(super) fn new(network: Box<dyn PreparedNetwork>, tensors: Vec<usize>) -> Self {
        Self { network, tensors, singular: Vec::new() }
    }
}

impl Singular {
    /// Of a weight with `rows` rows.
    fn of(weight: &[f32], rows: usize) -> Self {
        let columns = weight.len() / rows.max(1);
        let wide: Vec<f64> = weight.iter().map(|&w| f64::from(w)).collect();
        let tall = transposed(&wide, rows);
        // `a` has the fewer rows; its left vector is found first.
        let (a, length) = if rows <= columns { (&wide, columns) } else { (&tall, rows) };
        let first = top_vector(a, length);
        let mut second = vec![0.0; length];
        for (&x, row) in first.iter().zip(a.chunks_exact(length.max(1))) {
            second.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
        // Weights of zeros have no direction to be divided along.
        let sigma = match unit(&mut second) {
            sigma if sigma < 1e-12 => 1.0,
            sigma => sigma,
        };
        let (left, right) = if rows <= columns { (first, second) } else { (second, first) };
        let normalized = wide.iter().map(|w| (w / sigma) as f32).collect();
        Self { sigma, left, right, normalized }
    }

    /// The gradient with respect to W from that with respect to W/σ: `(G - ⟨G, W/σ⟩ u vᵀ)/σ`.
    fn pull_back(&self, gradient: &mut [f32]) {
        let along: f64 = gradient.iter().zip(&self.normalized).map(|(&g, &w)| f64::from(g) * f64::from(w)).sum();
        for (row, u) in gradient.chunks_exact_mut(self.right.len().max(1)).zip(&self.left) {
            for (g, v) in row.iter_mut().zip(&self.right) {
                *g = ((f64::from(*g) - along * u * v) / self.sigma) as f32;
            }
        }
    }
}

/// The parameters with the weights at `places` normalized.
fn normalize(parameters: &ParameterSet, places: &[usize]) -> (ParameterSet, Vec<Singular>) {
    let (mut normalized, mut all) = (parameters.clone(), Vec::with_capacity(places.len()));
    for &index in places {
        let Some(tensor) = normalized.tensors.get_mut(index) else { continue };
        let singular = Singular::of(&tensor.data, tensor.shape.first().copied().unwrap_or(1));
        tensor.data.clone_from(&singular.normalized);
        all.push(singular);
    }
    (normalized, all)
}

/// Takes the gradients at `places` back to the weights.
fn pull_back(singular: &[Singular], places: &[usize], gradients: &mut [Vec<f32>]) {
    for (singular, &index) in singular.iter().zip(places) {
        if let Some(gradient) = gradients.get_mut(index) {
            singular.pull_back(gradient);
        }
    }
}

/// A matrix of `rows` rows turned over its diagonal.
fn transposed(matrix: &[f64], rows: usize) -> Vec<f64> {
    let columns = matrix.len() / rows.max(1);
    (0..columns).flat_map(|column| (0..rows).map(move |row| matrix[row * columns + column])).collect()
}

/// The left vector of the largest singular value of a matrix whose rows have that length.
fn top_vector(matrix: &[f64], length: usize) -> Vec<f64> {
    let rows: Vec<&[f64]> = matrix.chunks_exact(length.max(1)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let gram: Vec<Vec<f64>> = rows.iter().map(|a| rows.iter().map(|b| dot(a, b)).collect()).collect();
    let mut start = vec![0.0; rows.len()];
    NoiseKey::new(0, Purpose::Parameters).normal(0, &mut start);
    let mut vector: Vec<f64> = start.into_iter().map(f64::from).collect();
    for _ in 0..ROUNDS {
        unit(&mut vector);
        vector = gram.iter().map(|row| dot(row, &vector)).collect();
    }
    unit(&mut vector);
    vector
}

/// Brings a vector to length 1; its length before.
fn unit(vector: &mut [f64]) -> f64 {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    length
}

/// Layers below a top, some of whose convolutions are normalized.
pub(super) struct SpectralBottom {
    bottom: Box<dyn Bottom>,
    tensors: Vec<usize>,
    singular: Vec<Singular>,
}

impl SpectralBottom {
    pub(super) fn new(bottom: Box<dyn Bottom>, tensors: Vec<usize>) -> Self {
        Self { bottom, tensors, singular: Vec::new() }
    }
}

impl Bottom for SpectralBottom {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        let (normalized, singular) = normalize(parameters, &self.tensors);
        self.singular = singular;
        self.bottom.load(&normalized)
    }

    fn evaluate(&mut self, images: &Images) -> Result<Images, ComputeError> {
        self.bottom.evaluate(images)
    }

    fn learn(&mut self, images: &Images) -> Result<Images, ComputeError> {
        self.bottom.learn(images)
    }

    fn backward(&mut self, gradient: &Images) -> Result<BottomGradient, ComputeError> {
        let mut back = self.bottom.backward(gradient)?;
        pull_back(&self.singular, &self.tensors, &mut back.tensors);
        Ok(back)
    }
}

impl PreparedNetwork for Spectral {
    fn load(&mut self, parameters: &ParameterSet) -> Result<(), ComputeError> {
        let (normalized, singular) = normalize(parameters, &self.tensors);
        self.singular = singular;
        self.network.load(&normalized)
    }

    fn score(&mut self, images: &Images, statistics: Statistics) -> Result<Vec<f32>, ComputeError> {
        self.network.score(images, statistics)
    }

    fn score_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        gradient: &mut Images,
    ) -> Result<Vec<f32>, ComputeError> {
        self.network.score_gradient(images, statistics, gradient)
    }

    fn parameter_gradient(
        &mut self,
        images: &Images,
        statistics: Statistics,
        weights: &dyn Fn(&[f32]) -> Vec<f32>,
    ) -> Result<ParameterGradient, ComputeError> {
        let mut gradient = self.network.parameter_gradient(images, statistics, weights)?;
        pull_back(&self.singular, &self.tensors, &mut gradient.tensors);
        Ok(gradient)
    }

    fn layer_times(&self) -> Vec<LayerTime> {
        self.network.layer_times()
    }

    fn place(&mut self, state: &Images, mask: Option<&Images>) -> Result<(), ComputeError> {
        self.network.place(state, mask)
    }

    fn step(&mut self, statistics: Statistics, movement: &Movement, key: NoiseKey) -> Result<(), ComputeError> {
        self.network.step(statistics, movement, key)
    }

    fn chain_state(&mut self) -> Result<Images, ComputeError> {
        self.network.chain_state()
    }

    fn chain_gradient(&mut self) -> Result<Images, ComputeError> {
        self.network.chain_gradient()
    }

    fn chain_report(&mut self) -> Result<StepReport, ComputeError> {
        self.network.chain_report()
    }
}
