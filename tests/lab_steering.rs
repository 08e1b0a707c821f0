//! The steering panel, driven without a display: what it tells the run, and what it shows of it.

mod lab_window;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::run::{ChainProgress, Command, Frame, LongRunAnswer, LongRunQuestion, Phase, Pictures, Question};
use lab_window::{Window, frame, pictures, window_of};
use std::sync::Arc;

const SIDES: [usize; 3] = [1, 4, 16];

fn opened(phase: Phase) -> Window {
    let mut window = window_of([1280.0, 1100.0]);
    window.show(frame(&SIDES, phase));
    window.click("Steering");
    window
}

fn long_runs(window: &Window) -> Vec<Option<LongRunQuestion>> {
    let long = |question| match question {
        Question::LongRun(question) => Some(question),
        _ => None,
    };
    window.questions().into_iter().filter_map(long).collect()
}

#[test]
fn the_runs_steps_are_there_in_words_with_their_keys() {
    let mut window = opened(Phase::Paused);
    for button in ["Run on (Space)", "One MCMC step (N)", "One grid (G)", "One iteration (I)"] {
        window.click(button);
    }
    let wanted = [Command::Run, Command::StepMcmc, Command::StepGrid, Command::StepIteration];
    assert_eq!(window.commands(), wanted);
    window.key(Modifiers::NONE, Key::G);
    assert_eq!(window.commands(), [Command::StepGrid]);
    window.show(Frame { number: 2, ..frame(&SIDES, Phase::Running) });
    window.click("Pause the run (Space)");
    assert_eq!(window.commands(), [Command::Pause]);
}

#[test]
fn slow_motion_is_set_by_a_slider_and_shown_as_the_run_has_it() {
    let mut window = opened(Phase::Running);
    let slider = window.harness.get_by_role_and_label(Role::Slider, "Slow motion, seconds after each MCMC step").rect();
    let at = slider.right_center() - vec2(1.0, 0.0);
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.drag_at(at);
    window.harness.run_steps(1);
    window.harness.drop_at(at);
    window.steps();
    match window.commands().as_slice() {
        [Command::SlowMotion(seconds)] => assert!(*seconds > 5.0 && *seconds <= 10.0, "{seconds}"),
        other => panic!("{other:?}"),
    }
    window.show(Frame { number: 2, slow_motion: 0.25, ..frame(&SIDES, Phase::Running) });
    window.harness.run_steps(30);
    assert!(window.sees("0.25 s a step"), "what the run does counts in the end");
}

#[test]
fn a_grid_is_frozen_by_its_switch() {
    let mut window = opened(Phase::Running);
    let learns = |window: &Window| {
        window.harness.get_by_role_and_label(Role::CheckBox, "16×16 learns").accesskit_node().toggled()
    };
    assert_eq!(learns(&window), Some(Toggled::True));
    window.click("16×16 learns");
    assert_eq!(window.commands(), [Command::Freeze { side: 16, frozen: true }]);
    assert_eq!(learns(&window), Some(Toggled::False), "shown at once");
    let mut frozen = frame(&SIDES, Phase::Running);
    (frozen.number, frozen.grids[2].frozen) = (2, true);
    window.show(frozen);
    window.harness.run_steps(40);
    assert_eq!(learns(&window), Some(Toggled::False));
    window.click("16×16 learns");
    assert_eq!(window.commands(), [Command::Freeze { side: 16, frozen: false }]);
}

#[test]
fn a_reset_from_another_seed_is_asked_about_first() {
    let mut window = opened(Phase::Running);
    window.harness.get_by_role_and_label(Role::TextInput, "Another seed").focus();
    window.steps();
    window.harness.get_by_role_and_label(Role::TextInput, "Another seed").type_text("42");
    window.steps();
    window.click("Reset from it…");
    assert!(window.commands().is_empty());
    assert!(window.sees("Start again from seed 42?"));
    window.click("Cancel");
    assert!(window.commands().is_empty());
    window.click("Reset from it…");
    window.click("Forget and restart");
    assert_eq!(window.commands(), [Command::Reseed(42)]);
    window.click("Reset…");
    window.click("Forget and restart");
    assert_eq!(window.commands(), [Command::Reset]);
}

#[test]
fn strokes_are_put_on_the_chains_that_move() {
    let mut window = opened(Phase::Paused);
    window.click("Paint on chains");
    let canvas = window.harness.get_by_label_contains("Canvas: 6 chains of 16×16").rect();
    let from = canvas.left_top() + vec2(20.0, 20.0);
    window.harness.hover_at(from);
    window.harness.run_steps(1);
    window.harness.drag_at(from);
    window.harness.run_steps(1);
    window.harness.hover_at(from + vec2(30.0, 0.0));
    window.harness.run_steps(1);
    window.harness.drop_at(from + vec2(30.0, 0.0));
    window.steps();
    let mut pixels = Vec::new();
    for command in window.commands() {
        let Command::Paint { grid, dabs } = command else { panic!("{command:?}") };
        assert_eq!(grid, 2, "the grid whose chains move");
        pixels.extend(dabs);
    }
    assert!(pixels.len() > 3, "{pixels:?}");
    assert!(pixels.iter().all(|&(image, x, y, colour)| image == 0 && x < 16 && y < 16 && colour == pixels[0].3));
}

#[test]
fn painting_says_when_it_cannot_and_when_it_works_best() {
    let mut window = opened(Phase::Running);
    window.click("Paint on chains");
    assert!(window.sees("paused or in slow motion"));
    window.click("Slow motion");
    assert_eq!(window.commands(), [Command::SlowMotion(0.5)]);
    window.show(Frame { number: 2, sampling_grid: 0, ..frame(&SIDES, Phase::Paused) });
    assert!(window.sees("No chains move now"));
}

#[test]
fn long_run_chains_are_asked_for_watched_and_stopped() {
    let mut window = opened(Phase::Running);
    window.click("Long-run chains");
    assert!(window.sees("far beyond the recipe's steps"));
    window.click("Start");
    let asked = long_runs(&window);
    let [Some(question)] = asked.as_slice() else { panic!("{asked:?}") };
    assert!((1_000..=100_000).contains(&question.steps) && question.count > 1);
    for (number, step) in [(1, 1_000), (2, 2_000)] {
        let answer = LongRunAnswer {
            number,
            short: pictures(16, question.count),
            long: pictures(16, question.count),
            energy: vec![[0.0, 3.0], [step as f64, 1.0]],
            distance: vec![[0.0, 0.0], [step as f64, 0.2]],
            progress: ChainProgress { grid: 2, step, steps: 10_000, done: false },
            iteration: 1_234,
            error: None,
        };
        window.port.probe.answer(|answers| answers.long_run = Some(Arc::new(answer)));
        window.steps();
    }
    assert!(window.sees("16×16, 2,000 of 10,000 steps, 0:00:"), "with the time left");
    assert!(window.sees("long-run, after 2,000 steps, 6 chains"));
    assert!(window.sees("short-run, after the recipe's steps, 6 chains"));
    assert!(window.sees("Curve: mean energy") && window.sees("Curve: distance from the start"));
    window.click("Stop");
    assert_eq!(long_runs(&window), [None]);
    assert!(window.sees("stopped at"));
}

#[test]
fn a_long_run_that_fails_says_why() {
    let mut window = opened(Phase::Running);
    window.click("Long-run chains");
    window.click("Start");
    let error = Some("the chains ceased to be finite at step 812: lower the temperature".to_owned());
    let answer = LongRunAnswer { number: 1, error, ..LongRunAnswer::default() };
    window.port.probe.answer(|answers| answers.long_run = Some(Arc::new(answer)));
    window.steps();
    assert!(window.sees("lower the temperature"));
    assert!(window.harness.query_by_label("Start").is_some(), "it may be tried again");
}

#[test]
fn any_frame_can_be_steered() {
    for size in [[1280.0, 720.0], [760.0, 480.0], [300.0, 200.0]] {
        for matter in ["Grids and seed", "Paint on chains", "Long-run chains"] {
            let mut window = window_of(size);
            window.click("Steering");
            if window.harness.query_by_label(matter).is_some() {
                window.click(matter);
            }
            window.show(frame(&SIDES, Phase::Running));
            let mut odd = frame(&[1, 2], Phase::Paused);
            (odd.number, odd.sampling_grid, odd.slow_motion) = (2, 1, f64::NAN);
            odd.grids[1].synthesized = Pictures { side: 2, count: 9, rgba: vec![3; 21] };
            window.show(odd);
            window.show(Frame { number: 3, sampling_grid: 9, ..frame(&SIDES, Phase::Ended) });
        }
    }
}
