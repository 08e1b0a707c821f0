//! The panel of runs: what it lists, what it asks the program and the probe for, and what it asks the user first.

mod lab_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::{Errand, Return, Start};
use emberlab::run::{
    ChainProgress, DiversityAnswer, DiversityQuestion, Event, Phase, Question, RunStatus, RunSummary, Weights,
};
use lab_window::{RECIPE, Window, frame, pictures, update, window_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SLOT: usize = 3;

fn checkpoint(run: &str, iteration: u64) -> PathBuf {
    Path::new("runs").join(run).join(format!("checkpoints/{iteration:08}"))
}

fn summary(name: &str, status: RunStatus, iteration: u64) -> RunSummary {
    RunSummary {
        directory: Path::new("runs").join(name),
        recipe: "scripts/multigrid.rhai".into(),
        text: RECIPE.to_owned(),
        status,
        iteration,
        seconds: 65.0,
        changed: 1_700_000_000 + iteration,
        checkpoints: [iteration / 2, iteration].map(|at| (at, checkpoint(name, at))).to_vec(),
        thumbnail: Arc::new(pictures(64, 1)),
        ..RunSummary::default()
    }
}

fn list() -> Vec<RunSummary> {
    vec![
        summary("moons-9", RunStatus::Open, 1_234),
        summary("faces-1", RunStatus::Ended, 8_000),
        summary("faces-2", RunStatus::CutOff, 600),
        RunSummary { failure: Some("disk full".to_owned()), ..summary("digits-1", RunStatus::Failed, 90) },
        summary("moons-3", RunStatus::Open, 70),
    ]
}

/// The panel on a run in `runs/moons-9`.
fn panel() -> Window {
    let mut window = window_of([1280.0, 720.0]);
    window.show(frame(&[1, 4, 16], Phase::Running));
    window.tell(Event::Started {
        directory: Some("runs/moons-9".into()),
        device: "cpu".to_owned(),
        seed: 1,
        iteration: 0,
    });
    window.click("Runs");
    window.give(Return::Runs(list()));
    window
}

fn row(window: &mut Window, name: &str) {
    let named = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().label().is_some_and(|label| label.starts_with(&format!("{name}, ")))
    };
    let found = window.harness.query_all_by_role(Role::Button).find(named);
    found.unwrap_or_else(|| panic!("no row of {name}")).click();
    window.steps();
}

fn looked_at(name: &str) -> Window {
    let mut window = panel();
    row(&mut window, name);
    window.errands.clear();
    window
}

/// Whether the run has a row.
fn listed(window: &Window, name: &str) -> bool {
    let rows = window.harness.query_all_by_role(Role::Button);
    rows.into_iter()
        .any(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with(&format!("{name}, "))))
}

/// The runs whose events the program was asked for.
fn read_from(window: &Window) -> Vec<PathBuf> {
    let path = |errand: &Errand| match errand {
        Errand::ReadRun(path) => Some(path.clone()),
        _ => None,
    };
    window.errands.iter().filter_map(path).collect()
}

fn lists(window: &Window) -> usize {
    window.errands.iter().filter(|errand| matches!(errand, Errand::ListRuns)).count()
}

fn scrub(window: &mut Window, run: &str, keys: &[Key]) {
    let label = format!("Checkpoints of {run}");
    window.harness.get_by_role_and_label(Role::Slider, &label).focus();
    window.steps();
    for &key in keys {
        window.key(Modifiers::NONE, key);
    }
}

fn asked_about(window: &Window) -> Vec<PathBuf> {
    let path = |question: Question| match question {
        Question::Diversity(SLOT, DiversityQuestion { seeds, copies: 1, chains, .. }) if !seeds.is_empty() => {
            match chains.weights {
                Weights::Checkpoint(path) => path,
                Weights::Newest => panic!("not a checkpoint"),
            }
        }
        other => panic!("{other:?}"),
    };
    window.questions().into_iter().map(path).collect()
}

fn answer(window: &mut Window, path: &Path, number: u64, sides: &[usize], error: Option<&str>) {
    let answer = DiversityAnswer {
        number,
        grids: sides.iter().map(|&side| pictures(side, 12)).collect(),
        progress: ChainProgress { done: sides.contains(&16), ..ChainProgress::default() },
        weights: Weights::Checkpoint(path.to_path_buf()),
        error: error.map(str::to_owned),
        ..DiversityAnswer::default()
    };
    window.port.probe.answer(move |answers| answers.diversity[SLOT] = Some(Arc::new(answer)));
    window.steps();
}

#[test]
fn every_run_has_a_row_that_says_how_it_stands() {
    let window = panel();
    for text in [
        "moons-9, running here, 1,234 updates",
        "faces-1, ended, 8,000 updates",
        "faces-2, cut off, 600 updates",
        "digits-1, failed, 90 updates",
        "moons-3, open elsewhere, 70 updates",
    ] {
        assert!(window.sees(text), "{text}");
    }
}

#[test]
fn the_list_is_asked_for_when_the_panel_is_shown_when_it_changed_and_on_demand() {
    let mut window = panel();
    assert_eq!(lists(&window), 1);
    window.steps();
    assert_eq!(lists(&window), 1);
    window.click("Refresh");
    assert_eq!(lists(&window), 2);
    window.tell(Event::Checkpoint { iteration: 1_300, path: checkpoint("moons-9", 1_300) });
    assert_eq!(lists(&window), 3);
    window.click("Images");
    window.click("Runs");
    assert_eq!(lists(&window), 4);
}

#[test]
fn a_filter_leaves_the_runs_that_fit() {
    let mut window = panel();
    window.harness.get_by_role_and_label(Role::TextInput, "Filter runs").focus();
    window.steps();
    window.harness.get_by_role_and_label(Role::TextInput, "Filter runs").type_text("faces ended");
    window.steps();
    assert!(listed(&window, "faces-1"));
    assert!(!listed(&window, "faces-2") && !listed(&window, "moons-9"));
    assert!(window.commands().is_empty(), "typing commands no run");
}

#[test]
fn a_run_is_resumed_only_after_the_user_agreed() {
    let mut window = looked_at("faces-1");
    window.click("Resume");
    assert!(window.sees("Go on with faces-1?") && window.sees("moons-9, is saved and ended"));
    window.key(Modifiers::NONE, Key::Space);
    assert!(window.commands().is_empty(), "keys wait for the answer");
    window.click("Cancel");
    assert!(
        !window.sees("Go on with faces-1?") && window.errands.iter().all(|errand| !matches!(errand, Errand::Start(_)))
    );
    window.click("Resume");
    window.click("Resume it");
    let wanted = Start::Resume("runs/faces-1".into());
    assert!(window.errands.iter().any(|errand| matches!(errand, Errand::Start(start) if *start == wanted)));
}

#[test]
fn edits_that_would_be_lost_are_named() {
    let mut window = looked_at("faces-1");
    window.edit("fn rate(t) { 0.9 }");
    window.click("Resume");
    assert!(window.sees("Edits of scripts/multigrid.rhai that are not applied are lost."));
}

#[test]
fn a_fork_begins_from_the_chosen_checkpoint_or_the_newest() {
    let mut window = looked_at("faces-1");
    window.click("Fork at 8,000");
    window.click("Cancel");
    scrub(&mut window, "faces-1", &[Key::ArrowRight, Key::ArrowLeft]);
    window.click("Fork at 4,000");
    assert!(window.sees("Fork faces-1 at 4,000 updates?"));
    window.click("Begin the fork");
    let wanted = Start::Fork(checkpoint("faces-1", 4_000));
    assert!(window.errands.iter().any(|errand| matches!(errand, Errand::Start(start) if *start == wanted)));
}

#[test]
fn a_deleted_run_goes_to_the_trash_folder_and_the_panel_says_where() {
    let mut window = looked_at("faces-1");
    window.click("Delete");
    assert!(window.sees("Nothing is deleted"));
    window.click("Move to trash");
    let asked = |errand: &Errand| matches!(errand, Errand::Trash(path) if path == Path::new("runs/faces-1"));
    assert!(window.errands.iter().any(asked));
    window.give(Return::Trashed { run: "runs/faces-1".into(), to: "runs/.trash/faces-1-17".into() });
    window.give(Return::Runs(list().into_iter().filter(|run| !run.directory.ends_with("faces-1")).collect()));
    assert!(window.sees("faces-1 lies in runs/.trash/faces-1-17 now"));
    assert!(!listed(&window, "faces-1"));
    assert!(window.harness.query_by_label("Delete").is_none(), "nothing is looked at any more");
    window.click("Got it");
    assert!(window.harness.query_by_label("Got it").is_none());
}

#[test]
fn what_is_in_use_can_neither_be_deleted_nor_resumed() {
    for name in ["moons-9", "moons-3"] {
        let window = looked_at(name);
        for button in ["Resume", "Delete"] {
            assert!(window.harness.get_by_label(button).accesskit_node().is_disabled(), "{name}: {button}");
        }
    }
}

#[test]
fn a_run_without_checkpoints_can_only_be_looked_at() {
    let mut window = panel();
    let bare = RunSummary { checkpoints: Vec::new(), ..summary("bare-1", RunStatus::CutOff, 3) };
    window.give(Return::Runs(vec![bare]));
    row(&mut window, "bare-1");
    for button in ["Resume", "Fork"] {
        assert!(window.harness.get_by_label(button).accesskit_node().is_disabled(), "{button}");
    }
    assert!(window.sees("No checkpoint yet."));
}

#[test]
fn scrubbing_asks_the_probe_and_shows_what_it_draws() {
    let mut window = looked_at("faces-1");
    assert!(window.questions().is_empty(), "nothing is drawn unasked");
    assert!(window.sees("Its newest sheet, in small."));
    scrub(&mut window, "faces-1", &[Key::ArrowRight]);
    let newest = checkpoint("faces-1", 8_000);
    assert_eq!(asked_about(&window), std::slice::from_ref(&newest));
    answer(&mut window, &newest, 1, &[1, 4], None);
    assert!(window.sees("8,000 updates, drawing 4×4") && window.sees("Images of faces-1, 12"));
    answer(&mut window, &newest, 2, &[1, 4, 16], None);
    assert!(window.sees("8,000 updates, averaged weights"));
    scrub(&mut window, "faces-1", &[Key::ArrowLeft]);
    let older = checkpoint("faces-1", 4_000);
    assert_eq!(asked_about(&window), std::slice::from_ref(&older));
    answer(&mut window, &older, 3, &[], Some("it belongs to another recipe"));
    assert!(window.sees("it belongs to another recipe"));
    scrub(&mut window, "faces-1", &[Key::ArrowRight]);
    assert!(asked_about(&window).is_empty(), "what is drawn is kept");
    assert!(window.sees("8,000 updates, averaged weights"));
    window.click("Newest");
    assert!(window.sees("Its newest sheet, in small."));
}

#[test]
fn the_checkpoints_of_the_run_in_the_window_are_on_its_timeline() {
    let mut window = looked_at("moons-9");
    window.tell(Event::Checkpoint { iteration: 2_000, path: checkpoint("moons-9", 2_000) });
    scrub(&mut window, "moons-9", &[Key::ArrowRight]);
    assert_eq!(asked_about(&window), [checkpoint("moons-9", 2_000)]);
    window.click("Fork at 2,000");
    assert!(window.sees("Fork moons-9 at 2,000 updates?"));
}

#[test]
fn two_runs_are_drawn_one_after_the_other() {
    let mut window = looked_at("faces-1");
    scrub(&mut window, "faces-1", &[Key::ArrowRight]);
    scrub(&mut window, "moons-9", &[Key::ArrowRight]);
    let [first, second] = [checkpoint("faces-1", 8_000), checkpoint("moons-9", 1_234)];
    assert_eq!(asked_about(&window), std::slice::from_ref(&first));
    answer(&mut window, &first, 1, &[1, 4, 16], None);
    assert_eq!(asked_about(&window), std::slice::from_ref(&second));
    answer(&mut window, &second, 2, &[1, 4, 16], None);
    assert!(window.sees("8,000 updates, averaged") && window.sees("1,234 updates, averaged"));
}

#[test]
fn the_curves_of_a_run_are_read_once_and_shown_beside_those_of_the_window() {
    let mut window = panel();
    row(&mut window, "faces-1");
    let reads = |window: &Window| read_from(window).len();
    assert_eq!(reads(&window), 1);
    window.click("Curves of runs");
    assert!(window.sees("Reading what happened") || window.sees("Compared curves: Gap"));
    let updates = (1..500).map(|iteration| Event::Update { iteration, seconds: 0.1, grids: vec![update(16, 1.0)] });
    let measured = Event::Measured { iteration: 9, name: "energy distance".to_owned(), value: 0.3 };
    let events = updates.chain([measured]).collect();
    window.give(Return::Events { run: "runs/faces-1".into(), events });
    window.harness.get_by_role_and_label(Role::ComboBox, "Compared quantity").click();
    window.steps();
    window.click("energy distance");
    assert!(window.sees("Compared curves: energy distance"));
    assert_eq!(reads(&window), 1);
    let mut changed = list();
    changed[1].changed += 60;
    window.give(Return::Runs(changed));
    assert_eq!(reads(&window), 2, "it went on");
}

#[test]
fn recipes_are_compared_line_by_line() {
    let mut window = panel();
    let mut other = summary("faces-1", RunStatus::Ended, 8_000);
    other.text = RECIPE.replace("0.3", "0.7");
    window.give(Return::Runs(vec![other, summary("faces-2", RunStatus::Ended, 9)]));
    for (name, wanted) in
        [("faces-1", &["–     0.3", "+     0.7"][..]), ("faces-2", &["Both recipes are the same, 3 lines."])]
    {
        row(&mut window, name);
        window.harness.get_by_label("Recipes of runs").click();
        window.steps();
        for text in wanted {
            assert!(window.sees(text), "{name}: {text}");
        }
    }
}

#[test]
fn a_second_run_to_compare_with_is_chosen_by_ctrl_click() {
    let mut window = looked_at("faces-1");
    let row = window.harness.get_by_label_contains("faces-2, cut off");
    row.click_modifiers(Modifiers::COMMAND);
    window.steps();
    assert!(window.sees("Images of faces-1") && window.sees("Images of faces-2"));
    assert!(!window.sees("Images of moons-9"));
    let reads: Vec<PathBuf> = read_from(&window);
    assert!(reads.contains(&"runs/faces-2".into()), "{reads:?}");
}
