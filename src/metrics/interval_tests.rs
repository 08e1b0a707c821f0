use super::super::fixtures_tests::near;
use super::*;
use crate::compute::{NoiseKey, Purpose};
use proptest::prelude::*;
use serde::Deserialize;

const SHORT: Bootstrap = Bootstrap { resamples: 200, level: 0.9, seed: 7 };

#[derive(Deserialize)]
struct Fixture {
    values: Vec<f64>,
    bootstrap_of_medians: Wanted,
    seeds: Vec<f64>,
    student: Wanted,
}

#[derive(Deserialize)]
struct Wanted {
    value: f64,
    low: f64,
    high: f64,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("../../tests/metrics/interval.json")).unwrap()
}

fn agree(found: Interval, wanted: &Wanted) {
    near(found.value, wanted.value, 1e-9);
    near(found.low, wanted.low, 1e-9);
    near(found.high, wanted.high, 1e-9);
}

fn mean(values: &[f64], indices: &[usize]) -> f64 {
    indices.iter().map(|&index| values[index]).sum::<f64>() / indices.len() as f64
}

#[test]
fn a_bootstrap_is_that_of_numpys_quantiles() {
    let fixture = fixture();
    let median = |[indices]: &[Vec<usize>; 1]| {
        let mut values: Vec<f64> = indices.iter().map(|&index| fixture.values[index]).collect();
        values.sort_by(f64::total_cmp);
        Ok(values[values.len() / 2])
    };
    agree(SHORT.interval([fixture.values.len()], median).unwrap(), &fixture.bootstrap_of_medians);
}

#[test]
fn students_interval_is_that_of_scipy() {
    let fixture = fixture();
    agree(student_interval(&fixture.seeds, 0.95).unwrap(), &fixture.student);
    // Two values: half their difference times the 12.706 of one degree of freedom.
    let found = student_interval(&[1.0, 3.0], 0.95).unwrap();
    near(found.high, 2.0 + 12.706_204_736, 1e-8);
}

#[test]
fn a_mean_has_the_interval_of_its_standard_error() {
    let mut noise = vec![0.0f32; 400];
    NoiseKey::new(1, Purpose::Probe).normal(0, &mut noise);
    let values: Vec<f64> = noise.into_iter().map(f64::from).collect();
    let bootstrap = Bootstrap { resamples: 4000, ..Bootstrap::default() };
    let found = bootstrap.interval([400], |[indices]| Ok(mean(&values, indices))).unwrap();
    let student = student_interval(&values, 0.95).unwrap();
    near(found.value, student.value, 1e-12);
    assert!(
        (found.low - student.low).abs() < 0.01 && (found.high - student.high).abs() < 0.01,
        "{found:?} {student:?}"
    );
}

#[test]
fn sets_are_resampled_apart() {
    let together = |[a, b]: &[Vec<usize>; 2]| Ok(if a == b { 1.0 } else { 0.0 });
    let found = SHORT.interval([30, 30], together).unwrap();
    assert_eq!((found.value, found.high), (1.0, 0.0));
    let counts = |[a, b]: &[Vec<usize>; 2]| {
        assert!(a.len() == 5 && b.len() == 9 && a.iter().all(|&i| i < 5) && b.iter().all(|&i| i < 9));
        Ok(0.0)
    };
    assert!(SHORT.interval([5, 9], counts).is_ok());
}

#[test]
fn results_depend_on_the_seed_and_not_on_the_threads() {
    let values: Vec<f64> = (0..50).map(|i| f64::from(i % 13)).collect();
    let interval = |bootstrap: Bootstrap| bootstrap.interval([50], |[indices]| Ok(mean(&values, indices))).unwrap();
    let pool = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    assert_eq!(pool(1).install(|| interval(SHORT)), pool(3).install(|| interval(SHORT)));
    assert_ne!(interval(SHORT), interval(Bootstrap { seed: 8, ..SHORT }));
}

#[test]
fn intervals_overlap_when_they_share_a_number() {
    let interval = |low: f64, high: f64| Interval { value: low, low, high };
    assert!(interval(0.0, 1.0).overlaps(&interval(1.0, 2.0)));
    assert!(interval(0.0, 3.0).overlaps(&interval(1.0, 2.0)) && interval(1.0, 2.0).overlaps(&interval(0.0, 3.0)));
    assert!(!interval(0.0, 1.0).overlaps(&interval(1.1, 2.0)) && !interval(1.1, 2.0).overlaps(&interval(0.0, 1.0)));
}

#[test]
fn what_has_no_interval_is_an_error() {
    let none = |[_]: &[Vec<usize>; 1]| Ok(0.0);
    assert_eq!(SHORT.interval([0], none), Err(MetricError::TooFew { found: 0, needed: 1 }));
    for level in [0.0, 1.0, -0.5, f64::NAN] {
        assert!(matches!(Bootstrap { level, ..SHORT }.interval([3], none), Err(MetricError::Settings(_))));
        assert!(matches!(student_interval(&[1.0, 2.0], level), Err(MetricError::Settings(_))));
    }
    assert!(matches!(Bootstrap { resamples: 1, ..SHORT }.interval([3], none), Err(MetricError::TooFewValues { .. })));
    let failing = |_: &[Vec<usize>; 1]| Err(MetricError::NotFinite);
    assert_eq!(SHORT.interval([3], failing), Err(MetricError::NotFinite));
    let odd = |_: &[Vec<usize>; 1]| Ok(f64::NAN);
    assert!(matches!(SHORT.interval([3], odd), Err(MetricError::ValueNotFinite { .. })));
    assert!(matches!(student_interval(&[1.0], 0.95), Err(MetricError::TooFewValues { .. })));
    assert!(matches!(student_interval(&[1.0, 1.0], 0.95), Err(MetricError::NoVariance { .. })));
    assert!(matches!(student_interval(&[1.0, f64::NAN], 0.95), Err(MetricError::ValueNotFinite { .. })));
}

proptest! {
    #[test]
    fn an_interval_moves_with_its_values(
        values in prop::collection::vec(-100.0..100.0f64, 3..20),
        shift in -50.0..50.0f64,
    ) {
        let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
        let interval = |values: &[f64]| {
            let bootstrap = Bootstrap { resamples: 50, ..SHORT };
            bootstrap.interval([values.len()], |[indices]| Ok(mean(values, indices))).unwrap()
        };
        let (one, other) = (interval(&values), interval(&moved));
        near(other.low, one.low + shift, 1e-9);
        near(other.high, one.high + shift, 1e-9);
        prop_assert!(one.low <= one.high);
    }
}
