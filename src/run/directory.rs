//! The run directory: the recipe's text, the settings, what happened, and sheets.

use super::lock;
use super::message::Event;
use super::options::RunError;
use crate::recipe::RecipeText;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Largest text of a run that is read: its recipe, its settings.
const LARGEST: u64 = 4 << 20;

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
}

/// An open run directory. No other can have it open meanwhile.
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    events: File,
    _lock: Option<File>,
}

impl RunDirectory {
    /// Opens `path`, made if it is not there.
    ///
    /// # Errors
    /// A directory that cannot be written, or that is open already.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let failed = |source| RunError::Directory { path: path.to_path_buf(), source };
        fs::create_dir_all(path).map_err(failed)?;
        let lock = lock::hold(path)?;
        for folder in ["checkpoints", "sheets"] {
            fs::create_dir_all(path.join(folder)).map_err(failed)?;
        }
        let log = path.join("events.jsonl");
        mend_last_line(&log).map_err(failed)?;
        let events = OpenOptions::new().create(true).append(true).open(log).map_err(failed)?;
        Ok(Self { path: path.to_path_buf(), events, _lock: lock })
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
        self.write("run.toml", text.as_bytes())
    }

    /// Appends a line to `events.jsonl`.
    ///
    /// # Errors
    /// A directory that cannot be written.
    pub fn log(&mut self, event: &Event) -> Result<(), RunError> {
        let mut line = serde_json::to_vec(event).map_err(|error| RunError::Failed(error.to_string()))?;
        line.push(b'\n');
        self.events.write_all(&line).map_err(|source| RunError::Directory { path: self.path.clone(), source })
    }

    /// Writes a file whole: aside, synced and renamed.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
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
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension("partial");
    let mut file = File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(aside, path)
}

/// A line torn by a crash is ended, so that the next event begins on its own.
fn mend_last_line(log: &Path) -> std::io::Result<()> {
    match fs::read(log) {
        Ok(bytes) if bytes.last().is_some_and(|&byte| byte != b'\n') => {
            OpenOptions::new().append(true).open(log)?.write_all(b"\n")
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads the settings and the recipe of a run.
///
/// # Errors
/// A directory that holds no run, or one of another make.
pub fn read_run(path: &Path) -> Result<(RunSettings, RecipeText), RunError> {
    let no_run = |reason: String| RunError::NoRun { path: path.to_path_buf(), reason };
    let read = |name: &str| read_text(&path.join(name)).map_err(|error| no_run(format!("cannot read {name}: {error}")));
    let settings: RunSettings =
        toml::from_str(&read("run.toml")?).map_err(|error| no_run(format!("run.toml: {}", error.message())))?;
    let recipe = RecipeText { path: settings.recipe.clone(), text: read("recipe.rhai")? };
    Ok((settings, recipe))
}
