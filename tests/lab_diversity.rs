//! The diversity panel, driven without a display: what a seed asks of the probe, and what its answers show.

mod lab_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::Errand;
use emberlab::run::{
    ChainProgress, ChainStep, DiversityAnswer, DiversityQuestion, Event, Frame, Phase, Pictures, Question, SeedSpread,
    Weights,
};
use lab_window::{Window, frame, pictures, window, window_of};
use std::sync::Arc;

const SIDES: [usize; 3] = [1, 4, 16];

/// A window whose diversity panel is open, on a run whose batch has 16 different 1×1 images.
fn opened() -> Window {
    let mut window = window();
    window.show(frame(&SIDES, Phase::Running));
    window.click("Diversity");
    window
}

/// The diversity questions of the slots, in order.
fn asked(window: &Window) -> Vec<(usize, DiversityQuestion)> {
    let diversity = |question| match question {
        Question::Diversity(slot, question) => Some((slot, question)),
        _ => None,
    };
    window.questions().into_iter().filter_map(diversity).collect()
}

/// An answer with the grids up to `grid` drawn in 3 steps each; `within` is the spread at each of them.
fn answer(number: u64, question: &DiversityQuestion, grid: usize, within: f64) -> DiversityAnswer {
    let mut seeds = question.seeds.clone();
    seeds.extend((0..question.others).map(|at| [200 + at as u8, 9, 9]));
    let count = seeds.len() * question.copies;
    let steps = (1..=grid).flat_map(|grid| (0..3).map(move |step| (grid, step)));
    let step = |(grid, step): (usize, usize)| ChainStep {
        grid,
        step,
        pictures: Arc::new(pictures(SIDES[grid], count)),
        energy: Some(3.0 - step as f64),
    };
    let spread = |&side: &usize| SeedSpread { side, within, between: Some(0.4), ms_ssim: None };
    DiversityAnswer {
        number,
        seeds,
        copies: question.copies,
        grids: SIDES[..=grid].iter().map(|&side| pictures(side, count)).collect(),
        steps: steps.map(step).collect(),
        spread: SIDES[..=grid].iter().map(spread).collect(),
        progress: ChainProgress { grid, step: 2, steps: 2, done: grid + 1 == SIDES.len() },
        weights: question.chains.weights.clone(),
        iteration: 1_234,
        error: None,
    }
}

fn give(window: &mut Window, slot: usize, answer: DiversityAnswer) {
    window.port.probe.answer(|answers| answers.diversity[slot] = Some(Arc::new(answer)));
    window.steps();
}

fn type_into(window: &mut Window, label: &str, text: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, label).focus();
    window.steps();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.steps();
    window.harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
    window.steps();
}

#[test]
fn the_panel_asks_about_a_seed_of_the_batch_as_soon_as_there_is_one() {
    let mut window = window();
    window.click("Diversity");
    assert!(window.sees("still preparing its data"));
    assert!(asked(&window).is_empty());
    window.show(frame(&SIDES, Phase::Running));
    let questions = asked(&window);
    let [(0, question)] = questions.as_slice() else { panic!("{questions:?}") };
    assert_eq!(question.seeds, [[0, 80, 160]], "the first 1×1 image of the batch");
    assert_eq!((question.copies, question.others), (8, 4));
    assert!(window.sees("Asked."));
    assert!(asked(&window).is_empty(), "once");
}

#[test]
fn a_seed_is_typed_or_taken_from_the_batch() {
    let mut window = opened();
    asked(&window);
    type_into(&mut window, "Seed as R, G, B", "10, 20, 30");
    let last = asked(&window).pop().map(|(_, question)| question.seeds);
    assert_eq!(last, Some(vec![[10, 20, 30]]));
    window.click("Batch seed 5, 80, 160");
    let last = asked(&window).pop().map(|(_, question)| question.seeds);
    assert_eq!(last, Some(vec![[5, 80, 160]]));
    window.click("Earlier seed 10, 20, 30");
    let last = asked(&window).pop().map(|(_, question)| question.seeds);
    assert_eq!(last, Some(vec![[10, 20, 30]]));
    type_into(&mut window, "Seed as R, G, B", "10, 20, 300");
    assert!(asked(&window).is_empty(), "what is no colour is not asked about");
}

#[test]
fn rows_and_spreads_fill_up_grid_by_grid() {
    let mut window = opened();
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 1, 0.1));
    assert!(window.sees("4×4, 8 chains"));
    assert!(!window.sees("16×16, 8 chains"));
    assert!(window.sees("drawing 4×4, step 2 of 2"));
    assert!(window.sees("At 4×4: 0.100 within the seed, 0.400 between seeds, a ratio of 0.25"));
    give(&mut window, 0, answer(2, &question, 2, 0.2));
    assert!(window.sees("16×16, 8 chains"));
    assert!(window.sees("At 16×16: 0.200 within the seed, 0.400 between seeds, a ratio of 0.50"));
    assert!(window.sees("Spread of 4×4: within 0.2000, between 0.4000, MS-SSIM none"));
    assert!(window.sees("weights of 1,234 updates"));
    assert!(window.sees("other seeds, drawn from p(0), at 16×16"));
}

#[test]
fn chains_are_scrubbed_through_step_by_step() {
    let mut window = opened();
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 2, 0.2));
    assert!(window.sees("16×16 τ 2  E 1.000"));
    let timeline = window.harness.get_by_label("Steps of the chains").rect();
    window.harness.hover_at(timeline.center());
    window.steps();
    window.key(Modifiers::NONE, Key::Home);
    assert!(window.sees("4×4 τ 0  E 3.000"));
    assert!(window.sees("4×4, 8 chains") && !window.sees("16×16, 8 chains"), "the finer grid is not begun");
    window.key(Modifiers::NONE, Key::ArrowRight);
    assert!(window.sees("4×4 τ 1  E 2.000"));
    window.key(Modifiers::NONE, Key::End);
    assert!(window.sees("16×16 τ 2"));
    window.key(Modifiers::NONE, Key::ArrowLeft);
    assert!(window.sees("16×16 τ 1"));
    let at = timeline.left_center() + vec2(timeline.width() * 0.24, 0.0);
    window.harness.hover_at(at);
    window.harness.drag_at(at);
    window.harness.run_steps(2);
    window.harness.drop_at(at);
    window.steps();
    assert!(window.sees("4×4 τ 1"));
}

#[test]
fn chains_play_to_their_end() {
    let mut window = opened();
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 2, 0.2));
    window.harness.get_by_label("Play the chains").click();
    window.harness.run_steps(1);
    for _ in 0..20 {
        window.harness.run_steps(1);
    }
    window.steps();
    assert!(window.sees("16×16 τ 2"));
    assert!(window.harness.query_by_label("Play the chains").is_some(), "it stopped at the end");
}

#[test]
fn locked_noise_stays_and_rerolled_noise_is_other_noise() {
    let mut window = opened();
    let (_, first) = asked(&window).remove(0);
    window.click("Batch seed 5, 80, 160");
    let (_, second) = asked(&window).remove(0);
    assert_eq!(first.chains.noise, second.chains.noise);
    window.click("🎲 new");
    let (_, third) = asked(&window).remove(0);
    assert_ne!(second.chains.noise, third.chains.noise);
    assert_eq!(second.seeds, third.seeds);
    window.click("🔒 locked");
    assert!(asked(&window).is_empty(), "freeing the noise changes nothing yet");
    window.click("Batch seed 6, 80, 160");
    let (_, fourth) = asked(&window).remove(0);
    assert_ne!(third.chains.noise, fourth.chains.noise);
}

fn scroll_settings(window: &mut Window) {
    let seed = window.harness.get_by_role_and_label(Role::TextInput, "Seed as R, G, B").rect();
    window.harness.hover_at(seed.center() + vec2(0.0, 60.0));
    window.harness.event(eframe::egui::Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: vec2(0.0, -3_000.0),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(40);
}

#[test]
fn the_run_is_followed_when_asked_to() {
    let mut window = opened();
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 2, 0.2));
    window.show(Frame { number: 2, iteration: 1_300, ..frame(&SIDES, Phase::Running) });
    assert!(asked(&window).is_empty());
    assert!(window.sees("weights of 1,234 updates; the run is at 1,300"));
    window.click("Follow the run");
    window.harness.run_steps(8);
    let followed = asked(&window);
    assert_eq!(followed, [(0, question.clone())]);
    window.show(Frame { number: 3, iteration: 1_400, ..frame(&SIDES, Phase::Running) });
    window.harness.run_steps(8);
    assert!(asked(&window).is_empty(), "the answer is not complete yet");
    give(&mut window, 0, answer(2, &question, 2, 0.2));
    window.harness.run_steps(8);
    assert_eq!(asked(&window).len(), 1);
}

#[test]
fn a_run_that_begins_anew_is_asked_anew() {
    let mut window = opened();
    let (_, question) = asked(&window).remove(0);
    window.show(Frame { number: 2, iteration: 0, ..frame(&SIDES, Phase::Running) });
    window.steps();
    assert_eq!(asked(&window), [(0, question.clone())]);
    window.show(Frame { number: 3, iteration: 1, plan_fingerprint: 8, ..frame(&SIDES, Phase::Running) });
    window.steps();
    assert_eq!(asked(&window), [(0, question)], "other networks");
}

#[test]
fn two_checkpoints_lie_side_by_side_and_their_difference_is_told() {
    let mut window = window_of([1280.0, 1400.0]);
    window.show(frame(&SIDES, Phase::Running));
    window.tell(Event::Checkpoint { iteration: 500, path: "runs/a/checkpoints/00000500".into() });
    window.click("Diversity");
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 2, 0.1));
    window.click("Set B beside A");
    assert_eq!(asked(&window), [(1, question.clone())], "B begins as a copy of A");
    window.click("Weights of B");
    window.click("at 500");
    let (slot, other) = asked(&window).remove(0);
    assert_eq!(slot, 1);
    assert_eq!(other.chains.weights, Weights::Checkpoint("runs/a/checkpoints/00000500".into()));
    assert_eq!(other.chains.noise, question.chains.noise);
    give(&mut window, 1, answer(2, &other, 2, 0.15));
    assert!(window.sees("At 16×16 B is 50 % more diverse than A (0.1500 against 0.1000) within the seed"));
    assert!(window.sees("16×16 A, 8 chains") && window.sees("16×16 B, 8 chains"));
}

#[test]
fn what_is_shown_is_handed_on_as_png_and_gif() {
    let mut window = window_of([1280.0, 1400.0]);
    window.show(frame(&SIDES, Phase::Running));
    window.click("Diversity");
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 2, 0.1));
    window.click("Save PNG…");
    window.click("Save GIF…");
    let mut files = window.errands.drain(..).filter_map(|errand| match errand {
        Errand::Export { name, bytes } => Some((name, bytes())),
        _ => None,
    });
    let (name, png) = files.next().unwrap();
    assert_eq!(name, "diversity_0_80_160.png");
    let sheet = image::load_from_memory(&png).unwrap();
    assert_eq!(sheet.height() % 66, 0);
    assert_eq!(sheet.height() / 66, 3 + 4, "three grids and four other seeds");
    assert_eq!(sheet.width() / 66, 8, "eight chains");
    let (name, gif) = files.next().unwrap();
    assert_eq!(name, "diversity_0_80_160.gif");
    assert!(gif.starts_with(b"GIF89a"));
}

#[test]
fn an_error_is_shown_in_place() {
    let mut window = opened();
    let (_, question) = asked(&window).remove(0);
    let error = Some("the checkpoint runs/a/checkpoints/00000500 is gone: choose another".to_owned());
    give(&mut window, 0, DiversityAnswer { error, ..answer(1, &question, 1, 0.1) });
    assert!(window.sees("is gone: choose another"));
}

#[test]
fn any_answer_can_be_shown_in_any_window() {
    for size in [[1280.0, 720.0], [760.0, 480.0], [300.0, 200.0], [1920.0, 1200.0]] {
        let mut window = window_of(size);
        window.show(frame(&SIDES, Phase::Running));
        window.click("Diversity");
        let Some((_, question)) = asked(&window).pop() else { continue };
        let full = answer(1, &question, 2, 0.1);
        let mut odd = DiversityAnswer { number: 3, copies: 64, ..full.clone() };
        odd.grids[2].rgba.truncate(77);
        odd.spread[1].within = f64::NAN;
        odd.steps[4].grid = 9;
        odd.steps[5].energy = Some(f64::INFINITY);
        odd.progress = ChainProgress { grid: 77, step: 9, steps: 0, done: false };
        for answer in [DiversityAnswer::default(), full, odd] {
            give(&mut window, 0, answer.clone());
            give(&mut window, 1, DiversityAnswer { grids: vec![Pictures::default(); 5], ..answer });
        }
    }
}

#[test]
fn another_seed_of_p0_is_looked_at_when_clicked() {
    let mut window = window_of([1280.0, 1400.0]);
    window.show(frame(&SIDES, Phase::Running));
    window.click("Diversity");
    let (_, question) = asked(&window).remove(0);
    give(&mut window, 0, answer(1, &question, 2, 0.1));
    window.click("Look at seed 201, 9, 9");
    assert_eq!(asked(&window).pop().map(|(_, question)| question.seeds), Some(vec![[201, 9, 9]]));
    scroll_settings(&mut window);
    assert!(window.sees("Temperature of A"));
    let slider = window.harness.get_by_role_and_label(Role::Slider, "Temperature of A");
    assert!(slider.accesskit_node().numeric_value().is_some_and(|value| value == 1.0));
}
