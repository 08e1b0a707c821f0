//! Fréchet distance between normal distributions fitted to features.

use super::error::MetricError;
use super::features::Features;
use nalgebra::DMatrix;

/// A squared Fréchet distance, in the features' unit squared, from 0 up. Estimates from few images are too large, the
/// more so the fewer they are: compare at equal counts, and with the distance of held-out images.
#[derive(Debug, Clone, PartialEq)]
pub struct FrechetDistance {
    /// Name of the features that were compared.
    pub features: String,
    /// `mean_term + covariance_term`.
    pub value: f64,
    /// `|μ - μ'|²`.
    pub mean_term: f64,
    /// `tr(Σ + Σ' - 2 √(Σ Σ'))`.
    pub covariance_term: f64,
    /// Ranks of the two covariances.
    pub ranks: [usize; 2],
    /// Whether a covariance is singular (its rank is below the width), as it is with no more images than features. The
    /// distance holds, but of the directions without variance it knows no more than that.
    pub singular: bool,
}

/// Squared Fréchet distance of the normal distributions with the means and (unbiased) covariances of the features
/// (Heusel et al., arXiv 1706.08500, equation 6, where it is taken on Inception's features).
///
/// With centred features `A`, `B` over `√(n - 1)`, `tr √(Σ Σ')` is the sum of the singular values of `A Bᵀ`. So no root
/// of a covariance is taken and singular ones are no special case. Time grows as the cube of the smaller of images and
/// features.
///
/// # Errors
/// Features of other names or widths, fewer than 2 images in a set.
pub fn frechet_distance(left: &Features, right: &Features) -> Result<FrechetDistance, MetricError> {
    left.comparable(right, 2)?;
    let (left_mean, a) = fitted(left);
    let (right_mean, b) = fitted(right);
    let mean_term: f64 = left_mean.iter().zip(&right_mean).map(|(a, b)| (a - b).powi(2)).sum();
    let traces = a.norm_squared() + b.norm_squared();
    let covariance_term = (traces - 2.0 * nuclear_norm(&(&a * b.transpose()))).max(0.0);
    let ranks = [rank(&a), rank(&b)];
    Ok(FrechetDistance {
        features: left.name().to_owned(),
        value: mean_term + covariance_term,
        mean_term,
        covariance_term,
        ranks,
        singular: ranks.iter().any(|&rank| rank < left.width()),
    })
}

/// The mean, and a factor `A` of the covariance `AᵀA` with no more rows than columns.
fn fitted(features: &Features) -> (Vec<f64>, DMatrix<f64>) {
    let (rows, width) = (features.rows(), features.width());
    let column = |j: usize| features.values().iter().skip(j).step_by(width).map(|&value| f64::from(value));
    let mean: Vec<f64> = (0..width).map(|j| column(j).sum::<f64>() / rows as f64).collect();
    let scale = 1.0 / (rows as f64 - 1.0).sqrt();
    let centred = (0..width).flat_map(|j| {
        let mean = mean[j];
        column(j).map(move |value| (value - mean) * scale)
    });
    let centred = DMatrix::from_iterator(rows, width, centred);
    // The upper triangle of a QR decomposition has the same products of columns.
    let factor = if rows > width { centred.qr().unpack_r() } else { centred };
    (mean, factor)
}

/// The sum of the singular values, which are the positive eigenvalues of `[0 C; Cᵀ 0]`.
///
/// nalgebra's own singular value decomposition is known to return wrong values for some matrices.
fn nuclear_norm(c: &DMatrix<f64>) -> f64 {
    let (rows, columns) = c.shape();
    let mut doubled = DMatrix::zeros(rows + columns, rows + columns);
    doubled.view_mut((0, rows), (rows, columns)).copy_from(c);
    doubled.view_mut((rows, 0), (columns, rows)).copy_from(&c.transpose());
    doubled.symmetric_eigenvalues().iter().map(|value| value.abs()).sum::<f64>() / 2.0
}

/// Rank of the covariance `AᵀA`: eigenvalues of `AAᵀ` above what rounding leaves of 0.
fn rank(a: &DMatrix<f64>) -> usize {
    let eigenvalues = (a * a.transpose()).symmetric_eigenvalues();
    let largest = eigenvalues.iter().fold(0.0f64, |largest, value| largest.max(*value));
    let rounding = largest * f64::EPSILON * a.ncols().max(a.nrows()) as f64;
    eigenvalues.iter().filter(|value| **value > rounding).count()
}

#[cfg(test)]
#[path = "frechet_tests.rs"]
mod tests;
