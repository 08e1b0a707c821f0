//! What holds everywhere in the window: commands and their keys, toasts, progress, kept settings, drops, the tour.

mod lab_window;

use eframe::App;
use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::{Choice, Errand, Return, Start};
use emberlab::run::{ChainProgress, Command, Event, LongRunAnswer, Phase, Question};
use lab_window::{PATH, RECIPE, TOURED, Window, frame, recipe, window, window_of, window_with};
use std::path::PathBuf;
use std::sync::Arc;

const CTRL: Modifiers = Modifiers::COMMAND;

fn running() -> Window {
    let mut window = window();
    window.show(frame(&[1, 4, 16], Phase::Running));
    window.commands();
    window
}

/// Opens the palette, types and presses Enter.
fn find(window: &mut Window, letters: &str) {
    window.key(CTRL, Key::K);
    window.harness.get_by_role_and_label(Role::TextInput, "Find a command").type_text(letters);
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
}

fn in_front(window: &Window, tab: &str) -> bool {
    let tab = window.harness.get_by_role_and_label(Role::Button, tab);
    tab.accesskit_node().is_selected() == Some(true) || tab.accesskit_node().toggled() == Some(Toggled::True)
}

fn wait(window: &mut Window, seconds: usize) {
    // A step of the test's clock is a quarter of a second.
    window.harness.run_steps(4 * seconds);
    window.steps();
}

#[test]
fn the_palette_finds_a_command_by_a_few_letters() {
    let mut window = running();
    find(&mut window, "chk");
    assert_eq!(window.commands(), [Command::Save]);
    assert!(!window.sees("Find a command"), "it is closed");
    window.key(CTRL | Modifiers::SHIFT, Key::P);
    assert!(window.sees("Command: Checkpoint, Ctrl+Shift+S"), "with its keys");
    window.key(Modifiers::NONE, Key::Escape);
    assert!(!window.sees("Command: "));
}

#[test]
fn the_palette_puts_what_was_used_last_first_and_greys_what_cannot_be_done() {
    let mut window = running();
    find(&mut window, "step");
    find(&mut window, "iterat");
    assert_eq!(window.commands(), [Command::StepMcmc, Command::StepIteration]);
    window.key(CTRL, Key::K);
    window.key(Modifiers::NONE, Key::ArrowDown);
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.commands(), [Command::StepMcmc], "the second of those used last");
    window.tell(Event::Ended { iteration: 3, error: None, input: false });
    window.key(CTRL, Key::K);
    assert!(window.harness.get_by_label("Command: Checkpoint, Ctrl+Shift+S").accesskit_node().is_disabled());
    assert!(!window.harness.get_by_label_contains("Command: Shortcuts").accesskit_node().is_disabled());
}

#[test]
fn every_panel_is_shown_by_its_key_and_the_key_leads_back() {
    let mut window = running();
    window.key(CTRL, Key::Num4);
    assert!(in_front(&window, "Network"));
    window.key(CTRL, Key::Num4);
    assert!(in_front(&window, "Images"), "what was there before");
    find(&mut window, "show panel history");
    assert!(in_front(&window, "History"));
}

#[test]
fn one_grid_can_be_stepped_through_and_all_be_paused() {
    let mut window = running();
    window.key(Modifiers::NONE, Key::G);
    window.click("Grid");
    assert_eq!(window.commands(), [Command::StepGrid, Command::StepGrid]);
    window.key(CTRL, Key::Period);
    assert_eq!(window.commands(), [Command::Pause]);
    assert_eq!(window.questions(), [Question::LongRun(None), Question::Inpainting(None)]);
}

#[test]
fn a_key_can_be_changed_is_kept_and_can_be_taken_back() {
    let mut window = running();
    window.key(Modifiers::NONE, Key::F1);
    window.click("Key of Step: N");
    window.key(Modifiers::NONE, Key::M);
    assert!(window.sees("Key of Step: M"));
    window.click("Close");
    window.key(Modifiers::NONE, Key::N);
    window.key(Modifiers::NONE, Key::M);
    assert_eq!(window.commands(), [Command::StepMcmc]);
    wait(&mut window, 3);
    let kept = window.kept.last().cloned().unwrap();
    let mut again = window_with([1280.0, 720.0], recipe(RECIPE), Some(&kept));
    again.show(frame(&[1, 4], Phase::Running));
    again.key(Modifiers::NONE, Key::M);
    assert_eq!(again.commands(), [Command::StepMcmc]);
    again.key(Modifiers::NONE, Key::Questionmark);
    again.click("Default keys of Step");
    again.click("Close");
    again.key(Modifiers::NONE, Key::N);
    assert_eq!(again.commands(), [Command::StepMcmc]);
}

#[test]
fn a_key_that_another_has_is_told_of_before_it_changes_hands() {
    let mut window = running();
    window.key(Modifiers::NONE, Key::F1);
    window.click("Key of Step: N");
    window.key(Modifiers::NONE, Key::I);
    assert!(window.sees("I belongs to Iteration."));
    assert!(window.sees("Key of Step: N"), "nothing has changed yet");
    window.click("Give it to Step");
    assert!(window.sees("Key of Step: I") && window.sees("Key of Iteration: –"));
    window.click("Key of Step: I");
    window.key(Modifiers::NONE, Key::Escape);
    assert!(window.sees("Key of Step: I"), "Escape keeps it");
    window.click("Key of Step: I");
    window.key(CTRL, Key::Z);
    assert!(window.sees("Z cannot be given: text fields need this key."));
    window.click("Close");
    window.key(Modifiers::NONE, Key::I);
    assert_eq!(window.commands(), [Command::StepMcmc]);
}

#[test]
fn keys_of_a_panel_count_in_that_panel() {
    let mut window = running();
    let search = |window: &Window| {
        window
            .harness
            .query_by_role_and_label(Role::TextInput, "Search the log")
            .is_some_and(|field| field.is_focused())
    };
    window.key(CTRL, Key::F);
    assert!(!search(&window), "the log is not in hand");
    window.tell(Event::Printed { iteration: 1, text: "a line".to_owned() });
    window.click("Log");
    let log = window.harness.get_by_role_and_label(Role::TextInput, "Search the log").rect();
    window.harness.hover_at(log.center_bottom() + eframe::egui::vec2(0.0, 30.0));
    window.steps();
    window.key(CTRL, Key::F);
    assert!(search(&window));
    window.harness.get_by_role_and_label(Role::TextInput, "Search the log").type_text("nothing like it");
    window.steps();
    assert!(window.sees("No line fits."));
    window.click("Show every line");
    assert!(window.harness.query_all_by_label("a line").count() >= 1);
}

#[test]
fn the_log_is_shown_by_severity() {
    let mut window = running();
    window.tell(Event::Printed { iteration: 1, text: "only news".to_owned() });
    window.tell(Event::Warning { iteration: 2, message: "mind this".to_owned() });
    window.click("Log");
    assert!(window.sees("2 of 2"));
    window.harness.get_by_role_and_label(Role::ComboBox, "Severity").click();
    window.steps();
    window.click("Problems");
    assert!(window.sees("1 of 2"));
    window.click("Copy");
    let copied = window.harness.output().platform_output.commands.iter().any(|command| match command {
        eframe::egui::OutputCommand::CopyText(text) => text.contains("mind this") && !text.contains("only news"),
        _ => false,
    });
    assert!(copied || window.sees("1 of 2"));
}

#[test]
fn toasts_tell_what_happened_and_problems_stay() {
    let mut window = running();
    window.tell(Event::Checkpoint { iteration: 40, path: "runs/a/checkpoints/00000040".into() });
    assert!(window.sees("News: Checkpoint at iteration 40"));
    let (reason, action) = ("the gap left its usual size".to_owned(), "rolled back".to_owned());
    window.tell(Event::Diverged { iteration: 41, grid: 2, step: None, reason, action, asks: false });
    wait(&mut window, 12);
    assert!(!window.sees("News: Checkpoint"), "good news fades");
    assert!(window.sees("Problem: Grid 2 ran away. the gap left its usual size; rolled back"));
    window.harness.get_by_label_contains("Problem: Grid 2 ran away").click();
    window.steps();
    assert!(in_front(&window, "Log"), "a click opens the log");
    window.click("Dismiss");
    assert!(!window.sees("Problem: "));
}

#[test]
fn a_run_that_asks_after_a_divergence_is_answered_by_a_button() {
    let (reason, action) = ("4×4: values are not finite", "back to its update 100; paused");
    for (label, wanted) in [
        ("Lower rate", vec![Command::CutRate { grid: 2 }, Command::Run]),
        ("Clip gradient", vec![Command::LimitGradient { grid: 2 }, Command::Run]),
        ("Other seed", vec![Command::Reseed(2)]),
        ("Go on", vec![Command::Run]),
    ] {
        let mut window = running();
        window.tell(Event::Diverged {
            iteration: 41,
            grid: 2,
            step: Some(3),
            reason: reason.to_owned(),
            action: action.to_owned(),
            asks: true,
        });
        wait(&mut window, 12);
        let told = window.harness.get_by_label_contains("Problem: Grid 2 ran away").rect();
        let button = window.harness.get_by_label(&format!("{label}: grid 2")).rect();
        assert!(button.top() >= told.bottom(), "{label} covers what is told: {button} over {told}");
        window.click(&format!("{label}: grid 2"));
        if label == "Other seed" {
            assert_eq!(window.commands(), [], "what forgets everything is asked about");
            window.click("Forget and restart");
        }
        assert_eq!(window.commands(), wanted);
        window.tell(Event::Phase { iteration: 41, phase: Phase::Running });
        assert!(!window.sees(&format!("{label}: grid 2")), "it is answered");
        assert!(window.sees("Problem: Grid 2 ran away"), "what happened stays");
    }
}

#[test]
fn at_most_four_toasts_are_shown_and_the_log_has_all() {
    let mut window = running();
    for grid in 1..=7 {
        let (reason, action) = ("why".to_owned(), "rolled back".to_owned());
        window.port.tell(Event::Diverged { iteration: 41, grid, step: None, reason, action, asks: false });
    }
    window.steps();
    assert_eq!(window.harness.query_all_by_label_contains("Problem: Grid").count(), 4);
    window.click("3 more in the log");
    assert!(in_front(&window, "Log"));
    assert!(window.sees("grid 1 diverged: why"));
}

#[test]
fn long_chains_are_told_of_with_the_time_left_and_can_be_ended() {
    let mut window = running();
    let answer = |number, step| LongRunAnswer {
        number,
        progress: ChainProgress { grid: 2, step, steps: 1_000, done: false },
        ..LongRunAnswer::default()
    };
    let tell = |window: &Window, answer: LongRunAnswer| {
        window.port.probe.answer(|answers| answers.long_run = Some(Arc::new(answer)));
    };
    tell(&window, answer(1, 100));
    wait(&mut window, 2);
    tell(&window, answer(2, 400));
    window.steps();
    assert!(window.sees("Long chains: 16×16, step 400 of 1,000, 0:00:0"), "with the time left");
    window.tell(Event::Reading { done: 5, total: Some(10), seconds_left: Some(3.0) });
    assert!(window.sees("Reading images: 5 of 10, 0:00:03 left"));
    window.click("2 at work");
    window.click("Cancel: Long chains");
    assert_eq!(window.questions(), [Question::LongRun(None)]);
    assert!(!window.sees("Long chains: "));
}

#[test]
fn what_was_dropped_is_looked_at_and_that_can_be_ended() {
    let mut window = running();
    window.drop("/pictures/faces");
    let path = PathBuf::from("/pictures/faces");
    assert_eq!(window.commands(), [Command::Inspect(Some(path.clone()))]);
    window.tell(Event::Inspecting { path: Some(path), done: 30, total: None, seconds_left: None });
    window.click("Cancel: Inspecting faces");
    assert_eq!(window.commands(), [Command::Inspect(None)]);
}

#[test]
fn settings_are_kept_when_they_have_rested_and_when_the_window_closes() {
    let mut window = running();
    wait(&mut window, 3);
    find(&mut window, "light theme");
    wait(&mut window, 3);
    let before = window.kept.len();
    for _ in 0..3 {
        window.harness.key_press_modifiers(CTRL, Key::Plus);
        window.harness.run_steps(1);
    }
    wait(&mut window, 3);
    assert_eq!(window.kept.len(), before + 1, "once, not at every change");
    let kept = window.kept.last().cloned().unwrap();
    assert!(kept.contains("\"theme\": \"light\""), "{kept}");
    window.key(CTRL, Key::Num2);
    window.harness.state_mut().on_exit(None);
    window.steps();
    let kept = window.kept.last().cloned().unwrap();
    let mut again = window_with([1280.0, 720.0], recipe(RECIPE), Some(&kept));
    again.steps();
    assert!(in_front(&again, "Diversity"));
    assert!((again.harness.ctx.zoom_factor() - 1.3).abs() < 1e-6);
    assert!(!again.sees("1 of 5"), "the tour was seen");
}

#[test]
fn broken_settings_are_told_of_and_every_panel_is_there() {
    for (text, told) in [
        ("{ broken", "the settings cannot be read"),
        (r#"{"zoom": 1e9, "toured": true}"#, "zoom: "),
        (r#"{"layout": {"version": 1, "panels": {"across": []}}}"#, "layout: "),
        (r#"{"layout": {"version": 1, "panels": {"tabs": {"panels": ["Log", "Nowhere"]}}}}"#, "Nowhere"),
    ] {
        let mut window = window_with([1280.0, 720.0], recipe(RECIPE), Some(text));
        window.steps();
        assert!(window.sees("Warning: Some settings were reset"), "{text}");
        assert!(
            window
                .harness
                .query_all_by_label_contains("Warning: ")
                .any(|node| { node.accesskit_node().label().is_some_and(|label| label.contains(told)) })
        );
        for panel in ["Images", "Diversity", "Data", "Curves", "Log", "Recipe", "History", "Parameters"] {
            find(&mut window, &format!("show panel {panel}"));
            assert!(in_front(&window, panel), "{text}: {panel}");
        }
    }
}

#[test]
fn the_layout_can_be_reset() {
    let text = r#"{"toured": true, "layout": {"version": 1, "panels": {"tabs": {"panels": ["Log", "Images"]}}}}"#;
    let mut window = window_with([1280.0, 720.0], recipe(RECIPE), Some(text));
    window.steps();
    assert!(!window.sees("Quantity"), "everything lies behind the log");
    find(&mut window, "reset the layout");
    window.steps();
    assert!(window.harness.query_by_role_and_label(Role::ComboBox, "Quantity").is_some());
}

#[test]
fn a_dropped_recipe_is_opened_or_put_into_the_editor() {
    let mut window = running();
    window.drop("/recipes/other.rhai");
    window.click("Open as a new run");
    assert!(matches!(&window.errands[..], [Errand::Start(Start::Recipe(path))] if path.ends_with("other.rhai")));
    window.errands.clear();
    window.drop("/recipes/other.rhai");
    window.click("Put into the editor");
    assert!(matches!(&window.errands[..], [Errand::ReadRecipe(path)] if path.ends_with("other.rhai")));
    let mut other = recipe("let other = 1;");
    other.path = "/recipes/other.rhai".into();
    window.give(Return::Recipe(other));
    assert_eq!(window.editor_text(), "let other = 1;");
    assert!(window.sees("unsaved"), "its own file is not touched");
    assert!(window.saved.is_empty() && window.commands().is_empty());
    assert!(window.sees("multigrid.rhai"), "{PATH} is still the recipe's file");
}

#[test]
fn images_go_to_the_canvas_and_runs_are_asked_about() {
    let mut window = running();
    let dropped = ["/p/face.png", "/p/mask.png", "runs/a/checkpoints/00000120", "runs/b"];
    for path in dropped {
        window.drop(path);
    }
    for (deed, wanted) in [("Fork from here", "runs/a/checkpoints/00000120"), ("Compare the curves", "runs/b")] {
        assert!(window.sees(deed));
        let all = window.harness.query_all_by_label(deed).last();
        all.unwrap().click();
        window.steps();
        let found = window.errands.iter().any(|errand| match errand {
            Errand::Start(Start::Fork(path)) | Errand::ReadRun(path) => path == &PathBuf::from(wanted),
            _ => false,
        });
        assert!(found, "{deed}");
    }
    let mut pictures = window.errands.iter().filter_map(|errand| match errand {
        Errand::ReadPicture { choice, path, side: 16 } => Some((*choice, path.clone())),
        _ => None,
    });
    assert_eq!(pictures.next(), Some((Choice::Image, "/p/face.png".into())));
    assert_eq!(pictures.next(), Some((Choice::Mask, "/p/mask.png".into())));
}

#[test]
fn what_is_opened_is_chosen_first_by_dialog_or_by_path() {
    let mut window = running();
    window.key(CTRL, Key::O);
    assert!(matches!(window.errands[..], [Errand::Choose(Choice::Recipe)]));
    window.give(Return::Chosen(Choice::Recipe, "a.rhai".into()));
    assert!(matches!(&window.errands[1..], [Errand::Start(Start::Recipe(path))] if path.ends_with("a.rhai")));
    window.key(CTRL, Key::D);
    window.give(Return::NoDialog(Choice::Data));
    assert!(window.sees("No file dialog can be opened here"));
    window.harness.get_by_role_and_label(Role::TextInput, "Path").type_text("/pictures/faces");
    window.steps();
    window.key(Modifiers::NONE, Key::Enter);
    assert_eq!(window.commands(), [Command::Inspect(Some("/pictures/faces".into()))]);
}

#[test]
fn the_tour_is_shown_once_and_leads_through_five_panels_by_key() {
    let mut window = window_with([1280.0, 720.0], recipe(RECIPE), None);
    window.show(frame(&[1, 4, 16], Phase::Running));
    assert!(window.sees("1 of 5") && window.sees("Watch"));
    for (place, panel) in ["Recipe", "Diversity", "Inpainting", "History"].into_iter().enumerate() {
        window.key(Modifiers::NONE, Key::ArrowRight);
        assert!(window.sees(&format!("{} of 5", place + 2)));
        assert!(in_front(&window, panel), "{panel}");
    }
    window.key(Modifiers::NONE, Key::ArrowLeft);
    assert!(window.sees("4 of 5"));
    window.key(Modifiers::NONE, Key::Escape);
    assert!(!window.sees("of 5"));
    window.key(Modifiers::NONE, Key::F1);
    window.click("Take the tour");
    assert!(window.sees("1 of 5"), "from the help again");
    window.click("Skip the tour");
    wait(&mut window, 3);
    let kept = window.kept.last().cloned().unwrap();
    let mut again = window_with([760.0, 480.0], recipe(RECIPE), Some(&kept));
    again.steps();
    assert!(!again.sees("of 5"));
}

#[test]
fn tab_reaches_every_button_of_the_bar() {
    const BAR: [&str; 8] = ["⏸ Pause", "Step", "Grid", "Iteration", "Reset", "Checkpoint", "Menu", "?"];
    let mut window = running();
    let mut reached = Vec::new();
    for _ in 0..40 {
        window.harness.key_press(Key::Tab);
        window.harness.run_steps(2);
        for button in BAR {
            let node = window.harness.query_by_role_and_label(Role::Button, button);
            reached.extend(node.filter(|node| node.accesskit_node().is_focused()).map(|_| button));
        }
    }
    for button in BAR {
        assert!(reached.contains(&button), "{button}: {reached:?}");
    }
}

#[test]
fn readings_make_room_for_the_buttons_of_a_narrow_bar() {
    for width in [760.0, 800.0, 900.0, 1_000.0, 1_280.0] {
        let mut window = window_of([width, 480.0]);
        window.show(frame(&[1, 4, 16], Phase::Running));
        let menu = window.harness.get_by_label("Menu").rect();
        for reading in ["run", "iteration", "it/s", "learning", "sampling", "batch norm", "device"] {
            for node in window.harness.query_all_by_label(reading) {
                assert!(!node.rect().intersects(menu), "{reading} at {width}");
            }
        }
        assert!(window.sees("1,234"), "where the run is");
    }
}

#[test]
fn the_menu_holds_every_command() {
    let mut window = running();
    window.click("Menu");
    for group in ["Run", "Recipe", "Open", "Panels", "Inpainting keys", "View", "Help"] {
        assert!(window.harness.query_all_by_label(group).next().is_some(), "{group}");
    }
    window.click("View");
    window.click("Menu: Light theme");
    window.steps();
    assert!(!window.harness.ctx.global_style().visuals.dark_mode);
}

#[test]
fn any_overlay_fits_a_small_window() {
    for size in [[760.0, 480.0], [300.0, 200.0]] {
        for key in [Key::F1, Key::K] {
            let mut window = window_of(size);
            window.show(frame(&[1, 4], Phase::Running));
            window.key(if key == Key::K { CTRL } else { Modifiers::NONE }, key);
            window.drop("/recipes/a.rhai");
        }
        let mut window = window_with(size, recipe(RECIPE), None);
        window.steps();
        assert!(TOURED.contains("toured") && window.sees("1 of 5"));
    }
}
