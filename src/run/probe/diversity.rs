//! How different are the images that grow from one same 1×1 seed (Fig. 5 of the paper)?

use super::message::{ChainProgress, ChainStep, DiversityAnswer, DiversityQuestion, SeedSpread};
use super::pixels;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::data::Histogram;
use crate::metrics::{group_spread, pairwise_rmse};
use crate::recipe::GridKernel;
use crate::run::growth::Growth;
use crate::run::options::RunError;
use crate::run::present::pictures;
use crate::run::trained::Trained;
use std::sync::Arc;

/// Bytes of pictures that all steps together may take.
const MEMORY: usize = 64 << 20;
/// Chains at most.
const MOST: usize = 4096;

/// Chains from some seeds, on their way.
pub(in crate::run) struct Diversity {
    question: DiversityQuestion,
    seeds: Vec<[u8; 3]>,
    kernels: Vec<GridKernel>,
    growth: Growth,
    steps: Vec<ChainStep>,
    /// Every n-th step is kept.
    stride: usize,
    spread: Vec<SeedSpread>,
    range: [f32; 2],
    iteration: u64,
    /// Images before the step that comes, to which its scores belong.
    before: Option<Images>,
}

impl Diversity {
    /// Chains at the seeds; `histogram` gives those of p(0).
    ///
    /// # Errors
    /// A question of no chains or too many, a recipe that fails, a kernel that has no such temperature.
    pub(in crate::run) fn begin(
        question: DiversityQuestion,
        trained: &Trained,
        histogram: Option<&Histogram>,
    ) -> Result<Self, RunError> {
        let (range, channels) = (trained.plan.data.range, trained.plan.data.channels);
        let mut seeds = question.seeds.clone();
        if let Some(histogram) = histogram {
            let key = NoiseKey::new(question.chains.noise, Purpose::Histogram);
            let others = pictures(&histogram.sample(key, question.others), range, question.others);
            seeds.extend(others.rgba.as_chunks::<4>().0.iter().map(|&[r, g, b, _]| [r, g, b]));
        }
        let chains = seeds.len() * question.copies;
        if chains == 0 || chains > MOST {
            return Err(RunError::Question(format!("{chains} chains are asked for; 1 to {MOST} can be drawn at once")));
        }
        let kernels = trained.kernels(&question.chains)?;
        let ones = pixels::colours(&seeds, channels, range);
        let copies: Vec<usize> = (0..seeds.len()).flat_map(|seed| vec![seed; question.copies]).collect();
        let growth = Growth::from(ones.select(&copies), NoiseKey::new(question.chains.noise, Purpose::Probe));
        let sides = trained.plan.pyramid.sides();
        let bytes: usize =
            kernels.iter().zip(&sides[1..]).map(|(kernel, side)| kernel.kernel.steps * side * side * 4 * chains).sum();
        Ok(Self {
            seeds,
            growth,
            steps: Vec::new(),
            stride: bytes.div_ceil(MEMORY).max(1),
            spread: Vec::new(),
            range,
            iteration: trained.iteration,
            before: None,
            kernels,
            question,
        })
    }

    /// Takes one MCMC step; false when there was none left.
    ///
    /// # Errors
    /// A failing device, or a script.
    pub(in crate::run) fn advance(&mut self, trained: &mut Trained) -> Result<bool, RunError> {
        let (grid, step) = self.growth.at();
        if grid > self.kernels.len() {
            return Ok(false);
        }
        if step == 0 {
            self.measure(grid - 1);
            let start = trained.plan.pyramid.up(grid, &self.growth.versions[grid - 1]);
            self.record(grid, 0, &start);
            self.before = Some(start);
        }
        let mut mover = trained.mover(&self.kernels);
        self.growth.step(&mut mover)?;
        let ended = self.growth.versions.len() > grid;
        let scores = self.growth.scores(&mut mover)?.filter(|_| !ended);
        if let (Some(scores), Some(before), Some(last)) = (scores, &self.before, self.steps.last_mut())
            && (last.grid, last.step) == (grid, step)
        {
            let energies = self.kernels[grid - 1].kernel.reference.energies(before, &scores);
            last.energy = Some(mean(&energies));
        }
        let steps = self.kernels[grid - 1].kernel.steps;
        let state = match ended {
            true => Some(self.growth.versions[grid].clone()),
            false if (step + 1).is_multiple_of(self.stride) => self.growth.state(&mut trained.mover(&self.kernels))?,
            false => None,
        };
        if let Some(state) = &state {
            self.record(grid, (step + 1).min(steps), state);
        }
        self.before = state;
        if ended && grid == self.kernels.len() {
            self.measure(grid);
        }
        Ok(true)
    }

    fn record(&mut self, grid: usize, step: usize, images: &Images) {
        let pictures = Arc::new(pictures(images, self.range, images.count()));
        self.steps.push(ChainStep { grid, step, pictures, energy: None });
    }

    /// Notes the spread of a grid that is finished.
    fn measure(&mut self, grid: usize) {
        let Some(images) = self.growth.versions.get(grid).filter(|_| self.spread.len() == grid) else { return };
        let copies = self.question.copies;
        let own: Vec<usize> = (0..copies).collect();
        let own = images.select(&own);
        let spread = SeedSpread {
            side: images.side(),
            within: pairwise_rmse(&own, self.range).unwrap_or(0.0),
            between: group_spread(images, copies, self.range).ok().map(|spread| spread.between),
            ms_ssim: super::similarity(&own, self.range),
        };
        self.spread.push(spread);
    }

    /// How far the chains are.
    pub(in crate::run) fn progress(&self) -> ChainProgress {
        progress(&self.growth, &self.kernels)
    }

    /// What is known so far.
    ///
    /// # Errors
    /// A failing device.
    pub(in crate::run) fn answer(&self, trained: &mut Trained) -> Result<DiversityAnswer, RunError> {
        let mut grids: Vec<_> =
            self.growth.versions.iter().map(|images| pictures(images, self.range, images.count())).collect();
        if let Some(state) = self.growth.state(&mut trained.mover(&self.kernels))? {
            grids.push(pictures(&state, self.range, state.count()));
        }
        Ok(DiversityAnswer {
            number: 0,
            seeds: self.seeds.clone(),
            copies: self.question.copies,
            grids,
            steps: self.steps.clone(),
            spread: self.spread.clone(),
            progress: self.progress(),
            weights: self.question.chains.weights.clone(),
            iteration: self.iteration,
            error: None,
        })
    }
}

/// Where chains are that grow.
pub(super) fn progress(growth: &Growth, kernels: &[GridKernel]) -> ChainProgress {
    let (grid, step) = growth.at();
    let done = grid > kernels.len();
    let grid = grid.min(kernels.len());
    let steps = kernels.get(grid.wrapping_sub(1)).map_or(0, |kernel| kernel.kernel.steps);
    ChainProgress { grid, step: if done { steps } else { step }, steps, done }
}

/// The mean.
pub(super) fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len().max(1) as f64
}
