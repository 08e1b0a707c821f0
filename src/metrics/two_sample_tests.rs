use super::super::fixtures_tests::{cases, features, near, noise};
use super::*;
use serde::Deserialize;

const NEIGHBOURS: TwoSampleTest = TwoSampleTest { classifier: Classifier::NearestNeighbours, seed: 1 };
const LOGISTIC: TwoSampleTest = TwoSampleTest { classifier: Classifier::Logistic { ridge: 1.0 }, seed: 1 };

#[derive(Deserialize)]
struct Case {
    train: Vec<Vec<f32>>,
    test: Vec<Vec<f32>>,
    neighbours: Expected,
    logistic: Vec<Ridge>,
}

#[derive(Deserialize)]
struct Expected {
    predicted: Vec<u8>,
    accuracy: f64,
}

#[derive(Deserialize)]
struct Ridge {
    ridge: f64,
    accuracy: f64,
}

#[test]
fn labels_and_accuracies_are_those_of_scikit_learn() {
    for case in cases::<Case>(include_str!("../../tests/metrics/classifiers.json")) {
        let halves = |rows: &[Vec<f32>]| {
            let (left, right) = rows.split_at(rows.len() / 2);
            (features(left), features(right))
        };
        let ((left, right), (left_test, right_test)) = (halves(&case.train), halves(&case.test));
        let all = |features: &Features| (0..features.rows()).collect::<Vec<_>>();
        let train = Labelled::new(&left, &all(&left), &right, &all(&right));
        let test = Labelled::new(&left_test, &all(&left_test), &right_test, &all(&right_test));
        let accuracy = |predicted: &[bool]| {
            let told = predicted.iter().zip(&test.labels).filter(|(found, label)| found == label).count();
            told as f64 / predicted.len() as f64
        };
        let found = Classifier::NearestNeighbours.predict(&train, &test.rows).unwrap();
        assert_eq!(found.iter().map(|&label| u8::from(label)).collect::<Vec<_>>(), case.neighbours.predicted);
        near(accuracy(&found), case.neighbours.accuracy, 1e-12);
        for wanted in case.logistic {
            let found = Classifier::Logistic { ridge: wanted.ridge }.predict(&train, &test.rows).unwrap();
            near(accuracy(&found), wanted.accuracy, 1e-12);
        }
    }
}

#[test]
fn different_sets_are_told_apart() {
    let (left, right) = (noise(100, 5, 1, 0.0), noise(70, 5, 2, 2.0));
    for test in [NEIGHBOURS, LOGISTIC] {
        let found = test.test(&left, &right).unwrap();
        assert!(found.accuracy > 0.9 && found.p_value < 1e-6, "{found:?}");
        assert_eq!(found.tested, 70);
        near(found.null_deviation, 0.5 / 70f64.sqrt(), 1e-12);
        assert_eq!(found.features, "test");
    }
}

#[test]
fn the_p_value_is_that_of_the_normal_distribution() {
    // 20 of 20 told: 0.5 / (0.5 / √20) = √20 standard deviations, whose tail is 3.872108e-6.
    let found = LOGISTIC.test(&noise(20, 2, 1, 0.0), &noise(20, 2, 2, 50.0)).unwrap();
    assert_eq!(found.accuracy, 1.0);
    assert!((found.p_value / 3.872_108_e-6 - 1.0).abs() < 1e-6, "{}", found.p_value);
}

#[test]
fn only_neighbours_see_a_ring_around_a_disc() {
    let (disc, wide) = (noise(200, 3, 1, 0.0), noise(200, 3, 2, 0.0));
    let ring: Vec<f32> = wide.values().iter().map(|value| 4.0 * value).collect();
    let ring = Features::new("test", 3, ring).unwrap();
    assert!(NEIGHBOURS.test(&disc, &ring).unwrap().p_value < 1e-4);
    assert!(LOGISTIC.test(&disc, &ring).unwrap().accuracy < 0.65);
}

#[test]
fn by_chance_the_accuracy_is_distributed_as_said() {
    for classifier in [Classifier::NearestNeighbours, Classifier::Logistic { ridge: 1.0 }] {
        let found: Vec<TwoSampleResult> = (0..300)
            .map(|seed| {
                let (left, right) = (noise(40, 3, 2 * seed, 0.0), noise(50, 3, 2 * seed + 1, 0.0));
                TwoSampleTest { classifier, seed }.test(&left, &right).unwrap()
            })
            .collect();
        let count = found.len() as f64;
        let mean = found.iter().map(|found| found.accuracy).sum::<f64>() / count;
        let deviation = (found.iter().map(|found| (found.accuracy - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!((mean - 0.5).abs() < 4.0 * deviation / count.sqrt(), "{mean}");
        assert!((deviation / found[0].null_deviation - 1.0).abs() < 0.2, "{deviation}");
    }
}

#[test]
fn what_cannot_be_tested_is_an_error() {
    let (few, many) = (noise(9, 2, 1, 0.0), noise(20, 2, 2, 0.0));
    assert_eq!(NEIGHBOURS.test(&few, &many), Err(MetricError::TooFew { found: 9, needed: 10 }));
    for ridge in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let test = TwoSampleTest { classifier: Classifier::Logistic { ridge }, seed: 0 };
        assert!(matches!(test.test(&many, &many), Err(MetricError::Settings(_))));
    }
    let wide = noise(10, WIDEST + 1, 1, 0.0);
    assert!(matches!(LOGISTIC.test(&wide, &wide), Err(MetricError::Settings(_))));
    assert!(NEIGHBOURS.test(&wide, &wide).is_ok());
    let equal = Features::new("test", 2, vec![1.0; 40]).unwrap();
    for test in [NEIGHBOURS, LOGISTIC] {
        assert_eq!(test.test(&equal, &equal).unwrap().accuracy, 0.5);
    }
}
