//! Metropolis' test (Metropolis et al. 1953), and how many proposals passed it.

use crate::compute::NoiseKey;

/// Proposals that were made and accepted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Proposals {
    made: u64,
    accepted: u64,
}

impl Proposals {
    /// Whether a proposal is accepted: with probability min(1, exp(`gain`)), by number `index` of item `item` of `key`'s
    /// stream. A gain that is not a number is a rejection.
    pub(super) fn judge(&mut self, gain: f64, key: &NoiseKey, item: usize, index: usize) -> bool {
        let accepted = key.uniform(item as u32, index as u32) < gain.exp();
        self.made += 1;
        self.accepted += u64::from(accepted);
        accepted
    }

    /// The share of accepted proposals, 0 to 1; none before the first proposal.
    pub(super) fn acceptance(&self) -> Option<f64> {
        (self.made > 0).then(|| self.accepted as f64 / self.made as f64)
    }
}
