//! Changing a number in the text by one step, in the way it is written.

use super::scan::{Kind, Scan};
use std::ops::Range;

/// Digits behind the point that a step may come to.
const MOST_DECIMALS: usize = 9;

/// The number at a byte of the text, with its sign where it has one of its own.
#[must_use]
pub fn at(scan: &Scan, byte: usize) -> Option<Range<usize>> {
    let token = scan.touching(byte).filter(|&token| scan.is(token, Kind::Number))?;
    let mut range = scan.tokens()[token].range.clone();
    let sign = scan.before(token).filter(|&sign| scan.at(sign) == "-");
    if let Some(sign) = sign.filter(|&sign| scan.tokens()[sign].range.end == range.start) {
        // Behind a value it is a difference.
        let value = scan.before(sign).is_some_and(|before| {
            scan.is(before, Kind::Word) || scan.is(before, Kind::Number) || matches!(scan.at(before), ")" | "]")
        });
        range.start -= usize::from(!value);
    }
    Some(range)
}

/// A number so many steps up (or down): whole ones by 1, others by 1 in the last place they are written with.
///
/// A step down that would end at 0 or beyond is made of ten smaller ones, so that 0.1 goes to 0.09. `None` for what is
/// not written in decimal digits.
#[must_use]
pub fn stepped(text: &str, steps: i64) -> Option<String> {
    let plain = text.replace('_', "");
    if let Some((mantissa, exponent)) = plain.split_once(['e', 'E']) {
        return powers(mantissa, exponent.parse().ok()?, steps);
    }
    let Some((_, places)) = plain.split_once('.') else {
        let value: i64 = plain.parse().ok()?;
        return Some(value.checked_add(steps)?.to_string());
    };
    let value: f64 = plain.parse().ok()?;
    let mut decimals = places.len();
    let step = |decimals: usize| steps as f64 / 10_f64.powi(decimals as i32);
    while value > 0.0 && value + step(decimals) < 0.5 / 10_f64.powi(decimals as i32) && decimals < MOST_DECIMALS {
        decimals += 1;
    }
    let value = value + step(decimals);
    // Never "-0.0".
    Some(format!("{:.decimals$}", if value.abs() < 0.5 / 10_f64.powi(decimals as i32) { 0.0 } else { value }))
}

/// The same for a number with a power of ten, whose mantissa stays at 1 or above and below 10.
fn powers(mantissa: &str, mut exponent: i32, steps: i64) -> Option<String> {
    let places = mantissa.split_once('.').map_or(0, |(_, places)| places.len());
    let one = 10_f64.powi(places as i32);
    let mut units = (mantissa.parse::<f64>().ok()? * one).round() + steps as f64;
    let sign = mantissa.starts_with('-');
    // At the lower end of a power of ten the next step is a tenth.
    if !sign && steps < 0 && units < one {
        units = (units - steps as f64) * 10.0 + steps as f64;
        exponent -= 1;
    } else if !sign && steps > 0 && units >= 10.0 * one {
        units = (units / 10.0).round();
        exponent += 1;
    }
    let exponent_text = exponent.to_string();
    Some(format!("{:.places$}e{exponent_text}", units / one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_stepped_as_it_is_written() {
        for (text, steps, wanted) in [
            ("1.5", 1, "1.6"),
            ("1.5", -1, "1.4"),
            ("1.5", 10, "2.5"),
            ("2", 1, "3"),
            ("2", -10, "-8"),
            ("0.30", 1, "0.31"),
            ("0.1", -1, "0.09"),
            ("0.01", -1, "0.009"),
            ("0.2", -1, "0.1"),
            ("2.0", -1, "1.9"),
            ("0.0", -1, "-0.1"),
            ("-0.1", 1, "0.0"),
            ("1_000", 1, "1001"),
            ("5e-4", 1, "6e-4"),
            ("1e-4", -1, "9e-5"),
            ("9e-5", 1, "1e-4"),
            ("2.5e-3", -1, "2.4e-3"),
        ] {
            assert_eq!(stepped(text, steps).as_deref(), Some(wanted), "{text} by {steps}");
        }
        assert_eq!(stepped("0xff", 1), None);
        assert_eq!(stepped("9223372036854775807", 1), None);
    }

    #[test]
    fn a_sign_belongs_to_its_number_unless_it_is_a_difference() {
        let found = |text: &str, byte| at(&Scan::new(text), byte).map(|range| text[range].to_owned());
        assert_eq!(found("f(-1.5)", 4).as_deref(), Some("-1.5"));
        assert_eq!(found("y -1", 4).as_deref(), Some("1"));
        assert_eq!(found("factor: 1.5 }", 11).as_deref(), Some("1.5"), "the cursor stands behind it");
        assert_eq!(found("factor: 1.5 }", 8).as_deref(), Some("1.5"), "and before it");
        assert_eq!(found("factor: 1.5 }", 3), None);
        assert_eq!(found("// 1.5", 4), None);
    }
}
