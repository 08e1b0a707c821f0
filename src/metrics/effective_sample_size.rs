//! How many independent draws the draws of chains are worth (Vehtari et al. 2021, arXiv 1903.08008, sections 3 and 4).

use super::autocovariance::{autocovariance, mean, variance};
use super::mixing::{MixingError, ScalarChains, is_constant};
use super::normal_scores::{normal_scores, quantile};

/// Shares of draws in the lower and up to the upper tail.
const TAILS: [f64; 2] = [0.05, 0.95];

impl ScalarChains {
    /// Independent draws that would know the mean as well: S / τ of S draws in all. Chains that disagree lower it as
    /// chains that creep do. More than S where steps swing from side to side, at most S · log₁₀ S.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where the halves of all chains hold one number.
    pub fn mean_effective_sample_size(&self) -> Result<f64, MixingError> {
        effective_sample_size(&self.halves())
    }

    /// The effective sample size of the draws' normal scores: for the bulk of any distribution, of infinite variance too.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where the halves of all chains hold one number.
    pub fn bulk_effective_sample_size(&self) -> Result<f64, MixingError> {
        effective_sample_size(&normal_scores(&self.halves()))
    }

    /// The smaller of the effective sample sizes for the quantiles at 5 % and 95 %: for the tails. A quantile that no draw
    /// exceeds, where draws tie, has none and does not count.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where neither quantile counts.
    pub fn tail_effective_sample_size(&self) -> Result<f64, MixingError> {
        let below = |row: Vec<f64>, limit: f64| row.into_iter().map(|draw| f64::from(draw <= limit)).collect();
        let sizes = TAILS.map(|share| {
            let limit = quantile(self.rows(), share);
            let marks: Vec<Vec<f64>> = self.halves().into_iter().map(|row| below(row, limit)).collect();
            effective_sample_size(&marks)
        });
        sizes.into_iter().filter_map(Result::ok).min_by(f64::total_cmp).ok_or(MixingError::Constant)
    }

    /// τ = 1 + 2 Σ ρ_t, in draws: as many draws are worth one independent draw, for the mean. 1 for independent draws,
    /// (1 + φ)/(1 - φ) for a first-order autoregression of coefficient φ. Estimated from less than some 50 τ draws it is
    /// too small.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where the halves of all chains hold one number.
    pub fn integrated_autocorrelation_time(&self) -> Result<f64, MixingError> {
        Ok(self.total() as f64 / self.mean_effective_sample_size()?)
    }
}

/// The effective sample size of rows of one length, at least two of at least two draws.
fn effective_sample_size(rows: &[Vec<f64>]) -> Result<f64, MixingError> {
    if is_constant(rows) {
        return Err(MixingError::Constant);
    }
    let draws = rows[0].len();
    let correlation = combined_autocorrelation(rows);
    // Lags in pairs, of which the sums would be positive and fall if they were known exactly: Geyer's initial monotone
    // sequence (Practical Markov Chain Monte Carlo, 1992). The last even lag lessens the bias of chains that swing.
    let (mut sum, mut ceiling, mut lag) = (0.0, f64::INFINITY, 0);
    let rest = loop {
        let (even, pair) = (correlation[lag], correlation[lag] + correlation[lag + 1]);
        if pair <= 0.0 || lag + 4 >= draws {
            break if even > 0.0 || pair >= 0.0 { even } else { 0.0 };
        }
        ceiling = pair.min(ceiling);
        sum += ceiling;
        lag += 2;
    };
    let total = (rows.len() * draws) as f64;
    let time = (2.0 * sum + rest - 1.0).max(1.0 / total.log10());
    Ok(total / time)
}

/// ρ_t = 1 - (W - mean of the autocovariances at t) / var⁺ at each lag, 1 at lag 0: near 1 at all lags where rows
/// disagree.
fn combined_autocorrelation(rows: &[Vec<f64>]) -> Vec<f64> {
    let draws = rows[0].len();
    let mut covariance = vec![0.0; draws];
    for row in rows {
        covariance.iter_mut().zip(autocovariance(row)).for_each(|(sum, value)| *sum += value / rows.len() as f64);
    }
    let within = covariance[0] * draws as f64 / (draws - 1) as f64;
    let whole = covariance[0] + variance(&rows.iter().map(|row| mean(row)).collect::<Vec<_>>());
    let mut correlation: Vec<f64> = covariance.iter().map(|value| 1.0 - (within - value) / whole).collect();
    correlation[0] = 1.0;
    correlation
}
