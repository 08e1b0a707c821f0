//! Watching a recipe's file: any editor, also one that saves by rename.

use super::compile::RecipeText;
use super::import;
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Quiet after the last sign of a change before the file is read: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// A folder that is never quiet does not keep a change waiting longer than this.
const LONGEST: Duration = Duration::from_millis(200);
/// Largest recipe that is read.
const LARGEST: u64 = 4 << 20;

/// Why a recipe's file cannot be read or watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("cannot read the recipe {}: {source}; give the path of a .rhai file", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("the recipe {} is larger than 4 MiB; is it a script?", path.display())]
    TooLarge { path: PathBuf },
    #[error("cannot watch {} for changes: {source}", path.display())]
    Watch { path: PathBuf, source: notify::Error },
    #[error("cannot start the thread that watches the recipe: {0}")]
    Thread(std::io::Error),
}

/// Reads a recipe.
///
/// # Errors
/// A file that is not there, not text, or too large.
pub fn read(path: &Path) -> Result<RecipeText, WatchError> {
    let failed = |source| WatchError::Read { path: path.to_path_buf(), source };
    let mut text = String::new();
    // A device has no length that could be asked for.
    let file = std::fs::File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > LARGEST
        || file.take(LARGEST + 1).read_to_string(&mut text).map_err(failed)? as u64 > LARGEST
    {
        return Err(WatchError::TooLarge { path: path.to_path_buf() });
    }
    Ok(RecipeText { path: path.to_path_buf(), text })
}

/// Watches one recipe and what it imports until it is dropped.
pub struct RecipeWatcher {
    _watched: Arc<Mutex<Folders>>,
}

/// The folders that are watched.
struct Folders {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// Watches the folder of `file` too. The folder, not the file: a save by rename puts another file in its place.
    fn watch(&mut self, file: &Path) -> Result<(), WatchError> {
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        if self.watched.contains(&folder) {
            return Ok(());
        }
        let failed = |source| WatchError::Watch { path: folder.clone(), source };
        self.watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(failed)?;
        self.watched.insert(folder);
        Ok(())
    }
}

impl RecipeWatcher {
    /// Calls `changed` from a thread of its own whenever the file's text, or that of a file it imports, differs from
    /// what it was.
    ///
    /// # Errors
    /// A folder that cannot be watched, or no thread.
    pub fn new(recipe: RecipeText, changed: impl Fn(RecipeText) + Send + 'static) -> Result<Self, WatchError> {
        let (signs, signs_in) = bounded::<()>(16);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(event.kind)) {
                // A sign that is already waiting says as much.
                let _ = signs.try_send(());
            }
        })
        .map_err(|source| WatchError::Watch { path: recipe.path.clone(), source })?;
        let mut folders = Folders { watcher, watched: BTreeSet::new() };
        folders.watch(&recipe.path)?;
        let folders = Arc::new(Mutex::new(folders));
        let watched = Arc::downgrade(&folders);
        std::thread::Builder::new()
            .name("recipe-watcher".into())
            .spawn(move || watch(recipe, &signs_in, &watched, changed))
            .map_err(WatchError::Thread)?;
        Ok(Self { _watched: folders })
    }
}

/// Whether an event may mean new text: anything but opening and reading, which this watcher does itself.
pub fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

/// Ends when the watcher is dropped. A file that is gone or half written leaves the last text standing.
fn watch(mut recipe: RecipeText, signs: &Receiver<()>, folders: &Weak<Mutex<Folders>>, changed: impl Fn(RecipeText)) {
    let mut imports = import::imported(&recipe);
    watch_all(&imports, folders);
    while signs.recv().is_ok() {
        if !quiet(signs) {
            return;
        }
        let Ok(newest) = read(&recipe.path) else { continue };
        // An editor that truncates before it writes shows an empty file for a moment.
        if newest.text.trim().is_empty() {
            continue;
        }
        let now = import::imported(&newest);
        if newest.text != recipe.text || now != imports {
            watch_all(&now, folders);
            (recipe, imports) = (newest.clone(), now);
            changed(newest);
        }
    }
}

/// Watches the folders of all imports; one that cannot be watched is read at the next change of another.
fn watch_all(imports: &[RecipeText], folders: &Weak<Mutex<Folders>>) {
    if let Some(folders) = folders.upgrade() {
        let mut folders = folders.lock().unwrap_or_else(PoisonError::into_inner);
        for import in imports {
            let _ = folders.watch(&import.path);
        }
    }
}

/// Waits until there are no more signs of changes, and not too long; false when no more can come.
pub fn quiet(signs: &Receiver<()>) -> bool {
    let patience = Instant::now() + LONGEST;
    while Instant::now() < patience {
        match signs.recv_timeout(QUIET) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}
