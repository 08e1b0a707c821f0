//! A run can be left at any moment and gone on with: on other threads, with sound states and cut rates, after a reset,
//! after an edit, and whether or not someone looked on.

mod common;

use common::{TINY, Watched, error_of, finish, text, tiny_options};
use emberlab::run::{Command, Event, Phase, RunOptions, read_run};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn options(recipe: &str, directory: &Path, iterations: u64) -> RunOptions {
    RunOptions { directory: Some(directory.to_path_buf()), iterations: Some(iterations), ..tiny_options(text(recipe)) }
}

/// Runs to a sound end; where it began and all it told.
fn run(options: RunOptions) -> (u64, Vec<Event>) {
    let events = finish(options);
    assert_eq!(error_of(&events), None);
    let begun = events.iter().find_map(|event| match event {
        Event::Started { iteration, .. } => Some(*iteration),
        _ => None,
    });
    (begun.expect("the run did not start"), events)
}

/// Every tensor of the newest checkpoint by name, and its state without the times.
fn state(directory: &Path) -> (BTreeMap<String, Vec<u8>>, serde_json::Value) {
    let checkpoints = std::fs::read_dir(directory.join("checkpoints")).unwrap();
    let checkpoint = checkpoints.map(|entry| entry.unwrap().path()).max().unwrap();
    let mut tensors = BTreeMap::new();
    for file in ["model.safetensors", "learner.safetensors"] {
        let bytes = std::fs::read(checkpoint.join(file)).unwrap();
        for (name, view) in safetensors::SafeTensors::deserialize(&bytes).unwrap().tensors() {
            tensors.insert(name, view.data().to_vec());
        }
    }
    let mut state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(checkpoint.join("state.json")).unwrap()).unwrap();
    state["seconds"] = 0.into();
    (tensors, state)
}

/// A run that is looked at and paused after its first iterations.
fn paused(recipe: &str, directory: &Path) -> Watched {
    let mut run = Watched::new(RunOptions { directory: Some(directory.to_path_buf()), ..tiny_options(text(recipe)) });
    run.wait_for_iteration(2);
    run.send(Command::Pause);
    run.wait("the pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
    run
}

/// One iteration to its end; its number.
fn one_iteration(run: &mut Watched) -> u64 {
    run.send(Command::StepIteration);
    run.wait_for_iteration(0)
}

fn saved(run: &mut Watched) -> (u64, PathBuf) {
    run.send(Command::Save);
    run.wait("a checkpoint", |event| match event {
        Event::Checkpoint { iteration, path } => Some((*iteration, path.clone())),
        _ => None,
    })
}

fn stop(mut run: Watched) -> u64 {
    run.send(Command::Stop);
    run.wait("the end", |event| match event {
        Event::Ended { iteration, error: None, .. } => Some(*iteration),
        _ => None,
    })
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

#[test]
fn a_run_may_be_gone_on_with_on_another_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = format!("{TINY}fn optimizer() {{ sgd(#{{ momentum: 0.9 }}) }}\nfn rate(t) {{ 1e-3 }}\n")
        .replace("conv(4, 3), leaky(0.2)", "conv(4, 3), norm(\"joint\"), silu()");
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    run(options(&recipe, &whole, 8));
    run(options(&recipe, &parts, 3));
    let (begun, _) = run(RunOptions { resume: true, threads: Some(3), ..options(&recipe, &parts, 8) });
    assert_eq!(begun, 3);
    assert!(state(&whole) == state(&parts));
}

#[test]
fn sound_states_and_cut_rates_are_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    // Sound states are kept at updates 0, 100 and 200; the run diverges soon after 220 and goes back.
    let recipe = format!(
        "{TINY}fn optimizer() {{ sgd(#{{ momentum: 0 }}) }}\nfn rate(t) {{ if t < 220 {{ 1e-4 }} else {{ 50.0 }} }}\n"
    )
    .replace("size: 8", "size: 4");
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    let (_, events) = run(options(&recipe, &whole, 300));
    assert!(events.iter().any(|event| matches!(event, Event::Diverged { .. })), "it did not diverge");
    for iterations in [210, 222, 300] {
        run(RunOptions { resume: iterations > 210, ..options(&recipe, &parts, iterations) });
    }
    let (tensors, state) = (state(&whole), state(&parts));
    assert!(tensors == state);
    assert!(tensors.0.keys().any(|name| name.starts_with("side4.sound")), "no sound state was saved");
}

#[test]
fn looking_on_pausing_and_stepping_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (alone, seen) = (folder.path().join("alone"), folder.path().join("seen"));
    let mut watched = paused(TINY, &seen);
    for _ in 0..3 {
        watched.send(Command::StepMcmc);
    }
    // A checkpoint in the middle of an iteration, gone on with from its beginning.
    saved(&mut watched);
    watched.send(Command::StepMcmc);
    let last = one_iteration(&mut watched);
    assert_eq!(stop(watched), last);
    run(options(TINY, &alone, last));
    assert!(state(&alone) == state(&seen));
}

#[test]
fn after_a_reset_a_run_goes_on_with_what_it_learned_since() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    let mut watched = paused(TINY, &directory);
    for _ in 0..4 {
        one_iteration(&mut watched);
        saved(&mut watched);
    }
    watched.send(Command::Reset);
    watched.wait("a fresh start", |event| matches!(event, Event::Started { iteration: 0, .. }).then_some(()));
    assert_eq!(one_iteration(&mut watched), 1);
    let (iteration, path) = saved(&mut watched);
    assert_eq!(iteration, 1);
    assert!(path.join("state.json").exists(), "the checkpoint after the reset is gone");
    assert_eq!(stop(watched), 1);
    let (begun, _) = run(RunOptions { resume: true, ..options(TINY, &directory, 2) });
    assert_eq!(begun, 1);
    let fresh = folder.path().join("fresh");
    run(options(TINY, &fresh, 2));
    assert!(state(&fresh) == state(&directory), "a reset is a fresh start");
}

#[test]
fn a_run_that_is_killed_soon_after_an_edit_can_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, copy) = (folder.path().join("run"), folder.path().join("copy"));
    let mut watched = paused(TINY, &directory);
    saved(&mut watched);
    let edited = TINY.replace("conv(4, 3)", "conv(6, 3)").replace("factor: 2.0", "factor: 4.0");
    watched.send(Command::SwapRecipe(text(&edited)));
    watched.wait("the edit", |event| matches!(event, Event::RecipeApplied { .. }).then_some(()));
    let at = one_iteration(&mut watched);
    watched.frame("a pause", |frame| frame.phase == Phase::Paused && frame.iteration == at);
    // What a kill leaves behind.
    copy_folder(&directory, &copy);
    drop(watched);
    let (_, recipe) = read_run(&copy).unwrap();
    assert_eq!(recipe.text, edited);
    let (begun, _) = run(RunOptions { resume: true, ..options(&edited, &copy, at + 1) });
    assert_eq!(begun, at);
}

#[test]
fn an_edit_that_fits_no_checkpoint_yet_is_set_aside_when_the_run_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, copy) = (folder.path().join("run"), folder.path().join("copy"));
    let mut watched = paused(TINY, &directory);
    let (at, _) = saved(&mut watched);
    let edited = TINY.replace("conv(4, 3)", "conv(6, 3)");
    watched.send(Command::SwapRecipe(text(&edited)));
    watched.wait("the edit", |event| matches!(event, Event::RecipeApplied { .. }).then_some(()));
    // What a kill leaves behind before an iteration has ended.
    copy_folder(&directory, &copy);
    drop(watched);
    let (_, recipe) = read_run(&copy).unwrap();
    assert_eq!(recipe.text, edited);
    let (begun, events) = run(RunOptions { resume: true, ..options(&recipe.text, &copy, at + 1) });
    assert_eq!(begun, at);
    let told = |event: &Event| matches!(event, Event::Warning { message, .. } if message.contains("recipe.lost.rhai"));
    assert!(events.iter().any(told), "{events:?}");
    assert_eq!(std::fs::read_to_string(copy.join("recipe.lost.rhai")).unwrap(), edited);
    assert_eq!(read_run(&copy).unwrap().1.text, TINY);
    let alone = folder.path().join("alone");
    run(options(TINY, &alone, at + 1));
    assert!(state(&alone) == state(&copy));
}

#[test]
fn other_data_than_were_learned_from_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    run(options(TINY, &directory, 1));
    let settings = std::fs::read_to_string(directory.join("run.toml")).unwrap();
    let place = settings.find("data_fingerprint = \"").unwrap() + "data_fingerprint = \"".len();
    let other = format!("{}{}{}", &settings[..place], "0".repeat(16), &settings[place + 16..]);
    std::fs::write(directory.join("run.toml"), other).unwrap();
    let (_, events) = run(RunOptions { resume: true, ..options(TINY, &directory, 2) });
    let told = |event: &Event| matches!(event, Event::Warning { message, .. } if message.contains("the data are not"));
    assert!(events.iter().any(told), "{events:?}");
    let (_, events) = run(RunOptions { resume: true, ..options(TINY, &directory, 3) });
    assert!(!events.iter().any(told));
}

#[test]
fn a_slider_of_a_network_acts_at_once_and_survives() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    let recipe = TINY.replace("conv(4, 3)", "conv(slider(\"channels\", 4, 1, 16), 3)");
    let mut watched = paused(&recipe, &directory);
    watched.send(Command::SetParameter { name: "channels".into(), value: 7.0 });
    let renewed = watched.wait("new networks", |event| match event {
        Event::RecipeApplied { renewed, .. } => Some(renewed.clone()),
        _ => None,
    });
    assert!(renewed.iter().any(|what| what.contains("8×8")), "{renewed:?}");
    one_iteration(&mut watched);
    let (_, checkpoint) = saved(&mut watched);
    assert_eq!(common::weights(&checkpoint)["side8.weights.conv0.bias"].len(), 4 * 7);
    let last = stop(watched);
    let (begun, _) = run(RunOptions { resume: true, ..options(&recipe, &directory, last + 1) });
    assert_eq!(begun, last);
}

#[test]
fn a_live_parameter_that_is_not_there_is_refused_on_resuming_too() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    run(options(TINY, &directory, 1));
    let set = BTreeMap::from([("speed".to_string(), 1.0.into())]);
    let error = error_of(&finish(RunOptions { resume: true, set, ..options(TINY, &directory, 2) }));
    assert!(error.as_ref().is_some_and(|error| error.contains("speed") && error.contains("steps")), "{error:?}");
}
