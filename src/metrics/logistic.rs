//! Logistic regression with a ridge, which tells two sets of features apart by a plane.

use super::error::MetricError;
use nalgebra::{DMatrix, DVector};

/// Newton steps; a dozen are usual.
const MOST_STEPS: usize = 100;
/// Halvings of a step that does not lessen the loss.
const MOST_HALVINGS: usize = 40;

/// A plane `w·x + b` that is positive on the side of label 1, over standardized features.
#[derive(Debug, Clone)]
pub(super) struct Logistic {
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// The weights of the standardized features, then the intercept.
    weights: DVector<f64>,
}

impl Logistic {
    /// Fits `rows` of finite numbers to `labels` of both kinds: the least `Σ log(1 + exp(-±(w·x + b))) + ridge |w|² /
    /// 2`, over features of mean 0 and standard deviation 1. A feature without variance has no part in it.
    pub(super) fn fit(rows: &[&[f32]], labels: &[bool], ridge: f64) -> Result<Self, MetricError> {
        let (mean, scale) = standardization(rows);
        let mut model = Self { weights: DVector::zeros(mean.len() + 1), mean, scale };
        let inputs = model.inputs(rows);
        let targets = DVector::from_iterator(labels.len(), labels.iter().map(|&label| f64::from(u8::from(label))));
        for _ in 0..MOST_STEPS {
            let (gradient, curvature) = derivatives(&inputs, &targets, &model.weights, ridge);
            let step = curvature.cholesky().ok_or(stuck())?.solve(&gradient);
            let decrease = gradient.dot(&step);
            let before = loss(&inputs, &targets, &model.weights, ridge);
            if decrease <= 1e-14 * (1.0 + before) {
                return Ok(model);
            }
            let lengths = (0..MOST_HALVINGS).map(|halving| 0.5f64.powi(halving as i32));
            let shorter = lengths.map(|length| (length, &model.weights - &step * length));
            let better = shorter
                .into_iter()
                .find(|(length, weights)| loss(&inputs, &targets, weights, ridge) <= before - 1e-4 * length * decrease);
            match better {
                Some((_, weights)) => model.weights = weights,
                // No step lessens the loss beyond rounding.
                None if decrease <= 1e-9 * (1.0 + before) => return Ok(model),
                None => return Err(stuck()),
            }
        }
        Err(stuck())
    }

    /// Whether each of `rows` lies on the side of label 1.
    pub(super) fn predict(&self, rows: &[&[f32]]) -> Vec<bool> {
        (self.inputs(rows) * &self.weights).iter().map(|&score| score > 0.0).collect()
    }

    /// Standardized features with a 1 behind each row.
    fn inputs(&self, rows: &[&[f32]]) -> DMatrix<f64> {
        let width = self.mean.len();
        DMatrix::from_fn(rows.len(), width + 1, |i, j| match j < width {
            true => (f64::from(rows[i][j]) - self.mean[j]) * self.scale[j],
            false => 1.0,
        })
    }
}

/// Means, and one over the standard deviations; 0 where there is no variance.
fn standardization(rows: &[&[f32]]) -> (Vec<f64>, Vec<f64>) {
    let count = rows.len() as f64;
    let width = rows.first().map_or(0, |row| row.len());
    let of_feature = |j: usize| {
        let mean = rows.iter().map(|row| f64::from(row[j])).sum::<f64>() / count;
        let variance = rows.iter().map(|row| (f64::from(row[j]) - mean).powi(2)).sum::<f64>() / count;
        (mean, if variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 })
    };
    (0..width).map(of_feature).unzip()
}

fn loss(inputs: &DMatrix<f64>, targets: &DVector<f64>, weights: &DVector<f64>, ridge: f64) -> f64 {
    let scores = inputs * weights;
    let each = scores.iter().zip(targets).map(|(&score, &target)| {
        let margin = if target > 0.5 { score } else { -score };
        (-margin).max(0.0) + (-margin.abs()).exp().ln_1p()
    });
    let slopes = weights.rows(0, weights.len() - 1);
    each.sum::<f64>() + ridge * slopes.norm_squared() / 2.0
}

/// Gradient and Hessian of the loss.
fn derivatives(
    inputs: &DMatrix<f64>,
    targets: &DVector<f64>,
    weights: &DVector<f64>,
    ridge: f64,
) -> (DVector<f64>, DMatrix<f64>) {
    let probabilities = (inputs * weights).map(|score| 1.0 / (1.0 + (-score).exp()));
    let mut gradient = inputs.tr_mul(&(&probabilities - targets));
    let mut weighted = inputs.clone();
    for (mut row, probability) in weighted.row_iter_mut().zip(&probabilities) {
        row *= probability * (1.0 - probability);
    }
    let mut curvature = inputs.tr_mul(&weighted);
    for j in 0..weights.len() - 1 {
        gradient[j] += ridge * weights[j];
        curvature[(j, j)] += ridge;
    }
    (gradient, curvature)
}

fn stuck() -> MetricError {
    MetricError::NoConvergence { what: "logistic regression", mend: "take a larger ridge" }
}

#[cfg(test)]
#[path = "logistic_tests.rs"]
mod tests;
