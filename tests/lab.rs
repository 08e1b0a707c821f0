//! The window, driven without a display: what it shows of a run, and what it tells the run.

mod lab_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::run::{Command, Event, Frame, Phase, Pictures};
use lab_window::{PATH, RECIPE, Window, frame, recipe, update, window, window_of};
use std::path::PathBuf;

fn applied(iteration: u64, text: &str) -> Event {
    Event::RecipeApplied {
        iteration,
        path: PathBuf::from(PATH),
        text: text.to_owned(),
        kept: vec!["weights".to_owned()],
        renewed: vec!["grid 2".to_owned()],
    }
}

#[test]
fn every_grid_has_a_column_with_its_side_and_energies() {
    let mut window = window();
    window.show(frame(&[1, 4, 16, 64], Phase::Running));
    for side in ["1×1", "4×4", "16×16", "64×64"] {
        assert!(window.sees(side), "{side}");
    }
    assert!(window.sees("4×4 observed, "));
    assert!(window.sees("64×64 synthesized, "));
    assert!(window.sees("recipe's own"));
    assert!(window.sees("drawn on the fixed range [-1, 1]"));
    assert!(window.sees("1,234"));
    assert!(window.sees("0:06:25"));
    assert!(window.sees("16×16  12/30"));
}

#[test]
fn buttons_tell_the_run() {
    let mut window = window();
    window.show(frame(&[1, 4, 16], Phase::Paused));
    window.harness.get_by_label("▶ Run").click();
    window.steps();
    for button in ["Step", "Iteration", "Checkpoint"] {
        window.click(button);
    }
    let wanted = [Command::Run, Command::StepMcmc, Command::StepIteration, Command::Save];
    assert_eq!(window.commands(), wanted);
    window.show(Frame { number: 2, ..frame(&[1, 4, 16], Phase::Running) });
    window.harness.get_by_label_contains("Pause").click();
    window.steps();
    assert_eq!(window.commands(), [Command::Pause]);
}

#[test]
fn a_reset_is_asked_about_first() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    window.click("Reset");
    assert!(window.commands().is_empty());
    window.click("Cancel");
    assert!(window.commands().is_empty());
    window.click("Reset");
    window.click("Forget and restart");
    assert_eq!(window.commands(), [Command::Reset]);
}

#[test]
fn keys_work_but_not_while_typing() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    window.key(Modifiers::NONE, Key::Space);
    window.key(Modifiers::NONE, Key::N);
    window.key(Modifiers::NONE, Key::I);
    window.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    let wanted = [Command::Pause, Command::StepMcmc, Command::StepIteration, Command::Save];
    assert_eq!(window.commands(), wanted);
    window.edit("fn");
    window.key(Modifiers::NONE, Key::Space);
    window.key(Modifiers::NONE, Key::N);
    assert!(window.commands().is_empty());
}

#[test]
fn an_edit_is_saved_and_sent() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    assert!(!window.sees("unsaved"));
    window.edit("fn rate(t) { 0.1 }");
    assert!(window.sees("unsaved"));
    window.key(Modifiers::COMMAND, Key::S);
    let edited = recipe("fn rate(t) { 0.1 }");
    assert_eq!(window.saved, std::slice::from_ref(&edited));
    assert_eq!(window.commands(), [Command::SwapRecipe(edited)]);
    assert!(!window.sees("unsaved"));
    window.tell(applied(1_240, "fn rate(t) { 0.1 }"));
    assert!(window.sees("running since 1,240"));
}

#[test]
fn the_buttons_apply_and_revert() {
    let mut window = window();
    window.edit("broken");
    window.click("Apply");
    assert_eq!(window.commands(), [Command::SwapRecipe(recipe("broken"))]);
    window.click("Revert");
    assert_eq!(window.editor_text(), RECIPE);
}

#[test]
fn a_failed_save_says_so_and_sends_nothing() {
    let mut window = window();
    window.refuses = true;
    window.edit("x");
    window.key(Modifiers::COMMAND, Key::S);
    assert!(window.sees("the disk is full"));
    assert!(window.sees("unsaved"));
    assert!(window.commands().is_empty());
    window.click("Dismiss");
    assert!(window.harness.query_by_label("Dismiss").is_none());
}

#[test]
fn a_refused_recipe_shows_where_and_why() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    window.tell(Event::RecipeRefused {
        iteration: 9,
        path: PathBuf::from(PATH),
        line: 2,
        column: 5,
        message: "Variable not found: dleta".to_owned(),
    });
    assert!(window.sees("line 2, column 5: Variable not found: dleta"));
    assert!(window.sees("refused"));
    window.click("line 2, column 5: Variable not found: dleta");
    window.tell(applied(12, "fn rate(t) { 1 }"));
    assert!(!window.sees("line 2, column 5: Variable"));
}

#[test]
fn a_refused_line_comes_into_view_once_and_the_cursor_stays() {
    let mut window = window();
    let text: String = (1..=200).map(|line| format!("let a = {line};\n")).collect();
    window.tell(applied(1, &text));
    let top = |window: &Window| {
        let editor = window.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai");
        editor.rect().top()
    };
    let start = top(&window);
    let refuse = |window: &mut Window| {
        let (path, message) = (PathBuf::from(PATH), "no".to_owned());
        window.tell(Event::RecipeRefused { iteration: 9, path, line: 150, column: 5, message });
        window.harness.run_steps(60);
    };
    refuse(&mut window);
    let there = top(&window);
    assert!(there < start - 1_000.0, "{start} {there}");
    assert!(!window.harness.ctx.text_edit_focused(), "the focus is where it was");
    let editor = window.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai").rect();
    let inside = vec2(editor.center().x, 300.0).to_pos2();
    window.harness.hover_at(inside);
    window.harness.event(eframe::egui::Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 5_000.0),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    window.harness.run_steps(60);
    assert!(top(&window) > there + 1_000.0, "the user may scroll away");
    refuse(&mut window);
    assert!((top(&window) - there).abs() < 1.0, "the same mistake again is a new refusal");
}

#[test]
fn a_change_outside_is_taken_or_asked_about() {
    let mut window = window();
    window.tell(applied(3, "let a = 1;"));
    assert_eq!(window.editor_text(), "let a = 1;");
    window.edit("mine");
    window.tell(applied(4, "let a = 2;"));
    assert_eq!(window.editor_text(), "mine");
    window.click("Keep mine");
    assert_eq!(window.editor_text(), "mine");
    assert!(window.harness.query_by_label("Keep mine").is_none());
    window.tell(applied(5, "let a = 3;"));
    window.click("Take theirs");
    assert_eq!(window.editor_text(), "let a = 3;");
    assert!(!window.sees("unsaved"));
}

#[test]
fn a_slider_sets_its_parameter() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    let slider = window.harness.get_by_role_and_label(Role::Slider, "delta").rect();
    let at = slider.left_center() + vec2(slider.width() * 0.75, 0.0);
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.drag_at(at);
    window.harness.run_steps(1);
    window.harness.drop_at(at);
    window.steps();
    match window.commands().as_slice() {
        [Command::SetParameter { name, value }] => {
            assert_eq!(name, "delta");
            assert!((0.6..0.9).contains(value), "{value}");
        }
        other => panic!("{other:?}"),
    }
    window.click("default");
    let wanted = Command::SetParameter { name: "delta".to_owned(), value: 0.25 };
    assert_eq!(window.commands(), [wanted]);
}

#[test]
fn the_log_tells_what_happened() {
    let mut window = window();
    window.tell(Event::Diverged {
        iteration: 740,
        grid: 3,
        step: None,
        reason: "the gap left its usual size".to_owned(),
        action: "rolled back to 700, rate halved".to_owned(),
        asks: false,
    });
    let line = "grid 3 diverged: the gap left its usual size; rolled back to 700, rate halved";
    assert!(window.sees(line), "in the line at the bottom");
    window.click("1 problem");
    assert_eq!(window.harness.query_all_by_label(line).count(), 2);
    window.tell(applied(800, RECIPE));
    assert!(window.sees("kept: weights"));
    assert!(window.sees("made anew: grid 2"));
}

#[test]
fn a_failed_run_says_why_and_takes_no_more_commands() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    window.tell(Event::Ended { iteration: 5, error: Some("no space left".to_owned()), input: false });
    assert!(window.sees("The run failed: no space left"));
    window.key(Modifiers::NONE, Key::Space);
    window.key(Modifiers::COMMAND, Key::S);
    assert!(window.commands().is_empty());
    assert!(window.sees("The run failed: no space left"), "it stays");
}

#[test]
fn help_opens_and_closes() {
    for key in [Key::F1, Key::Questionmark] {
        let mut window = window();
        window.key(Modifiers::NONE, key);
        assert!(window.sees("Advance by one MCMC step, then pause"));
        window.click("Close");
        assert!(!window.sees("Advance by one MCMC step, then pause"));
    }
}

#[test]
fn curves_and_grids_show_every_quantity() {
    let mut window = window();
    for iteration in 1..200 {
        let grids = [4, 16, 64].map(|side| update(side, 1.0)).to_vec();
        window.port.tell(Event::Update { iteration, seconds: 1.0, grids });
        let name = "edge density".to_owned();
        window.port.tell(Event::Plot { iteration, name, value: 0.5 });
    }
    window.show(frame(&[1, 4, 16, 64], Phase::Running));
    let charts = ["Gap", "Gradient l1 norm", "Effective temperature", "Plotted by the recipe"];
    for chart in charts {
        window.harness.get_by_role_and_label(Role::ComboBox, "Quantity").click();
        window.steps();
        window.click(chart);
        assert!(window.sees(&format!("Curves: {chart}")));
    }
    window.click("Grids");
    assert!(window.sees("clamped"));
    assert!(window.sees("2.00e-4"));
}

#[test]
fn curves_of_an_earlier_pyramid_can_be_hidden() {
    let mut window = window();
    let told = |iteration, sides: &[usize]| {
        let grids = sides.iter().map(|&side| update(side, 1.0)).collect();
        Event::Update { iteration, seconds: 1.0, grids }
    };
    window.tell(told(1, &[4, 16, 64]));
    assert!(!window.sees("earlier grids"));
    window.tell(told(2, &[8, 64]));
    window.show(frame(&[1, 8, 64], Phase::Running));
    let order: Vec<String> =
        window.harness.query_all_by_role(Role::CheckBox).filter_map(|node| node.accesskit_node().label()).collect();
    let order: Vec<&str> =
        order.iter().map(String::as_str).filter(|label| label.contains('×') || label.contains("earlier")).collect();
    assert_eq!(order, ["8×8", "64×64", "earlier grids:", "4×4", "16×16"]);
    let shown = |window: &Window, side: &str| {
        window.harness.get_by_role_and_label(Role::CheckBox, side).accesskit_node().toggled()
    };
    window.click("earlier grids:");
    assert_eq!(shown(&window, "4×4"), shown(&window, "16×16"));
    assert_ne!(shown(&window, "4×4"), shown(&window, "8×8"));
    window.click("earlier grids:");
    assert_eq!(shown(&window, "4×4"), shown(&window, "8×8"));
}

#[test]
fn any_frame_can_be_shown() {
    let twelve: Vec<usize> = (1..=12).collect();
    for (size, sides) in [
        ([1280.0, 720.0], &[][..]),
        ([1280.0, 720.0], &[1]),
        ([1280.0, 720.0], &twelve),
        ([760.0, 480.0], &twelve),
        ([300.0, 200.0], &[1, 4]),
    ] {
        let mut window = window_of(size);
        window.show(Frame::default());
        window.show(Frame { number: 2, ..frame(sides, Phase::Running) });
        let mut bare = frame(sides, Phase::Running);
        for grid in &mut bare.grids {
            grid.update = None;
            grid.observed = Pictures::default();
            grid.synthesized.rgba.truncate(7);
        }
        window.show(Frame { number: 3, ..bare });
        let mut odd = frame(sides, Phase::Paused);
        odd.sampling_grid = 99;
        odd.sampling_steps = 0;
        odd.range = [f32::NAN, 0.0];
        odd.iterations_per_second = f64::NAN;
        for parameter in &mut odd.parameters {
            (parameter.low, parameter.high) = (1.0, 0.0);
        }
        window.show(Frame { number: 4, ..odd });
        window.show(Frame { number: 5, ..frame(&[1, 2, 3], Phase::Ended) });
    }
}

#[test]
fn a_flood_of_events_is_taken_in_over_several_drawings() {
    let mut window = window();
    for iteration in 0..30_000 {
        let text = format!("line {iteration}");
        window.port.tell(Event::Printed { iteration, text });
    }
    for _ in 0..200 {
        window.harness.run_steps(1);
    }
    assert!(window.sees("line 29999"));
}
