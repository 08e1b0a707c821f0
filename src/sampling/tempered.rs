//! Parallel tempering (Geyer 1991; Hukushima & Nemoto 1996): replicas of each chain at rising temperatures, which move
//! by Langevin steps and change places by Metropolis' test, so that a hot one's way over a barrier becomes a cold one's.

use super::kernel::noise_at;
use super::metropolis::Proposals;
use super::points::{Points, confined, free, share_at_edge};
use super::walk::WalkReport;
use crate::compute::{ComputeError, Images, NoiseKey, PreparedNetwork, Purpose, Statistics};
use crate::model::Reference;

/// One step in numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ladder<'a> {
    /// c: factor of ∂E/∂Y at every temperature.
    pub(super) drift: f32,
    /// Bound on each value of ∂E/∂Y, if any.
    pub(super) gradient_limit: Option<f32>,
    /// T_1 < … < T_K, the coldest first; at least one.
    pub(super) temperatures: &'a [f32],
    /// Steps from one exchange to the next; at least one.
    pub(super) exchange_every: usize,
    /// Box the replicas are clamped to after each step, if any.
    pub(super) clamp: Option<[f32; 2]>,
    pub(super) reference: Reference,
}

/// Replicas of parallel chains, all evaluated together.
pub(super) struct Tempered {
    /// Replica k of chain i is image k · batch + i.
    replicas: Points,
    batch: usize,
    /// Steps so far.
    moves: usize,
    exchanges: Proposals,
    clamped: f64,
}

impl Tempered {
    /// One replica of each chain at `state`, `[batch, channel, height, width]`; the hotter ones begin at the first step.
    pub(super) fn at(state: &Images) -> Self {
        let replicas = Points::at(state.clone());
        Self { replicas, batch: state.count(), moves: 0, exchanges: Proposals::default(), clamped: 0.0 }
    }

    /// The coldest replica of each chain.
    pub(super) fn state(&self) -> Images {
        let [_, channels, height, width] = self.replicas.images.shape();
        Images::new([self.batch, channels, height, width], self.coldest().to_vec())
    }

    /// Puts the coldest replicas at `images`; the others stay where they are.
    pub(super) fn replace(&mut self, images: &Images) {
        self.replicas.images.data_mut()[..images.data().len()].copy_from_slice(images.data());
    }

    /// Takes one step: an exchange where it is due, then a Langevin step of every replica. Both use the same evaluation.
    ///
    /// # Errors
    /// A network for another shape, or a failing device.
    pub(super) fn step(
        &mut self,
        network: &mut dyn PreparedNetwork,
        statistics: Statistics,
        ladder: Ladder<'_>,
        mask: Option<&[f32]>,
        key: NoiseKey,
    ) -> Result<(), ComputeError> {
        self.fit(ladder.temperatures.len());
        self.replicas.evaluate(network, statistics, ladder.reference)?;
        if self.moves > 0 && self.moves.is_multiple_of(ladder.exchange_every) {
            self.exchange(&ladder, key);
        }
        self.advance(&ladder, mask, key);
        self.moves += 1;
        self.clamped = share_at_edge(self.coldest(), mask, ladder.clamp);
        Ok(())
    }

    /// What the last step did: the scores are those of the coldest replicas before they moved.
    pub(super) fn report(&self) -> WalkReport {
        WalkReport {
            score: self.replicas.score.iter().take(self.batch).copied().collect(),
            clamped: self.clamped,
            acceptance: self.exchanges.acceptance(),
            finite: self.replicas.score.iter().all(|score| score.is_finite()),
        }
    }

    fn coldest(&self) -> &[f32] {
        &self.replicas.images.data()[..self.batch * self.replicas.images.image_len()]
    }

    /// Makes it `count` replicas of each chain: new ones begin where the hottest is, and the hottest go first.
    fn fit(&mut self, count: usize) {
        let now = self.replicas.images.count() / self.batch.max(1);
        if now != count {
            let origin = |image: usize| (image / self.batch).min(now - 1) * self.batch + image % self.batch;
            let images: Vec<usize> = (0..count * self.batch).map(origin).collect();
            self.replicas = Points::at(self.replicas.images.select(&images));
        }
    }

    /// Neighbours at T_i < T_j change places with probability min(1, exp((1/T_i - 1/T_j)(E_i - E_j))): the even pairs and
    /// the odd pairs in turn.
    fn exchange(&mut self, ladder: &Ladder<'_>, key: NoiseKey) {
        let key = key.companion(Purpose::Exchange);
        let first = (self.moves / ladder.exchange_every + 1) % 2;
        for (pair, temperatures) in ladder.temperatures.windows(2).enumerate().skip(first).step_by(2) {
            let difference = 1.0 / f64::from(temperatures[0]) - 1.0 / f64::from(temperatures[1]);
            for chain in 0..self.batch {
                let [cold, hot] = [pair, pair + 1].map(|replica| replica * self.batch + chain);
                let gain = difference * (self.replicas.energy[cold] - self.replicas.energy[hot]);
                if self.exchanges.judge(gain, &key, chain, pair) {
                    self.replicas.swap(cold, hot);
                }
            }
        }
    }

    /// The Langevin step of every replica. The noise of a replica is a function of `key`, the chain's number, the
    /// replica's, and how many there are.
    fn advance(&mut self, ladder: &Ladder<'_>, mask: Option<&[f32]>, key: NoiseKey) {
        let Points { images, gradient, .. } = &mut self.replicas;
        let (count, length) = (ladder.temperatures.len(), images.image_len());
        let limit = ladder.gradient_limit.unwrap_or(f32::INFINITY);
        let walls = ladder.clamp.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
        let mut white = vec![0.0; length];
        for (replica, &temperature) in ladder.temperatures.iter().enumerate() {
            let noise = noise_at(ladder.drift, f64::from(temperature));
            for chain in 0..self.batch {
                key.normal((chain * count + replica) as u32, &mut white);
                let mask = mask.map(|mask| &mask[chain * length..][..length]);
                let image = replica * self.batch + chain;
                let values = images.image_mut(image).iter_mut().zip(gradient.image(image)).zip(&white);
                for ((y, g), u) in free(mask, values) {
                    *y = confined(*y - ladder.drift * g.clamp(-limit, limit) + noise * u, walls);
                }
            }
        }
    }
}
