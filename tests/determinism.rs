//! A run is a function of its seed: the same bits twice, for any number of threads, and when it is stopped and
//! resumed.

use emberlab::recipe::RecipeText;
use emberlab::run::{Event, Run, RunOptions};
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Small, but with everything a state holds: batch normalization, moments, governor, an average, two kinds of layers.
const ADAM: &str = r#"
fn data() { builtin("portraits").range(-1, 1).flip().noise(0.02) }
fn pyramid() { grids(#{ size: 8, factor: 1.5 }) }
fn network(s) { net([conv(6, 3), norm("batch"), leaky(0.2), conv(8, 4, 2), silu()]) }
fn kernel(s) { langevin(#{ steps: slider("steps", 3, 1, 9), drift: 1.0, noise: 0.02, gradient_limit: 0.05 }) }
fn batch_size() { 10 }
fn optimizer() {
    adam(#{ beta1: 0.5, clip_norm: 5, energy_penalty: 0.05, average: 0.9, governor: governor(#{ band: 0.5, settle: 3 }) })
}
fn rate(t) { 1e-3 }
"#;
const SGD: &str = r#"
fn data() { builtin("portraits").range(0, 255) }
fn pyramid() { sides([1, 4, 8]) }
fn network(s) { net([conv(6, 5, 2, 2), norm("joint"), relu()]).init(normal(0.01)) }
fn reference() { gaussian(50) }
fn kernel(s) { langevin(#{ steps: 3, delta: 0.3 }) }
fn batch_size() { 7 }
fn optimizer() { sgd(#{ momentum: 0.5, per_position_cap: 8 }) }
fn rate(t) { 0.3 * decade(staircase(t, 2), 800, 2) }
"#;

fn options(text: &str, directory: &Path, iterations: u64) -> RunOptions {
    RunOptions {
        device: "cpu".into(),
        directory: Some(directory.to_path_buf()),
        iterations: Some(iterations),
        ..RunOptions::new(RecipeText { path: "recipe.rhai".into(), text: text.into() })
    }
}

/// Runs to the end; the warnings it gave.
fn finish(options: RunOptions) -> Result<Vec<String>, String> {
    let run = Run::spawn(options).unwrap();
    let mut warnings = Vec::new();
    for event in &run.events {
        match event {
            Event::Warning { message, .. } => warnings.push(message),
            Event::Ended { error: Some(error), .. } => return Err(error),
            Event::Ended { .. } => return Ok(warnings),
            _ => {}
        }
    }
    panic!("the run ended without a word");
}

fn newest(directory: &Path) -> PathBuf {
    let entries = std::fs::read_dir(directory.join("checkpoints")).unwrap();
    entries.map(|entry| entry.unwrap().path()).max().unwrap()
}

/// Every tensor of the newest checkpoint by name, as bytes, and its state without the times.
fn state(directory: &Path) -> (BTreeMap<String, Vec<u8>>, serde_json::Value) {
    let checkpoint = newest(directory);
    let mut tensors = BTreeMap::new();
    for file in ["model.safetensors", "learner.safetensors"] {
        let bytes = std::fs::read(checkpoint.join(file)).unwrap();
        for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
            tensors.insert(name, view.data().to_vec());
        }
    }
    let text = std::fs::read(checkpoint.join("state.json")).unwrap();
    let mut state: serde_json::Value = serde_json::from_slice(&text).unwrap();
    state["seconds"] = 0.into();
    (tensors, state)
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for (recipe, text) in [("adam", ADAM), ("sgd", SGD)] {
        let run = |name: &str, seed: u64, threads: usize| {
            let directory = folder.path().join(recipe).join(name);
            finish(RunOptions { seed, threads: Some(threads), ..options(text, &directory, 6) }).unwrap();
            state(&directory)
        };
        let first = run("a", 1, 1);
        for (name, threads) in [("b", 1), ("c", 2), ("d", 3)] {
            assert!(run(name, 1, threads) == first, "{recipe}, {threads} threads");
        }
        assert!(run("e", 2, 1).0 != first.0, "{recipe}: another seed is another run");
    }
}

#[test]
fn a_resumed_run_equals_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("adam", ADAM), ("sgd", SGD)] {
        let whole = folder.path().join(format!("{name}-whole"));
        finish(options(text, &whole, 9)).unwrap();
        let parts = folder.path().join(format!("{name}-parts"));
        finish(options(text, &parts, 4)).unwrap();
        for iterations in [5, 9] {
            let resumed = RunOptions { resume: true, ..options(text, &parts, iterations) };
            assert_eq!(finish(resumed), Ok(vec![]));
        }
        assert!(state(&whole) == state(&parts), "{name}");
    }
}

#[test]
fn live_parameters_survive_a_resume() {
    let folder = tempfile::tempdir().unwrap();
    let set = BTreeMap::from([("steps".to_string(), 5.0.into())]);
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    finish(RunOptions { set: set.clone(), ..options(ADAM, &whole, 4) }).unwrap();
    finish(RunOptions { set, ..options(ADAM, &parts, 2) }).unwrap();
    finish(RunOptions { resume: true, ..options(ADAM, &parts, 4) }).unwrap();
    assert!(state(&whole) == state(&parts));
}

#[test]
fn an_unsound_checkpoint_is_named_and_the_one_before_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    finish(options(SGD, &directory, 3)).unwrap();
    finish(RunOptions { resume: true, ..options(SGD, &directory, 5) }).unwrap();
    let torn = newest(&directory);
    let file = torn.join("model.safetensors");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let warnings = finish(RunOptions { resume: true, ..options(SGD, &directory, 6) }).unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("00000005") && warning.contains("unsound")), "{warnings:?}");
    let whole = folder.path().join("whole");
    finish(options(SGD, &whole, 6)).unwrap();
    assert!(state(&whole) == state(&directory));
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    finish(options(SGD, &directory, 2)).unwrap();
    let wider = SGD.replace("conv(6, 5, 2, 2)", "conv(9, 5, 2, 2)");
    let error = finish(RunOptions { resume: true, ..options(&wider, &directory, 3) }).unwrap_err();
    assert!(error.contains("side4.weights.conv0.weight") && error.contains("another recipe"), "{error}");
    let error = finish(RunOptions { resume: true, ..options(ADAM, &directory, 3) }).unwrap_err();
    assert!(error.contains("another recipe"), "{error}");
}
