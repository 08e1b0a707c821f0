//! Reading what scripts pass: numbers of either kind, and maps of named options.

use super::error::fail;
use rhai::{Dynamic, EvalAltResult, Map};

pub(super) type Scripted<T> = Result<T, Box<EvalAltResult>>;

/// A number, whole or not.
pub(super) fn number(what: &str, value: &Dynamic) -> Scripted<f64> {
    if let Ok(whole) = value.as_int() {
        return Ok(whole as f64);
    }
    match value.as_float() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(value) => fail(format!("{what} must be a finite number, found {value}")),
        Err(kind) => fail(format!("{what} must be a number, found {kind}")),
    }
}

/// A number within `low..=high`.
pub(super) fn number_within(what: &str, value: &Dynamic, [low, high]: [f64; 2]) -> Scripted<f64> {
    match number(what, value)? {
        number if (low..=high).contains(&number) => Ok(number),
        number => fail(format!("{what} must be from {low} to {high}, found {number}")),
    }
}

/// A whole number within `low..=high`; `30.0` is one too.
pub(super) fn count(what: &str, value: &Dynamic, [low, high]: [usize; 2]) -> Scripted<usize> {
    match number(what, value)? {
        number if number.fract() != 0.0 => fail(format!("{what} must be a whole number, found {number}")),
        number if number < low as f64 || number > high as f64 => {
            fail(format!("{what} must be from {low} to {high}, found {number}"))
        }
        number => Ok(number as usize),
    }
}

/// The text of a string.
pub(super) fn word(what: &str, value: &Dynamic) -> Scripted<String> {
    match value.clone().into_string() {
        Ok(text) => Ok(text),
        Err(kind) => fail(format!("{what} must be a string, found {kind}")),
    }
}

/// Letters of what is shown by its name, and of a path.
const NAME: usize = 200;
const PATH: usize = 1000;

/// A string that names something that is shown.
pub(super) fn name(what: &str, value: &Dynamic) -> Scripted<String> {
    short(what, value, NAME)
}

/// The path of a file or folder.
pub(super) fn path(what: &str, value: &Dynamic) -> Scripted<String> {
    short(what, value, PATH)
}

fn short(what: &str, value: &Dynamic, most: usize) -> Scripted<String> {
    match word(what, value)? {
        text if text.chars().count() > most => fail(format!("{what} must have at most {most} letters")),
        text => Ok(text),
    }
}

/// Named options of one function, taken one by one; [`Options::finish`] refuses what is left.
pub(super) struct Options {
    function: &'static str,
    map: Map,
    known: Vec<&'static str>,
}

impl Options {
    pub(super) fn new(function: &'static str, map: Map) -> Self {
        Self { function, map, known: Vec::new() }
    }

    /// The raw value of an option.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Dynamic> {
        self.known.push(name);
        self.map.remove(name).filter(|value| !value.is_unit())
    }

    pub(super) fn number(&mut self, name: &'static str, range: [f64; 2]) -> Scripted<Option<f64>> {
        let what = format!("{}: {name}", self.function);
        self.take(name).map(|value| number_within(&what, &value, range)).transpose()
    }

    pub(super) fn count(&mut self, name: &'static str, range: [usize; 2]) -> Scripted<Option<usize>> {
        let what = format!("{}: {name}", self.function);
        self.take(name).map(|value| count(&what, &value, range)).transpose()
    }

    pub(super) fn word(&mut self, name: &'static str) -> Scripted<Option<String>> {
        let what = format!("{}: {name}", self.function);
        self.take(name).map(|value| word(&what, &value)).transpose()
    }

    /// Refuses options that were not asked for.
    pub(super) fn finish(self) -> Scripted<()> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(unknown) => {
                let (function, known) = (self.function, self.known.join(", "));
                fail(format!("{function}: unknown option '{unknown}'; there are {known}"))
            }
        }
    }
}
