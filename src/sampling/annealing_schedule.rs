//! The inverse temperatures by which a reference is annealed into a model.

/// Inverse temperatures b from 0 to 1, spaced by a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AnnealingSchedule {
    /// b_k = k / K.
    Linear {
        /// K: one score of every chain and, but for the last, one transition each.
        intervals: usize,
    },
    /// Logistic, dense at both ends: b_k grows as σ(δ (2k/K - 1)), brought to 0 and 1 at the ends (Grosse, Maddison &
    /// Salakhutdinov, "Annealing between distributions by averaging moments", 2013, with δ = 4 in the code of Wu et al.,
    /// arXiv 1611.04273).
    Sigmoid {
        /// K, as above.
        intervals: usize,
        /// δ, above 0: near 0 it is the linear schedule.
        sharpness: f64,
    },
}

impl AnnealingSchedule {
    /// b_0 = 0, b_1, … b_K = 1, growing.
    ///
    /// # Errors
    /// What is wrong: no interval, or a sharpness that is not above 0 and at most 100.
    pub(super) fn inverse_temperatures(self) -> Result<Vec<f64>, String> {
        let (intervals, sharpness) = match self {
            Self::Linear { intervals } => (intervals, None),
            Self::Sigmoid { intervals, sharpness } => (intervals, Some(sharpness)),
        };
        if intervals == 0 {
            return Err("an annealing schedule has at least 1 interval".to_owned());
        }
        if let Some(sharpness) = sharpness.filter(|sharpness| !(*sharpness > 0.0 && *sharpness <= 100.0)) {
            return Err(format!("the sharpness of a sigmoid schedule lies above 0 and up to 100, not at {sharpness}"));
        }
        let place = |k: usize| k as f64 / intervals as f64;
        let bend = |share: f64| match sharpness {
            None => share,
            // The logistic function of twice the value is (1 + tanh) / 2.
            Some(sharpness) => 0.5 * (1.0 + (0.5 * sharpness * (2.0 * share - 1.0)).tanh() / (0.5 * sharpness).tanh()),
        };
        let inner = (1..intervals).map(|k| bend(place(k)));
        Ok(std::iter::once(0.0).chain(inner).chain([1.0]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_worked_by_hand() {
        let linear = AnnealingSchedule::Linear { intervals: 4 }.inverse_temperatures();
        assert_eq!(linear, Ok(vec![0.0, 0.25, 0.5, 0.75, 1.0]));
        let found = AnnealingSchedule::Sigmoid { intervals: 4, sharpness: 4.0 }.inverse_temperatures().unwrap();
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let ends = [logistic(-4.0), logistic(4.0)];
        for (k, b) in found.iter().enumerate() {
            let expected = (logistic(4.0 * (0.5 * k as f64 - 1.0)) - ends[0]) / (ends[1] - ends[0]);
            assert!((b - expected).abs() < 1e-12, "{k}: {b} is not {expected}");
        }
        let soft = AnnealingSchedule::Sigmoid { intervals: 4, sharpness: 1e-6 }.inverse_temperatures().unwrap();
        assert!(soft.iter().zip(linear.unwrap()).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn a_schedule_without_sense_is_refused() {
        assert!(AnnealingSchedule::Linear { intervals: 0 }.inverse_temperatures().is_err());
        for sharpness in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(AnnealingSchedule::Sigmoid { intervals: 3, sharpness }.inverse_temperatures().is_err());
        }
    }
}
