//! How numbers are written: few digits, steady widths, no surprises for what is not finite.

/// Four significant digits, in scientific notation outside 0.001 to 100,000.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else if size == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e5).contains(&size) {
        format!("{value:.2e}")
    } else {
        let decimals = match size {
            s if s >= 1000.0 => 0,
            s if s >= 100.0 => 1,
            s if s >= 10.0 => 2,
            s if s >= 1.0 => 3,
            _ => 4,
        };
        format!("{value:.decimals$}")
    }
}

/// As short as it can be: a bound, a mark of an axis.
#[must_use]
pub fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e5 {
        // Never "-0".
        return format!("{:.0}", value + 0.0);
    }
    let text = number(value);
    if text.contains('e') || !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number in groups of three.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Hours, minutes and seconds.
#[must_use]
pub fn clock(seconds: f64) -> String {
    // A negative or non-finite time counts as none; the cast saturates.
    let whole = seconds.max(0.0) as u64;
    format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

/// A share from 0 to 1, in percent.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", 100.0 * share) } else { number(share) }
}

/// A grid's name, such as `4×4`.
#[must_use]
pub fn side(side: usize) -> String {
    format!("{side}×{side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1.000"),
            (-12.3456, "-12.35"),
            (123.456, "123.5"),
            (12_345.6, "12346"),
            (1.5e6, "1.50e6"),
            (2e-4, "2.00e-4"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn bounds_are_short() {
        for (value, text) in [(0.0, "0"), (-0.0, "0"), (200.0, "200"), (0.3, "0.3"), (-1.5, "-1.5"), (1e-4, "1.00e-4")]
        {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn counts_times_and_shares() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(clock(3_725.9), "1:02:05");
        assert_eq!(clock(f64::NAN), "0:00:00");
        assert_eq!(percent(0.0314), "3.1 %");
        assert_eq!(side(4), "4×4");
    }
}
