//! Divergence is seen while every value is still finite, and a healthy run is left alone.

mod common;

use common::{TINY, error_of, finish, text, tiny_options};
use emberlab::compute::{NoiseKey, Purpose};
use emberlab::learning::{Governor, GovernorSpec, Guard, Warning};
use emberlab::run::{Event, RunOptions};

fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut values = vec![0.0f32; count];
    NoiseKey::new(seed, Purpose::Probe).normal(0, &mut values);
    values.into_iter().map(f64::from).collect()
}

#[test]
fn a_runaway_is_seen_within_the_hundred_updates_it_takes_to_ruin_a_grid() {
    for seed in 0..10 {
        let (gaps, norms) = (noise(seed, 1000), noise(seed + 100, 1000));
        let mut guard = Guard::default();
        let mut seen = None;
        for update in 0..1000 {
            // What was measured at a failing grid: calm, then growth by a tenth every few updates.
            let growth = 1.03f64.powi((update as i32 - 800).max(0));
            let warning =
                guard.judge(0.1 * gaps[update] * growth + 0.1 * (growth - 1.0), (5.0 + norms[update]) * growth);
            if warning.is_some() {
                seen = Some(update);
                break;
            }
        }
        let seen = seen.expect("the runaway was not seen");
        assert!((800..900).contains(&seen), "seed {seed}: seen at update {seen}");
    }
}

#[test]
fn values_that_are_not_finite_are_seen_at_once() {
    assert_eq!(Guard::default().judge(f64::NAN, 1.0), Some(Warning::NotFinite));
    assert_eq!(Guard::default().judge(0.0, f64::INFINITY), Some(Warning::NotFinite));
}

#[test]
fn noise_and_slow_change_raise_no_alarm() {
    for seed in 0..10 {
        let (gaps, norms) = (noise(seed, 3000), noise(seed + 100, 3000));
        let mut guard = Guard::default();
        for update in 0..3000 {
            let drift = 1.0 + update as f64 / 3000.0;
            let warning = guard.judge(drift * (0.2 + 0.3 * gaps[update]), (10.0 + 3.0 * norms[update]) / drift);
            assert_eq!(warning, None, "seed {seed}, update {update}");
        }
    }
}

#[test]
fn the_governor_fades_learning_while_the_gap_is_beyond_its_band_and_lets_it_through_otherwise() {
    let spec = GovernorSpec { band: 3.0, settle: 100 };
    let mut governor = Governor::default();
    for gap in noise(1, 400) {
        assert_eq!(governor.share(&spec), 1.0, "a calm gap is let through");
        governor.record(0.2 * gap, &spec);
    }
    let mut shares = Vec::new();
    for update in 0..40 {
        governor.record(0.1 * f64::from(update), &spec);
        shares.push(governor.share(&spec));
    }
    assert!(shares.windows(2).all(|pair| pair[1] <= pair[0]), "it fades");
    assert_eq!(shares.last(), Some(&0.0), "and closes");
    for _ in 0..60 {
        governor.record(0.0, &spec);
    }
    assert_eq!(governor.share(&spec), 1.0, "and opens again");
}

#[test]
fn a_provoked_divergence_is_told_and_the_run_goes_on_sound() {
    // From update 170 on the rate is a thousand times too large.
    let recipe = format!(
        "{TINY}fn optimizer() {{ sgd(#{{ momentum: 0 }}) }}\nfn rate(t) {{ if t < 170 {{ 1e-4 }} else {{ 50.0 }} }}\n"
    );
    let events = finish(RunOptions { iterations: Some(230), ..tiny_options(text(&recipe)) });
    assert_eq!(error_of(&events), None);
    let told = events.iter().find_map(|event| match event {
        Event::Diverged { iteration, grid, reason, action } => {
            Some((*iteration, *grid, reason.clone(), action.clone()))
        }
        _ => None,
    });
    let (iteration, grid, reason, action) = told.expect("nothing was told");
    assert!((170..230).contains(&iteration) && (1..=3).contains(&grid));
    assert!(
        reason.contains('×') && action.contains("back to its update") && action.contains("0.5"),
        "{reason}: {action}"
    );
    let last = events.iter().rev().find_map(|event| match event {
        Event::Update { iteration, grids, .. } => Some((*iteration, grids.clone())),
        _ => None,
    });
    let (iteration, grids) = last.unwrap();
    assert_eq!(iteration, 230);
    assert!(grids.iter().all(|grid| grid.gap.is_finite() && grid.gradient_norm.is_finite()));
}

#[test]
fn a_recipe_may_ask_to_pause_instead() {
    let recipe = format!(
        "{TINY}fn optimizer() {{ sgd(#{{ on_divergence: \"pause\" }}) }}\nfn rate(t) {{ if t < 170 {{ 1e-4 }} else {{ 50.0 }} }}\n"
    );
    let mut run = common::Watched::new(tiny_options(text(&recipe)));
    run.wait("the divergence", |event| {
        matches!(event, Event::Diverged { action, .. } if action.contains("paused")).then_some(())
    });
    run.frame("a pause", |frame| frame.phase == emberlab::run::Phase::Paused);
}

#[test]
fn values_that_are_not_finite_send_a_grid_back_and_the_run_ends_sound() {
    let folder = tempfile::tempdir().unwrap();
    // One update at this rate is beyond any float.
    let recipe = format!(
        "{TINY}fn optimizer() {{ sgd(#{{ momentum: 0 }}) }}\nfn rate(t) {{ if t == 3 {{ 1e38 }} else {{ 1e-4 }} }}\n"
    );
    let directory = Some(folder.path().join("run"));
    let events = finish(RunOptions { iterations: Some(8), directory, ..tiny_options(text(&recipe)) });
    assert_eq!(error_of(&events), None);
    let told = events.iter().find_map(|event| match event {
        Event::Diverged { grid, reason, action, .. } => Some((*grid, reason.clone(), action.clone())),
        _ => None,
    });
    let (grid, reason, action) = told.expect("nothing was told");
    assert!((1..=3).contains(&grid) && reason.contains("not finite"), "{reason}");
    assert!(action.contains("0.500"), "{action}");
    let checkpoint = folder.path().join("run/checkpoints/00000008");
    for (name, bytes) in common::weights(&checkpoint) {
        let finite = bytes.chunks_exact(4).all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite());
        assert!(finite, "{name}");
    }
}

/// A reference this narrow makes every Langevin step throw the chains farther out, whatever the network.
const EXPLODING: &str = "fn reference() { gaussian(0.001) }\n";

#[test]
fn chains_that_explode_whatever_the_weights_end_the_run_with_a_reason() {
    let recipe = format!("{TINY}{EXPLODING}").replace("drift: 1.0", "drift: 1e9");
    let events = finish(RunOptions { iterations: Some(3), ..tiny_options(text(&recipe)) });
    let error = error_of(&events).expect("a run without an error");
    assert!(error.contains("not finite") && error.contains("drift"), "{error}");
    let diverged = events.iter().filter(|event| matches!(event, Event::Diverged { .. })).count();
    assert!(diverged <= 2, "told {diverged} times");
}

#[test]
fn a_slider_that_makes_chains_explode_pauses_a_run_that_is_looked_at() {
    let recipe = format!("{TINY}fn reference() {{ gaussian(0.001) }}\n")
        .replace("drift: 1.0", "drift: slider(\"drift\", 1e-9, 0.0, 1e9)");
    let mut run = common::Watched::new(tiny_options(text(&recipe)));
    run.wait_for_iteration(105);
    run.send(emberlab::run::Command::SetParameter { name: "drift".into(), value: 1e9 });
    let message = run.wait("a refusal", |event| match event {
        Event::RecipeRefused { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert!(message.contains("not finite"), "{message}");
    run.frame("a pause", |frame| frame.phase == emberlab::run::Phase::Paused);
    run.send(emberlab::run::Command::SetParameter { name: "drift".into(), value: 1e-9 });
    run.send(emberlab::run::Command::Run);
    let now = run.wait_for_iteration(0);
    run.wait_for_iteration(now + 2);
    let rate = run.events.iter().rev().find_map(|event| match event {
        Event::Update { grids, .. } => Some(grids[0].rate),
        _ => None,
    });
    assert!(rate.is_some_and(|rate| rate > 0.0), "the rate is gone for good");
}
