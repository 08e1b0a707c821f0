//! What becomes of a run when its files or its disk fail: it goes on, says so once, and loses nothing.

mod common;

use common::disk::SmallDisk;
use common::durable::{EVERYTHING, checkpoints, copy_folder, end_of};
use common::{error_of, finish, text, tiny_options};
use emberlab::run::{
    Command, Event, Holder, Run, RunDirectory, RunError, RunHandle, RunOptions, read_events, read_run,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run in `directory` that writes a checkpoint after each iteration.
fn options(directory: &Path) -> RunOptions {
    RunOptions {
        directory: Some(directory.to_path_buf()),
        checkpoint_every: Duration::ZERO,
        sheet_every: Duration::from_millis(200),
        ..tiny_options(text(EVERYTHING))
    }
}

/// As [`options`], to so many iterations.
fn until(directory: &Path, iterations: u64) -> RunOptions {
    RunOptions { iterations: Some(iterations), ..options(directory) }
}

fn resumed(directory: &Path, iterations: u64) -> RunOptions {
    RunOptions { resume: true, ..until(directory, iterations) }
}

/// A run that nobody looks at, and what it told.
struct Headless {
    run: RunHandle,
    events: Vec<Event>,
}

impl Headless {
    fn start(options: RunOptions) -> Self {
        let run = Run::spawn(options).unwrap();
        // So slow that its events do not fill a small disk by themselves.
        run.send(Command::SlowMotion(0.005));
        Self { run, events: Vec::new() }
    }

    /// Waits for an event like that, after `meanwhile`, which is done again and again.
    fn wait(&mut self, what: &str, meanwhile: impl Fn(), wanted: impl Fn(&Event) -> bool) -> Event {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            meanwhile();
            while let Ok(event) = self.run.events.recv_timeout(Duration::from_millis(20)) {
                self.events.push(event.clone());
                if wanted(&event) {
                    return event;
                }
            }
        }
        panic!("waited in vain for {what}; it warned {:?}", self.warnings());
    }

    fn wait_for_warning(&mut self, of: &str, meanwhile: impl Fn()) {
        self.wait(of, meanwhile, |event| matches!(event, Event::Warning { message, .. } if message.contains(of)));
    }

    /// Waits for so many more iterations.
    fn wait_for_more(&mut self, iterations: u64) {
        let now = self.events.iter().filter_map(iteration).next_back().unwrap_or(0);
        self.wait("iterations", || (), |event| iteration(event) >= Some(now + iterations));
    }

    fn stop(&mut self) {
        assert!(self.run.send(Command::Stop), "the run takes no commands");
    }

    /// Waits for the end: the last iteration, and why it failed.
    fn end(mut self) -> (u64, Option<String>, Vec<Event>) {
        match self.wait("the end", || (), |event| matches!(event, Event::Ended { .. })) {
            Event::Ended { iteration, error, .. } => (iteration, error, self.events),
            _ => unreachable!(),
        }
    }

    fn warnings(&self) -> Vec<String> {
        warnings(&self.events)
    }
}

fn iteration(event: &Event) -> Option<u64> {
    match event {
        Event::Update { iteration, .. } => Some(*iteration),
        _ => None,
    }
}

fn warnings(events: &[Event]) -> Vec<String> {
    let warning = |event: &Event| match event {
        Event::Warning { message, .. } => Some(message.clone()),
        _ => None,
    };
    events.iter().filter_map(warning).collect()
}

/// The run is what one of so many iterations is that nothing happened to, and its curves miss nothing.
fn is_as_if_nothing_happened(run: &Path, iterations: u64) {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone");
    let options = RunOptions { checkpoint_every: Duration::from_secs(3600), ..until(&alone, iterations) };
    assert_eq!(error_of(&finish(options)), None);
    let (found, wanted) = (end_of(run), end_of(&alone));
    assert!(found == wanted, "{}", found.differs(&wanted));
}

#[test]
fn a_full_disk_stops_nothing_and_costs_nothing() {
    let Some(disk) = SmallDisk::new(16) else { return };
    let directory = disk.path().join("run");
    let mut run = Headless::start(options(&directory));
    run.wait_for_more(3);
    run.wait_for_warning("until then nothing is saved", || disk.fill());
    run.wait_for_more(10);
    disk.empty();
    run.wait_for_warning("nothing is lost", || ());
    run.wait("a checkpoint", || (), |event| matches!(event, Event::Checkpoint { .. }));
    run.stop();
    let (last, error, events) = run.end();
    assert_eq!(error, None);
    // One each of the log, the checkpoint and the sheet, and that it is over; more only where room came and went.
    let told = warnings(&events);
    assert!((2..=10).contains(&told.len()), "{told:?}");
    assert!(told.iter().any(|message| message.contains("No space left")), "{told:?}");
    is_as_if_nothing_happened(&directory, last);
}

#[test]
fn a_run_that_ends_on_a_full_disk_waits_for_room() {
    let Some(disk) = SmallDisk::new(16) else { return };
    let directory = disk.path().join("run");
    let mut run = Headless::start(options(&directory));
    run.wait_for_more(3);
    run.wait_for_warning("until then nothing is saved", || disk.fill());
    (0..20).for_each(|_| disk.fill());
    run.stop();
    run.wait_for_warning("The run waits", || disk.fill());
    disk.empty();
    let (last, error, _) = run.end();
    assert_eq!(error, None);
    is_as_if_nothing_happened(&directory, last);
}

#[test]
fn a_run_that_may_not_wait_says_what_is_not_saved_and_leaves_the_newest_checkpoint() {
    let Some(disk) = SmallDisk::new(16) else { return };
    let directory = disk.path().join("run");
    let mut run = Headless::start(options(&directory));
    run.wait_for_more(3);
    run.wait_for_warning("until then nothing is saved", || disk.fill());
    run.wait_for_more(5);
    (0..20).for_each(|_| disk.fill());
    run.stop();
    run.wait_for_warning("The run waits", || disk.fill());
    run.stop();
    let (last, error, _) = run.end();
    let (error, newest) = (error.expect("it ended well"), checkpoints(&directory).pop().unwrap());
    assert!(error.contains(&format!("after iteration {last} is not saved")), "{error}");
    assert!(error.contains(&newest.display().to_string()), "{error}");
    disk.empty();
    assert_eq!(error_of(&finish(resumed(&directory, last))), None);
    is_as_if_nothing_happened(&directory, last);
}

#[test]
fn a_read_only_disk_is_named_and_nothing_of_the_run_is_changed() {
    let Some(disk) = SmallDisk::new(16) else { return };
    let directory = disk.path().join("run");
    finish(until(&directory, 3));
    disk.set_writable(false);
    for options in [resumed(&directory, 5), until(&disk.path().join("other"), 2)] {
        let error = error_of(&finish(options)).expect("it ended well");
        assert!(error.contains("Read-only") && error.contains(&disk.path().display().to_string()), "{error}");
    }
    disk.set_writable(true);
    assert_eq!(error_of(&finish(resumed(&directory, 5))), None);
    is_as_if_nothing_happened(&directory, 5);
}

#[test]
fn a_run_directory_that_is_removed_is_made_anew_with_all_that_happened() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, moved) = (folder.path().join("run"), folder.path().join("moved"));
    let mut run = Headless::start(options(&directory));
    run.wait_for_more(3);
    // A checkpoint may be under way meanwhile.
    std::fs::rename(&directory, &moved).unwrap();
    while moved.exists() {
        let _ = std::fs::remove_dir_all(&moved);
    }
    run.wait_for_warning("is made anew", || ());
    run.wait("a checkpoint", || (), |event| matches!(event, Event::Checkpoint { .. }));
    assert!(matches!(RunDirectory::open(&directory), Err(RunError::Open { holder: Holder::This, .. })));
    run.stop();
    let (last, error, _) = run.end();
    assert_eq!(error, None);
    is_as_if_nothing_happened(&directory, last);
    assert_eq!(error_of(&finish(resumed(&directory, last + 2))), None);
    is_as_if_nothing_happened(&directory, last + 2);
}

#[test]
fn a_run_directory_that_becomes_a_file_is_told_of_once_and_made_anew_when_the_file_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, moved) = (folder.path().join("run"), folder.path().join("moved"));
    let mut run = Headless::start(options(&directory));
    run.wait_for_more(3);
    std::fs::rename(&directory, moved).unwrap();
    while std::fs::write(&directory, "a file").is_err() {
        let _ = std::fs::remove_dir_all(&directory);
    }
    run.wait_for_warning("until then nothing is saved", || ());
    run.wait_for_more(5);
    std::fs::remove_file(&directory).unwrap();
    run.wait_for_warning("is made anew", || ());
    run.stop();
    let (last, error, events) = run.end();
    assert_eq!(error, None);
    assert!(warnings(&events).len() <= 8, "{:?}", warnings(&events));
    is_as_if_nothing_happened(&directory, last);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_costs_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    std::fs::create_dir(&directory).unwrap();
    std::os::unix::fs::symlink("/dev/full", directory.join("events.jsonl")).unwrap();
    let mut run = Headless::start(until(&directory, 5));
    run.wait_for_warning("The run waits", || ());
    run.stop();
    let (_, error, events) = run.end();
    let error = error.expect("it ended well");
    assert!(error.contains("events are not written") && error.contains("No space left"), "{error}");
    assert_eq!(warnings(&events).len(), 2, "{:?}", warnings(&events));
    assert!(checkpoints(&directory).pop().unwrap().ends_with("00000005"));
}

/// A run of four checkpoints, the newest of iteration 4.
fn four(folder: &Path) -> std::path::PathBuf {
    let directory = folder.join("four");
    let mut options = until(&directory, 4);
    options.keep.last = 4;
    assert_eq!(error_of(&finish(options)), None);
    directory
}

#[test]
fn a_damaged_checkpoint_is_named_with_its_file_and_the_one_before_is_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let whole = four(folder.path());
    let files = ["model.safetensors", "learner.safetensors", "recipe.rhai", "state.json", "log.json", "checksums"];
    for (number, file) in files.into_iter().enumerate() {
        let directory = folder.path().join(format!("damaged{number}"));
        copy_folder(&whole, &directory);
        let path = directory.join("checkpoints/00000004").join(file);
        let bytes = std::fs::read(&path).unwrap();
        match number % 3 {
            0 => std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap(),
            1 => std::fs::write(&path, flipped(&bytes, 4 * bytes.len())).unwrap(),
            _ => std::fs::remove_file(&path).unwrap(),
        }
        let events = finish(resumed(&directory, 6));
        assert_eq!(error_of(&events), None, "{file}");
        let told = warnings(&events);
        let named = |message: &String| message.contains("00000004") && message.contains(file);
        assert!(told.iter().any(named), "{file}: {told:?}");
        assert!(events.iter().any(|event| matches!(event, Event::Started { iteration: 3, .. })), "{file}");
        assert!(directory.join("checkpoints/00000004.unsound").exists(), "{file}: it was deleted");
        is_as_if_nothing_happened(&directory, 6);
    }
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn without_a_sound_checkpoint_all_are_named_and_left() {
    let folder = tempfile::tempdir().unwrap();
    let directory = four(folder.path());
    for checkpoint in checkpoints(&directory) {
        std::fs::write(checkpoint.join("state.json"), "{}").unwrap();
    }
    let error = error_of(&finish(resumed(&directory, 6))).expect("it ended well");
    for number in 1..=4 {
        assert!(error.contains(&format!("0000000{number}")), "{error}");
    }
    assert_eq!(checkpoints(&directory).len(), 4);
    assert_eq!(read_events(&directory).unwrap().iter().filter_map(iteration).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[test]
fn a_damaged_log_is_told_of_and_what_is_whole_of_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let whole = four(folder.path());
    let bytes = std::fs::read(whole.join("events.jsonl")).unwrap();
    let lines = bytes.split_inclusive(|&byte| byte == b'\n').count();
    let directory = folder.path().join("damaged");
    std::fs::create_dir(&directory).unwrap();
    let read = |damaged: &[u8]| {
        std::fs::write(directory.join("events.jsonl"), damaged).unwrap();
        read_events(&directory).unwrap()
    };
    for length in (0..bytes.len()).step_by(13) {
        let ended = bytes[..length].iter().filter(|&&byte| byte == b'\n').count();
        // The line that was cut may be whole but for its end, or be told of.
        assert!((ended..=ended + 1).contains(&read(&bytes[..length]).len()), "{length}");
    }
    for bit in (0..8 * bytes.len()).step_by(1009) {
        let events = read(&flipped(&bytes, bit));
        assert!((lines - 1..=lines + 1).contains(&events.len()), "bit {bit}: {} of {lines}", events.len());
    }
    let huge = [&bytes[..], &vec![0; 30 << 20], b"\n", &bytes].concat();
    assert_eq!(read(&huge).len(), 2 * lines + 1);
}

#[test]
fn a_run_with_a_damaged_log_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let whole = four(folder.path());
    let bytes = std::fs::read(whole.join("events.jsonl")).unwrap();
    let damages =
        [Vec::new(), bytes[..bytes.len() / 3].to_vec(), vec![0xff; bytes.len()], flipped(&bytes, 4 * bytes.len())];
    for (number, damaged) in damages.into_iter().enumerate() {
        let directory = folder.path().join(format!("damaged{number}"));
        copy_folder(&whole, &directory);
        std::fs::write(directory.join("events.jsonl"), damaged).unwrap();
        assert_eq!(error_of(&finish(resumed(&directory, 6))), None, "{number}");
        let newest: Vec<u64> = read_events(&directory).unwrap().iter().filter_map(iteration).collect();
        assert!(newest.ends_with(&[5, 6]), "{number}: {newest:?}");
    }
}

#[test]
fn damaged_settings_and_recipes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let directory = four(folder.path());
    for (file, garbage) in [("run.toml", &b"\xff\xfe\0"[..]), ("run.toml", b"seed = ["), ("recipe.rhai", b"\xff\0")] {
        let bytes = std::fs::read(directory.join(file)).unwrap();
        std::fs::write(directory.join(file), garbage).unwrap();
        let error = read_run(&directory).expect_err(file).to_string();
        assert!(error.contains(file), "{error}");
        std::fs::remove_file(directory.join(file)).unwrap();
        assert!(read_run(&directory).expect_err(file).to_string().contains(file));
        std::fs::write(directory.join(file), &bytes).unwrap();
    }
    let settings = std::fs::read(directory.join("run.toml")).unwrap();
    for length in 0..settings.len() {
        std::fs::write(directory.join("run.toml"), &settings[..length]).unwrap();
        // The last lines need not be there.
        if let Err(error) = read_run(&directory) {
            assert!(error.to_string().contains("run.toml"), "{error}");
        }
    }
    assert_eq!(error_of(&finish(resumed(&directory, 6))), None);
    is_as_if_nothing_happened(&directory, 6);
}

#[test]
fn a_second_process_is_refused_with_the_number_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("recipe.rhai"), EVERYTHING).unwrap();
    let program = || {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_emberlab"));
        program.current_dir(folder.path()).stdout(std::process::Stdio::null());
        program
    };
    let mut first = program();
    first.args([
        "train",
        "recipe.rhai",
        "--run",
        "run",
        "--device",
        "cpu",
        "--threads",
        "1",
        "--checkpoint-every",
        "0",
    ]);
    let mut first = first.stderr(std::process::Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while checkpoints(&folder.path().join("run")).is_empty() {
        assert!(Instant::now() < deadline, "the first one writes no checkpoint");
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = program().args(["train", "--resume", "run", "--iterations", "2"]).output().unwrap();
    let message = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success());
    assert!(message.contains("is open already") && message.contains(&format!("process {}", first.id())), "{message}");
    assert!(first.try_wait().unwrap().is_none(), "the first one ended");
    first.kill().unwrap();
    first.wait().unwrap();
    let third = program().args(["train", "--resume", "run", "--iterations", "1"]).status().unwrap();
    assert!(third.success());
}

#[test]
fn files_from_the_future_and_the_past_are_read_as_any() {
    let folder = tempfile::tempdir().unwrap();
    let directory = four(folder.path());
    let future = std::time::SystemTime::now() + Duration::from_secs(1 << 32);
    for (place, time) in [("events.jsonl", future), ("run.toml", std::time::UNIX_EPOCH - Duration::from_secs(1 << 20))]
    {
        std::fs::File::options().append(true).open(directory.join(place)).unwrap().set_modified(time).unwrap();
    }
    for checkpoint in checkpoints(&directory) {
        std::fs::File::options()
            .append(true)
            .open(checkpoint.join("state.json"))
            .unwrap()
            .set_modified(future)
            .unwrap();
    }
    assert_eq!(emberlab::run::list_runs(folder.path()).unwrap().len(), 1);
    assert_eq!(error_of(&finish(resumed(&directory, 6))), None);
    is_as_if_nothing_happened(&directory, 6);
}
