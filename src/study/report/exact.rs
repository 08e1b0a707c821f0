//! Floating-point numbers in JSON, which has none that are not finite: those are written in words.

use super::number::{INFINITY, MINUS_INFINITY, NOT_A_NUMBER};
use serde::{Deserialize, Deserializer, Serializer, de};

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Words(String),
}

pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match *value {
        value if value.is_finite() => serializer.serialize_f64(value),
        value => serializer.serialize_str(super::number::words(value)),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Number(value) => Ok(value),
        Written::Words(words) => match words.as_str() {
            NOT_A_NUMBER => Ok(f64::NAN),
            INFINITY => Ok(f64::INFINITY),
            MINUS_INFINITY => Ok(f64::NEG_INFINITY),
            other => Err(de::Error::custom(format!("'{other}' is no number"))),
        },
    }
}
