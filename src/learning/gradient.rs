//! The learning gradient, equation (9).

use crate::compute::{
    ComputeError, Images, ParameterGradient, ParameterSet, PreparedNetwork, RunningStatistics, Statistics,
};
use crate::model::NormMode;

/// What is ascended: `share · (mean f(observed) - mean f(synthesized)) - penalty · (mean f(observed)² + mean f(synthesized)²)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// 1 for equation (9); less when a governor fades it.
    pub share: f32,
    /// Weight of the energy's square; 0 in the paper.
    pub penalty: f32,
}

impl Default for Contrast {
    fn default() -> Self {
        Self { share: 1.0, penalty: 0.0 }
    }
}

/// The gradient in the ascent direction, and the scores it was taken at.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningGradient {
    pub tensors: Vec<Vec<f32>>,
    pub observed_score: Vec<f32>,
    pub synthesized_score: Vec<f32>,
    /// The observed batch's own statistics at each normalization layer.
    pub statistics: Vec<RunningStatistics>,
}

impl LearningGradient {
    /// Mean observed score less mean synthesized score.
    #[must_use]
    pub fn gap(&self) -> f64 {
        mean(&self.observed_score) - mean(&self.synthesized_score)
    }

    /// `Σ|g|`, what Fig. 4 of the paper plots.
    #[must_use]
    pub fn l1(&self) -> f64 {
        self.values().map(f64::abs).sum()
    }

    /// Mean |g| over the parameters.
    #[must_use]
    pub fn mean_absolute(&self) -> f64 {
        self.l1() / self.values().count().max(1) as f64
    }

    /// `√Σg²`
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.values().map(|g| g * g).sum::<f64>().sqrt()
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.tensors.iter().flatten().map(|&g| f64::from(g))
    }
}

/// The gradient of [`Contrast`] with respect to the parameters `network` was loaded with.
///
/// # Errors
/// Images of another shape than the network's, or a failing device.
pub fn learning_gradient(
    network: &mut dyn PreparedNetwork,
    observed: &Images,
    synthesized: &Images,
    norm: NormMode,
    contrast: Contrast,
) -> Result<LearningGradient, ComputeError> {
    let ascend = |sign: f32| {
        move |scores: &[f32]| {
            let n = scores.len() as f32;
            scores.iter().map(|f| (sign * contrast.share - 2.0 * contrast.penalty * f) / n).collect::<Vec<_>>()
        }
    };
    let statistics = norm.sampling_statistics();
    // Without normalization no image knows of another, and one pass is cheaper than two.
    if matches!(norm, NormMode::Joint | NormMode::None) {
        return joint_gradient(network, [observed, synthesized], statistics, &ascend(1.0), &ascend(-1.0));
    }
    let up = network.parameter_gradient(observed, statistics, &ascend(1.0))?;
    let down = network.parameter_gradient(synthesized, statistics, &ascend(-1.0))?;
    let mut tensors = up.tensors;
    for (sum, part) in tensors.iter_mut().zip(&down.tensors) {
        sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
    let statistics = up.statistics;
    Ok(LearningGradient { tensors, observed_score: up.score, synthesized_score: down.score, statistics })
}

/// One pass over both sets of images.
fn joint_gradient(
    network: &mut dyn PreparedNetwork,
    [observed, synthesized]: [&Images; 2],
    statistics: Statistics,
    up: &dyn Fn(&[f32]) -> Vec<f32>,
    down: &dyn Fn(&[f32]) -> Vec<f32>,
) -> Result<LearningGradient, ComputeError> {
    let count = observed.count();
    let weights = |scores: &[f32]| {
        let (observed, synthesized) = scores.split_at(count);
        [up(observed), down(synthesized)].concat()
    };
    let both = observed.concat(synthesized);
    let ParameterGradient { mut score, tensors, statistics } =
        network.parameter_gradient(&both, statistics, &weights)?;
    let synthesized_score = score.split_off(count);
    Ok(LearningGradient { tensors, observed_score: score, synthesized_score, statistics })
}

/// The gradient of `Σ w_i · f(Y_i) - penalty · mean f(Y)²` for given weights. Images of a weight that is not negative
/// count as observed, the others as synthesized.
///
/// # Errors
/// Images of another shape than the network's, or a failing device.
pub fn weighted_gradient(
    network: &mut dyn PreparedNetwork,
    images: &Images,
    statistics: Statistics,
    weights: &[f32],
    penalty: f32,
) -> Result<LearningGradient, ComputeError> {
    let ascend = |scores: &[f32]| {
        let n = scores.len() as f32;
        scores.iter().zip(weights).map(|(f, w)| w - 2.0 * penalty * f / n).collect()
    };
    let ParameterGradient { score, tensors, statistics } = network.parameter_gradient(images, statistics, &ascend)?;
    let of_sign = |up: bool| score.iter().zip(weights).filter(|(_, w)| (**w >= 0.0) == up).map(|(&f, _)| f).collect();
    let (observed_score, synthesized_score) = (of_sign(true), of_sign(false));
    Ok(LearningGradient { tensors, observed_score, synthesized_score, statistics })
}

/// Moves the running statistics a tenth of the way to an observed batch's own.
pub fn learn_statistics(parameters: &mut ParameterSet, batch: &[RunningStatistics]) {
    const SHARE: f32 = 0.1;
    for (running, batch) in parameters.statistics.iter_mut().zip(batch) {
        let pairs = running.mean.iter_mut().zip(&batch.mean);
        for (running, value) in pairs.chain(running.variance.iter_mut().zip(&batch.variance)) {
            *running += SHARE * (value - *running);
        }
    }
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len().max(1) as f64
}
