//! Commands of a run, taken between two MCMC steps, and the frames and pauses that go with them.

use super::engine::{Engine, Mode, Pending, SHOWN};
use super::laboratory::PATIENCE;
use super::message::{Command, Event, Frame, GridFrame, Phase, Pictures};
use super::present::pictures;
use crate::compute::Images;
use crate::recipe::{HostError, RecipeText};
use crossbeam_channel::{RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// Least time between two frames while running.
const FRAME: Duration = Duration::from_millis(80);
/// A paused run looks up this often, should its client be gone.
const IDLE: Duration = Duration::from_millis(500);
/// Iterations that the speed is measured over.
const SPEED: usize = 20;

impl Engine {
    /// Takes the commands that wait, shows a frame if one is due, and waits while paused. `moving` is the grid whose
    /// chains are being sampled; they are read from the device for a frame only.
    pub(super) fn poll(&mut self, moving: Option<usize>) -> Result<(), HostError> {
        let busy = |engine: &Self| moving.map_or(Duration::ZERO, |s| engine.grids[s - 1].moving.busy);
        let (started, before) = (Instant::now(), busy(self));
        self.polled = started;
        let result = self.poll_commands(moving);
        // What the device did meanwhile was no waiting.
        self.waited += started.elapsed().saturating_sub(busy(self).saturating_sub(before));
        result
    }

    fn poll_commands(&mut self, moving: Option<usize>) -> Result<(), HostError> {
        // What a paused run looks like changes by commands alone.
        let mut shown = false;
        loop {
            if let Some(text) = self.deferred.take() {
                self.edit(text, moving.is_some())?;
            }
            match self.port.try_take() {
                Ok(command) => {
                    shown = false;
                    self.obey(command, moving.is_some())?;
                    continue;
                }
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return self.interrupt(Pending::Stop),
            }
            if self.mode != Mode::Paused || self.pending != Pending::Nothing {
                break;
            }
            if !std::mem::replace(&mut shown, true) {
                self.show_moving(moving, Phase::Paused)?;
            }
            match self.port.take_within(IDLE) {
                Ok(command) => {
                    shown = false;
                    self.obey(command, moving.is_some())?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.interrupt(Pending::Stop),
            }
        }
        if moving.is_some() && self.slow_motion > 0.0 {
            self.linger(moving)?;
        }
        if self.frame_due || self.frame_time.elapsed() >= FRAME {
            self.frame_due = false;
            self.show_moving(moving, Phase::Running)?;
        }
        if moving.is_some() && self.mode == Mode::OneStep {
            self.mode = Mode::Paused;
        }
        Ok(())
    }

    pub(super) fn is_paused(&self) -> bool {
        self.mode == Mode::Paused
    }

    pub(super) fn obey(&mut self, command: Command, sampling: bool) -> Result<(), HostError> {
        match command {
            Command::Run => self.enter(Mode::Running),
            Command::Pause => self.enter(Mode::Paused),
            Command::StepMcmc => self.enter(Mode::OneStep),
            Command::StepGrid => self.enter(Mode::OneGrid),
            Command::Freeze { .. }
            | Command::SlowMotion(_)
            | Command::CutRate { .. }
            | Command::LimitGradient { .. }
            | Command::Paint { .. } => return self.steer(command),
            Command::ShareWeights => self.share_weights(),
            Command::Reseed(seed) => return self.interrupt(Pending::Reseed(seed)),
            Command::StepIteration => self.enter(Mode::OneIteration),
            Command::SetParameter { name, value } => {
                if self.set_parameter(&name, value) {
                    let text = self.recipe.text().clone();
                    return self.rebuild_with(text, sampling);
                }
            }
            // In the middle of an iteration's updates a checkpoint could not be resumed exactly.
            Command::Save if self.updating => {
                self.save_due = true;
                if self.mode == Mode::Paused {
                    let message = "some grids are updated in this iteration and others not: the checkpoint is written \
                                   when it has ended"
                        .to_string();
                    self.tell(Event::Warning { iteration: self.iteration, message });
                }
            }
            Command::Save => self.save(),
            Command::Reset => return self.interrupt(Pending::Reset),
            Command::Stop => return self.interrupt(Pending::Stop),
            Command::Preview(text) => self.preview(text),
            Command::Inspect(path) => self.inspect(path),
            Command::SetPlugins(plugins) => {
                if let Some(text) = self.set_plugins(plugins) {
                    return self.edit(text, sampling);
                }
            }
            Command::SwapRecipe(text) => {
                if text.text == self.recipe.text().text && !self.recipe.is_stale() {
                    // An edit that still waits is taken back by it.
                    self.deferred = None;
                    if matches!(self.pending, Pending::Swap(_)) {
                        self.pending = Pending::Nothing;
                    }
                    return Ok(());
                }
                return self.edit(text, sampling);
            }
        }
        Ok(())
    }

    /// Takes an edit; one that comes among an iteration's updates waits for the iteration's end, but not for long: some
    /// of its updates are no state to go back to.
    fn edit(&mut self, text: RecipeText, sampling: bool) -> Result<(), HostError> {
        if self.updating && self.updating_since.elapsed() < PATIENCE {
            self.deferred = Some(text);
            return Ok(());
        }
        match self.swap_live(&text) {
            true => Ok(()),
            false => self.rebuild_with(text, sampling),
        }
    }

    /// Gives the iteration up for a recipe that makes networks or data anew, unless some updates are already done.
    fn rebuild_with(&mut self, text: RecipeText, sampling: bool) -> Result<(), HostError> {
        if self.pending != Pending::Stop {
            self.pending = Pending::Swap(text);
        }
        // Between two iterations the thread takes it up at once.
        if sampling && !self.updating { Err(HostError::Interrupted) } else { Ok(()) }
    }

    /// Gives the iteration up, unless some of its updates are already done: then it is finished first.
    fn interrupt(&mut self, pending: Pending) -> Result<(), HostError> {
        self.pending = pending;
        if self.updating { Ok(()) } else { Err(HostError::Interrupted) }
    }

    fn enter(&mut self, mode: Mode) {
        let was_paused = self.mode == Mode::Paused;
        self.mode = mode;
        // Whoever asked for a step sees that it is taken, however short it is.
        self.frame_due |= mode != Mode::Paused;
        if was_paused != (mode == Mode::Paused) {
            let phase = if mode == Mode::Paused { Phase::Paused } else { Phase::Running };
            self.ends.clear();
            self.tell(Event::Phase { iteration: self.iteration, phase });
        }
    }

    /// Sets a live parameter, unless the recipe would fail with it. Returns true when networks or data depend on it
    /// and are to be made anew.
    fn set_parameter(&mut self, name: &str, value: f64) -> bool {
        let iteration = self.iteration;
        let recipe = self.recipe.clone();
        let old = recipe.live_parameters().into_iter().find(|parameter| parameter.name == name);
        let Some(old) = old.map(|parameter| parameter.value) else {
            let message = format!("the recipe declares no live parameter '{name}'");
            self.tell(Event::Warning { iteration, message });
            return false;
        };
        let value = if value.is_finite() { recipe.set_live_parameter(name, value) } else { None };
        let planned = match value {
            Some(parameter) => recipe.plan().map(|plan| (parameter, plan)).map_err(|error| error.to_string()),
            None => Err("it must be a finite number".to_string()),
        };
        let put_back = || {
            recipe.set_live_parameter(name, old);
            // The plan of before was sound; this makes the recipe's own view of the pyramid that of before.
            let _ = recipe.plan();
        };
        match planned {
            Ok((parameter, plan)) => {
                let rebuilds = self.rebuilds(&plan);
                match rebuilds {
                    true => put_back(),
                    false => self.plan = plan,
                }
                self.options.set.insert(name.to_string(), parameter.setting());
                self.kernel_version += 1;
                let (name, value, word) = (name.to_string(), parameter.value, parameter.word());
                self.tell(Event::ParameterSet { iteration, name, value, word });
                rebuilds
            }
            Err(reason) => {
                put_back();
                let message = format!("{name} stays at {old}: {reason}");
                self.tell(Event::Warning { iteration, message });
                false
            }
        }
    }

    /// Shows a frame with the chains of grid `moving`, if anyone looks on.
    pub(super) fn show_moving(&mut self, moving: Option<usize>, phase: Phase) -> Result<(), HostError> {
        let images = match moving {
            Some(s) if self.options.interactive => Some((s, self.moving_state(s)?)),
            _ => None,
        };
        self.show_frame(images.as_ref().map(|(s, images)| (*s, images)), phase);
        Ok(())
    }

    /// Shows a frame, if anyone looks on. `moving` is where the chains of a grid are.
    pub(super) fn show_frame(&mut self, moving: Option<(usize, &Images)>, phase: Phase) {
        self.frame_time = Instant::now();
        if !self.options.interactive {
            return;
        }
        self.frame += 1;
        let range = self.plan.data.range;
        let scores = |s: usize, of: usize| {
            let grid = s.checked_sub(1).map(|index| &self.grids[index]);
            grid.map_or_else(Vec::new, |grid| grid.scores[of].iter().take(SHOWN).copied().collect())
        };
        let grid = |(s, &side): (usize, &usize)| {
            let newest = match moving {
                Some((grid, images)) if grid == s => Some(images),
                _ => self.chains[s].as_deref(),
            };
            GridFrame {
                side,
                observed: self.observed.get(s).cloned().unwrap_or_default(),
                synthesized: newest.map_or_else(Pictures::default, |images| pictures(images, range, SHOWN)),
                observed_scores: scores(s, 0),
                synthesized_scores: scores(s, 1),
                frozen: self.frozen.contains(&side),
                update: s.checked_sub(1).and_then(|index| self.grids[index].last),
            }
        };
        let frame = Frame {
            number: self.frame,
            iteration: self.iteration,
            phase,
            iterations_per_second: self.speed(),
            seconds: self.seconds,
            seed: self.options.seed,
            slow_motion: self.slow_motion,
            device: self.device.name().to_string(),
            norm_mode: self.plan.norm_words(),
            range,
            sampling_grid: self.progress.grid,
            sampling_step: self.progress.step,
            sampling_steps: self.progress.steps,
            grids: self.plan.pyramid.sides().iter().enumerate().map(grid).collect(),
            parameters: self.recipe.live_parameters(),
            shown: self.shown.clone(),
            charts: self.charts.clone(),
            plan_fingerprint: self.plan.fingerprint(),
        };
        self.port.show(frame);
    }

    /// Iterations a second over the last few.
    pub(super) fn speed(&self) -> f64 {
        match (self.ends.front(), self.ends.back()) {
            (Some(first), Some(last)) if self.ends.len() > 1 => {
                (self.ends.len() - 1) as f64 / last.duration_since(*first).as_secs_f64().max(1e-9)
            }
            _ => 0.0,
        }
    }

    /// Notes the end of an iteration.
    pub(super) fn note_end(&mut self) {
        self.ends.push_back(Instant::now());
        while self.ends.len() > SPEED {
            self.ends.pop_front();
        }
    }
}
