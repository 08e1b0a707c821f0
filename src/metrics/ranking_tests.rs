use super::super::fixtures_tests::{cases, near};
use super::*;
use crate::compute::{NoiseKey, Purpose};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    positive: Vec<f64>,
    negative: Vec<f64>,
    area: f64,
    standard_error: f64,
    low: f64,
    high: f64,
}

#[test]
fn areas_and_errors_are_those_of_scikit_learn_and_delong() {
    for case in cases::<Case>(include_str!("../../tests/metrics/ranking.json")) {
        let found = auroc(&case.positive, &case.negative).unwrap();
        near(found.interval.value, case.area, 1e-12);
        near(found.standard_error, case.standard_error, 1e-12);
        near(found.interval.low, case.low, 1e-9);
        near(found.interval.high, case.high, 1e-9);
    }
}

#[test]
fn pairs_are_counted_and_equal_ones_are_halves() {
    // Of four pairs 3 > 1 and 3 > 2 are won, 2 > 1 is won and 2 = 2 is a half.
    near(auroc(&[3.0f32, 2.0], &[1.0, 2.0]).unwrap().interval.value, 3.5 / 4.0, 1e-12);
    near(auroc(&[0.0f32, 1.0], &[-0.0, 0.0]).unwrap().interval.value, 3.0 / 4.0, 1e-12);
}

#[test]
fn scores_that_do_not_overlap_are_not_known_for_sure() {
    let found = auroc(&[5.0, 6.0, 7.0, 8.0], &[1.0, 2.0, 3.0]).unwrap();
    assert_eq!((found.interval.value, found.interval.high, found.standard_error), (1.0, 1.0, 0.0));
    near(found.interval.low, 0.025f64.cbrt(), 1e-12);
    let found = auroc(&[1.0, 2.0, 3.0], &[5.0, 6.0, 7.0, 8.0]).unwrap();
    assert_eq!((found.interval.value, found.interval.low), (0.0, 0.0));
    near(found.interval.high, 1.0 - 0.025f64.cbrt(), 1e-12);
}

#[test]
fn the_interval_holds_the_truth_as_often_as_it_says() {
    // P(N(1, 1) > N(0, 1)) = Φ(1/√2).
    let truth = 0.760_249_938_906_523_3;
    let holds = |seed: u64| {
        let mut scores = vec![0.0f32; 100];
        NoiseKey::new(seed, Purpose::Probe).normal(0, &mut scores);
        let positive: Vec<f32> = scores[..50].iter().map(|score| score + 1.0).collect();
        let found = auroc(&positive, &scores[50..]).unwrap().interval;
        found.low <= truth && truth <= found.high
    };
    let held = (0..1000).filter(|&seed| holds(seed)).count();
    assert!((915..=975).contains(&held), "{held}");
}

#[test]
fn what_cannot_be_ranked_is_an_error() {
    let few = MetricError::TooFewValues { what: "negative scores", found: 1, needed: 2 };
    assert_eq!(auroc(&[1.0, 2.0], &[1.0]), Err(few));
    assert_eq!(auroc(&[1.0, f64::NAN], &[1.0, 2.0]), Err(MetricError::ValueNotFinite { what: "positive scores" }));
    assert!(matches!(auroc(&[1.0; 3], &[1.0; 3]), Err(MetricError::NoVariance { .. })));
    assert!(auroc::<f32>(&[], &[]).is_err());
}

proptest! {
    #[test]
    fn it_knows_order_alone_and_its_mirror(
        positive in prop::collection::vec(-5..5i16, 2..30),
        negative in prop::collection::vec(-5..5i16, 2..30),
    ) {
        let scores = |values: &[i16], change: fn(f64) -> f64| -> Vec<f64> {
            values.iter().map(|&value| change(f64::from(value))).collect()
        };
        let plain: fn(f64) -> f64 = |score| score;
        let (p, n) = (scores(&positive, plain), scores(&negative, plain));
        prop_assume!(p.iter().chain(&n).any(|&score| score != p[0]));
        let found = auroc(&p, &n).unwrap();
        let stretched = auroc(&scores(&positive, f64::exp), &scores(&negative, f64::exp)).unwrap();
        prop_assert_eq!(found, stretched);
        let mirrored = auroc(&n, &p).unwrap();
        near(mirrored.interval.value, 1.0 - found.interval.value, 1e-12);
        near(mirrored.interval.low, 1.0 - found.interval.high, 1e-12);
        near(mirrored.standard_error, found.standard_error, 1e-12);
        prop_assert!(found.interval.low <= found.interval.value && found.interval.value <= found.interval.high);
        prop_assert!((0.0..=1.0).contains(&found.interval.low) && (0.0..=1.0).contains(&found.interval.high));
    }
}
