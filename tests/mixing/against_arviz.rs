//! R-hat, effective sample sizes and autocorrelations are those of ArviZ; `make.py` wrote `chains.json`.

use emberlab::metrics::{MixingError, ScalarChains};
use serde_json::Value;

fn cases() -> Vec<(String, ScalarChains, Value)> {
    let text: Value = serde_json::from_str(include_str!("chains.json")).unwrap();
    let case = |case: &Value| {
        let rows: Vec<Vec<f64>> = serde_json::from_value(case["chains"].clone()).unwrap();
        (case["name"].as_str().unwrap().to_owned(), ScalarChains::new(rows).unwrap(), case.clone())
    };
    text["cases"].as_array().unwrap().iter().map(case).collect()
}

/// That `found` is what the fixture says; null is what ArviZ does not define.
fn agrees(name: &str, what: &str, found: Result<f64, MixingError>, expected: &Value) -> bool {
    match expected {
        Value::Null => return false,
        Value::String(_) => assert_eq!(found, Ok(f64::INFINITY), "{name}: {what}"),
        expected => {
            let (found, expected) = (found.unwrap(), expected.as_f64().unwrap());
            assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{name}: {what} {found} is not {expected}");
        }
    }
    true
}

#[test]
fn r_hat_in_all_its_forms() {
    let mut compared = 0;
    for (name, chains, case) in cases() {
        let forms = [
            ("rank", chains.r_hat()),
            ("split", chains.split_r_hat()),
            ("folded", chains.folded_r_hat()),
            ("z_scale", chains.rank_normalized_r_hat()),
        ];
        for (form, found) in forms {
            compared += usize::from(agrees(&name, form, found, &case["r_hat"][form]));
        }
    }
    assert!(compared >= 55, "{compared} numbers were compared");
}

#[test]
fn effective_sample_sizes_in_all_their_forms() {
    let mut compared = 0;
    for (name, chains, case) in cases() {
        let forms = [
            ("bulk", chains.bulk_effective_sample_size()),
            ("tail", chains.tail_effective_sample_size()),
            ("mean", chains.mean_effective_sample_size()),
        ];
        for (form, found) in forms {
            compared += usize::from(agrees(&name, form, found, &case["ess"][form]));
        }
    }
    assert!(compared >= 45, "{compared} numbers were compared");
}

#[test]
fn autocorrelation_of_one_chain() {
    for (name, chains, case) in cases() {
        let first = ScalarChains::new(vec![chains.rows()[0].clone()]);
        let expected = case["autocorrelation"].as_array().unwrap();
        if expected[0].is_null() {
            assert_eq!(first, Err(MixingError::Constant), "{name}");
            continue;
        }
        let found = first.unwrap().autocorrelation(expected.len() - 1).unwrap();
        for (found, expected) in found.iter().zip(expected) {
            let expected = expected.as_f64().unwrap();
            assert!((found - expected).abs() < 1e-9, "{name}: {found} is not {expected}");
        }
    }
}
