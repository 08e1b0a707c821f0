//! Where a study's models are trained and kept: a folder with a run for each, begun where it was left when a study is asked
//! for again.

use super::error::StudyError;
use super::method::{Experiment, Method};
use super::scale::{Scale, Size};
use crate::compute::Device;
use crate::run::{Command, Event, RecipeText, Run, RunHandle, RunOptions, SavedRun, read_events, read_run};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How studies are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub scale: Scale,
    pub size: Size,
    /// The factor d of multi-grid, where a study does not vary it.
    pub factor: f64,
    /// The data, as a recipe says them, such as `builtin("portraits")`, and a word for them.
    pub data: String,
    pub title: String,
    /// Training images are mirrored at random.
    pub flip: bool,
    /// Data that show something else, as a recipe says them, for the scores of negative images.
    pub negatives: Option<String>,
    /// First of the seeds.
    pub seed: u64,
    /// `auto`, `cpu`, `gpu`, …
    pub device: String,
    pub threads: Option<usize>,
    /// Where runs are kept.
    pub folder: PathBuf,
    /// The run to look at, in place of one that the study trains.
    pub run: Option<PathBuf>,
}

impl Settings {
    /// The size of the study, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let Size { side, updates, seeds, .. } = self.size;
        let seeds = if seeds == 1 { "1 seed".to_owned() } else { format!("{seeds} seeds") };
        match &self.run {
            Some(_) => "One run that was given".to_owned(),
            None => {
                format!("{} at {side}×{side}, {updates} updates, {seeds} (scale {})", self.title, self.scale.name())
            }
        }
    }
}

/// How far a study is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub doing: String,
    /// Share of the work that is done, 0 to 1.
    pub share: f64,
    pub seconds_left: Option<f64>,
}

/// Hears how far a study is, and may break it off.
pub type Watch<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// A trained model.
pub struct Model {
    pub saved: SavedRun,
    pub events: Vec<Event>,
    /// Seconds of learning.
    pub seconds: f64,
    /// Names it in a report.
    pub name: String,
    pub path: PathBuf,
}

impl Model {
    /// Rollbacks of grids that ran away.
    #[must_use]
    pub fn divergences(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::Diverged { .. })).count()
    }
}

/// What is to be trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// Names it in a report.
    pub name: String,
    /// Names its folder, with the recipe's hash.
    pub slug: String,
    pub recipe: String,
    pub seed: u64,
    pub updates: u64,
    /// Time of an update, in those of multi-grid.
    pub cost: f64,
}

/// Trains models and opens them.
pub struct Workshop<'a> {
    pub settings: Settings,
    pub device: Device,
    watch: Watch<'a>,
    started: Instant,
    /// Work in all and work done, in updates of multi-grid.
    work: [f64; 2],
    /// Work that was found done.
    found: f64,
}

/// Seconds between two looks at whether the study is broken off.
const PATIENCE: Duration = Duration::from_millis(200);

impl<'a> Workshop<'a> {
    /// # Errors
    /// No such device.
    pub fn new(settings: Settings, watch: Watch<'a>) -> Result<Self, StudyError> {
        let device = Device::choose(&settings.device, settings.threads)?;
        Ok(Self { settings, device, watch, started: Instant::now(), work: [0.0; 2], found: 0.0 })
    }

    /// The training of `method` on the study's data, from seed number `number`.
    ///
    /// # Errors
    /// A factor that makes no pyramid.
    pub fn training(&self, method: Method, number: usize) -> Result<Training, StudyError> {
        let Settings { size, data, flip, .. } = &self.settings;
        let experiment = Experiment {
            method,
            masks: false,
            data: data.clone(),
            flip: *flip,
            size: *size,
            kernel: None,
            other: None,
        };
        self.of(&experiment, number)
    }

    /// The training of an experiment, from seed number `number`.
    ///
    /// # Errors
    /// A factor that makes no pyramid.
    pub fn of(&self, experiment: &Experiment, number: usize) -> Result<Training, StudyError> {
        let masked = if experiment.masks { "-masked" } else { "" };
        let method = experiment.method;
        Ok(Training {
            name: method.name(),
            slug: format!("{}{masked}", method.slug()),
            recipe: experiment.recipe()?,
            seed: self.settings.seed + number as u64,
            updates: method.updates(&experiment.size),
            cost: method.cost(),
        })
    }

    /// Announces work, so that the time left can be told.
    pub fn plan<'t>(&mut self, trainings: impl IntoIterator<Item = &'t Training>) {
        self.work[0] += trainings.into_iter().map(|training| training.updates as f64 * training.cost).sum::<f64>();
    }

    /// Tells what is being done.
    ///
    /// # Errors
    /// The study is broken off.
    pub fn tell(&mut self, doing: &str) -> Result<(), StudyError> {
        let [all, done] = self.work;
        let share = if all > 0.0 { (done / all).clamp(0.0, 1.0) } else { 0.0 };
        let new = done - self.found;
        let seconds_left = (new > 0.0).then(|| self.started.elapsed().as_secs_f64() / new * (all - done).max(0.0));
        let progress = Progress { doing: doing.to_owned(), share, seconds_left };
        match (self.watch)(&progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(StudyError::Stopped),
        }
    }

    /// The run that is looked at: the one that was named, or the study's own multi-grid model.
    ///
    /// # Errors
    /// As [`Self::train`].
    pub fn subject(&mut self) -> Result<Model, StudyError> {
        match self.settings.run.clone() {
            Some(path) => self.open(path.display().to_string(), path),
            None => {
                let training = self.training(Method::MultiGrid(self.settings.factor), 0)?;
                self.train(&training)
            }
        }
    }

    /// Whether [`Self::subject`] must be trained: then its training.
    ///
    /// # Errors
    /// A factor that makes no pyramid.
    pub fn subject_training(&self) -> Result<Option<Training>, StudyError> {
        match self.settings.run {
            Some(_) => Ok(None),
            None => self.training(Method::MultiGrid(self.settings.factor), 0).map(Some),
        }
    }

    /// The trained model: trained now, trained on from where it was left, or opened if it is finished.
    ///
    /// # Errors
    /// A recipe or data that fail, a failing device or disk, or the study is broken off.
    pub fn train(&mut self, training: &Training) -> Result<Model, StudyError> {
        self.train_until(training, training.updates)
    }

    /// As [`Self::train`], up to an update before the last.
    ///
    /// # Errors
    /// As [`Self::train`].
    pub fn train_until(&mut self, training: &Training, updates: u64) -> Result<Model, StudyError> {
        self.go_on(training, updates, &|_| false)
    }

    /// As [`Self::train`], unless `ends` is true of something that happens: then the training ends there, now and later.
    ///
    /// # Errors
    /// As [`Self::train`].
    pub fn train_unless(&mut self, training: &Training, ends: &dyn Fn(&Event) -> bool) -> Result<Model, StudyError> {
        let path = self.path(training);
        let ended = read_events(&path).is_ok_and(|events| events.iter().any(ends));
        match ended {
            true => {
                self.found += training.updates as f64 * training.cost;
                self.work[1] += training.updates as f64 * training.cost;
                self.open(training.name.clone(), path)
            }
            false => self.go_on(training, training.updates, ends),
        }
    }

    fn go_on(&mut self, training: &Training, updates: u64, ends: &dyn Fn(&Event) -> bool) -> Result<Model, StudyError> {
        let path = self.path(training);
        let recipe = RecipeText {
            path: self.settings.folder.join(format!("{}.rhai", training.slug)),
            text: training.recipe.clone(),
        };
        let resume = read_run(&path).is_ok();
        let options = RunOptions {
            device: self.settings.device.clone(),
            threads: self.settings.threads,
            seed: training.seed,
            directory: Some(path.clone()),
            resume,
            iterations: Some(updates),
            // Sheets are for those who look on.
            sheet_every: Duration::from_secs(1 << 30),
            ..RunOptions::new(recipe)
        };
        let handle = Run::spawn(options)?;
        self.follow(handle, training, updates, ends)?;
        self.open(training.name.clone(), path)
    }

    /// Waits for a run's end.
    fn follow(
        &mut self,
        mut handle: RunHandle,
        training: &Training,
        updates: u64,
        ends: &dyn Fn(&Event) -> bool,
    ) -> Result<(), StudyError> {
        let before = self.work[1];
        let mut ended = None;
        while ended.is_none() {
            let event = handle.events.recv_timeout(PATIENCE).ok();
            let mut waiting: VecDeque<Event> = event.into_iter().chain(handle.events.try_iter()).collect();
            while let Some(event) = waiting.pop_front() {
                if ends(&event) {
                    handle.send(Command::Stop);
                }
                match event {
                    Event::Started { iteration, .. } => self.found += iteration.min(updates) as f64 * training.cost,
                    Event::Update { iteration, .. } => self.work[1] = before + iteration as f64 * training.cost,
                    Event::Ended { error, .. } => ended = Some(error),
                    _ => {}
                }
            }
            let doing = format!("training {}, seed {}", training.name, training.seed);
            if ended.is_none()
                && let Err(stopped) = self.tell(&doing)
            {
                handle.send(Command::Stop);
                handle.join();
                return Err(stopped);
            }
        }
        handle.join();
        // Of a run that goes on later only the share so far counts.
        self.work[1] = before + if updates == training.updates { updates as f64 * training.cost } else { 0.0 };
        match ended.flatten() {
            Some(message) => Err(StudyError::Training { name: training.name.clone(), message }),
            None => Ok(()),
        }
    }

    fn open(&self, name: String, path: PathBuf) -> Result<Model, StudyError> {
        let saved = SavedRun::open(&path, &self.device, &[])?;
        let events = read_events(&path)?;
        let seconds = events.iter().rev().find_map(|event| match event {
            Event::Update { seconds, .. } => Some(*seconds),
            _ => None,
        });
        Ok(Model { saved, events, seconds: seconds.unwrap_or(0.0), name, path })
    }

    fn path(&self, training: &Training) -> PathBuf {
        let Training { slug, recipe, seed, updates, .. } = training;
        self.settings.folder.join("runs").join(format!("{slug}-{updates}-seed{seed}-{:08x}", name_of(recipe)))
    }
}

/// A short name of a text (FNV-1a), so that another recipe is another run.
fn name_of(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
