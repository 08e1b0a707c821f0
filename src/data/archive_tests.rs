//! Fixtures with what foreign programs read back from them, and what all readers of archives are tried by.

use super::*;
use crate::data::error::DataError;
use crate::data::record::{Content, Found, Record, Source};
use std::ops::ControlFlow;
use std::sync::OnceLock;

type Open = fn(&Path) -> Result<Box<dyn Source>, DataError>;

#[derive(serde::Deserialize)]
struct Truth {
    records: Vec<Listed>,
    skipped: Vec<String>,
    classes: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Listed {
    name: String,
    label: Option<u32>,
    part: Option<Part>,
    /// Height, width, channels.
    shape: [usize; 3],
}

/// The path of a fixture.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).join(name)
}

/// All that a source hands over.
pub fn found(source: &dyn Source) -> Vec<Found> {
    let mut found = Vec::new();
    source
        .records(&mut |one| {
            found.push(one);
            ControlFlow::Continue(())
        })
        .expect("the source can be read");
    found
}

/// The records and what was passed over.
pub fn parted(found: Vec<Found>) -> (Vec<Record>, Vec<Skipped>) {
    let (mut records, mut skipped) = (Vec::new(), Vec::new());
    for one in found {
        match one {
            Ok(record) => records.push(record),
            Err(one) => skipped.push(one),
        }
    }
    (records, skipped)
}

/// The message that opening `path` ends with.
pub fn refusal(open: Open, path: &Path) -> String {
    match open(path) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error.to_string(),
    }
}

/// Height, width, channels and values.
fn decoded(record: &Record) -> ([usize; 3], Vec<u8>) {
    let Content::Encoded(bytes) = &record.content else { panic!("{} is not encoded", record.name) };
    let picture = image::load_from_memory(bytes).expect("a whole image");
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let channels = usize::from(picture.color().channel_count());
    ([height, width, channels], picture.into_bytes())
}

/// Reads the fixture and compares with what the foreign program read: pixel for pixel, and label for label.
pub fn reads_as_the_foreign_program_does(open: Open, name: &str) {
    let path = fixture(name);
    let truth = std::fs::read_to_string(fixture(&format!("{name}.expected.json"))).expect("the truth");
    let truth: Truth = serde_json::from_str(&truth).expect("JSON");
    let pixels = std::fs::read(fixture(&format!("{name}.expected.bin"))).expect("the pixels");
    let source = open(&path).expect("it opens");
    let (records, skipped) = parted(found(source.as_ref()));
    assert_eq!(source.classes(), truth.classes, "{name}: classes");
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let wanted: Vec<&str> = truth.records.iter().map(|listed| listed.name.as_str()).collect();
    assert_eq!(names, wanted, "{name}: names, passed over were {skipped:?}");
    let mut rest = pixels.as_slice();
    for (record, listed) in records.iter().zip(&truth.records) {
        assert_eq!((record.label, record.part), (listed.label, listed.part), "{name}: {}", record.name);
        let (shape, values) = decoded(record);
        assert_eq!(shape, listed.shape, "{name}: {}", record.name);
        let (own, others) = rest.split_at(values.len());
        assert_eq!(values, own, "{name}: {}", record.name);
        rest = others;
    }
    assert!(rest.is_empty(), "{name}: pixels are left over");
    let mut names: Vec<&String> = skipped.iter().map(|skipped| &skipped.name).collect();
    let mut wanted: Vec<&String> = truth.skipped.iter().collect();
    names.sort();
    wanted.sort();
    assert_eq!(names, wanted, "{name}: passed over were {skipped:?}");
    let again: Vec<Found> = found(source.as_ref());
    assert_eq!(parted(again).0, records, "{name}: a second time");
    assert!(source.count().is_none_or(|count| count >= records.len()), "{name}: count");
    assert!(source.files().iter().all(|file| file.is_file()), "{name}: files");
}

/// A source that was asked for one record gives no second.
pub fn breaks_off(open: Open, name: &str) {
    let source = open(&fixture(name)).expect("it opens");
    let mut count = 0;
    let all = source.records(&mut |_| {
        count += 1;
        ControlFlow::Break(())
    });
    assert!(all.is_ok());
    assert_eq!(count, 1);
}

/// Writes `bytes` as a file of that ending and reads it to its end; no more bytes come out than `most`.
pub fn survives(open: Open, ending: &str, bytes: &[u8], most: usize) -> Vec<Found> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let thread = format!("{:?}", std::thread::current().id());
    let digits: String = thread.chars().filter(char::is_ascii_digit).collect();
    let path = folder.path().join(format!("damaged{digits}.{ending}"));
    // A file written over is flushed to the disk by some file systems, a new one is not.
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, bytes).expect("it is written");
    let Ok(source) = open(&path) else { return Vec::new() };
    let found = found(source.as_ref());
    let size: usize = found.iter().flatten().map(size_of).sum();
    assert!(size <= most, "{size} bytes came out of {}", bytes.len());
    found
}

fn size_of(record: &Record) -> usize {
    let Content::Encoded(bytes) = &record.content else { panic!("{} is not encoded", record.name) };
    bytes.len()
}

/// Flips bytes of `whole` from `start` on and cuts it short at all sorts of places, `rounds` times each.
pub fn survives_damage(open: Open, ending: &str, whole: &[u8], start: usize, rounds: usize) {
    let most = whole.len() * 20 + 100_000;
    let mut state = 20_261_125_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for round in 0..rounds {
        let mut bytes = whole.to_vec();
        for _ in 0..1 + random(4) {
            let at = start + random(bytes.len() - start);
            bytes[at] = match round % 3 {
                0 => bytes[at] ^ 1 << random(8),
                1 => 0xFF,
                _ => random(256) as u8,
            };
        }
        survives(open, ending, &bytes, most);
        survives(open, ending, &whole[..random(whole.len())], most);
    }
}

#[test]
fn parts_are_told_by_folders_and_by_the_first_word_of_files() {
    let parts = [
        ("train-00000-of-00002-1b.parquet", Some(Part::Training)),
        ("data/Validation-0.parquet", Some(Part::HeldOut)),
        ("val_000.tar", Some(Part::HeldOut)),
        ("test/0000.parquet", Some(Part::HeldOut)),
        ("train/val-0.tar", Some(Part::Training)),
        ("valley-0.tar", None),
        ("trainers/0.tar", None),
    ];
    for (path, part) in parts {
        assert_eq!(part_of_file(path), part, "{path}");
    }
}

#[test]
fn class_folders_are_found_below_what_all_images_share() {
    let folders = |names: &[&str]| {
        let mut survey = Survey::default();
        names.iter().for_each(|name| survey.note(name));
        survey.finish()
    };
    let flat = folders(&["set/images/1.png", "set/images/2.png"]);
    assert!(flat.classes.is_empty());
    assert_eq!(flat.place("set/images/1.png"), Some((None, None)));
    let training_alone = folders(&["train/dog/1.png", "train/cat/2.png"]);
    assert_eq!(training_alone.classes, ["cat", "dog"]);
    assert_eq!(training_alone.place("train/dog/1.png"), Some((Some(1), None)));
    let split = folders(&["train/dog/1.png", "valid/cat/2.png", "valid/cat/deep/3.png", "extra/4.png"]);
    assert_eq!(split.classes, ["cat", "dog"]);
    assert_eq!(split.place("valid/cat/deep/3.png"), Some((Some(0), Some(Part::HeldOut))));
    assert_eq!(split.place("extra/4.png"), None);
    let two_levels = folders(&["data/a/abbey/1.png", "data/a/alley/1.png", "data/bar/2.png", "data/root.png"]);
    assert_eq!(two_levels.classes, ["a/abbey", "a/alley", "bar"], "as in a folder of that layout");
    assert_eq!(two_levels.place("data/a/alley/1.png"), Some((Some(1), None)));
    assert_eq!(two_levels.place("data/root.png"), Some((None, None)));
    let classes_named_like_parts = folders(&["test/1.png", "zebra/2.png"]);
    assert_eq!(classes_named_like_parts.classes, ["test", "zebra"]);
    assert_eq!(classes_named_like_parts.place("test/1.png"), Some((Some(0), None)));
}
