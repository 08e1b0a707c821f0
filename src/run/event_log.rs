//! `events.jsonl`: what happened, an event a line. Lines that cannot be written wait, so many bytes of them, until there is
//! room again. What a run that was cut off wrote after its newest checkpoint is moved to `events.lost.jsonl` when it goes on
//! from there: it happens once more.

use super::directory::open_file;
use super::message::Event;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(super) const NAME: &str = "events.jsonl";
const LOST: &str = "events.lost.jsonl";
/// Bytes of lines that may wait.
const WAITING: usize = 16 << 20;

/// Where the log stood when a checkpoint was written, bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Here the iteration begins that the checkpoint is gone on with.
    pub(super) begun: u64,
    /// Here the checkpoint was written.
    pub(super) saved: u64,
}

/// An open log.
#[derive(Debug)]
pub(super) struct EventLog {
    path: PathBuf,
    file: File,
    /// Bytes of the lines in the file.
    length: u64,
    waiting: Waiting,
}

/// Lines that are not in the file yet; beyond [`WAITING`] bytes of them the oldest are let go.
#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    let_go: usize,
}

impl Waiting {
    fn add(&mut self, line: Vec<u8>) {
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > WAITING
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes -= oldest.len();
            self.let_go += 1;
        }
    }
}

impl EventLog {
    /// Opens the log of the run in `directory`, made if it is not there. A line torn by a crash is ended.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join(NAME);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path)?;
        let mut length = file.metadata()?.len();
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::Start(length - 1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                length += 1;
            }
        }
        Ok(Self { path, file, length, waiting: Waiting::default() })
    }

    /// Bytes of all lines, those that wait among them.
    pub(super) fn length(&self) -> u64 {
        self.length + self.waiting.bytes as u64
    }

    /// Lines that were let go since the log could not be written.
    pub(super) fn let_go(&self) -> usize {
        self.waiting.let_go
    }

    /// Adds a line to those that wait.
    pub(super) fn add(&mut self, event: &Event) {
        // Every event can be written as JSON.
        if let Ok(mut line) = serde_json::to_vec(event) {
            line.push(b'\n');
            self.waiting.add(line);
        }
    }

    /// Writes the lines that wait, as far as there is room.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while let Some(line) = self.waiting.lines.front() {
            if let Err(error) = self.file.write_all(line) {
                // Nor does half a line stay.
                let _ = self.file.set_len(self.length);
                return Err(error);
            }
            self.length += line.len() as u64;
            self.waiting.bytes -= line.len();
            self.waiting.lines.pop_front();
        }
        self.waiting.let_go = 0;
        Ok(())
    }

    /// Waits until all that was written is on disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Whether the file is still the one in the run's directory.
    pub(super) fn is_in_place(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let name = |data: std::fs::Metadata| (data.dev(), data.ino());
            match (std::fs::metadata(&self.path), self.file.metadata()) {
                (Ok(there), Ok(own)) => name(there) == name(own),
                _ => false,
            }
        }
        #[cfg(not(unix))]
        self.path.exists()
    }

    /// Goes over to a new file in place of the one that is gone, with all that this one holds.
    pub(super) fn move_to(&mut self, directory: &Path) -> io::Result<()> {
        let mut new = Self::open(directory)?;
        self.file.seek(SeekFrom::Start(0))?;
        new.length += io::copy(&mut (&self.file).take(self.length), &mut new.file)?;
        (self.path, self.file, self.length) = (new.path, new.file, new.length);
        Ok(())
    }

    /// Takes out of the log what came after the checkpoint of `iteration`; it is found in `events.lost.jsonl`. Returns how
    /// many lines that were.
    ///
    /// # Errors
    /// A log that is not the one the checkpoint was written beside, or that cannot be written; nothing is lost of it.
    pub(super) fn cut_back(&mut self, mark: Mark, iteration: u64) -> io::Result<usize> {
        // A run that was begun from another's checkpoint has no log yet.
        if self.length == 0 {
            return Ok(0);
        }
        if self.length < mark.saved || mark.saved < mark.begun || !self.begins_line(mark.begun)? {
            return Err(io::Error::other(
                "it is not what it was when the checkpoint was written; some of it is missing",
            ));
        }
        let Cut { kept, lines } = self.cut(mark, iteration)?;
        if lines == 0 {
            return Ok(0);
        }
        let mut lost = OpenOptions::new().create(true).append(true).open(self.path.with_file_name(LOST))?;
        self.file.seek(SeekFrom::Start(mark.begun))?;
        io::copy(&mut (&self.file).take(self.length - mark.begun), &mut lost)?;
        lost.sync_all()?;
        self.file.set_len(mark.begun)?;
        self.length = mark.begun;
        self.file.write_all(&kept)?;
        self.length += kept.len() as u64;
        self.sync()?;
        Ok(lines)
    }

    /// Whether a line begins at this byte.
    fn begins_line(&mut self, at: u64) -> io::Result<bool> {
        let mut before = *b"\n";
        if at > 0 {
            self.file.seek(SeekFrom::Start(at - 1))?;
            self.file.read_exact(&mut before)?;
        }
        Ok(before == *b"\n")
    }

    /// What stays of the log after `mark.begun`, and the number of lines that do not.
    fn cut(&mut self, mark: Mark, iteration: u64) -> io::Result<Cut> {
        self.file.seek(SeekFrom::Start(mark.begun))?;
        let mut lines = Lines::of(BufReader::new(&self.file));
        let (mut at, mut cut) = (mark.begun, Cut::default());
        while let Some(length) = lines.next()? {
            let event = lines.event();
            let stays = match &event {
                Some(event) if at < mark.saved => !matches!(event, Event::Plot { .. }),
                Some(event) => is_beside(event, iteration),
                None => false,
            };
            match stays && cut.kept.len() < WAITING {
                true => cut.kept.extend_from_slice(&lines.line),
                false => cut.lines += 1,
            }
            at += length;
        }
        Ok(cut)
    }
}

/// See [`EventLog::cut`].
#[derive(Default)]
struct Cut {
    kept: Vec<u8>,
    lines: usize,
}

/// Whether an event after the checkpoint of `iteration` tells of the run's coming and going, rather than of what is learned
/// after it.
fn is_beside(event: &Event, iteration: u64) -> bool {
    match event {
        Event::Started { iteration: at, .. } => *at == iteration,
        Event::Data { .. } | Event::Reading { .. } => true,
        Event::Checkpoint { iteration: at, .. }
        | Event::Sheet { iteration: at, .. }
        | Event::Measured { iteration: at, .. }
        | Event::Phase { iteration: at, .. }
        | Event::Warning { iteration: at, .. }
        | Event::Ended { iteration: at, .. } => *at <= iteration,
        _ => false,
    }
}

/// Bytes of the longest line that is read: twice the largest recipe, which an event may hold.
const LONGEST: usize = 10 << 20;

/// Lines of a log, one at a time; longer ones than [`LONGEST`] are passed over in pieces.
pub(super) struct Lines<R> {
    from: R,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn of(from: R) -> Self {
        Self { from, line: Vec::new() }
    }

    /// Reads the next line; its length, or `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<u64>> {
        self.line.clear();
        let mut length = 0;
        loop {
            let count = (&mut self.from).take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
            length += count as u64;
            if count == 0 || self.line.last() == Some(&b'\n') {
                return Ok((length > 0).then_some(length));
            }
            if self.line.len() >= LONGEST {
                // No event: its beginning is let go.
                self.line.clear();
                self.line.push(0);
            }
        }
    }

    /// The event that the line holds, if it holds one.
    pub(super) fn event(&self) -> Option<Event> {
        serde_json::from_slice(&self.line).ok()
    }

    /// Whether the line holds nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.line.iter().all(u8::is_ascii_whitespace)
    }
}

/// The log of the run in `directory`, to be read.
pub(super) fn open_to_read(directory: &Path) -> io::Result<File> {
    open_file(&directory.join(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn update(iteration: u64) -> Event {
        Event::Update { iteration, seconds: 0.5, grids: Vec::new() }
    }

    fn plot(iteration: u64) -> Event {
        Event::Plot { iteration, name: "a".into(), value: 1.0 }
    }

    fn ended(iteration: u64) -> Event {
        Event::Ended { iteration, error: None, input: false }
    }

    fn read(path: &Path) -> Vec<Event> {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn write(log: &mut EventLog, events: &[Event]) {
        events.iter().for_each(|event| log.add(event));
        log.flush().unwrap();
    }

    #[test]
    fn what_is_learned_after_a_checkpoint_is_moved_and_what_is_not_stays() {
        let run = tempfile::tempdir().unwrap();
        let mut log = EventLog::open(run.path()).unwrap();
        write(&mut log, &[plot(0), update(1)]);
        let begun = log.length();
        let set = Event::ParameterSet { iteration: 1, name: "b".into(), value: 2.0, word: None };
        write(&mut log, &[plot(1), set.clone()]);
        let mark = Mark { begun, saved: log.length() };
        let after = [ended(1), plot(1), update(2), set.clone(), ended(2)];
        write(&mut log, &after);
        assert_eq!(log.cut_back(mark, 1).unwrap(), 5);
        assert_eq!(read(&run.path().join(NAME)), [plot(0), update(1), set.clone(), ended(1)]);
        assert_eq!(read(&run.path().join(LOST)), [&[plot(1), set.clone()], &after[..]].concat());
        // It goes on behind what is left.
        write(&mut log, &[plot(1), update(2)]);
        assert_eq!(read(&run.path().join(NAME)), [plot(0), update(1), set, ended(1), plot(1), update(2)]);
    }

    #[test]
    fn a_run_that_ended_at_its_checkpoint_loses_no_line() {
        let run = tempfile::tempdir().unwrap();
        let mut log = EventLog::open(run.path()).unwrap();
        write(&mut log, &[update(1)]);
        let mark = Mark { begun: log.length(), saved: log.length() };
        write(&mut log, &[ended(1)]);
        assert_eq!(log.cut_back(mark, 1).unwrap(), 0);
        assert_eq!(read(&run.path().join(NAME)), [update(1), ended(1)]);
        assert!(!run.path().join(LOST).exists());
    }

    #[test]
    fn a_log_that_is_another_is_left_as_it_is() {
        let run = tempfile::tempdir().unwrap();
        let mut log = EventLog::open(run.path()).unwrap();
        write(&mut log, &[update(1), update(2)]);
        let length = log.length();
        for mark in [
            Mark { begun: length, saved: length + 1 },
            Mark { begun: 5, saved: length },
            Mark { begun: length, saved: 0 },
            Mark { begun: u64::MAX, saved: u64::MAX },
        ] {
            assert!(log.cut_back(mark, 1).is_err(), "{mark:?}");
        }
        assert_eq!(read(&run.path().join(NAME)), [update(1), update(2)]);
    }

    #[test]
    fn lines_that_wait_too_long_are_let_go_the_oldest_first_and_counted() {
        let mut waiting = Waiting::default();
        let line = |number: u8| vec![number; WAITING / 4];
        (0..7).for_each(|number| waiting.add(line(number)));
        assert_eq!((waiting.let_go, waiting.lines.len(), waiting.bytes), (3, 4, WAITING));
        assert_eq!(waiting.lines.front(), Some(&line(3)));
    }

    #[test]
    fn a_torn_line_is_ended() {
        let run = tempfile::tempdir().unwrap();
        fs::write(run.path().join(NAME), "{\"event\":\"upd").unwrap();
        let mut log = EventLog::open(run.path()).unwrap();
        write(&mut log, &[update(1)]);
        let mut lines = Lines::of(BufReader::new(open_to_read(run.path()).unwrap()));
        let mut events = Vec::new();
        while lines.next().unwrap().is_some() {
            events.push(lines.event());
        }
        assert_eq!(events, [None, Some(update(1))]);
    }
}
