//! Six clients read frames and send random commands while the recipe is written anew twice a second: nothing hangs, no
//! command is lost, and memory stays flat. For ten seconds; for as many as `EMBERLAB_STRESS` says, where it is set, and then
//! memory is held within 2 %.

mod common;

use common::tiny_options;
use emberlab::compute::{NoiseKey, Purpose};
use emberlab::recipe::RecipeText;
use emberlab::run::{
    ChainSettings, Command, DiversityQuestion, Event, LongRunQuestion, NetworkQuestion, Question, Run, RunHandle,
    RunOptions,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

const CLIENTS: u64 = 6;
/// Whatever takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// Recipes that differ in what they make anew: nothing, kernels, batches, a network, the pyramid.
fn recipes() -> Vec<String> {
    let recipe = |size: usize, channels: usize, batch: usize, noise: f64| {
        format!(
            "fn pyramid() {{ grids(#{{ size: {size}, factor: 2.0 }}) }}
             fn network(s) {{ net([conv({channels}, 3), leaky(0.2)]) }}
             fn kernel(s) {{
                 let mark = slider(\"mark\", 0.0, 0.0, 1e12);
                 langevin(#{{ steps: slider(\"steps\", 2, 1, 9), drift: 1.0, noise: {noise} }})
             }}
             fn batch_size() {{ {batch} }}
             fn optimizer() {{ adam(#{{ clip_norm: 5, energy_penalty: 0.05 }}) }}
             fn rate(t) {{ 1e-4 }}"
        )
    };
    vec![
        recipe(8, 4, 4, 0.02),
        recipe(8, 4, 4, 0.03),
        recipe(8, 4, 5, 0.02),
        recipe(8, 6, 4, 0.02),
        recipe(4, 4, 4, 0.02),
    ]
}

/// Recipes that are refused: by their text, by their plan, and in their first iteration.
fn broken() -> Vec<String> {
    let good = &recipes()[0];
    vec![
        format!("{good}\nfn ("),
        good.replace("conv(4, 3)", "conv(0, 3)"),
        format!("{good}\nfn iterate(lab, batch) {{ lab.sample(9, batch.grid(0)); }}"),
    ]
}

/// Draws from a seed.
struct Draws(u64, u32);

impl Draws {
    fn below(&mut self, below: usize) -> usize {
        let mut value = [0.0f32; 1];
        self.1 = self.1.wrapping_add(1);
        NoiseKey { step: self.1, ..NoiseKey::new(self.0, Purpose::Probe) }.normal(0, &mut value);
        ((f64::from(value[0].abs()) * 1e4).fract() * below as f64) as usize % below
    }
}

/// Marks that a client has set and the run has not told of.
#[derive(Default)]
struct Marks {
    next: AtomicU64,
    open: Mutex<BTreeSet<u64>>,
}

impl Marks {
    /// Sets a mark; whether the run took the command.
    fn set(&self, run: &RunHandle) -> bool {
        let mark = self.next.fetch_add(1, SeqCst) + 1;
        self.open.lock().unwrap().insert(mark);
        let taken = run.send(Command::SetParameter { name: "mark".into(), value: mark as f64 });
        if !taken {
            self.open.lock().unwrap().remove(&mark);
        }
        taken
    }

    fn told(&self, mark: u64) {
        assert!(self.open.lock().unwrap().remove(&mark), "the mark {mark} is told twice, or was never taken");
    }

    fn count(&self) -> usize {
        self.open.lock().unwrap().len()
    }
}

fn command(draws: &mut Draws, folder: &Path) -> Command {
    let text = |text: String| RecipeText { path: folder.join("recipe.rhai"), text };
    match draws.below(60) {
        0..=9 => Command::Run,
        10..=12 => Command::Pause,
        13..=15 => Command::StepMcmc,
        16..=18 => Command::StepGrid,
        19..=21 => Command::StepIteration,
        22 => Command::Reset,
        23 => Command::Reseed(draws.below(9) as u64),
        24..=27 => Command::Freeze { side: 1 << draws.below(4), frozen: draws.below(2) == 0 },
        28..=30 => Command::SlowMotion(1e-3 * draws.below(3) as f64),
        31..=35 => Command::Paint { grid: draws.below(4), dabs: vec![(draws.below(5), 0, 1, [200, 10, 10])] },
        36..=39 => Command::SetParameter { name: "steps".into(), value: 1.0 + draws.below(5) as f64 },
        40 => Command::SetParameter { name: "nobody".into(), value: f64::NAN },
        41 => Command::SwapRecipe(text(recipes().swap_remove(draws.below(5)))),
        42 => Command::SwapRecipe(text(broken().swap_remove(draws.below(3)))),
        43..=47 => Command::Preview(text(recipes().swap_remove(draws.below(5)))),
        48 => Command::Inspect(None),
        49 => Command::Save,
        50 => Command::CutRate { grid: 1 + draws.below(4) },
        51 => Command::LimitGradient { grid: draws.below(5) },
        _ => Command::ShareWeights,
    }
}

fn question(draws: &mut Draws) -> Question {
    let chains = ChainSettings::default();
    match draws.below(6) {
        0 => {
            let seeds = vec![[200, 40, 60]];
            Question::Diversity(draws.below(2), DiversityQuestion { seeds, others: 1, copies: 2, chains })
        }
        1 => Question::LongRun(Some(LongRunQuestion { count: 2, steps: 1000, chains })),
        2 => Question::LongRun(None),
        3 => Question::Inpainting(None),
        4 => Question::Network(NetworkQuestion { grid: 1 + draws.below(3), ..NetworkQuestion::default() }),
        _ => Question::HeldOut,
    }
}

/// Bytes of this process that are in memory.
fn resident() -> Option<f64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(4096.0 * statm.split(' ').nth(1)?.parse::<f64>().ok()?)
}

#[test]
fn six_clients_and_a_recipe_that_is_always_written_anew() {
    let asked = std::env::var("EMBERLAB_STRESS").ok().and_then(|seconds| seconds.parse().ok());
    let length = Duration::from_secs(asked.unwrap_or(10));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recipe.rhai");
    let first = RecipeText { path: path.clone(), text: recipes().swap_remove(0) };
    std::fs::write(&path, &first.text).unwrap();
    let options = RunOptions {
        interactive: true,
        watch: true,
        directory: Some(folder.path().join("run")),
        ..tiny_options(first)
    };
    let run = Run::spawn(options).unwrap();
    let (marks, over, ended) = (Marks::default(), AtomicBool::new(false), AtomicBool::new(false));
    let (sent, refused, frames) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    // A run that has not begun yet waits for recipes alone.
    while !matches!(run.events.recv_timeout(PATIENCE).expect("the run does not begin"), Event::Update { .. }) {}
    let started = Instant::now();
    let memory = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (run, marks, over, sent, refused, frames) = (&run, &marks, &over, &sent, &refused, &frames);
            let folder = folder.path();
            scope.spawn(move || {
                let (mut draws, mut newest) = (Draws(client, 0), 0);
                while !over.load(SeqCst) {
                    let taken = match draws.below(8) {
                        0 => marks.set(run),
                        1 => run.ask(question(&mut draws)),
                        _ => run.send(command(&mut draws, folder)),
                    };
                    sent.fetch_add(u64::from(taken), SeqCst);
                    refused.fetch_add(u64::from(!taken), SeqCst);
                    if let Some(frame) = run.frames.newest() {
                        assert!(frame.number >= newest, "frames go back");
                        frames.fetch_add(u64::from(frame.number > newest), SeqCst);
                        newest = frame.number;
                    }
                    let _ = run.answers.newest();
                    std::thread::sleep(Duration::from_millis(1 + draws.below(12) as u64));
                }
            });
        }
        scope.spawn(|| {
            let mut draws = Draws(99, 0);
            while !over.load(SeqCst) {
                std::thread::sleep(Duration::from_millis(500));
                let texts = if draws.below(4) == 0 { broken() } else { recipes() };
                let text = &texts[draws.below(texts.len())];
                std::fs::write(&path, format!("{text}\n// {}\n", draws.below(1000))).unwrap();
                memory.lock().unwrap().extend(resident());
            }
        });
        scope.spawn(|| {
            loop {
                match run.events.recv_timeout(PATIENCE) {
                    Ok(Event::ParameterSet { name, value, .. }) if name == "mark" => marks.told(value as u64),
                    Ok(Event::Warning { message, .. }) if message.starts_with("mark stays") => {
                        panic!("a mark was refused: {message}");
                    }
                    Ok(Event::Ended { error, .. }) => {
                        assert_eq!(error, None);
                        return ended.store(true, SeqCst);
                    }
                    Ok(_) => {}
                    Err(error) => panic!("the run says nothing any more: {error}"),
                }
            }
        });
        std::thread::sleep(length);
        over.store(true, SeqCst);
        // Whatever was taken is obeyed before the end.
        let deadline = Instant::now() + PATIENCE;
        run.send(Command::Run);
        while marks.count() > 0 {
            assert!(Instant::now() < deadline, "{} commands are lost", marks.count());
            std::thread::sleep(Duration::from_millis(5));
        }
        while !run.send(Command::Stop) {
            assert!(Instant::now() < deadline, "the run takes no command");
            std::thread::sleep(Duration::from_millis(5));
        }
        while !ended.load(SeqCst) {
            assert!(Instant::now() < deadline, "the run does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let [sent, refused, frames] = [sent, refused, frames].map(|count| count.load(SeqCst));
    let set = marks.next.load(SeqCst);
    println!(
        "{sent} commands and questions were taken and {refused} refused, {set} of them marks; {frames} frames were seen"
    );
    assert!(sent > 100 && frames > 0, "nothing happened: {sent} commands, {frames} frames");
    let memory = memory.into_inner().unwrap();
    let quarter = memory.len() / 4;
    if quarter == 0 {
        return eprintln!("memory is not measured here");
    }
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (before, after) = (mean(&memory[2 * quarter..3 * quarter]), mean(&memory[3 * quarter..]));
    let growth = after / before - 1.0;
    let most = if started.elapsed() > Duration::from_secs(300) { 0.02 } else { 0.25 };
    println!("resident memory {:.1} MB, then {:.1} MB: {:+.2} %", before / 1e6, after / 1e6, 100.0 * growth);
    assert!(growth < most, "memory grows by {:.1} %", 100.0 * growth);
}
