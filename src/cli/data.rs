//! `emberlab data`: which data sets there are, what is in one, and how it looks.

use super::{InputError, compile, print, print_json};
use crate::data::{
    self, DataError, DataSet, Layout, Manifest, Place, Progress, Report, SourceSpec, Storage, montage, spread_by_class,
};
use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// How many names of a list are printed.
const NAMED: usize = 10;

#[derive(Debug, Args)]
pub(super) struct DataArguments {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// List the data sets that have a manifest, and whether they are there
    List {
        /// Print each as a line of JSON
        #[arg(long)]
        json: bool,
    },
    /// Look through a data set: counts, sizes, classes, copies, leaks, bad files
    Check {
        #[command(flatten)]
        source: SourceArguments,
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
    },
    /// Draw a sheet of a data set's images as a model sees them
    Montage {
        #[command(flatten)]
        source: SourceArguments,
        /// The PNG file to write
        #[arg(long)]
        out: PathBuf,
        /// How many images
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
        count: u16,
        /// Images in a row
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
        columns: u16,
        /// Of the held-out images instead of those for training
        #[arg(long)]
        held_out: bool,
    },
}

#[derive(Debug, Args)]
struct SourceArguments {
    /// A folder or archive, the name of a data set with a manifest, or a recipe (.rhai), whose data are meant
    source: String,
    /// The layout, where it is not to be recognised: folder, celeba, svhn, listed, cifar, idx, numpy, tar, zip, parquet
    #[arg(long)]
    layout: Option<String>,
    /// Side of the prepared images, in pixels
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=2048))]
    side: u16,
    /// One channel instead of three
    #[arg(long)]
    grey: bool,
}

pub(super) fn data(arguments: &DataArguments) -> anyhow::Result<()> {
    match &arguments.command {
        DataCommand::List { json } => list(*json),
        DataCommand::Check { source, json } => check(source, *json),
        DataCommand::Montage { source, out, count, columns, held_out } => {
            let set = read(source)?;
            let part = if *held_out { &set.held_out } else { &set.training };
            if part.count() == 0 {
                return Err(InputError("there are no held-out images".into()).into());
            }
            let items = spread_by_class(part, usize::from(*count));
            let sheet = montage(part, &items, usize::from(*columns))?;
            sheet.save(out).with_context(|| format!("cannot write {}", out.display()))?;
            tell!("{}: {} of {} images", out.display(), items.len(), part.count());
            Ok(())
        }
    }
}

fn list(json: bool) -> anyhow::Result<()> {
    for manifest in Manifest::all()? {
        let place = manifest.place();
        let (training, held_out) = (manifest.split.training, manifest.split.held_out);
        let licence = manifest.licence.spdx.as_ref().or(manifest.licence.terms.as_ref());
        if json {
            print_json(&serde_json::json!({
                "name": manifest.name,
                "title": manifest.title,
                "about": manifest.about,
                "licence": licence,
                "training": training,
                "held_out": held_out,
                "layout": manifest.layout.kind,
                "place": place.as_ref().ok(),
                "how": manifest.source.how,
            }))?;
            continue;
        }
        let Manifest { name, title, .. } = &manifest;
        print(&format!("{name:<14} {title}: {training} + {held_out} images"))?;
        print(&format!("{:<14} licence: {}", "", licence.map_or("unknown", String::as_str)))?;
        match place {
            Ok(place) => print(&format!("{:<14} at {}", "", place.display()))?,
            Err(_) => {
                print(&format!("{:<14} not here; to get it:", ""))?;
                for line in manifest.source.how.trim().lines() {
                    print(&format!("{:<18} {line}", ""))?;
                }
            }
        }
    }
    if let (false, Some(folder)) = (json, Storage::default().folder) {
        print(&format!("prepared images are cached in {}", folder.display()))?;
    }
    Ok(())
}

/// The images that the user means, with a progress bar if they take long.
fn read(arguments: &SourceArguments) -> anyhow::Result<DataSet> {
    let (spec, base) = spec(arguments)?;
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{bar:30.yellow} {pos} of {len} images, {eta} left") {
        bar.set_style(style);
    }
    let set = data::load(&spec, &base, &Storage::default(), &mut |Progress { done, total, .. }| {
        if let Some(total) = total {
            bar.set_length(total as u64);
        }
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    });
    bar.finish_and_clear();
    Ok(set?)
}

fn spec(arguments: &SourceArguments) -> anyhow::Result<(SourceSpec, PathBuf)> {
    let path = Path::new(&arguments.source);
    if path.extension().is_some_and(|ending| ending == "rhai") {
        let (_, plan) = compile(path)?;
        return Ok((plan.data, path.parent().unwrap_or(Path::new("")).to_path_buf()));
    }
    let layout = arguments.layout.as_deref().map(layout_named).transpose()?;
    // What lies there goes before a manifest of the same name.
    let place = match (layout, path.exists(), Manifest::named(&arguments.source)) {
        (None, false, Ok(manifest)) => Place::Named(manifest.name),
        _ => Place::At { layout, path: path.to_path_buf() },
    };
    let channels = if arguments.grey { 1 } else { 3 };
    let spec =
        SourceSpec { place, side: arguments.side.into(), channels, range: [0.0, 255.0], ..SourceSpec::default() };
    Ok((spec, PathBuf::new()))
}

fn layout_named(name: &str) -> anyhow::Result<Layout> {
    serde_json::from_value(name.into()).map_err(|_| {
        let known = "folder, celeba, svhn, listed, cifar, idx, numpy, tar, zip, parquet";
        InputError(format!("there is no layout '{name}'; there are {known}")).into()
    })
}

fn check(arguments: &SourceArguments, json: bool) -> anyhow::Result<()> {
    let report = Report::of(&read(arguments)?)?;
    if json {
        return print_json(&report);
    }
    print(&report.description)?;
    let sizes: Vec<String> =
        report.sizes.iter().take(NAMED).map(|([width, height], count)| format!("{width}×{height} ({count})")).collect();
    print(&format!("sizes        {}", some(&sizes, report.sizes.len())))?;
    let channels: Vec<String> =
        report.channels.iter().map(|(channels, count)| format!("{channels} ({count})")).collect();
    print(&format!("channels     {}", channels.join(", ")))?;
    for (channel, [mean, sd]) in report.statistics.iter().enumerate() {
        print(&format!("channel {channel}    mean {mean:.2}, standard deviation {sd:.2} of 255"))?;
    }
    if !report.classes.is_empty() {
        print(&format!("classes      {}", report.classes.len()))?;
        for (name, [training, held_out]) in report.classes.iter().take(3 * NAMED) {
            print(&format!("  {name:<24} {training:>8} + {held_out}"))?;
        }
        if report.classes.len() > 3 * NAMED {
            print(&format!("  and {} more", report.classes.len() - 3 * NAMED))?;
        }
        print(&format!("unlabelled   {}", report.unlabelled))?;
    }
    groups("equal", &report.duplicates, report.duplicate_groups)?;
    groups("alike", &report.near_duplicates, report.near_duplicate_groups)?;
    print(&format!("leaks        {} held-out images look like one of those for training", report.leak_count))?;
    for [held_out, training] in report.leaks.iter().take(NAMED) {
        print(&format!("  {held_out} = {training}"))?;
    }
    print(&format!("bad files    {}", report.skipped_count))?;
    for skipped in report.skipped.iter().take(2 * NAMED) {
        print(&format!("  {skipped}"))?;
    }
    Ok(())
}

fn groups(kind: &str, named: &[Vec<String>], count: usize) -> anyhow::Result<()> {
    print(&format!("{kind:<12} {count} groups"))?;
    for group in named.iter().take(NAMED) {
        let shown = &group[..group.len().min(NAMED)];
        print(&format!("  {}", some(shown, group.len())))?;
    }
    Ok(())
}

fn some(shown: &[String], count: usize) -> String {
    let more = if shown.len() < count { format!(", and {} more", count - shown.len()) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Whether what the user gave is at fault.
pub(super) fn is_input(error: &DataError) -> bool {
    !matches!(error, DataError::Cache { .. } | DataError::BrokenOff)
}
