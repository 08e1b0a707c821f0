//! What happened in a run, read back from its `events.jsonl`.

use super::event_log::{Lines, open_to_read};
use super::message::Event;
use super::options::RunError;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Most bytes that are read of a run's events; of a longer record the newest.
const MOST: u64 = 256 << 20;

/// The newest events of a record.
pub(super) struct Record {
    pub(super) events: Vec<Event>,
    /// Whether older ones were left out.
    pub(super) cut: bool,
    /// Lines that are no events.
    passed_over: usize,
}

/// What happened in a run, from its `events.jsonl`; lines that are no events are passed over. Of more than 256 MiB the
/// newest. A warning before them says how many lines were passed over, or that older ones were.
///
/// # Errors
/// A directory that holds no run.
pub fn read_events(run: &Path) -> Result<Vec<Event>, RunError> {
    newest(run, MOST).map(warned).map_err(|error| RunError::NoRun {
        path: run.to_path_buf(),
        reason: format!("cannot read events.jsonl: {error}"),
    })
}

fn warned(record: Record) -> Vec<Event> {
    let Record { mut events, cut, passed_over } = record;
    let mut warn = |message| events.insert(0, Event::Warning { iteration: 0, message });
    if passed_over > 0 {
        warn(format!("{passed_over} lines of events.jsonl cannot be read, and are passed over"));
    }
    if cut {
        let newest = MOST >> 20;
        warn(format!("only the newest {newest} MiB of events.jsonl are shown; what happened before is left out"));
    }
    events
}

/// Events in the last `most` bytes of a run's record, the oldest first.
pub(super) fn newest(run: &Path, most: u64) -> io::Result<Record> {
    let mut file = open_to_read(run)?;
    let start = file.metadata()?.len().saturating_sub(most);
    file.seek(SeekFrom::Start(start.saturating_sub(1)))?;
    // A run that goes on writes on.
    let mut lines = Lines::of(BufReader::new(file.take(most.saturating_add(1))));
    if start > 0 {
        // Unless a line ends right before the place, its rest is none.
        lines.next()?;
    }
    let mut record = Record { events: Vec::new(), cut: start > 0, passed_over: 0 };
    while lines.next()?.is_some() {
        match lines.event() {
            Some(event) => record.events.push(event),
            None => record.passed_over += usize::from(!lines.is_empty()),
        }
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn update(iteration: u64) -> Event {
        Event::Update { iteration, seconds: iteration as f64, grids: Vec::new() }
    }

    fn line(event: &Event) -> Vec<u8> {
        let mut line = serde_json::to_vec(event).unwrap();
        line.push(b'\n');
        line
    }

    #[test]
    fn what_is_no_event_is_passed_over() {
        let run = tempfile::tempdir().unwrap();
        let whole = line(&update(3));
        let torn = &whole[..whole.len() / 2];
        let other = b"\xff\xfe\0\n{\"event\":\"from another time\"}\n[1, 2]\n\n";
        let bytes = [&line(&update(1)), torn, b"\n".as_slice(), other, &line(&update(2)), torn].concat();
        fs::write(run.path().join("events.jsonl"), bytes).unwrap();
        let events = read_events(run.path()).unwrap();
        assert!(matches!(&events[0], Event::Warning { message, .. } if message.starts_with("5 lines")), "{events:?}");
        assert_eq!(events[1..], [update(1), update(2)]);
    }

    #[test]
    fn of_a_long_record_the_end_is_read_from_a_whole_line_on() {
        let run = tempfile::tempdir().unwrap();
        let lines: Vec<Vec<u8>> = (0..100).map(|iteration| line(&update(100 + iteration))).collect();
        fs::write(run.path().join("events.jsonl"), lines.concat()).unwrap();
        let one = lines[0].len() as u64;
        for (most, count) in [(3 * one, 3), (3 * one + 5, 3), (3 * one - 1, 2), (100 * one, 100), (u64::MAX, 100)] {
            let record = newest(run.path(), most).unwrap();
            assert_eq!(record.events.len(), count, "{most} bytes");
            assert_eq!(record.events.last(), Some(&update(199)));
            assert_eq!(record.cut, count < 100);
        }
    }

    #[test]
    fn a_cut_record_says_so_first() {
        let events = warned(Record { events: vec![update(7)], cut: true, passed_over: 0 });
        assert!(matches!(&events[0], Event::Warning { message, .. } if message.contains("256 MiB")));
        assert_eq!(events[1], update(7));
    }

    #[test]
    fn a_folder_without_a_record_is_no_run() {
        let run = tempfile::tempdir().unwrap();
        assert!(read_events(run.path()).unwrap_err().to_string().contains("events.jsonl"));
        fs::create_dir(run.path().join("events.jsonl")).unwrap();
        assert!(read_events(run.path()).is_err());
    }
}
