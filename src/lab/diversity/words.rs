//! What the spreads say, in words.

use crate::lab::format;
use crate::run::{DiversityAnswer, SeedSpread};

/// What the numbers are.
pub const WITHIN: &str =
    "within: root mean square difference of two images of this seed, as a share of the range; mean over pairs";
pub const BETWEEN: &str = "between: the same of two images of different seeds, the others drawn from p(0)";
pub const MS_SSIM: &str = "MS-SSIM: multi-scale likeness of two images of this seed; 1 when all are equal";

/// The spread at the finest grid that is drawn; 1×1 images of one seed are all the same.
#[must_use]
pub fn finest(answer: &DiversityAnswer) -> Option<&SeedSpread> {
    answer.spread.iter().rev().find(|spread| spread.side > 1)
}

/// The answer in one sentence.
#[must_use]
pub fn headline(answer: &DiversityAnswer) -> Option<String> {
    let spread = finest(answer)?;
    let (side, within) = (format::side(spread.side), spread.within);
    let Some(between) = spread.between else { return Some(format!("At {side}: {within:.3} within the seed")) };
    let ratio = share(spread).map(|share| format!(", a ratio of {share:.2}")).unwrap_or_default();
    Some(format!("At {side}: {within:.3} within the seed, {between:.3} between seeds{ratio}"))
}

/// The spread within the seed as a share of that between seeds.
#[must_use]
pub fn share(spread: &SeedSpread) -> Option<f64> {
    let share = spread.within / spread.between?;
    share.is_finite().then_some(share)
}

/// How the spreads of B differ from those of A, at the finest grid both have.
#[must_use]
pub fn difference(a: &DiversityAnswer, b: &DiversityAnswer) -> Option<String> {
    let spread = |answer: &DiversityAnswer, side| answer.spread.iter().find(|spread| spread.side == side).copied();
    let both = a.spread.iter().rev().filter(|spread| spread.side > 1);
    let (a, b) = both.filter_map(|a| Some((*a, spread(b, a.side)?))).next()?;
    let within = compared(a.within, b.within);
    let between = a.between.zip(b.between).map(|(a, b)| format!(", and {} between seeds", compared(a, b)));
    Some(format!("At {} B is {within} within the seed{}.", format::side(a.side), between.unwrap_or_default()))
}

/// `b` beside `a`; changes below half a percent are none.
fn compared(a: f64, b: f64) -> String {
    let change = 100.0 * (b / a - 1.0);
    let (from, to) = (format::number(a), format::number(b));
    if change.abs() < 0.5 || a == b {
        format!("as diverse as A ({to})")
    } else if change.is_finite() {
        let word = if change > 0.0 { "more" } else { "less" };
        format!("{:.0} % {word} diverse than A ({to} against {from})", change.abs())
    } else {
        format!("at {to} against {from}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(within: f64, between: Option<f64>) -> DiversityAnswer {
        let spread = |side, within, between| SeedSpread { side, within, between, ms_ssim: None };
        let spread = vec![spread(1, 0.0, Some(0.4)), spread(16, within, between)];
        DiversityAnswer { spread, ..DiversityAnswer::default() }
    }

    #[test]
    fn the_headline_sets_within_beside_between_at_the_finest_grid() {
        let text = headline(&answer(0.125, Some(0.25))).unwrap();
        assert_eq!(text, "At 16×16: 0.125 within the seed, 0.250 between seeds, a ratio of 0.50");
        assert!(!headline(&answer(0.125, None)).unwrap().contains("between"));
        assert!(!headline(&answer(0.125, Some(0.0))).unwrap().contains("ratio"));
        assert_eq!(headline(&DiversityAnswer::default()), None);
    }

    #[test]
    fn the_difference_of_two_answers_is_told_as_a_share() {
        let text = difference(&answer(0.1, Some(0.3)), &answer(0.15, Some(0.3))).unwrap();
        assert!(text.contains("50 % more diverse than A (0.1500 against 0.1000) within the seed"), "{text}");
        assert!(text.contains("as diverse as A (0.3000) between seeds"), "{text}");
        let text = difference(&answer(0.0, None), &answer(0.15, None)).unwrap();
        assert!(text.contains("at 0.1500 against 0 within the seed"), "{text}");
        assert_eq!(difference(&answer(0.1, None), &DiversityAnswer::default()), None);
    }
}
