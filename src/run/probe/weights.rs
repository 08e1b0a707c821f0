//! How a probe comes by what the run has learned.

use crate::run::message::Command;
use crate::run::trained::Snapshot;
use crossbeam_channel::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a run may take to share its weights before older ones are used.
const PATIENCE: Duration = Duration::from_secs(2);

/// The newest snapshot of a run, shared when it is asked for.
#[derive(Clone, Default)]
pub(in crate::run) struct SnapshotSlot(Arc<Shared>);

#[derive(Default)]
struct Shared {
    newest: Mutex<Newest>,
    came: Condvar,
}

#[derive(Default)]
struct Newest {
    snapshot: Option<Arc<Snapshot>>,
    /// Snapshots so far.
    count: u64,
}

impl SnapshotSlot {
    /// The run shares what it has learned: `snapshot` is made unless the newest one `is_it` already.
    pub(in crate::run) fn put(&self, is_it: impl FnOnce(&Snapshot) -> bool, snapshot: impl FnOnce() -> Snapshot) {
        let mut newest = self.lock();
        if !newest.snapshot.as_ref().is_some_and(|newest| is_it(newest)) {
            newest.snapshot = Some(Arc::new(snapshot()));
        }
        newest.count += 1;
        self.0.came.notify_all();
    }

    /// Asks the run, and waits for its answer; an older snapshot where it takes too long, and `None` where there is none.
    pub(super) fn ask(&self, run: &Sender<Command>) -> Option<Arc<Snapshot>> {
        let (mut newest, deadline) = (self.lock(), Instant::now() + PATIENCE);
        let before = newest.count;
        if run.try_send(Command::ShareWeights).is_err() {
            return newest.snapshot.clone();
        }
        while newest.count == before {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            newest = self.0.came.wait_timeout(newest, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        newest.snapshot.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Newest> {
        self.0.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
