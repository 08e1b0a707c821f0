//! A running recipe is edited: what is kept, what is made anew, and that nothing broken ever takes hold. And the
//! commands of a run.

mod common;

use common::{TINY, Watched, tiny_options, weights};
use emberlab::recipe::RecipeText;
use emberlab::run::{Command, Event, Phase, RunOptions};
use std::path::{Path, PathBuf};

/// A run on a recipe file that is watched, kept below `folder`.
fn watched(folder: &Path, text: &str) -> (Watched, PathBuf) {
    let path = folder.join("recipes").join("recipe.rhai");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    let recipe = RecipeText { path: path.clone(), text: text.into() };
    let options = RunOptions { watch: true, directory: Some(folder.join("run")), ..tiny_options(recipe) };
    let mut run = Watched::new(options);
    run.wait_for_iteration(2);
    (run, path)
}

fn applied(run: &mut Watched) -> (Vec<String>, Vec<String>) {
    run.wait("a recipe that is applied", |event| match event {
        Event::RecipeApplied { kept, renewed, .. } => Some((kept.clone(), renewed.clone())),
        Event::RecipeRefused { message, .. } => panic!("refused: {message}"),
        _ => None,
    })
}

fn refused(run: &mut Watched) -> (usize, usize, String) {
    run.wait("a recipe that is refused", |event| match event {
        Event::RecipeRefused { line, column, message, .. } => Some((*line, *column, message.clone())),
        _ => None,
    })
}

fn pause(run: &mut Watched) {
    run.send(Command::Pause);
    run.wait("the pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
}

fn saved(run: &mut Watched) -> PathBuf {
    run.send(Command::Save);
    run.wait("a checkpoint", |event| match event {
        Event::Checkpoint { path, .. } => Some(path.clone()),
        _ => None,
    })
}

#[test]
fn an_edit_by_writing_and_one_by_renaming_are_both_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    std::fs::write(&path, TINY.replace("noise: 0.02", "noise: 0.01")).unwrap();
    let (kept, renewed) = applied(&mut run);
    assert_eq!(renewed, ["kernels"]);
    assert!(kept.iter().any(|what| what.contains("pyramid")) && kept.iter().any(|what| what.contains("network")));
    run.frame("the new temperature", |frame| {
        frame
            .grids
            .last()
            .and_then(|grid| grid.update)
            .is_some_and(|update| update.temperature.is_some_and(|t| (t - 5e-5).abs() < 1e-9))
    });
    let aside = path.with_extension("new");
    std::fs::write(&aside, TINY.replace("batch_size() { 4 }", "batch_size() { 5 }")).unwrap();
    std::fs::rename(aside, &path).unwrap();
    applied(&mut run);
    run.frame("the new batch", |frame| frame.grids.last().is_some_and(|grid| grid.observed.count == 5));
    let kept_text = std::fs::read_to_string(folder.path().join("run/recipe.rhai")).unwrap();
    assert!(kept_text.contains("batch_size() { 5 }"), "the run directory holds the newest text");
}

#[test]
fn grids_whose_network_did_not_change_keep_their_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    pause(&mut run);
    let before = weights(&saved(&mut run));
    // Only the finest grid gets another second layer; the first keeps its shape.
    let edited = TINY.replace(
        "net([conv(4, 3), leaky(0.2)])",
        "if s == 3 { net([conv(4, 3), leaky(0.2), conv(6, 3), leaky(0.2)]) } else { net([conv(4, 3), leaky(0.2)]) }",
    );
    std::fs::write(&path, edited).unwrap();
    let (kept, renewed) = applied(&mut run);
    assert!(renewed.iter().any(|what| what.contains("8×8")), "{renewed:?}");
    assert!(kept.iter().any(|what| what.contains("4×4")), "{kept:?}");
    let after = weights(&saved(&mut run));
    for (name, values) in &before {
        let same = after.get(name) == Some(values);
        let changed = name.starts_with("side8.") && name.contains(".fc.");
        assert!(same || changed, "{name} was lost");
    }
    assert!(after.contains_key("side8.weights.conv1.weight"));
    run.send(Command::Run);
    run.wait_for_iteration(5);
}

#[test]
fn the_factor_changes_from_4_to_1_5_in_a_running_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let text = TINY.replace("factor: 2.0", "factor: 4.0").replace("size: 8", "size: 16");
    let (mut run, path) = watched(folder.path(), &text);
    std::fs::write(&path, text.replace("factor: 4.0", "factor: 1.5")).unwrap();
    let (kept, renewed) = applied(&mut run);
    assert!(kept.iter().any(|what| what.contains("16×16")), "the finest grid keeps its network: {kept:?}");
    assert!(renewed.iter().any(|what| what.contains("1·2·3·5·7·11·16")), "{renewed:?}");
    let frame = run.frame("the new pyramid", |frame| frame.grids.len() == 7);
    assert_eq!(frame.grids.iter().map(|grid| grid.side).collect::<Vec<_>>(), [1, 2, 3, 5, 7, 11, 16]);
    let now = frame.iteration;
    run.wait_for_iteration(now + 2);
}

#[test]
fn a_broken_script_shows_its_line_and_the_last_good_one_runs_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    std::fs::write(&path, format!("{TINY}\nfn rate(t) {{ 1e-3 * }}\n")).unwrap();
    let (line, _, _) = refused(&mut run);
    assert_eq!(line, 6);
    let now = run.wait_for_iteration(3);
    run.wait_for_iteration(now + 2);
    std::fs::write(&path, TINY.replace("steps\", 2", "steps\", 3")).unwrap();
    applied(&mut run);
}

#[test]
fn a_recipe_that_fails_in_the_middle_of_its_updates_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    // It updates one grid, then fails.
    let broken = format!(
        "{TINY}\nfn iterate(lab, batch) {{\n    let y = lab.sample(1, lab.up(1, batch.grid(0)));\n    \
         lab.update(1, batch.grid(1), y);\n    lab.kept(99);\n}}\n"
    );
    std::fs::write(&path, broken).unwrap();
    applied(&mut run);
    let (line, _, message) = refused(&mut run);
    assert_eq!(line, 9);
    assert!(message.contains("grids 1 to 3"), "{message}");
    let now = run.wait_for_iteration(3);
    run.wait_for_iteration(now + 3);
}

#[test]
fn reverting_puts_the_exact_weights_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    pause(&mut run);
    // To the end of the iteration and a step into the next one: the edit comes in the middle of it.
    let at = run.frame("a pause", |frame| frame.phase == Phase::Paused).iteration;
    run.send(Command::StepIteration);
    run.frame("the end of the iteration", |frame| frame.phase == Phase::Paused && frame.iteration == at + 1);
    run.send(Command::StepMcmc);
    run.frame("a pause on the first grid", |frame| frame.phase == Phase::Paused && frame.sampling_grid == 1);
    let before = weights(&saved(&mut run));
    let failing = format!("{TINY}\nfn iterate(lab, batch) {{ lab.kept(1); throw \"no\"; }}\n");
    std::fs::write(&path, failing).unwrap();
    applied(&mut run);
    // The iteration that began before the edit is finished by the old `iterate`; the next one fails at once, and the
    // good recipe begins anew from the state before the edit.
    let at = run.frame("a pause", |frame| frame.phase == Phase::Paused).iteration;
    run.send(Command::StepIteration);
    run.frame("the end of the iteration", |frame| frame.phase == Phase::Paused && frame.iteration == at + 1);
    run.send(Command::StepMcmc);
    refused(&mut run);
    run.frame("a pause in the good recipe", |frame| frame.phase == Phase::Paused && frame.sampling_grid == 1);
    assert!(weights(&saved(&mut run)) == before);
}

#[test]
fn commands_do_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, _) = watched(folder.path(), TINY);
    pause(&mut run);
    let at = run.frame("a pause", |frame| frame.phase == Phase::Paused);
    run.send(Command::StepIteration);
    let next =
        run.frame("one iteration more", |frame| frame.phase == Phase::Paused && frame.iteration == at.iteration + 1);
    run.send(Command::StepMcmc);
    let first = run.frame("a chain that moved", |frame| frame.phase == Phase::Paused && frame.number > next.number + 1);
    assert_eq!(first.iteration, next.iteration, "a step is no iteration");
    run.send(Command::SetParameter { name: "steps".into(), value: 5.0 });
    run.wait("the parameter", |event| {
        matches!(event, Event::ParameterSet { name, value, .. } if name == "steps" && *value == 5.0).then_some(())
    });
    run.send(Command::SetParameter { name: "steps".into(), value: 1e9 });
    run.wait("a value within the range", |event| {
        matches!(event, Event::ParameterSet { value, .. } if *value == 9.0).then_some(())
    });
    run.send(Command::SetParameter { name: "stepps".into(), value: 1.0 });
    run.wait("a warning", |event| {
        matches!(event, Event::Warning { message, .. } if message.contains("stepps")).then_some(())
    });
    run.send(Command::Reset);
    run.wait("a fresh start", |event| matches!(event, Event::Started { iteration: 0, .. }).then_some(()));
    run.send(Command::Run);
    run.frame("nine steps on each grid", |frame| frame.sampling_steps == 9 && frame.phase == Phase::Running);
    run.send(Command::Stop);
    run.wait("the end", |event| matches!(event, Event::Ended { error: None, .. }).then_some(()));
}

#[test]
fn an_edit_whose_data_cannot_be_read_is_refused_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    std::fs::write(&path, format!("{TINY}fn data() {{ folder(\"no/such/folder\") }}\n")).unwrap();
    let (_, _, message) = refused(&mut run);
    assert!(message.contains("no/such/folder"), "{message}");
    let now = run.wait_for_iteration(3);
    run.wait_for_iteration(now + 2);
    let kept = std::fs::read_to_string(folder.path().join("run/recipe.rhai")).unwrap();
    assert_eq!(kept, TINY, "the run directory holds the recipe that runs");
}

#[test]
fn a_broken_first_recipe_waits_for_a_better_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.rhai");
    let broken = TINY.replace("factor: 2.0", "factor: 1.0");
    std::fs::write(&path, &broken).unwrap();
    let recipe = RecipeText { path: path.clone(), text: broken };
    let mut run = Watched::new(RunOptions { watch: true, ..tiny_options(recipe) });
    let (line, _, message) = refused(&mut run);
    assert!(line == 1 && message.contains("above 1"), "{message}");
    std::fs::write(&path, TINY).unwrap();
    run.wait_for_iteration(2);
}

#[test]
fn what_is_commanded_before_there_is_a_recipe_is_done_when_there_is() {
    let mut run = Watched::new(tiny_options(common::text(&TINY.replace("factor: 2.0", "factor: 1.0"))));
    refused(&mut run);
    run.send(Command::Pause);
    run.send(Command::SetParameter { name: "steps".into(), value: 5.0 });
    run.send(Command::SwapRecipe(common::text(TINY)));
    let at = run.wait("the slider", |event| match event {
        Event::ParameterSet { iteration, name, value: 5.0, .. } if name == "steps" => Some(*iteration),
        _ => None,
    });
    assert_eq!(at, 0);
    run.frame("the pause", |frame| frame.phase == Phase::Paused && frame.iteration == 0);
}

#[test]
fn a_value_that_would_break_the_recipe_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, _) = watched(folder.path(), TINY);
    for value in [2.5, f64::NAN, f64::INFINITY] {
        run.send(Command::SetParameter { name: "steps".into(), value });
        let message = run.wait("a warning", |event| match event {
            Event::Warning { message, .. } => Some(message.clone()),
            Event::RecipeRefused { message, .. } => panic!("{value} stopped the recipe: {message}"),
            _ => None,
        });
        assert!(message.contains("steps"), "{message}");
    }
    let now = run.wait_for_iteration(3);
    run.wait_for_iteration(now + 2);
    let steps = |parameters: &[emberlab::recipe::LiveParameter]| {
        parameters.iter().find(|parameter| parameter.name == "steps").map(|parameter| parameter.value)
    };
    run.frame("the old value", |frame| frame.iteration > now && steps(&frame.parameters) == Some(2.0));
    let state = std::fs::read(saved(&mut run).join("state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    assert!(state["parameters"].as_object().unwrap().values().all(serde_json::Value::is_number), "{state}");
}

#[test]
fn a_recipe_that_fails_later_pauses_and_can_still_be_saved_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    // It fails in the fourth iteration, after its first update.
    let failing = format!(
        "{TINY}fn rate(t) {{ 1e-3 }}\nfn iterate(lab, batch) {{\n    let y = lab.sample(1, lab.up(1, batch.grid(0)));\n    \
         lab.plot(\"n\", 1);\n    lab.update(1, batch.grid(1), y);\n    if slider(\"fail\", 0, 0, 1) == 1 {{ throw \"enough\"; }}\n}}\n"
    );
    let (mut run, path) = watched(folder.path(), &failing);
    run.send(Command::SetParameter { name: "fail".into(), value: 1.0 });
    let (line, _, message) = refused(&mut run);
    assert!(line == 10 && message.contains("enough"), "{line}: {message}");
    run.wait("the pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
    assert!(saved(&mut run).join("model.safetensors").exists());
    std::fs::write(&path, TINY).unwrap();
    applied(&mut run);
    run.send(Command::Run);
    let now = run.wait_for_iteration(3);
    run.wait_for_iteration(now + 2);
}

#[test]
fn what_an_edited_recipe_prints_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    std::fs::write(&path, format!("{TINY}fn rate(t) {{ print(`the rate of ${{t}}`); 1e-3 }}\n")).unwrap();
    run.wait("the words", |event| {
        matches!(event, Event::Printed { text, .. } if text.starts_with("the rate of ")).then_some(())
    });
}

#[test]
fn a_grid_that_is_kept_over_a_change_of_the_pyramid_is_not_taken_for_a_runaway() {
    let folder = tempfile::tempdir().unwrap();
    let (mut run, path) = watched(folder.path(), TINY);
    run.wait_for_iteration(200);
    std::fs::write(&path, TINY.replace("factor: 2.0", "factor: 8.0")).unwrap();
    applied(&mut run);
    let now = run.wait_for_iteration(201);
    run.wait_for_iteration(now + 100);
    let diverged = run.events.iter().filter(|event| matches!(event, Event::Diverged { .. })).count();
    assert_eq!(diverged, 0);
}

#[test]
fn a_first_recipe_whose_data_are_missing_waits_for_a_better_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.rhai");
    let missing = format!("{TINY}fn data() {{ folder(\"no/such/folder\") }}\n");
    std::fs::write(&path, &missing).unwrap();
    let recipe = RecipeText { path: path.clone(), text: missing };
    let mut run = Watched::new(RunOptions { watch: true, ..tiny_options(recipe) });
    let (line, _, message) = refused(&mut run);
    assert!(line == 5 && message.contains("no/such/folder"), "{line}: {message}");
    std::fs::write(&path, TINY).unwrap();
    run.wait_for_iteration(2);
}

#[test]
fn a_run_that_nobody_looks_at_saves_before_its_recipe_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    let failing = format!("{TINY}fn rate(t) {{ if t == 3 {{ throw \"enough\" }} 1e-3 }}\n");
    let events = common::finish(RunOptions { directory: Some(directory), ..tiny_options(common::text(&failing)) });
    let error = common::error_of(&events).unwrap();
    assert!(error.contains("recipe.rhai:5:") && error.contains("enough"), "{error}");
    let saved = events.iter().rev().find_map(|event| match event {
        Event::Checkpoint { iteration, path } => Some((*iteration, path.clone())),
        _ => None,
    });
    let (iteration, path) = saved.expect("a checkpoint");
    assert!(iteration == 3 && path.join("model.safetensors").exists(), "{iteration}");
}
