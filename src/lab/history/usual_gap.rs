//! How large the gap of a grid usually is.

/// A slow mean of |gap|, against which a gap is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct UsualGap {
    mean: f64,
    mass: f64,
}

impl UsualGap {
    /// Takes in the gap of an update.
    pub fn push(&mut self, gap: f64) {
        const WEIGHT: f64 = 0.99;
        // A runaway must not make itself the usual case.
        let most = self.get().map_or(f64::INFINITY, |usual| 10.0 * usual.max(1e-6));
        if gap.is_finite() {
            self.mean = WEIGHT * self.mean + (1.0 - WEIGHT) * gap.abs().min(most);
            self.mass = WEIGHT * self.mass + (1.0 - WEIGHT);
        }
    }

    /// Known after twenty updates.
    pub fn get(&self) -> Option<f64> {
        (self.mass > 0.18).then(|| self.mean / self.mass)
    }
}
