//! A run on a device that queues its steps learns what a run on the CPU learns.

use emberlab::compute::Device;
use emberlab::recipe::RecipeText;
use emberlab::run::{Event, GridUpdate, Run, RunOptions};

const RECIPE: &str = r#"
fn data() { builtin("portraits").range(-1, 1) }
fn pyramid() { sides([1, 4, 8]) }
fn network(s) { net([conv(6, 3), leaky(0.2), conv(8, 4, 2), silu()]) }
fn kernel(s) { langevin(#{ steps: 4, drift: 1.0, noise: 0.02, gradient_limit: 0.05, clamp: [-1, 1] }) }
fn batch_size() { 6 }
"#;

/// The updates of each of three iterations, and why the run ended before them.
fn run(device: &str, recipe: &str) -> (Vec<Vec<GridUpdate>>, Option<String>) {
    let recipe = RecipeText { path: "recipe.rhai".into(), text: recipe.into() };
    let run = Run::spawn(RunOptions { device: device.into(), iterations: Some(3), ..RunOptions::new(recipe) }).unwrap();
    let (mut updates, mut ended) = (Vec::new(), None);
    for event in &run.events {
        match event {
            Event::Update { grids, .. } => updates.push(grids),
            Event::Ended { error, .. } => ended = error,
            _ => {}
        }
    }
    (updates, ended)
}

fn devices() -> Vec<&'static str> {
    let software = Device::choose("software", None).map(|_| "software");
    let software = software.inspect_err(|error| eprintln!("skipped in part: {error}"));
    std::iter::once("flex").chain(software.ok()).collect()
}

#[test]
fn queued_steps_learn_what_steps_on_the_cpu_learn() {
    let (expected, _) = run("cpu", RECIPE);
    assert_eq!(expected.len(), 3);
    for device in devices() {
        let (found, _) = run(device, RECIPE);
        assert_eq!(found.len(), 3, "{device}");
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-3 * b.abs().max(1.0);
            let same = near(found.synthesized_energy, expected.synthesized_energy)
                && near(found.gradient_norm, expected.gradient_norm)
                && near(found.clamped, expected.clamped)
                && found.temperature == expected.temperature;
            assert!(same, "{found:?}, not {expected:?} on {device}");
            assert!(found.step_ms > 0.0, "steps take time on {device}");
        }
    }
}

#[test]
fn queued_steps_that_cease_to_be_finite_are_told_of() {
    let tame = "steps: 4, drift: 1.0, noise: 0.02, gradient_limit: 0.05, clamp: [-1, 1]";
    let wild = RECIPE.replace(tame, "steps: 12, drift: 1e9, noise: 1.0") + "fn reference() { gaussian(1) }";
    for device in devices() {
        let (updates, ended) = run(device, &wild);
        assert!(ended.as_ref().is_some_and(|error| error.contains("not finite")), "{ended:?} on {device}");
        assert!(updates.is_empty(), "a grid learned from chains that are not finite on {device}");
    }
}
