//! Maximum mean discrepancy with a polynomial kernel.

use super::error::MetricError;
use super::features::{Features, dot};
use rayon::prelude::*;

/// A squared maximum mean discrepancy. It has no unit; 0 in expectation for two samples of one distribution, and, being
/// unbiased, also below.
#[derive(Debug, Clone, PartialEq)]
pub struct PolynomialMmd {
    /// Name of the features that were compared.
    pub features: String,
    /// From all pairs.
    pub value: f64,
    /// Mean over blocks of images: the same in expectation, but noisier.
    pub block_mean: f64,
    /// Standard error of `block_mean`. It bounds that of `value`, which uses more pairs, from above for large sets.
    pub standard_error: f64,
    /// Disjoint blocks that each set was cut into.
    pub blocks: usize,
}

/// Unbiased squared maximum mean discrepancy with the kernel `(x·y / width + 1)³` (Bińkowski et al., Demystifying MMD
/// GANs, arXiv 1801.01401, where it is taken on Inception's features).
///
/// Its standard error is that of the mean over `√n` blocks of consecutive images (Zaremba et al., B-tests, arXiv
/// 1307.1954), n being the count of the smaller set. Since blocks are of neighbours, images that depend on those just
/// before them, as along a chain, do not make it too small as long as the dependence is short beside a block; a set
/// sorted by class makes it too large. Time grows as (n + m)².
///
/// # Errors
/// Features of other names or widths, fewer than 4 images in a set.
pub fn polynomial_mmd(left: &Features, right: &Features) -> Result<PolynomialMmd, MetricError> {
    left.comparable(right, 4)?;
    let smaller = left.rows().min(right.rows());
    let blocks = smaller.isqrt();
    let all = |features: &Features| (0..features.rows()).collect::<Vec<_>>();
    let value = unbiased(left, &all(left), right, &all(right));
    let each: Vec<f64> = (0..blocks)
        .map(|block| unbiased(left, &part(left.rows(), block, blocks), right, &part(right.rows(), block, blocks)))
        .collect();
    let count = blocks as f64;
    let block_mean = each.iter().sum::<f64>() / count;
    let variance = each.iter().map(|found| (found - block_mean).powi(2)).sum::<f64>() / (count - 1.0);
    let standard_error = (variance / count).sqrt();
    Ok(PolynomialMmd { features: left.name().to_owned(), value, block_mean, standard_error, blocks })
}

/// Part `block` of `0..rows` cut into `blocks` parts, whose lengths differ by one at most.
fn part(rows: usize, block: usize, blocks: usize) -> Vec<usize> {
    (rows * block / blocks..rows * (block + 1) / blocks).collect()
}

/// The paper's unbiased estimate: no image is paired with itself.
fn unbiased(left: &Features, of_left: &[usize], right: &Features, of_right: &[usize]) -> f64 {
    let (n, m) = (of_left.len() as f64, of_right.len() as f64);
    let across: f64 = row_sums(of_left, |i| of_right.iter().map(|&j| kernel(left.row(i), right.row(j))).sum());
    let within = |features: &Features, rows: &[usize]| {
        row_sums(rows, |i| {
            let others = rows.iter().filter(|&&j| j != i);
            others.map(|&j| kernel(features.row(i), features.row(j))).sum()
        })
    };
    within(left, of_left) / (n * (n - 1.0)) + within(right, of_right) / (m * (m - 1.0)) - 2.0 * across / (n * m)
}

/// The sum of `term` over `rows`, worked out in parallel and summed in order.
fn row_sums(rows: &[usize], term: impl Fn(usize) -> f64 + Sync) -> f64 {
    rows.par_iter().map(|&row| term(row)).collect::<Vec<f64>>().iter().sum()
}

fn kernel(a: &[f32], b: &[f32]) -> f64 {
    (dot(a, b) / a.len() as f64 + 1.0).powi(3)
}

#[cfg(test)]
#[path = "mmd_tests.rs"]
mod tests;
