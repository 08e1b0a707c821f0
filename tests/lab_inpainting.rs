//! Painting on the window's inpainting panel, driven without a display, and what the probe is asked meanwhile.

#[path = "lab_inpainting/canvas.rs"]
mod canvas;
mod lab_window;

use canvas::*;
use eframe::egui::{Event as Input, Key, Modifiers, MouseWheelUnit, PointerButton, TouchPhase, vec2};
use egui_kittest::kittest::Queryable;
use emberlab::run::{Frame, Phase, Weights};
use lab_window::{frame, pictures};

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
    assert_eq!((question.fills, question.keep_moving, question.chains.weights), (4, false, Weights::Newest));
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
