//! Recipes of strangers. Each script of `tests/hostile/`, and each that is made from the dictionary, is one attack on the
//! program that takes it, and its first line says what must come of it: it is refused with its place, or it runs and does no
//! harm. Whichever it is, the program neither panics nor dies, stays within bounds of time and memory, and ends when it is
//! told to.
//!
//! Scripts are tried in processes of their own, which are this test program once more, so that one that takes its process
//! along is known by name. A third of them is tried, and all that once did harm; `EMBERLAB_HOSTILE=all` tries all.

mod common;
#[path = "hostile_recipes/corpus.rs"]
mod corpus;

use common::tiny_options;
use emberlab::recipe::{Recipe, RecipeText, read};
use emberlab::run::{Command as RunCommand, Event, Run, RunOptions};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Says to a process that it is to try scripts, whose paths it is given on its standard input.
const TRYING: &str = "EMBERLAB_HOSTILE_SCRIPTS";
/// What the line with a script's end begins with.
const MARK: &str = "hostile script: ";
/// What a process says that is to be followed by another.
const ENOUGH: &str = "enough";
/// After this long a script that may run is told to stop, and one that must be refused has not been.
const UNDER_WAY: Duration = Duration::from_millis(1500);
const REFUSED_WITHIN: Duration = Duration::from_secs(30);
/// The program may take this long to stop, on a busy machine.
const STOPPING: Duration = Duration::from_secs(30);
/// Longest time of one script: reading, planning and all of the above.
const LIFE: Duration = Duration::from_secs(90);
/// Most memory that a process may hold, in MiB: 2 GiB are a script's own images, and there is all else.
const MEMORY: u64 = 3 << 10;
/// A process that holds more than this between two scripts, in MiB, is followed by another: closures that hold themselves
/// are never given back.
const KEPT: u64 = 600;
/// What a process may reserve, in bytes, so that no script takes the machine's memory from the tests beside it.
#[cfg(target_os = "linux")]
const RESERVED: u64 = 6 << 30;
/// Processes at a time.
const TOGETHER: usize = 2;
/// Scripts that a process is given.
const SCRIPTS: usize = 40;
/// A file that scripts try to make.
const TRACE: &str = "hostile-was-here";

/// What the scripts begin with that once ended or stopped the program, or made it lie.
const ONCE_HARMFUL: [&str; 6] = ["deep_", "names_", "slow_step", "closure_", "many_steps", "memory_list_nested"];
/// Scripts that wait for the limits of time; one in eight is tried.
const LONG: [&str; 7] = ["endless_", "images_", "memory_", "many_", "slow_", "large_", "import_endless"];

/// What a script's first line expects: `refused`, `runs`, or either.
fn expected(script: &Path) -> String {
    let bytes = std::fs::read(script).unwrap();
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let wanted = line.strip_prefix("// expect: ").unwrap_or_else(|| panic!("{} expects nothing", script.display()));
    assert!(["refused", "runs", "refused or runs"].contains(&wanted), "{}: {wanted}", script.display());
    wanted.into()
}

fn name(script: &Path) -> String {
    script.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The scripts that this run of the test tries.
fn tried(all: Vec<PathBuf>) -> Vec<PathBuf> {
    let begins = |script: &Path, words: &[&str]| words.iter().any(|word| name(script).starts_with(word));
    match std::env::var("EMBERLAB_HOSTILE") {
        Ok(word) if word == "all" => all,
        Ok(word) => all.into_iter().filter(|script| name(script).starts_with(&word)).collect(),
        Err(_) => {
            let picked = |(at, script): &(usize, PathBuf)| {
                let every = if begins(script, &LONG) { 8 } else { 3 };
                at % every == 0 || begins(script, &ONCE_HARMFUL)
            };
            all.into_iter().enumerate().filter(picked).map(|(_, script)| script).collect()
        }
    }
}

#[test]
fn no_strange_recipe_harms_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let all = corpus::corpus(folder.path());
    assert!(all.len() >= 1000, "{} scripts", all.len());
    let scripts = tried(all);
    eprintln!("{} scripts", scripts.len());
    let batches = Mutex::new(scripts.chunks(SCRIPTS));
    let (faults, times) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                loop {
                    let next = batches.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(batch) = next else { return };
                    for (script, end, time) in try_all(batch) {
                        times.lock().unwrap().push((time, name(&script)));
                        let fault = fault(&expected(&script), end);
                        faults.lock().unwrap().extend(fault.map(|fault| format!("{}: {fault}", name(&script))));
                    }
                }
            });
        }
    });
    let mut times = times.into_inner().unwrap();
    times.sort();
    for (time, script) in times.iter().rev().take(12) {
        eprintln!("{time:>8.1?} {script}");
    }
    assert_eq!(times.len(), scripts.len());
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

/// Each script with its end, or why it has none, and the time that it took.
type Tried = (PathBuf, Result<String, String>, Duration);

/// Tries scripts, in as many processes as it takes.
fn try_all(scripts: &[PathBuf]) -> Vec<Tried> {
    let mut ends = Vec::new();
    while let Some(rest) = scripts.get(ends.len()..).filter(|rest| !rest.is_empty()) {
        try_some(rest, &mut ends);
    }
    ends
}

/// Tries scripts in one process, until it has none left or ends.
fn try_some(scripts: &[PathBuf], ends: &mut Vec<Tried>) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["strange_recipes", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(TRYING, "yes")
        .current_dir(scripts[0].parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let list: Vec<String> = scripts.iter().map(|script| script.to_string_lossy().into_owned()).collect();
    // Its other end may be gone already.
    let _ = process.stdin.take().unwrap().write_all(list.join("\n").as_bytes());
    let (output, mut errors) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    let (tell, told) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if let Some((_, end)) = line.split_once(MARK) {
                    let _ = tell.send(end.to_string());
                }
            }
        });
        let errors = scope.spawn(move || {
            let mut bytes = Vec::new();
            let _ = errors.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(600)..]).into_owned()
        });
        for script in scripts {
            let began = Instant::now();
            let end = told.recv_timeout(LIFE);
            let time = began.elapsed();
            match end {
                Ok(end) if end == ENOUGH => break,
                Ok(end) => ends.push((script.clone(), Ok(end), time)),
                Err(RecvTimeoutError::Timeout) => {
                    ends.push((script.clone(), Err(format!("no end within {LIFE:?}")), time));
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = process.wait().unwrap();
                    let errors = errors.join().unwrap();
                    ends.push((script.clone(), Err(format!("the process ended by {status}: {errors}")), time));
                    return;
                }
            }
        }
        let _ = process.kill();
        process.wait().unwrap();
    });
}

static PANICKED: AtomicBool = AtomicBool::new(false);

#[test]
#[ignore = "a part of the other test, for a process of its own"]
fn strange_recipes() {
    if std::env::var_os(TRYING).is_none() {
        return;
    }
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
    for script in std::io::stdin().lines() {
        let script = script.unwrap();
        forget_peak();
        PANICKED.store(false, Ordering::SeqCst);
        let end = end(Path::new(&script));
        let fault = match memory("VmHWM:") {
            _ if PANICKED.load(Ordering::SeqCst) => Some(format!("it panicked; {end}")),
            Some(most) if most > MEMORY => Some(format!("it held {most} MiB; {end}")),
            _ => None,
        };
        // On a line of its own, whatever was printed before it.
        println!("\n{MARK}{}", fault.unwrap_or(end).replace(['\n', '\r'], " "));
        if memory("VmRSS:").is_some_and(|held| held > KEPT) {
            println!("\n{MARK}{ENOUGH}");
            return;
        }
    }
}

/// Memory of this process in MiB, by its name in Linux's table.
fn memory(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// The peak of memory counts from now on.
fn forget_peak() {
    // Elsewhere than on Linux it is not known anyway.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Takes a recipe as the program does: reads, compiles, plans and runs it for two iterations.
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
    let run = Run::spawn(RunOptions { interactive: true, iterations: Some(2), ..tiny_options(recipe) }).unwrap();
    let under_way = if expected(&script) == "refused" { REFUSED_WITHIN } else { UNDER_WAY };
    let (mut deadline, mut stopped, mut refusal) = (Instant::now() + under_way, false, None);
    loop {
        match run.events.recv_deadline(deadline) {
            // What is refused while nothing was learned yet ends the run.
            Ok(Event::Ended { error: Some(error), input: true, .. }) if !error.trim().is_empty() => {
                return refusal.unwrap_or_else(|| format!("refused by the run: {error}"));
            }
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
    if message.trim().is_empty() || message.chars().count() > 4000 {
        return format!("a refusal of {} letters", message.chars().count());
    }
    format!("refused at {}:{line}:{column}: {}", file.display(), message.chars().take(200).collect::<String>())
}

/// The program on a recipe, in the recipe's folder: what it writes, to either end.
fn told(recipe: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_emberlab"))
        .args(arguments)
        .current_dir(recipe.parent().unwrap())
        .output()
        .unwrap();
    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

#[test]
fn nothing_that_others_wrote_steers_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil\x1b[31m.rhai");
    let name = path.file_name().unwrap().to_str().unwrap();
    let escapes = "\\x1b[2J\\x1b]0;owned\\x07\\r\\u202egnp.secaf\\u009b";
    let steers = |text: &str| {
        text.chars().find(|letter| {
            (letter.is_control() && !"\n\t".contains(*letter)) || ('\u{202a}'..='\u{202e}').contains(letter)
        })
    };
    for body in [
        format!("fn rate(t) {{ throw \"{escapes}\" }}"),
        format!("fn data() {{ folder(\"{escapes}\") }}"),
        format!("fn kernel(s) {{ langevin(#{{ \"{escapes}\": 1 }}) }}"),
        format!("print(\"{escapes}\");\nfn rate(t) {{ debug(\"{escapes}\"); 1e-3 }}"),
        format!("fn iterate(lab, batch) {{ lab.plot(\"{escapes}\", 1.0); print(\"{escapes}\"); throw \"{escapes}\" }}"),
        format!("fn rate(t) {{ slider(\"{escapes}\", 1e-3, 0.0, 1.0, \"{escapes}\") }}"),
    ] {
        let rest: Vec<&str> = corpus::FILL.into_iter().filter(|line| !body.contains(&line[..8])).collect();
        std::fs::write(&path, format!("{body}\n{}\n", rest.join("\n"))).unwrap();
        for arguments in [
            &["check", name][..],
            &["check", name, "--json"],
            &["train", name, "--device", "cpu", "--iterations", "2", "--run", "r"],
            &["train", name, "--device", "cpu", "--iterations", "2", "--run", "r", "--json"],
        ] {
            let told = told(&path, arguments);
            assert!(!told.trim().is_empty(), "{body}: {arguments:?}");
            assert_eq!(steers(&told), None, "{body}: {arguments:?}: {told:?}");
        }
        let _ = std::fs::remove_dir_all(folder.path().join("r"));
    }
}
