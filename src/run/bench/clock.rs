//! Reading the clock, and what many readings say.

use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Runs `work`; its time in milliseconds, and what it returned.
pub(super) fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(f64, T), E> {
    let started = Instant::now();
    let value = work()?;
    Ok((milliseconds(started.elapsed()), value))
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    1e3 * duration.as_secs_f64()
}

/// Floating point operations in milliseconds, as GFLOP/s; 0 where no time was taken.
pub(super) fn gflops(flops: f64, milliseconds: f64) -> f64 {
    if milliseconds > 0.0 { flops / milliseconds / 1e6 } else { 0.0 }
}

/// A share from 0 to 1; 0 of nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The middle of `values`, the mean of the middle two where their number is even; 0 of none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 0 => 0.5 * (sorted[half - 1] + sorted[half]),
        _ => sorted[half],
    }
}

/// What the rounds of a measurement came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub median: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// The spread of `values`, which must not be empty.
    pub(super) fn of(values: &[f64]) -> Self {
        Self {
            median: median(values),
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            most: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!([median(&[]), median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 8.0])], [0.0, 2.0, 3.0]);
        assert_eq!(Spread::of(&[2.0, 5.0, 3.0]), Spread { median: 3.0, least: 2.0, most: 5.0 });
    }
}
