//! Work that is done aside while the run goes on.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Questions that a thread of its own answers, one at a time; of those that come meanwhile the newest is next, and the
/// others are forgotten.
pub(super) struct Newest<T>(Arc<Mutex<Asked<T>>>);

struct Asked<T> {
    under_way: bool,
    next: Option<T>,
}

impl<T> Clone for Newest<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Asked { under_way: false, next: None })))
    }
}

impl<T: Send + 'static> Newest<T> {
    /// Puts a question. If no thread answers already, one called `name` begins to, by `answer`.
    ///
    /// # Errors
    /// No thread can be started; the question is forgotten.
    pub fn ask(&self, name: &str, question: T, mut answer: impl FnMut(T) + Send + 'static) -> io::Result<()> {
        let mut asked = self.lock();
        asked.next = Some(question);
        if std::mem::replace(&mut asked.under_way, true) {
            return Ok(());
        }
        drop(asked);
        let questions = self.clone();
        let spawned = std::thread::Builder::new().name(name.into()).spawn(move || {
            crate::compute::lower_priority();
            while let Some(question) = questions.next() {
                // A fault over one must not leave all later ones without an answer.
                let _ = catch_unwind(AssertUnwindSafe(|| answer(question)));
            }
        });
        spawned.map(drop).inspect_err(|_| *self.lock() = Asked { under_way: false, next: None })
    }

    /// Whether a newer question waits.
    pub fn is_overtaken(&self) -> bool {
        self.lock().next.is_some()
    }

    /// The next question, or the end of the thread: one put from then on starts another.
    fn next(&self) -> Option<T> {
        let mut asked = self.lock();
        let next = asked.next.take();
        asked.under_way = next.is_some();
        next
    }

    fn lock(&self) -> MutexGuard<'_, Asked<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn the_newest_is_answered_whatever_became_of_those_before() {
        let (newest, (tell, told)) = (Newest::default(), channel());
        let ask = |question: u32| {
            let (tell, own) = (tell.clone(), newest.clone());
            let answer = move |question: u32| {
                assert!(question % 3 != 1, "a fault on purpose");
                let _ = tell.send((question, own.is_overtaken()));
            };
            newest.ask("newest", question, answer).unwrap();
        };
        for round in 0..50 {
            (0..3).for_each(|place| ask(3 * round + place));
            loop {
                let (answered, _) = told.recv_timeout(Duration::from_secs(60)).unwrap();
                if answered == 3 * round + 2 {
                    break;
                }
            }
        }
    }
}
