//! What all kernels share: the instruction set, the threads, and a workspace for each of them.

use super::lanes::Buffer;
use super::regions::{Piece, Rows};
use crate::compute::Threads;
use pulp::Arch;
use rayon::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// See the module's text.
pub(super) struct Context {
    pub(super) arch: Arch,
    pub(super) threads: Threads,
    workspaces: Vec<Mutex<Workspace>>,
    room: Mutex<[Buffer; 2]>,
}

/// Some images to work on.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) context: &'a Context,
    pub(super) images: usize,
    /// Parts that the work is cut into, if there is enough of it.
    pub(super) parts: usize,
}

impl Job<'_> {
    /// Blocks to cut `total` rows into: of at most `most` rows, but of at least `least`, as many as suit the parts.
    pub(super) fn blocks(&self, total: usize, most: usize, least: usize) -> usize {
        let blocks = total.div_ceil(most.max(1)).next_multiple_of(self.parts);
        blocks.min(total / least.max(1)).max(1)
    }

    /// Computes a map in `blocks` blocks of its rows, each by `compute` on some thread; `after` is then called with the
    /// finished block and its place in the map.
    pub(super) fn each_block<T: Send>(
        &self,
        rows: Rows,
        blocks: usize,
        out: &mut [f32],
        compute: impl Fn(&mut Workspace, &mut Piece) + Sync,
        after: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        let pieces = rows.cut(self.images, blocks, out);
        let work = |mut piece: Piece| {
            self.context.with_workspace(|workspace| compute(workspace, &mut piece));
            after(piece.start, piece.pixels)
        };
        self.context.threads.run(|| pieces.into_par_iter().map(work).collect())
    }
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

    /// Calls `work` for each pair of pieces, of `length_in` values of `input` and `length_out` of `out`.
    pub(super) fn for_each_pair(
        &self,
        input: &[f32],
        length_in: usize,
        out: &mut [f32],
        length_out: usize,
        work: impl Fn(&[f32], &mut [f32]) + Sync,
    ) {
        let pairs = input.par_chunks_exact(length_in).zip(out.par_chunks_exact_mut(length_out));
        self.threads.run(|| pairs.with_min_len(8).for_each(|(input, out)| work(input, out)));
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
