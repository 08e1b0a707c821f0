//! How well scores rank images of one kind above those of another.

use super::distributions::normal_quantile;
use super::error::MetricError;
use super::interval::{Interval, LEVEL};

/// The area under the receiver operating characteristic, with its uncertainty over new images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auroc {
    /// The area, from 0 to 1, and its 95 % interval: 1/2 is no ranking, 1 all positives above all negatives.
    pub interval: Interval,
    /// DeLong's standard error; 0 where the area is 0 or 1, though it is not known that well.
    pub standard_error: f64,
}

/// The probability that a positive's score is above a negative's, half of it where they are equal.
///
/// The standard error is that of DeLong, DeLong & Clarke-Pearson (Biometrics 44, 1988) by midranks (Sun & Xu, IEEE
/// Signal Processing Letters 21, 2014), and the interval that of a normal distribution, cut to [0, 1]. It is of the
/// sampling of images, not of learning again: for that take `student_interval` over seeds.
///
/// Where positives and negatives do not overlap, no error can be estimated. The interval is then the exact one
/// (Clopper-Pearson) of `min(m, n)` disjoint pairs that were all ranked alike, which is wider than need be.
///
/// # Errors
/// Fewer than 2 scores of a kind, scores that are not finite or all equal.
pub fn auroc<Score: Into<f64> + Copy>(positive: &[Score], negative: &[Score]) -> Result<Auroc, MetricError> {
    let positive: Vec<f64> = positive.iter().map(|&score| score.into()).collect();
    let negative: Vec<f64> = negative.iter().map(|&score| score.into()).collect();
    checked(&positive, &negative)?;
    let pooled = midranks(&[positive.as_slice(), &negative].concat());
    let (of_positive, of_negative) = pooled.split_at(positive.len());
    // The share of negatives below each positive, and of positives below each negative.
    let below = |pooled: &[f64], own: &[f64], others: usize| -> Vec<f64> {
        pooled.iter().zip(midranks(own)).map(|(rank, own)| (rank - own) / others as f64).collect()
    };
    let (value, positive_error) = mean_and_error(&below(of_positive, &positive, negative.len()));
    let (_, negative_error) = mean_and_error(&below(of_negative, &negative, positive.len()));
    let standard_error = positive_error.hypot(negative_error);
    Ok(Auroc { interval: interval(value, standard_error, positive.len().min(negative.len())), standard_error })
}

fn checked(positive: &[f64], negative: &[f64]) -> Result<(), MetricError> {
    for (what, scores) in [("positive scores", positive), ("negative scores", negative)] {
        if scores.len() < 2 {
            return Err(MetricError::TooFewValues { what, found: scores.len(), needed: 2 });
        }
        if scores.iter().any(|score| !score.is_finite()) {
            return Err(MetricError::ValueNotFinite { what });
        }
    }
    let first = positive[0];
    if positive.iter().chain(negative).all(|&score| score == first) {
        return Err(MetricError::NoVariance { what: "scores", lacking: "they rank nothing" });
    }
    Ok(())
}

fn interval(value: f64, standard_error: f64, pairs: usize) -> Interval {
    let reach = normal_quantile(LEVEL) * standard_error;
    // The least chance at which so many pairs are all ranked alike more often than in a half of what the level leaves.
    let alike = ((1.0 - LEVEL) / 2.0).powf(1.0 / pairs as f64);
    if value >= 1.0 {
        Interval { value, low: alike, high: 1.0 }
    } else if value <= 0.0 {
        Interval { value, low: 0.0, high: 1.0 - alike }
    } else {
        Interval { value, low: (value - reach).max(0.0), high: (value + reach).min(1.0) }
    }
}

/// Ranks from 1; equal values share the mean of their ranks.
fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = first as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|&index| ranks[index] = rank);
        first += equal.len();
    }
    ranks
}

/// The mean of two or more values, and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

#[cfg(test)]
#[path = "ranking_tests.rs"]
mod tests;
