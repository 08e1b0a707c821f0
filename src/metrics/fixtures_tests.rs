//! Reads the numbers of public implementations that `tests/metrics/make.py` wrote.

use super::features::Features;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
pub struct Fixture<Case> {
    pub cases: Vec<Case>,
}

/// The cases of a fixture.
pub fn cases<Case: DeserializeOwned>(text: &str) -> Vec<Case> {
    serde_json::from_str::<Fixture<Case>>(text).unwrap().cases
}

/// Features called "test" with these rows.
pub fn features(rows: &[Vec<f32>]) -> Features {
    Features::new("test", rows[0].len(), rows.concat()).unwrap()
}

/// `rows` features of standard normal noise plus `shift`.
pub fn noise(rows: usize, width: usize, seed: u64, shift: f32) -> Features {
    let mut values = vec![0.0; rows * width];
    crate::compute::NoiseKey::new(seed, crate::compute::Purpose::Probe).normal(0, &mut values);
    values.iter_mut().for_each(|value| *value += shift);
    Features::new("test", width, values).unwrap()
}

pub fn near(found: f64, wanted: f64, tolerance: f64) {
    assert!((found - wanted).abs() <= tolerance * wanted.abs().max(1.0), "{found}, not {wanted}");
}
