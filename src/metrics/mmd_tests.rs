use super::super::fixtures_tests::{cases, features, near, noise};
use super::*;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    left: Vec<Vec<f32>>,
    right: Vec<Vec<f32>>,
    scikit_learn: f64,
    torchmetrics: Option<f64>,
    blocks: usize,
    block_mean: f64,
    standard_error: f64,
}

#[test]
fn values_are_those_of_scikit_learn_and_torchmetrics() {
    for case in cases::<Case>(include_str!("../../tests/metrics/mmd.json")) {
        let found = polynomial_mmd(&features(&case.left), &features(&case.right)).unwrap();
        near(found.value, case.scikit_learn, 1e-6);
        case.torchmetrics.into_iter().for_each(|wanted| near(found.value, wanted, 1e-6));
        assert_eq!((found.blocks, found.features.as_str()), (case.blocks, "test"));
        near(found.block_mean, case.block_mean, 1e-6);
        near(found.standard_error, case.standard_error, 1e-6);
    }
}

#[test]
fn a_case_worked_by_hand() {
    // One feature: k(0, ·) = 1, k(1, 1) = 8. 1 + 8 - 2·1.
    let zeros = features(&[vec![0.0], vec![0.0], vec![0.0], vec![0.0]]);
    let ones = features(&[vec![1.0], vec![1.0], vec![1.0], vec![1.0]]);
    let found = polynomial_mmd(&zeros, &ones).unwrap();
    assert_eq!((found.value, found.block_mean, found.standard_error, found.blocks), (7.0, 7.0, 0.0, 2));
}

#[test]
fn it_is_unbiased_and_its_error_is_that_of_the_blocks() {
    let found: Vec<PolynomialMmd> = (0..200)
        .map(|seed| polynomial_mmd(&noise(36, 4, 2 * seed, 0.0), &noise(36, 4, 2 * seed + 1, 0.0)).unwrap())
        .collect();
    let count = found.len() as f64;
    let mean = |value: fn(&PolynomialMmd) -> f64| found.iter().map(value).sum::<f64>() / count;
    let deviation = |value: fn(&PolynomialMmd) -> f64| {
        let mean = mean(value);
        (found.iter().map(|one| (value(one) - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
    };
    let of_value = deviation(|found| found.value);
    assert!(mean(|found| found.value).abs() < 4.0 * of_value / count.sqrt());
    let (seen, told) = (deviation(|found| found.block_mean), mean(|found| found.standard_error.powi(2)).sqrt());
    assert!((told / seen - 1.0).abs() < 0.25, "{told} {seen}");
    assert!(of_value < seen, "{of_value} {seen}");
}

#[test]
fn it_grows_with_a_shift() {
    let found =
        [0.0, 0.5, 1.0].map(|shift| polynomial_mmd(&noise(50, 6, 1, 0.0), &noise(50, 6, 2, shift)).unwrap().value);
    assert!(found.is_sorted() && found[2] > 10.0 * found[0].abs(), "{found:?}");
}

#[test]
fn too_few_images_are_an_error() {
    let found = polynomial_mmd(&noise(3, 2, 1, 0.0), &noise(9, 2, 2, 0.0));
    assert_eq!(found, Err(MetricError::TooFew { found: 3, needed: 4 }));
}

proptest! {
    #[test]
    fn it_is_symmetric_and_knows_no_order_of_columns(n in 4..12usize, m in 4..12usize, seed in 0..1000u64) {
        let (a, b) = (noise(n, 3, seed, 0.0), noise(m, 3, seed + 5000, 0.3));
        let turned = |features: &Features| {
            let rows = (0..features.rows()).flat_map(|i| features.row(i).iter().rev().copied().collect::<Vec<_>>());
            Features::new("test", 3, rows.collect()).unwrap()
        };
        let found = polynomial_mmd(&a, &b).unwrap().value;
        near(polynomial_mmd(&b, &a).unwrap().value, found, 1e-9);
        near(polynomial_mmd(&turned(&a), &turned(&b)).unwrap().value, found, 1e-9);
    }
}
