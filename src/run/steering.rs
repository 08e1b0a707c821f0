//! Steering a run by hand: slow motion, frozen grids, chains that are painted on, and what is shared with the probe.

use super::engine::{Engine, Mode, Pending};
use super::message::{Command, Event, Phase};
use super::trained::Snapshot;
use crate::recipe::HostError;
use std::time::{Duration, Instant};

/// The slowest motion, seconds a step.
const SLOWEST: f64 = 10.0;

/// A dab of paint: image, x, y, and colour.
type Dab = (usize, usize, usize, [u8; 3]);

impl Engine {
    /// Obeys a command that steers chains or learning.
    pub(super) fn steer(&mut self, command: Command) -> Result<(), HostError> {
        match command {
            Command::SlowMotion(seconds) if seconds.is_finite() => self.slow_motion = seconds.clamp(0.0, SLOWEST),
            Command::Freeze { side, frozen: true } => drop(self.frozen.insert(side)),
            Command::Freeze { side, frozen: false } => drop(self.frozen.remove(&side)),
            Command::CutRate { grid } => self.cut_rate(grid),
            Command::LimitGradient { grid } => self.limit_gradient(grid),
            Command::Paint { grid, dabs } => return self.paint(grid, &dabs),
            _ => {}
        }
        self.frame_due = true;
        Ok(())
    }

    /// Waits after a step as slow motion says, taking commands meanwhile.
    pub(super) fn linger(&mut self, moving: Option<usize>) -> Result<(), HostError> {
        self.show_moving(moving, Phase::Running)?;
        let begun = Instant::now();
        loop {
            let left = Duration::from_secs_f64(self.slow_motion).saturating_sub(begun.elapsed());
            if left.is_zero() || self.pending != Pending::Nothing {
                return Ok(());
            }
            if let Ok(command) = self.port.take_within(left) {
                let paints = matches!(command, Command::Paint { .. });
                self.obey(command, true)?;
                if self.is_paused() {
                    return Ok(());
                }
                if paints {
                    self.show_moving(moving, Phase::Running)?;
                }
            }
        }
    }

    /// Puts colours on the chains that move, if they are those of grid s.
    fn paint(&mut self, s: usize, dabs: &[Dab]) -> Result<(), HostError> {
        if self.moving_grid() != Some(s) {
            let message = format!("the chains of grid {s} do not move now, so they cannot be painted on");
            self.tell(Event::Warning { iteration: self.iteration, message });
            return Ok(());
        }
        let [low, high] = self.plan.data.range;
        let mut state = self.moving_state(s)?;
        let [count, channels, height, width] = state.shape();
        for &(image, x, y, colour) in dabs.iter().filter(|dab| dab.0 < count && dab.1 < width && dab.2 < height) {
            let value = |byte: u8| low + (high - low) * f32::from(byte) / 255.0;
            let image = state.image_mut(image);
            for channel in 0..channels {
                image[(channel * height + y) * width + x] = value(colour[channel.min(2)]);
            }
        }
        self.frame_due = true;
        self.put_moving(s, state)
    }

    /// Pauses if the run was to go to the end of the chains of one grid.
    pub(super) fn rest_after_grid(&mut self) {
        self.rest_after(Mode::OneGrid);
    }

    pub(super) fn rest_after(&mut self, mode: Mode) {
        if self.mode == mode {
            self.mode = Mode::Paused;
            self.tell(Event::Phase { iteration: self.iteration, phase: Phase::Paused });
        }
    }

    /// Shares what was learned with the run's probe.
    pub(super) fn share_weights(&self) {
        let is_it = |newest: &Snapshot| {
            newest.iteration == self.iteration
                && !self.updating
                && newest.seed == self.options.seed
                && newest.recipe == *self.recipe.text()
                && newest.set == self.options.set
                && newest.modules == self.options.modules
        };
        self.port.snapshots.put(is_it, || Snapshot {
            recipe: self.recipe.text().clone(),
            set: self.options.set.clone(),
            modules: self.options.modules.clone(),
            weights: self.grids.iter().map(|grid| grid.learned.average.parameters.clone()).collect(),
            iteration: self.iteration,
            seed: self.options.seed,
            histogram: self.data.histogram.clone(),
            images: self.data.set.clone(),
        });
    }
}
