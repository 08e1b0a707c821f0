//! Divergence is seen while every value is still finite, and a healthy run is left alone.

mod common;

use common::{TINY, error_of, finish, text, tiny_options};
use emberlab::compute::{NoiseKey, Purpose};
use emberlab::learning::{Governor, GovernorSpec, Guard, Warning};
use emberlab::run::{Command, Event, OnDivergence, RunOptions};

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
        Event::Diverged { iteration, grid, reason, action, .. } => {
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
    assert_finite(&checkpoint);
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

/// From update 170 on the rate is far too large.
fn jump(word: &str) -> String {
    format!(
        "{TINY}fn optimizer() {{ sgd(#{{ on_divergence: \"{word}\" }}) }}\nfn rate(t) {{ if t < 170 {{ 1e-4 }} else {{ 50.0 }} }}\n"
    )
}

fn diverged(events: &[Event]) -> Vec<(u64, usize)> {
    let of = |event: &Event| match event {
        Event::Diverged { iteration, grid, .. } => Some((*iteration, *grid)),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

#[test]
fn a_run_told_to_stop_ends_saved_and_can_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let options = |word: &str, directory: &str| RunOptions {
        directory: Some(folder.path().join(directory)),
        iterations: Some(230),
        ..tiny_options(text(&jump(word)))
    };
    // Nobody can be asked where nobody looks on.
    for (word, directory) in [("stop", "stopped"), ("pause", "unasked")] {
        let events = finish(options(word, directory));
        let told = diverged(&events);
        let error = error_of(&events).expect("the run went on");
        let (iteration, grid) = told[0];
        assert!(told.iter().all(|&(at, _)| at == iteration), "it went on: {told:?}");
        for part in [&*format!("iteration {}", iteration + 1), &*format!("grid {grid} "), "--resume", "rollback"] {
            assert!(error.contains(part), "{part} is missing: {error}");
        }
        let directory = folder.path().join(directory);
        let checkpoint = directory.join(format!("checkpoints/{:08}", iteration + 1));
        assert_finite(&checkpoint);
        let on_divergence = Some(OnDivergence::Rollback);
        let resumed = finish(RunOptions {
            directory: Some(directory),
            resume: true,
            on_divergence,
            iterations: Some(iteration + 9),
            ..tiny_options(text(&jump(word)))
        });
        assert_eq!(error_of(&resumed), None, "it goes on whatever the recipe says");
    }
}

fn assert_finite(checkpoint: &std::path::Path) {
    for (name, bytes) in common::weights(checkpoint) {
        let finite = bytes.chunks_exact(4).all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite());
        assert!(finite, "{name}");
    }
}

#[test]
fn the_command_line_says_how_to_go_on_after_a_divergence() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = folder.path().join("recipe.rhai");
    std::fs::write(&recipe, jump("rollback")).unwrap();
    let train = |word: &str, run: &str| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_emberlab"));
        program.current_dir(folder.path()).args(["train", "recipe.rhai", "--iterations", "200", "--device", "cpu"]);
        program.args(["--threads", "1", "--run", run, "--on-divergence", word]).output().unwrap()
    };
    let stopped = train("stop", "stopped");
    let said = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert_eq!(stopped.status.code(), Some(1), "{said}");
    assert!(said.contains("diverged") && said.contains("--resume stopped --on-divergence rollback"), "{said}");
    let went_on = train("rollback", "went-on");
    let said = String::from_utf8_lossy(&went_on.stderr).into_owned();
    assert!(went_on.status.success() && said.contains("back to its update"), "{said}");
    let unknown = train("cry", "unknown");
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("stop or rollback"));
}

#[test]
fn a_user_who_is_asked_lowers_the_rate_clips_the_gradient_or_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = format!(
        "{TINY}fn optimizer() {{ sgd(#{{ on_divergence: \"pause\" }}) }}\nfn rate(t) {{ slider(\"rate\", 1e-4, 0.0, 100.0) }}\n"
    );
    let directory = Some(folder.path().join("run"));
    let mut run = common::Watched::new(RunOptions { directory, ..tiny_options(text(&recipe)) });
    let rate = |value: f64| Command::SetParameter { name: "rate".into(), value };
    run.wait_for_iteration(160);
    run.send(rate(50.0));
    let (grid, action) = run.wait("the question", |event| match event {
        Event::Diverged { grid, action, asks: true, .. } => Some((*grid, action.clone())),
        _ => None,
    });
    for choice in ["lower its rate", "clip its gradient", "another seed", "go on"] {
        assert!(action.contains(choice), "{action}");
    }
    run.frame("a pause", |frame| frame.phase == emberlab::run::Phase::Paused);
    run.send(rate(1e-4));
    for command in [Command::CutRate { grid }, Command::LimitGradient { grid }] {
        run.send(command);
        run.wait("the change", |event| matches!(event, Event::Adjusted { grid: of, .. } if *of == grid).then_some(()));
    }
    run.send(Command::CutRate { grid: 9 });
    run.wait("a refusal", |event| {
        matches!(event, Event::Warning { message, .. } if message.contains("no such grid")).then_some(())
    });
    run.send(Command::Run);
    let now = run.wait_for_iteration(0);
    let rates = run.wait("another iteration", |event| match event {
        Event::Update { iteration, grids, .. } if *iteration > now + 1 => {
            Some(grids.iter().map(|grid| grid.rate).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(rates[grid - 1], 5e-5, "{rates:?}");
    run.send(Command::Save);
    let path = run.wait("a checkpoint", |event| match event {
        Event::Checkpoint { path, .. } => Some(path.clone()),
        _ => None,
    });
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(path.join("state.json")).unwrap()).unwrap();
    assert!(state["grids"][grid - 1]["norm_limit"].as_f64().is_some_and(|limit| limit > 0.0), "{state:#}");
}
