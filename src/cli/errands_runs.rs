//! Errands about runs: listing, reading, starting and throwing them away, on a thread of their own, since a large folder
//! takes longer than a recipe may wait to be saved.

use super::train::new_directory;
use crate::lab::{ClientPort, Errand, Return, Start};
use crate::recipe::{self, RecipeText};
use crate::run::{Run, RunOptions, Thumbnails, copy_for_fork, is_open, list_runs, read_events, read_run, trash};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where runs are kept.
const RUNS: &str = "runs";
/// Errands that may wait.
const WAITING: usize = 16;
/// The run that another took the place of may still be writing its last checkpoint.
const PATIENCE: Duration = Duration::from_secs(10);

/// The end that takes errands.
pub(super) struct RunErrands(Sender<Errand>);

impl RunErrands {
    /// Begins to serve; `options` are those of the run in the window.
    pub(super) fn begin(port: Arc<ClientPort>, options: RunOptions) -> std::io::Result<Self> {
        let (errands, waiting) = bounded(WAITING);
        let shown = options.directory.clone();
        let mut desk = Desk { port, options, shown, thumbnails: Thumbnails::default() };
        std::thread::Builder::new().name("run errands".into()).spawn(move || desk.serve(&waiting))?;
        Ok(Self(errands))
    }

    /// Takes an errand about runs; gives back any other.
    pub(super) fn take(&self, port: &ClientPort, errand: Errand) -> Option<Errand> {
        if !matches!(errand, Errand::ListRuns | Errand::ReadRun(_) | Errand::Start(_) | Errand::Trash(_)) {
            return Some(errand);
        }
        if self.0.try_send(errand).is_err() {
            port.give(Return::Failed("The program is too busy with other runs. Try again.".into()));
        }
        None
    }
}

struct Desk {
    port: Arc<ClientPort>,
    options: RunOptions,
    /// Directory of the run in the window.
    shown: Option<PathBuf>,
    thumbnails: Thumbnails,
}

impl Desk {
    fn serve(&mut self, errands: &Receiver<Errand>) {
        while let Ok(errand) = errands.recv() {
            let done = match errand {
                Errand::ListRuns => self.list(),
                Errand::ReadRun(run) => self.read(run),
                Errand::Start(start) => self.start(&start),
                Errand::Trash(run) => self.trash(run),
                _ => Ok(()),
            };
            if let Err(error) = done {
                self.port.give(Return::Failed(format!("{error:#}")));
            }
        }
    }

    /// Gives the runs at once, and again with the thumbnails that had to be read first.
    fn list(&mut self) -> anyhow::Result<()> {
        let listed = list_runs(Path::new(RUNS));
        let mut runs = listed.unwrap_or_else(|error| {
            self.port.give(Return::Failed(error.to_string()));
            Vec::new()
        });
        let complete = self.thumbnails.put(&mut runs);
        self.port.give(Return::Runs(runs.clone()));
        if !complete {
            self.thumbnails.read(&mut runs);
            self.port.give(Return::Runs(runs));
        }
        Ok(())
    }

    /// Gives the events of a run; none of one that cannot be read, so that nobody waits for them.
    fn read(&self, run: PathBuf) -> anyhow::Result<()> {
        let events = read_events(&run);
        let (events, failed) = match events {
            Ok(events) => (events, Ok(())),
            Err(error) => (Vec::new(), Err(error.into())),
        };
        self.port.give(Return::Events { run, events });
        failed
    }

    fn start(&mut self, start: &Start) -> anyhow::Result<()> {
        let options = match start {
            Start::Resume(directory) => self.resumed(directory.clone())?,
            Start::Fork(checkpoint) => {
                let run = checkpoint.parent().and_then(Path::parent).unwrap_or(checkpoint);
                let into = new_directory(&read_run(run)?.0.recipe);
                copy_for_fork(checkpoint, &into)?;
                self.resumed(into)?
            }
            Start::Recipe(path) => self.begun(recipe::read(path)?, new_directory(path), false),
        };
        let (directory, recipe) = (options.directory.clone(), options.recipe.clone());
        let run = Box::new(Run::spawn(options)?);
        self.shown = directory;
        self.port.give(Return::Started { run, recipe });
        Ok(())
    }

    fn resumed(&self, directory: PathBuf) -> anyhow::Result<RunOptions> {
        let (_, recipe) = read_run(&directory)?;
        let asked = Instant::now();
        while is_open(&directory) {
            anyhow::ensure!(
                asked.elapsed() < PATIENCE,
                "The run {} is open in another window or process: end it there first.",
                directory.display()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(self.begun(recipe, directory, true))
    }

    fn begun(&self, recipe: RecipeText, directory: PathBuf, resume: bool) -> RunOptions {
        let directory = Some(directory);
        RunOptions { recipe, directory, resume, interactive: true, watch: true, ..self.options.clone() }
    }

    fn trash(&mut self, run: PathBuf) -> anyhow::Result<()> {
        let moved = trash(&run, self.shown.as_deref());
        let failed = match moved {
            Ok(to) => {
                self.port.give(Return::Trashed { run, to });
                Ok(())
            }
            Err(error) => Err(error.into()),
        };
        self.list()?;
        failed
    }
}
