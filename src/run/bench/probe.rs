//! What is measured: one grid with a fresh network, and all grids of a plan. Images are random, so that no data set
//! is needed; the learning rate is 0, so that every repetition meets the same weights.

use super::clock::{milliseconds, timed};
use crate::compute::{ComputeError, Device, Images, LayerTime, NoiseKey, Purpose, Threads};
use crate::learning::{Contrast, LearningGradient, learn_statistics, learning_gradient};
use crate::model::Pyramid;
use crate::recipe::{GridKernel, Learner, Plan, Recipe};
use crate::run::RunError;
use crate::run::engine::Engine;
use crate::run::grid::{Grid, Learned};
use crate::sampling::{Kernel, Walk};
use rayon::prelude::*;
use std::time::Instant;

/// One grid under measurement. Times are in milliseconds, of the whole batch.
pub(super) struct Probe {
    pub(super) grid: Grid,
    pub(super) kernel: Kernel,
    walk: Walk,
    learner: Learner,
    threads: Threads,
    /// Stand for the observed images.
    images: Images,
    /// Steps are queued and waited for once a chain.
    queued: bool,
    /// Written over by what is timed apart from a step.
    scratch: Images,
    steps_taken: u32,
}

impl Probe {
    fn new(
        mut grid: Grid,
        kernel: Kernel,
        learner: Learner,
        device: &Device,
        images: Images,
    ) -> Result<Self, ComputeError> {
        let walk = Walk::begin(&kernel, &mut *grid.prepared, &images, None)?;
        let (scratch, threads) = (Images::zeros(images.shape()), device.threads().clone());
        Ok(Self { grid, kernel, walk, learner, threads, queued: !device.is_cpu(), images, scratch, steps_taken: 0 })
    }

    /// Operations of forward and backward to the image, by direct convolutions.
    pub(super) fn step_flops(&self) -> f64 {
        2.0 * self.grid.network.flops() as f64 * self.images.count() as f64
    }

    /// A Langevin step, noise included; where steps are queued, a whole chain's time over its steps.
    pub(super) fn step(&mut self) -> Result<f64, ComputeError> {
        let steps = if self.queued { self.kernel.steps.max(1) } else { 1 };
        let (time, _) = timed(|| {
            self.steps(steps)?;
            self.walk.report(&mut *self.grid.prepared)
        })?;
        Ok(time / steps as f64)
    }

    fn steps(&mut self, count: usize) -> Result<(), ComputeError> {
        let statistics = self.grid.statistics();
        for step in 0..count {
            self.steps_taken += 1;
            let key = self.key();
            self.walk.step(&mut *self.grid.prepared, statistics, &self.kernel, step, key)?;
        }
        Ok(())
    }

    /// The score alone: a forward pass.
    pub(super) fn score(&mut self) -> Result<f64, ComputeError> {
        let statistics = self.grid.statistics();
        timed(|| self.grid.prepared.score(&self.images, statistics)).map(|(time, _)| time)
    }

    /// Score and image gradient, and what the layers cost where the device knows it.
    pub(super) fn image_gradient(&mut self) -> Result<(f64, Vec<LayerTime>), ComputeError> {
        let statistics = self.grid.statistics();
        let work = || self.grid.prepared.score_gradient(&self.images, statistics, &mut self.scratch);
        let (time, _) = timed(work)?;
        Ok((time, self.grid.prepared.layer_times()))
    }

    /// Filling the batch's noise.
    pub(super) fn noise(&mut self) -> f64 {
        let (key, length) = (self.key(), self.scratch.image_len());
        let Self { threads, scratch, .. } = self;
        let started = Instant::now();
        threads.run(|| {
            let images = scratch.data_mut().par_chunks_mut(length).enumerate();
            images.for_each(|(image, values)| key.normal(image as u32, values));
        });
        milliseconds(started.elapsed())
    }

    /// The learning gradient of both batches.
    pub(super) fn learning_gradient(&mut self) -> Result<(f64, LearningGradient), ComputeError> {
        let images = self.images.clone();
        timed(|| self.gradient(&images))
    }

    /// What is done with a gradient: the guard's look at it, optimizer, statistics, average, and packing the weights.
    pub(super) fn learn(&mut self, gradient: &LearningGradient) -> Result<f64, ComputeError> {
        timed(|| self.take(gradient)).map(|(time, ())| time)
    }

    fn sample(&mut self, start: &Images) -> Result<Images, ComputeError> {
        self.walk = Walk::begin(&self.kernel, &mut *self.grid.prepared, start, None)?;
        self.steps(self.kernel.steps)?;
        self.walk.state(&mut *self.grid.prepared)
    }

    fn gradient(&mut self, synthesized: &Images) -> Result<LearningGradient, ComputeError> {
        let contrast = Contrast { share: 1.0, penalty: self.learner.penalty };
        let norm = self.grid.network.norm();
        learning_gradient(&mut *self.grid.prepared, &self.images, synthesized, norm, contrast)
    }

    fn take(&mut self, gradient: &LearningGradient) -> Result<(), ComputeError> {
        let Grid { learned, positions, prepared, .. } = &mut self.grid;
        let Learned { parameters, optimizer, average, guard, .. } = learned;
        let _ = guard.judge(gradient.gap(), gradient.norm());
        optimizer.step(&self.learner.optimizer, parameters, &gradient.tensors, positions, 0.0);
        learn_statistics(parameters, &gradient.statistics);
        average.update(parameters, self.learner.average.unwrap_or(0.0));
        prepared.load(parameters)
    }

    fn key(&self) -> NoiseKey {
        let grid = self.grid.network.side() as u32;
        NoiseKey { step: self.steps_taken, grid, ..NoiseKey::new(1, Purpose::Langevin) }
    }
}

/// All grids of a plan.
pub(super) struct Rig {
    pub(super) probes: Vec<Probe>,
    pyramid: Pyramid,
    /// Where the chains of grid 1 come from.
    coarsest: Images,
}

impl Rig {
    pub(super) fn new(recipe: &Recipe, plan: &Plan, device: &Device) -> Result<Self, RunError> {
        let learner = recipe.learner()?;
        let images = |side| noise_images([plan.batch, plan.data.channels, side, side], plan.data.range);
        let grids = Engine::fresh_grids(plan, device, 1)?.into_iter().zip(&plan.kernels);
        let probe = |(grid, kernel): (Grid, &GridKernel)| {
            let images = images(grid.network.side());
            Probe::new(grid, kernel.kernel.clone(), learner, device, images)
        };
        let coarsest = images(plan.pyramid.sides()[0]);
        Ok(Self { probes: grids.map(probe).collect::<Result<_, _>>()?, pyramid: plan.pyramid.clone(), coarsest })
    }

    /// One whole update, algorithm 1: the chains of every grid from the coarser grid's, then learning on every grid.
    pub(super) fn update(&mut self) -> Result<f64, ComputeError> {
        timed(|| {
            let (mut images, mut synthesized) = (self.coarsest.clone(), Vec::new());
            for (index, probe) in self.probes.iter_mut().enumerate() {
                images = probe.sample(&self.pyramid.up(index + 1, &images))?;
                synthesized.push(images.clone());
            }
            for (probe, synthesized) in self.probes.iter_mut().zip(&synthesized) {
                let gradient = probe.gradient(synthesized)?;
                probe.take(&gradient)?;
            }
            Ok(())
        })
        .map(|(time, ())| time)
    }
}

fn noise_images(shape: [usize; 4], [low, high]: [f32; 2]) -> Images {
    let mut images = Images::zeros(shape);
    NoiseKey::new(1, Purpose::DataNoise).normal(0, images.data_mut());
    let (centre, spread) = (0.5 * (low + high), 0.2 * (high - low));
    images.data_mut().iter_mut().for_each(|value| *value = centre + spread * *value);
    images
}
