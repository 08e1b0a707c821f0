//! The curves panel: what it shows of a run and of others, and what it writes.

mod lab_window;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Color32, ColorImage, PointerButton, Rect, ViewportCommand, pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::{Errand, Return};
use emberlab::run::{Event, GridUpdate, RunSummary};
use lab_window::{PATH, Window, update, window, window_of};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const RUN: &str = "runs/autumn, first";

fn updated(iteration: u64, sides: &[usize]) -> Event {
    let grids = sides.iter().map(|&side| GridUpdate {
        observed_energy: -(iteration as f64) / 3.0 - side as f64,
        gap: (iteration as f64).sin() / 7.0,
        ..update(side, 1.0)
    });
    Event::Update { iteration, seconds: 0.5 * iteration as f64, grids: grids.collect() }
}

fn data(training: usize, batch: usize) -> Event {
    Event::Data { source: "portraits".to_owned(), training, held_out: 0, batch, skipped: Vec::new() }
}

fn applied(iteration: u64, text: &str) -> Event {
    let (kept, renewed) = (Vec::new(), vec!["grid 2".to_owned()]);
    Event::RecipeApplied { iteration, path: PathBuf::from(PATH), text: text.to_owned(), kept, renewed }
}

/// Updates from 1 on, with twenty to an epoch.
fn learned(window: &mut Window, count: u64, sides: &[usize]) {
    let directory = Some(PathBuf::from(RUN));
    window.port.tell(Event::Started { directory, device: String::new(), seed: 1, iteration: 0 });
    window.port.tell(data(1_000, 50));
    (1..=count).for_each(|iteration| window.port.tell(updated(iteration, sides)));
    window.steps();
}

fn canvas(window: &Window, title: &str) -> Rect {
    window.harness.get_by_role_and_label(Role::Canvas, &format!("Curves: {title}")).rect()
}

/// Points at a share of a plot's width, at half its height.
fn point(window: &mut Window, title: &str, share: f32) {
    let frame = canvas(window, title);
    window.harness.hover_at(pos2(frame.left() + share * frame.width(), frame.center().y));
    window.steps();
}

fn shown(window: &Window, curve: &str) -> bool {
    let toggled = window.harness.get_by_role_and_label(Role::CheckBox, curve).accesskit_node().toggled();
    toggled == Some(Toggled::True)
}

fn choose(window: &mut Window, label: &str) {
    window.harness.get_by_role_and_label(Role::CheckBox, label).click();
    window.steps();
}

fn add_chart(window: &mut Window, number: usize, title: &str) {
    window.click("+ Chart");
    let quantity = format!("Quantity of chart {number}");
    window.harness.get_by_role_and_label(Role::ComboBox, &quantity).click();
    window.steps();
    window.harness.query_all_by_label(title).last().unwrap().click();
    window.steps();
}

fn overlay(window: &mut Window, run: &str, events: Vec<Event>) {
    window.click("Overlay a run…");
    assert!(matches!(window.errands.pop(), Some(Errand::ListRuns)));
    let summary = |directory: &str| RunSummary { directory: directory.into(), iteration: 70, ..RunSummary::default() };
    window.give(Return::Runs(vec![summary(RUN), summary(run)]));
    let name = Path::new(run).file_name().unwrap().to_str().unwrap().to_owned();
    window.click(&name);
    match window.errands.pop() {
        Some(Errand::ReadRun(asked)) => assert_eq!(asked, Path::new(run)),
        _ => panic!("the run is not asked for"),
    }
    assert!(window.sees("reading…"));
    window.give(Return::Events { run: run.into(), events });
    window.key(eframe::egui::Modifiers::NONE, eframe::egui::Key::Escape);
}

fn export(window: &mut Window, kind: &str) -> (String, Vec<u8>) {
    window.click("Export");
    window.click(kind);
    exported(window)
}

fn exported(window: &mut Window) -> (String, Vec<u8>) {
    match window.errands.pop() {
        Some(Errand::Export { name, bytes }) => (name, bytes()),
        _ => panic!("nothing is written"),
    }
}

/// The fields of a table that has no quotes but in the first column.
fn rows(table: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(table).unwrap();
    let fields = |line: &str| -> Vec<String> { line.rsplitn(8, ',').map(str::to_owned).collect::<Vec<_>>() };
    text.lines().map(|line| fields(line).into_iter().rev().collect()).collect()
}

#[test]
fn the_legend_tells_the_newest_values_and_those_under_the_pointer() {
    let mut window = window();
    learned(&mut window, 101, &[4, 16]);
    assert!(window.sees("newest, 101"));
    assert!(window.sees(&format!("{:.2}", -101.0 / 3.0 - 4.0)));
    point(&mut window, "Energy", 0.5);
    assert!(window.sees("update 51"), "half way from 1 to 101");
    assert!(window.sees(&format!("{:.2}", -51.0 / 3.0 - 4.0)));
    assert!(window.sees(&format!("{:.2}", -51.0 / 3.0 - 16.0)));
}

#[test]
fn several_charts_share_their_axis_and_their_cursor() {
    let mut window = window_of([1280.0, 1000.0]);
    learned(&mut window, 101, &[4, 16]);
    add_chart(&mut window, 2, "Gap");
    add_chart(&mut window, 3, "Learning rate");
    let (above, below) = (canvas(&window, "Energy"), canvas(&window, "Learning rate"));
    assert_eq!((above.left(), above.right()), (below.left(), below.right()));
    point(&mut window, "Gap", 0.5);
    assert!(window.sees("update 51"));
    assert!(window.sees(&format!("{:.2}", -51.0 / 3.0 - 4.0)), "an energy");
    assert!(window.sees("0.0010"), "a rate");
    window.click("Remove chart 2");
    assert!(!window.sees("Curves: Gap"));
    assert!(window.sees("Curves: Learning rate"));
    add_chart(&mut window, 3, "Gap");
    window.click("+ Chart");
    assert!(window.harness.get_by_label("+ Chart").accesskit_node().is_disabled(), "four are the most");
}

#[test]
fn the_axis_may_be_updates_epochs_or_time() {
    let mut window = window();
    learned(&mut window, 101, &[4]);
    window.click("Over epoch");
    point(&mut window, "Energy", 0.5);
    assert!(window.sees("epoch 2.55"), "51 updates of 50 images, of 1,000");
    window.click("Over time");
    point(&mut window, "Energy", 1.0 - 1e-4);
    assert!(window.sees("time 0:00:50"));
}

#[test]
fn epochs_are_offered_only_where_the_batch_is_known() {
    let mut window = window();
    window.port.tell(data(1_000, 0));
    window.tell(updated(1, &[4]));
    assert!(window.harness.get_by_label("Over epoch").accesskit_node().is_disabled());
    assert!(!window.harness.get_by_label("Over time").accesskit_node().is_disabled());
}

#[test]
fn a_click_hides_and_a_double_click_leaves_only_one() {
    let mut window = window();
    learned(&mut window, 20, &[4, 16, 64]);
    choose(&mut window, "16×16");
    assert!(shown(&window, "4×4") && !shown(&window, "16×16"));
    choose(&mut window, "16×16");
    assert!(shown(&window, "16×16"));
    choose(&mut window, "synthesized");
    assert!(shown(&window, "observed") && !shown(&window, "synthesized"));
    let at = window.harness.get_by_role_and_label(Role::CheckBox, "64×64").rect().center();
    let double_click = |window: &mut Window| {
        for _ in 0..2 {
            let click = [true, false].map(|pressed| {
                let (button, modifiers) = (PointerButton::Primary, Default::default());
                eframe::egui::Event::PointerButton { pos: at, button, pressed, modifiers }
            });
            // In one drawing: drawings are a quarter of a second apart.
            window.harness.input_mut().events.push(eframe::egui::Event::PointerMoved(at));
            window.harness.input_mut().events.extend(click);
            window.harness.run_steps(1);
        }
        window.steps();
    };
    double_click(&mut window);
    let all = |window: &Window| ["4×4", "16×16", "64×64"].map(|side| shown(window, side));
    assert_eq!(all(&window), [false, false, true]);
    window.harness.run_steps(60);
    double_click(&mut window);
    assert_eq!(all(&window), [true, true, true]);
}

#[test]
fn an_edit_is_named_in_the_curves() {
    let mut window = window();
    window.tell(applied(0, "fn pyramid() {\n    factor(2.0)\n}\n"));
    learned(&mut window, 50, &[4]);
    window.port.tell(applied(51, "fn pyramid() {\n    factor(1.5)\n}\n"));
    window.port.tell(Event::Checkpoint { iteration: 61, path: "checkpoints/00000061".into() });
    (52..=101).for_each(|iteration| window.port.tell(updated(iteration, &[4])));
    window.steps();
    let marks = window.harness.get_by_role_and_label(Role::Canvas, "Curves: Energy").value().unwrap_or_default();
    assert!(marks.ends_with("update 51: factor(1.5)"), "{marks}");
    point(&mut window, "Energy", 0.5);
    assert!(window.sees("factor(1.5)"), "under the pointer");
    assert!(window.sees("made anew: grid 2"));
    point(&mut window, "Energy", 0.6);
    assert!(window.sees("00000061"));
}

#[test]
fn zooming_and_fitting_go_for_all_charts() {
    let mut window = window_of([1280.0, 1000.0]);
    learned(&mut window, 101, &[4]);
    add_chart(&mut window, 2, "Gap");
    let frame = canvas(&window, "Energy");
    let (from, to) = (frame.lerp_inside(vec2(0.5, 0.2)), frame.lerp_inside(vec2(0.75, 0.8)));
    for (at, pressed) in [(from, Some(true)), (from + vec2(20.0, 20.0), None), (to, None), (to, Some(false))] {
        window.harness.event(eframe::egui::Event::PointerMoved(at));
        if let Some(pressed) = pressed {
            let (button, modifiers) = (PointerButton::Secondary, Default::default());
            window.harness.event(eframe::egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        }
        window.harness.run_steps(1);
    }
    window.steps();
    point(&mut window, "Gap", 1.0 - 1e-4);
    assert!(window.sees("update 76"), "the box's right edge");
    window.click("Fit");
    point(&mut window, "Gap", 1.0 - 1e-4);
    assert!(window.sees("update 101"));
    assert!(!window.sees("Fit"));
}

#[test]
fn another_run_is_drawn_over_this_one_and_taken_away() {
    let mut window = window();
    learned(&mut window, 101, &[4, 16]);
    overlay(&mut window, "runs/spring", (1..=70).map(|iteration| updated(iteration, &[4, 8])).collect());
    assert!(window.sees("spring") && window.sees("8×8"));
    point(&mut window, "Energy", 0.5);
    let energy = |side: f64| format!("{:.2}", -51.0 / 3.0 - side);
    assert_eq!(window.harness.query_all_by_label(&energy(4.0)).count(), 2, "both runs");
    assert!(window.sees(&energy(8.0)));
    point(&mut window, "Energy", 0.9);
    assert!(!window.sees(&format!("{:.2}", -70.0 / 3.0 - 8.0)), "the other run never came so far");
    choose(&mut window, "spring");
    assert!(!window.sees("8×8"), "hidden");
    choose(&mut window, "spring");
    window.click("Remove spring");
    assert!(!window.sees("spring"));
    overlay(&mut window, "runs/empty", Vec::new());
    assert!(window.sees("no updates"));
}

#[test]
fn events_that_another_panel_asked_for_are_not_drawn() {
    let mut window = window();
    learned(&mut window, 10, &[4]);
    window.give(Return::Events { run: "runs/spring".into(), events: vec![updated(1, &[4])] });
    assert!(!window.sees("spring"));
}

#[test]
fn a_table_holds_every_value_exactly() {
    let mut window = window();
    learned(&mut window, 2_500, &[4, 16]);
    window.tell(Event::Plot { iteration: 30, name: "edge density".to_owned(), value: 0.1 + 0.2 });
    overlay(&mut window, "runs/spring", vec![updated(1, &[8])]);
    let (name, table) = export(&mut window, "Table (CSV)");
    assert_eq!(name, "autumn, first.csv");
    let rows = rows(&table);
    assert_eq!(rows[0], ["run", "grid", "quantity", "update", "epoch", "seconds", "value", "samples"]);
    let wanted = ["\"autumn, first\"", "16", "gap", "1733", "86.65", "866.5"];
    let row = rows.iter().find(|row| row[1..4] == wanted[1..4]).unwrap();
    assert_eq!(row[0], wanted[0]);
    let near = |text: &str, value: f64| (text.parse::<f64>().unwrap() - value).abs() < 1e-9;
    assert!(near(&row[4], 86.65) && near(&row[5], 866.5), "{row:?}");
    assert_eq!(row[6].parse::<f64>().unwrap(), 1733f64.sin() / 7.0, "to the last bit");
    assert_eq!(rows.iter().filter(|row| row[1] == "4" && row[2] == "gap").count(), 2_500);
    assert!(rows.iter().any(|row| row[2] == "edge density" && row[1].is_empty() && row[6] == "0.30000000000000004"));
    assert!(rows.iter().any(|row| row[0] == "spring" && row[1] == "8"));
    assert!(!rows.iter().any(|row| row[2] == "acceptance"), "a kernel that proposes nothing has no such curve");
}

#[test]
fn a_drawing_holds_charts_axes_legend_and_markers() {
    let mut window = window();
    window.tell(applied(0, "let a = \"<&>\";\nfactor(2.0)"));
    learned(&mut window, 100, &[4, 16]);
    window.tell(applied(50, "let a = \"<&>\";\nfactor(1.5)"));
    add_chart(&mut window, 2, "Gap");
    overlay(&mut window, "runs/spring", (1..=70).map(|iteration| updated(iteration, &[4])).collect());
    let (name, drawing) = export(&mut window, "Drawing (SVG)");
    assert_eq!(name, "autumn, first.svg");
    let drawing = String::from_utf8(drawing).unwrap();
    assert!(drawing.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && drawing.ends_with("</svg>\n"));
    for words in ["Energy (", "Gap (", "4×4 observed · autumn, first", "4×4 · spring", "factor(1.5)", ">40<"] {
        assert!(drawing.contains(words), "{words}");
    }
    for tag in ["svg", "g", "clipPath", "text"] {
        let (opened, closed) = (format!("<{tag}"), format!("</{tag}>"));
        let ends = |c: char| c == ' ' || c == '>';
        let opened = drawing.match_indices(&opened).filter(|(at, word)| drawing[at + word.len()..].starts_with(ends));
        assert_eq!(opened.count(), drawing.matches(&closed).count(), "{tag}");
    }
    assert!(drawing.contains("stroke-dasharray"), "the other run is dashed");
    assert!(!drawing.contains("NaN") && !drawing.contains("inf"));
}

#[test]
fn a_picture_is_the_part_of_the_window_with_the_curves() {
    let mut window = window();
    learned(&mut window, 100, &[4]);
    let frame = canvas(&window, "Energy");
    window.click("Export");
    window.harness.get_by_label("Picture (PNG)").click();
    let mut taken = false;
    for _ in 0..6 {
        window.harness.run_steps(1);
        let commands = window.harness.output().viewport_output.values().flat_map(|output| output.commands.clone());
        for command in commands {
            if let ViewportCommand::Screenshot(callback) = command {
                let mut image = ColorImage::filled([1280, 720], Color32::BLACK);
                let centre = frame.center().round();
                image.pixels[centre.y as usize * 1280 + centre.x as usize] = Color32::from_rgb(9, 80, 200);
                callback.complete(Arc::new(image));
                taken = true;
            }
        }
    }
    assert!(taken);
    window.steps();
    let (name, png) = exported(&mut window);
    assert_eq!(name, "autumn, first.png");
    let picture = image::load_from_memory(&png).unwrap().to_rgb8();
    assert!(picture.width() >= frame.width() as u32 && picture.width() < 1_000);
    assert!(picture.height() >= frame.height() as u32 && picture.height() < 400);
    assert_eq!(picture.pixels().filter(|pixel| pixel.0 == [9, 80, 200]).count(), 1);
}

#[test]
fn tensorboard_reads_back_every_value() {
    let reader = Command::new("python3").args(["-c", "import tensorboard"]).output();
    if !reader.is_ok_and(|done| done.status.success()) {
        println!("SKIPPED: python3 has no tensorboard (pip install tensorboard)");
        return;
    }
    let mut window = window();
    learned(&mut window, 300, &[4, 16]);
    for iteration in (0..300).step_by(7) {
        let value = (iteration as f64 / 30.0).cos();
        window.port.tell(Event::Plot { iteration, name: "edge density".to_owned(), value });
    }
    window.steps();
    let folder = tempfile::tempdir().unwrap();
    let (name, events) = export(&mut window, "TensorBoard events");
    assert!(name.starts_with("events.out.tfevents.") && name.ends_with(".emberlab"), "{name}");
    std::fs::create_dir(folder.path().join("events")).unwrap();
    std::fs::write(folder.path().join("events").join(name), events).unwrap();
    let (_, table) = export(&mut window, "Table (CSV)");
    let file = folder.path().join("table.csv");
    std::fs::write(&file, table).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tensorboard/read_back.py");
    let read = Command::new("python3").arg(script).arg(folder.path().join("events")).arg(&file).output().unwrap();
    let (said, failed) = (String::from_utf8_lossy(&read.stdout), String::from_utf8_lossy(&read.stderr));
    assert!(read.status.success(), "{said}{failed}");
    assert!(said.contains("agree"), "{said}");
}

#[test]
fn a_long_run_is_shown_and_written_whole() {
    let mut window = window();
    learned(&mut window, 30_000, &[4]);
    window.harness.run_steps(100);
    assert!(window.sees("newest, 30,000"));
    let (_, table) = export(&mut window, "Table (CSV)");
    let mut counts = BTreeMap::<String, u64>::new();
    for row in rows(&table).into_iter().skip(1).filter(|row| row[2] == "gap") {
        *counts.entry(row[3].clone()).or_default() += row[7].parse::<u64>().unwrap();
    }
    let samples: u64 = counts.values().sum();
    assert!((29_999..=30_001).contains(&samples), "every sample is in a value: {samples}");
}
