//! Files and folders that try to crash, fill, block or fool a reader of data sets.
//!
//! `tests/data_hostile/` holds those that Git can keep, written by `make.py` there; [`made`] makes the others.

#[path = "data_hostile/attempt.rs"]
mod attempt;
#[path = "data_hostile/columns.rs"]
mod columns;
#[path = "data_hostile/made.rs"]
mod made;

use attempt::{Faults, Outcome, attempt};
use emberlab::data::Layout;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the corpus that hold single pictures; the others hold data sets.
const PICTURES: [&str; 5] = ["png", "jpeg", "webp", "bmp", "gif"];

/// What each folder of the corpus is meant to be.
const LAYOUTS: [(&str, Layout); 13] = [
    ("mat", Layout::Svhn),
    ("idx", Layout::Idx),
    ("idx-gz", Layout::Idx),
    ("cifar", Layout::Cifar),
    ("npy", Layout::Numpy),
    ("npz", Layout::Numpy),
    ("tar", Layout::Tar),
    ("tar-gz", Layout::Tar),
    ("zip", Layout::Zip),
    ("parquet", Layout::Parquet),
    ("labels-csv", Layout::Folder),
    ("celeba", Layout::Celeba),
    ("places", Layout::Listed),
];

/// All of them.
const ALL: [Layout; 10] = [
    Layout::Folder,
    Layout::Celeba,
    Layout::Svhn,
    Layout::Listed,
    Layout::Cifar,
    Layout::Idx,
    Layout::Numpy,
    Layout::Tar,
    Layout::Zip,
    Layout::Parquet,
];

fn corpus(format: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data_hostile").join(format);
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    assert!(entries.len() > 10, "{format}: {} entries", entries.len());
    entries
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// What is wrong with how `outcome` ended, by the first word of the name; nothing where it is well.
fn judge(name: &str, outcome: &Outcome) -> Option<String> {
    let kind = name.split('-').next().unwrap_or_default().split('.').next().unwrap_or_default();
    match (kind, outcome) {
        ("sound", Outcome::Refused(message)) => Some(format!("refused: {message}")),
        ("sound", Outcome::Read { skipped, .. }) if !skipped.is_empty() => Some(format!("skipped {skipped:?}")),
        ("broken", Outcome::Read { skipped, names }) if skipped.is_empty() => {
            Some(format!("read without a word: {names:?}"))
        }
        ("outside", Outcome::Read { names, .. })
            if names.iter().any(|name| name.contains("outside") || name.contains("passwd")) =>
        {
            Some(format!("what lies outside was read: {names:?}"))
        }
        ("sound" | "broken" | "odd" | "outside", _) => None,
        (other, _) => Some(format!("no kind of entry: {other}")),
    }
}

#[test]
fn the_corpus_ends_as_its_names_say() {
    let mut faults = Faults::default();
    for (format, layout) in LAYOUTS {
        for path in corpus(format) {
            for layout in [None, Some(layout)] {
                let name = format!("{format}/{} as {layout:?}", file_name(&path));
                if let Some(outcome) = faults.note(&name, attempt(&path, layout)) {
                    faults.extend(&name, judge(file_name(&path), &outcome));
                }
            }
        }
    }
    faults.none();
}

#[test]
fn any_layout_ends_well_over_any_bytes() {
    let mut faults = Faults::default();
    for (format, own) in LAYOUTS {
        for path in corpus(format) {
            for layout in ALL.into_iter().filter(|&layout| layout != own) {
                let name = format!("{format}/{} as {layout:?}", file_name(&path));
                faults.note(&name, attempt(&path, Some(layout)));
            }
        }
    }
    faults.none();
}

#[test]
fn bad_pictures_are_passed_over_by_name_beside_a_good_one() {
    let mut faults = Faults::default();
    for format in PICTURES {
        for path in corpus(format) {
            let folder = tempfile::tempdir().unwrap();
            fs::copy(&path, folder.path().join(file_name(&path))).unwrap();
            made::picture(&folder.path().join("good.png"), 3);
            let name = format!("{format}/{}", file_name(&path));
            let Some(outcome) = faults.note(&name, made::attempt_with_picture(folder.path())) else { continue };
            faults.extend(&name, judge(file_name(&path), &outcome));
            let named = match &outcome {
                Outcome::Read { names, skipped } => {
                    names.iter().chain(skipped).filter(|text| text.contains(file_name(&path))).count() == 1
                }
                Outcome::Refused(_) => false,
            };
            faults.extend(&name, (!named).then(|| format!("is not named once: {outcome:?}")));
        }
    }
    faults.none();
}
