//! The worker threads of the CPU kernels, at a lower priority than the window.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Arc;

/// A pool of named worker threads. Clones share the pool.
#[derive(Clone)]
pub struct Threads {
    pool: Option<Arc<ThreadPool>>,
    count: usize,
}

impl Threads {
    /// A pool of `count` threads; one for each core when `None`.
    #[must_use]
    pub fn new(count: Option<usize>) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let count = count.unwrap_or_else(cores).max(1);
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("kernel-{index}"))
            .start_handler(|_| lower_priority())
            .build();
        match pool {
            Ok(pool) => Self { pool: Some(Arc::new(pool)), count },
            // No thread can be started: the work runs on the caller's.
            Err(_) => Self { pool: None, count: 1 },
        }
    }

    /// No threads of its own: work runs where it is asked for.
    #[must_use]
    pub fn caller() -> Self {
        Self { pool: None, count: 1 }
    }

    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Runs `work` on the pool; rayon's parallel iterators inside it use these threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

/// Puts the calling thread behind the window's: the window stays fluid while the engine works flat out.
pub fn lower_priority() {
    #[cfg(target_os = "linux")]
    {
        // On Linux the nice value belongs to the thread whose id is given. Being refused costs nothing but smoothness.
        let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 10);
    }
}
