//! Data sets as foreign programs wrote them, from a path to what the command line says and a run learns from.

mod common;

use common::{TINY, finish, text, tiny_options};
use emberlab::data::{DataSet, Density, Mixture, MixtureSpec, Place, SourceSpec, Storage, Texture, TextureSpec, load};
use emberlab::run::{Event, RunOptions};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn emberlab(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_emberlab"))
        .args(arguments)
        .current_dir(folder)
        .env("EMBERLAB_CACHE", folder.join("cache"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn answer(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The word of recipes for each layout, and a data set of it.
const LAYOUTS: [(&str, &str); 11] = [
    ("svhn", "mat/svhn"),
    ("svhn", "mat/compressed.mat"),
    ("celeba", "celeba"),
    ("listed", "listed/places"),
    ("cifar", "cifar/ten"),
    ("idx", "idx/fashion-mnist"),
    ("numpy", "numpy/medmnist.npz"),
    ("tar", "tar/shards"),
    ("zip", "zip/folder.zip"),
    ("parquet", "parquet/hub"),
    ("folder", "pictures"),
];

#[test]
fn every_layout_is_recognised_checked_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    for (layout, name) in LAYOUTS {
        let path = fixture(name);
        let path = path.to_str().unwrap();
        let report = |more: &[&str]| -> serde_json::Value {
            let arguments = [&["data", "check", path, "--json", "--side", "8"], more].concat();
            serde_json::from_str(&answer(&emberlab(folder.path(), &arguments))).unwrap()
        };
        let recognised = report(&[]);
        assert_eq!(recognised, report(&["--layout", layout]), "{name}");
        assert!(recognised["training"].as_u64().unwrap() > 0, "{name}");
        let sheet = folder.path().join("sheet.png");
        let montage = ["data", "montage", path, "--side", "8", "--count", "3", "--out", sheet.to_str().unwrap()];
        answer(&emberlab(folder.path(), &montage));
        let sheet = image::open(&sheet).unwrap();
        assert_eq!(sheet.height(), 36, "{name}: one row of images of 32 pixels");
    }
}

#[test]
fn a_run_learns_from_every_layout() {
    for (word, name) in LAYOUTS {
        let script = format!("fn data() {{ {word}({:?}).resize(8) }}\n{TINY}", fixture(name));
        let events = finish(RunOptions { iterations: Some(1), ..tiny_options(text(&script)) });
        let learned = events.iter().any(|event| matches!(event, Event::Update { .. }));
        assert!(learned, "{name}: {:?}", events.last());
    }
}

#[test]
fn a_data_set_that_is_not_there_is_refused_with_the_commands_that_get_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("far.rhai"), format!("fn data() {{ dataset(\"svhn\") }}\n{TINY}")).unwrap();
    let output = emberlab(folder.path(), &["train", "far.rhai", "--iterations", "1", "--run", "r"]);
    let message = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        eprintln!("skipped: this machine has SVHN");
        return;
    }
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("curl") && message.contains("train_32x32.mat"), "{message}");
    let list = answer(&emberlab(folder.path(), &["data", "list"]));
    for name in ["portraits", "celeba", "svhn", "places205", "cifar10", "fashion_mnist"] {
        assert!(list.contains(name), "{name} in {list}");
    }
}

#[test]
fn bad_questions_are_answered_in_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), "no images").unwrap();
    let cases: [(&[&str], &str); 4] = [
        (&["data", "check", "nowhere"], "nowhere"),
        (&["data", "check", "note.txt"], "no data set known here"),
        (&["data", "check", ".", "--layout", "float"], "celeba"),
        (&["data", "montage", ".", "--out", "x.png"], "no readable training image"),
    ];
    for (arguments, word) in cases {
        let output = emberlab(folder.path(), arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.contains(word) && !message.contains("panicked"), "{arguments:?}: {message}");
    }
}

fn made(script: &str) -> DataSet {
    let recipe = emberlab::recipe::Recipe::compile(text(&format!("{script}\n{TINY}")), &Default::default()).unwrap();
    let nowhere = Storage { folder: None, ..Storage::default() };
    load(&recipe.plan().unwrap().data, Path::new("."), &nowhere, &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn made_up_sets_have_the_law_that_they_name() {
    let set = made("fn data() { mixture(#{ modes: 3, count: 900, seed: 4 }).grey() }");
    let law = Mixture::new(MixtureSpec { modes: 3, ..MixtureSpec::new(8, 1) }).unwrap();
    let all: Vec<usize> = (0..set.training.count()).collect();
    let images = set.training.select(&all).unwrap();
    let shares = (0..3).map(|mode| all.iter().filter(|&&item| law.mode(images.image(item)) == mode).count());
    for share in shares.map(|count| count as f64 / all.len() as f64) {
        assert!((share - 1.0 / 3.0).abs() < 0.06, "{share}");
    }
    assert!(all.iter().all(|&item| set.training.label(item) == Some(law.mode(images.image(item)) as u32)));
    let set = made("fn data() { texture(#{ deviation: 0.2, count: 900 }).grey() }");
    let law = Texture::new(TextureSpec { deviation: 0.2, ..TextureSpec::new(8, 1) }).unwrap();
    let images = set.training.select(&(0..set.training.count()).collect::<Vec<_>>()).unwrap();
    let product = |lag: usize| {
        let pair = |image: usize, at: usize| {
            let pixels = images.image(image);
            f64::from(pixels[at]) * f64::from(pixels[at / 8 * 8 + (at + lag) % 8])
        };
        let count = images.count() * 64;
        (0..images.count()).flat_map(|image| (0..64).map(move |at| (image, at))).map(|(i, at)| pair(i, at)).sum::<f64>()
            / count as f64
    };
    for lag in 0..5 {
        assert!((product(lag) - law.covariance([lag as i64, 0])).abs() < 0.003, "lag {lag}: {}", product(lag));
    }
    assert_eq!(law.shape(), [1, 8]);
}

#[test]
fn a_set_read_from_the_cache_teaches_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::At { layout: None, path: fixture("tar/shards") };
    let spec = SourceSpec { place, side: 8, ..SourceSpec::default() };
    let read = |memory: u64, cached_from: u64| {
        let storage = Storage { memory, cached_from, folder: Some(folder.path().to_path_buf()) };
        load(&spec, Path::new("."), &storage, &mut |_| ControlFlow::Continue(())).unwrap()
    };
    let (memory, streamed) = (read(u64::MAX, u64::MAX), read(0, 1));
    assert!(memory.in_memory() && !streamed.in_memory());
    assert_eq!(memory.fingerprint, streamed.fingerprint);
    for iteration in 0..5 {
        let batch = |set: &DataSet| {
            emberlab::data::Batches::new(set.training.clone(), &spec, 7).unwrap().batch(iteration, 5).unwrap()
        };
        assert_eq!(batch(&memory), batch(&streamed));
    }
}
