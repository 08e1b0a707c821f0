//! Recipes of strangers. Each script of `tests/hostile/` is one attack on the program that takes it, and its first line says
//! what must come of it: it is refused with its place, or it runs and does no harm. Whichever it is, the program neither
//! panics nor dies, stays within bounds of time and memory, and ends when it is told to.
//!
//! Each script has a process of its own, which is this test program once more, so that one that takes its process along is
//! known by name.

mod common;

use common::tiny_options;
use emberlab::recipe::{Recipe, RecipeText, read};
use emberlab::run::{Command as RunCommand, Event, Run, RunOptions};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Names the script to a process that is to try one.
const SCRIPT: &str = "EMBERLAB_HOSTILE_SCRIPT";
/// What the line with a script's end begins with.
const MARK: &str = "hostile script: ";
/// After this long a script that is still under way is told to stop.
const UNDER_WAY: Duration = Duration::from_secs(10);
/// The program may take this long to stop, on a busy machine.
const STOPPING: Duration = Duration::from_secs(60);
/// Longest life of a process: reading, planning and all of the above.
const LIFE: Duration = Duration::from_secs(180);
/// Most memory that a process ever held, in MiB: 2 GiB are a script's own images, and there is all else.
const MEMORY: u64 = 3 << 10;
/// What a process may reserve, in bytes, so that no script takes the machine's memory from the tests beside it.
#[cfg(target_os = "linux")]
const RESERVED: u64 = 6 << 30;
/// Scripts tried at a time.
const TOGETHER: usize = 2;
/// A file that scripts try to make.
const TRACE: &str = "hostile-was-here";

/// The scripts, with their modules and what no repository holds: links, pipes and files far larger than the disk.
fn corpus(folder: &Path) -> Vec<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    std::fs::create_dir(folder.join("modules")).unwrap();
    for module in scripts(&from.join("modules")) {
        std::fs::copy(&module, folder.join("modules").join(module.file_name().unwrap())).unwrap();
    }
    for name in ["with_sparse", "with_fifo", "link_ring"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    for name in ["sparse.bin", "with_sparse/picture.png", "with_sparse/array.npy", "with_sparse/archive.tar"] {
        std::fs::File::create(folder.join(name)).unwrap().set_len(1 << 38).unwrap();
    }
    #[cfg(unix)]
    {
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.join(name)).unwrap();
        link("/dev/zero", "link_to_zero");
        link("/", "link_to_root");
        link("link_to_itself", "link_to_itself");
        link("..", "link_ring/back");
        let pipes = ["fifo", "with_fifo/picture.png"].map(|name| folder.join(name));
        assert!(Command::new("mkfifo").args(pipes).status().unwrap().success());
    }
    let copy = |script: PathBuf| {
        let to = folder.join(script.file_name().unwrap());
        std::fs::copy(&script, &to).unwrap();
        to
    };
    scripts(&from).into_iter().map(copy).collect()
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "rhai")).collect();
    files.sort();
    files
}

/// What a script's first line expects: `refused`, `runs`, or either.
fn expected(script: &Path) -> String {
    let bytes = std::fs::read(script).unwrap();
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let wanted = line.strip_prefix("// expect: ").unwrap_or_else(|| panic!("{} expects nothing", script.display()));
    assert!(["refused", "runs", "refused or runs"].contains(&wanted), "{}: {wanted}", script.display());
    wanted.into()
}

#[test]
fn no_strange_recipe_harms_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = corpus(folder.path());
    assert!(scripts.len() >= 300, "{} scripts", scripts.len());
    let (next, faults) = (AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = script.file_name().unwrap().to_string_lossy().into_owned();
                    let fault = fault(&expected(script), tried(script));
                    faults.lock().unwrap().extend(fault.map(|fault| format!("{name}: {fault}")));
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    assert!(faults.is_empty(), "{} of {} scripts:\n{}", faults.len(), scripts.len(), faults.join("\n"));
    assert!(!folder.path().join(TRACE).exists(), "a script wrote a file");
}

/// What is wrong with the end of a script, if anything is. An end is `runs …` or `refused …`.
fn fault(expected: &str, end: Result<String, String>) -> Option<String> {
    match end {
        Ok(end) if end.starts_with("runs") || end.starts_with("refused") => {
            let kind = end.split(' ').next().unwrap_or_default();
            (!expected.split(" or ").any(|one| one == kind)).then(|| format!("expected {expected}, but {end}"))
        }
        Ok(end) | Err(end) => Some(end),
    }
}

/// Tries a script in a process of its own: its end, or why it has none.
fn tried(script: &Path) -> Result<String, String> {
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["one_strange_recipe", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(SCRIPT, script)
        .current_dir(script.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (status, output, errors) = ended(process)?;
    let end = output.lines().find_map(|line| line.split_once(MARK).map(|(_, end)| end.to_string()));
    match end {
        Some(end) if status.success() => Ok(end),
        _ => Err(format!("the process ended by {status}: {}", errors.chars().take(400).collect::<String>())),
    }
}

/// Waits for a process and reads what it writes.
fn ended(mut process: Child) -> Result<(std::process::ExitStatus, String, String), String> {
    let (stdout, stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    std::thread::scope(|scope| {
        let output = scope.spawn(|| all_of(stdout));
        let errors = scope.spawn(|| all_of(stderr));
        let deadline = Instant::now() + LIFE;
        let status = loop {
            match process.try_wait().unwrap() {
                Some(status) => break Ok(status),
                None if Instant::now() > deadline => {
                    process.kill().unwrap();
                    process.wait().unwrap();
                    break Err(format!("no end within {LIFE:?}"));
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let (output, errors) = (output.join().unwrap(), errors.join().unwrap());
        status.map(|status| (status, output, errors))
    })
}

fn all_of(mut source: impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

static PANICKED: AtomicBool = AtomicBool::new(false);

#[test]
#[ignore = "a part of the other test, for a process of its own"]
fn one_strange_recipe() {
    let Some(script) = std::env::var_os(SCRIPT) else { return };
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        setrlimit(Resource::As, Rlimit { current: Some(RESERVED), maximum: Some(RESERVED) }).unwrap();
    }
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICKED.store(true, Ordering::SeqCst);
        told(panic);
    }));
    let end = end(Path::new(&script));
    let most = most_memory();
    let fault = if PANICKED.load(Ordering::SeqCst) {
        Some("it panicked".to_string())
    } else {
        most.filter(|most| *most > MEMORY).map(|most| format!("it held {most} MiB"))
    };
    // On a line of its own, whatever was printed before it.
    println!("\n{MARK}{}", fault.unwrap_or(end).replace(['\n', '\r'], " "));
}

/// The most memory that this process ever held, in MiB. Known on Linux only.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// Takes a recipe as the program does: reads, compiles, plans and runs it for an iteration.
fn end(script: &Path) -> String {
    let recipe = match read(script) {
        Ok(recipe) => recipe,
        // What is no text has no lines.
        Err(error) if error.to_string().contains(&*script.to_string_lossy()) => return "refused unread".into(),
        Err(error) => return format!("an error that does not name the file: {error}"),
    };
    let planned = Recipe::compile(recipe.clone(), &BTreeMap::new()).and_then(|recipe| recipe.plan().map(|_| ()));
    match planned {
        Ok(()) => ran(recipe),
        Err(error) => refused(script, &error.path, error.line, error.column, &error.message),
    }
}

/// Someone looks on, so that what is refused is told with its place and not by the end of the run.
fn ran(recipe: RecipeText) -> String {
    let script = recipe.path.clone();
    let run = Run::spawn(RunOptions { interactive: true, iterations: Some(1), ..tiny_options(recipe) }).unwrap();
    let (mut deadline, mut stopped, mut refusal) = (Instant::now() + UNDER_WAY, false, None);
    loop {
        match run.events.recv_deadline(deadline) {
            Ok(Event::Ended { error: Some(error), .. }) if refusal.is_none() => return format!("ended by {error}"),
            Ok(Event::Ended { .. }) => break,
            Ok(Event::RecipeRefused { path, line, column, message, .. }) if refusal.is_none() => {
                refusal = Some(refused(&script, &path, line, column, &message));
                if !stopped {
                    deadline = Instant::now();
                }
            }
            Ok(_) if Instant::now() < deadline => {}
            Ok(_) | Err(_) if !stopped => {
                stopped = true;
                deadline = Instant::now() + STOPPING;
                run.send(RunCommand::Stop);
            }
            Ok(_) if Instant::now() < deadline => {}
            Ok(_) | Err(_) => {
                // Whoever waits for its thread waits without end.
                std::mem::forget(run);
                return format!("no end within {STOPPING:?} of being told to stop");
            }
        }
    }
    refusal.unwrap_or_else(|| if stopped { "runs until it is stopped".into() } else { "runs".into() })
}

/// A refusal needs a place in a file that was read, and words that fit a screen.
fn refused(script: &Path, file: &Path, line: usize, column: usize, message: &str) -> String {
    let lines = |file: &Path| std::fs::read(file).map_or(0, |bytes| bytes.split(|byte| *byte == b'\n').count());
    let inside = file.starts_with(script.parent().unwrap()) || file.is_relative();
    if !inside || !(1..=lines(file) + 1).contains(&line) || column == 0 {
        return format!("a refusal without a place, {}:{line}:{column}: {message}", file.display());
    }
    if message.trim().is_empty() {
        return "a refusal without words".into();
    }
    format!("refused at {}:{line}:{column}: {}", file.display(), message.chars().take(200).collect::<String>())
}
