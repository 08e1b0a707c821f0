//! `emberlab study`: a table or figure of the paper, as a page.

use super::{InputError, print};
use crate::study::report::{self, Block, Picture, Report, Setting, Verdict};
use crate::study::{Progress, Scale, Settings, Size, Study, Workshop};
use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Debug, Args)]
pub(super) struct StudyArguments {
    /// Which one
    #[arg(value_enum)]
    name: Name,
    /// quick: under ten minutes on two cores; medium: an hour or two; paper: the paper's size, for a GPU
    #[arg(long, default_value = "quick", value_parser = scale)]
    scale: Scale,
    /// Look at this run, where a study looks at one; else it trains its own
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Images to learn from: the name of a built-in set, or a folder or file
    #[arg(long, value_name = "NAME|PATH", default_value = "portraits")]
    data: String,
    /// Do not mirror training images at random (for digits and the like)
    #[arg(long)]
    no_flip: bool,
    /// Images of something else, for the scores of negative images
    #[arg(long, value_name = "PATH")]
    negatives: Option<PathBuf>,
    /// The factor d of multi-grid
    #[arg(long, value_name = "D", default_value_t = 1.5)]
    factor: f64,
    /// First of the seeds
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs of each kind, in place of the scale's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    seeds: Option<u32>,
    /// Learning updates, in place of the scale's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    updates: Option<u64>,
    /// Images of each kind that measures are taken on, in place of the scale's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=100_000))]
    images: Option<u32>,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    device: String,
    /// Threads of the CPU kernels; one for each core by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Folder of the report and of the runs that it trains; by default below studies/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A study's name on the command line.
#[derive(Debug, Clone, Copy)]
struct Name(Study);

impl ValueEnum for Name {
    fn value_variants<'a>() -> &'a [Self] {
        const NAMES: [Name; 10] = [
            Name(Study::Scores),
            Name(Study::Synthesis),
            Name(Study::Convergence),
            Name(Study::Diversity),
            Name(Study::Classification),
            Name(Study::Inpainting),
            Name(Study::Factors),
            Name(Study::Stability),
            Name(Study::Sampler),
            Name(Study::Overview),
        ];
        &NAMES
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        let help = format!("{} ({})", self.0.title(), self.0.reference());
        Some(clap::builder::PossibleValue::new(self.0.name()).help(help))
    }
}

fn scale(name: &str) -> Result<Scale, String> {
    Scale::named(name).ok_or_else(|| "say quick, medium or paper".into())
}

pub(super) fn study(arguments: &StudyArguments) -> anyhow::Result<()> {
    let settings = settings(arguments)?;
    let folder = settings.folder.clone();
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    // Ctrl-C saves the run under way; where no handler can be set, it ends at once as usual.
    let _ = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed));
    let bar = bar();
    let mut watch = |progress: &Progress| {
        show(&bar, progress);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let study = arguments.name.0;
    let mut workshop = Workshop::new(settings, &mut watch)?;
    let made = study.make(&mut workshop);
    let told = told(&workshop);
    bar.finish_and_clear();
    let report = Report { settings: told, ..made? };
    write(&folder, &report)?;
    for (_, finding) in report.findings() {
        tell!("{}: {}. {}", word(finding.verdict), finding.claim, finding.evidence);
    }
    print(&folder.join(report::page_file(&report)).display().to_string())
}

fn settings(arguments: &StudyArguments) -> anyhow::Result<Settings> {
    let Size { seeds, updates, images, .. } = arguments.scale.size();
    let size = Size {
        seeds: arguments.seeds.map_or(seeds, |seeds| seeds as usize),
        updates: arguments.updates.unwrap_or(updates),
        images: arguments.images.map_or(images, |images| images as usize),
        ..arguments.scale.size()
    };
    let (data, title) = source(&arguments.data)?;
    let negatives = arguments.negatives.as_deref().map(|path| source(&path.to_string_lossy())).transpose()?;
    let default = || Path::new("studies").join(format!("{}-{title}", arguments.scale.name()));
    Ok(Settings {
        scale: arguments.scale,
        size,
        factor: arguments.factor,
        folder: arguments.out.clone().unwrap_or_else(default),
        data,
        title,
        flip: !arguments.no_flip,
        negatives: negatives.map(|(data, _)| data),
        seed: arguments.seed,
        device: arguments.device.clone(),
        threads: arguments.threads,
        run: arguments.run.clone(),
    })
}

/// Data as a recipe says them, and a word for them.
fn source(name: &str) -> anyhow::Result<(String, String)> {
    if crate::data::BUILTIN.contains(&name) {
        return Ok((format!("builtin({name:?})"), name.to_owned()));
    }
    let path = Path::new(name);
    if !path.exists() {
        let known = crate::data::BUILTIN.join(", ");
        return Err(InputError(format!(
            "there is no file or folder {name}, nor a built-in set of this name ({known})"
        ))
        .into());
    }
    let path = std::path::absolute(path).with_context(|| format!("cannot find {name}"))?;
    let title = path.file_name().map_or_else(|| "data".into(), |name| name.to_string_lossy().into_owned());
    Ok((format!("images({})", serde_json::to_string(&path.to_string_lossy())?), title))
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1_000);
    if let Ok(style) = ProgressStyle::with_template("{bar:30.yellow} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(bar: &ProgressBar, progress: &Progress) {
    bar.set_position((1_000.0 * progress.share) as u64);
    let left = progress.seconds_left.map_or(String::new(), |left| format!(", {}", super::train::clock(left)));
    let message = format!("{}{left}", progress.doing);
    if bar.message() != message {
        bar.set_message(message);
    }
}

/// What the report was made with.
fn told(workshop: &Workshop<'_>) -> Vec<Setting> {
    let settings = &workshop.settings;
    let size = settings.size;
    let command: Vec<String> = std::env::args().skip(1).collect();
    let mut told = vec![
        Setting::new("command", format!("emberlab {}", command.join(" "))),
        Setting::new("Emberlab", env!("CARGO_PKG_VERSION")),
        Setting::new("device", workshop.device.name()),
        Setting::new("seeds", format!("{} from {}", size.seeds, settings.seed)),
        Setting::new("updates", size.updates),
        Setting::new("images measured", size.images),
    ];
    match &settings.run {
        Some(run) => told.push(Setting::new("run", run.display())),
        None => told.extend([
            Setting::new("data", &settings.data),
            Setting::new("side, batch, MCMC steps", format!("{}, {}, {}", size.side, size.batch, size.steps)),
            Setting::new("runs", settings.folder.join("runs").display()),
        ]),
    }
    told
}

/// Writes the page, its data and its pictures.
fn write(folder: &Path, report: &Report) -> anyhow::Result<()> {
    let put = |file: &str, bytes: &[u8]| {
        let path = folder.join(file);
        let failed =
            |error| InputError(format!("cannot write {}: {error}; choose another folder by --out", path.display()));
        std::fs::write(&path, bytes).map_err(failed)
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    put(&report::page_file(report), report::html(report).as_bytes())?;
    put(&format!("{}.json", report.name), report::json(report)?.as_bytes())?;
    for table in report::csv(report) {
        put(&table.file, table.text.as_bytes())?;
    }
    for picture in pictures(report) {
        put(&picture.file, &picture.png)?;
    }
    put("index.html", report::index(&reports(folder)).as_bytes())?;
    Ok(())
}

fn pictures(report: &Report) -> impl Iterator<Item = &Picture> {
    report.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
        Block::Picture(picture) => Some(picture),
        _ => None,
    })
}

/// The reports that lie in a folder; what is none is passed over.
fn reports(folder: &Path) -> Vec<Report> {
    let read = |study: Study| {
        let text = std::fs::read_to_string(folder.join(format!("{}.json", study.name()))).ok()?;
        serde_json::from_str(&text).ok()
    };
    Study::ALL.into_iter().filter_map(read).collect()
}

/// How a finding's verdict is told on a terminal.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::FallsShort => "falls short",
        Verdict::NotMeasured => "not measured",
    }
}
