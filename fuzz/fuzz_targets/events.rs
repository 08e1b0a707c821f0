//! Any bytes as a run's record of events: it is read, and what is no event is passed over.
#![no_main]

use emberlab::run::read_events;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FOLDER: tempfile::TempDir = emberlab_fuzz::folder();
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| {
        std::fs::write(folder.path().join("events.jsonl"), bytes).expect("a file");
        let events = read_events(folder.path()).expect("a record is read, whatever is in it");
        assert!(events.len() <= bytes.split(|&byte| byte == b'\n').count());
    });
});
