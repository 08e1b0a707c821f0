//! The images panel, driven without a display: zoom, inspector, order, contrast, questions to the probe, and exports.

mod lab_window;

use eframe::egui::{
    Event as Input, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2,
};
use egui_kittest::kittest::Queryable;
use emberlab::lab::Errand;
use emberlab::run::{
    ChainProgress, ChainStep, Command, DiversityAnswer, Frame, GridFrame, ImageScore, NearestAnswer, Phase, Pictures,
    Question,
};
use lab_window::{Window, frame, pictures, window};
use std::sync::Arc;

/// Where the first picture of a block is.
fn first_of(window: &Window, block: &str) -> Pos2 {
    window.harness.get_by_label_contains(block).rect().min + vec2(8.0, 8.0)
}

fn press(window: &mut Window, at: Pos2, button: PointerButton) {
    window.harness.hover_at(at);
    for pressed in [true, false] {
        window.harness.event(Input::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        window.harness.run_steps(1);
    }
    window.steps();
}

fn wheel(window: &mut Window, at: Pos2) {
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.event_modifiers(
        Input::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, 200.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::COMMAND | Modifiers::CTRL,
        },
        Modifiers::COMMAND | Modifiers::CTRL,
    );
    for _ in 0..4 {
        window.steps();
    }
}

fn scored() -> Frame {
    let mut frame = frame(&[1, 4, 16], Phase::Running);
    for grid in frame.grids.iter_mut().skip(1) {
        // The last image has the lowest energy.
        grid.synthesized_scores = (0..16).map(|at| ImageScore { score: at as f32, energy: -(at as f32) }).collect();
    }
    frame
}

/// A window whose inspector shows the first synthesized picture of the 16×16 grid.
fn inspecting(frame: Frame) -> Window {
    let mut window = window();
    window.show(frame);
    let at = first_of(&window, "16×16 synthesized, ");
    press(&mut window, at, PointerButton::Primary);
    window
}

fn exports(window: &mut Window) -> Vec<(String, Vec<u8>)> {
    let taken = std::mem::take(&mut window.errands);
    let export = |errand| match errand {
        Errand::Export { name, bytes } => Some((name, bytes())),
        _ => None,
    };
    taken.into_iter().filter_map(export).collect()
}

#[test]
fn a_click_opens_the_image_at_every_grid_and_arrows_go_to_its_neighbours() {
    let mut window = inspecting(scored());
    assert!(window.sees("Image 1 · 16×16 synthesized"));
    for side in ["1×1", "4×4", "16×16"] {
        assert!(window.sees(&format!("{side}, the same image")), "{side}");
    }
    assert!(window.sees("score 0 · energy 0"));
    window.key(Modifiers::NONE, Key::ArrowRight);
    assert!(window.sees("Image 2 · 16×16 synthesized") && window.sees("score 1.000 · energy -1.000"));
    window.key(Modifiers::NONE, Key::ArrowLeft);
    window.key(Modifiers::NONE, Key::ArrowLeft);
    assert!(window.sees("Image 1 · "), "there is nothing before the first");
    let coarse = window.harness.get_by_label("4×4, the same image").rect().center();
    press(&mut window, coarse, PointerButton::Primary);
    assert!(window.sees("Image 1 · 4×4 synthesized"));
    window.key(Modifiers::NONE, Key::Escape);
    assert!(!window.sees("the same image"));
    assert!(window.commands().is_empty() && window.questions().is_empty(), "looking asks for nothing");
}

#[test]
fn ctrl_and_wheel_zoom_all_pictures_and_a_double_click_shows_all() {
    let mut window = window();
    window.show(scored());
    let at = first_of(&window, "16×16 synthesized, ");
    assert!(!window.sees("zoom "));
    wheel(&mut window, at);
    assert!(window.sees("zoom "));
    for _ in 0..2 {
        // Both halves of a click in one drawing: drawings of a test lie a quarter of a second apart.
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            let event = Input::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE };
            window.harness.input_mut().events.push(event);
        }
        window.harness.run_steps(1);
    }
    window.steps();
    assert!(!window.sees("zoom "));
    assert!(!window.sees("the same image"), "the first of two clicks opens nothing that stays");
}

#[test]
fn the_fixed_range_is_said_and_anything_else_is_warned_of_and_named() {
    let mut window = inspecting(scored());
    assert!(window.sees("drawn on the fixed range [-1, 1]"));
    window.click("Display");
    window.click("stretched, each picture");
    assert!(window.sees("NOT on the fixed range: each picture stretched to its own"));
    assert!(!window.sees("drawn on the fixed range"));
    window.key(Modifiers::NONE, Key::Escape);
    window.click("Save picture …");
    window.click("fixed range");
    assert!(window.sees("drawn on the fixed range [-1, 1]"));
    window.click("Save picture …");
    let names: Vec<String> = exports(&mut window).into_iter().map(|(name, _)| name).collect();
    let wanted = ["image-1-synthesized-16x16-at-1234-stretched-each.png", "image-1-synthesized-16x16-at-1234.png"];
    assert_eq!(names, wanted);
}

#[test]
fn pictures_are_sorted_by_energy_the_same_at_every_grid() {
    let mut window = window();
    window.show(scored());
    window.click("Display");
    window.click("by energy");
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.sees("sorted by energy of 16×16, lowest first"));
    for block in ["16×16 synthesized, ", "4×4 synthesized, ", "1×1 synthesized, "] {
        let at = first_of(&window, block);
        press(&mut window, at, PointerButton::Primary);
        assert!(window.sees("Image 16 · "), "{block}");
        window.key(Modifiers::NONE, Key::Escape);
    }
    let at = first_of(&window, "16×16 observed, ");
    press(&mut window, at, PointerButton::Primary);
    assert!(window.sees("Image 1 · 16×16 observed"), "without scores they stay as they are");
}

#[test]
fn the_nearest_training_image_is_asked_for_and_judged() {
    let mut window = inspecting(scored());
    window.click("Nearest training image");
    let asked = match window.questions().as_slice() {
        [Question::Nearest(question)] => Arc::clone(&question.pictures),
        other => panic!("{other:?}"),
    };
    assert_eq!((asked.side, asked.count, asked.rgba.len()), (16, 1, 16 * 16 * 4));
    assert!(window.sees("searching the training images"));
    let answer = NearestAnswer {
        number: 1,
        asked,
        nearest: pictures(16, 1),
        names: vec!["faces/007.png".to_owned()],
        distances: vec![0.05],
        usual: Some(0.105),
        error: None,
    };
    window.port.probe.answer(|answers| answers.nearest = Some(Arc::new(answer)));
    window.steps();
    for text in ["faces/007.png", "0.0500", "0.1050", "2.1 × closer than usual: looks memorized"] {
        assert!(window.sees(text), "{text}");
    }
    window.click("Difference");
    window.click("nearest training image");
    assert!(window.sees("RMSE") && window.sees("PSNR"));
}

#[test]
fn a_picture_and_its_observed_image_differ_in_numbers() {
    let mut frame = scored();
    let mut other = pictures(16, 16);
    for pixel in other.rgba.chunks_mut(4) {
        (pixel[1], pixel[2]) = (80 + 51, 160);
    }
    frame.grids[2].observed = other;
    let mut window = inspecting(frame);
    window.click("Difference");
    // One of three channels differs by a fifth of the range: 0.2 / √3 = 11.5 %, of a range 2 wide.
    assert!(window.sees("0.2309 (11.5 %)"));
    assert!(window.sees("18.8 dB"));
    assert!(window.sees("0.4000 (20.0 %)"));
    assert!(window.commands().is_empty() && window.questions().is_empty());
}

#[test]
fn a_chain_is_asked_for_by_the_1x1_colour_and_played() {
    let mut window = inspecting(scored());
    window.click("Play the chain");
    let (slot, seed) = match window.questions().as_slice() {
        [Question::Diversity(slot, question)] => {
            assert_eq!((question.others, question.copies), (0, 1));
            (*slot, question.seeds.clone())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!((slot, seed.as_slice()), (2, [[0, 80, 160]].as_slice()));
    assert!(window.sees("drawing the first steps"));
    let step = |grid: usize, step| ChainStep {
        grid,
        step,
        pictures: Arc::new(pictures([1, 4, 16][grid], 1)),
        energy: Some(-2.5),
    };
    let steps: Vec<ChainStep> = (1..=2).flat_map(|grid| (0..=3).map(move |at| step(grid, at))).collect();
    let progress = ChainProgress { done: true, ..ChainProgress::default() };
    let answer = DiversityAnswer { number: 1, seeds: seed, copies: 1, steps, progress, ..DiversityAnswer::default() };
    let mut kept = false;
    window.port.probe.answer(|answers| {
        if let Some(place) = answers.diversity.get_mut(slot) {
            (*place, kept) = (Some(Arc::new(answer)), true);
        }
    });
    if !kept {
        return;
    }
    for _ in 0..20 {
        window.steps();
    }
    assert!(window.sees("16×16  step 3 of 3  E -2.500"), "it has played to the end");
    window.key(Modifiers::NONE, Key::Comma);
    assert!(window.sees("16×16  step 2 of 3"));
    for _ in 0..4 {
        window.click("‹");
    }
    assert!(window.sees("4×4  step 2 of 3"));
    window.click("Save as GIF …");
    let exported = exports(&mut window);
    assert!(
        exported[0].0.starts_with("chain-of-image-1-at-") && exported[0].1.starts_with(b"GIF89a"),
        "{}",
        exported[0].0
    );
}

#[test]
fn a_right_click_offers_what_can_be_done_with_a_picture() {
    let mut window = window();
    window.show(scored());
    for deed in ["Grow many from its 1×1", "Fill it in", "Save block …", "Play its chain"] {
        window.click("Images");
        let at = first_of(&window, "16×16 synthesized, ");
        press(&mut window, at, PointerButton::Secondary);
        window.click(deed);
        let images_in_front = window.harness.query_by_label_contains("16×16 synthesized, ").is_some();
        assert_eq!(images_in_front, !deed.contains("1×1") && !deed.contains("Fill"), "{deed}");
    }
    assert!(window.questions().iter().any(|asked| matches!(asked, Question::Diversity(2, _))));
    let exported = exports(&mut window);
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0].0, "synthesized-16x16-at-1234.png");
    assert!(exported[0].1.starts_with(b"\x89PNG"));
    assert_eq!(window.commands(), [] as [Command; 0]);
}

#[test]
fn a_held_picture_stays_while_the_run_goes_on() {
    let mut window = inspecting(scored());
    window.click("hold");
    let mut next = scored();
    (next.number, next.iteration) = (2, 9_999);
    for grid in &mut next.grids {
        grid.synthesized_scores.iter_mut().for_each(|score| score.score = 77.0);
    }
    window.show(next);
    assert!(window.sees("held at 1,234") && window.sees("score 0 · energy 0"));
    window.click("hold");
    assert!(window.sees("score 77.00"));
}

#[test]
fn a_pyramid_that_loses_the_grid_leaves_the_inspector_sound() {
    let mut window = inspecting(scored());
    window.show(Frame { number: 2, ..frame(&[1, 4], Phase::Running) });
    assert!(window.sees("Image 1 · 4×4 synthesized"));
    let broken =
        |side| GridFrame { side, synthesized: Pictures { side, count: 9, rgba: vec![1; 7] }, ..GridFrame::default() };
    window.show(Frame { number: 3, grids: vec![broken(1), broken(4)], ..frame(&[], Phase::Running) });
    window.click("Difference");
    assert!(window.sees("There is no such picture"));
    window.show(Frame { number: 4, ..frame(&[], Phase::Running) });
}
