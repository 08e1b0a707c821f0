//! What an edit keeps and what it makes anew: said before it is taken, and true of the run that takes it.

mod common;

use common::{TINY, Watched, text, tiny_options};
use emberlab::recipe::{PlanDiff, Recipe};
use emberlab::run::{Command, Event, Phase, RunOptions};
use std::collections::BTreeMap;
use std::path::Path;

const BASE: &str = r#"fn pyramid() { sides([1, 4, 8]) }
fn network(s) { net([conv(4, 3), leaky(0.2), conv(6, 3), leaky(0.2)]) }
fn kernel(s) { langevin(#{ steps: 2, drift: 1.0, noise: 0.02 }) }
fn optimizer() { adam(#{ average: 0.5 }) }
fn rate(t) { 1e-3 }
fn batch_size() { 4 }
fn iterate(lab, batch) {
    for s in lab.grids() {
        let y = lab.sample(s, lab.up(s, batch.grid(s - 1)));
        lab.keep(s, y);
    }
    for s in lab.grids() { lab.update(s, batch.grid(s), lab.kept(s)); }
}
"#;

fn diff(edited: &str) -> PlanDiff {
    let plan = |script: &str| Recipe::compile(text(script), &BTreeMap::new()).unwrap().plan().unwrap();
    PlanDiff::between(&plan(BASE), &plan(edited))
}

type Tensors = BTreeMap<String, Vec<u8>>;

/// Weights, averages and moments of a checkpoint by name.
fn tensors(checkpoint: &Path) -> Tensors {
    let mut all = BTreeMap::new();
    for file in ["model", "learner"] {
        let bytes = std::fs::read(checkpoint.join(format!("{file}.safetensors"))).unwrap();
        let parsed = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        all.extend(parsed.tensors().into_iter().map(|(name, view)| (name, view.data().to_vec())));
    }
    all.retain(|name, _| !name.contains("sound") && !name.ends_with(".kept"));
    all
}

fn saved(run: &mut Watched) -> Tensors {
    run.send(Command::Save);
    tensors(&run.wait("a checkpoint", |event| match event {
        Event::Checkpoint { path, .. } => Some(path.clone()),
        _ => None,
    }))
}

/// What a paused run holds before an edit and after it, and what it said was kept and made anew.
fn edit(edited: &str) -> ([Tensors; 2], Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let options = RunOptions { directory: Some(folder.path().join("run")), ..tiny_options(text(BASE)) };
    let mut run = Watched::new(options);
    run.wait_for_iteration(3);
    run.send(Command::Pause);
    run.wait("the pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
    let before = saved(&mut run);
    run.send(Command::SwapRecipe(text(edited)));
    let (kept, renewed) = run.wait("the edit", |event| match event {
        Event::RecipeApplied { kept, renewed, .. } => Some((kept.clone(), renewed.clone())),
        Event::RecipeRefused { message, .. } => panic!("{message}"),
        _ => None,
    });
    let after = saved(&mut run);
    run.send(Command::Run);
    run.wait_for_iteration(5);
    ([before, after], kept, renewed)
}

/// One row of the table: an edit, what is said to be made anew, and the tensors that are.
fn row(edited: &str, renewed: &[&str], is_anew: impl Fn(&str) -> bool) {
    let said = diff(edited);
    let ([before, after], kept, made) = edit(edited);
    assert_eq!((&said.kept, &said.renewed), (&kept, &made), "what was said before is what is done");
    assert_eq!(made, renewed, "{edited}");
    for (name, values) in &after {
        match before.get(name) {
            Some(old) if !is_anew(name) => assert!(old == values, "{name} was to be kept"),
            Some(old) => assert!(old != values || values.iter().all(|b| *b == 0), "{name} was to be made anew"),
            None => assert!(is_anew(name), "{name} is new"),
        }
    }
    for name in before.keys().filter(|name| !is_anew(name)) {
        assert!(after.contains_key(name), "{name} was to be kept");
    }
}

fn none(_: &str) -> bool {
    false
}

#[test]
fn kernel_schedule_and_iteration_keep_everything() {
    row(&BASE.replace("noise: 0.02", "noise: 0.01"), &["kernels"], none);
    row(&BASE.replace("fn rate(t) { 1e-3 }", "fn rate(t) { 2e-3 }"), &[], none);
    row(&BASE.replace("lab.keep(s, y);", "lab.keep(s, y); lab.plot(\"mean\", y.mean());"), &[], none);
    row(&BASE.replace("fn rate", "// words\nfn rate"), &[], none);
}

#[test]
fn the_learner_keeps_weights_and_loses_moments_of_another_kind_only() {
    row(&BASE.replace("average: 0.5", "average: 0.5, clip_norm: 3"), &["optimizer"], none);
    row(&BASE.replace("adam(#{ average", "adamw(#{ average"), &["optimizer"], none);
    // Moments of another kind go at the next update.
    row(&BASE.replace("adam(#{ average", "sgd(#{ average"), &["optimizer", "moments"], none);
}

#[test]
fn a_network_keeps_other_grids_and_its_unchanged_layers() {
    let edited = BASE.replace(
        "fn network(s) { net([conv(4, 3), leaky(0.2), conv(6, 3), leaky(0.2)]) }",
        "fn network(s) { if s == 2 { net([conv(4, 3), leaky(0.2), conv(6, 5), leaky(0.2)]) } else { net([conv(4, 3), leaky(0.2), conv(6, 3), leaky(0.2)]) } }",
    );
    // A bias has the same name and shape whatever the kernel's size.
    row(&edited, &["conv1 of the 8×8 grid's network"], |name| {
        name.starts_with("side8.") && name.ends_with("conv1.weight")
    });
    let edited = BASE.replace("conv(6, 3), leaky(0.2)]", "conv(6, 3), silu()]");
    let layers = |side| format!("layers without weights of the {side}×{side} grid's network");
    row(&edited, &[&layers(4), &layers(8)], none);
}

#[test]
fn a_pyramid_keeps_grids_of_the_same_side_and_network() {
    let edited = BASE.replace("[1, 4, 8]", "[1, 2, 8]");
    row(&edited, &["data (read again at other sides)", "p(0)", "pyramid 1·2·8", "the 2×2 grid's network"], |name| {
        !name.starts_with("side8.")
    });
}

#[test]
fn data_and_batches_keep_weights_and_moments() {
    let edited = format!("{BASE}fn data() {{ builtin(\"portraits\").range(-1, 1).noise(0.05) }}\n");
    row(&edited, &["data", "p(0)"], none);
    row(&format!("{BASE}fn histogram() {{ \"marginal\" }}\n"), &["p(0)"], none);
    row(&BASE.replace("fn batch_size() { 4 }", "fn batch_size() { 6 }"), &["batches of 6"], none);
}

#[test]
fn the_cost_is_said_in_words() {
    let cost = |edited: &str| diff(edited).cost();
    assert!(cost(BASE).starts_with("an update costs the same, memory about"));
    // Sampling is 2 · steps of 2 · steps + 6 forward passes.
    let twice = cost(&BASE.replace("steps: 2", "steps: 7"));
    assert!(twice.starts_with("an update costs 2.00 times as much"), "{twice}");
    let more = diff(&BASE.replace("fn batch_size() { 4 }", "fn batch_size() { 400 }"));
    assert!(more.memory[1] > more.memory[0] && more.cost().contains("in place of"));
}

#[test]
fn a_running_run_says_what_a_text_would_change_and_goes_on() {
    let mut run = Watched::new(tiny_options(text(TINY)));
    run.wait_for_iteration(1);
    let preview = |run: &mut Watched, script: &str| {
        run.send(Command::Preview(text(script)));
        run.wait("the preview", |event| match event {
            Event::Previewed(preview) => Some(preview.clone()),
            Event::RecipeApplied { .. } | Event::RecipeRefused { .. } => panic!("it was only asked"),
            _ => None,
        })
    };
    let found = preview(&mut run, &TINY.replace("noise: 0.02", "noise: 0.5"));
    assert_eq!((found.renewed, found.refusal), (vec!["kernels".to_string()], None));
    let found = preview(&mut run, "fn rate(t) {\n    nope\n}");
    assert_eq!(found.refusal.map(|(_, line, column, _)| (line, column)), Some((2, 5)));
    let now = run.wait_for_iteration(0);
    run.wait_for_iteration(now + 2);
}

#[test]
fn the_newest_of_many_texts_is_always_answered() {
    let mut run = Watched::new(tiny_options(text(TINY)));
    run.wait_for_iteration(1);
    for round in 0..40 {
        for key in 0..3 {
            run.send(Command::Preview(text(&format!("{TINY}\n// {round} {key}"))));
        }
        run.wait("the answer to the last", |event| match event {
            Event::Previewed(preview) => preview.text.ends_with(&format!("{round} 2")).then_some(()),
            _ => None,
        });
    }
}
