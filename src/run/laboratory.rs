//! The verbs of an iteration, on an engine.

use super::engine::{Engine, Pending, SHOWN};
use super::grid::{Grid, Learned};
use super::message::{Event, GridUpdate, ImageScore};
use super::present::pictures;
use crate::compute::{ComputeError, Images, NoiseKey, Purpose, Statistics, Threads};
use crate::learning::{
    Contrast, LearningGradient, OptimizerSpec, Warning, learn_statistics, learning_gradient, weighted_gradient,
};
use crate::model::{Pyramid, Reference};
use crate::recipe::{Advance, BatchVersions, HostError, Laboratory};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A recipe that goes on for so long after its first update is listened to all the same.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The grids of a run as a script sees them: what steps may ask, while learning and while drawing alike.
pub(super) struct Models<'a> {
    pub(super) grids: &'a mut [Grid],
    pub(super) pyramid: &'a Pyramid,
}

impl Models<'_> {
    /// The grid of a script's number; its images are checked against grid `images_of`.
    pub(super) fn check(&self, verb: &str, s: usize, images: &Images, images_of: usize) -> Result<(), HostError> {
        check(self.grids.len(), self.pyramid, verb, s, images, images_of)
    }

    pub(super) fn up(&self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.check("up", s, images, s.saturating_sub(1))?;
        Ok(self.pyramid.up(s, images))
    }

    pub(super) fn down(&self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.check("down", s, images, s)?;
        Ok(self.pyramid.down(s, images))
    }

    pub(super) fn score(&mut self, s: usize, images: &Images, statistics: Statistics) -> Result<Vec<f32>, HostError> {
        self.check("score", s, images, s)?;
        self.grids[s - 1].prepared.score(images, statistics).map_err(device_failed)
    }

    /// ∂E/∂Y.
    pub(super) fn energy_gradient(
        &mut self,
        s: usize,
        images: &Images,
        statistics: Statistics,
        reference: Reference,
    ) -> Result<Images, HostError> {
        self.check("energy_gradient", s, images, s)?;
        let mut gradient = Images::zeros(images.shape());
        self.grids[s - 1].prepared.score_gradient(images, statistics, &mut gradient).map_err(device_failed)?;
        let pull = reference.pull();
        gradient.data_mut().iter_mut().zip(images.data()).for_each(|(g, &y)| *g = pull * y - *g);
        Ok(gradient)
    }
}

/// A script's number of a grid, and images of grid `images_of` of a pyramid.
pub(super) fn check(
    grids: usize,
    pyramid: &Pyramid,
    verb: &str,
    s: usize,
    images: &Images,
    images_of: usize,
) -> Result<(), HostError> {
    if !(1..=grids).contains(&s) {
        return Err(HostError::Script(format!("lab.{verb}({s}, …): there are grids 1 to {grids}")));
    }
    let side = pyramid.sides()[images_of];
    match images.side() {
        found if found == side => Ok(()),
        found => Err(HostError::Script(format!(
            "lab.{verb}({s}, …): grid {images_of} is {side}×{side}, but the images are {found}×{found}"
        ))),
    }
}

impl Engine {
    fn models(&mut self) -> Models<'_> {
        Models { grids: &mut self.grids, pyramid: &self.plan.pyramid }
    }

    pub(super) fn check(&self, verb: &str, s: usize, images: &Images) -> Result<(), HostError> {
        check(self.grids.len(), &self.plan.pyramid, verb, s, images, s)
    }

    /// The reference of grid s, and what batch normalization uses there.
    fn model_of(&self, verb: &str, s: usize) -> Result<(Reference, Statistics), HostError> {
        match s.checked_sub(1).and_then(|index| self.grids.get(index)) {
            Some(grid) => Ok((self.plan.kernels[s - 1].kernel.reference, grid.statistics())),
            None => {
                let most = self.grids.len();
                Err(HostError::Script(format!("lab.{verb}({s}, …): there are grids 1 to {most}")))
            }
        }
    }

    /// From here on the iteration is finished before the run pauses, saves or ends.
    fn begin_updating(&mut self) {
        if !self.updating {
            (self.updating, self.updating_since) = (true, Instant::now());
        }
    }

    /// One update of grid s. `images` are those that the gradient's scores belong to; a `contrastive` one follows
    /// equation (9).
    fn learn_from(
        &mut self,
        s: usize,
        gradient: LearningGradient,
        images: [&Images; 2],
        contrastive: bool,
    ) -> Result<(), HostError> {
        let learner = self.recipe.learner().map_err(HostError::Recipe)?;
        let rate = self.recipe.rate(self.iteration).map_err(HostError::Recipe)?;
        let (gap, norm) = (gradient.gap(), gradient.norm());
        let reference = self.plan.kernels[s - 1].kernel.reference;
        let on_probation = self.on_probation();
        let grid = &mut self.grids[s - 1];
        // A recipe's own objective may part the scores as far as it likes.
        let warning = match contrastive {
            true => {
                let guard = &mut grid.learned.guard;
                guard.judge(gap, norm).or_else(|| guard.judge_images(images[0], images[1]))
            }
            false => (!gap.is_finite() || !norm.is_finite()).then_some(Warning::NotFinite),
        };
        if let Some(warning) = warning {
            if self.is_to_blame() {
                return Err(self.unsound(s, &warning.to_string()));
            }
            // A run that ends for it finishes the iteration: the other grids are judged, and what is saved is whole.
            if warning == Warning::NotFinite && !(self.updating && self.ends_on_divergence()) {
                return Err(self.not_finite(s, None));
            }
            // That the grid went back is an update like any other: whoever is asked is asked of all grids at once.
            self.begin_updating();
            self.diverged(s, None, &warning);
            return Ok(());
        }
        self.begin_updating();
        let grid = &mut self.grids[s - 1];
        let frozen = self.frozen.contains(&grid.network.side());
        let learned = &mut grid.learned;
        if !frozen {
            learned.keep_sound();
        }
        let rate = if frozen { 0.0 } else { rate * learned.rate_cut };
        let share = learner.governor.filter(|_| contrastive).map_or(1.0, |spec| learned.governor.share(&spec));
        if !frozen {
            let Learned { parameters, optimizer, average, norm_limit, .. } = learned;
            let limits = [norm_limit.map(|limit| limit as f32), learner.optimizer.clip_norm];
            let clip_norm = limits.into_iter().flatten().reduce(f32::min);
            let spec = OptimizerSpec { clip_norm, ..learner.optimizer };
            optimizer.step(&spec, parameters, &gradient.tensors, &grid.positions, rate as f32);
            learn_statistics(parameters, &gradient.statistics);
            average.update(parameters, learner.average.unwrap_or(0.0));
            learned.updates += 1;
        }
        // One that comes of an edit is found out at the iteration's end, and the edit is taken back.
        if !frozen && !on_probation && !learned.is_finite() {
            self.diverged(s, None, &Warning::NotFinite);
            return Ok(());
        }
        if let Some(spec) = learner.governor.filter(|_| contrastive && !frozen) {
            learned.governor.record(gap, &spec);
        }
        grid.scores = [(images[0], &gradient.observed_score), (images[1], &gradient.synthesized_score)].map(
            |(images, scores)| {
                let energies = reference.energies(images, scores);
                let scored = scores.iter().zip(energies).map(|(&score, energy)| ImageScore { score, energy });
                scored.take(SHOWN).collect()
            },
        );
        let energy = |images: &Images, score: &[f32]| mean(&reference.energies(images, score));
        grid.last = Some(GridUpdate {
            side: grid.network.side(),
            observed_energy: energy(images[0], &gradient.observed_score),
            synthesized_energy: energy(images[1], &gradient.synthesized_score),
            gap,
            gradient_l1: gradient.l1(),
            gradient_mean: gradient.mean_absolute(),
            gradient_norm: norm,
            temperature: grid.temperature,
            acceptance: grid.acceptance,
            clamped: grid.clamped,
            rate,
            governor: share,
            step_ms: grid.median_step(),
        });
        grid.prepared.load(&grid.learned.parameters).map_err(device_failed)
    }
}

impl Laboratory for Engine {
    fn grids(&self) -> usize {
        self.grids.len()
    }

    fn threads(&self) -> Threads {
        self.threads.clone()
    }

    fn noise_key(&self) -> NoiseKey {
        NoiseKey { iteration: self.iteration, ..NoiseKey::new(self.options.seed, Purpose::Iteration) }
    }

    fn up(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.models().up(s, images)
    }

    fn down(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        self.models().down(s, images)
    }

    fn score(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError> {
        let (_, statistics) = self.model_of("score", s)?;
        self.models().score(s, images, statistics)
    }

    fn energy(&mut self, s: usize, images: &Images) -> Result<Vec<f32>, HostError> {
        let (reference, statistics) = self.model_of("energy", s)?;
        let score = self.models().score(s, images, statistics)?;
        Ok(reference.energies(images, &score))
    }

    fn energy_gradient(&mut self, s: usize, images: &Images) -> Result<Images, HostError> {
        let (reference, statistics) = self.model_of("energy_gradient", s)?;
        self.models().energy_gradient(s, images, statistics, reference)
    }

    fn glance(&mut self) -> Result<(), HostError> {
        // Among an iteration's updates the run neither pauses nor saves: half of them would be no state to go on from.
        if self.updating && self.polled.elapsed() < PATIENCE {
            return Ok(());
        }
        self.poll(None)?;
        match self.pending {
            Pending::Nothing => Ok(()),
            _ if self.updating => Ok(()),
            _ => Err(HostError::Interrupted),
        }
    }

    fn begin(&mut self, s: usize, start: &Images, mask: Option<&Images>) -> Result<(), HostError> {
        self.begin_chains(s, start, mask)
    }

    fn advance(&mut self, s: usize) -> Result<Advance, HostError> {
        self.advance_chains(s)
    }

    fn moved(&mut self, s: usize, state: &Images) -> Result<(), HostError> {
        self.chains_moved(s, state)
    }

    fn keep(&mut self, s: usize, images: Arc<Images>) -> Result<(), HostError> {
        self.check("keep", s, &images)?;
        self.chains[s] = Some(images.clone());
        self.grids[s - 1].keeping = Some(images);
        Ok(())
    }

    fn kept(&self, s: usize) -> Result<Arc<Images>, HostError> {
        match s.checked_sub(1).and_then(|index| self.grids.get(index)) {
            Some(Grid { keeping: Some(images), .. } | Grid { kept: Some(images), .. }) => Ok(images.clone()),
            Some(_) => {
                Err(HostError::Script(format!("lab.kept({s}): nothing is kept yet; call lab.keep({s}, y) first")))
            }
            None => Err(HostError::Script(format!("lab.kept({s}): there are grids 1 to {}", self.grids.len()))),
        }
    }

    fn update(&mut self, s: usize, observed: &Images, synthesized: &Images) -> Result<(), HostError> {
        self.check("update", s, observed)?;
        self.check("update", s, synthesized)?;
        let learner = self.recipe.learner().map_err(HostError::Recipe)?;
        let grid = &mut self.grids[s - 1];
        let share = learner.governor.map_or(1.0, |spec| grid.learned.governor.share(&spec));
        let contrast = Contrast { share: share as f32, penalty: learner.penalty };
        let norm = grid.network.norm();
        let gradient =
            learning_gradient(&mut *grid.prepared, observed, synthesized, norm, contrast).map_err(device_failed)?;
        self.learn_from(s, gradient, [observed, synthesized], true)
    }

    fn learn(&mut self, s: usize, images: &Images, weights: &[f32]) -> Result<(), HostError> {
        self.check("learn", s, images)?;
        let learner = self.recipe.learner().map_err(HostError::Recipe)?;
        let grid = &mut self.grids[s - 1];
        let statistics = grid.statistics();
        let gradient = weighted_gradient(&mut *grid.prepared, images, statistics, weights, learner.penalty);
        let of_sign = |up: bool| {
            let places: Vec<usize> = (0..weights.len()).filter(|&place| (weights[place] >= 0.0) == up).collect();
            images.select(&places)
        };
        self.learn_from(s, gradient.map_err(device_failed)?, [&of_sign(true), &of_sign(false)], false)
    }

    fn noise_start(&mut self, s: usize, count: usize) -> Result<Images, HostError> {
        let (reference, _) = self.model_of("from_noise", s)?;
        let side = self.plan.pyramid.sides()[s];
        let key = self.start_key(s);
        let mut images = Images::zeros([count, self.plan.data.channels, side, side]);
        for index in 0..count {
            reference.draw(key, index as u32, self.plan.data.range, images.image_mut(index));
        }
        Ok(images)
    }

    fn histogram_start(&mut self, count: usize) -> Result<Images, HostError> {
        let key = self.start_key(0);
        Ok(self.data.histogram.sample(key, count))
    }

    fn persistent(&mut self, s: usize, batch: &BatchVersions, share: f64) -> Result<Images, HostError> {
        self.model_of("persistent", s)?;
        let Some(observed) = batch.grids.get(s) else { return Err(HostError::Script("there is no such batch".into())) };
        let key = self.start_key(s);
        Ok(self.grids[s - 1].learned.store.starts(&batch.indices, observed, share, key))
    }

    fn persist(&mut self, s: usize, batch: &BatchVersions, images: &Images) -> Result<(), HostError> {
        self.check("persist", s, images)?;
        // Taken at the end of the iteration: one that is given up and done again must begin where this one did.
        let grid = &mut self.grids[s - 1];
        let store = grid.stored.get_or_insert_with(|| grid.learned.store.clone());
        Arc::make_mut(store).put(&batch.indices, images).map_err(HostError::Script)
    }

    fn plot(&mut self, name: &str, value: f64) {
        self.tell(Event::Plot { iteration: self.iteration, name: name.to_string(), value });
    }

    fn show(&mut self, name: &str, images: &Images) {
        let pictures = pictures(images, self.plan.data.range, SHOWN);
        match self.shown.iter().position(|(known, _)| known == name) {
            Some(index) => self.shown[index].1 = pictures,
            // A script that makes up names without end shows the first few.
            None if self.shown.len() < 16 => self.shown.push((name.to_string(), pictures)),
            None => {}
        }
    }
}

pub(super) fn device_failed(error: ComputeError) -> HostError {
    HostError::Failed(error.to_string())
}

fn mean(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len().max(1) as f64
}
