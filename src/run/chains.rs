//! Sampling a grid, step by step: commands are taken between two steps, and an edited kernel acts at the next one.

use super::engine::{Engine, Progress};
use super::laboratory::device_failed;
use crate::compute::{Images, NoiseKey, Purpose};
use crate::recipe::{Advance, GridKernel, HostError, ScriptMove};
use std::sync::Arc;
use std::time::Instant;

/// Chains of one grid on their way.
pub(super) struct Sampling {
    s: usize,
    kernel: GridKernel,
    /// Of the engine's kernels, when `kernel` was asked for.
    version: u64,
    step: usize,
    /// Where a script's chains are; others stand on the grid's device.
    state: Option<Arc<Images>>,
    /// 1 where values may move.
    mask: Option<Images>,
    /// When a script's step began.
    started: Instant,
}

impl Engine {
    /// The kernel of grid s, with the live parameters of now.
    fn kernel(&self, s: usize) -> Result<GridKernel, HostError> {
        self.recipe.kernel(s, self.plan.data.range).map_err(HostError::Recipe)
    }

    pub(super) fn begin_chains(&mut self, s: usize, start: &Images, mask: Option<&Images>) -> Result<(), HostError> {
        self.check("sample", s, start)?;
        let mask = mask.map(|mask| full_mask(mask, start)).transpose()?;
        let kernel = self.kernel(s)?;
        let state = kernel.step.is_some().then(|| Arc::new(start.clone()));
        self.grids[s - 1].begin_chain(&kernel.kernel, start, mask.as_ref()).map_err(device_failed)?;
        let (version, started) = (self.kernel_version, Instant::now());
        self.sampling = Some(Sampling { s, kernel, version, step: 0, state, mask, started });
        Ok(())
    }

    /// Where the chains of grid s are, for the window.
    pub(super) fn moving_state(&mut self, s: usize) -> Result<Images, HostError> {
        match &self.sampling {
            Some(Sampling { state: Some(state), .. }) => Ok(Images::clone(state)),
            _ => self.grids[s - 1].read_chain().map_err(device_failed),
        }
    }

    /// The grid whose chains move, if any do.
    pub(super) fn moving_grid(&self) -> Option<usize> {
        self.sampling.as_ref().map(|sampling| sampling.s)
    }

    /// Puts the chains of grid s, which move, where `images` are.
    pub(super) fn put_moving(&mut self, s: usize, images: Images) -> Result<(), HostError> {
        match &mut self.sampling {
            Some(Sampling { state: Some(state), .. }) => *state = Arc::new(images),
            _ => self.grids[s - 1].replace_chain(&images).map_err(device_failed)?,
        }
        Ok(())
    }

    pub(super) fn advance_chains(&mut self, s: usize) -> Result<Advance, HostError> {
        let Some(mut sampling) = self.sampling.take().filter(|sampling| sampling.s == s) else {
            return Err(HostError::Failed("no chains were begun".into()));
        };
        let mut edited = false;
        loop {
            let steps = sampling.kernel.kernel.steps;
            self.progress = Progress { grid: s, step: sampling.step.min(steps), steps };
            if sampling.step >= steps {
                return self.end_chains(s, sampling);
            }
            // The window reads the chains while commands are taken.
            self.sampling = Some(sampling);
            self.poll(Some(s))?;
            sampling = match self.sampling.take() {
                Some(sampling) => sampling,
                None => return Err(HostError::Interrupted),
            };
            if sampling.version == self.kernel_version {
                break;
            }
            sampling.version = self.kernel_version;
            edited = true;
            sampling.kernel = self.kernel(s)?;
            self.change_hands(s, &mut sampling)?;
        }
        self.frame_due |= edited;
        let key = self.noise_key_of(s);
        sampling.started = Instant::now();
        let next = match (&sampling.state, &sampling.kernel.step) {
            (Some(state), Some(step)) => {
                let (recipe, step, state) = (self.recipe.clone(), step.clone(), state.clone());
                let number = [sampling.step, sampling.kernel.kernel.steps];
                Advance::Script(ScriptMove { recipe, step, state, number, key })
            }
            _ => {
                let queues = !self.device.is_cpu();
                let kernel = &sampling.kernel.kernel;
                if !self.grids[s - 1].step_chain(kernel, sampling.step, key, queues).map_err(device_failed)? {
                    return Err(self.not_finite(s, Some(sampling.step + 1)));
                }
                sampling.step += 1;
                Advance::Moved
            }
        };
        self.sampling = Some(sampling);
        Ok(next)
    }

    /// An edit gave the chains from the built-in kernel to a script, or back.
    fn change_hands(&mut self, s: usize, sampling: &mut Sampling) -> Result<(), HostError> {
        let grid = &mut self.grids[s - 1];
        match (&sampling.state, &sampling.kernel.step) {
            (None, Some(_)) => sampling.state = Some(Arc::new(grid.read_chain().map_err(device_failed)?)),
            (Some(state), None) => {
                let state = state.clone();
                sampling.state = None;
                grid.begin_chain(&sampling.kernel.kernel, &state, sampling.mask.as_ref()).map_err(device_failed)?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn chains_moved(&mut self, s: usize, moved: &Images) -> Result<(), HostError> {
        let Some(mut sampling) = self.sampling.take() else {
            return Err(HostError::Failed("no chains were begun".into()));
        };
        let Some(before) = sampling.state.take() else {
            return Err(HostError::Failed("these chains are not a script's".into()));
        };
        if !moved.is_finite() {
            return Err(self.not_finite(s, Some(sampling.step + 1)));
        }
        let (state, clamped) = confined(moved, &before, &sampling);
        let grid = &mut self.grids[s - 1];
        grid.clamped = clamped;
        grid.temperature = sampling.kernel.temperature();
        grid.steps_taken += 1;
        grid.step_times.push(1e3 * sampling.started.elapsed().as_secs_f64());
        sampling.state = Some(Arc::new(state));
        sampling.step += 1;
        self.sampling = Some(sampling);
        Ok(())
    }

    fn end_chains(&mut self, s: usize, sampling: Sampling) -> Result<Advance, HostError> {
        let ended = match sampling.state {
            Some(state) => Some(Arc::unwrap_or_clone(state)),
            None => self.grids[s - 1].end_chain().map_err(device_failed)?,
        };
        self.rest_after_grid();
        match ended {
            Some(images) => Ok(Advance::Ended(images)),
            // A device that queued the steps does not know in which of them it was.
            None => Err(self.not_finite(s, None)),
        }
    }

    fn noise_key_of(&self, s: usize) -> NoiseKey {
        let grid = &self.grids[s - 1];
        NoiseKey {
            seed: self.options.seed,
            purpose: Purpose::Langevin,
            iteration: self.iteration,
            grid: grid.network.side() as u32,
            step: grid.steps_taken as u32,
        }
    }

    /// Names where chains of grid s begin in this iteration.
    pub(super) fn start_key(&mut self, s: usize) -> NoiseKey {
        self.starts += 1;
        let key = NoiseKey::new(self.options.seed, Purpose::Start);
        NoiseKey { iteration: self.iteration, grid: self.plan.pyramid.sides()[s] as u32, step: self.starts, ..key }
    }
}

/// A mask of the chains' own shape, from one of theirs or of one channel or one image.
fn full_mask(mask: &Images, start: &Images) -> Result<Images, HostError> {
    let ([n, c, h, w], found) = (start.shape(), mask.shape());
    if !(found[0] == n || found[0] == 1) || !(found[1] == c || found[1] == 1) || found[2..] != [h, w] {
        return Err(HostError::Script(format!(
            "lab.sample: a mask for images {:?} is expected, found {found:?}",
            [n, c, h, w]
        )));
    }
    let mut full = Images::zeros([n, c, h, w]);
    for index in 0..n {
        let from = mask.image(if found[0] == 1 { 0 } else { index });
        let planes = full.image_mut(index).chunks_exact_mut((h * w).max(1));
        for (channel, plane) in planes.enumerate() {
            let channel = if found[1] == 1 { 0 } else { channel };
            plane.copy_from_slice(&from[channel * h * w..][..h * w]);
        }
    }
    Ok(full)
}

/// Where a script's chains are after the kernel's box and the mask, and the share of values that came to an edge of
/// the box. As in the built-in kernel, values that may not move are left as they are, inside the box or not.
fn confined(moved: &Images, before: &Images, sampling: &Sampling) -> (Images, f64) {
    let [low, high] = sampling.kernel.kernel.clamp.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]);
    let (mut state, mut edge) = (moved.clone(), 0);
    let mut confine = |value: &mut f32| {
        *value = value.clamp(low, high);
        edge += usize::from(*value == low || *value == high);
    };
    match &sampling.mask {
        None => state.data_mut().iter_mut().for_each(confine),
        Some(mask) => {
            let values = state.data_mut().iter_mut().zip(before.data().iter().zip(mask.data()));
            for (value, (&old, &mask)) in values {
                match mask {
                    0.0 => *value = old,
                    _ => confine(value),
                }
            }
        }
    }
    let share = edge as f64 / state.data().len().max(1) as f64;
    (state, share)
}
