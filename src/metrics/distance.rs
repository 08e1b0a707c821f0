//! Distances between pairs of images, in parallel with a result that does not depend on the number of threads.

use crate::compute::Images;
use rayon::prelude::*;

/// Partial sums kept side by side, so that the compiler can use vector registers.
const LANES: usize = 16;

/// `Σ (a - b)²`.
pub(super) fn squared(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f32; LANES];
    let (a_rest, b_rest) = (a.chunks_exact(LANES).remainder(), b.chunks_exact(LANES).remainder());
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    sums.iter().map(|&sum| f64::from(sum)).sum::<f64>() + f64::from(rest)
}

/// Mean Euclidean distance over all pairs of an image of `left` and one of `right`.
pub(super) fn mean_between(left: &Images, right: &Images) -> f64 {
    let rows: Vec<f64> = (0..left.count())
        .into_par_iter()
        .map(|i| (0..right.count()).map(|j| squared(left.image(i), right.image(j)).sqrt()).sum())
        .collect();
    rows.iter().sum::<f64>() / (left.count() as f64 * right.count() as f64)
}

/// Mean Euclidean distance over all ordered pairs of `images`, each image with itself included (at distance 0).
pub(super) fn mean_within(images: &Images) -> f64 {
    let count = images.count() as f64;
    let pairs: Vec<f64> = (0..images.count())
        .into_par_iter()
        .map(|i| (i + 1..images.count()).map(|j| squared(images.image(i), images.image(j)).sqrt()).sum())
        .collect();
    2.0 * pairs.iter().sum::<f64>() / (count * count)
}
