//! A run may be killed at any moment, also while it writes a checkpoint, stopped by a signal, or lose its power: gone on with
//! it ends in the same bits and the same curves as one that was left alone. `EMBERLAB_KILLS` sets how often it is killed.
#![cfg(target_os = "linux")]

mod common;

use common::durable::{EVERYTHING, Ended, copy_folder, curves, end_of};
use common::{error_of, finish, text, tiny_options};
use emberlab::run::Event;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Iterations of a run.
const ITERATIONS: u64 = 40;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    /// A number below `bound` (SplitMix64).
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// A program that trains, and the lines it prints.
struct Training {
    child: Child,
    lines: Receiver<String>,
}

impl Training {
    /// Begins or goes on with the run in `folder/run`, with a checkpoint after each iteration.
    fn start(folder: &Path) -> Self {
        // Before there are settings there is nothing to go on with.
        let begun = folder.join("run/run.toml").exists();
        let mut command = Command::new(env!("CARGO_BIN_EXE_emberlab"));
        command.current_dir(folder).arg("train");
        match begun {
            true => command.args(["--resume", "run"]),
            false => command.args([
                "recipe.rhai",
                "--run",
                "run",
                "--device",
                "cpu",
                "--threads",
                "1",
                "--seed",
                "5",
                "--set",
                "steps=3",
            ]),
        };
        command.args(["--iterations", &ITERATIONS.to_string(), "--checkpoint-every", "0", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = sync_channel(100_000);
        std::thread::spawn(move || printed.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        Self { child, lines }
    }

    /// Waits for a line with this in it; false if the program ends first.
    fn said(&self, word: &str) -> bool {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            if line.contains(word) {
                return true;
            }
        }
        false
    }

    /// Kills it if it is still there: whether it was.
    fn kill(mut self) -> bool {
        let running = self.child.try_wait().unwrap().is_none();
        self.child.kill().unwrap();
        let killed = self.child.wait().unwrap().code().is_none();
        running && killed
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end, which must be a sound one.
    fn end(mut self) {
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {:?}", self.lines.try_iter().last());
    }
}

/// A folder with the recipe in it.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("recipe.rhai"), EVERYTHING).unwrap();
    folder
}

/// How a run ends that is left alone.
fn alone() -> Ended {
    let folder = workplace();
    Training::start(folder.path()).end();
    end_of(&folder.path().join("run"))
}

#[test]
fn a_run_that_is_killed_anywhere_ends_as_one_that_is_not() {
    let kills: u64 = std::env::var("EMBERLAB_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8);
    let alone = alone();
    let (mut dice, mut killed, mut writing, mut runs) = (Dice(20), 0, 0, 0);
    while killed < kills {
        let folder = workplace();
        let run = folder.path().join("run");
        // Killed again and again until it comes to its end.
        while killed < kills {
            let training = Training::start(folder.path());
            if !kill_at_random(training, &mut dice) {
                break;
            }
            killed += 1;
            writing += u64::from(["partial", "leaving"].iter().any(|name| run.join("checkpoints").join(name).exists()));
        }
        Training::start(folder.path()).end();
        runs += 1;
        assert!(end_of(&run) == alone, "after {killed} kills, run {runs}: {}", end_of(&run).differs(&alone));
    }
    eprintln!("{killed} kills in {runs} runs, {writing} of them while a checkpoint was written");
}

/// Kills at some moment of the start, or of the learning. False if it ended before.
fn kill_at_random(training: Training, dice: &mut Dice) -> bool {
    let learning = dice.below(4) > 0 && training.said("\"started\"");
    let most = if learning { 150_000 } else { 400_000 };
    std::thread::sleep(Duration::from_micros(dice.below(most)));
    training.kill()
}

#[test]
fn a_run_that_is_told_to_stop_ends_as_one_that_is_not() {
    let alone = alone();
    for signal in [Signal::TERM, Signal::INT] {
        let folder = workplace();
        let training = Training::start(folder.path());
        assert!(training.said("\"update\""));
        training.signal(signal);
        training.end();
        let run = folder.path().join("run");
        assert!(curves(&run).len() < alone.events(), "it came to its end before it was told to stop");
        Training::start(folder.path()).end();
        assert!(end_of(&run) == alone, "{signal:?}: {}", end_of(&run).differs(&alone));
    }
}

/// What a cut of the power may leave of a run whose newest checkpoint is of iteration 4: what was not synced is missing, empty or
/// zeros; what was about to be renamed or removed is there in part. And the iteration it is gone on from.
type Leaves = (&'static str, u64, fn(&Path));

const POWER_CUTS: [Leaves; 10] = [
    ("the checkpoint was not begun", 4, |_| ()),
    ("a checkpoint was being written", 4, |run| {
        let partial = run.join("checkpoints/partial");
        copy_folder(&run.join("checkpoints/00000004"), &partial);
        std::fs::remove_file(partial.join("state.json")).unwrap();
        truncate(&partial.join("learner.safetensors"), 100);
    }),
    ("its folder was not renamed", 3, |run| {
        std::fs::rename(run.join("checkpoints/00000004"), run.join("checkpoints/partial")).unwrap();
    }),
    ("one of the same iteration was being replaced", 4, |run| {
        copy_folder(&run.join("checkpoints/00000004"), &run.join("checkpoints/partial"));
        std::fs::rename(run.join("checkpoints/00000004"), run.join("checkpoints/00000004.old")).unwrap();
    }),
    ("one of the same iteration was replaced", 4, |run| {
        copy_folder(&run.join("checkpoints/00000004"), &run.join("checkpoints/00000004.old"));
        std::fs::remove_file(run.join("checkpoints/00000004.old/state.json")).unwrap();
    }),
    ("an old one was being removed", 4, |run| {
        std::fs::rename(run.join("checkpoints/00000001"), run.join("checkpoints/leaving")).unwrap();
        std::fs::remove_file(run.join("checkpoints/leaving/model.safetensors")).unwrap();
    }),
    ("its files are empty", 3, |run| {
        for entry in std::fs::read_dir(run.join("checkpoints/00000004")).unwrap() {
            truncate(&entry.unwrap().path(), 0);
        }
    }),
    ("its weights are zeros", 3, |run| {
        let path = run.join("checkpoints/00000004/model.safetensors");
        std::fs::write(&path, vec![0; std::fs::metadata(&path).unwrap().len() as usize]).unwrap();
    }),
    ("texts were being written", 4, |run| {
        std::fs::write(run.join("run.partial"), "emberl").unwrap();
        std::fs::write(run.join("recipe.partial"), "").unwrap();
    }),
    ("what was told since the checkpoint is zeros", 4, |run| {
        let mut log = std::fs::File::options().append(true).open(run.join("events.jsonl")).unwrap();
        std::io::Write::write_all(&mut log, &[0; 4096]).unwrap();
    }),
];

fn truncate(path: &Path, length: u64) {
    std::fs::File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[test]
fn a_run_that_lost_its_power_ends_as_one_that_did_not() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, iterations: u64, resume: bool| {
        let mut options = tiny_options(text(EVERYTHING));
        options.directory = Some(folder.path().join(name));
        (options.iterations, options.resume, options.checkpoint_every) = (Some(iterations), resume, Duration::ZERO);
        options.keep.last = 4;
        let events = finish(options);
        assert_eq!(error_of(&events), None, "{name}");
        events
    };
    run("alone", 6, false);
    let alone = end_of(&folder.path().join("alone"));
    run("four", 4, false);
    for (what, from, cut) in POWER_CUTS {
        let directory = folder.path().join(what);
        copy_folder(&folder.path().join("four"), &directory);
        cut(&directory);
        let events = run(what, 6, true);
        let begun = events.iter().find_map(|event| match event {
            Event::Started { iteration, .. } => Some(*iteration),
            _ => None,
        });
        assert_eq!(begun, Some(from), "{what}");
        assert!(end_of(&directory) == alone, "{what}: {}", end_of(&directory).differs(&alone));
        let names = std::fs::read_dir(directory.join("checkpoints")).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = names.filter(|name| ["partial", "leaving"].iter().any(|part| name == part)).collect();
        assert!(left.is_empty(), "{what}: {left:?} is left");
    }
}

#[test]
fn curves_that_are_lost_with_the_power_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = tiny_options(text(EVERYTHING));
    options.directory = Some(folder.path().join("run"));
    options.iterations = Some(3);
    finish(options.clone());
    // A disk that does not do what it is told.
    truncate(&folder.path().join("run/events.jsonl"), 100);
    (options.iterations, options.resume) = (Some(5), true);
    let events = finish(options);
    assert_eq!(error_of(&events), None);
    let told = |event: &Event| matches!(event, Event::Warning { message, .. } if message.contains("events.jsonl"));
    assert!(events.iter().any(told));
}
