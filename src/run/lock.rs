//! Who has a run directory open: its process holds a lock on the file `lock` in it, which ends with the process, and writes its
//! number into it.

use super::options::RunError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

const NAME: &str = "lock";
/// Whoever looks whether a run is open holds its lock for a moment; that must not count.
const TRIES: usize = 5;
const BETWEEN: Duration = Duration::from_millis(20);

/// Holds the lock of a run directory until the file is dropped. `None` where locks are not to be had.
pub(super) fn hold(directory: &Path) -> Result<Option<File>, RunError> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(directory.join(NAME));
    let Ok(mut file) = opened else { return Ok(None) };
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => {
                // Whoever cannot read the number is refused without it.
                let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
                return Ok(Some(file));
            }
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) => sleep(BETWEEN),
        }
    }
    Err(RunError::Open { path: directory.to_path_buf(), holder: Holder::of(directory) })
}

/// The process that has a run open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    This,
    Other(u32),
    Unknown,
}

impl Holder {
    fn of(directory: &Path) -> Self {
        let mut text = String::new();
        let read = File::open(directory.join(NAME)).and_then(|file| file.take(32).read_to_string(&mut text));
        match read.ok().and_then(|_| text.trim().parse().ok()) {
            Some(number) if number == std::process::id() => Self::This,
            Some(number) => Self::Other(number),
            None => Self::Unknown,
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::This => write!(out, "in this process"),
            Self::Other(number) => write!(out, "in process {number}"),
            Self::Unknown => write!(out, "here or in another process"),
        }
    }
}

/// Whether a process, this one included, has the run in this directory open, as far as that can be told.
#[must_use]
pub fn is_open(directory: &Path) -> bool {
    let path = directory.join(NAME);
    let is_file = path.metadata().is_ok_and(|data| data.is_file());
    is_file && File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_open_as_long_as_its_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_open(folder.path()));
        let held = hold(folder.path()).unwrap();
        assert!(held.is_some() && is_open(folder.path()));
        let refused = hold(folder.path()).unwrap_err();
        assert!(matches!(refused, RunError::Open { holder: Holder::This, .. }), "{refused}");
        drop(held);
        assert!(!is_open(folder.path()));
        assert!(hold(folder.path()).unwrap().is_some());
    }
}
