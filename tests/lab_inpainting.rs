//! The window's inpainting panel, driven without a display: what is painted, what the probe is asked, what is shown.

mod lab_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event as Input, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::{Choice, Errand, Return};
use emberlab::run::{
    ChainProgress, Event, FillError, Frame, InpaintingAnswer, InpaintingQuestion, Phase, Pictures, Question, Weights,
};
use lab_window::{Window, frame, pictures, window_of};
use std::path::PathBuf;
use std::sync::Arc;

const SIDE: usize = 16;

/// A window on a run of 16×16 images, with the inpainting panel in front.
fn opened() -> Window {
    let mut window = window_of([1280.0, 720.0]);
    window.show(frame(&[1, 4, SIDE], Phase::Paused));
    window.click("Inpainting");
    window
}

fn canvas(window: &Window) -> Rect {
    window.harness.get_by_label_contains("Canvas, ").rect()
}

fn canvas_name(window: &Window) -> String {
    window.harness.get_by_label_contains("Canvas, ").accesskit_node().label().unwrap_or_default()
}

/// The middle of a pixel on the canvas.
fn pixel(window: &Window, column: f32, row: f32) -> Pos2 {
    let canvas = canvas(window);
    canvas.min + vec2(column + 0.5, row + 0.5) * canvas.width() / SIDE as f32
}

fn button(window: &mut Window, at: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
    window.harness.event(Input::PointerButton { pos: at, button, pressed, modifiers });
    window.steps();
}

/// A stroke through these pixels.
fn stroke_by(window: &mut Window, with: PointerButton, pixels: &[[f32; 2]]) {
    let places: Vec<Pos2> = pixels.iter().map(|&[column, row]| pixel(window, column, row)).collect();
    window.harness.hover_at(places[0]);
    window.steps();
    button(window, places[0], with, true, Modifiers::NONE);
    for &place in &places[1..] {
        window.harness.hover_at(place);
        window.steps();
    }
    button(window, places[places.len() - 1], with, false, Modifiers::NONE);
}

fn stroke(window: &mut Window, pixels: &[[f32; 2]]) {
    stroke_by(window, PointerButton::Primary, pixels);
}

fn brush_size(window: &Window) -> usize {
    let name = canvas_name(window);
    name.rsplit(", ").next().unwrap().split(' ').next().unwrap().parse().unwrap()
}

fn thin_brush(window: &mut Window) {
    let middle = canvas(window).center();
    window.harness.hover_at(middle);
    while brush_size(window) > 1 {
        window.key(Modifiers::NONE, Key::OpenBracket);
    }
}

/// The newest question about inpainting since it was last asked for: `Some(None)` is a stop.
fn newest(window: &Window) -> Option<Option<InpaintingQuestion>> {
    let asked = window.questions().into_iter().filter_map(|question| match question {
        Question::Inpainting(question) => Some(question),
        _ => None,
    });
    asked.last()
}

/// The hidden pixels of the newest question: column and row.
fn hidden(window: &Window) -> Vec<[usize; 2]> {
    let question = newest(window).flatten().expect("a question");
    let all = question.mask.iter().enumerate().filter(|(_, value)| **value > 0);
    all.map(|(at, _)| [at % SIDE, at / SIDE]).collect()
}

fn grey(side: usize, count: usize, value: u8) -> Pictures {
    Pictures { side, count, rgba: [value, value, value, 255].repeat(side * side * count) }
}

fn error(name: &str, psnr: f64) -> FillError {
    FillError { name: name.to_owned(), error: 0.05, psnr }
}

/// Two fills of the first observed image, of these qualities.
fn answer(number: u64, fills: [f64; 2], harmonic: f64) -> InpaintingAnswer {
    let sides = [1, 4, SIDE];
    let original = Pictures { side: SIDE, count: 1, rgba: pictures(SIDE, 16).rgba[..SIDE * SIDE * 4].to_vec() };
    InpaintingAnswer {
        number,
        grids: sides.map(|side| grey(side, 2, 90)).to_vec(),
        original: vec![grey(1, 1, 90), grey(4, 1, 90), original],
        masks: sides.map(|side| grey(side, 1, 255)).to_vec(),
        errors: vec![
            error("fill 1", fills[0]),
            error("fill 2", fills[1]),
            error("mean", 10.0),
            error("nearest", 11.0),
            error("harmonic", harmonic),
        ],
        trivial: vec![grey(SIDE, 1, 10), grey(SIDE, 1, 20), grey(SIDE, 1, 30)],
        progress: ChainProgress { grid: 2, step: 12, steps: 30, done: false },
        sweeps: 3,
        iteration: 1_234,
        error: None,
    }
}

fn tell(window: &mut Window, answer: InpaintingAnswer) {
    window.port.probe.answer(|answers| answers.inpainting = Some(Arc::new(answer)));
    window.steps();
}

#[test]
fn painting_asks_with_the_pixels_that_the_brush_hid() {
    let mut window = opened();
    assert_eq!(newest(&window), None, "nothing is hidden yet");
    thin_brush(&mut window);
    stroke(&mut window, &[[2.0, 5.0], [12.0, 5.0]]);
    let question = newest(&window).flatten().expect("a question");
    let wanted: Vec<u8> =
        (0..SIDE * SIDE).map(|at| if at / SIDE == 5 && (2..=12).contains(&(at % SIDE)) { 255 } else { 0 }).collect();
    assert_eq!(*question.mask, wanted, "a fast stroke has no gaps");
    assert_eq!((question.image.side, question.image.count), (SIDE, 1));
    assert_eq!(question.image.rgba, pictures(SIDE, 16).rgba[..SIDE * SIDE * 4]);
    assert_eq!((question.fills, question.keep_moving, question.chains.weights), (4, true, Weights::Newest));
    assert!(canvas_name(&window).starts_with("Canvas, 16×16, 4.3 % hidden, brush, 1 pixel"));
}

#[test]
fn the_probe_is_asked_while_the_stroke_goes_on() {
    let mut window = opened();
    thin_brush(&mut window);
    let (start, end) = (pixel(&window, 1.0, 1.0), pixel(&window, 9.0, 1.0));
    window.harness.hover_at(start);
    window.steps();
    button(&mut window, start, PointerButton::Primary, true, Modifiers::NONE);
    assert_eq!(hidden(&window), [[1, 1]]);
    window.harness.hover_at(end);
    window.steps();
    assert_eq!(hidden(&window).len(), 9, "the button is still down");
    button(&mut window, end, PointerButton::Primary, false, Modifiers::NONE);
    window.steps();
    assert_eq!(newest(&window), None, "nothing new to ask");
}

#[test]
fn the_eraser_and_the_right_button_uncover() {
    let mut window = opened();
    thin_brush(&mut window);
    stroke(&mut window, &[[2.0, 2.0], [6.0, 2.0]]);
    stroke_by(&mut window, PointerButton::Secondary, &[[2.0, 2.0]]);
    assert_eq!(hidden(&window), [[3, 2], [4, 2], [5, 2], [6, 2]]);
    window.key(Modifiers::NONE, Key::E);
    assert!(canvas_name(&window).contains("eraser"));
    stroke(&mut window, &[[5.0, 2.0], [6.0, 2.0]]);
    assert_eq!(hidden(&window), [[3, 2], [4, 2]]);
    window.key(Modifiers::NONE, Key::E);
    assert!(canvas_name(&window).contains("brush"), "the key is a switch");
    window.key(Modifiers::NONE, Key::Delete);
    assert_eq!(newest(&window), Some(None), "with nothing hidden there is nothing to fill in");
}

#[test]
fn keys_and_the_wheel_change_the_brush() {
    let mut window = opened();
    let middle = canvas(&window).center();
    window.harness.hover_at(middle);
    window.steps();
    let before = brush_size(&window);
    window.key(Modifiers::NONE, Key::CloseBracket);
    assert_eq!(brush_size(&window), before + 1);
    window.key(Modifiers::NONE, Key::OpenBracket);
    assert_eq!(brush_size(&window), before);
    window.harness.event(Input::ModifiersChanged(Modifiers::COMMAND));
    window.harness.event(Input::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        phase: TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::COMMAND,
    });
    window.harness.run_steps(10);
    window.harness.event(Input::ModifiersChanged(Modifiers::NONE));
    window.steps();
    assert!(brush_size(&window) > before, "{}", canvas_name(&window));
}

#[test]
fn a_soft_brush_hides_in_part() {
    let mut window = opened();
    let middle = canvas(&window).center();
    window.harness.hover_at(middle);
    for _ in 0..6 {
        window.key(Modifiers::NONE, Key::CloseBracket);
    }
    for key in [Key::OpenBracket, Key::OpenCurlyBracket].repeat(5) {
        window.key(Modifiers::SHIFT, key);
    }
    stroke(&mut window, &[[8.0, 8.0]]);
    let mask = newest(&window).flatten().expect("a question").mask;
    assert_eq!(mask[8 * SIDE + 8], 255);
    assert!(mask.iter().any(|&value| value > 0 && value < 255));
}

#[test]
fn rectangles_and_inverting() {
    let mut window = opened();
    window.click("Rectangle");
    stroke(&mut window, &[[2.0, 3.0], [5.0, 4.0]]);
    assert_eq!(hidden(&window).len(), 4 * 2);
    window.key(Modifiers::NONE, Key::I);
    let inverted = hidden(&window);
    assert_eq!(inverted.len(), SIDE * SIDE - 8);
    assert!(!inverted.contains(&[2, 3]));
    assert!(window.commands().is_empty(), "over the panel the key is the panel's, not the run's");
}

#[test]
fn straight_lines_with_shift() {
    let mut window = opened();
    thin_brush(&mut window);
    let places = [[1.0, 1.0], [8.0, 14.0], [12.0, 1.0]].map(|[column, row]| pixel(&window, column, row));
    window.harness.hover_at(places[0]);
    window.steps();
    button(&mut window, places[0], PointerButton::Primary, true, Modifiers::SHIFT);
    for place in &places[1..] {
        window.harness.event_modifiers(Input::PointerMoved(*place), Modifiers::SHIFT);
        window.harness.event(Input::ModifiersChanged(Modifiers::SHIFT));
        window.steps();
    }
    button(&mut window, places[2], PointerButton::Primary, false, Modifiers::SHIFT);
    let wanted: Vec<[usize; 2]> = (1..=12).map(|column| [column, 1]).collect();
    assert_eq!(hidden(&window), wanted);
}

#[test]
fn undo_and_redo_restore_the_mask() {
    let mut window = opened();
    thin_brush(&mut window);
    stroke(&mut window, &[[2.0, 2.0], [6.0, 2.0]]);
    let first = hidden(&window);
    stroke(&mut window, &[[2.0, 9.0], [6.0, 9.0]]);
    let both = hidden(&window);
    window.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(hidden(&window), first);
    window.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(hidden(&window), both);
    window.click("Undo");
    window.click("Undo");
    assert_eq!(newest(&window), Some(None));
    window.click("Redo");
    assert_eq!(hidden(&window), first);
}

#[test]
fn the_masks_of_the_paper_hide_their_shares() {
    let mut window = opened();
    for (name, share) in [("Centre square", 0.25), ("Random square", 0.25), ("Doodle", 0.25), ("Salt and pepper", 0.6)]
    {
        window.click(name);
        let count = hidden(&window).len();
        assert!((count as f64 / 256.0 - share).abs() < 0.5 / 256.0 + 1e-9, "{name}: {count}");
    }
}

#[test]
fn fills_and_their_errors_are_shown_and_judged() {
    let mut window = opened();
    window.click("Centre square");
    assert!(window.sees("The fills come here"));
    tell(&mut window, answer(1, [18.0, 19.0], 21.0));
    assert!(
        window.sees("The model is behind the harmonic fill on this mask: 18.0 dB (typical fill), harmonic 21.0 dB.")
    );
    for card in
        ["fill 1, 18.0 dB, error 5.0 %", "fill 2, 19.0 dB", "mean, 10.0 dB", "harmonic, 21.0 dB, error 5.0 %, best"]
    {
        assert!(window.sees(card), "{card}");
    }
    for grid in ["Mask and fill at 1×1", "Mask and fill at 4×4", "Mask and fill at 16×16"] {
        assert!(window.sees(grid), "{grid}");
    }
    assert!(window.sees("16×16 12/30\nsweep 3\nweights of update 1,234"));
    assert!(window.sees("hidden · fill 1"));
    window.harness.get_by_label_contains("fill 2, 19.0 dB").click();
    window.steps();
    assert!(window.sees("hidden · fill 2"));
    window.harness.get_by_label_contains("mean, 10.0 dB").click();
    window.steps();
    assert!(window.sees("hidden · mean"));
    tell(&mut window, answer(2, [24.0, 23.0], 21.0));
    assert!(window.sees("The model is ahead on this mask: 23.0 dB (typical fill), harmonic 21.0 dB."));
    let failed = InpaintingAnswer { error: Some("no such checkpoint".to_owned()), ..answer(3, [1.0, 1.0], 2.0) };
    tell(&mut window, failed);
    assert!(window.sees("no such checkpoint"));
}

#[test]
fn the_original_is_seen_while_its_key_is_held() {
    let mut window = opened();
    window.click("Centre square");
    tell(&mut window, answer(1, [18.0, 19.0], 21.0));
    let middle = canvas(&window).center();
    window.harness.hover_at(middle);
    window.steps();
    window.harness.key_down(Key::O);
    window.steps();
    assert!(window.sees("hidden · original"));
    window.harness.key_up(Key::O);
    window.steps();
    assert!(window.sees("hidden · fill 1"));
}

#[test]
fn nothing_is_asked_when_the_panel_is_hidden() {
    let mut window = opened();
    window.click("Centre square");
    assert_eq!(hidden(&window).len(), 64);
    window.click("Diversity");
    assert_eq!(newest(&window), Some(None));
    window.show(Frame { number: 2, ..frame(&[1, 4, SIDE], Phase::Running) });
    assert_eq!(newest(&window), None);
    window.key(Modifiers::NONE, Key::I);
    assert_eq!(window.commands(), [emberlab::run::Command::StepIteration], "the key is the run's again");
    window.click("Inpainting");
    assert_eq!(hidden(&window).len(), 64, "the mask is still there");
}

#[test]
fn holding_still_asks_for_nothing_and_goes_on_later() {
    let mut window = opened();
    window.click("Centre square");
    assert_eq!(hidden(&window).len(), 64);
    window.click("⏸ Hold");
    assert_eq!(newest(&window), Some(None));
    window.click("Salt and pepper");
    assert_eq!(newest(&window), None);
    window.click("▶ Fill");
    assert_eq!(hidden(&window).len(), 154);
}

#[test]
fn settings_of_the_chains_are_asked_with() {
    let mut window = opened();
    window.tell(Event::Checkpoint { iteration: 1_000, path: PathBuf::from("runs/a/1000") });
    window.click("Centre square");
    let first = newest(&window).flatten().expect("a question").chains;
    assert_eq!((first.temperature, first.steps, first.noise), (1.0, None, 1));
    window.click("Reroll");
    assert_eq!(newest(&window).flatten().expect("a question").chains.noise, 2);
    window.click("Invert");
    assert_eq!(newest(&window).flatten().expect("a question").chains.noise, 2, "the noise is locked");
    window.click("lock noise");
    window.click("Invert");
    assert_ne!(newest(&window).flatten().expect("a question").chains.noise, 2);
    window.click("keep moving");
    assert!(!newest(&window).flatten().expect("a question").keep_moving);
    window.harness.get_by_role_and_label(Role::ComboBox, "weights").click();
    window.steps();
    window.click("checkpoint of 1,000");
    let weights = newest(&window).flatten().expect("a question").chains.weights;
    assert_eq!(weights, Weights::Checkpoint(PathBuf::from("runs/a/1000")));
}

#[test]
fn images_come_from_the_strip_from_files_and_by_dropping() {
    let mut window = opened();
    window.click("Centre square");
    newest(&window);
    window.click("Observed image 3, 16×16");
    let bytes = SIDE * SIDE * 4;
    let taken = newest(&window).flatten().expect("a question").image;
    assert_eq!(taken.rgba, pictures(SIDE, 16).rgba[2 * bytes..3 * bytes]);
    window.click("Image");
    window.click("Open an image…");
    assert!(matches!(window.errands.pop(), Some(Errand::Choose(Choice::Image))));
    window.give(Return::Chosen(Choice::Image, PathBuf::from("cat.png")));
    let read = window.errands.pop();
    assert!(matches!(read, Some(Errand::ReadPicture { choice: Choice::Image, side: SIDE, .. })));
    let picture = Arc::new(grey(SIDE, 1, 77));
    window.give(Return::Picture {
        choice: Choice::Image,
        path: PathBuf::from("cat.png"),
        picture: Arc::clone(&picture),
    });
    assert_eq!(newest(&window).flatten().expect("a question").image.rgba, picture.rgba);
    window.drop("/pictures/dog.JPG");
    let read = window.errands.pop();
    assert!(matches!(read, Some(Errand::ReadPicture { path, .. }) if path == PathBuf::from("/pictures/dog.JPG")));
    assert!(window.commands().is_empty(), "an image is no data set");
    window.drop("/pictures");
    assert_eq!(window.commands().len(), 1, "a folder is");
}

#[test]
fn pasting_asks_the_program_once() {
    let mut window = opened();
    let middle = canvas(&window).center();
    window.harness.hover_at(middle);
    window.steps();
    window.harness.event(Input::Paste("text".to_owned()));
    window.harness.key_up_modifiers(Modifiers::COMMAND, Key::V);
    window.steps();
    assert!(matches!(window.errands.pop(), Some(Errand::PastePicture { side: SIDE })));
    assert!(window.errands.is_empty());
    window.harness.key_up_modifiers(Modifiers::COMMAND, Key::V);
    window.steps();
    assert_eq!(window.errands.len(), 1, "where the clipboard holds an image alone, only the key's release is told");
}

#[test]
fn masks_are_loaded_and_saved() {
    let mut window = opened();
    window.click("Mask");
    window.click("Load a mask…");
    assert!(matches!(window.errands.pop(), Some(Errand::Choose(Choice::Mask))));
    let mut picture = grey(SIDE, 1, 0);
    picture.rgba[4 * 5..4 * 5 + 3].fill(255);
    window.give(Return::Picture { choice: Choice::Mask, path: PathBuf::from("m.png"), picture: Arc::new(picture) });
    assert_eq!(hidden(&window), [[5, 0]]);
    let empty = Arc::new(Pictures::default());
    window.give(Return::Picture { choice: Choice::Mask, path: PathBuf::from("m.png"), picture: empty });
    assert!(window.sees("m.png holds no picture to use as a mask."));
    window.click("Export");
    window.click("Mask…");
    let Some(Errand::Export { name, bytes }) = window.errands.pop() else {
        panic!("no export");
    };
    assert_eq!(name, "mask-16.png");
    let saved = image::load_from_memory(&bytes()).unwrap().to_luma8();
    assert_eq!((saved.dimensions(), saved.get_pixel(5, 0)[0], saved.get_pixel(6, 0)[0]), ((16, 16), 255, 0));
}

#[test]
fn the_filled_image_and_a_sheet_are_exported() {
    let mut window = opened();
    window.click("Centre square");
    tell(&mut window, answer(1, [18.0, 19.0], 21.0));
    for (entry, wanted, size) in [
        ("Filled image…", "inpainting-fill-1.png", (16, 16)),
        ("Sheet: original, masked, fills…", "inpainting-sheet.png", (5 * 136 + 8, 2 * 136 + 8)),
    ] {
        window.click("Export");
        window.click(entry);
        let Some(Errand::Export { name, bytes }) = window.errands.pop() else {
            panic!("no export");
        };
        assert_eq!(name, wanted);
        let image = image::load_from_memory(&bytes()).unwrap().to_rgb8();
        assert_eq!(image.dimensions(), size, "{entry}");
        if size == (16, 16) {
            assert_eq!(image.get_pixel(8, 8)[0], 90, "the fill");
            assert_eq!(image.get_pixel(1, 1)[0], pictures(SIDE, 16).rgba[(SIDE + 1) * 4], "the image around it");
        }
    }
}

#[test]
fn the_canvas_is_painted_by_keys_too() {
    let mut window = opened();
    thin_brush(&mut window);
    window.harness.remove_cursor();
    window.harness.get_by_label_contains("Canvas, ").focus();
    window.steps();
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    window.key(Modifiers::NONE, Key::ArrowRight);
    window.key(Modifiers::NONE, Key::ArrowDown);
    window.key(Modifiers::NONE, Key::Enter);
    window.key(Modifiers::NONE, Key::ArrowDown);
    assert_eq!(hidden(&window), [[8, 8], [9, 8], [9, 9]]);
}

#[test]
fn the_divider_is_dragged_and_paints_nothing() {
    let mut window = opened();
    window.click("Centre square");
    newest(&window);
    let slider = |window: &Window| window.harness.get_by_role_and_label(Role::Slider, "Before and after").rect();
    let (start, middle) = (slider(&window).center(), canvas(&window).center());
    window.harness.hover_at(start);
    window.steps();
    button(&mut window, start, PointerButton::Primary, true, Modifiers::NONE);
    window.harness.hover_at(middle);
    window.steps();
    button(&mut window, middle, PointerButton::Primary, false, Modifiers::NONE);
    assert!((slider(&window).center().x - middle.x).abs() < 1.0);
    assert_eq!(newest(&window), None, "the mask is as it was");
}

#[test]
fn another_pyramid_keeps_image_and_mask() {
    let mut window = opened();
    window.click("Centre square");
    newest(&window);
    let other = Frame { number: 2, plan_fingerprint: 8, ..frame(&[1, 4, 8], Phase::Paused) };
    window.show(other);
    let question = newest(&window).flatten().expect("a question");
    assert_eq!((question.image.side, question.mask.len()), (8, 64));
    assert_eq!(question.mask.iter().filter(|&&value| value > 0).count(), 16);
}

#[test]
fn small_panels_and_odd_answers_do_no_harm() {
    for size in [[760.0, 480.0], [300.0, 200.0], [2400.0, 1400.0]] {
        let mut window = window_of(size);
        window.show(Frame::default());
        window.show(Frame { number: 2, ..frame(&[1, 4, SIDE], Phase::Running) });
        window.harness.get_by_label("Inpainting").click();
        window.steps();
        let odd = InpaintingAnswer {
            grids: vec![Pictures { side: 16, count: 5, rgba: vec![1; 7] }, grey(3, 1, 9)],
            trivial: vec![Pictures::default()],
            errors: vec![error("fill 1", f64::NAN), error("fill 2", f64::INFINITY)],
            progress: ChainProgress { grid: 99, ..ChainProgress::default() },
            ..answer(1, [f64::NAN, 0.0], f64::NAN)
        };
        tell(&mut window, odd);
        tell(&mut window, InpaintingAnswer::default());
        window.tell(Event::Ended { iteration: 9, error: None, input: false });
    }
}
