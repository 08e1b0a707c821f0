//! Parallel chains on the distributions p_b(Y) ∝ p0(Y) exp(b f(Y)) between a reference and a model.
//!
//! A transition is a leapfrog trajectory with fresh momenta and Metropolis' test (Neal 2011); of one leapfrog step it is
//! the Metropolis-adjusted Langevin step (Roberts & Tweedie 1996). At the walls of a box trajectories are reflected, which
//! is reversible and keeps volume: proposals that are merely refused there would need steps of 1/d in d dimensions.

use super::annealing_error::AnnealingError;
use crate::compute::{Images, NoiseKey, Purpose};

/// The score f(Y) of each image of a batch `[batch, channel, height, width]`; its gradient ∂f/∂Y is written over the
/// second argument, of the same shape. `|images, gradient| network.score_gradient(images, Statistics::Frozen, gradient)`
/// is one.
pub type Score<'a, E> = dyn FnMut(&Images, &mut Images) -> Result<Vec<f32>, E> + 'a;

/// One transition in numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transition {
    /// b, 0 to 1.
    pub(super) inverse_temperature: f64,
    /// ε: the time of one leapfrog step.
    pub(super) step_size: f32,
    /// Leapfrog steps, at least one. Each costs one gradient.
    pub(super) leapfrog: usize,
    /// 1/σ² of a Gaussian reference, else 0.
    pub(super) pull: f32,
    /// Box that trajectories stay in, if any.
    pub(super) walls: Option<[f32; 2]>,
}

/// What a transition did.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acceptance {
    /// Share of chains that accepted, 0 to 1.
    pub(super) accepted: f64,
    /// Mean probability to accept, 0 to 1.
    pub(super) probability: f64,
}

/// One chain for each image of a batch, with its score and the score's gradient, which do not depend on b.
pub(super) struct AnnealedChains {
    here: Points,
    proposal: Points,
    /// `[batch, channel, height, width]`
    momentum: Images,
}

struct Points {
    /// `[batch, channel, height, width]`
    images: Images,
    /// f(Y) of each image.
    score: Vec<f64>,
    /// ∂f/∂Y, `[batch, channel, height, width]`.
    gradient: Images,
}

impl Points {
    fn evaluate<E>(&mut self, score: &mut Score<E>) -> Result<(), AnnealingError<E>> {
        let found = score(&self.images, &mut self.gradient).map_err(AnnealingError::Score)?;
        if found.len() != self.images.count() || self.gradient.shape() != self.images.shape() {
            return Err(AnnealingError::Scores { found: found.len(), expected: self.images.count() });
        }
        self.score = found.into_iter().map(f64::from).collect();
        Ok(())
    }

    fn copy(&mut self, index: usize, other: &Self) {
        self.images.image_mut(index).copy_from_slice(other.images.image(index));
        self.gradient.image_mut(index).copy_from_slice(other.gradient.image(index));
        self.score[index] = other.score[index];
    }
}

impl AnnealedChains {
    /// Chains at `images`, whose scores must be finite.
    ///
    /// # Errors
    /// [`AnnealingError::NotFinite`], or what `score` fails with.
    pub(super) fn at<E>(images: Images, score: &mut Score<E>) -> Result<Self, AnnealingError<E>> {
        let [momentum, gradient] = [Images::zeros(images.shape()), Images::zeros(images.shape())];
        let mut here = Points { images, score: Vec::new(), gradient };
        here.evaluate(score)?;
        if let Some(image) = here.score.iter().position(|score| !score.is_finite()) {
            return Err(AnnealingError::NotFinite { image });
        }
        let proposal =
            Points { images: here.images.clone(), score: here.score.clone(), gradient: here.gradient.clone() };
        Ok(Self { here, proposal, momentum })
    }

    /// f(Y) of where each chain is: finite.
    pub(super) fn score(&self) -> &[f64] {
        &self.here.score
    }

    /// Moves every chain by a kernel that keeps p_b. Random numbers are those of `key`'s companions.
    ///
    /// # Errors
    /// What `score` fails with.
    pub(super) fn step<E>(
        &mut self,
        transition: Transition,
        score: &mut Score<E>,
        key: NoiseKey,
    ) -> Result<Acceptance, AnnealingError<E>> {
        let half = transition.step_size / 2.0;
        let momenta = key.companion(Purpose::Momentum);
        (0..self.momentum.count()).for_each(|index| momenta.normal(index as u32, self.momentum.image_mut(index)));
        let before = self.hamiltonian(&self.here, transition);
        self.proposal.images.clone_from(&self.here.images);
        self.proposal.gradient.clone_from(&self.here.gradient);
        for _ in 0..transition.leapfrog {
            self.kick(half, transition);
            self.drift(transition);
            self.proposal.evaluate(score)?;
            self.kick(half, transition);
        }
        let after = self.hamiltonian(&self.proposal, transition);
        Ok(self.judge(&before, &after, key.companion(Purpose::Accept)))
    }

    /// Metropolis' test of each chain. Where the energy is not finite the proposal is refused.
    fn judge(&mut self, before: &[f64], after: &[f64], key: NoiseKey) -> Acceptance {
        let (mut accepted, mut probability) = (0.0, 0.0);
        for (index, (before, after)) in before.iter().zip(after).enumerate() {
            let chance = if after.is_finite() { (before - after).exp().min(1.0) } else { 0.0 };
            probability += chance;
            if key.uniform(index as u32, 0) < chance {
                accepted += 1.0;
                self.here.copy(index, &self.proposal);
            }
        }
        let chains = before.len() as f64;
        Acceptance { accepted: accepted / chains, probability: probability / chains }
    }

    /// `P ← P - time · ∂E_b/∂Y` at the proposal, with the energy `E_b(Y) = |Y|²/2σ² - b f(Y)`.
    fn kick(&mut self, time: f32, Transition { inverse_temperature, pull, .. }: Transition) {
        let b = inverse_temperature as f32;
        let places = self.proposal.images.data().iter().zip(self.proposal.gradient.data());
        for (p, (y, g)) in self.momentum.data_mut().iter_mut().zip(places) {
            *p -= time * (pull * y - b * g);
        }
    }

    /// `Y ← Y + ε P` for the proposal, reflected at the walls.
    fn drift(&mut self, Transition { step_size, walls, .. }: Transition) {
        for (y, p) in self.proposal.images.data_mut().iter_mut().zip(self.momentum.data_mut()) {
            *y += step_size * *p;
            if let Some(walls) = walls {
                let (place, turned) = reflected(*y, walls);
                *y = place;
                *p = if turned { -*p } else { *p };
            }
        }
    }

    /// E_b(Y) + |P|²/2 of each chain at `points`.
    fn hamiltonian(&self, points: &Points, Transition { inverse_temperature, pull, .. }: Transition) -> Vec<f64> {
        let square = |values: &[f32]| values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
        let energy = |(index, score): (usize, &f64)| {
            let pulled = if pull == 0.0 { 0.0 } else { f64::from(pull) * square(points.images.image(index)) };
            0.5 * (pulled + square(self.momentum.image(index))) - inverse_temperature * score
        };
        points.score.iter().enumerate().map(energy).collect()
    }
}

/// Where a free flight to `position` ends between two walls, and whether it then flies the other way.
fn reflected(position: f32, [low, high]: [f32; 2]) -> (f32, bool) {
    if (low..=high).contains(&position) {
        return (position, false);
    }
    let width = high - low;
    let phase = (position - low).rem_euclid(2.0 * width);
    let turned = phase > width;
    let place = if turned { high - (phase - width) } else { low + phase };
    (place.clamp(low, high), turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flights_are_reflected_as_often_as_they_meet_a_wall() {
        let walls = [-1.0, 1.0];
        for (position, expected) in [
            (0.5, (0.5, false)),
            (1.25, (0.75, true)),
            (-1.5, (-0.5, true)),
            (3.25, (-0.75, false)),
            (5.5, (0.5, true)),
        ] {
            assert_eq!(reflected(position, walls), expected, "{position}");
        }
        assert!(reflected(f32::NAN, walls).0.is_nan() && reflected(f32::INFINITY, walls).0.is_nan());
    }
}
