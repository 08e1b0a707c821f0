//! `emberlab inpaint`: what a mask hides of an image, filled in by a run's model.

use super::chain_arguments::ChainArguments;
use super::plugins::modules;
use super::{InputError, picture_file};
use crate::compute::{Device, NoiseKey, Purpose};
use crate::run::{InpaintingAnswer, InpaintingQuestion, Pictures, SavedRun, sheet};
use crate::sampling::masks;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Args)]
pub(super) struct InpaintArguments {
    /// Directory of the run
    run: PathBuf,
    /// The image; its central square is taken
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// square (half the side, in the middle), doodle (a quarter in strokes), pepper (60 % of the pixels), or an image whose
    /// white is hidden
    #[arg(long, value_name = "FILE|square|doodle|pepper")]
    mask: PathBuf,
    /// Fills to draw
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    count: u32,
    #[command(flatten)]
    chains: ChainArguments,
    /// The picture to write: image, masked image, fills, then fills by mean, nearest and harmonic
    #[arg(long, value_name = "FILE.png")]
    out: PathBuf,
}

pub(super) fn inpaint(arguments: &InpaintArguments) -> anyhow::Result<()> {
    let device = Device::choose(&arguments.chains.device, None)?;
    let mut run = SavedRun::open(&arguments.run, &device, &modules())?;
    for reason in &run.unsound {
        tell!("warning: {reason}; an older checkpoint is used");
    }
    let side = run.plan().pyramid.sides().last().copied().unwrap_or(1);
    let image = Arc::new(picture_file::read(&arguments.image, side)?);
    let mask = Arc::new(mask(&arguments.mask, side, arguments.chains.seed)?);
    let chains = arguments.chains.settings();
    let fills = arguments.count as usize;
    let question = InpaintingQuestion { image: image.clone(), mask: mask.clone(), fills, keep_moving: false, chains };
    let answer = run.inpaint(question)?;
    describe(&answer);
    let masked = masked(&image, &mask);
    let cell = side * (96 / side).max(1);
    let written = sheet(&rows(&image, &masked, &answer), cell).save(&arguments.out);
    written.map_err(|error| InputError(format!("cannot write {}: {error}", arguments.out.display())))?;
    tell!("{fills} fills at update {} written to {}", answer.iteration, arguments.out.display());
    Ok(())
}

/// How much of each pixel is hidden, 0 to 255.
fn mask(named: &Path, side: usize, seed: u64) -> anyhow::Result<Vec<u8>> {
    let (key, shape) = (NoiseKey::new(seed, Purpose::Mask), [1, 1, side, side]);
    let bytes = |mask: crate::compute::Images| mask.data().iter().map(|&free| (255.0 * free) as u8).collect();
    match named.to_str() {
        Some("square") => Ok((0..side * side).map(|at| 255 * u8::from(in_square(at, side))).collect()),
        Some("doodle") => Ok(bytes(masks::strokes(shape, 0.25, key))),
        Some("pepper") => Ok(bytes(masks::pepper(shape, 0.6, key))),
        _ if !named.exists() => {
            let message = format!("there is no file {} for --mask; or say square, doodle or pepper", named.display());
            Err(InputError(message).into())
        }
        _ => {
            let picture = picture_file::read(named, side)?;
            Ok(picture.rgba.as_chunks::<4>().0.iter().map(|&[r, ..]| r).collect())
        }
    }
}

/// Whether a pixel lies in the square of half the side in the middle.
fn in_square(at: usize, side: usize) -> bool {
    let half = (side as f64 / 2.0).round() as usize;
    let first = (side - half) / 2;
    let inside = first..first + half;
    inside.contains(&(at % side)) && inside.contains(&(at / side))
}

/// The image with what is hidden of it grey.
fn masked(image: &Pictures, mask: &[u8]) -> Pictures {
    let mut masked = image.clone();
    for (pixel, &hidden) in masked.rgba.as_chunks_mut::<4>().0.iter_mut().zip(mask) {
        let left = 255 - u16::from(hidden);
        pixel[..3].iter_mut().for_each(|value| {
            *value = ((u16::from(*value) * left + 128 * u16::from(hidden)) / 255) as u8;
        });
    }
    masked
}

fn rows<'a>(
    image: &'a Pictures,
    masked: &'a Pictures,
    answer: &'a InpaintingAnswer,
) -> Vec<Vec<(&'a Pictures, usize)>> {
    const ACROSS: usize = 8;
    let fills = answer.grids.last();
    let fills: Vec<_> = fills.iter().flat_map(|fills| (0..fills.count).map(|at| (*fills, at))).collect();
    let trivial = answer.trivial.iter().map(|fill| (fill, 0)).collect();
    std::iter::once(vec![(image, 0), (masked, 0)])
        .chain(fills.chunks(ACROSS).map(<[_]>::to_vec))
        .chain([trivial])
        .collect()
}

/// The errors of the fills beside those of fills that need no model.
fn describe(answer: &InpaintingAnswer) {
    tell!("{:>10} {:>18} {:>10}   (over the hidden pixels)", "fill", "error, % of range", "PSNR, dB");
    for error in &answer.errors {
        tell!("{:>10} {:>18.2} {:>10.2}", error.name, 100.0 * error.error, error.psnr);
    }
    let fills = answer.errors.iter().filter(|error| error.name.starts_with("fill"));
    let (count, sum) = fills.fold((0.0, 0.0), |(count, sum), fill| (count + 1.0, sum + fill.error));
    let trivial = answer.errors.iter().filter(|error| !error.name.starts_with("fill"));
    let best = trivial.min_by(|a, b| a.error.total_cmp(&b.error));
    if let Some(best) = best.filter(|_| count > 0.0) {
        let verdict = if sum / count < best.error { "ahead of" } else { "behind" };
        tell!(
            "mean of the fills {:.2} %: {verdict} the best fill without a model ({})",
            100.0 * sum / count,
            best.name
        );
    }
}
