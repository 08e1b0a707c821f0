//! What a run tells of data sets: its own, and folders and files that it is asked about.

mod common;

use common::{TINY, Watched, text, tiny_options};
use emberlab::run::{Command, DataContents, DataReport, Event, RunOptions};
use image::{Rgb, RgbImage};
use std::path::{Path, PathBuf};

/// A folder of two classes, with a copy, and with a file that is no image.
fn pictures(folder: &Path) -> PathBuf {
    let root = folder.join("faces");
    for (class, count) in [("cat", 3_u8), ("dog", 20)] {
        std::fs::create_dir_all(root.join(class)).unwrap();
        for at in 0..count {
            let level = 10 * at + class.len() as u8;
            let picture = RgbImage::from_fn(12, 10, |x, y| Rgb([level, (20 * x) as u8, (20 * y) as u8]));
            picture.save(root.join(class).join(format!("{at:02}.png"))).unwrap();
        }
    }
    std::fs::copy(root.join("cat/00.png"), root.join("cat/again.png")).unwrap();
    std::fs::write(root.join("dog/broken.png"), "no picture").unwrap();
    root
}

fn inspected(run: &mut Watched) -> DataReport {
    run.wait("a report", |event| match event {
        Event::Inspected(report) => Some((**report).clone()),
        _ => None,
    })
}

fn ask(run: &mut Watched, path: Option<&Path>) -> DataReport {
    run.send(Command::Inspect(path.map(Path::to_path_buf)));
    let report = inspected(run);
    assert_eq!(report.path.as_deref(), path);
    report
}

fn contents(report: DataReport) -> DataContents {
    report.contents.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_run_tells_of_its_own_data_whether_it_moves_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { directory: Some(folder.path().join("run")), ..tiny_options(text(TINY)) };
    let mut run = Watched::new(options);
    run.wait_for_iteration(1);
    let moving = contents(ask(&mut run, None));
    assert_eq!([moving.report.training, moving.report.held_out], [744, 102]);
    assert_eq!([moving.montage.count, moving.montage.side, moving.captions.len()], [64, 8, 64]);
    assert_eq!(moving.montage.rgba.len(), 64 * 8 * 8 * 4);
    assert_eq!(moving.report.statistics.len(), 3);
    run.send(Command::Pause);
    assert_eq!(contents(ask(&mut run, None)), moving);
    let log = std::fs::read_to_string(folder.path().join("run/events.jsonl")).unwrap();
    assert!(log.contains("\"started\"") && !log.contains("inspect"), "{log}");
}

#[test]
fn a_folder_is_prepared_as_the_runs_own_data_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = pictures(folder.path());
    let mut run =
        Watched::new(tiny_options(text(&format!("{TINY}fn data() {{ builtin(\"portraits\").range(0, 255) }}"))));
    run.wait_for_iteration(1);
    let report = ask(&mut run, Some(&path));
    assert_eq!(report.layout, "folder of images");
    let DataContents { report, montage, captions, range } = contents(report);
    assert_eq!(range, [0.0, 255.0]);
    assert_eq!(montage.side, 8);
    assert_eq!(report.training + report.held_out, 24);
    assert_eq!(montage.count, report.training, "few images are all shown");
    assert_eq!(
        report.classes.iter().map(|(name, [a, b])| (name.as_str(), a + b)).collect::<Vec<_>>(),
        [("cat", 4), ("dog", 20)]
    );
    let cats = captions.iter().take_while(|caption| caption.contains("cat")).count();
    assert_eq!(cats, report.classes[0].1[0], "class by class");
    assert_eq!(report.sizes, [([12, 10], 24)]);
    assert_eq!(report.skipped_count, 1);
    assert!(report.skipped[0].contains("broken.png"), "{:?}", report.skipped);
    assert!(report.duplicates.iter().any(|group| group.iter().any(|name| name.contains("again.png"))));
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rubbish = folder.path().join("notes.bin");
    std::fs::write(&rubbish, "nothing of ours").unwrap();
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let torn = folder.path().join("torn.zip");
    std::fs::write(&torn, b"PK\x03\x04 and no more").unwrap();
    let mut run = Watched::new(tiny_options(text(TINY)));
    run.wait_for_iteration(1);
    for path in [rubbish, empty, torn, folder.path().join("absent")] {
        let error = ask(&mut run, Some(&path)).contents.unwrap_err();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(error.contains(name), "{error}");
    }
    let now = run.wait_for_iteration(1);
    run.wait_for_iteration(now + 2);
}

#[test]
fn of_many_questions_the_newest_is_answered_last() {
    let folder = tempfile::tempdir().unwrap();
    let path = pictures(folder.path());
    let mut run = Watched::new(tiny_options(text(TINY)));
    run.wait_for_iteration(1);
    for _ in 0..20 {
        run.send(Command::Inspect(None));
        run.send(Command::Inspect(Some(path.clone())));
    }
    run.send(Command::Inspect(Some(path.join("cat"))));
    let mut answers = 0;
    loop {
        answers += 1;
        if inspected(&mut run).path == Some(path.join("cat")) {
            break;
        }
    }
    assert!(answers <= 41, "{answers}");
    let now = run.wait_for_iteration(1);
    run.wait_for_iteration(now + 3);
    let late = run.run.events.try_iter().any(|event| matches!(event, Event::Inspected(_)));
    assert!(!late, "nothing is answered after the newest");
}

#[test]
fn folders_are_told_of_while_no_recipe_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = pictures(folder.path());
    let mut run = Watched::new(tiny_options(text("fn data() { folder(\"not/there\") }")));
    run.wait("the refusal", |event| matches!(event, Event::RecipeRefused { .. }).then_some(()));
    assert_eq!(contents(ask(&mut run, Some(&path))).report.skipped_count, 1);
    let error = ask(&mut run, None).contents.unwrap_err();
    assert!(error.contains("does not run"), "{error}");
    run.send(Command::SwapRecipe(text(TINY)));
    run.wait_for_iteration(1);
    assert_eq!(contents(ask(&mut run, None)).report.training, 744);
}
