//! Quality and diversity by balls around the images of a set that reach to their k-th nearest neighbour.

use super::error::MetricError;
use super::features::{Features, squared_distance};
use rayon::prelude::*;

/// k of [`precision_recall`] in its paper.
pub const PRECISION_NEIGHBOURS: usize = 3;
/// k of [`density_coverage`] in its paper.
pub const COVERAGE_NEIGHBOURS: usize = 5;

/// Improved precision and recall, each from 0 to 1. One outlier's ball can hold much: read it beside density and
/// coverage.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecisionRecall {
    /// Name of the features that were compared.
    pub features: String,
    /// k.
    pub neighbours: usize,
    /// Share of synthesized images that lie in the ball of a real one.
    pub precision: f64,
    /// Share of real images that lie in the ball of a synthesized one.
    pub recall: f64,
}

/// Density and coverage. With samples of one distribution density is 1 in expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct DensityCoverage {
    /// Name of the features that were compared.
    pub features: String,
    /// k.
    pub neighbours: usize,
    /// Real balls that hold a synthesized image, on average and over k: from 0 to the number of real images over k.
    pub density: f64,
    /// Share of real images whose ball holds a synthesized one, from 0 to 1.
    pub coverage: f64,
}

/// Improved precision and recall (Kynkäänniemi et al., arXiv 1904.06991, equations 1 and 2, where they are taken on
/// VGG's features). A ball reaches to the `neighbours`-th nearest other image of its own set and holds its surface.
/// Counts matter: compare at equal ones. Time grows as (n + m)².
///
/// # Errors
/// Features of other names or widths, k of 0, no more than k images in a set.
pub fn precision_recall(
    real: &Features,
    synthesized: &Features,
    neighbours: usize,
) -> Result<PrecisionRecall, MetricError> {
    checked(real, synthesized, neighbours)?;
    let share = |points: &Features, centres: &Features| {
        let balls = balls_around(points, centres, &radii(centres, neighbours));
        balls.iter().filter(|&&count| count > 0).count() as f64 / points.rows() as f64
    };
    let features = real.name().to_owned();
    Ok(PrecisionRecall { features, neighbours, precision: share(synthesized, real), recall: share(real, synthesized) })
}

/// Density and coverage (Naeem et al., arXiv 2002.09797, section 3). A ball reaches to the `neighbours`-th
/// nearest other real image and holds its surface. For n real and m synthesized images of one distribution coverage is
/// `1 - (n-1)⋯(n-k) / ((n+m-1)⋯(n+m-k))` in expectation. Time grows as n (n + m).
///
/// # Errors
/// Features of other names or widths, k of 0, no more than k images in a set.
pub fn density_coverage(
    real: &Features,
    synthesized: &Features,
    neighbours: usize,
) -> Result<DensityCoverage, MetricError> {
    checked(real, synthesized, neighbours)?;
    let radii = radii(real, neighbours);
    let held: usize = balls_around(synthesized, real, &radii).iter().sum();
    let nearest = nearest_squares(real, synthesized);
    let covered = nearest.iter().zip(&radii).filter(|(distance, radius)| distance <= radius).count();
    Ok(DensityCoverage {
        features: real.name().to_owned(),
        neighbours,
        density: held as f64 / (neighbours * synthesized.rows()) as f64,
        coverage: covered as f64 / real.rows() as f64,
    })
}

fn checked(real: &Features, synthesized: &Features, neighbours: usize) -> Result<(), MetricError> {
    if neighbours == 0 {
        return Err(MetricError::Settings("the number of neighbours k must be at least 1, found 0".to_owned()));
    }
    real.comparable(synthesized, neighbours.saturating_add(1))
}

/// Squared distance from each image to its k-th nearest other one of the set.
fn radii(features: &Features, neighbours: usize) -> Vec<f64> {
    let radius = |i: usize| {
        let others = (0..features.rows()).filter(|&j| j != i);
        let mut squares: Vec<f64> = others.map(|j| squared_distance(features.row(i), features.row(j))).collect();
        *squares.select_nth_unstable_by(neighbours - 1, f64::total_cmp).1
    };
    (0..features.rows()).into_par_iter().map(radius).collect()
}

/// For each of `points`, how many of the balls around `centres` hold it.
fn balls_around(points: &Features, centres: &Features, squared_radii: &[f64]) -> Vec<usize> {
    let holding = |point: usize| {
        let balls = squared_radii.iter().enumerate();
        balls.filter(|(i, radius)| squared_distance(points.row(point), centres.row(*i)) <= **radius).count()
    };
    (0..points.rows()).into_par_iter().map(holding).collect()
}

/// Squared distance from each of `points` to the nearest of `others`.
pub(super) fn nearest_squares(points: &Features, others: &Features) -> Vec<f64> {
    let nearest = |i: usize| {
        let squares = (0..others.rows()).map(|j| squared_distance(points.row(i), others.row(j)));
        squares.fold(f64::INFINITY, f64::min)
    };
    (0..points.rows()).into_par_iter().map(nearest).collect()
}

#[cfg(test)]
#[path = "neighbourhoods_tests.rs"]
mod tests;
