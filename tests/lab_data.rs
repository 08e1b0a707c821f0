//! The window's data panel, driven without a display: reports, what is dropped on the window, and the recipe's text.

mod lab_window;

use eframe::egui::HoveredFile;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::data::Report;
use emberlab::run::{Command, DataContents, DataReport, Event, Pictures, RecipeText};
use lab_window::{PATH, Window, window_with};
use std::path::PathBuf;

const RECIPE: &str = "fn data() { builtin(\"portraits\").resize(64).flip() }\nfn rate(t) { 0.3 }\n";

fn window_of(size: [f32; 2]) -> Window {
    window_with(size, RecipeText { path: PATH.into(), text: RECIPE.to_owned() }, None)
}

fn report() -> Report {
    Report {
        description: "faces: 48 training and 5 held-out images, 64 × 64, colour, range [-1, 1]".to_owned(),
        training: 48,
        held_out: 5,
        skipped_count: 120,
        skipped: vec!["b/broken.png: not an image".to_owned()],
        sizes: vec![([178, 218], 50), ([64, 64], 3)],
        channels: vec![(3, 50), (4, 3)],
        classes: vec![("smile".to_owned(), [30, 3]), ("frown".to_owned(), [18, 2])],
        unlabelled: 0,
        statistics: vec![[0.125, 0.5], [-0.25, 0.5], [0.0, 0.5]],
        duplicates: vec![vec!["a.png".to_owned(), "b.png".to_owned()]],
        duplicate_groups: 1,
        near_duplicates: Vec::new(),
        near_duplicate_groups: 0,
        leaks: vec![["test/c.png".to_owned(), "train/c.png".to_owned()]],
        leak_count: 1,
    }
}

fn contents() -> DataContents {
    let rgba = (0..48 * 16 * 16).flat_map(|at| [at as u8, 80, 160, 255]).collect();
    let montage = Pictures { side: 16, count: 48, rgba };
    DataContents { report: report(), montage, captions: Vec::new(), range: [-1.0, 1.0] }
}

fn inspected(path: Option<&str>, contents: Result<DataContents, String>) -> Event {
    let layout = "folder of images".to_owned();
    Event::Inspected(Box::new(DataReport { path: path.map(PathBuf::from), layout, contents }))
}

#[test]
fn the_panel_asks_when_it_is_first_seen_and_shows_the_report() {
    let mut window = window_of([1280.0, 720.0]);
    window.steps();
    assert!(window.commands().is_empty(), "nobody looks");
    window.click("Data");
    assert_eq!(window.commands(), [Command::Inspect(None)]);
    window.steps();
    assert!(window.commands().is_empty(), "once is enough");
    window.tell(inspected(None, Ok(contents())));
    for text in [
        "Data of the recipe",
        "folder of images",
        "faces: 48 training and 5 held-out images",
        "training: 48",
        "held out: 5",
        "left out: 120",
        "leaks: 1",
        "48 training images",
        "+0.125",
        "50 colour, 3 colour with alpha",
        "178 × 218: 50 images",
        "Images that look alike, groups: 0",
    ] {
        assert!(window.sees(text), "{text}");
    }
    for class in ["smile: 30 training, 3 held out", "frown: 18 training, 2 held out"] {
        assert!(window.harness.query_by_role_and_label(Role::Meter, class).is_some(), "{class}");
    }
    assert!(window.harness.query_by_label("Use in the recipe").is_none(), "it is in use");
    window.click("Refresh");
    assert_eq!(window.commands(), [Command::Inspect(None)]);
}

#[test]
fn lists_open_and_say_what_they_leave_out() {
    let mut window = window_of([1280.0, 1400.0]);
    window.click("Data");
    window.tell(inspected(None, Ok(contents())));
    for (list, line) in [
        ("Files left out: 120", "b/broken.png: not an image"),
        ("Equal images, groups: 1", "a.png  =  b.png"),
        ("Held out, with a copy in training: 1", "test/c.png  ~  train/c.png"),
    ] {
        assert!(!window.sees(line), "{line}");
        window.click(list);
        window.harness.run_steps(20);
        assert!(window.sees(line), "{line}");
    }
    assert!(window.sees("and 119 more"));
}

#[test]
fn what_is_dropped_is_looked_at_and_can_be_used() {
    let mut window = window_of([1280.0, 720.0]);
    window.harness.input_mut().hovered_files.push(HoveredFile::default());
    window.steps();
    assert!(window.sees("Drop it to see what is in it"));
    window.harness.input_mut().hovered_files.clear();
    window.drop("/pictures/\"odd\" faces");
    assert!(!window.sees("Drop it to see what is in it"));
    let path = PathBuf::from("/pictures/\"odd\" faces");
    assert_eq!(window.commands(), [Command::Inspect(Some(path.clone()))]);
    assert!(window.sees("looking at \"odd\" faces"));
    window.tell(Event::Inspecting { path: Some(path), done: 30, total: Some(120), seconds_left: Some(9.0) });
    assert!(window.sees("Reading images: 30 of 120, 0:00:09 left"));
    window.tell(inspected(Some("/pictures/\"odd\" faces"), Ok(contents())));
    assert!(!window.sees("looking at") && !window.sees("Reading images"));
    assert_eq!(window.editor_text(), RECIPE);
    window.click("Use in the recipe");
    let wanted = RECIPE.replace("builtin(\"portraits\")", "images(\"/pictures/\\\"odd\\\" faces\")");
    assert_eq!(window.editor_text(), wanted);
    assert!(window.sees("unsaved"), "it is an edit as any other");
    window.commands();
    window.click("Apply");
    let swapped = window.commands().into_iter().any(|command| match command {
        Command::SwapRecipe(recipe) => recipe.text == wanted,
        _ => false,
    });
    assert!(swapped);
    window.click("Recipe's data");
    assert_eq!(window.commands(), [Command::Inspect(None)]);
}

#[test]
fn what_cannot_be_read_says_why_and_cannot_be_used() {
    let mut window = window_of([1280.0, 720.0]);
    window.drop("/pictures/notes.bin");
    window.tell(inspected(Some("/pictures/notes.bin"), Err("notes.bin: no data set that is known".to_owned())));
    assert!(window.sees("notes.bin: no data set that is known"));
    assert!(window.harness.get_by_label("Use in the recipe").accesskit_node().is_disabled());
    window.commands();
    window.drop("/recipes/other.rhai");
    assert!(window.sees("emberlab lab FILE"));
    assert!(window.commands().is_empty());
    window.tell(Event::Ended { iteration: 1, error: None, input: false });
    window.drop("/pictures/faces");
    assert!(window.sees("The run has ended; it reads no more data."));
}

#[test]
fn reading_is_told_at_the_bottom_until_the_data_are_there() {
    let mut window = window_of([1280.0, 720.0]);
    window.tell(Event::Reading { done: 1_200, total: Some(10_000), seconds_left: Some(75.0) });
    assert!(window.sees("Reading images: 1,200 of 10,000, 0:01:15 left"));
    window.tell(Event::Reading { done: 1_300, total: None, seconds_left: None });
    assert!(window.sees("Reading images: 1,300"));
    let source = "faces".to_owned();
    window.tell(Event::Data { source, training: 10, held_out: 1, batch: 5, skipped: Vec::new() });
    assert!(!window.sees("Reading images"));
}

#[test]
fn any_report_can_be_shown_in_any_window() {
    for size in [[1280.0, 720.0], [760.0, 480.0], [300.0, 200.0]] {
        let mut window = window_of(size);
        window.drop("/x");
        let odd = Report {
            statistics: vec![[f64::NAN, f64::INFINITY]],
            classes: (0..300).map(|at| (format!("a class with a long name, number {at}"), [0, 0])).collect(),
            sizes: Vec::new(),
            training: 0,
            ..report()
        };
        let cut = Pictures { side: 16, count: 48, rgba: vec![0; 7] };
        for contents in [contents(), DataContents { report: odd, montage: cut, ..contents() }] {
            window.tell(inspected(Some("/x"), Ok(contents)));
        }
        window.tell(inspected(None, Err(String::new())));
    }
}
