//! The governor fades a grid's learning out while its sampler cannot follow its model.

/// How the governor judges a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GovernorSpec {
    /// The band is this many times the mean |gap|.
    pub band: f64,
    /// The mean is taken over the first so many updates, which are not governed.
    pub settle: u64,
}

/// The state of one grid's governor.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Governor {
    updates: u64,
    mean: f64,
    /// The gap, smoothed over about five updates.
    gap: f64,
}

impl Governor {
    /// The share of the contrast to let through now: `clip(2 - gap / band, 0, 1)`.
    #[must_use]
    pub fn share(&self, spec: &GovernorSpec) -> f64 {
        let band = spec.band * self.mean;
        if self.updates < spec.settle || band <= 0.0 {
            return 1.0;
        }
        (2.0 - self.gap / band).clamp(0.0, 1.0)
    }

    /// Takes in the gap of an update: mean observed score less mean synthesized score.
    pub fn record(&mut self, gap: f64, spec: &GovernorSpec) {
        if !gap.is_finite() {
            return;
        }
        self.gap = if self.updates == 0 { gap } else { 0.8 * self.gap + 0.2 * gap };
        self.updates += 1;
        if self.updates <= spec.settle {
            self.mean += (gap.abs() - self.mean) / self.updates as f64;
        }
    }
}
