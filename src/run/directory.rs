//! The run directory: the recipe's text, the settings, what happened, and sheets.

use super::event_log::{EventLog, Mark};
use super::lock;
use super::message::Event;
use super::options::RunError;
use crate::recipe::RecipeText;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Largest text of a run that is read: its recipe, its settings.
const LARGEST: u64 = 4 << 20;
/// The name of the settings' file.
const SETTINGS: &str = "run.toml";
/// A directory that cannot be written is tried again this often; and this often one is looked after that can.
const AGAIN: Duration = Duration::from_secs(1);

/// Settings of a run, `run.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSettings {
    pub emberlab: String,
    /// Where the recipe came from.
    pub recipe: PathBuf,
    pub seed: u64,
    pub device: String,
    /// Names the data's pixels and files.
    pub data_fingerprint: String,
    /// The device that was asked for: `auto`, `cpu`, `gpu:1`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Threads of the CPU kernels that were asked for; one for each core when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

/// An open run directory. No other can have it open meanwhile.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    log: EventLog,
    /// Where the iteration under way begins in the log.
    begun: Option<u64>,
    /// Why it could not be written when it was tried last, and when that was.
    failing: Option<String>,
    tried: Instant,
    /// The texts that were written, by name, should they be lost.
    texts: RefCell<BTreeMap<String, Vec<u8>>>,
    lock: Option<File>,
}

impl RunDirectory {
    /// Opens `path`, made if it is not there.
    ///
    /// # Errors
    /// A directory that cannot be written, or that is open already.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let failed = |source| RunError::Directory { path: path.to_path_buf(), source };
        let lock = Self::prepare(path)?;
        let log = EventLog::open(path).map_err(failed)?;
        let (path, texts) = (path.to_path_buf(), RefCell::default());
        Ok(Self { path, log, begun: None, failing: None, tried: Instant::now(), texts, lock })
    }

    /// Makes the folders of a run, and holds its lock.
    fn prepare(path: &Path) -> Result<Option<File>, RunError> {
        let failed = |source| RunError::Directory { path: path.to_path_buf(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let lock = lock::hold(path)?;
        for folder in ["checkpoints", "sheets"] {
            fs::create_dir_all(path.join(folder)).map_err(failed)?;
        }
        Ok(lock)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the recipe's exact text.
    ///
    /// # Errors
    /// A directory that cannot be written.
    pub fn write_recipe(&self, recipe: &RecipeText) -> Result<(), RunError> {
        self.write("recipe.rhai", recipe.text.as_bytes())
    }

    /// Writes `run.toml`.
    ///
    /// # Errors
    /// A directory that cannot be written.
    pub fn write_settings(&self, settings: &RunSettings) -> Result<(), RunError> {
        let text = toml::to_string(settings).map_err(|error| RunError::Failed(error.to_string()))?;
        self.write(SETTINGS, text.as_bytes())
    }

    /// Appends a line to `events.jsonl`. Where it cannot be written the line waits until it can. Returns what its user
    /// should know, when writing begins to fail and when it goes well again.
    pub fn log(&mut self, event: &Event) -> Option<String> {
        self.log.add(event);
        let due = self.tried.elapsed() >= AGAIN;
        if self.failing.is_some() && !due {
            return None;
        }
        if due { self.attend() } else { self.flush() }
    }

    /// Makes a directory anew that was removed, and writes the lines that wait. Returns as [`Self::log`].
    pub(super) fn attend(&mut self) -> Option<String> {
        self.tried = Instant::now();
        if self.log.is_in_place() {
            return self.flush();
        }
        let place = self.path.display().to_string();
        let told = match self.path.join(SETTINGS).exists() {
            true => format!("events.jsonl was gone from {place} and is written anew"),
            false => format!(
                "the run directory {place} was gone and is made anew; checkpoints and sheets that were in it are not"
            ),
        };
        match self.make_anew() {
            Ok(()) => Some(self.flush().map_or_else(|| told.clone(), |more| format!("{told}; {more}"))),
            Err(error) => self.failed(&error.to_string()),
        }
    }

    /// Whether nothing waits to be written.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(super) fn settled(&self) -> Result<(), String> {
        self.failing.as_ref().map_or(Ok(()), |reason| Err(format!("the newest events are not written: {reason}")))
    }

    fn flush(&mut self) -> Option<String> {
        let let_go = self.log.let_go();
        match self.log.flush() {
            Ok(()) => self.failing.take().map(|_| match let_go {
                0 => "the run directory can be written again: nothing is lost".to_string(),
                lines => format!("the run directory can be written again: of its events the oldest {lines} are lost"),
            }),
            Err(source) => self.failed(&RunError::Directory { path: self.path.clone(), source }.to_string()),
        }
    }

    /// Notes a failure; it is told once.
    fn failed(&mut self, reason: &str) -> Option<String> {
        let told = self.failing.replace(reason.to_string()).is_some();
        let message =
            || format!("{reason}. The run goes on and tries again; make room meanwhile: until then nothing is saved");
        (!told).then(message)
    }

    fn make_anew(&mut self) -> Result<(), RunError> {
        let failed = |source| RunError::Directory { path: self.path.clone(), source };
        // The lock of a folder that is still there is given back before it is taken.
        self.lock = None;
        let lock = Self::prepare(&self.path)?;
        for (name, bytes) in self.texts.borrow().iter() {
            write_whole(&self.path.join(name), bytes).map_err(failed)?;
        }
        self.log.move_to(&self.path).map_err(failed)?;
        self.lock = lock;
        Ok(())
    }

    /// An iteration begins.
    pub(super) fn begin_iteration(&mut self) {
        self.begun = Some(self.log.length());
    }

    /// The iteration under way is finished.
    pub(super) fn end_iteration(&mut self) {
        self.begun = None;
    }

    /// Where the log stands, for a checkpoint; what is before is on disk then.
    pub(super) fn mark(&self) -> Option<Mark> {
        // A log that cannot be synced is told of when it is written.
        self.log.sync().ok()?;
        let saved = self.log.length();
        Some(Mark { begun: self.begun.unwrap_or(saved), saved })
    }

    /// Takes out of the log what came after a checkpoint that is gone on from; how many lines that were.
    ///
    /// # Errors
    /// As [`EventLog::cut_back`].
    pub(super) fn cut_back(&mut self, mark: Mark, iteration: u64) -> io::Result<usize> {
        self.log.cut_back(mark, iteration)
    }

    /// Writes a file whole: aside, synced and renamed.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.texts.borrow_mut().insert(name.to_string(), bytes.to_vec());
        write_whole(&self.path.join(name), bytes)
            .map_err(|source| RunError::Directory { path: self.path.clone(), source })
    }
}

/// Opens a regular file; anything else might never answer.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    File::open(path)
}

/// Reads a text of a run, of at most 4 MiB.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    if open_file(path)?.take(LARGEST + 1).read_to_string(&mut text)? as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(text)
}

/// Writes a file aside, syncs it and renames it into place.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("partial");
    let written = write_synced(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        let _ = fs::remove_file(aside);
    }
    written?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Writes a file, and waits until it is on disk.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the names in a folder are on disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // The empty path is the current folder, which has a name.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Reads the settings and the recipe of a run.
///
/// # Errors
/// A directory that holds no run, or one of another make.
pub fn read_run(path: &Path) -> Result<(RunSettings, RecipeText), RunError> {
    let no_run = |reason: String| RunError::NoRun { path: path.to_path_buf(), reason };
    let read = |name: &str| read_text(&path.join(name)).map_err(|error| no_run(format!("cannot read {name}: {error}")));
    let settings: RunSettings =
        toml::from_str(&read(SETTINGS)?).map_err(|error| no_run(format!("run.toml: {}", error.message())))?;
    let recipe = RecipeText { path: settings.recipe.clone(), text: read("recipe.rhai")? };
    Ok((settings, recipe))
}
