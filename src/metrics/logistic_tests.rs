use super::super::fixtures_tests::{cases, near};
use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    train: Vec<Vec<f32>>,
    test: Vec<Vec<f32>>,
    logistic: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    ridge: f64,
    weights: Vec<f64>,
    predicted: Vec<u8>,
}

fn borrowed(rows: &[Vec<f32>]) -> Vec<&[f32]> {
    rows.iter().map(Vec::as_slice).collect()
}

#[test]
fn weights_and_labels_are_those_of_scikit_learn() {
    for case in cases::<Case>(include_str!("../../tests/metrics/classifiers.json")) {
        let labels: Vec<bool> = (0..case.train.len()).map(|i| 2 * i >= case.train.len()).collect();
        for wanted in case.logistic {
            let found = Logistic::fit(&borrowed(&case.train), &labels, wanted.ridge).unwrap();
            found.weights.iter().zip(&wanted.weights).for_each(|(&found, &wanted)| near(found, wanted, 1e-5));
            let predicted: Vec<u8> = found.predict(&borrowed(&case.test)).into_iter().map(u8::from).collect();
            assert_eq!(predicted, wanted.predicted);
        }
    }
}

#[test]
fn sets_that_a_plane_parts_are_parted_for_any_ridge() {
    let rows: Vec<Vec<f32>> = (0..20).map(|i| vec![i as f32, 7.0]).collect();
    let labels: Vec<bool> = (0..20).map(|i| i >= 10).collect();
    for ridge in [1e-6, 1e-3, 1.0, 1e3] {
        let model = Logistic::fit(&borrowed(&rows), &labels, ridge).unwrap();
        assert_eq!(model.predict(&borrowed(&rows)), labels, "ridge {ridge}");
    }
}

#[test]
fn a_feature_without_variance_has_no_weight() {
    let rows: Vec<Vec<f32>> = (0..20).map(|i| vec![(i % 7) as f32, 1e6]).collect();
    let labels: Vec<bool> = (0..20).map(|i| i % 3 == 0).collect();
    let model = Logistic::fit(&borrowed(&rows), &labels, 1.0).unwrap();
    assert_eq!(model.weights[1], 0.0);
}
