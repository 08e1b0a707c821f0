//! The inpainting panel under a test's hands: strokes on its canvas, questions it asked, and answers to them.

#![allow(dead_code, reason = "each test file uses its own part")]

use super::lab_window::{Window, frame, pictures, window_of};
use eframe::egui::{Event as Input, Key, Modifiers, PointerButton, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::run::{ChainProgress, FillError, InpaintingAnswer, InpaintingQuestion, Phase, Pictures, Question};
use std::sync::Arc;

pub const SIDE: usize = 16;

/// A window on a run of 16×16 images, with the inpainting panel in front.
pub fn opened() -> Window {
    let mut window = window_of([1280.0, 720.0]);
    window.show(frame(&[1, 4, SIDE], Phase::Paused));
    window.click("Inpainting");
    window
}

pub fn canvas(window: &Window) -> Rect {
    window.harness.get_by_label_contains("Canvas, ").rect()
}

pub fn canvas_name(window: &Window) -> String {
    window.harness.get_by_label_contains("Canvas, ").accesskit_node().label().unwrap_or_default()
}

/// The middle of a pixel on the canvas.
pub fn pixel(window: &Window, column: f32, row: f32) -> Pos2 {
    let canvas = canvas(window);
    canvas.min + vec2(column + 0.5, row + 0.5) * canvas.width() / SIDE as f32
}

pub fn button(window: &mut Window, at: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
    window.harness.event(Input::PointerButton { pos: at, button, pressed, modifiers });
    window.steps();
}

/// A stroke through these pixels.
pub fn stroke_by(window: &mut Window, with: PointerButton, pixels: &[[f32; 2]]) {
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

pub fn stroke(window: &mut Window, pixels: &[[f32; 2]]) {
    stroke_by(window, PointerButton::Primary, pixels);
}

pub fn brush_size(window: &Window) -> usize {
    let name = canvas_name(window);
    name.rsplit(", ").next().unwrap().split(' ').next().unwrap().parse().unwrap()
}

pub fn thin_brush(window: &mut Window) {
    let middle = canvas(window).center();
    window.harness.hover_at(middle);
    while brush_size(window) > 1 {
        window.key(Modifiers::NONE, Key::OpenBracket);
    }
}

/// The newest question about inpainting since it was last asked for: `Some(None)` is a stop.
pub fn newest(window: &Window) -> Option<Option<InpaintingQuestion>> {
    let mut asked = window.questions().into_iter().filter_map(|question| match question {
        Question::Inpainting(question) => Some(question),
        _ => None,
    });
    asked.next_back()
}

/// The hidden pixels of the newest question: column and row.
pub fn hidden(window: &Window) -> Vec<[usize; 2]> {
    let question = newest(window).flatten().expect("a question");
    let all = question.mask.iter().enumerate().filter(|(_, value)| **value > 0);
    all.map(|(at, _)| [at % SIDE, at / SIDE]).collect()
}

pub fn grey(side: usize, count: usize, value: u8) -> Pictures {
    Pictures { side, count, rgba: [value, value, value, 255].repeat(side * side * count) }
}

pub fn error(name: &str, psnr: f64) -> FillError {
    FillError { name: name.to_owned(), error: 0.05, psnr }
}

/// Two fills of the first observed image, of these qualities.
pub fn answer(number: u64, fills: [f64; 2], harmonic: f64) -> InpaintingAnswer {
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

pub fn tell(window: &mut Window, answer: InpaintingAnswer) {
    window.port.probe.answer(|answers| answers.inpainting = Some(Arc::new(answer)));
    window.steps();
}
