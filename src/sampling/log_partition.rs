//! The logarithm of a partition function from importance weights, and how far it is known.

/// Which side of log Z an estimate lies on, in expectation and mostly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The estimate is at most log Z on average, and exceeds it by c or more with probability at most e⁻ᶜ: of forward
    /// annealing.
    Lower,
    /// The estimate is at least log Z on average, and falls short by c or more with probability at most e⁻ᶜ: of reverse
    /// annealing from **exact** samples of the model, and from no other.
    Upper,
}

/// An estimate of log Z, in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPartition {
    pub bound: Bound,
    /// log of the mean weight; for the reverse, minus the log of the mean reciprocal weight.
    pub log_z: f64,
    /// Standard error of `log_z` by the delta method: the standard deviation of the weights by their mean and √n. It knows
    /// only of what the chains met: with an effective sample size of a few it is far too small.
    pub standard_error: f64,
    /// (Σ w)² / Σ w², from 1 to the number of chains: how many chains carry the estimate.
    pub effective_sample_size: f64,
    /// Logarithm of each chain's weight; for the reverse, of its reciprocal, which estimates 1/Z.
    pub log_weights: Vec<f64>,
    /// Share of accepted proposals at each distribution between the ends, in the order of b, 0 to 1.
    pub acceptance: Vec<f64>,
}

impl LogPartition {
    /// The estimate from at least two finite log weights.
    pub(super) fn new(bound: Bound, log_weights: Vec<f64>, acceptance: Vec<f64>) -> Self {
        let count = log_weights.len() as f64;
        let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = log_weights.iter().map(|weight| (weight - largest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
        let mean = sum / count;
        let variance = weights.iter().map(|weight| (weight - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let log_mean = largest + mean.ln();
        let log_z = match bound {
            Bound::Lower => log_mean,
            Bound::Upper => -log_mean,
        };
        let standard_error = (variance / count).sqrt() / mean;
        Self { bound, log_z, standard_error, effective_sample_size: sum * sum / squares, log_weights, acceptance }
    }

    /// Mean acceptance over all distributions between the ends, 0 to 1; none where there are none.
    #[must_use]
    pub fn mean_acceptance(&self) -> Option<f64> {
        let count = self.acceptance.len();
        (count > 0).then(|| self.acceptance.iter().sum::<f64>() / count as f64)
    }
}

/// Estimates from both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPartitionBounds {
    /// By forward annealing from the reference.
    pub lower: LogPartition,
    /// By reverse annealing; an upper bound only if its samples were exact.
    pub upper: LogPartition,
}

impl LogPartitionBounds {
    /// Upper less lower estimate, in nats: by how much log Z may be wrong. Below 0 by more than a few of
    /// [`Self::gap_error`] only where the samples of the reverse were not exact.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.upper.log_z - self.lower.log_z
    }

    /// Standard error of the gap: the two passes are independent.
    #[must_use]
    pub fn gap_error(&self) -> f64 {
        self.lower.standard_error.hypot(self.upper.standard_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_worked_by_hand() {
        // Weights 1 and 3, mean 2, variance 2; far out of the range of exp.
        let log_weights = vec![-9000.0, -9000.0 + 3f64.ln()];
        for (bound, sign) in [(Bound::Lower, 1.0), (Bound::Upper, -1.0)] {
            let found = LogPartition::new(bound, log_weights.clone(), vec![0.5, 0.7]);
            assert!((found.log_z - sign * (-9000.0 + 2f64.ln())).abs() < 1e-9, "{found:?}");
            assert!((found.standard_error - 0.5).abs() < 1e-9, "{found:?}");
            assert!((found.effective_sample_size - 1.6).abs() < 1e-9, "{found:?}");
            assert!(found.mean_acceptance().is_some_and(|mean| (mean - 0.6).abs() < 1e-12));
        }
    }

    #[test]
    fn the_gap_is_upper_less_lower() {
        let at = |bound, log_weight| LogPartition::new(bound, vec![log_weight; 3], vec![]);
        let bounds = LogPartitionBounds { lower: at(Bound::Lower, 4.0), upper: at(Bound::Upper, -5.5) };
        assert_eq!((bounds.gap(), bounds.gap_error()), (1.5, 0.0));
        assert_eq!(bounds.lower.mean_acceptance(), None);
    }
}
