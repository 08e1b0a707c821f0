//! Divergences that are provoked in the middle of a sound run: each is caught where it happens, on the grid where it
//! happens, and nothing that is kept is ruined. Sound runs raise no alarm. A part of each is run; all, with
//! `EMBERLAB_GUARD=all`.

mod common;

use common::{error_of, finish, text, tiny_options};
use emberlab::run::{Command, Event, Run, RunOptions};
use std::time::Duration;

/// What a run does before `x` changes.
const CALM: u64 = 190;
/// A runaway is seen within so many iterations.
const PATIENCE: u64 = 100;

/// How it is seen.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Seen {
    /// In the iteration in which values stop being finite.
    NotFinite,
    /// While every value is finite, or once one is not.
    Runaway,
    Collapsed,
}

/// A recipe's parts; `X` in them is a slider, and `G` the grid that is to suffer.
struct Provoked {
    name: &'static str,
    network: &'static str,
    kernel: &'static str,
    reference: &'static str,
    optimizer: &'static str,
    rate: &'static str,
    observed: &'static str,
    synthesized: &'static str,
    /// The slider before and after, and its range's end.
    x: [f64; 2],
    seen: Seen,
    /// It befalls grid G alone, at first.
    alone: bool,
}

const CALM_RECIPE: Provoked = Provoked {
    name: "",
    network: "conv(4, 3), leaky(0.2)",
    kernel: "langevin(#{ steps: 2, drift: 1.0, noise: 0.02 })",
    reference: "uniform()",
    optimizer: "sgd(#{ momentum: 0 })",
    rate: "1e-4",
    observed: "batch.grid(s)",
    synthesized: "lab.kept(s)",
    x: [1.0, 1.0],
    seen: Seen::Runaway,
    alone: true,
};

fn table() -> Vec<Provoked> {
    let base = || Provoked { ..CALM_RECIPE };
    vec![
        Provoked { name: "a rate far too large", rate: "X", x: [1e-4, 50.0], alone: false, ..base() },
        Provoked {
            name: "a rate beyond all floats",
            rate: "X",
            x: [1e-4, 1e38],
            seen: Seen::NotFinite,
            alone: false,
            ..base()
        },
        Provoked {
            name: "Adam at a rate far too large",
            optimizer: "adam(#{ beta1: 0.5 })",
            rate: "X",
            x: [1e-4, 3.0],
            alone: false,
            ..base()
        },
        Provoked {
            name: "a SiLU that explodes",
            network: "conv(4, 3), silu()",
            rate: "X",
            x: [1e-4, 100.0],
            alone: false,
            ..base()
        },
        Provoked {
            name: "noise without measure",
            kernel: "langevin(#{ steps: 2, drift: 1.0, noise: if s == G { X } else { 0.02 }, clamp: false })",
            x: [0.02, 1e4],
            ..base()
        },
        Provoked {
            name: "a drift that throws chains ever farther out",
            kernel: "langevin(#{ steps: 9, drift: if s == G { X } else { 1e-9 }, noise: 0.02 })",
            reference: "gaussian(0.001)",
            x: [1e-9, 1e9],
            seen: Seen::NotFinite,
            ..base()
        },
        Provoked {
            name: "a kernel of a script's own that multiplies without end",
            kernel: "custom(#{ steps: 3, step: |lab, s, y| if s == G { y * X * X } else { y + 0.02 * noise(y) } })",
            x: [1.0, 1e30],
            seen: Seen::NotFinite,
            ..base()
        },
        Provoked {
            name: "synthesized images far away",
            synthesized: "if s == G { lab.kept(s) * X } else { lab.kept(s) }",
            x: [1.0, 1e4],
            ..base()
        },
        Provoked {
            name: "synthesized images at infinity",
            synthesized: "if s == G { lab.kept(s) * X * X } else { lab.kept(s) }",
            x: [1.0, 1e30],
            seen: Seen::NotFinite,
            ..base()
        },
        Provoked {
            name: "observed images at infinity",
            observed: "if s == G { batch.grid(s) * X * X } else { batch.grid(s) }",
            x: [1.0, 1e30],
            seen: Seen::NotFinite,
            ..base()
        },
        Provoked {
            name: "observed images far away",
            observed: "if s == G { batch.grid(s) * X } else { batch.grid(s) }",
            x: [1.0, 1e4],
            ..base()
        },
        Provoked {
            name: "chains that fall together",
            synthesized: "if s == G { lab.kept(s) * X } else { lab.kept(s) }",
            x: [1.0, 0.0],
            seen: Seen::Collapsed,
            ..base()
        },
        Provoked {
            name: "chains that fall together beside a constant",
            synthesized: "if s == G { lab.kept(s) * X + (1.0 - X) * 0.5 } else { lab.kept(s) }",
            x: [1.0, 0.01],
            seen: Seen::Collapsed,
            ..base()
        },
        Provoked {
            name: "an objective of the recipe's own without bounds",
            synthesized: "lab.kept(s)); lab.learn(s, lab.kept(s), lab.score(s, lab.kept(s)) * (if s == G { 1e38 * (X - 1) * 1e38 } else { 0.0 })",
            x: [1.0, 3.0],
            seen: Seen::NotFinite,
            ..base()
        },
    ]
}

impl Provoked {
    fn recipe(&self, grid: usize) -> String {
        let [low, high] = [self.x[0].min(self.x[1]), self.x[0].max(self.x[1])];
        let slider = format!("slider(\"x\", {:e}, {low:e}, {high:e})", self.x[0]);
        let Self { network, kernel, reference, optimizer, rate, observed, synthesized, .. } = self;
        let recipe = format!(
            "fn pyramid() {{ grids(#{{ size: 8, factor: 2.0 }}) }}
             fn network(s) {{ net([{network}]) }}
             fn kernel(s) {{ {kernel} }}
             fn reference() {{ {reference} }}
             fn batch_size() {{ 4 }}
             fn optimizer() {{ {optimizer} }}
             fn rate(t) {{ {rate} }}
             fn iterate(lab, batch) {{
                 let y = batch.grid(0);
                 for s in lab.grids() {{ y = lab.sample(s, lab.up(s, y)); lab.keep(s, y); }}
                 for s in lab.grids() {{ lab.update(s, {observed}, {synthesized}); }}
             }}"
        );
        recipe.replace('X', &slider).replace('G', &grid.to_string())
    }

    /// Runs calmly, provokes, and waits for what is told.
    fn provoke(&self, grid: usize, seed: u64) {
        let case = format!("{}, grid {grid}, seed {seed}", self.name);
        let folder = tempfile::tempdir().unwrap();
        let directory = Some(folder.path().join("run"));
        let options = RunOptions { seed, directory, ..tiny_options(text(&self.recipe(grid))) };
        let run = Run::spawn(options).unwrap();
        let (mut onset, mut told, mut provoked) = (None, None, false);
        let end = loop {
            let event = run.events.recv_timeout(Duration::from_secs(60)).expect("the run says nothing");
            match event {
                Event::Update { iteration, .. } if iteration >= CALM && !provoked => {
                    provoked = true;
                    assert!(run.send(Command::SetParameter { name: "x".into(), value: self.x[1] }));
                }
                Event::Update { iteration, .. } if told.is_none() => {
                    assert!(onset.is_none_or(|onset| iteration <= onset + PATIENCE), "{case}: missed");
                }
                Event::ParameterSet { iteration, .. } => onset = Some(iteration),
                Event::Warning { message, .. } if message.starts_with("x stays") => panic!("{case}: {message}"),
                Event::Diverged { iteration, grid, reason, .. } if told.is_none() => {
                    told = Some((iteration, grid, reason));
                    run.send(Command::Stop);
                }
                Event::Ended { error, .. } => break error,
                _ => {}
            }
        };
        let onset = onset.unwrap_or_else(|| panic!("{case}: {end:?} before it was provoked: {told:?}"));
        let (iteration, at, reason) = told.unwrap_or_else(|| panic!("{case}: missed; {end:?}"));
        assert!(iteration >= onset, "{case}: a false alarm at {iteration}, before {onset}");
        match self.seen {
            Seen::NotFinite => {
                // A value that is set in the middle of an iteration acts in its rest or in the next one.
                assert!(
                    iteration <= onset + 1 && reason.contains("not finite"),
                    "{case}: {iteration}, {onset}: {reason}"
                );
            }
            Seen::Collapsed => assert!(reason.contains("fallen together"), "{case}: {reason}"),
            Seen::Runaway => assert!(iteration <= onset + PATIENCE, "{case}: {iteration}, {onset}: {reason}"),
        }
        assert!(!self.alone || at == grid, "{case}: told of grid {at}: {reason}");
        println!("{case}: onset {onset}, told at {iteration} of grid {at}: {reason}");
        let checkpoints = std::fs::read_dir(folder.path().join("run/checkpoints")).unwrap();
        let newest =
            checkpoints.map(|entry| entry.unwrap().path()).max().unwrap_or_else(|| panic!("{case}: nothing saved"));
        for (name, bytes) in common::weights(&newest) {
            let finite = bytes.chunks_exact(4).all(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]).is_finite());
            assert!(finite, "{case}: {name}");
        }
    }
}

fn all() -> bool {
    std::env::var("EMBERLAB_GUARD").is_ok_and(|asked| asked == "all")
}

#[test]
fn no_provoked_divergence_is_missed() {
    let table = table();
    let cases: Vec<(&Provoked, usize, u64)> = match all() {
        true => table.iter().flat_map(|case| (1..=3).map(move |grid| (case, grid, 10 + grid as u64))).collect(),
        false => table.iter().enumerate().map(|(at, case)| (case, at % 3 + 1, 1)).collect(),
    };
    println!("{} divergences", cases.len());
    for (case, grid, seed) in cases {
        case.provoke(grid, seed);
    }
}

/// Recipes that learn calmly for as long as they were ever run.
const HEALTHY: [(&str, &str); 5] = [
    ("conv(4, 3), leaky(0.2)", "sgd(#{ momentum: 0.5, energy_penalty: 0.05 })"),
    ("conv(6, 3), leaky(0.2), conv(6, 3), leaky(0.2)", "adam(#{ beta1: 0.5, clip_norm: 5, energy_penalty: 0.05 })"),
    (
        "conv(4, 3), relu()",
        "adam(#{ beta1: 0.5, energy_penalty: 0.05, governor: governor(#{ band: 3, settle: 300 }) })",
    ),
    ("conv(4, 3), silu()", "adamw(#{ beta1: 0.5, clip_norm: 5, energy_penalty: 0.05 })"),
    ("conv(4, 3), norm(\"batch\"), leaky(0.2)", "sgd(#{ energy_penalty: 0.05 })"),
];

#[test]
fn no_healthy_run_raises_an_alarm() {
    let (runs, iterations) = if all() { (10, 1000) } else { (2, 400) };
    for (run, (network, optimizer)) in HEALTHY.iter().cycle().take(runs).enumerate() {
        let recipe = format!(
            "fn pyramid() {{ grids(#{{ size: 8, factor: 2.0 }}) }}
             fn network(s) {{ net([{network}]) }}
             fn kernel(s) {{ langevin(#{{ steps: 5, drift: 1.0, noise: 0.02, gradient_limit: 0.05 }}) }}
             fn batch_size() {{ 8 }}
             fn optimizer() {{ {optimizer} }}
             fn rate(t) {{ 1e-4 }}"
        );
        let options = RunOptions { seed: 1 + run as u64, iterations: Some(iterations), ..tiny_options(text(&recipe)) };
        let events = finish(options);
        assert_eq!(error_of(&events), None, "{network}");
        let alarm = events.iter().find(|event| matches!(event, Event::Diverged { .. }));
        assert_eq!(alarm, None, "{network} by {optimizer}, seed {}", 1 + run);
    }
}
