//! `emberlab train`: a run without a window.

use super::plugins::modules;
use super::{InputError, print_json};
use crate::recipe;
use crate::recipe::Setting;
use crate::run::{Command, Event, Keep, OnDivergence, Run, RunHandle, RunOptions, read_run};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Debug, Args)]
pub(super) struct TrainArguments {
    /// The recipe; with --resume, the run's own
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    recipe: Option<PathBuf>,
    /// End after this many iterations in all
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,
    /// End after this many seconds of learning in all
    #[arg(long, value_name = "S", value_parser = finite)]
    seconds: Option<f64>,
    /// Directory of the run; by default a new one below runs/
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    run: Option<PathBuf>,
    /// Seed of everything that is random; a run that is gone on with keeps its own
    #[arg(long, default_value_t = 1, conflicts_with = "resume")]
    seed: u64,
    /// auto, cpu, gpu, gpu:N, software or flex; by default auto, or with --resume what the run was begun with
    #[arg(long)]
    device: Option<String>,
    /// Threads of the CPU kernels; by default one for each core, or with --resume what the run was begun with
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Set a live parameter of the recipe: a slider's number, a choice's word, true or false of a toggle
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, Setting)>,
    /// Go on with the run in this directory
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    /// What follows when a grid diverges, whatever the recipe says: stop ends the run, saved, and rollback sends the grid
    /// back and goes on at half its rate
    #[arg(long, value_name = "stop|rollback", value_parser = on_divergence)]
    on_divergence: Option<OnDivergence>,
    /// Seconds between two checkpoints; 0 writes one after each iteration
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    checkpoint_every: Duration,
    /// Checkpoints that are kept, the newest ones
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    keep_last: u64,
    /// Beside them keep the checkpoints whose iteration is a multiple of this
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    keep_every: Option<u64>,
    /// Print each event as a line of JSON on standard output
    #[arg(long)]
    json: bool,
}

fn assignment(text: &str) -> Result<(String, Setting), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    // Whether it is a number or a word is the recipe's to say; a number that is not finite is neither.
    let value = match value.trim().parse::<f64>() {
        Ok(_) => Setting::Number(finite(value)?),
        Err(_) => Setting::Word(value.trim().to_string()),
    };
    Ok((name.trim().to_string(), value))
}

fn finite(text: &str) -> Result<f64, String> {
    let value = text.trim().parse().ok().filter(|value: &f64| value.is_finite());
    value.ok_or_else(|| format!("'{text}' is not a finite number"))
}

fn on_divergence(word: &str) -> Result<OnDivergence, String> {
    let known = OnDivergence::of_word(word).filter(|&known| known != OnDivergence::Ask);
    known.ok_or_else(|| format!("it must be stop or rollback, found '{word}'"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(finite(text)?).map_err(|_| format!("'{text}' is no time, which is 0 seconds or more"))
}

pub(super) fn train(arguments: &TrainArguments) -> anyhow::Result<()> {
    let mut options = match (&arguments.resume, &arguments.recipe) {
        (Some(directory), _) => {
            let (settings, recipe) = read_run(directory)?;
            let options = RunOptions::new(recipe);
            RunOptions {
                directory: Some(directory.clone()),
                resume: true,
                device: settings.asked.unwrap_or(options.device),
                threads: settings.threads,
                ..options
            }
        }
        (None, Some(path)) => {
            let directory = arguments.run.clone().unwrap_or_else(|| new_directory(path));
            refuse_used(&directory)?;
            RunOptions { directory: Some(directory), ..RunOptions::new(recipe::read(path)?) }
        }
        (None, None) => return Err(InputError("give a recipe, or --resume DIR".into()).into()),
    };
    options.iterations = arguments.iterations;
    options.seconds = arguments.seconds;
    options.seed = arguments.seed;
    options.device = arguments.device.clone().unwrap_or(options.device);
    options.threads = arguments.threads.or(options.threads);
    options.checkpoint_every = arguments.checkpoint_every;
    options.keep = Keep { last: arguments.keep_last as usize, every: arguments.keep_every };
    options.set = arguments.set.iter().cloned().collect();
    options.on_divergence = arguments.on_divergence;
    options.modules = modules();
    options.watch = true;
    options.plugins = Some(crate::recipe::PLUGINS.into());
    follow(options, arguments.json)
}

/// A directory below `runs/` named after the recipe and the time.
pub(super) fn new_directory(recipe: &Path) -> PathBuf {
    let stem = recipe.file_stem().map_or_else(|| "run".into(), |stem| stem.to_string_lossy().into_owned());
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let candidate = |number: u32| Path::new("runs").join(format!("{stem}-{seconds}-{number}"));
    let first = Path::new("runs").join(format!("{stem}-{seconds}"));
    // A clock that was set back may name runs of before.
    let last = candidate(std::process::id());
    std::iter::once(first).chain((2..1000).map(candidate)).find(|path| !path.exists()).unwrap_or(last)
}

fn refuse_used(directory: &Path) -> anyhow::Result<()> {
    if directory.join("run.toml").exists() {
        let directory = directory.display();
        let message =
            format!("{directory} already holds a run: go on with it by --resume {directory}, or choose another");
        return Err(InputError(message).into());
    }
    Ok(())
}

/// Follows a run to its end, with a progress bar or as JSON.
pub(super) fn follow(options: RunOptions, json: bool) -> anyhow::Result<()> {
    let (iterations, seconds) = (options.iterations, options.seconds);
    let handle = Run::spawn(options)?;
    let stop = handle.sender();
    // A first Ctrl-C or SIGTERM saves and ends the run; where no handler can be set, it ends at once as usual.
    let _ = ctrlc::set_handler(move || {
        let _ = stop.try_send(Command::Stop);
    });
    let mut view = View::new(iterations, seconds, json);
    loop {
        let Ok(event) = handle.events.recv() else { return Err(anyhow::anyhow!("the run's thread is gone")) };
        view.show(&event)?;
        if let Event::Ended { error, input, .. } = event {
            view.bar.finish_and_clear();
            return finish(handle, error, input);
        }
    }
}

fn finish(mut handle: RunHandle, error: Option<String>, input: bool) -> anyhow::Result<()> {
    handle.join();
    match error {
        None => Ok(()),
        Some(message) if input => Err(InputError(message).into()),
        Some(message) => Err(anyhow::anyhow!(message)),
    }
}

/// What is shown of a run on a terminal.
struct View {
    bar: ProgressBar,
    iterations: Option<u64>,
    seconds: Option<f64>,
    json: bool,
    speed: f64,
    last: Option<std::time::Instant>,
}

impl View {
    fn new(iterations: Option<u64>, seconds: Option<f64>, json: bool) -> Self {
        let length = iterations.or(seconds.map(|seconds| (1000.0 * seconds) as u64));
        let bar = match (json, length) {
            (true, _) => ProgressBar::hidden(),
            (false, Some(length)) => ProgressBar::new(length),
            (false, None) => ProgressBar::new_spinner(),
        };
        let template = match length {
            Some(_) => "{bar:30.yellow} {msg}",
            None => "{spinner:.yellow} {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, iterations, seconds, json, speed: 0.0, last: None }
    }

    fn show(&mut self, event: &Event) -> anyhow::Result<()> {
        if self.json {
            return print_json(event);
        }
        match event {
            Event::Update { iteration, seconds, grids } => {
                self.note_speed();
                let finest = grids.last().copied().unwrap_or_default();
                self.bar.set_position(match self.iterations {
                    Some(_) => *iteration,
                    None => (1000.0 * seconds) as u64,
                });
                let left = self.time_left(*iteration, *seconds);
                self.bar.set_message(format!(
                    "iteration {iteration}, {:.2} it/s{left}, finest grid: gap {:.3}, gradient norm {:.2}",
                    self.speed, finest.gap, finest.gradient_norm
                ));
                // Where nobody sees a bar, a line now and then.
                if !std::io::stderr().is_terminal() && iteration % 100 == 0 {
                    tell!("iteration {iteration}, {seconds:.0} s, {:.2} it/s{left}", self.speed);
                }
            }
            Event::Reading { done, total, seconds_left } => {
                let of = total.map_or(String::new(), |total| format!(" of {total}"));
                let left = seconds_left.map_or(String::new(), |left| format!(", {}", clock(left)));
                self.bar.set_message(format!("reading images: {done}{of}{left}"));
            }
            other => {
                if let Some(line) = describe(other) {
                    self.bar.suspend(|| tell!("{line}"));
                }
            }
        }
        Ok(())
    }

    fn note_speed(&mut self) {
        let now = std::time::Instant::now();
        if let Some(last) = self.last {
            let speed = 1.0 / now.duration_since(last).as_secs_f64().max(1e-9);
            self.speed = if self.speed == 0.0 { speed } else { 0.95 * self.speed + 0.05 * speed };
        }
        self.last = Some(now);
    }

    fn time_left(&self, iteration: u64, seconds: f64) -> String {
        let by_count = self.iterations.map(|most| most.saturating_sub(iteration) as f64 / self.speed.max(1e-9));
        let by_time = self.seconds.map(|most| most - seconds);
        match [by_count, by_time].into_iter().flatten().reduce(f64::min) {
            Some(left) if left.is_finite() && self.speed > 0.0 => {
                format!(", {}", clock(left))
            }
            _ => String::new(),
        }
    }
}

/// Time that is left, in minutes and seconds.
pub(super) fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    format!("{}:{:02} left", seconds / 60, seconds % 60)
}

/// A line for people, for events worth one.
fn describe(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { directory, device, seed, iteration } => {
            let place = directory.as_ref().map_or("not saved".into(), |path| path.display().to_string());
            format!("run: {place} · device: {device} · seed {seed} · from iteration {iteration}")
        }
        Event::Data { source, skipped, .. } => {
            let skipped: String = skipped.iter().take(10).map(|name| format!("\n  skipped {name}")).collect();
            format!("data: {source}{skipped}")
        }
        Event::RecipeApplied { path, kept, renewed, .. } => {
            format!("{} applied; kept: {}; made anew: {}", path.display(), words(kept), words(renewed))
        }
        Event::RecipeRefused { path, line, column, message, .. } => {
            format!("{}:{line}:{column}: {message} (the last good recipe keeps running)", path.display())
        }
        Event::Diverged { iteration, grid, reason, action, .. } => {
            format!("iteration {iteration}: grid {grid} diverged: {reason}: {action}")
        }
        Event::Measured { iteration, name, value } => format!("iteration {iteration}: {name} {value:.4}"),
        Event::Sheet { path, .. } => format!("sheet: {}", path.display()),
        Event::Warning { message, .. } => format!("warning: {message}"),
        Event::Printed { text, .. } => format!("recipe: {text}"),
        _ => return None,
    })
}

fn words(list: &[String]) -> String {
    if list.is_empty() { "nothing".into() } else { list.join(", ") }
}
