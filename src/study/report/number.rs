//! Numbers as they are read: no more digits than are known, and words for what is not finite.

use super::figure::Interval;
use serde::{Deserialize, Serialize};

pub(super) const NOT_MEASURED: &str = "–";
pub(super) const NOT_A_NUMBER: &str = "not a number";
pub(super) const INFINITY: &str = "infinity";
pub(super) const MINUS_INFINITY: &str = "minus infinity";

/// Significant digits of a number whose uncertainty is not known.
const DIGITS: usize = 4;
/// A float64 holds no more decimal digits than these.
const MOST_DIGITS: i32 = 15;
/// Exponents of ten that are written out; others stand behind the number.
const PLAIN: std::ops::Range<i32> = -3..5;

/// How many digits a number is shown with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Significant digits, 1 to 15.
    Significant(u8),
    /// Digits behind the point, 0 to 15.
    Decimals(u8),
    /// A share from 0 to 1 in percent, with digits behind the point, 0 to 15.
    Percent(u8),
    /// The nearest whole number, in groups of three.
    Whole,
}

impl Format {
    /// `value` in this format.
    #[must_use]
    pub fn number(self, value: f64) -> String {
        match self {
            Self::Significant(digits) => significant(value, usize::from(digits)),
            Self::Decimals(decimals) => fixed(value, usize::from(decimals)),
            Self::Percent(decimals) if value.is_finite() => format!("{} %", fixed(100.0 * value, decimals.into())),
            Self::Percent(_) => words(value).to_owned(),
            Self::Whole => grouped(&fixed(value, 0)),
        }
    }
}

/// A value and its standard deviation, such as `5.33 ± 0.91`. Both end at the second digit of the deviation: more say
/// nothing (Guide to the Expression of Uncertainty in Measurement, JCGM 100:2008, 7.2.6).
#[must_use]
pub fn deviation(value: f64, deviation: f64) -> String {
    if !value.is_finite() {
        return words(value).to_owned();
    }
    match aligned(&[value, deviation], deviation) {
        Some((numbers, 0)) => format!("{} ± {}", numbers[0], numbers[1]),
        Some((numbers, power)) => format!("({} ± {}) × 10{}", numbers[0], numbers[1], superscript(power)),
        None if deviation.is_finite() && deviation >= 0.0 => {
            format!("{} ± {}", significant(value, DIGITS), significant(deviation, 2))
        }
        None => format!("{}, its deviation {}", significant(value, DIGITS), significant(deviation, 2)),
    }
}

/// A value and its interval, such as `0.82 [0.79, 0.85]`, all of which end at the second digit of half the width.
#[must_use]
pub fn interval(value: f64, Interval { low, high }: Interval) -> String {
    match aligned(&[value, low, high], high / 2.0 - low / 2.0) {
        Some((numbers, 0)) => format!("{} [{}, {}]", numbers[0], numbers[1], numbers[2]),
        Some((numbers, power)) => {
            format!("{} [{}, {}] × 10{}", numbers[0], numbers[1], numbers[2], superscript(power))
        }
        None => {
            let [value, low, high] = [value, low, high].map(|value| significant(value, DIGITS));
            format!("{value} [{low}, {high}]")
        }
    }
}

/// A value with the digits that its interval leaves it, if it has one.
pub(super) fn within(value: f64, around: Option<Interval>) -> String {
    let aligned = around.and_then(|Interval { low, high }| aligned(&[value], high / 2.0 - low / 2.0));
    match aligned {
        Some((numbers, 0)) => numbers.concat(),
        Some((numbers, power)) => format!("{} × 10{}", numbers.concat(), superscript(power)),
        None => significant(value, DIGITS),
    }
}

/// `values` with equal digits behind the point, down to the second digit of `uncertainty`, and the power of ten that
/// they are to be multiplied with. None where the uncertainty does not say how many digits there are.
fn aligned(values: &[f64], uncertainty: f64) -> Option<(Vec<String>, i32)> {
    let largest = values.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    if !values.iter().all(|value| value.is_finite()) || !uncertainty.is_finite() || uncertainty <= 0.0 {
        return None;
    }
    let (top, last) = (exponent(largest, 2), exponent(uncertainty, 2) - 1);
    if top - last >= MOST_DIGITS || top.abs() > 300 || last < -300 {
        return None;
    }
    // Zeros before the point that are no digits (12,300 ± 1,200) would say more than is known.
    let power = if PLAIN.contains(&top) && last <= 0 { 0 } else { top };
    let decimals = usize::try_from(power - last).unwrap_or(0);
    let unit = 10f64.powi(power);
    Some((values.iter().map(|value| fixed(value / unit, decimals)).collect(), power))
}

/// `value` with this many significant digits, at least 1 and at most 15.
pub(super) fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return words(value).to_owned();
    }
    let digits = digits.clamp(1, MOST_DIGITS as usize);
    let power = exponent(value, digits);
    let decimals = digits as i32 - 1 - power;
    if value == 0.0 {
        "0".to_owned()
    } else if PLAIN.contains(&power) && decimals <= MOST_DIGITS {
        fixed(value, usize::try_from(decimals).unwrap_or(0))
    } else {
        let text = format!("{value:.*e}", digits - 1);
        let mantissa = text.split('e').next().unwrap_or_default();
        format!("{} × 10{}", signed(mantissa), superscript(power))
    }
}

/// `value` with this many digits behind the point, at most 15; in powers of ten where that would take a line.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return words(value).to_owned();
    }
    if value.abs() >= 1e15 {
        return significant(value, DIGITS);
    }
    signed(&format!("{value:.*}", decimals.min(MOST_DIGITS as usize)))
}

/// The words for a value that is not finite.
pub(super) fn words(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => NOT_A_NUMBER,
        value if value > 0.0 => INFINITY,
        _ => MINUS_INFINITY,
    }
}

/// `power` as it stands behind a 10.
pub(super) fn superscript(power: i32) -> String {
    let digit = |digit: char| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    power.to_string().chars().map(digit).collect()
}

/// The power of ten of the first digit of `value`, once rounded to this many digits; 0 for 0.
fn exponent(value: f64, digits: usize) -> i32 {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.split('e').nth(1).and_then(|power| power.parse().ok()).unwrap_or(0)
}

/// A written number with a true minus sign, and none before a zero.
fn signed(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().any(|digit| ('1'..='9').contains(&digit)) => format!("−{digits}"),
        Some(digits) => digits.to_owned(),
        None => text.to_owned(),
    }
}

/// A whole number in groups of three digits.
fn grouped(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if text.chars().any(|digit| !digit.is_ascii_digit() && digit != '−') {
        return text.to_owned();
    }
    let mut left = digits;
    let mut grouped = String::with_capacity(text.len() + digits / 3);
    for digit in text.chars() {
        if digit.is_ascii_digit() {
            if left < digits && left.is_multiple_of(3) {
                grouped.push(',');
            }
            left -= 1;
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
