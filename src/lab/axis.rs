//! Where the lines and labels of an axis are: at 1, 2 or 5 times a power of ten.

use egui_plot::{GridInput, GridMark};

/// Lines for labels that are about `labels` recommended steps apart, with finer ones between. Steps are never smaller
/// than `least`.
pub fn marks(labels: f64, least: f64) -> impl Fn(GridInput) -> Vec<GridMark> {
    move |input| {
        let Some((step, parts)) = round_step((labels * input.base_step_size).max(least)) else {
            return Vec::new();
        };
        let (low, high) = input.bounds;
        let fine = step / parts;
        let (first, last) = ((low / fine).ceil(), (high / fine).floor());
        // Bounds come from the data; a range that is out of all proportion gets no lines.
        if !(0.0..=10_000.0).contains(&(last - first)) {
            return Vec::new();
        }
        let count = (last - first) as usize + 1;
        (0..count)
            .map(|at| first + at as f64)
            .map(|at| GridMark { value: at * fine, step_size: if at % parts == 0.0 { step } else { fine } })
            .collect()
    }
}

/// The least round step that is not smaller than `least`, and into how many finer ones it falls.
#[must_use]
pub fn round_step(least: f64) -> Option<(f64, f64)> {
    let power = 10f64.powf(least.log10().floor());
    if !power.is_normal() {
        return None;
    }
    [(1.0, 5.0), (2.0, 4.0), (5.0, 5.0), (10.0, 5.0)]
        .into_iter()
        .map(|(times, parts)| (times * power, parts))
        .find(|(step, _)| *step >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(bounds: (f64, f64), base_step_size: f64) -> Vec<f64> {
        let marks = marks(5.0, 0.0)(GridInput { bounds, base_step_size });
        let widest = marks.iter().map(|mark| mark.step_size).fold(0.0, f64::max);
        marks.iter().filter(|mark| mark.step_size == widest).map(|mark| mark.value).collect()
    }

    #[test]
    fn labels_stand_at_round_values() {
        assert_eq!(labels((-7.0, 8.0), 0.7), [-5.0, 0.0, 5.0]);
        assert_eq!(labels((-1.0, 3.0), 0.15), [-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(labels((0.0, 0.05), 0.002), [0.0, 0.01, 0.02, 0.03, 0.04, 0.05]);
    }

    #[test]
    fn an_axis_of_iterations_has_whole_steps() {
        let marks = marks(10.0, 1.0)(GridInput { bounds: (0.0, 4.0), base_step_size: 0.01 });
        let whole = marks.iter().filter(|mark| mark.step_size >= 1.0);
        assert_eq!(whole.map(|mark| mark.value).collect::<Vec<_>>(), [0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn odd_bounds_have_no_lines() {
        for bounds in [(0.0, f64::INFINITY), (f64::NAN, 1.0), (1.0, -1.0), (-1e300, 1e300)] {
            assert!(marks(5.0, 0.0)(GridInput { bounds, base_step_size: 0.1 }).is_empty());
        }
        for base_step_size in [0.0, f64::NAN, f64::INFINITY] {
            assert!(marks(5.0, 0.0)(GridInput { bounds: (0.0, 1.0), base_step_size }).is_empty());
        }
    }
}
