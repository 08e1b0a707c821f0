use super::*;
use proptest::prelude::*;

#[test]
fn a_value_has_the_digits_that_its_deviation_leaves_it() {
    for (value, sd, text) in [
        (5.3312, 0.9087, "5.33 ± 0.91"),
        (5.3312, 0.996, "5.3 ± 1.0"),
        (5.3312, 12.4, "5 ± 12"),
        (0.0123456, 0.00012, "0.01235 ± 0.00012"),
        (12_345.0, 1_234.0, "(1.23 ± 0.12) × 10⁴"),
        (53_312.0, 9.1, "53312.0 ± 9.1"),
        (533_120.0, 9_087.0, "(5.331 ± 0.091) × 10⁵"),
        (-2e-7, 3e-8, "(−2.00 ± 0.30) × 10⁻⁷"),
        (0.0, 0.05, "0.000 ± 0.050"),
        (-0.001, 0.5, "0.00 ± 0.50"),
        (1.0, 0.0, "1.000 ± 0"),
        (1.0, 1e-30, "1.000 ± 1.0 × 10⁻³⁰"),
        (1.0, f64::NAN, "1.000, its deviation not a number"),
        (1.0, -0.1, "1.000, its deviation −0.10"),
        (f64::NAN, 1.0, "not a number"),
        (f64::NEG_INFINITY, 1.0, "minus infinity"),
    ] {
        assert_eq!(deviation(value, sd), text);
    }
}

#[test]
fn an_interval_gives_the_digits() {
    for (value, low, high, text) in [
        (0.8213, 0.7904, 0.8517, "0.821 [0.790, 0.852]"),
        (1.5e6, 1.4e6, 1.65e6, "1.50 [1.40, 1.65] × 10⁶"),
        (-0.5, -1.0, 0.0, "−0.50 [−1.00, 0.00]"),
        (2.0, 2.0, 2.0, "2.000 [2.000, 2.000]"),
        (2.0, 3.0, 1.0, "2.000 [3.000, 1.000]"),
        (2.0, f64::NEG_INFINITY, f64::NAN, "2.000 [minus infinity, not a number]"),
    ] {
        assert_eq!(interval(value, Interval { low, high }), text);
    }
}

#[test]
fn formats_are_what_they_say() {
    for (format, value, text) in [
        (Format::Significant(3), 0.0123456, "0.0123"),
        (Format::Significant(3), 99.96, "100"),
        (Format::Significant(4), 99_999.6, "1.000 × 10⁵"),
        (Format::Significant(2), -1.24e-9, "−1.2 × 10⁻⁹"),
        (Format::Significant(0), 7.0, "7"),
        (Format::Significant(14), 0.005_879_541_229_325_579, "5.8795412293256 × 10⁻³"),
        (Format::Decimals(2), -0.004, "0.00"),
        (Format::Decimals(1), 1e20, "1.000 × 10²⁰"),
        (Format::Percent(1), 0.12345, "12.3 %"),
        (Format::Percent(1), f64::INFINITY, "infinity"),
        (Format::Whole, 1_234_567.4, "1,234,567"),
        (Format::Whole, -1_234.0, "−1,234"),
        (Format::Whole, 999.0, "999"),
        (Format::Whole, f64::NAN, "not a number"),
    ] {
        assert_eq!(format.number(value), text, "{format:?} of {value}");
    }
}

/// A written number read back.
fn read(text: &str) -> f64 {
    let digits = |power: &str| -> String {
        let digit = |c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|digit| digit == c).map_or("-".into(), |at| at.to_string());
        power.chars().map(digit).collect()
    };
    let text = text.replace('−', "-");
    match text.split_once(" × 10") {
        Some((mantissa, power)) => format!("{mantissa}e{}", digits(power)).parse().unwrap(),
        None => text.parse().unwrap(),
    }
}

proptest! {
    #[test]
    fn any_number_is_written(value in any::<f64>(), other in any::<f64>(), third in any::<f64>(), digits in any::<u8>()) {
        let interval_of = Interval { low: other, high: third };
        let texts = [
            Format::Significant(digits).number(value),
            Format::Decimals(digits).number(value),
            Format::Percent(digits).number(value),
            Format::Whole.number(value),
            deviation(value, other),
            interval(value, interval_of),
            within(value, Some(interval_of)),
        ];
        for text in texts {
            prop_assert!(!text.is_empty() && text.len() < 200, "{}", text);
            prop_assert!(!text.contains("NaN") && !text.contains("inf "), "{}", text);
            prop_assert!(!text.contains('-'), "a hyphen for a minus: {}", text);
        }
    }

    #[test]
    fn a_written_number_is_near_what_it_was(value in prop::num::f64::NORMAL, digits in 1u8..16) {
        let error = (read(&Format::Significant(digits).number(value)) - value).abs() / value.abs();
        prop_assert!(error <= 0.51 * 10f64.powi(1 - i32::from(digits)), "{}", error);
    }

    #[test]
    fn rounding_moves_a_value_less_than_its_deviation(value in -1e6f64..1e6, power in -6i32..6, mantissa in 1.0f64..9.9) {
        let sd = mantissa * 10f64.powi(power);
        let text = deviation(value, sd);
        let (shown, shown_sd) = match text.strip_prefix('(').and_then(|text| text.split_once(')')) {
            Some((pair, factor)) => {
                let (value, sd) = pair.split_once(" ± ").unwrap();
                (format!("{value}{factor}"), format!("{sd}{factor}"))
            }
            None => text.split_once(" ± ").map(|(value, sd)| (value.to_owned(), sd.to_owned())).unwrap(),
        };
        prop_assert!((read(&shown) - value).abs() <= 0.0501 * sd, "{}", text);
        prop_assert!((read(&shown_sd) - sd).abs() <= 0.0501 * sd, "{}", text);
    }
}
