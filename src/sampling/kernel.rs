//! MCMC kernels as a recipe writes them down: how chains move, for how many steps, over which reference.

use super::Langevin;
use crate::compute::Statistics;
use crate::model::Reference;

/// A kernel of one grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    /// Steps l on a grid; at least one.
    pub steps: usize,
    pub rule: Rule,
    /// Box the chains stay in, if any.
    pub clamp: Option<[f32; 2]>,
    pub reference: Reference,
}

/// How one step moves the chains.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Equation (8): `Y ← Y - c · ∂E/∂Y + s · U`, U white noise. Leaves exp(-E/T) with `T = s²/2c` alone as c goes to 0.
    Langevin {
        /// c: δ²/2 in the paper.
        drift: f32,
        /// s: δ in the paper.
        noise: f32,
        /// Bound on each value of ∂E/∂Y, if any.
        gradient_limit: Option<f32>,
    },
    /// Langevin steps whose temperature goes geometrically from `from` at the first step to `to` at the last: the noise
    /// of step τ is √(2 c T_τ).
    Annealed { drift: f32, gradient_limit: Option<f32>, from: f32, to: f32 },
    /// Hamiltonian Monte Carlo (Neal 2011, "MCMC using Hamiltonian dynamics"): momenta drawn anew from N(0, I), `leapfrog`
    /// steps of size ε = `step_size`, Metropolis' test. Exact for any ε. One leapfrog step is MALA, the Metropolis-adjusted
    /// Langevin algorithm (Roberts & Tweedie 1996), with δ = ε.
    Hamiltonian { step_size: f32, leapfrog: usize },
    /// Parallel tempering (Geyer 1991; Hukushima & Nemoto 1996): a replica of each chain at each of the `temperatures`,
    /// the coldest first and 1 for the model itself. Each moves by Langevin steps with noise √(2 c T); neighbours try to
    /// change places every `exchange_every` steps.
    Tempered { drift: f32, gradient_limit: Option<f32>, temperatures: Vec<f32>, exchange_every: usize },
}

/// What is wrong with a kernel.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KernelError {
    #[error("a kernel must take at least one step")]
    Steps,
    #[error("a kernel's {what} must be finite and {rule}, found {found}")]
    Number { what: &'static str, rule: &'static str, found: f32 },
    #[error("a kernel's box must go from low to high, such as [-1, 1]; found {0:?}")]
    Box([f32; 2]),
    #[error("a Hamiltonian kernel must take at least one leapfrog step; one is MALA")]
    Leapfrog,
    #[error("temperatures must be positive and rise from the coldest, such as [1, 2, 4]; found {0:?}")]
    Temperatures(Vec<f32>),
    #[error("replicas must try to change places every 1 or more steps, found 0")]
    ExchangeEvery,
    #[error("a Hamiltonian kernel has temperature 1; leave the factor at 1, or choose a Langevin kernel")]
    Unheated,
    #[error(
        "this kernel compares energies of single images, which batch statistics leave undefined: normalize with frozen \
         statistics or not at all, or choose a Langevin kernel"
    )]
    BatchStatistics,
}

impl Kernel {
    /// Step `step` (from 0) as a plain Langevin step, for the rules whose steps are such.
    #[must_use]
    pub fn langevin_at(&self, step: usize) -> Option<Langevin> {
        let (drift, noise, gradient_limit) = match self.rule {
            Rule::Langevin { drift, noise, gradient_limit } => (drift, noise, gradient_limit),
            Rule::Annealed { drift, gradient_limit, .. } => {
                (drift, noise_at(drift, self.temperature_at(step)), gradient_limit)
            }
            Rule::Hamiltonian { .. } | Rule::Tempered { .. } => return None,
        };
        let Self { steps, clamp, reference, .. } = *self;
        Some(Langevin { steps, drift, noise, gradient_limit, clamp, reference })
    }

    /// Effective temperature of step `step` (from 0): that of the coldest replica where there are several. It leaves out
    /// the gradient's limit and the box.
    #[must_use]
    pub fn temperature_at(&self, step: usize) -> f64 {
        match self.rule {
            Rule::Langevin { .. } => self.langevin_at(step).map_or(1.0, |langevin| langevin.temperature()),
            Rule::Annealed { to, .. } if step + 1 >= self.steps => f64::from(to),
            Rule::Annealed { from, to, .. } => {
                let [from, to] = [from, to].map(f64::from);
                from * (to / from).powf(step as f64 / (self.steps - 1) as f64)
            }
            Rule::Hamiltonian { .. } => 1.0,
            Rule::Tempered { ref temperatures, .. } => temperatures.first().map_or(1.0, |&coldest| f64::from(coldest)),
        }
    }

    /// This kernel at `factor` times its effective temperature, above 0 or, for plain Langevin steps, 0.
    ///
    /// # Errors
    /// A Hamiltonian kernel, whose temperature is always 1, or a factor that makes no kernel.
    pub fn heated(&self, factor: f64) -> Result<Self, KernelError> {
        let mut heated = self.clone();
        match &mut heated.rule {
            Rule::Langevin { noise, .. } => *noise *= factor.max(0.0).sqrt() as f32,
            Rule::Annealed { from, to, .. } => (*from, *to) = (*from * factor as f32, *to * factor as f32),
            Rule::Hamiltonian { .. } => return Err(KernelError::Unheated),
            Rule::Tempered { temperatures, .. } => temperatures.iter_mut().for_each(|t| *t *= factor as f32),
        }
        heated.check().map(|()| heated)
    }

    /// Effective temperature of the last step.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.temperature_at(self.steps.saturating_sub(1))
    }

    /// Whether steps propose something that may be rejected, so that there is an acceptance to show.
    #[must_use]
    pub fn accepts(&self) -> bool {
        matches!(self.rule, Rule::Hamiltonian { .. } | Rule::Tempered { .. })
    }

    /// Whether it compares energies of single images, which batch statistics leave undefined.
    #[must_use]
    pub fn needs_densities(&self) -> bool {
        self.accepts()
    }

    /// Whether the numbers make a kernel.
    ///
    /// # Errors
    /// The first number that does not.
    pub fn check(&self) -> Result<(), KernelError> {
        if self.steps == 0 {
            return Err(KernelError::Steps);
        }
        match self.clamp {
            Some(found @ [low, high]) if !(low < high && low.is_finite() && high.is_finite()) => {
                return Err(KernelError::Box(found));
            }
            _ => {}
        }
        match self.rule {
            Rule::Langevin { drift, noise, gradient_limit } => {
                check_drift(drift, gradient_limit)?;
                not_negative("noise", noise)
            }
            Rule::Annealed { drift, gradient_limit, from, to } => {
                check_drift(drift, gradient_limit)?;
                positive("first temperature", from)?;
                positive("last temperature", to)
            }
            Rule::Hamiltonian { leapfrog: 0, .. } => Err(KernelError::Leapfrog),
            Rule::Hamiltonian { step_size, .. } => positive("step size", step_size),
            Rule::Tempered { exchange_every: 0, .. } => Err(KernelError::ExchangeEvery),
            Rule::Tempered { drift, gradient_limit, ref temperatures, .. } => {
                check_drift(drift, gradient_limit)?;
                let positive = temperatures.iter().all(|&t| t > 0.0 && t.is_finite());
                let rising = temperatures.windows(2).all(|pair| pair[0] < pair[1]);
                match positive && rising && !temperatures.is_empty() {
                    true => Ok(()),
                    false => Err(KernelError::Temperatures(temperatures.clone())),
                }
            }
        }
    }

    /// Whether the kernel means something under these statistics.
    ///
    /// # Errors
    /// [`KernelError::BatchStatistics`] when it needs densities and they leave none.
    pub fn check_statistics(&self, statistics: Statistics) -> Result<(), KernelError> {
        match statistics {
            Statistics::Batch if self.needs_densities() => Err(KernelError::BatchStatistics),
            _ => Ok(()),
        }
    }
}

impl From<Langevin> for Kernel {
    fn from(langevin: Langevin) -> Self {
        let Langevin { steps, drift, noise, gradient_limit, clamp, reference } = langevin;
        Self { steps, rule: Rule::Langevin { drift, noise, gradient_limit }, clamp, reference }
    }
}

/// The noise s at which Langevin steps of drift c have a temperature: √(2 c T).
pub(super) fn noise_at(drift: f32, temperature: f64) -> f32 {
    (2.0 * f64::from(drift) * temperature).sqrt() as f32
}

fn check_drift(drift: f32, gradient_limit: Option<f32>) -> Result<(), KernelError> {
    not_negative("drift", drift)?;
    // An infinite limit is none.
    match gradient_limit {
        Some(limit) if limit.is_nan() || limit <= 0.0 => positive("gradient limit", limit),
        _ => Ok(()),
    }
}

fn positive(what: &'static str, found: f32) -> Result<(), KernelError> {
    match found > 0.0 && found.is_finite() {
        true => Ok(()),
        false => Err(KernelError::Number { what, rule: "above 0", found }),
    }
}

fn not_negative(what: &'static str, found: f32) -> Result<(), KernelError> {
    match found >= 0.0 && found.is_finite() {
        true => Ok(()),
        false => Err(KernelError::Number { what, rule: "at least 0", found }),
    }
}
