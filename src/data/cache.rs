//! Prepared images on disk, so that a set is decoded once, and so that a set larger than memory can be trained on.
//!
//! `KEY/pixels` holds 8-bit pixels, image after image, `KEY/index.json` what is known of each, under a line with the
//! hash of the rest. KEY stands for the place and the preparation; the index holds a stamp of the source's files (names,
//! sizes, times of change), so a changed source is read anew in the same place.

use super::error::DataError;
use super::preparation::Preparation;
use super::record::Source;
use super::stable_hash::StableHash;
use super::store::{Index, Pixels, Store};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// Grows when prepared images or their classes come out otherwise than before, or are written otherwise.
const VERSION: u64 = 2;
/// Pixels that are held in memory when there is no cache to write to.
const MOST_WITHOUT_CACHE: u64 = 2 << 30;
/// What a process that was killed left behind is removed after this.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// Where prepared images are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// Sets of up to so many bytes of pixels are held in memory; larger ones are read from the cache as they are needed.
    pub memory: u64,
    /// Sets of fewer bytes of pixels are not cached.
    pub cached_from: u64,
    /// The cache's folder; without one nothing is cached.
    pub folder: Option<PathBuf>,
}

impl Default for Storage {
    /// 256 MiB in memory, cached from 16 MiB, in the folder that `EMBERLAB_CACHE` names, else in the user's own cache.
    fn default() -> Self {
        let named = std::env::var_os("EMBERLAB_CACHE").filter(|name| !name.is_empty()).map(PathBuf::from);
        let folder = named.or_else(|| Some(dirs::cache_dir()?.join("emberlab")));
        Self { memory: 256 << 20, cached_from: 16 << 20, folder }
    }
}

#[derive(Serialize, Deserialize)]
struct Cached {
    stamp: u64,
    index: Index,
}

/// Where one prepared set is kept.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    storage: Storage,
    key: u64,
    stamp: u64,
}

impl Slot {
    /// The slot of `source`, named by `place` in words, under `preparation`.
    pub fn new(storage: &Storage, place: &str, preparation: &Preparation, source: &dyn Source) -> Self {
        let mut key = StableHash::new();
        key.add_number(VERSION);
        key.add(place.as_bytes());
        key.add(format!("{preparation:?}").as_bytes());
        Self { storage: storage.clone(), key: key.value(), stamp: stamp(&source.files()) }
    }

    fn folder(&self) -> Option<PathBuf> {
        Some(self.storage.folder.as_ref()?.join(format!("{:016x}", self.key)))
    }

    /// The set as it was prepared before, if its source has not changed since and nothing is damaged.
    pub fn find(&self) -> Option<Store> {
        let folder = self.folder()?;
        let text = fs::read(folder.join("index.json")).ok()?;
        let (hash, rest) = text.split_at_checked(17)?;
        if hash != format!("{:016x}\n", StableHash::of(rest)).as_bytes() {
            return None;
        }
        let Cached { stamp, index } = serde_json::from_slice(rest).ok()?;
        let path = folder.join("pixels");
        let expected = index.count() as u64 * index.image_len() as u64;
        if stamp != self.stamp || fs::metadata(&path).ok()?.len() != expected {
            return None;
        }
        self.store(index, path).ok()
    }

    /// Small sets are read into memory, image by image so that damage is found.
    fn store(&self, index: Index, path: PathBuf) -> Result<Store, DataError> {
        let length = index.image_len();
        let bytes = index.count() as u64 * length as u64;
        let file = File::open(&path).map_err(|error| failed(&path, &error))?;
        let store = Store::new(index, Pixels::File { path, file: Mutex::new(file) });
        if bytes > self.storage.memory {
            return Ok(store);
        }
        let mut pixels = vec![0; bytes as usize];
        for (item, out) in pixels.chunks_exact_mut(length).enumerate() {
            store.read(item, out)?;
        }
        Ok(Store::new(store.index, Pixels::Memory(pixels)))
    }
}

/// Hash of names, sizes and times of `files`. The time of a file's last change of any kind cannot be set back by its user,
/// so other content is never taken for the same.
fn stamp(files: &[PathBuf]) -> u64 {
    let mut hash = StableHash::new();
    for path in files {
        hash.add(path.as_os_str().as_encoded_bytes());
        let Ok(metadata) = fs::metadata(path) else { continue };
        hash.add_number(metadata.len());
        hash.add_number(nanoseconds(metadata.modified()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            hash.add_number(metadata.ctime() as u64);
            hash.add_number(metadata.ctime_nsec() as u64);
        }
    }
    hash.value()
}

fn nanoseconds(time: io::Result<SystemTime>) -> u64 {
    let since = time.ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos() as u64)
}

/// Where pixels go while they are prepared: to memory, and to a file aside once they are many.
pub(super) struct Sink {
    slot: Slot,
    memory: Vec<u8>,
    aside: Option<Aside>,
    /// Why nothing can be cached.
    obstacle: Option<io::Error>,
}

struct Aside {
    folder: PathBuf,
    pixels: BufWriter<File>,
    kept: bool,
}

impl Sink {
    pub fn new(slot: Slot) -> Self {
        Self { slot, memory: Vec::new(), aside: None, obstacle: None }
    }

    /// Adds the pixels of the next image.
    pub fn append(&mut self, pixels: &[u8]) -> Result<(), DataError> {
        let Some(aside) = &mut self.aside else {
            self.memory.extend_from_slice(pixels);
            return self.move_aside();
        };
        let path = aside.folder.join("pixels");
        aside.pixels.write_all(pixels).map_err(|error| failed(&path, &error))
    }

    fn move_aside(&mut self) -> Result<(), DataError> {
        let bytes = self.memory.len() as u64;
        if bytes < self.slot.storage.cached_from || self.obstacle.is_some() {
            return if bytes <= MOST_WITHOUT_CACHE { Ok(()) } else { Err(self.no_room()) };
        }
        let Some(folder) = self.slot.folder() else { return Ok(()) };
        match Aside::create(&folder) {
            Ok(mut aside) => {
                let pixels = std::mem::take(&mut self.memory);
                aside.pixels.write_all(&pixels).map_err(|error| failed(&aside.folder, &error))?;
                self.aside = Some(aside);
            }
            Err(error) => self.obstacle = Some(error),
        }
        Ok(())
    }

    fn no_room(&mut self) -> DataError {
        let path = self.slot.folder().unwrap_or_default();
        let cause = self.obstacle.take().map_or_else(|| "there is no cache".to_owned(), |error| error.to_string());
        DataError::Cache { path, message: format!("the set is too large for memory, and it cannot be cached: {cause}") }
    }

    /// All images are there.
    pub fn finish(mut self, index: Index) -> Result<Store, DataError> {
        let Some(mut aside) = self.aside.take() else {
            return Ok(Store::new(index, Pixels::Memory(self.memory)));
        };
        let Some(folder) = self.slot.folder() else { return Ok(Store::new(index, Pixels::Memory(self.memory))) };
        let cached = Cached { stamp: self.slot.stamp, index };
        aside.finish(&cached, &folder).map_err(|error| failed(&folder, &error))?;
        self.slot.store(cached.index, folder.join("pixels"))
    }
}

impl Aside {
    fn create(target: &Path) -> io::Result<Self> {
        let parent = target.parent().unwrap_or(target);
        fs::create_dir_all(parent)?;
        remove_left_behind(parent);
        let folder = target.with_extension(format!("{}.part", std::process::id()));
        fs::create_dir_all(&folder)?;
        let pixels = BufWriter::with_capacity(1 << 20, File::create(folder.join("pixels"))?);
        Ok(Self { folder, pixels, kept: false })
    }

    /// Writes the index, and puts the folder in its place.
    fn finish(&mut self, cached: &Cached, target: &Path) -> io::Result<()> {
        self.pixels.flush()?;
        self.pixels.get_ref().sync_all()?;
        let text = serde_json::to_vec(cached)?;
        let mut index = File::create(self.folder.join("index.json"))?;
        writeln!(index, "{:016x}", StableHash::of(&text))?;
        index.write_all(&text)?;
        index.sync_all()?;
        if target.exists() {
            fs::remove_dir_all(target)?;
        }
        fs::rename(&self.folder, target)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing better can be done with what cannot be removed.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn remove_left_behind(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let path = entry.path();
        let old = entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|time| time.elapsed().ok());
        if path.extension().is_some_and(|ending| ending == "part") && old.is_some_and(|age| age > LEFT_BEHIND) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> DataError {
    DataError::Cache { path: path.to_path_buf(), message: error.to_string() }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
