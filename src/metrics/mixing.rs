//! How well several chains of one number mix: split R-hat in its plain, rank-normalized and folded forms (Vehtari,
//! Gelman, Simpson, Carpenter & Bürkner, "Rank-normalization, folding, and localization", Bayesian Analysis 16, 2021,
//! arXiv 1903.08008).

use super::autocovariance::{autocovariance, mean, variance};
use super::normal_scores::{normal_scores, quantile};

/// Fewest draws of a chain: two in each half.
const FEWEST: usize = 4;

/// Chains on which mixing is not defined.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MixingError {
    #[error("there is no chain; give at least one")]
    NoChain,
    #[error("{found} draws are too few, this needs {needed} of each chain; run the chains longer")]
    TooFew { found: usize, needed: usize },
    #[error("chain {chain} has {found} draws and the first has {expected}; cut them to one length")]
    Lengths { chain: usize, found: usize, expected: usize },
    #[error("draw {draw} of chain {chain} is not finite; leave out chains that ran away and say how many")]
    NotFinite { chain: usize, draw: usize },
    /// Nothing varies, so nothing tells how chains mix.
    #[error("all draws are equal; follow a number that moves")]
    Constant,
    /// Images that do not fit what they are measured with.
    #[error("images of {found} values do not fit directions of {expected}")]
    Shape { found: usize, expected: usize },
    /// A setting outside its range.
    #[error("{0}")]
    Settings(String),
}

/// Draws of one number, such as the energy, by chains that ran side by side: one row for each chain, in the order of
/// steps. At least one chain and 4 draws of each, all finite and not all equal.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarChains {
    rows: Vec<Vec<f64>>,
}

/// All measures of one number's chains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mixing {
    /// [`ScalarChains::r_hat`], the one to report: below 1.01 for chains that have mixed.
    pub r_hat: f64,
    /// [`ScalarChains::split_r_hat`], for comparison with older work.
    pub split_r_hat: f64,
    /// [`ScalarChains::bulk_effective_sample_size`]; above 100 for each chain if R-hat is to be trusted.
    pub bulk: f64,
    /// [`ScalarChains::tail_effective_sample_size`]; none where the tails hold nothing but ties.
    pub tail: Option<f64>,
    /// [`ScalarChains::integrated_autocorrelation_time`], in draws.
    pub autocorrelation_time: f64,
}

impl ScalarChains {
    /// Chains whose draws are `rows`, `[chain][draw]`.
    ///
    /// # Errors
    /// No chain, fewer than 4 draws, rows of several lengths, a draw that is not finite, or draws that are all equal.
    pub fn new(rows: Vec<Vec<f64>>) -> Result<Self, MixingError> {
        let expected = rows.first().ok_or(MixingError::NoChain)?.len();
        for (chain, row) in rows.iter().enumerate() {
            if row.len() != expected {
                return Err(MixingError::Lengths { chain, found: row.len(), expected });
            }
            if let Some(draw) = row.iter().position(|draw| !draw.is_finite()) {
                return Err(MixingError::NotFinite { chain, draw });
            }
        }
        if expected < FEWEST {
            return Err(MixingError::TooFew { found: expected, needed: FEWEST });
        }
        if is_constant(&rows) {
            return Err(MixingError::Constant);
        }
        Ok(Self { rows })
    }

    /// Chains from what was noted step by step, `[draw][chain]`: a trace of energies, say.
    ///
    /// # Errors
    /// As [`Self::new`]; also where steps noted different numbers of chains ([`MixingError::Settings`]).
    pub fn from_steps(steps: &[Vec<f64>]) -> Result<Self, MixingError> {
        let chains = steps.first().map_or(0, Vec::len);
        if let Some(step) = steps.iter().position(|step| step.len() != chains) {
            let found = steps[step].len();
            return Err(MixingError::Settings(format!("step {step} notes {found} chains and the first {chains}")));
        }
        Self::new((0..chains).map(|chain| steps.iter().map(|step| step[chain]).collect()).collect())
    }

    /// The draws, `[chain][draw]`.
    #[must_use]
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// Draws of all chains together.
    #[must_use]
    pub fn total(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// All measures.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where only the middle draw of odd chains varies, which halves leave out.
    pub fn mixing(&self) -> Result<Mixing, MixingError> {
        Ok(Mixing {
            r_hat: self.r_hat()?,
            split_r_hat: self.split_r_hat()?,
            bulk: self.bulk_effective_sample_size()?,
            tail: self.tail_effective_sample_size().ok(),
            autocorrelation_time: self.integrated_autocorrelation_time()?,
        })
    }

    /// R-hat as it is recommended today: the larger of [`Self::rank_normalized_r_hat`] and [`Self::folded_r_hat`], from
    /// about 1 up. It sees chains that differ in place or in spread, finite variance or not. Infinite where every chain
    /// stands still at a place of its own.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where the halves of all chains hold one number.
    pub fn r_hat(&self) -> Result<f64, MixingError> {
        let bulk = self.rank_normalized_r_hat()?;
        // Chains on two values of one frequency fold onto a single one, which says nothing of their spread.
        Ok(self.folded_r_hat().map_or(bulk, |folded| folded.max(bulk)))
    }

    /// Plain split R-hat (Gelman et al., Bayesian Data Analysis, 3rd edition, 2013, section 11.4): √(var⁺ / W) of the
    /// halves of all chains, with the mean W of their variances and the variance var⁺ = (n - 1)/n · W + B/n of the whole.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where the halves of all chains hold one number.
    pub fn split_r_hat(&self) -> Result<f64, MixingError> {
        scale_reduction(&self.halves())
    }

    /// Split R-hat of the draws' normal scores: of place, whatever the draws' distribution.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where the halves of all chains hold one number.
    pub fn rank_normalized_r_hat(&self) -> Result<f64, MixingError> {
        scale_reduction(&normal_scores(&self.halves()))
    }

    /// Rank-normalized split R-hat of the draws' distances to their median: of spread.
    ///
    /// # Errors
    /// [`MixingError::Constant`] where all draws of the halves are as far from the median.
    pub fn folded_r_hat(&self) -> Result<f64, MixingError> {
        let mut halves = self.halves();
        let median = quantile(&halves, 0.5);
        halves.iter_mut().flatten().for_each(|draw| *draw = (*draw - median).abs());
        scale_reduction(&normal_scores(&halves))
    }

    /// The autocorrelation within chains at lags 0, 1, … `lags`, -1 to 1: mean autocovariance by mean variance, each chain
    /// about its own mean, so it does not see that chains disagree.
    ///
    /// # Errors
    /// As many lags as draws ([`MixingError::TooFew`]), or chains that all stand still ([`MixingError::Constant`]).
    pub fn autocorrelation(&self, lags: usize) -> Result<Vec<f64>, MixingError> {
        let draws = self.rows[0].len();
        if lags >= draws {
            return Err(MixingError::TooFew { found: draws, needed: lags + 1 });
        }
        let mut sums = vec![0.0; lags + 1];
        for row in &self.rows {
            sums.iter_mut().zip(autocovariance(row)).for_each(|(sum, value)| *sum += value);
        }
        if sums[0] == 0.0 {
            return Err(MixingError::Constant);
        }
        Ok(sums.iter().map(|sum| sum / sums[0]).collect())
    }

    /// First and last half of each chain; the middle draw of an odd chain is in neither.
    pub(super) fn halves(&self) -> Vec<Vec<f64>> {
        let halves = |row: &Vec<f64>| [row[..row.len() / 2].to_vec(), row[row.len().div_ceil(2)..].to_vec()];
        self.rows.iter().flat_map(halves).collect()
    }
}

/// Whether all draws of all rows are equal.
pub(super) fn is_constant(rows: &[Vec<f64>]) -> bool {
    let mut draws = rows.iter().flatten();
    draws.next().is_none_or(|first| draws.all(|draw| draw == first))
}

/// √(var⁺ / W) of rows of one length, at least two of at least two draws.
fn scale_reduction(rows: &[Vec<f64>]) -> Result<f64, MixingError> {
    if is_constant(rows) {
        return Err(MixingError::Constant);
    }
    let draws = rows[0].len() as f64;
    let within = mean(&rows.iter().map(|row| variance(row)).collect::<Vec<_>>());
    let between = draws * variance(&rows.iter().map(|row| mean(row)).collect::<Vec<_>>());
    Ok(((between / within + draws - 1.0) / draws).sqrt())
}
