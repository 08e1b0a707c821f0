//! The two ends of a run: the handle a client holds, and the port the run's thread holds.

use super::message::{Command, Event, Frame};
use super::probe::{AnswerSlot, ProbePort, Question, SnapshotSlot};
use crossbeam_channel::{Receiver, RecvError, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Commands a client may have waiting.
pub(super) const COMMANDS: usize = 256;
/// Events a client may leave unread before the run waits for it.
const EVENTS: usize = 65_536;

/// What a client does to be woken.
type Wake = Box<dyn Fn() + Send>;

/// Holds the newest frame; older ones are dropped unseen.
#[derive(Clone, Default)]
pub struct FrameSlot {
    newest: Arc<Mutex<Option<Arc<Frame>>>>,
    wake: Arc<Mutex<Option<Wake>>>,
}

impl FrameSlot {
    /// The newest frame, if there is one. Never waits for a frame.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<Frame>> {
        lock(&self.newest).clone()
    }

    /// Calls `wake` whenever a frame or an event is ready, from the run's thread.
    pub fn on_change(&self, wake: impl Fn() + Send + 'static) {
        *lock(&self.wake) = Some(Box::new(wake));
    }

    fn put(&self, frame: Frame) {
        *lock(&self.newest) = Some(Arc::new(frame));
        self.notify();
    }

    fn notify(&self) {
        if let Some(wake) = lock(&self.wake).as_ref() {
            // A client's fault is none of the run's or its probe's.
            let _ = catch_unwind(AssertUnwindSafe(wake));
        }
    }
}

/// A client's end of a run. Dropping it stops the run.
pub struct RunHandle {
    commands: Sender<Command>,
    pub frames: FrameSlot,
    pub events: Receiver<Event>,
    questions: Sender<Question>,
    /// What probes beside the run have found.
    pub answers: AnswerSlot,
    /// Whether it is dropped.
    left: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// The run's end.
#[derive(Clone)]
pub struct RunPort {
    commands: Receiver<Command>,
    /// Commands that were looked at and not taken; never more than the channel holds.
    looked_at: Arc<Mutex<VecDeque<Command>>>,
    frames: FrameSlot,
    events: Sender<Event>,
    left: Arc<AtomicBool>,
    /// The end of the run's probe.
    pub probe: ProbePort,
    /// Where the probe finds what was learned.
    pub(super) snapshots: SnapshotSlot,
}

/// A handle and its port, joined.
#[must_use]
pub fn connect() -> (RunHandle, RunPort) {
    let (commands, command_port) = bounded(COMMANDS);
    let (event_port, events) = bounded(EVENTS);
    let frames = FrameSlot::default();
    let woken = frames.clone();
    let (questions, answers, probe) = ProbePort::connect(move || woken.notify());
    let port = RunPort {
        commands: command_port,
        looked_at: Arc::default(),
        frames: frames.clone(),
        events: event_port,
        left: Arc::default(),
        probe,
        snapshots: SnapshotSlot::default(),
    };
    (RunHandle { commands, frames, events, questions, answers, left: port.left.clone(), thread: None }, port)
}

impl RunHandle {
    /// Sends a command without waiting; false when the run has ended or too many commands wait.
    pub fn send(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Asks the run's probe without waiting; false when the run has ended or too many questions wait.
    pub fn ask(&self, question: Question) -> bool {
        self.questions.try_send(question).is_ok()
    }

    /// A sender for another thread (a file watcher, a signal handler).
    #[must_use]
    pub fn sender(&self) -> Sender<Command> {
        self.commands.clone()
    }

    /// Waits until the run's thread has ended.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the run's thread was reported as its last event.
            let _ = thread.join();
        }
    }

    pub(super) fn attach(&mut self, thread: JoinHandle<()>) {
        self.thread = Some(thread);
    }
}

impl Drop for RunHandle {
    fn drop(&mut self) {
        self.left.store(true, Ordering::Relaxed);
        // The run must not wait for a reader that is gone: it could not take the command to stop.
        self.events = crossbeam_channel::never();
        // The run empties its commands at every MCMC step, so this waits for one step at most.
        let _ = self.commands.send(Command::Stop);
        self.join();
    }
}

impl RunPort {
    /// Takes the next command, if one waits.
    ///
    /// # Errors
    /// No command waits, or none can come any more.
    pub fn try_take(&self) -> Result<Command, TryRecvError> {
        lock(&self.looked_at).pop_front().map_or_else(|| self.commands.try_recv(), Ok)
    }

    /// Takes the next command; waits for it no longer than `patience`.
    ///
    /// # Errors
    /// None came, or none can come any more.
    pub fn take_within(&self, patience: Duration) -> Result<Command, RecvTimeoutError> {
        lock(&self.looked_at).pop_front().map_or_else(|| self.commands.recv_timeout(patience), Ok)
    }

    /// Takes the next command; waits for it.
    ///
    /// # Errors
    /// None can come any more.
    pub fn take(&self) -> Result<Command, RecvError> {
        lock(&self.looked_at).pop_front().map_or_else(|| self.commands.recv(), Ok)
    }

    /// Gives back commands that were taken too early: they are the next ones, in their order.
    pub(super) fn put_back(&self, commands: VecDeque<Command>) {
        let mut looked_at = lock(&self.looked_at);
        commands.into_iter().rev().for_each(|command| looked_at.push_front(command));
    }

    /// Whether the client is gone: then nobody waits for the run any more.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Whether a command waits.
    #[must_use]
    pub fn is_commanded(&self) -> bool {
        !lock(&self.looked_at).is_empty() || !self.commands.is_empty()
    }

    /// Whether a command waits that makes long preparations vain: the end of the run, or another recipe.
    #[must_use]
    pub fn is_overtaken(&self) -> bool {
        let mut looked_at = lock(&self.looked_at);
        let room = COMMANDS - looked_at.len().min(COMMANDS);
        looked_at.extend(self.commands.try_iter().take(room));
        looked_at.iter().any(|command| matches!(command, Command::Stop | Command::SwapRecipe(_)))
    }

    /// Shows a frame.
    pub fn show(&self, frame: Frame) {
        self.frames.put(frame);
    }

    /// Tells the client what happened. Waits while the client is far behind; a client that is gone is no error.
    pub fn tell(&self, event: Event) {
        if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
            let _ = self.events.send(event);
        }
        self.frames.notify();
    }
}

/// A lock whose data stays valid even if a holder panicked: each write is a single assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
