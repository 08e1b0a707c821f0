//! Annealed importance sampling of log Z (Neal, "Annealed importance sampling", Statistics and Computing 11, 2001), and its
//! reverse (Burda, Grosse & Salakhutdinov, "Accurate and conservative estimates of MRF log-likelihood using reverse
//! annealing", AISTATS 2015, arXiv 1412.8566).
//!
//! The model is `p(Y) = exp(f(Y)) p0(Y) / Z`, equation (1), with a normalized reference p0: Z is the mean of exp(f) under
//! p0. Chains go through p_b ∝ p0 exp(b f) from b = 0 to 1 or back and gather `Σ (b_k - b_{k-1}) f(Y)`. Weights are
//! unbiased for Z (reciprocals for 1/Z) however few and bad the steps; these only spread them. The score must be a function
//! of one image: of networks with batch normalization, that of frozen statistics. It comes in single
//! precision: with scores of some 10⁶ log Z is known to a tenth at best.

use super::annealed_chains::{AnnealedChains, Score, Transition};
use super::annealing_error::AnnealingError;
use super::annealing_schedule::AnnealingSchedule;
use super::log_partition::{Bound, LogPartition, LogPartitionBounds};
use crate::compute::{Images, NoiseKey, Purpose};
use crate::model::Reference;
use std::f64::consts::TAU;

/// How log Z is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnnealedImportance {
    /// p0.
    pub reference: Reference,
    /// Values of black and white: the box of a uniform reference without one of its own.
    pub range: [f32; 2],
    pub schedule: AnnealingSchedule,
    /// Transitions at each distribution between the ends, at least 1.
    pub transitions: usize,
    /// Leapfrog steps of a transition, at least 1, which makes it a Langevin step with Metropolis' test.
    pub leapfrog: usize,
    /// Names the random numbers.
    pub seed: u64,
}

/// A step size for each distribution between the ends, found by a pilot pass: fixed before the chains that count start,
/// so that the weights stay unbiased.
#[derive(Debug, Clone, PartialEq)]
pub struct StepSizes {
    /// ε of b_1, … b_{K-1}.
    sizes: Vec<f32>,
}

impl StepSizes {
    /// Step sizes of one's own: ε of each distribution between the ends, in the order of b.
    #[must_use]
    pub fn new(sizes: Vec<f32>) -> Self {
        Self { sizes }
    }

    /// ε of each distribution between the ends, in the order of b.
    #[must_use]
    pub fn sizes(&self) -> &[f32] {
        &self.sizes
    }
}

/// The passes, which never share a random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    Pilot,
    Forward,
    Reverse,
}

/// Acceptance that is best in many dimensions, of one leapfrog step (Roberts & Rosenthal 1998) and of several (Beskos et
/// al. 2013).
const TARGETS: [f64; 2] = [0.574, 0.651];
/// Transitions by which the pilot finds its first step size, and fewest at each distribution after it.
const PILOT_FIRST: usize = 40;
const PILOT_EACH: usize = 2;
/// Logarithm of how much shorter than the reference is wide a step may become.
const LOG_RANGE: f64 = 25.0;

impl AnnealedImportance {
    /// Finds step sizes with `shape[0]` chains of images `[batch, channel, height, width]`: those that bring acceptance
    /// near .574, or .651 for several leapfrog steps, on the way from the reference. 16 chains and more do.
    ///
    /// # Errors
    /// Settings out of range, fewer than 2 chains, a score that fails or is not finite under the reference.
    pub fn pilot<E>(&self, score: &mut Score<E>, shape: [usize; 4]) -> Result<StepSizes, AnnealingError<E>> {
        let temperatures = self.checked(shape[0])?;
        let target = TARGETS[usize::from(self.leapfrog > 1)];
        // A step as long as the reference is wide forgets where it came from.
        let longest = match self.reference {
            Reference::Gaussian { sigma } => 2.0 * f64::from(sigma),
            _ => self.walls().map_or(1.0, |[low, high]| f64::from(high) - f64::from(low)),
        };
        let mut chains = AnnealedChains::at(self.reference_images(Pass::Pilot, shape), score)?;
        let mut log_size = (0.5 * longest / (shape[1..].iter().product::<usize>() as f64).cbrt()).ln();
        let mut sizes = Vec::with_capacity(temperatures.len());
        for (before, &temperature) in temperatures[1..temperatures.len() - 1].iter().enumerate() {
            let rounds = if before == 0 { PILOT_FIRST } else { self.transitions.max(PILOT_EACH) };
            for round in 0..rounds {
                let transition = self.transition(temperature, log_size.exp() as f32);
                let acceptance = chains.step(transition, score, self.key(Pass::Pilot, before + 1, round))?;
                // Acceptance falls by about 1 where the logarithm of the step grows by 1: this is Newton's step.
                log_size = (log_size + acceptance.probability - target).clamp(longest.ln() - LOG_RANGE, longest.ln());
            }
            sizes.push(log_size.exp() as f32);
        }
        Ok(StepSizes { sizes })
    }

    /// Annealed importance sampling with `shape[0]` chains of images `[batch, channel, height, width]` from the reference:
    /// a stochastic **lower** bound of log Z. Likelihoods from it are overstated where the chains miss modes.
    ///
    /// # Errors
    /// Settings out of range, step sizes of another schedule, fewer than 2 chains, a score that fails or is not finite
    /// under the reference.
    pub fn forward<E>(
        &self,
        steps: &StepSizes,
        score: &mut Score<E>,
        shape: [usize; 4],
    ) -> Result<LogPartition, AnnealingError<E>> {
        self.checked(shape[0])?;
        let chains = AnnealedChains::at(self.reference_images(Pass::Forward, shape), score)?;
        self.anneal(Pass::Forward, steps, score, chains)
    }

    /// Reverse annealing from `samples` of the model, `[batch, channel, height, width]`, one chain from each: a stochastic
    /// **upper** bound of log Z if they are independent and **exact**. Of samples that MCMC drew, short of its
    /// equilibrium, or of data, it is an estimate and bounds nothing; such samples of high score raise it, of low score
    /// lower it.
    ///
    /// # Errors
    /// Settings out of range, step sizes of another schedule, fewer than 2 samples, samples outside of the reference's
    /// box, a score that fails or is not finite at them.
    pub fn reverse<E>(
        &self,
        steps: &StepSizes,
        score: &mut Score<E>,
        samples: &Images,
    ) -> Result<LogPartition, AnnealingError<E>> {
        self.checked(samples.count())?;
        if let Some([low, high]) = self.walls() {
            let inside = |image: usize| samples.image(image).iter().all(|value| (low..=high).contains(value));
            if let Some(image) = (0..samples.count()).find(|&image| !inside(image)) {
                return Err(AnnealingError::Outside { image, low, high });
            }
        }
        let chains = AnnealedChains::at(samples.clone(), score)?;
        self.anneal(Pass::Reverse, steps, score, chains)
    }

    /// A pilot, a forward pass and a reverse pass from `samples`, of as many chains each: see [`Self::reverse`] for what
    /// the samples must be.
    ///
    /// # Errors
    /// Those of the three passes.
    pub fn bounds<E>(&self, score: &mut Score<E>, samples: &Images) -> Result<LogPartitionBounds, AnnealingError<E>> {
        let steps = self.pilot(score, samples.shape())?;
        let lower = self.forward(&steps, score, samples.shape())?;
        let upper = self.reverse(&steps, score, samples)?;
        Ok(LogPartitionBounds { lower, upper })
    }

    /// log p0(Y) of each image, in nats; -∞ outside of the box of a uniform reference. The log-likelihood of an image is
    /// this plus its score less log Z.
    #[must_use]
    pub fn log_reference(&self, images: &Images) -> Vec<f64> {
        let dimensions = images.image_len() as f64;
        let log_density = |image: &[f32]| match (self.reference, self.walls()) {
            (Reference::Gaussian { sigma }, _) => {
                let variance = f64::from(sigma).powi(2);
                let square: f64 = image.iter().map(|&y| f64::from(y).powi(2)).sum();
                -0.5 * (square / variance + dimensions * (TAU * variance).ln())
            }
            (_, Some([low, high])) if !image.iter().all(|y| (low..=high).contains(y)) => f64::NEG_INFINITY,
            (_, walls) => -dimensions * walls.map_or(1.0, |[low, high]| f64::from(high) - f64::from(low)).ln(),
        };
        (0..images.count()).map(|index| log_density(images.image(index))).collect()
    }

    /// Takes the chains from one end to the other. The reverse visits the same kernels in turn, which are reversible.
    fn anneal<E>(
        &self,
        pass: Pass,
        steps: &StepSizes,
        score: &mut Score<E>,
        mut chains: AnnealedChains,
    ) -> Result<LogPartition, AnnealingError<E>> {
        let temperatures = self.checked(chains.score().len())?;
        let intervals = temperatures.len() - 1;
        self.check_steps(steps, intervals - 1)?;
        let (bound, sign) = if pass == Pass::Reverse { (Bound::Upper, -1.0) } else { (Bound::Lower, 1.0) };
        let mut log_weights = vec![0.0; chains.score().len()];
        let mut acceptance = vec![0.0; intervals - 1];
        for visited in 1..=intervals {
            // Interval k lies between b_{k-1} and b_k; beyond it the chains move at the end that they come to.
            let (k, next) = match pass {
                Pass::Reverse => (intervals + 1 - visited, intervals - visited),
                _ => (visited, visited),
            };
            let space = sign * (temperatures[k] - temperatures[k - 1]);
            log_weights.iter_mut().zip(chains.score()).for_each(|(sum, score)| *sum += space * score);
            if (1..intervals).contains(&next) {
                let transition = self.transition(temperatures[next], steps.sizes[next - 1]);
                for count in 0..self.transitions {
                    let found = chains.step(transition, score, self.key(pass, next, count))?;
                    acceptance[next - 1] += found.accepted / self.transitions as f64;
                }
            }
        }
        Ok(LogPartition::new(bound, log_weights, acceptance))
    }

    fn transition(&self, inverse_temperature: f64, step_size: f32) -> Transition {
        let (leapfrog, pull, walls) = (self.leapfrog, self.reference.pull(), self.walls());
        Transition { inverse_temperature, step_size, leapfrog, pull, walls }
    }

    /// The box outside of which p0 has no density.
    fn walls(&self) -> Option<[f32; 2]> {
        match self.reference {
            Reference::Gaussian { .. } => None,
            Reference::Uniform => Some(self.range),
            Reference::Box { low, high } => Some([low, high]),
        }
    }

    fn reference_images(&self, pass: Pass, shape: [usize; 4]) -> Images {
        let key = self.key(pass, 0, 0).companion(Purpose::Start);
        let mut images = Images::zeros(shape);
        (0..shape[0]).for_each(|at| self.reference.draw(key, at as u32, self.range, images.image_mut(at)));
        images
    }

    fn key(&self, pass: Pass, distribution: usize, transition: usize) -> NoiseKey {
        let key = NoiseKey::new(self.seed, Purpose::Metric);
        NoiseKey { iteration: distribution as u64, grid: pass as u32, step: transition as u32, ..key }
    }

    /// The inverse temperatures, if the settings are sound and there are chains enough.
    fn checked<E>(&self, chains: usize) -> Result<Vec<f64>, AnnealingError<E>> {
        if chains < 2 {
            return Err(AnnealingError::TooFew { found: chains });
        }
        let settings = |text: String| Err(AnnealingError::Settings(text));
        if self.transitions == 0 || self.leapfrog == 0 {
            return settings("it takes at least 1 transition of 1 leapfrog step".to_owned());
        }
        match (self.reference, self.walls()) {
            (Reference::Gaussian { sigma }, _) if !(sigma.is_finite() && sigma > 0.0) => {
                return settings(format!("σ of a Gaussian reference is above 0, not {sigma}"));
            }
            (_, Some([low, high])) if !((high - low).is_finite() && high > low) => {
                return settings(format!("the box [{low}, {high}] of the reference has no width"));
            }
            _ => {}
        }
        self.schedule.inverse_temperatures().map_err(AnnealingError::Settings)
    }

    fn check_steps<E>(&self, steps: &StepSizes, needed: usize) -> Result<(), AnnealingError<E>> {
        let found = steps.sizes.len();
        let text = if found != needed {
            format!(
                "{found} step sizes do not fit {needed} distributions between the ends; make a pilot of this schedule"
            )
        } else if let Some(size) = steps.sizes.iter().find(|size| !(size.is_finite() && **size > 0.0)) {
            format!("a step size is finite and above 0, not {size}")
        } else {
            return Ok(());
        };
        Err(AnnealingError::Settings(text))
    }
}
