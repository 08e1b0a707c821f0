//! Where the lines and labels of an axis are: at 1, 2 or 5 times a power of ten, and at whole minutes and hours.

use super::super::axis::round_step;
use super::super::format;

/// A line across a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub value: f64,
    /// What stands at its end; finer lines have none.
    pub label: Option<String>,
}

/// Lines at most; a range that is out of all proportion gets none.
const MOST: f64 = 10_000.0;

/// Lines at round values with labels at least `spacing` apart, and finer ones between. Steps are never smaller than
/// `least`.
#[must_use]
pub fn marks(range: [f64; 2], spacing: f64, least: f64) -> Vec<Mark> {
    match round_step(spacing.max(least)) {
        Some((step, parts)) => multiples(range, step, parts, format::short),
        None => Vec::new(),
    }
}

/// As [`marks`], of whole numbers.
#[must_use]
pub fn counts(range: [f64; 2], spacing: f64) -> Vec<Mark> {
    let Some((step, parts)) = round_step(spacing.max(1.0)) else { return Vec::new() };
    let parts = if (step / parts).fract() == 0.0 { parts } else { 1.0 };
    let label = |value: f64| if value < 0.0 { String::new() } else { format::count(value as u64) };
    multiples(range, step, parts, label)
}

/// As [`marks`], of seconds: at whole minutes, hours and days.
#[must_use]
pub fn times(range: [f64; 2], spacing: f64) -> Vec<Mark> {
    const STEPS: [(f64, f64); 16] = [
        (1.0, 1.0),
        (2.0, 2.0),
        (5.0, 5.0),
        (10.0, 5.0),
        (30.0, 3.0),
        (60.0, 6.0),
        (120.0, 4.0),
        (300.0, 5.0),
        (600.0, 5.0),
        (1_800.0, 3.0),
        (3_600.0, 6.0),
        (7_200.0, 4.0),
        (18_000.0, 5.0),
        (43_200.0, 4.0),
        (86_400.0, 4.0),
        (864_000.0, 5.0),
    ];
    match STEPS.into_iter().find(|(step, _)| *step >= spacing).filter(|_| spacing > 0.5) {
        Some((step, parts)) => multiples(range, step, parts, format::clock),
        None => marks(range, spacing, 0.0),
    }
}

/// Lines of a logarithmic axis, whose range is given in powers of ten: at 1, 2 and 5 times a power of ten or at powers of
/// ten alone, as there is room.
#[must_use]
pub fn powers(range: [f64; 2], spacing: f64) -> Vec<Mark> {
    if range[1] - range[0] < 0.5 {
        // Hardly a curve that needs such an axis: round values, as on a plain one.
        let plain = range.map(|power| 10f64.powf(power));
        let spacing = spacing * plain[1] * std::f64::consts::LN_10;
        let positive = marks(plain, spacing, 0.0).into_iter().filter(|mark| mark.value > 0.0);
        return positive.map(|mark| Mark { value: mark.value.log10(), ..mark }).collect();
    }
    if spacing > 1.0 {
        let label = |power: f64| format::short(10f64.powf(power));
        return round_step(spacing).map_or_else(Vec::new, |(step, _)| multiples(range, step.ceil(), 1.0, label));
    }
    if !(0.0..=MOST / 9.0).contains(&(range[1] - range[0])) {
        return Vec::new();
    }
    let labelled: &[f64] = if spacing < 0.3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let decades = range[0].floor() as i32..=range[1].ceil() as i32;
    let values = decades.flat_map(|power| (1..10).map(move |times| (f64::from(times), 10f64.powi(power))));
    values
        .map(|(times, power)| (times, times * power))
        .map(|(times, value)| Mark {
            value: value.log10(),
            label: labelled.contains(&times).then(|| format::short(value)),
        })
        .filter(|mark| (range[0]..=range[1]).contains(&mark.value))
        .collect()
}

fn multiples([low, high]: [f64; 2], step: f64, parts: f64, label: impl Fn(f64) -> String) -> Vec<Mark> {
    let fine = step / parts;
    let (first, last) = ((low / fine).ceil(), (high / fine).floor());
    if !(0.0..=MOST).contains(&(last - first)) {
        return Vec::new();
    }
    let count = (last - first) as usize + 1;
    (0..count)
        .map(|at| first + at as f64)
        .map(|at| Mark { value: at * fine, label: (at % parts == 0.0).then(|| label(at * fine)) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(marks: &[Mark]) -> Vec<&str> {
        marks.iter().filter_map(|mark| mark.label.as_deref()).collect()
    }

    #[test]
    fn labels_stand_at_round_values() {
        assert_eq!(labels(&marks([-7.0, 8.0], 3.5, 0.0)), ["-5", "0", "5"]);
        assert_eq!(labels(&marks([-1.0, 3.0], 0.75, 0.0)), ["-1", "0", "1", "2", "3"]);
        assert_eq!(labels(&marks([0.0, 0.05], 0.01, 0.0)), ["0", "0.01", "0.02", "0.03", "0.04", "0.05"]);
    }

    #[test]
    fn an_axis_of_iterations_has_whole_steps() {
        assert_eq!(labels(&counts([0.0, 4.0], 0.1)), ["0", "1", "2", "3", "4"]);
        assert!(counts([0.0, 4.0], 0.1).iter().all(|mark| mark.value.fract() == 0.0));
        assert_eq!(labels(&counts([900.0, 3_100.0], 700.0)), ["1,000", "2,000", "3,000"]);
    }

    #[test]
    fn times_stand_at_whole_minutes() {
        assert_eq!(labels(&times([0.0, 130.0], 41.0)), ["0:00:00", "0:01:00", "0:02:00"]);
        assert_eq!(labels(&times([0.0, 3.0 * 3_600.0], 3_000.0)).len(), 4);
        assert_eq!(labels(&times([0.0, 1.0], 0.3)), ["0", "0.5", "1"]);
    }

    #[test]
    fn a_logarithmic_axis_is_labelled_by_its_range() {
        assert_eq!(labels(&powers([-3.0, 2.0], 0.9)), ["0.001", "0.01", "0.1", "1", "10", "100"]);
        assert_eq!(labels(&powers([0.0, 1.0], 0.2)), ["1", "2", "5", "10"]);
        assert_eq!(labels(&powers([-12.0, 0.0], 3.0)), ["1.00e-10", "1.00e-5", "1"]);
        let narrow = powers([100f64.log10(), 110f64.log10()], 0.01);
        assert!(labels(&narrow).contains(&"105"), "{narrow:?}");
    }

    #[test]
    fn odd_ranges_have_no_lines() {
        for range in [[0.0, f64::INFINITY], [f64::NAN, 1.0], [1.0, -1.0], [-1e300, 1e300]] {
            assert!(marks(range, 0.1, 0.0).is_empty() && counts(range, 1.0).is_empty());
            assert!(powers(range, 0.2).is_empty(), "{range:?}");
        }
        for spacing in [0.0, f64::NAN, f64::INFINITY] {
            assert!(marks([0.0, 1.0], spacing, 0.0).is_empty());
        }
    }
}
