//! The two ends of a probe: answers of which the newest counts, and questions.

use super::message::{Answers, Question};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Questions that may wait.
const QUESTIONS: usize = 256;

/// Holds the newest answer of every kind.
#[derive(Clone, Default)]
pub struct AnswerSlot(Arc<Mutex<Answers>>);

impl AnswerSlot {
    /// The newest answers. Never waits for one.
    #[must_use]
    pub fn newest(&self) -> Answers {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, change: impl FnOnce(&mut Answers)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The probe's end.
#[derive(Clone)]
pub struct ProbePort {
    questions: Receiver<Question>,
    answers: AnswerSlot,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl ProbePort {
    /// A sender of questions, the newest answers, and the port that belongs to them; `wake` is called after each answer.
    pub(in crate::run) fn connect(wake: impl Fn() + Send + Sync + 'static) -> (Sender<Question>, AnswerSlot, Self) {
        let (sender, questions) = bounded(QUESTIONS);
        let answers = AnswerSlot::default();
        (sender, answers.clone(), Self { questions, answers, wake: Arc::new(wake) })
    }

    /// Takes the next question; waits for it no longer than `patience`.
    ///
    /// # Errors
    /// None came, or none can come any more.
    pub fn take_within(&self, patience: Duration) -> Result<Question, RecvTimeoutError> {
        self.questions.recv_timeout(patience)
    }

    /// Takes the next question, if one waits.
    #[must_use]
    pub fn try_take(&self) -> Option<Question> {
        self.questions.try_recv().ok()
    }

    /// Whether a question waits.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Changes the newest answers.
    pub fn answer(&self, change: impl FnOnce(&mut Answers)) {
        self.answers.put(change);
        (self.wake)();
    }
}
