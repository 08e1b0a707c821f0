//! Who has a run directory open: its process holds a lock on the file `lock` in it, which ends with the process.

use super::options::RunError;
use std::fs::{File, OpenOptions, TryLockError};
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
    let Ok(file) = opened else { return Ok(None) };
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) => sleep(BETWEEN),
        }
    }
    Err(RunError::Open { path: directory.to_path_buf() })
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
        assert!(matches!(hold(folder.path()), Err(RunError::Open { .. })));
        drop(held);
        assert!(!is_open(folder.path()));
        assert!(hold(folder.path()).unwrap().is_some());
    }
}
