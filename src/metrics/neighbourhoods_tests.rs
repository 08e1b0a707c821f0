use super::super::fixtures_tests::{cases, features, near, noise};
use super::*;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    real: Vec<Vec<f32>>,
    synthesized: Vec<Vec<f32>>,
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    k: usize,
    precision: f64,
    recall: f64,
    density: f64,
    coverage: f64,
}

#[test]
fn values_are_those_of_scikit_learns_neighbours() {
    for case in cases::<Case>(include_str!("../../tests/metrics/neighbourhoods.json")) {
        let (real, synthesized) = (features(&case.real), features(&case.synthesized));
        for wanted in case.expected {
            let found = precision_recall(&real, &synthesized, wanted.k).unwrap();
            near(found.precision, wanted.precision, 1e-12);
            near(found.recall, wanted.recall, 1e-12);
            let found = density_coverage(&real, &synthesized, wanted.k).unwrap();
            near(found.density, wanted.density, 1e-12);
            near(found.coverage, wanted.coverage, 1e-12);
            assert_eq!((found.neighbours, found.features.as_str()), (wanted.k, "test"));
        }
    }
}

fn line(places: &[f32]) -> Features {
    features(&places.iter().map(|&place| vec![place]).collect::<Vec<_>>())
}

#[test]
fn points_on_a_line_are_worked_by_hand() {
    // Real balls for k = 1: [-1, 1], [0, 2], [1, 19]; synthesized ones: [1.4, 1.6], [1.5, 1.7], [1.6, 38.4].
    let (real, synthesized) = (line(&[0.0, 1.0, 10.0]), line(&[1.5, 1.6, 20.0]));
    let found = precision_recall(&real, &synthesized, 1).unwrap();
    near(found.precision, 2.0 / 3.0, 1e-12);
    near(found.recall, 1.0 / 3.0, 1e-12);
    let found = density_coverage(&real, &synthesized, 1).unwrap();
    near(found.density, 4.0 / 3.0, 1e-12);
    near(found.coverage, 2.0 / 3.0, 1e-12);
}

#[test]
fn a_missing_mode_costs_recall_and_a_wrong_one_precision() {
    let join = |a: &Features, b: &Features| Features::new("test", 4, [a.values(), b.values()].concat()).unwrap();
    let (near_mode, far_mode) = (noise(60, 4, 1, 0.0), noise(60, 4, 2, 30.0));
    let (near_other, far_other) = (noise(60, 4, 3, 0.0), noise(60, 4, 4, 30.0));
    let dropped = precision_recall(&join(&near_mode, &far_mode), &near_other, 3).unwrap();
    assert!(dropped.precision > 0.8 && dropped.recall < 0.5, "{dropped:?}");
    let wrong = precision_recall(&near_mode, &join(&near_other, &far_other), 3).unwrap();
    assert!(wrong.precision < 0.5 && wrong.recall > 0.8, "{wrong:?}");
    let covered = density_coverage(&join(&near_mode, &far_mode), &near_other, 5).unwrap();
    assert!(covered.coverage <= 0.5, "{covered:?}");
}

#[test]
fn samples_of_one_distribution_have_the_expectations_of_the_paper() {
    let (n, m, k) = (20, 30, 3);
    let found: Vec<DensityCoverage> = (0..300)
        .map(|seed| density_coverage(&noise(n, 2, 2 * seed, 0.0), &noise(m, 2, 2 * seed + 1, 0.0), k).unwrap())
        .collect();
    let mean = |value: fn(&DensityCoverage) -> f64| found.iter().map(value).sum::<f64>() / found.len() as f64;
    let missed: f64 = (1..=k).map(|i| (n - i) as f64 / (n + m - i) as f64).product();
    assert!((mean(|found| found.density) - 1.0).abs() < 0.05);
    assert!((mean(|found| found.coverage) - (1.0 - missed)).abs() < 0.02);
}

#[test]
fn what_has_no_neighbours_is_an_error() {
    let (three, nine) = (noise(3, 2, 1, 0.0), noise(9, 2, 2, 0.0));
    assert_eq!(precision_recall(&three, &nine, 3), Err(MetricError::TooFew { found: 3, needed: 4 }));
    assert_eq!(density_coverage(&nine, &three, 3), Err(MetricError::TooFew { found: 3, needed: 4 }));
    assert!(matches!(precision_recall(&nine, &nine, 0), Err(MetricError::Settings(_))));
    assert!(matches!(density_coverage(&nine, &nine, usize::MAX), Err(MetricError::TooFew { .. })));
}

proptest! {
    #[test]
    fn equal_sets_are_whole_and_the_swap_swaps(n in 4..20usize, m in 4..20usize, k in 1..3usize, seed in 0..1000u64) {
        let (a, b) = (noise(n, 3, seed, 0.0), noise(m, 3, seed + 5000, 0.5));
        let same = precision_recall(&a, &a, k).unwrap();
        prop_assert_eq!((same.precision, same.recall), (1.0, 1.0));
        prop_assert_eq!(density_coverage(&a, &a, k).unwrap().coverage, 1.0);
        let (found, swapped) = (precision_recall(&a, &b, k).unwrap(), precision_recall(&b, &a, k).unwrap());
        prop_assert_eq!((found.precision, found.recall), (swapped.recall, swapped.precision));
        let more = precision_recall(&a, &b, k + 1).unwrap();
        prop_assert!(more.precision >= found.precision && more.recall >= found.recall);
    }
}
