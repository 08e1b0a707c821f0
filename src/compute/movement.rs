//! What one Langevin step does to a chain, in numbers: the arithmetic of equation (8) without the network.

/// The step `Y ← clamp(Y - drift · limit(∂E/∂Y) + noise · U)` with `∂E/∂Y = pull · Y - ∂f/∂Y`, U white noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Movement {
    /// Factor of the energy's gradient.
    pub drift: f32,
    /// Standard deviation of the noise; 0 draws none.
    pub noise: f32,
    /// The reference's pull towards zero: 1/σ² for a Gaussian, 0 for a uniform one.
    pub pull: f32,
    /// Bound on each value of ∂E/∂Y, if any.
    pub gradient_limit: Option<f32>,
    /// Box the chains are clamped to after the step, if any.
    pub clamp: Option<[f32; 2]>,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Score of each image before the step; empty before the first one.
    pub score: Vec<f32>,
    /// Share of values at an edge of the box after it, 0 to 1. Values that may not move do not count.
    pub clamped: f64,
}
