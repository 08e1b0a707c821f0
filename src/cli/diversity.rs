//! `emberlab diversity`: how different are the images that grow from one same 1×1 colour?

use super::chain_arguments::ChainArguments;
use super::plugins::modules;
use super::{InputError, picture_file};
use crate::compute::Device;
use crate::run::{DiversityAnswer, DiversityQuestion, Pictures, SavedRun, sheet};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("seed of the images").required(true).args(["color", "image"]))]
pub(super) struct DiversityArguments {
    /// Directory of the run
    run: PathBuf,
    /// The 1×1 image: red, green, blue from 0 to 255
    #[arg(long, value_name = "R,G,B", value_parser = colour)]
    color: Option<[u8; 3]>,
    /// An image whose 1×1 version is taken
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Images to grow from it
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=256))]
    count: u32,
    /// 1×1 images of p(0) to compare with; 0 leaves the comparison out
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=64))]
    others: u32,
    #[command(flatten)]
    chains: ChainArguments,
    /// The picture to write: a row for each grid, then a row for each seed of p(0)
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
}

fn colour(text: &str) -> Result<[u8; 3], String> {
    let numbers: Vec<u8> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    match (numbers.as_slice(), text.split(',').count()) {
        (&[r, g, b], 3) => Ok([r, g, b]),
        _ => Err("three whole numbers from 0 to 255 are expected, such as 200,150,90".into()),
    }
}

pub(super) fn diversity(arguments: &DiversityArguments) -> anyhow::Result<()> {
    let device = Device::choose(&arguments.chains.device, None)?;
    let mut run = SavedRun::open(&arguments.run, &device, &modules())?;
    for reason in &run.unsound {
        tell!("warning: {reason}; an older checkpoint is used");
    }
    let seed = match (&arguments.color, &arguments.image) {
        (Some(colour), _) => *colour,
        (None, Some(path)) => {
            let picture = picture_file::read(path, 1)?;
            [picture.rgba[0], picture.rgba[1], picture.rgba[2]]
        }
        (None, None) => return Err(InputError("give --color or --image".into()).into()),
    };
    let chains = arguments.chains.settings();
    let (others, copies) = (arguments.others as usize, arguments.count as usize);
    let answer = run.diversity(DiversityQuestion { seeds: vec![seed], others, copies, chains })?;
    describe(seed, &answer);
    let side = answer.grids.last().map_or(64, |finest| finest.side).max(1);
    let written = sheet(&rows(&answer), side * (64 / side).max(1)).save(&arguments.out);
    written.map_err(|error| InputError(format!("cannot write {}: {error}", arguments.out.display())))?;
    tell!("{copies} images at update {} written to {}", answer.iteration, arguments.out.display());
    Ok(())
}

fn describe([r, g, b]: [u8; 3], answer: &DiversityAnswer) {
    tell!("from the 1×1 image {r},{g},{b}; distances are RMSE as a share of the range");
    tell!("{:>9} {:>14} {:>14} {:>10}", "grid", "within a seed", "between seeds", "MS-SSIM");
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"));
    for spread in &answer.spread {
        let side = format!("{0}×{0}", spread.side);
        let (between, similar) = (number(spread.between), number(spread.ms_ssim));
        tell!("{side:>9} {:>14.4} {between:>14} {similar:>10}", spread.within);
    }
}

/// A row for each grid with the first seed's images, then the finest images of the other seeds.
fn rows(answer: &DiversityAnswer) -> Vec<Vec<(&Pictures, usize)>> {
    let copies = answer.copies;
    let grids = answer.grids.iter().map(|grid| (0..copies.min(grid.count)).map(|at| (grid, at)).collect());
    let others = answer.grids.last().into_iter().flat_map(|finest| {
        let rows = 1..finest.count / copies.max(1);
        rows.map(move |seed| (seed * copies..(seed + 1) * copies).map(|at| (finest, at)).collect())
    });
    grids.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_three_bytes() {
        assert_eq!(colour("200, 150,90"), Ok([200, 150, 90]));
        for wrong in ["", "1,2", "1,2,256", "1,2,3,4", "a,b,c", "-1,0,0"] {
            assert!(colour(wrong).is_err(), "{wrong}");
        }
    }
}
