//! How sure a number is: intervals over resampled images and over seeds.

use super::distributions::student_quantile;
use super::error::MetricError;
use super::streams::Stream;
use rayon::prelude::*;

/// The usual level of an interval.
pub(super) const LEVEL: f64 = 0.95;

/// An estimate with the ends of its interval. A bootstrap's need not hold the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// Whether the two have a number in common. Intervals that do not overlap differ by far more than their level asks
    /// for; ones that do may still differ.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// A percentile bootstrap: the spread of a statistic over sets of images drawn from those at hand, with repetition
/// (Efron, Annals of Statistics 7, 1979).
///
/// It is of the sampling of images, with the model as it is. Repeated images are at distance 0 from each other, so it
/// is not meant for nearest neighbours within a set, nor for extremes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    pub resamples: usize,
    /// The share of resamples between the ends, inside (0, 1).
    pub level: f64,
    /// Names the random images.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1000, level: LEVEL, seed: 0 }
    }
}

impl Bootstrap {
    /// The interval of a `statistic` of `SETS` sets of images, of these counts, which are resampled apart from each
    /// other. The statistic gets the indices of each set's images, in order for the estimate itself.
    ///
    /// Ends are interpolated between resamples. Time is that of `1 + resamples` statistics, in parallel.
    ///
    /// # Errors
    /// A count of 0, fewer than 2 or above 2³² - 1 resamples, a level outside (0, 1), a statistic that fails or is not
    /// finite.
    pub fn interval<const SETS: usize>(
        &self,
        counts: [usize; SETS],
        statistic: impl Fn(&[Vec<usize>; SETS]) -> Result<f64, MetricError> + Sync,
    ) -> Result<Interval, MetricError> {
        self.checked(&counts)?;
        let finite = |indices: &[Vec<usize>; SETS]| {
            let value = statistic(indices)?;
            if value.is_finite() {
                Ok(value)
            } else {
                Err(MetricError::ValueNotFinite { what: "resampled statistics" })
            }
        };
        let value = finite(&counts.map(|count| (0..count).collect()))?;
        let of_resample = |resample: usize| {
            let drawn = |set: usize| {
                let key = Stream::Resample.key(self.seed, set as u32, resample as u32);
                (0..counts[set]).map(|place| key.below(counts[set], 0, place as u32)).collect()
            };
            finite(&std::array::from_fn(drawn))
        };
        let mut values = (0..self.resamples).into_par_iter().map(of_resample).collect::<Result<Vec<f64>, _>>()?;
        values.sort_unstable_by(f64::total_cmp);
        let outside = (1.0 - self.level) / 2.0;
        Ok(Interval { value, low: quantile(&values, outside), high: quantile(&values, 1.0 - outside) })
    }

    fn checked(&self, counts: &[usize]) -> Result<(), MetricError> {
        if counts.contains(&0) {
            return Err(MetricError::TooFew { found: 0, needed: 1 });
        }
        if self.resamples < 2 {
            return Err(MetricError::TooFewValues { what: "resamples", found: self.resamples, needed: 2 });
        }
        if u32::try_from(self.resamples).is_err() {
            return Err(MetricError::Settings(format!("resamples must be below 2^32, found {}", self.resamples)));
        }
        level_inside(self.level)
    }
}

/// Student's t interval for the mean of a few independent values, such as one for each seed. It holds for values that
/// are about normal.
///
/// # Errors
/// Fewer than 2 values, values that are not finite or all equal, a level outside (0, 1).
pub fn student_interval(values: &[f64], level: f64) -> Result<Interval, MetricError> {
    level_inside(level)?;
    let found = values.len();
    if found < 2 {
        return Err(MetricError::TooFewValues { what: "values", found, needed: 2 });
    }
    if values.iter().any(|value| !value.is_finite()) {
        return Err(MetricError::ValueNotFinite { what: "values" });
    }
    if values.iter().all(|&value| value == values[0]) {
        return Err(MetricError::NoVariance { what: "values", lacking: "their mean has no interval" });
    }
    let count = found as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let reach = student_quantile(level, found - 1) * (variance / count).sqrt();
    Ok(Interval { value: mean, low: mean - reach, high: mean + reach })
}

fn level_inside(level: f64) -> Result<(), MetricError> {
    match level > 0.0 && level < 1.0 {
        true => Ok(()),
        false => Err(MetricError::Settings(format!("the level must lie between 0 and 1, such as 0.95; found {level}"))),
    }
}

/// The quantile of sorted values, interpolated between the two around it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
#[path = "interval_tests.rs"]
mod tests;
