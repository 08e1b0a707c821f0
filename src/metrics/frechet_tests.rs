use super::super::fixtures_tests::{cases, features, near, noise};
use super::*;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    left: Vec<Vec<f32>>,
    right: Vec<Vec<f32>>,
    mean_term: f64,
    covariance_term: f64,
    ranks: [usize; 2],
}

#[test]
fn distances_are_those_of_scipy() {
    for case in cases::<Case>(include_str!("../../tests/metrics/frechet.json")) {
        let found = frechet_distance(&features(&case.left), &features(&case.right)).unwrap();
        // The root of a singular matrix is only known to the root of the rounding.
        let tolerance = if found.singular { 1e-4 } else { 1e-6 };
        near(found.mean_term, case.mean_term, 1e-6);
        near(found.covariance_term, case.covariance_term, tolerance);
        near(found.value, case.mean_term + case.covariance_term, tolerance);
        assert_eq!(found.ranks, case.ranks);
        assert_eq!(found.singular, case.ranks.iter().any(|&rank| rank < case.left[0].len()));
    }
}

#[test]
fn one_dimension_is_worked_by_hand() {
    // Means 1 and 5, standard deviations √2 and 2√2: 4² + (√2)².
    let found = frechet_distance(&features(&[vec![0.0], vec![2.0]]), &features(&[vec![3.0], vec![7.0]])).unwrap();
    near(found.mean_term, 16.0, 1e-12);
    near(found.covariance_term, 2.0, 1e-12);
    assert_eq!((found.ranks, found.singular), ([1, 1], false));
}

#[test]
fn sets_without_any_variance_are_as_far_as_their_means() {
    let point = |at: f32| features(&[vec![at, 0.0, at], vec![at, 0.0, at], vec![at, 0.0, at]]);
    let found = frechet_distance(&point(0.0), &point(2.0)).unwrap();
    assert_eq!((found.value, found.ranks, found.singular), (8.0, [0, 0], true));
    let spread = frechet_distance(&point(0.0), &noise(50, 3, 1, 0.0)).unwrap();
    assert_eq!(spread.ranks, [0, 3]);
    assert!(spread.covariance_term > 2.0, "{spread:?}");
}

#[test]
fn orthogonal_planes_are_apart_by_both_their_variances() {
    let (along, across) = (features(&[vec![-1.0, 0.0], vec![1.0, 0.0]]), features(&[vec![0.0, -1.0], vec![0.0, 1.0]]));
    let found = frechet_distance(&along, &across).unwrap();
    near(found.value, 4.0, 1e-12);
    assert_eq!(found.ranks, [1, 1]);
}

/// All features of one image are equal: a matrix on which a singular value decomposition is known to fail.
#[test]
fn matrices_of_rank_one_are_no_special_case() {
    for (rows, width) in [(3, 5), (6, 21), (40, 7)] {
        let levels = |scale: f32| {
            let rows: Vec<Vec<f32>> = (0..rows).map(|i| vec![i as f32 * scale; width]).collect();
            features(&rows)
        };
        let found = frechet_distance(&levels(1.0), &levels(3.0)).unwrap();
        let middle = (rows - 1) as f64 / 2.0;
        let variance = (rows * (rows + 1)) as f64 / 12.0;
        near(found.mean_term, width as f64 * (2.0 * middle).powi(2), 1e-9);
        near(found.covariance_term, width as f64 * 4.0 * variance, 1e-9);
        assert_eq!(found.ranks, [1, 1]);
    }
}

#[test]
fn one_image_has_no_covariance() {
    let found = frechet_distance(&noise(1, 2, 1, 0.0), &noise(9, 2, 2, 0.0));
    assert_eq!(found, Err(MetricError::TooFew { found: 1, needed: 2 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn equal_sets_are_at_zero_and_a_scale_is_squared(
        n in 2..20usize,
        m in 2..20usize,
        width in 1..10usize,
        seed in 0..1000u64,
    ) {
        let (a, b) = (noise(n, width, seed, 0.0), noise(m, width, seed + 5000, 0.5));
        let found = frechet_distance(&a, &b).unwrap();
        prop_assert!(frechet_distance(&a, &a).unwrap().value < 1e-9 * width as f64);
        near(frechet_distance(&b, &a).unwrap().value, found.value, 1e-9);
        let doubled = |features: &Features| {
            Features::new("test", width, features.values().iter().map(|value| 2.0 * value).collect()).unwrap()
        };
        near(frechet_distance(&doubled(&a), &doubled(&b)).unwrap().value, 4.0 * found.value, 1e-9);
        prop_assert_eq!(found.ranks, [(n - 1).min(width), (m - 1).min(width)]);
    }
}
