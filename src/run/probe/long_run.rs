//! What do chains come to that go on far beyond the recipe's steps?

use super::diversity::{mean, progress};
use super::message::{ChainProgress, ChainSettings, LongRunAnswer, LongRunQuestion};
use super::pixels;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::data::Histogram;
use crate::recipe::GridKernel;
use crate::run::growth::Growth;
use crate::run::options::RunError;
use crate::run::present::pictures;
use crate::run::trained::Trained;

/// Chains on their way, on the finest grid once they are short ones no more.
pub(super) struct LongRun {
    question: LongRunQuestion,
    kernels: Vec<GridKernel>,
    growth: Growth,
    /// Where the long chains began.
    short: Option<Images>,
    step: usize,
    energy: Vec<[f64; 2]>,
    distance: Vec<[f64; 2]>,
    range: [f32; 2],
    iteration: u64,
}

impl LongRun {
    /// Points of a curve, about.
    const POINTS: usize = 1_000;

    pub(super) fn begin(question: LongRunQuestion, trained: &Trained, histogram: &Histogram) -> Result<Self, RunError> {
        let chains = ChainSettings { steps: None, ..question.chains.clone() };
        let kernels = trained.kernels(&chains)?;
        let ones = histogram.sample(NoiseKey::new(chains.noise, Purpose::Histogram), question.count.clamp(1, 64));
        Ok(Self {
            growth: Growth::from(ones, NoiseKey::new(chains.noise, Purpose::Probe)),
            kernels,
            short: None,
            step: 0,
            energy: Vec::new(),
            distance: Vec::new(),
            range: trained.plan.data.range,
            iteration: trained.iteration,
            question,
        })
    }

    pub(super) fn advance(&mut self, trained: &mut Trained) -> Result<bool, RunError> {
        let mut mover = trained.mover(&self.kernels);
        let Some(short) = &self.short else {
            if !self.growth.step(&mut mover)? {
                self.short = self.growth.versions.last().cloned();
                self.step = self.kernels.last().map_or(0, |kernel| kernel.kernel.steps);
            }
            return Ok(true);
        };
        if self.step >= self.question.steps {
            return Ok(false);
        }
        self.growth.go_on(&mut mover, self.step)?;
        let scores = self.growth.scores(&mut mover)?;
        self.step += 1;
        let Some(now) = self.growth.versions.last() else { return Ok(false) };
        if !now.is_finite() {
            let message = format!("the long chains are not finite after {} steps", self.step);
            return Err(RunError::Question(message));
        }
        if self.step.is_multiple_of((self.question.steps / Self::POINTS).max(1)) {
            let at = self.step as f64;
            if let (Some(scores), Some(kernel)) = (scores, self.kernels.last()) {
                self.energy.push([at, mean(&kernel.kernel.reference.energies(now, &scores))]);
            }
            self.distance.push([at, pixels::rmse(now, short, self.range)]);
        }
        Ok(true)
    }

    pub(super) fn answer(&self) -> LongRunAnswer {
        let shown = |images: Option<&Images>| {
            images.map_or_else(Default::default, |images| pictures(images, self.range, images.count()))
        };
        let finest = self.kernels.len();
        let progress = match self.short {
            None => progress(&self.growth, &self.kernels),
            Some(_) => {
                let (step, steps) = (self.step, self.question.steps);
                ChainProgress { grid: finest, step, steps, done: step >= steps }
            }
        };
        LongRunAnswer {
            number: 0,
            short: shown(self.short.as_ref()),
            long: shown(self.growth.versions.get(finest)),
            energy: self.energy.clone(),
            distance: self.distance.clone(),
            progress: ChainProgress { done: progress.done && self.short.is_some(), ..progress },
            iteration: self.iteration,
            error: None,
        }
    }
}
