//! Whether synthesized images are nearer to the training set than images are that it does not hold.

use super::error::MetricError;
use super::features::Features;
use super::neighbourhoods::nearest_squares;
use super::streams::Stream;
use rayon::prelude::*;

/// Distances below this share of the median positive one count as this share of it, so that an exact copy has a
/// logarithm.
const FLOOR: f64 = 1e-3;

/// What is compared of the logarithms of two sets' nearest distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NearestStatistic {
    /// Their means: sees a few copies too, as each weighs much.
    #[default]
    Mean,
    /// Their medians: sees only what half of the images do.
    Median,
}

/// A permutation test of whether synthesized images lie nearer to the training set than held-out images do.
///
/// Both sets' distances to their nearest training image are pooled and dealt anew; p is the share of deals, the one at
/// hand included, at which synthesized images come at least as near. It holds for any distribution of the distances as
/// long as images do not depend on each other; synthesized ones of one chain do.
///
/// A small p is evidence of nearness, not yet of copying: blurred or low-contrast images lie nearer to everything.
/// Compare with features that do not see blur, or look at the nearest pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorizationTest {
    pub statistic: NearestStatistic,
    /// Random deals; the smallest possible p is `1 / (1 + permutations)`.
    pub permutations: usize,
    /// Names the random deals.
    pub seed: u64,
}

impl Default for MemorizationTest {
    fn default() -> Self {
        Self { statistic: NearestStatistic::Mean, permutations: 9999, seed: 0 }
    }
}

/// How near synthesized images are to the training set beside held-out ones.
#[derive(Debug, Clone, PartialEq)]
pub struct MemorizationResult {
    /// Name of the features that distances were taken on.
    pub features: String,
    pub statistic: NearestStatistic,
    /// Typical (geometric mean or median) Euclidean distance of a synthesized image to its nearest training image.
    pub synthesized: f64,
    /// That of a held-out image.
    pub held_out: f64,
    /// `synthesized / held_out`: the effect. Below 1 synthesized images are nearer.
    pub ratio: f64,
    /// One-sided: small where synthesized images are nearer than chance would have it. In (0, 1].
    pub p_value: f64,
    pub permutations: usize,
    /// Synthesized images whose features are those of a training image.
    pub copies: usize,
}

impl MemorizationTest {
    /// Tests `synthesized` beside `held_out` images by their nearest neighbours in `training`, none of whose images may
    /// be held out.
    ///
    /// # Errors
    /// Features of other names or widths, fewer than 2 synthesized or held-out images, no permutations or above 2³² -
    /// 1, distances that are all 0.
    pub fn test(
        &self,
        synthesized: &Features,
        held_out: &Features,
        training: &Features,
    ) -> Result<MemorizationResult, MetricError> {
        synthesized.comparable(training, 1)?;
        synthesized.comparable(held_out, 2)?;
        if self.permutations == 0 || u32::try_from(self.permutations).is_err() {
            let text = format!("permutations must be from 1 to 2^32 - 1, found {}", self.permutations);
            return Err(MetricError::Settings(text));
        }
        let mut squares = nearest_squares(synthesized, training);
        let copies = squares.iter().filter(|&&square| square == 0.0).count();
        squares.extend(nearest_squares(held_out, training));
        let logarithms = floored_logarithms(&squares)?;
        let count = synthesized.rows();
        let (of_synthesized, of_held_out) =
            (self.typical(logarithms[..count].to_vec()), self.typical(logarithms[count..].to_vec()));
        Ok(MemorizationResult {
            features: synthesized.name().to_owned(),
            statistic: self.statistic,
            synthesized: of_synthesized.exp(),
            held_out: of_held_out.exp(),
            ratio: (of_synthesized - of_held_out).exp(),
            p_value: self.p_value(&logarithms, count, of_synthesized - of_held_out),
            permutations: self.permutations,
            copies,
        })
    }

    /// The share of deals at which the first `count` are at least as near as `observed`, this one included (Phipson &
    /// Smyth, arXiv 1603.05766).
    fn p_value(&self, logarithms: &[f64], count: usize, observed: f64) -> f64 {
        // Equal deals may be summed in another order.
        let observed = observed + 1e-9 * (1.0 + observed.abs());
        let as_near = |permutation: &usize| {
            let order = Stream::Permutation.key(self.seed, 0, *permutation as u32).permutation(logarithms.len());
            let dealt: Vec<f64> = order.into_iter().map(|index| logarithms[index]).collect();
            self.typical(dealt[..count].to_vec()) - self.typical(dealt[count..].to_vec()) <= observed
        };
        let reached = (0..self.permutations).into_par_iter().filter(as_near).count();
        (1 + reached) as f64 / (1 + self.permutations) as f64
    }

    fn typical(&self, mut logarithms: Vec<f64>) -> f64 {
        match self.statistic {
            NearestStatistic::Mean => logarithms.iter().sum::<f64>() / logarithms.len() as f64,
            NearestStatistic::Median => median(&mut logarithms),
        }
    }
}

/// Logarithms of the distances, none below that of [`FLOOR`] of the median positive one.
fn floored_logarithms(squares: &[f64]) -> Result<Vec<f64>, MetricError> {
    let mut positive: Vec<f64> = squares.iter().filter(|&&square| square > 0.0).map(|square| square.sqrt()).collect();
    if positive.is_empty() {
        let lacking = "every image, held-out ones too, is a copy; hold out images that the training set does not have";
        return Err(MetricError::NoVariance { what: "distances to the training set", lacking });
    }
    let floor = FLOOR * median(&mut positive);
    Ok(squares.iter().map(|square| square.sqrt().max(floor).ln()).collect())
}

/// The middle value, or the mean of both middle ones; there is at least one.
fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if even {
        f64::midpoint(below.iter().fold(f64::NEG_INFINITY, |most, &value| most.max(value)), upper)
    } else {
        upper
    }
}

#[cfg(test)]
#[path = "memorization_tests.rs"]
mod tests;
