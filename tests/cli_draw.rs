//! `emberlab diversity` and `emberlab inpaint` as a user meets them, and that they draw what the window draws.

mod common;

use common::{TINY, text, tiny_options};
use emberlab::compute::Device;
use emberlab::run::{ChainSettings, DiversityQuestion, Event, InpaintingQuestion, Pictures, RunOptions, SavedRun};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

fn emberlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberlab"));
    let output = command.args(arguments).args(["--device", "cpu"]).current_dir(folder).output().unwrap();
    assert!(!messages(&output).contains("panicked"), "{arguments:?}: {}", messages(&output));
    output
}

fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = emberlab(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", messages(&output));
    messages(&output)
}

fn refuses(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = emberlab(folder, arguments);
    let text = messages(&output);
    assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{arguments:?} does not say '{word}': {text}");
    }
}

/// A folder with a run `r` and a picture `half.png`, dark on the left and bright on the right.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let directory = Some(folder.path().join("r"));
    let options = RunOptions { directory, iterations: Some(4), ..tiny_options(text(TINY)) };
    let events = common::finish(options);
    assert!(matches!(events.last(), Some(Event::Ended { error: None, .. })), "{events:?}");
    let half = image::RgbImage::from_fn(16, 16, |x, _| image::Rgb([if x < 8 { 40 } else { 220 }; 3]));
    half.save(folder.path().join("half.png")).unwrap();
    folder
}

#[test]
fn diversity_draws_a_row_for_each_grid_and_measures_it() {
    let folder = folder();
    let path = folder.path();
    let asked = ["diversity", "r", "--color", "200,40,60", "--count", "5", "--others", "2", "--out", "d.png"];
    let told = succeeds(path, &asked);
    for word in ["200,40,60", "within a seed", "1×1", "8×8"] {
        assert!(told.contains(word), "{told}");
    }
    let sheet = image::open(path.join("d.png")).unwrap().to_rgb8();
    // Grids 0 to 3, and two seeds of p(0).
    assert_eq!(sheet.dimensions(), (5 * 68 + 4, 6 * 68 + 4));
    assert_eq!(sheet.get_pixel(30, 30).0, [200, 40, 60], "the seed itself");
    let again = succeeds(path, &asked);
    assert_eq!(told, again, "the same noise, the same numbers");

    let device = Device::choose("cpu", Some(1)).unwrap();
    let mut run = SavedRun::open(&path.join("r"), &device, &[]).unwrap();
    let question =
        DiversityQuestion { seeds: vec![[200, 40, 60]], others: 2, copies: 5, chains: ChainSettings::default() };
    let answer = run.diversity(question).unwrap();
    let finest = answer.spread.last().unwrap();
    assert!(told.contains(&format!("{:.4}", finest.within)), "{told} against {finest:?}");

    let told =
        succeeds(path, &["diversity", "r", "--image", "half.png", "--count", "2", "--others", "0", "--out", "i.png"]);
    assert!(told.contains("130,130,130"), "the mean of the image: {told}");
}

#[test]
fn inpaint_fills_what_is_hidden_and_says_how_far_off_it_is() {
    let folder = folder();
    let path = folder.path();
    for mask in ["square", "doodle", "pepper", "half.png"] {
        let told =
            succeeds(path, &["inpaint", "r", "--image", "half.png", "--mask", mask, "--count", "2", "--out", "f.png"]);
        for word in ["fill 1", "fill 2", "harmonic", "PSNR"] {
            assert!(told.contains(word), "{mask}: {told}");
        }
        assert!(image::open(path.join("f.png")).is_ok());
    }
    let told =
        succeeds(path, &["inpaint", "r", "--image", "half.png", "--mask", "square", "--count", "3", "--out", "f.png"]);
    let device = Device::choose("cpu", Some(1)).unwrap();
    let mut run = SavedRun::open(&path.join("r"), &device, &[]).unwrap();
    let mask: Vec<u8> =
        (0..64).map(|at| if (2..6).contains(&(at % 8)) && (2..6).contains(&(at / 8)) { 255 } else { 0 }).collect();
    let rgba = (0..64)
        .flat_map(|at| {
            let v = if at % 8 < 4 { 40 } else { 220 };
            [v, v, v, 255]
        })
        .collect();
    let question = InpaintingQuestion {
        image: Arc::new(Pictures { side: 8, count: 1, rgba }),
        mask: Arc::new(mask),
        fills: 3,
        keep_moving: false,
        chains: ChainSettings::default(),
    };
    let answer = run.inpaint(question).unwrap();
    for error in &answer.errors {
        let row = told.lines().find(|line| line.trim_start().starts_with(&error.name));
        let row = row.unwrap_or_else(|| panic!("no {} in {told}", error.name));
        assert!(row.contains(&format!("{:.2}", 100.0 * error.error)), "{row} against {error:?}");
    }
    // Between dark and bright the harmonic fill of a straight edge is better than the mean.
    let error = |name: &str| answer.errors.iter().find(|error| error.name == name).map(|error| error.error).unwrap();
    assert!(error("harmonic") < error("mean"));
}

#[test]
fn wrong_arguments_are_named() {
    let folder = folder();
    let path = folder.path();
    refuses(path, &["diversity", "r", "--color", "1,2", "--out", "x.png"], &["1,2", "three whole numbers"]);
    refuses(path, &["diversity", "r", "--out", "x.png"], &["--color", "--image"]);
    refuses(path, &["diversity", "nothing", "--color", "1,2,3", "--out", "x.png"], &["nothing", "holds no run"]);
    refuses(path, &["inpaint", "r", "--image", "no.png", "--mask", "square", "--out", "x.png"], &["no.png"]);
    refuses(
        path,
        &["inpaint", "r", "--image", "half.png", "--mask", "circle", "--out", "x.png"],
        &["circle", "doodle"],
    );
    refuses(path, &["inpaint", "r", "--image", "half.png", "--mask", "square", "--out", "no/x.png"], &["no/x.png"]);
    let cold = ["inpaint", "r", "--image", "half.png", "--mask", "square", "--temperature=-1", "--out", "x.png"];
    refuses(path, &cold, &["temperature"]);
}
