//! What all kernels share: the instruction set, the threads, and a workspace for each of them.

use super::lanes::Buffer;
use crate::compute::Threads;
use pulp::Arch;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// See the module's text.
pub(super) struct Context {
    pub(super) arch: Arch,
    pub(super) threads: Threads,
    workspaces: Vec<Mutex<Workspace>>,
    room: Mutex<[Buffer; 2]>,
}

/// Buffers of one thread.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) left: Buffer,
    pub(super) products: Buffer,
}

impl Context {
    pub(super) fn new(threads: Threads) -> Self {
        Self::with_arch(threads, Arch::new())
    }

    /// Kernels for a given instruction set.
    pub(super) fn with_arch(threads: Threads, arch: Arch) -> Self {
        let workspaces = (0..threads.count()).map(|_| Mutex::default()).collect();
        Self { arch, threads, workspaces, room: Mutex::default() }
    }

    /// Room that all threads share, for the two sides of a weight gradient.
    pub(super) fn room(&self) -> MutexGuard<'_, [Buffer; 2]> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` with the calling thread's workspace.
    pub(super) fn with_workspace<R>(&self, work: impl FnOnce(&mut Workspace) -> R) -> R {
        match self.workspaces.get(rayon::current_thread_index().unwrap_or(0)) {
            Some(workspace) => work(&mut workspace.lock().unwrap_or_else(PoisonError::into_inner)),
            None => work(&mut Workspace::default()),
        }
    }
}
