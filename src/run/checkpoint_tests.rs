//! Damaged checkpoints are never taken for sound ones, and never crash the program.

use super::*;
use crate::recipe::RecipeText;
use crate::run::{Event, Run, RunOptions};
use std::time::Duration;

const RECIPE: &str = r#"fn pyramid() { sides([1, 4]) }
fn network(s) { net([conv(2, 3), norm("batch"), leaky(0.2)]) }
fn kernel(s) { langevin(#{ steps: 1, drift: 1.0, noise: 0.02 }) }
fn batch_size() { 4 }
"#;

/// A run of so many iterations in `directory`, with a checkpoint after each; the folder of the newest.
fn run(directory: &Path, iterations: u64, keep: Keep) -> PathBuf {
    let options = RunOptions {
        device: "cpu".into(),
        threads: Some(1),
        directory: Some(directory.to_path_buf()),
        resume: directory.exists() && !list(directory).is_empty(),
        iterations: Some(iterations),
        checkpoint_every: Duration::ZERO,
        keep,
        ..RunOptions::new(RecipeText { path: "recipe.rhai".into(), text: RECIPE.into() })
    };
    let run = Run::spawn(options).unwrap();
    let ended = run.events.iter().find(|event| matches!(event, Event::Ended { .. }));
    assert!(matches!(ended, Some(Event::Ended { error: None, .. })), "{ended:?}");
    list(directory).pop().unwrap()
}

/// The folder of a checkpoint of a run in `directory`.
fn written(directory: &Path) -> PathBuf {
    run(directory, 2, Keep::default())
}

/// All that may have become of a file's bytes: cut off anywhere, or with one bit turned.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = (bytes.len() / 100).max(1);
    let cut = (0..bytes.len()).step_by(step).map(|length| bytes[..length].to_vec());
    let turned = (0..bytes.len()).step_by(step).enumerate().map(|(number, place)| {
        let mut turned = bytes.to_vec();
        turned[place] ^= 1 << (number % 8);
        turned
    });
    cut.chain(turned)
}

#[test]
fn every_damage_is_found_and_its_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = written(folder.path());
    assert!(load(&checkpoint).is_ok());
    for name in FILES.into_iter().chain([checksums::NAME]) {
        let path = checkpoint.join(name);
        let bytes = fs::read(&path).unwrap();
        for damaged in damaged(&bytes) {
            fs::write(&path, &damaged).unwrap();
            // Of the checksums only what stands for a file matters: not a break of a line at the end.
            match load(&checkpoint).map(|_| ()) {
                Err(RunError::Checkpoint { reason, .. }) => {
                    assert!(name == checksums::NAME || reason.starts_with(name), "{name}: {reason}");
                }
                Err(other) => panic!("{name}: {other}"),
                Ok(()) => assert_eq!((name, damaged.len() + 1), (checksums::NAME, bytes.len())),
            }
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(load(&checkpoint).is_ok());
}

#[test]
fn one_of_before_there_were_checksums_is_read_and_does_no_harm_where_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = written(folder.path());
    fs::remove_file(checkpoint.join(checksums::NAME)).unwrap();
    assert!(load(&checkpoint).map(|_| ()).unwrap_err().to_string().contains(checksums::NAME));
    fs::remove_file(checkpoint.join(LOG)).unwrap();
    assert!(load(&checkpoint).is_ok());
    for name in [MODEL, LEARNER, STATE] {
        let path = checkpoint.join(name);
        let bytes = fs::read(&path).unwrap();
        for damaged in damaged(&bytes) {
            fs::write(&path, damaged).unwrap();
            if let Ok(loaded) = load(&checkpoint) {
                let _ = loaded.learned(4, &ParameterSet::default());
                let _ = loaded.kept(4);
            }
        }
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_file_that_declares_more_than_it_holds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = written(folder.path());
    for name in [checksums::NAME, LOG] {
        fs::remove_file(checkpoint.join(name)).unwrap();
    }
    let header = br#"{"a":{"dtype":"F32","shape":[4000000000000],"data_offsets":[0,16000000000000]}}"#;
    let length = |length: u64| length.to_le_bytes().to_vec();
    for bytes in [
        length(u64::MAX),
        length(1 << 40),
        [length(header.len() as u64), header.to_vec()].concat(),
        [length(header.len() as u64), header.to_vec(), vec![0; 64]].concat(),
    ] {
        fs::write(checkpoint.join(MODEL), bytes).unwrap();
        let error = load(&checkpoint).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(MODEL), "{error}");
    }
}

#[test]
fn the_newest_and_those_that_are_kept_for_good_stay() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = || list(folder.path()).iter().filter_map(|path| number(path)).collect::<Vec<_>>();
    run(folder.path(), 7, Keep { last: 2, every: Some(3) });
    assert_eq!(numbers(), [3, 6, 7]);
    run(folder.path(), 8, Keep { last: 1, every: Some(6) });
    assert_eq!(numbers(), [6, 8]);
    // None newer than the last one is there, but the last one stays.
    run(folder.path(), 9, Keep { last: 0, every: None });
    assert_eq!(numbers(), [9]);
}
