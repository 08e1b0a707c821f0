//! Watching the folder of plugins: what is dropped in, edited, broken or deleted takes effect in a running lab.

use super::folder::{PluginError, discover};
use super::registry::{Plugin, Registry};
use crate::recipe::{ScriptModule, WatchError, is_change, quiet};
use crossbeam_channel::{Receiver, bounded};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder that is not there is looked for this often.
const ABSENT: Duration = Duration::from_millis(500);

/// What the plugins are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugins {
    pub modules: Vec<ScriptModule>,
    pub broken: Vec<PluginError>,
}

impl Plugins {
    /// The plugins below `folder`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        let (plugins, broken) = discover(folder);
        let modules = Registry::of(plugins.iter().map(|plugin| plugin as &dyn Plugin)).modules().to_vec();
        Self { modules, broken }
    }
}

/// Watches a folder of plugins until it is dropped.
pub struct PluginWatcher {
    /// The thread ends when this is gone.
    _alive: crossbeam_channel::Sender<()>,
}

impl PluginWatcher {
    /// Calls `changed` from a thread of its own whenever the plugins below `folder` are no longer what they were; the
    /// folder need not be there yet.
    ///
    /// # Errors
    /// No thread.
    pub fn new(folder: PathBuf, changed: impl Fn(Plugins) + Send + 'static) -> Result<Self, WatchError> {
        let (alive, alive_in) = bounded(0);
        let known = Plugins::in_folder(&folder);
        std::thread::Builder::new()
            .name("plugin-watcher".into())
            .spawn(move || watch(&folder, known, &alive_in, changed))
            .map_err(WatchError::Thread)?;
        Ok(Self { _alive: alive })
    }
}

fn watch(folder: &Path, mut known: Plugins, alive: &Receiver<()>, changed: impl Fn(Plugins)) {
    let (signs, signs_in) = bounded::<()>(16);
    let mut watcher: Option<RecommendedWatcher> = None;
    let mut seen = None;
    loop {
        // Another folder in the place of the one that is watched says nothing by itself.
        let now = identity(folder);
        if now.is_none() {
            watcher = None;
        } else if watcher.is_none() || now != seen {
            watcher = watched(folder, signs.clone());
            // Something may have happened before it was watched.
            let _ = signs.try_send(());
        }
        seen = now;
        crossbeam_channel::select! {
            recv(alive) -> _ => return,
            recv(signs_in) -> sign => if sign.is_err() || !quiet(&signs_in) { return },
            default(ABSENT) => if watcher.is_some() && identity(folder) == seen { continue },
        }
        let now = Plugins::in_folder(folder);
        if now != known {
            known = now.clone();
            changed(now);
        }
    }
}

/// Tells a folder from another of its name; `None` where there is none.
fn identity(folder: &Path) -> Option<u64> {
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    #[cfg(unix)]
    return Some(std::os::unix::fs::MetadataExt::ino(&metadata));
    #[cfg(not(unix))]
    return Some(metadata.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos() as u64);
}

/// A watcher of `folder` and all below it; `None` where it cannot be watched.
fn watched(folder: &Path, signs: crossbeam_channel::Sender<()>) -> Option<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| is_change(event.kind)) {
            let _ = signs.try_send(());
        }
    })
    .ok()?;
    watcher.watch(folder, RecursiveMode::Recursive).ok()?;
    Some(watcher)
}
