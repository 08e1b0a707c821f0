//! Hamiltonian Monte Carlo: leapfrog trajectories with fresh momenta and Metropolis' test (Neal 2011, "MCMC using
//! Hamiltonian dynamics").
//!
//! In a box trajectories bounce: a position beyond a wall is reflected and its momentum turned round. Free flight between
//! walls is reversible and keeps volume as free flight does, so the test stays exact (Neal 2011, section 5.5.1.5).

use super::metropolis::Proposals;
use super::points::{Points, confined, free, share_at_edge};
use super::walk::WalkReport;
use crate::compute::{ComputeError, Images, NoiseKey, PreparedNetwork, Purpose, Statistics};
use crate::model::Reference;

/// One step in numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trajectory {
    /// ε: the time of one leapfrog step.
    pub(super) step_size: f32,
    /// Leapfrog steps; at least one. Each costs one gradient.
    pub(super) leapfrog: usize,
    /// Box whose walls the trajectory bounces off, if any.
    pub(super) clamp: Option<[f32; 2]>,
    pub(super) reference: Reference,
}

/// Parallel chains, one for each image of a batch.
pub(super) struct Hamiltonian {
    here: Points,
    proposal: Points,
    /// `[batch, channel, height, width]`; zero where a value may not move.
    momentum: Images,
    /// What the energies at `here` were taken with; none where they are not known.
    known: Option<(Statistics, Reference)>,
    proposals: Proposals,
    clamped: f64,
}

impl Hamiltonian {
    /// Chains at `state`, `[batch, channel, height, width]`.
    pub(super) fn at(state: &Images) -> Self {
        let momentum = Images::zeros(state.shape());
        let [here, proposal] = [state, &momentum].map(|images| Points::at(images.clone()));
        Self { here, proposal, momentum, known: None, proposals: Proposals::default(), clamped: 0.0 }
    }

    pub(super) fn state(&self) -> &Images {
        &self.here.images
    }

    /// Puts the chains at `images`.
    pub(super) fn replace(&mut self, images: &Images) {
        self.here.images.clone_from(images);
        self.known = None;
    }

    /// Forgets the energies: the weights have changed.
    pub(super) fn forget(&mut self) {
        self.known = None;
    }

    /// Takes one step of every chain. A chain whose proposal has no finite energy stays.
    ///
    /// # Errors
    /// A network for another shape, or a failing device.
    pub(super) fn step(
        &mut self,
        network: &mut dyn PreparedNetwork,
        statistics: Statistics,
        trajectory: Trajectory,
        mask: Option<&[f32]>,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        let Trajectory { step_size, leapfrog, clamp, reference } = trajectory;
        self.enter(clamp, mask);
        if self.known != Some((statistics, reference)) {
            self.here.evaluate(network, statistics, reference)?;
            self.known = Some((statistics, reference));
        }
        self.draw_momentum(mask, key);
        let before = self.hamiltonian(&self.here);
        self.proposal.images.clone_from(&self.here.images);
        self.proposal.gradient.clone_from(&self.here.gradient);
        for _ in 0..leapfrog {
            self.kick(step_size / 2.0, mask);
            self.drift(step_size, clamp, mask);
            self.proposal.evaluate(network, statistics, reference)?;
            self.kick(step_size / 2.0, mask);
        }
        let after = self.hamiltonian(&self.proposal);
        let key = key.companion(Purpose::Accept);
        for (index, (before, after)) in before.into_iter().zip(after).enumerate() {
            let gain = if after.is_finite() { before - after } else { f64::NEG_INFINITY };
            if self.proposals.judge(gain, &key, index, 0) {
                self.here.copy(index, &self.proposal);
            }
        }
        self.clamped = share_at_edge(self.here.images.data(), mask, clamp);
        Ok(())
    }

    /// What the chains came to: the score is that of where they are now.
    pub(super) fn report(&self) -> WalkReport {
        WalkReport {
            score: self.here.score.clone(),
            clamped: self.clamped,
            acceptance: self.proposals.acceptance(),
            finite: self.here.energy.iter().all(|energy| energy.is_finite()),
        }
    }

    /// Brings values that may move into the box: beyond it there is no density.
    fn enter(&mut self, clamp: Option<[f32; 2]>, mask: Option<&[f32]>) {
        let Some(walls) = clamp else { return };
        for y in free(mask, self.here.images.data_mut().iter_mut()) {
            let inside = confined(*y, walls);
            if inside != *y && !y.is_nan() {
                (*y, self.known) = (inside, None);
            }
        }
    }

    fn draw_momentum(&mut self, mask: Option<&[f32]>, key: NoiseKey) {
        let key = key.companion(Purpose::Momentum);
        for index in 0..self.momentum.count() {
            key.normal(index as u32, self.momentum.image_mut(index));
        }
        if let Some(mask) = mask {
            let values = self.momentum.data_mut().iter_mut().zip(mask);
            values.filter(|(_, free)| **free == 0.0).for_each(|(p, _)| *p = 0.0);
        }
    }

    /// `P ← P - time · ∂E/∂Y` at the proposal.
    fn kick(&mut self, time: f32, mask: Option<&[f32]>) {
        let values = self.momentum.data_mut().iter_mut().zip(self.proposal.gradient.data());
        for (p, g) in free(mask, values) {
            *p -= time * g;
        }
    }

    /// `Y ← Y + time · P` for the proposal, between the walls of the box.
    fn drift(&mut self, time: f32, clamp: Option<[f32; 2]>, mask: Option<&[f32]>) {
        let values = self.proposal.images.data_mut().iter_mut().zip(self.momentum.data_mut());
        for (y, p) in free(mask, values) {
            *y += time * *p;
            if let Some(walls) = clamp {
                (*y, *p) = bounced(*y, *p, walls);
            }
        }
    }

    /// E(Y) + |P|²/2 of each chain at `points`.
    fn hamiltonian(&self, points: &Points) -> Vec<f64> {
        let kinetic = |index| 0.5 * self.momentum.image(index).iter().map(|&p| f64::from(p).powi(2)).sum::<f64>();
        points.energy.iter().enumerate().map(|(index, energy)| energy + kinetic(index)).collect()
    }
}

/// Where a free flight to `position` ends between two walls, and with which momentum.
fn bounced(position: f32, momentum: f32, [low, high]: [f32; 2]) -> (f32, f32) {
    if position >= low && position <= high {
        return (position, momentum);
    }
    let width = high - low;
    let crossed = ((position - low) / width).floor();
    let rest = position - low - crossed * width;
    let (position, momentum) = match crossed.rem_euclid(2.0) {
        1.0 => (high - rest, -momentum),
        _ => (low + rest, momentum),
    };
    (confined(position, [low, high]), momentum)
}
