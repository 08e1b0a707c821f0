//! Steering a run by hand, between two MCMC steps.

mod common;

use common::{TINY, Watched, text, tiny_options};
use emberlab::run::{Command, Event, Frame, Phase};

fn paused() -> Watched {
    let mut watched = Watched::new(tiny_options(text(TINY)));
    watched.wait_for_iteration(2);
    watched.send(Command::Pause);
    watched.wait("a pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
    watched
}

fn pauses(watched: &mut Watched) {
    watched.wait("the next pause", |event| matches!(event, Event::Phase { phase: Phase::Paused, .. }).then_some(()));
}

fn energies(frame: &Frame) -> Vec<f64> {
    frame.grids.iter().filter_map(|grid| grid.update).map(|update| update.observed_energy).collect()
}

#[test]
fn one_grid_goes_to_its_end() {
    let mut watched = paused();
    watched.send(Command::StepIteration);
    pauses(&mut watched);
    let mut grids = Vec::new();
    for _ in 0..3 {
        watched.send(Command::StepGrid);
        pauses(&mut watched);
        let frame = watched.frame("a finished grid", |frame| frame.phase == Phase::Paused && frame.sampling_grid > 0);
        grids.push(frame.sampling_grid);
    }
    assert_eq!(grids.len(), 3);
    assert!(grids.windows(2).all(|pair| pair[1] >= pair[0]), "{grids:?}");
}

#[test]
fn a_frozen_grid_learns_no_more_and_the_others_do() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Some(folder.path().join("run"));
    let mut watched = Watched::new(emberlab::run::RunOptions { directory, ..tiny_options(text(TINY)) });
    watched.send(Command::Freeze { side: 4, frozen: true });
    let at = watched.wait_for_iteration(2);
    let weights = |watched: &mut Watched| {
        watched.send(Command::Save);
        let path = watched.wait("a checkpoint", |event| match event {
            Event::Checkpoint { path, .. } => Some(path.clone()),
            _ => None,
        });
        let tensors = common::weights(&path);
        let of = |side: usize| -> Vec<_> {
            let prefix = format!("side{side}.weights");
            tensors.clone().into_iter().filter(|(name, _)| name.starts_with(&prefix)).collect()
        };
        [2, 4, 8].map(of)
    };
    let before = weights(&mut watched);
    watched.wait_for_iteration(at + 10);
    let after = weights(&mut watched);
    assert_eq!(before[1], after[1], "the frozen grid");
    assert!(before[0] != after[0] && before[2] != after[2], "the others");
    watched.frame("a frozen grid", |frame| frame.grids.iter().any(|grid| grid.side == 4 && grid.frozen));
    watched.send(Command::Freeze { side: 4, frozen: false });
    let at = watched.wait_for_iteration(at + 12);
    watched.wait_for_iteration(at + 3);
    assert_ne!(weights(&mut watched)[1], after[1], "it learns again");
}

#[test]
fn slow_motion_shows_every_step() {
    let watched = paused();
    watched.send(Command::SlowMotion(0.05));
    watched.send(Command::Run);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        let frame = watched.frame("a frame", |frame| frame.sampling_grid > 0);
        seen.insert((frame.sampling_grid, frame.sampling_step));
        if (1..=3).all(|grid| seen.contains(&(grid, 1))) {
            assert_eq!(frame.slow_motion, 0.05);
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("not every grid was seen between its steps: {seen:?}");
}

#[test]
fn paint_shows_on_the_chains_that_move() {
    let mut watched = paused();
    let at = |frame: &Frame| (frame.iteration, frame.sampling_grid, frame.sampling_step);
    let mut last = watched.frame("a paused run", |frame| frame.phase == Phase::Paused);
    while (last.sampling_grid, last.sampling_step) != (3, 1) {
        watched.send(Command::StepMcmc);
        let before = at(&last);
        last = watched.frame("the next step", |frame| frame.phase == Phase::Paused && at(frame) != before);
    }
    let grid = 3;
    let red = [255, 0, 0];
    watched.send(Command::Paint { grid, dabs: vec![(1, 2, 5, red), (1, 3, 5, red), (99, 0, 0, red), (0, 99, 0, red)] });
    let frame = watched.frame("painted chains", |frame| {
        let pictures = &frame.grids[3].synthesized;
        pictures.rgba.get(4 * (64 + 5 * 8 + 2)..).is_some_and(|pixel| pixel[..3] == red)
    });
    assert_eq!(frame.grids[3].synthesized.rgba[4 * (64 + 5 * 8 + 3)..][..3], red);
    assert!(energies(&frame).iter().all(|energy| energy.is_finite()));
    watched.send(Command::Paint { grid: 1, dabs: vec![(0, 0, 0, red)] });
    watched.wait("a warning", |event| match event {
        Event::Warning { message, .. } if message.contains("grid 1") => Some(()),
        _ => None,
    });
}

#[test]
fn another_seed_begins_anew_with_other_images() {
    let mut watched = paused();
    let before = watched.frame("a frame", |frame| frame.seed == 1 && !frame.grids[3].observed.rgba.is_empty());
    watched.send(Command::Reseed(77));
    watched.wait("a new beginning", |event| match event {
        Event::Started { seed: 77, iteration: 0, .. } => Some(()),
        _ => None,
    });
    watched.send(Command::StepIteration);
    let after = watched.frame("a frame of the seed", |frame| frame.seed == 77 && frame.iteration == 1);
    assert_ne!(before.grids[3].observed, after.grids[3].observed, "the order of the images is the seed's");
}

#[test]
fn every_shown_image_has_its_score_once_its_grid_has_learned() {
    let watched = paused();
    let frame = watched.frame("scores", |frame| frame.grids.len() == 4 && frame.grids[1].update.is_some());
    for grid in &frame.grids[1..] {
        assert_eq!((grid.observed_scores.len(), grid.synthesized_scores.len()), (4, 4));
        let mean = grid.observed_scores.iter().map(|score| f64::from(score.energy)).sum::<f64>() / 4.0;
        let update = grid.update.unwrap();
        assert!((mean - update.observed_energy).abs() <= 1e-4 * (1.0 + update.observed_energy.abs()));
    }
}

#[test]
fn paint_that_comes_after_chains_were_given_up_is_told_so_and_ends_nothing() {
    let mut watched = paused();
    watched.send(Command::StepMcmc);
    watched.frame("chains on their way", |frame| frame.phase == Phase::Paused && frame.sampling_grid > 0);
    // All of them are obeyed before the next iteration begins.
    watched.send(Command::Reset);
    (0..=3).for_each(|grid| watched.send(Command::Paint { grid, dabs: vec![(0, 0, 0, [255, 0, 0])] }));
    for _ in 0..=3 {
        watched.wait("a refusal", |event| match event {
            Event::Warning { message, .. } => message.contains("cannot be painted on").then_some(()),
            Event::Ended { error, .. } => panic!("it ended: {error:?}"),
            _ => None,
        });
    }
    watched.send(Command::Run);
    watched.wait_for_iteration(2);
}
