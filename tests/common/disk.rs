//! A real disk of a few MiB, which can be filled up and made read-only.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A disk that is there until this is dropped.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// A disk of so many MiB; `None`, said aloud, where none may be mounted.
    pub fn new(size: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={size}m");
        let mounted = mount(&["-t", "tmpfs", "-o", &size, "tmpfs", &folder.path().display().to_string()]);
        if !mounted {
            eprintln!("left out: no disk can be mounted here, which takes root on Linux");
        }
        mounted.then_some(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Writes until there is no room left.
    pub fn fill(&self) {
        let mut file: File = OpenOptions::new().create(true).append(true).open(self.ballast()).unwrap();
        for piece in [1 << 16, 1 << 12] {
            while file.write_all(&vec![1; piece]).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn empty(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    /// Whether it can be written from now on.
    pub fn set_writable(&self, writable: bool) {
        let how = if writable { "remount,rw" } else { "remount,ro" };
        assert!(mount(&["-o", how, &self.folder.path().display().to_string()]), "{how}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l".as_ref(), self.folder.path().as_os_str()]).status();
    }
}

fn mount(arguments: &[&str]) -> bool {
    Command::new("mount").args(arguments).output().is_ok_and(|done| done.status.success())
}
