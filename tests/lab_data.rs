//! The window's data panel, driven without a display: reports, what is dropped on the window, and the recipe's text.

use eframe::egui::accesskit::Role;
use eframe::egui::{DroppedFile, HoveredFile, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::data::Report;
use emberlab::lab::{Lab, Save};
use emberlab::run::{Command, DataContents, DataReport, Event, Pictures, RecipeText, RunPort, connect};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const RECIPE: &str = "fn data() { builtin(\"portraits\").resize(64).flip() }\nfn rate(t) { 0.3 }\n";

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no file".to_owned())
    }
}

struct Window {
    harness: Harness<'static, Lab>,
    port: RunPort,
}

fn window_of(size: [f32; 2]) -> Window {
    let (run, port) = connect();
    let save: Save = Box::new(|_| Ok(()));
    let recipe = RecipeText { path: PathBuf::from("scripts/recipe.rhai"), text: RECIPE.to_owned() };
    let builder = Harness::builder().with_size(vec2(size[0], size[1])).with_max_steps(32);
    let harness = builder.build_eframe(move |cc| Lab::new(&cc.egui_ctx, run, recipe, save));
    Window { harness, port }
}

impl Window {
    fn steps(&mut self) {
        self.harness.run_steps(4);
        self.harness.check_accessibility();
    }

    fn tell(&mut self, event: Event) {
        self.port.tell(event);
        self.steps();
    }

    fn commands(&self) -> Vec<Command> {
        std::iter::from_fn(|| self.port.try_take().ok()).collect()
    }

    fn sees(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps();
    }

    fn drop(&mut self, path: &str) {
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.into())));
        self.steps();
    }

    fn editor_text(&self) -> String {
        let editor = self.harness.get_by_role_and_label(Role::MultilineTextInput, "recipe.rhai");
        editor.value().unwrap_or_default()
    }
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
    window.tell(Event::Data { source, training: 10, held_out: 1, skipped: Vec::new() });
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
