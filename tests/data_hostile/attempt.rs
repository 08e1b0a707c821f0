//! Reading one data set, watched: for panics, for memory, and for an end.

use emberlab::data::{Layout, Place, Progress, SourceSpec, Storage, load};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

/// By how much the memory of the process may grow while one data set is read: a few times the 32 MiB of encoded pictures
/// that wait to be decoded.
pub const GROWTH: u64 = 160 << 20;
/// A data set that is not done by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);

/// Memory is that of the process: one attempt at a time, and nothing large beside it.
pub static ALONE: Mutex<()> = Mutex::new(());
/// The name of a thread that reads a data set.
const READER: &str = "reader";

/// How reading ended.
#[derive(Debug)]
pub enum Outcome {
    /// Names of the images of both parts, and what was passed over, with reasons.
    Read {
        names: Vec<String>,
        skipped: Vec<String>,
    },
    Refused(String),
}

/// What went wrong, all of it, so that one run shows every fault.
#[derive(Default)]
pub struct Faults(Vec<String>);

impl Faults {
    pub fn extend(&mut self, name: &str, fault: Option<String>) {
        self.0.extend(fault.map(|fault| format!("{name}: {fault}")));
    }

    /// The outcome of an attempt, unless it was none.
    pub fn note(&mut self, name: &str, attempt: Result<Outcome, String>) -> Option<Outcome> {
        match attempt {
            Ok(outcome) => {
                if let Outcome::Refused(message) = &outcome {
                    self.extend(name, message.is_empty().then(|| "refused without a word".to_owned()));
                }
                Some(outcome)
            }
            Err(fault) => {
                self.extend(name, Some(fault));
                None
            }
        }
    }

    #[track_caller]
    pub fn none(self) {
        assert!(self.0.is_empty(), "{} faults:\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// Reads the data set at `path`, within [`GROWTH`].
pub fn attempt(path: &Path, layout: Option<Layout>) -> Result<Outcome, String> {
    attempt_within(GROWTH, path, layout, |_| ControlFlow::Continue(()))
}

/// Reads the data set at `path`; `watch` sees how far it is. The error says what went wrong besides: a panic, no end, or
/// memory that grew by more than `growth` bytes.
pub fn attempt_within(
    growth: u64,
    path: &Path,
    layout: Option<Layout>,
    watch: impl FnMut(Progress) -> ControlFlow<()> + Send + 'static,
) -> Result<Outcome, String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (tell, told) = channel();
    let place = Place::At { layout, path: path.to_path_buf() };
    let before = memory("VmRSS");
    hush();
    forget_peak();
    let reader = std::thread::Builder::new().name(READER.to_owned()).spawn(move || tell.send(read(place, watch)));
    let reader = reader.unwrap();
    match told.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Timeout) => Err(format!("no end within {} s", PATIENCE.as_secs())),
        Err(RecvTimeoutError::Disconnected) => {
            let payload = reader.join().err();
            let text =
                payload.and_then(|payload| payload.downcast::<String>().ok()).map_or_else(String::new, |text| *text);
            Err(format!("panicked: {text}"))
        }
        Ok(outcome) => match memory("VmHWM").saturating_sub(before) {
            grown if grown > growth => Err(format!("memory grew by {} MiB; {outcome:?}", grown >> 20)),
            _ => Ok(outcome),
        },
    }
}

fn read(place: Place, mut watch: impl FnMut(Progress) -> ControlFlow<()>) -> Outcome {
    let spec = SourceSpec { place, side: 4, held_out: 0.0, ..SourceSpec::default() };
    let storage = Storage { memory: 0, cached_from: u64::MAX, folder: None };
    match load(&spec, Path::new("/"), &storage, &mut watch) {
        Err(error) => Outcome::Refused(error.to_string()),
        Ok(set) => {
            let parts = [&set.training, &set.held_out];
            let names =
                parts.iter().flat_map(|part| (0..part.count()).map(|item| part.name(item).to_owned())).collect();
            assert!(set.skipped_count() >= set.skipped().len());
            Outcome::Read { names, skipped: set.skipped().to_vec() }
        }
    }
}

/// Says nothing of panics in readers, which may catch them: telling where they came from takes memory.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(READER) {
                loud(panic);
            }
        }));
    });
}

/// Bytes of memory of this process by their name in Linux's table; 0 elsewhere.
fn memory(name: &str) -> u64 {
    let table = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = table.lines().find(|line| line.starts_with(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// The peak of memory counts from now on.
fn forget_peak() {
    let table = PathBuf::from("/proc/self/clear_refs");
    if table.exists() {
        fs::write(table, "5").unwrap();
    }
}
