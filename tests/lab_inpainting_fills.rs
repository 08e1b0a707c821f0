//! What the window's inpainting panel shows of fills, and what it takes from files and gives to them, without a display.

#[path = "lab_inpainting/canvas.rs"]
mod canvas;
mod lab_window;

use canvas::*;
use eframe::egui::accesskit::Role;
use eframe::egui::{Event as Input, Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable;
use emberlab::lab::{Choice, Errand, Return};
use emberlab::run::{ChainProgress, Event, Frame, InpaintingAnswer, Phase, Pictures, Question, Weights};
use lab_window::{Window, frame, pictures, window_of};
use std::path::PathBuf;
use std::sync::Arc;

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
    assert!(newest(&window).flatten().expect("a question").keep_moving);
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
    assert!(matches!(read, Some(Errand::ReadPicture { path, .. }) if path.ends_with("pictures/dog.JPG")));
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
    window.click("Export fills");
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
        window.click("Export fills");
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

#[test]
fn held_out_images_are_asked_for_and_can_be_taken() {
    let mut window = opened();
    window.questions();
    window.click("held-out");
    assert!(window.questions().contains(&Question::HeldOut));
    let found = Arc::new(grey(16, 3, 77));
    window.port.probe.answer(|answers| answers.held_out = Some(Arc::clone(&found)));
    window.steps();
    window.click("Held-out image 2, 16×16");
    stroke(&mut window, &[[4.0, 4.0], [9.0, 4.0]]);
    let image = newest(&window).flatten().expect("a question").image;
    assert_eq!(image.rgba[..3], [77, 77, 77]);
    window.click("more");
    assert!(window.sees("Observed image 1, 16×16"));
}
