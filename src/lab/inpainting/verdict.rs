//! How good fills are beside those that need no model, in words.

use crate::run::{FillError, InpaintingAnswer};

/// Decibels that make no difference.
const LEVEL: f64 = 0.1;

/// Who is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Ahead,
    Level,
    Behind,
}

/// The judgement of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub standing: Standing,
    pub words: String,
}

/// The errors of fills, and of those without a model.
#[must_use]
pub fn split(answer: &InpaintingAnswer) -> (&[FillError], &[FillError]) {
    let fills = answer.grids.last().map_or(0, |finest| finest.count);
    answer.errors.split_at(fills.min(answer.errors.len()))
}

/// The error with the highest PSNR: its number, from 0, fills first.
#[must_use]
pub fn best(answer: &InpaintingAnswer) -> Option<usize> {
    let known = answer.errors.iter().enumerate().filter(|(_, error)| !error.psnr.is_nan());
    known.max_by(|one, other| one.1.psnr.total_cmp(&other.1.psnr)).map(|(at, _)| at)
}

fn highest(errors: &[FillError]) -> Option<&FillError> {
    errors.iter().filter(|error| !error.psnr.is_nan()).max_by(|one, other| one.psnr.total_cmp(&other.psnr))
}

/// The middle PSNR; of an even count the lower middle, which flatters less.
fn typical(errors: &[FillError]) -> Option<f64> {
    let mut known: Vec<f64> = errors.iter().map(|error| error.psnr).filter(|psnr| !psnr.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    known.get(known.len().saturating_sub(1) / 2).copied()
}

/// Decibels as they are written.
#[must_use]
pub fn decibels(psnr: f64) -> String {
    if psnr.is_finite() { format!("{psnr:.1} dB") } else { format!("{psnr} dB") }
}

/// Judges the typical fill, not the luckiest one, against the best fill without a model.
#[must_use]
pub fn verdict(answer: &InpaintingAnswer) -> Option<Verdict> {
    let (fills, trivial) = split(answer);
    let (typical, lucky, rival) = (typical(fills)?, highest(fills)?, highest(trivial)?);
    let standing = match typical - rival.psnr {
        ahead if ahead > LEVEL => Standing::Ahead,
        behind if behind < -LEVEL => Standing::Behind,
        _ => Standing::Level,
    };
    let which = if fills.len() > 1 { " (typical fill)" } else { "" };
    let numbers = format!("{}{which}, {} {}", decibels(typical), rival.name, decibels(rival.psnr));
    let mut words = match standing {
        Standing::Ahead => format!("The model is ahead on this mask: {numbers}."),
        Standing::Level => format!("The model is level with the {} fill on this mask: {numbers}.", rival.name),
        Standing::Behind => format!("The model is behind the {} fill on this mask: {numbers}.", rival.name),
    };
    if standing == Standing::Behind && fills.len() > 1 && lucky.psnr > rival.psnr + LEVEL {
        words.push_str(&format!(" Its luckiest fill is ahead: {}.", decibels(lucky.psnr)));
    }
    let settled = answer.sweeps > 0 || answer.progress.done;
    let words = if settled { words } else { format!("So far: {words}") };
    Some(Verdict { standing, words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{ChainProgress, Pictures};

    fn answer(fills: &[f64], trivial: [f64; 3]) -> InpaintingAnswer {
        let error = |name: String, psnr: f64| FillError { name, error: 0.1, psnr };
        let fills_of = fills.iter().enumerate().map(|(at, &psnr)| error(format!("fill {}", at + 1), psnr));
        let names = ["mean", "nearest", "harmonic"];
        let without = names.iter().zip(trivial).map(|(name, psnr)| error((*name).to_owned(), psnr));
        InpaintingAnswer {
            grids: vec![Pictures { side: 4, count: fills.len(), rgba: Vec::new() }],
            errors: fills_of.chain(without).collect(),
            progress: ChainProgress { done: true, ..ChainProgress::default() },
            ..InpaintingAnswer::default()
        }
    }

    #[test]
    fn the_model_is_told_when_it_is_behind() {
        let verdict = verdict(&answer(&[18.0], [12.0, 15.0, 21.0])).unwrap();
        assert_eq!(verdict.standing, Standing::Behind);
        assert_eq!(verdict.words, "The model is behind the harmonic fill on this mask: 18.0 dB, harmonic 21.0 dB.");
    }

    #[test]
    fn the_typical_fill_counts_and_not_the_luckiest() {
        let verdict = verdict(&answer(&[17.0, 23.0, 18.0, 16.0], [12.0, 15.0, 21.0])).unwrap();
        assert_eq!(verdict.standing, Standing::Behind);
        assert!(verdict.words.contains("17.0 dB (typical fill)"), "{}", verdict.words);
        assert!(verdict.words.ends_with("Its luckiest fill is ahead: 23.0 dB."));
    }

    #[test]
    fn ahead_level_and_unsettled() {
        let ahead = verdict(&answer(&[24.0, 25.0], [12.0, 21.5, 21.0])).unwrap();
        assert_eq!(ahead.standing, Standing::Ahead);
        assert!(ahead.words.contains("nearest 21.5 dB"));
        let level = answer(&[21.04], [12.0, 15.0, 21.0]);
        assert_eq!(verdict(&level).unwrap().standing, Standing::Level);
        let running = InpaintingAnswer { progress: ChainProgress::default(), ..level };
        assert!(verdict(&running).unwrap().words.starts_with("So far"));
    }

    #[test]
    fn what_is_no_number_is_not_the_best() {
        let odd = answer(&[f64::NAN, 3.0], [f64::INFINITY, f64::NAN, 2.0]);
        assert_eq!(best(&odd), Some(2));
        assert_eq!(verdict(&answer(&[f64::NAN], [1.0; 3])), None);
        assert_eq!(verdict(&InpaintingAnswer::default()), None);
        assert_eq!(decibels(f64::INFINITY), "inf dB");
    }
}
