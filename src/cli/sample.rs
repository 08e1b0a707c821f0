//! `emberlab sample`: images drawn from a run.

use super::InputError;
use super::plugins::modules;
use crate::compute::Device;
use crate::run::{ChainSettings, Pictures, SavedRun, growth, pictures, sheet};
use crate::study::{GridDiversity, diversity};
use clap::Args;
use std::path::PathBuf;

/// Images of one picture.
const MOST: usize = 4096;

#[derive(Debug, Args)]
pub(super) struct SampleArguments {
    /// Directory of the run
    run: PathBuf,
    /// How many images (or, with --same-seed, how many 1×1 seeds)
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    count: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Grow K images from each 1×1 seed, a row for each seed
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=256))]
    same_seed: Option<u32>,
    /// auto, cpu, gpu, gpu:N, software or flex
    #[arg(long, default_value = "auto")]
    device: String,
    /// The picture to write
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
}

pub(super) fn sample(arguments: &SampleArguments) -> anyhow::Result<()> {
    let copies = arguments.same_seed.unwrap_or(1) as usize;
    if copies * arguments.count as usize > MOST {
        let message = format!("--count times --same-seed is more than {MOST} images; ask for fewer");
        return Err(InputError(message).into());
    }
    let device = Device::choose(&arguments.device, None)?;
    let mut run = SavedRun::open(&arguments.run, &device, &modules())?;
    for reason in &run.unsound {
        tell!("warning: {reason}; an older checkpoint is used");
    }
    let starts = run.starts(arguments.count as usize, copies, arguments.seed)?;
    let chains = ChainSettings { noise: arguments.seed, ..ChainSettings::default() };
    let images = run.grow(&starts, &chains)?;
    let range = run.plan().data.range;
    if arguments.same_seed.is_some() {
        match diversity(&images, copies, range) {
            Ok(grids) => describe_diversity(&grids),
            Err(reason) => tell!("no spread to measure: {reason}"),
        }
    }
    let grids: Vec<Pictures> = images.iter().map(|images| pictures(images, range, images.count())).collect();
    let rows = match (arguments.same_seed, grids.last()) {
        (Some(_), Some(finest)) => same_seed_rows(&grids[0], finest, copies),
        _ => growth(&grids, None, 12),
    };
    let side = grids.last().map_or(64, |finest| finest.side).max(1);
    let written = sheet(&rows, side * (64 / side).max(1)).save(&arguments.out);
    written.map_err(|error| InputError(format!("cannot write {}: {error}", arguments.out.display())))?;
    tell!("{} images at update {} → {}", starts.count(), run.iteration(), arguments.out.display());
    Ok(())
}

/// How different the images of one seed are, beside those of different seeds.
fn describe_diversity(grids: &[GridDiversity]) {
    tell!("{:>9} {:>14} {:>14}   (RMSE as a share of the range)", "grid", "within a seed", "between seeds");
    for grid in grids {
        let side = format!("{0}×{0}", grid.side);
        tell!("{side:>9} {:>14.4} {:>14.4}", grid.spread.within, grid.spread.between);
    }
}

/// A row for each seed: its 1×1 image, then what grew from it.
fn same_seed_rows<'a>(seeds: &'a Pictures, finest: &'a Pictures, copies: usize) -> Vec<Vec<(&'a Pictures, usize)>> {
    (0..seeds.count / copies)
        .map(|row| {
            let grown = (row * copies..(row + 1) * copies).map(|index| (finest, index));
            std::iter::once((seeds, row * copies)).chain(grown).collect()
        })
        .collect()
}
