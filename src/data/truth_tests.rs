//! What the readers of arrays are held against: pixels as a foreign program reads them, and damage of every kind.

use crate::data::error::DataError;
use crate::data::record::{Content, Found, Part, RawPixels, Record, Skipped, Source};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub(in crate::data) type Open = fn(&Path) -> Result<Box<dyn Source>, DataError>;

pub(in crate::data) fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).join(name)
}

/// All that a source hands out.
pub(in crate::data) fn collect(source: &dyn Source) -> (Vec<Record>, Vec<Skipped>) {
    let (mut records, mut skipped) = (Vec::new(), Vec::new());
    source
        .records(&mut |found: Found| {
            match found {
                Ok(record) => records.push(record),
                Err(other) => skipped.push(other),
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    (records, skipped)
}

pub(in crate::data) fn pixels(record: &Record) -> &RawPixels {
    match &record.content {
        Content::Pixels(pixels) => pixels,
        other => panic!("{other:?}"),
    }
}

#[derive(serde::Deserialize)]
struct Truth {
    shape: [usize; 4],
    labels: Vec<Option<u32>>,
    parts: Vec<Option<Part>>,
    /// What is passed over, by name.
    #[serde(default)]
    skipped: Vec<String>,
}

/// Holds every pixel, label and part of the fixture against what the foreign program told. Answers the source.
pub(in crate::data) fn compare(open: Open, name: &str) -> Box<dyn Source> {
    let beside = |ending: &str| std::fs::read(fixture(&format!("{name}.{ending}"))).unwrap();
    let truth: Truth = serde_json::from_slice(&beside("json")).unwrap();
    let [count, height, width, channels] = truth.shape;
    let source = open(&fixture(name)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(source.count(), Some(count), "{name}");
    let (records, skipped) = collect(&*source);
    let skipped_names: Vec<&String> = skipped.iter().map(|skipped| &skipped.name).collect();
    assert_eq!(skipped_names, truth.skipped.iter().collect::<Vec<_>>(), "{name}: {skipped:?}");
    assert_eq!(records.len(), count, "{name}");
    let names: std::collections::BTreeSet<_> = records.iter().map(|record| &record.name).collect();
    assert_eq!(names.len(), count, "{name}: names are not unique");
    for (index, (record, expected)) in
        records.iter().zip(beside("bin").chunks_exact(height * width * channels)).enumerate()
    {
        let pixels = pixels(record);
        let shape = [pixels.height as usize, pixels.width as usize, usize::from(pixels.channels)];
        assert_eq!(shape, [height, width, channels], "{name} {index}");
        assert_eq!(pixels.data, expected, "{name} {index}");
        assert_eq!(record.label, truth.labels[index], "{name} {index}");
        assert_eq!(record.part, truth.parts[index], "{name} {index}");
    }
    source
}

/// The message of a refusal to open or to read.
pub(in crate::data) fn refusal(open: Open, path: &Path) -> String {
    match open(path) {
        Err(error) => error.to_string(),
        Ok(source) => source.records(&mut |_| ControlFlow::Continue(())).unwrap_err().to_string(),
    }
}

/// Truncates and corrupts the fixture in many ways, under the name `file` of a fresh folder with its `companions`. What
/// is left must open and end without a panic, and hand out images of honest size, no more of them than `most`.
pub(in crate::data) fn damage(open: Open, name: &str, file: &str, companions: &[&str], most: usize) {
    let folder = tempfile::tempdir().unwrap();
    for companion in companions {
        std::fs::copy(fixture(companion), folder.path().join(Path::new(companion).file_name().unwrap())).unwrap();
    }
    let path = folder.path().join(file);
    let whole = std::fs::read(fixture(name)).unwrap();
    let original = {
        std::fs::write(&path, &whole).unwrap();
        collect(&*open(&path).unwrap()).0
    };
    let attempt = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let Ok(source) = open(&path) else { return (Vec::new(), 1) };
        let (mut records, mut skipped) = (Vec::new(), 0);
        let end = source.records(&mut |found| {
            match found {
                Ok(record) => {
                    let RawPixels { width, height, channels, ref data } = *pixels(&record);
                    assert_eq!(data.len(), width as usize * height as usize * usize::from(channels));
                    records.push(record);
                }
                Err(_) => skipped += 1,
            }
            if records.len() + skipped < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        (records, skipped + usize::from(end.is_err()))
    };
    let step = (whole.len() / 200).max(1);
    for length in (0..whole.len()).step_by(step).chain(whole.len().saturating_sub(40)..whole.len()) {
        let (records, told) = attempt(&whole[..length]);
        // What is handed out is whole, and that something is missing is told.
        assert!(
            records.iter().zip(&original).all(|(found, original)| pixels(found) == pixels(original)),
            "{name} {length}"
        );
        assert!(records.len() == original.len() || told > 0, "{name} cut to {length} bytes");
        assert!(told <= 2, "{name} cut to {length} bytes: told {told} times");
    }
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..600 {
        let mut bytes = whole.clone();
        for _ in 0..1 + round % 3 {
            // The headers, at the front, are where it matters.
            let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(320) };
            let at = (random() % reach as u64) as usize;
            bytes[at] = match random() % 4 {
                0 => 0,
                1 => 0xFF,
                2 => bytes[at] ^ (1 << (random() % 8)),
                _ => random() as u8,
            };
        }
        attempt(&bytes);
    }
}
