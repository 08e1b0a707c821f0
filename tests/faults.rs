//! What is around a run fails: its client, its data. The run tells so, and nothing that it learned is lost. Faults of the
//! engine and of devices are tested beside `src/run/ending.rs`.

mod common;

use common::{Watched, error_of, finish, text, tiny_options};
use emberlab::data::{Batches, Place, SourceSpec, Storage, load};
use emberlab::recipe::RecipeText;
use emberlab::run::{Command, Event, Question, Run, RunOptions};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[test]
fn a_client_that_panics_when_it_is_woken_harms_neither_the_run_nor_its_probe() {
    let mut run = Watched::new(tiny_options(text(common::TINY)));
    // Without a message, which would be printed thousands of times.
    run.run.frames.on_change(|| std::panic::resume_unwind(Box::new("a client's fault")));
    run.wait_for_iteration(20);
    assert!(run.run.ask(Question::HeldOut));
    let deadline = Instant::now() + Duration::from_secs(60);
    for _ in 0..2 {
        while run.run.answers.newest().held_out.is_none() {
            assert!(Instant::now() < deadline, "the probe is gone");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(run.run.ask(Question::HeldOut), "the probe is gone");
    }
    run.send(Command::Stop);
    let error = run.wait("the end", |event| match event {
        Event::Ended { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(error, None);
}

/// A recipe beside a folder of pictures.
fn with_pictures(folder: &Path) -> RecipeText {
    let pictures = folder.join("pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    for number in 0..24u8 {
        let shade = |x, y| image::Rgb([10 * number, 30 * x as u8, 30 * y as u8]);
        image::RgbImage::from_fn(8, 8, shade).save(pictures.join(format!("{number:02}.png"))).unwrap();
    }
    let text = format!("fn data() {{ folder(\"pictures\") }}\n{}", common::TINY);
    RecipeText { path: folder.join("recipe.rhai"), text }
}

fn weights(run: &Path, iteration: u64) -> std::collections::BTreeMap<String, Vec<u8>> {
    common::weights(&run.join(format!("checkpoints/{iteration:08}")))
}

#[test]
fn a_data_folder_that_vanishes_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = with_pictures(folder.path());
    let options = |run: &str, iterations| RunOptions {
        directory: Some(folder.path().join(run)),
        iterations: Some(iterations),
        ..tiny_options(recipe.clone())
    };
    assert_eq!(error_of(&finish(options("whole", 60))), None);
    // It vanishes while the run learns: what was read is in memory.
    let run = Run::spawn(options("broken", 40)).unwrap();
    let (pictures, aside) = (folder.path().join("pictures"), folder.path().join("aside"));
    let mut ended = None;
    while ended.is_none() {
        match run.events.recv_timeout(Duration::from_secs(60)).unwrap() {
            Event::Update { iteration: 5, .. } => std::fs::rename(&pictures, &aside).unwrap(),
            Event::Ended { error, .. } => ended = Some(error),
            _ => {}
        }
    }
    assert_eq!(ended, Some(None));
    drop(run);
    // Without it the run cannot be gone on with, and says what is missing; nothing of it is touched.
    let before = weights(&folder.path().join("broken"), 40);
    let resumed = |iterations| finish(RunOptions { resume: true, ..options("broken", iterations) });
    let error = error_of(&resumed(60)).expect("it went on without its data");
    assert!(error.contains("pictures"), "{error}");
    assert!(before == weights(&folder.path().join("broken"), 40));
    std::fs::rename(&aside, &pictures).unwrap();
    assert_eq!(error_of(&resumed(60)), None);
    assert!(weights(&folder.path().join("whole"), 60) == weights(&folder.path().join("broken"), 60));
}

#[test]
fn a_file_of_the_cache_that_is_cut_or_changed_is_named_and_never_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    with_pictures(folder.path());
    let cache = folder.path().join("cache");
    let place = Place::At { layout: None, path: folder.path().join("pictures") };
    let spec = SourceSpec { place, side: 8, ..SourceSpec::default() };
    let storage = Storage { memory: 0, cached_from: 1, folder: Some(cache.clone()) };
    let read = || load(&spec, Path::new("."), &storage, &mut |_| ControlFlow::Continue(())).unwrap();
    let set = read();
    let batch = |iteration| Batches::new(set.training.clone(), &spec, 7).unwrap().batch(iteration, 5);
    let sound = batch(0).unwrap();
    let largest = files(&cache).into_iter().max_by_key(|path| std::fs::metadata(path).unwrap().len()).unwrap();
    let bytes = std::fs::read(&largest).unwrap();
    let mut flipped = bytes.clone();
    flipped.iter_mut().rev().take(bytes.len() / 2).for_each(|byte| *byte ^= 4);
    for spoiled in [&bytes[..bytes.len() / 3], &flipped] {
        std::fs::write(&largest, spoiled).unwrap();
        let error = (0..5).find_map(|iteration| batch(iteration).err()).expect("it learned from a spoiled cache");
        assert!(error.to_string().len() > 20, "{error}");
    }
    std::fs::write(&largest, &bytes).unwrap();
    assert_eq!(batch(0).unwrap(), sound);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
