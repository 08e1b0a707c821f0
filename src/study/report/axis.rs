//! Ranges and marks of axes: round numbers that cover the data.

use super::figure::AxisScale;
use super::number::{fixed, significant, superscript};

/// An axis's range, its marks and their labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    pub low: f64,
    pub high: f64,
    /// Marks from low to high, the first and last of which are the ends of the axis.
    pub marks: Vec<f64>,
    /// One for each mark.
    pub labels: Vec<String>,
    /// Power of ten that the labels are to be multiplied with.
    pub power: i32,
    scale: AxisScale,
}

impl Ticks {
    /// An axis over `values`, finite ones of a size from 1e-300 to 1e300 (and above 0 on an axis of powers), with some
    /// `most` marks (at least 2). An axis over nothing is one from 0 to 1, or from 1 to 10.
    pub fn cover(values: &[f64], scale: AxisScale, most: usize) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        match scale {
            AxisScale::Linear if low > high => linear(0.0, 1.0, most.max(2)),
            AxisScale::Linear => linear(low, high, most.max(2)),
            AxisScale::Logarithmic if low > high => logarithmic(1.0, 10.0, most.max(2)),
            AxisScale::Logarithmic => logarithmic(low, high, most.max(2)),
        }
    }

    /// Where a value lies from 0 (low) to 1 (high). What lies beyond an end, or has no place on the axis, lies there.
    pub fn place(&self, value: f64) -> f64 {
        let along = |value: f64| match self.scale {
            AxisScale::Linear => value,
            AxisScale::Logarithmic => value.max(f64::MIN_POSITIVE).log10(),
        };
        let (low, high) = (along(self.low), along(self.high));
        ((along(value) - low) / (high - low)).clamp(0.0, 1.0)
    }
}

/// Marks at multiples of 1, 2 or 5 times a power of ten (Heckbert 1990, "Nice numbers for graph labels", Graphics Gems).
fn linear(low: f64, high: f64, most: usize) -> Ticks {
    // A span that float64 cannot divide, such as none, is widened to one that it can.
    let least = (1e-9 * low.abs().max(high.abs())).max(1e-290);
    let (low, high) = if high - low < least { widened(low, high) } else { (low, high) };
    let step = round_step((high - low) / most as f64);
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let count = (last - first).round() as usize;
    let marks: Vec<f64> = (0..=count).map(|at| (first + at as f64) * step).collect();
    let (power, labels) = linear_labels(&marks, step);
    Ticks { low: first * step, high: (first + count as f64) * step, marks, labels, power, scale: AxisScale::Linear }
}

/// A range around values that hardly differ.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let middle = low / 2.0 + high / 2.0;
    let margin = if middle.abs() < 1e-280 { 0.5 } else { 0.1 * middle.abs() };
    (middle - margin, middle + margin)
}

/// The least of 1, 2 or 5 times a power of ten that is no less than `least`.
fn round_step(least: f64) -> f64 {
    let unit = 10f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * unit >= least);
    factor.unwrap_or(10.0) * unit
}

/// Labels with the digits that the step has, of a common power of ten where they would be long.
fn linear_labels(marks: &[f64], step: f64) -> (i32, Vec<String>) {
    let largest = marks.iter().fold(0.0f64, |largest, mark| largest.max(mark.abs()));
    let power = largest.log10().floor() as i32;
    let power = if (-2..5).contains(&power) { 0 } else { power };
    let unit = 10f64.powi(power);
    let decimals = -((step / unit).log10() + 1e-9).floor();
    (power, marks.iter().map(|mark| fixed(mark / unit, decimals.clamp(0.0, 15.0) as usize)).collect())
}

/// Marks at powers of ten; at 1, 2 and 5 times them where there would be hardly any.
fn logarithmic(low: f64, high: f64, most: usize) -> Ticks {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = usize::try_from(last - first).unwrap_or(0);
    let marks = if decades <= 2 { by_1_2_5(low, high, first, last) } else { by_powers(first, last, decades, most) };
    let (low, high) = (marks.first().copied().unwrap_or(low).min(low), marks.last().copied().unwrap_or(high).max(high));
    Ticks { low, high, labels: power_labels(&marks), marks, power: 0, scale: AxisScale::Logarithmic }
}

fn by_1_2_5(low: f64, high: f64, first: i32, last: i32) -> Vec<f64> {
    let ladder: Vec<f64> =
        (first - 1..=last + 1).flat_map(|power| [1.0, 2.0, 5.0].map(|factor| factor * 10f64.powi(power))).collect();
    let start = ladder.iter().rposition(|&mark| mark <= low).unwrap_or(0);
    let end = ladder.iter().position(|&mark| mark >= high && mark > ladder[start]).unwrap_or(ladder.len() - 1);
    ladder[start..=end].to_vec()
}

fn by_powers(first: i32, last: i32, decades: usize, most: usize) -> Vec<f64> {
    let step = decades.div_ceil(most).max(1);
    let count = decades.div_ceil(step);
    (0..=count).map(|at| 10f64.powi((first + (at * step) as i32).min(last.max(first + 1)))).collect()
}

/// Written out where that is short for all, else as powers of ten.
fn power_labels(marks: &[f64]) -> Vec<String> {
    let short = marks.iter().all(|mark| (9e-4..1.1e4).contains(mark));
    let label = |&mark: &f64| {
        let power = (mark.log10() + 1e-9).floor() as i32;
        match (mark / 10f64.powi(power)).round() {
            _ if short => fixed(mark, usize::try_from(-power).unwrap_or(0)),
            1.0 => format!("10{}", superscript(power)),
            factor if factor.is_finite() => format!("{factor}×10{}", superscript(power)),
            _ => significant(mark, 1),
        }
    };
    marks.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_are_round() {
        for (low, high, scale, labels, power) in [
            (0.0, 10.0, AxisScale::Linear, "0 2 4 6 8 10", 0),
            (0.13, 0.87, AxisScale::Linear, "0.0 0.2 0.4 0.6 0.8 1.0", 0),
            (-1.0, 1.0, AxisScale::Linear, "−1.0 −0.5 0.0 0.5 1.0", 0),
            (0.0, 2.4e6, AxisScale::Linear, "0.0 0.5 1.0 1.5 2.0 2.5", 6),
            (1e-4, 3e-4, AxisScale::Linear, "1.0 1.5 2.0 2.5 3.0", -4),
            (5.0, 5.0, AxisScale::Linear, "4.4 4.6 4.8 5.0 5.2 5.4 5.6", 0),
            (1.0, 1000.0, AxisScale::Logarithmic, "1 10 100 1000", 0),
            (3e-6, 2e-3, AxisScale::Logarithmic, "10⁻⁶ 10⁻⁵ 10⁻⁴ 10⁻³ 10⁻²", 0),
            (3.0, 40.0, AxisScale::Logarithmic, "2 5 10 20 50", 0),
            (7.0, 7.0, AxisScale::Logarithmic, "5 10", 0),
        ] {
            let ticks = Ticks::cover(&[low, high], scale, 5);
            assert_eq!((ticks.labels.join(" ").as_str(), ticks.power), (labels, power), "{low} to {high}");
        }
    }

    #[test]
    fn an_axis_over_nothing_is_an_axis() {
        assert_eq!(Ticks::cover(&[], AxisScale::Linear, 5).labels.len(), 6);
        assert_eq!(Ticks::cover(&[], AxisScale::Logarithmic, 5).labels, ["1", "2", "5", "10"]);
    }

    fn holds(values: &[f64], scale: AxisScale, most: usize) -> Result<(), TestCaseError> {
        let ticks = Ticks::cover(values, scale, most);
        let slack = 1e-9 * (ticks.high - ticks.low).abs();
        for value in values {
            prop_assert!(ticks.low - slack <= *value && *value <= ticks.high + slack, "{value} outside {ticks:?}");
            prop_assert!((0.0..=1.0).contains(&ticks.place(*value)));
        }
        prop_assert!(ticks.marks.windows(2).all(|pair| pair[0] < pair[1]), "{ticks:?}");
        prop_assert!((2..=20).contains(&ticks.marks.len()), "{ticks:?}");
        let mut labels = ticks.labels.clone();
        labels.dedup();
        prop_assert_eq!(labels.len(), ticks.marks.len(), "{:?}", ticks);
        Ok(())
    }

    proptest! {
        #[test]
        fn linear_axes_cover_any_data(values in prop::collection::vec(-1e300f64..1e300, 1..4), most in 2usize..9) {
            holds(&values, AxisScale::Linear, most)?;
        }

        #[test]
        fn linear_axes_cover_any_scale(mantissa in -10f64..10.0, power in -299i32..299, ratio in -2f64..2.0) {
            let value = mantissa * 10f64.powi(power);
            holds(&[value, value * ratio], AxisScale::Linear, 5)?;
        }

        #[test]
        fn axes_of_powers_cover_any_data(low in -299f64..299.0, decades in 0f64..300.0, most in 2usize..9) {
            holds(&[10f64.powf(low), 10f64.powf((low + decades).min(299.0))], AxisScale::Logarithmic, most)?;
        }
    }
}
