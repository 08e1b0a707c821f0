//! Live parameters: `slider(...)` in a recipe declares one and is its value.

use super::error::fail;
use super::options::{Scripted, number, word};
use rhai::{Dynamic, Engine};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A live parameter: a `slider` in a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveParameter {
    pub name: String,
    pub value: f64,
    pub default: f64,
    pub low: f64,
    pub high: f64,
    pub unit: String,
    pub tip: String,
}

/// The values that were set, and the parameters that a recipe declared so far.
#[derive(Clone, Default)]
pub(super) struct LiveParameters(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    set: BTreeMap<String, f64>,
    declared: Vec<LiveParameter>,
}

impl LiveParameters {
    pub(super) fn new(set: &BTreeMap<String, f64>) -> Self {
        Self(Rc::new(RefCell::new(State { set: set.clone(), declared: Vec::new() })))
    }

    pub(super) fn declared(&self) -> Vec<LiveParameter> {
        self.0.borrow().declared.clone()
    }

    /// Sets a declared parameter, within its range. Returns the value it took, or `None` if there is none such.
    pub(super) fn set(&self, name: &str, value: f64) -> Option<f64> {
        let mut state = self.0.borrow_mut();
        let parameter = state.declared.iter_mut().find(|parameter| parameter.name == name)?;
        let value = value.clamp(parameter.low, parameter.high);
        parameter.value = value;
        state.set.insert(name.to_string(), value);
        Some(value)
    }

    /// Registers `slider(name, default, low, high [, unit [, tip]])`.
    pub(super) fn register(&self, engine: &mut Engine) {
        let live = self.clone();
        engine.register_fn("slider", move |name: Dynamic, default: Dynamic, low: Dynamic, high: Dynamic| {
            live.declare([&name, &default, &low, &high], ["", ""])
        });
        let live = self.clone();
        engine.register_fn(
            "slider",
            move |name: Dynamic, default: Dynamic, low: Dynamic, high: Dynamic, unit: &str| {
                live.declare([&name, &default, &low, &high], [unit, ""])
            },
        );
        let live = self.clone();
        engine.register_fn(
            "slider",
            move |name: Dynamic, default: Dynamic, low: Dynamic, high: Dynamic, unit: &str, tip: &str| {
                live.declare([&name, &default, &low, &high], [unit, tip])
            },
        );
    }

    /// Declares a parameter (again) and returns its value; whole while default and value are whole.
    fn declare(&self, [name, default, low, high]: [&Dynamic; 4], [unit, tip]: [&str; 2]) -> Scripted<Dynamic> {
        let name_text = word("slider: the name", name)?;
        let [first, low, high] = [
            number("slider: the default", default)?,
            number("slider: the low end", low)?,
            number("slider: the high end", high)?,
        ];
        if !(low <= first && first <= high) {
            return fail(format!("slider '{name_text}': the default {first} must be from {low} to {high}"));
        }
        let mut state = self.0.borrow_mut();
        let value = state.set.get(&name_text).map_or(first, |value| value.clamp(low, high));
        let (unit, tip) = (unit.to_string(), tip.to_string());
        let parameter = LiveParameter { name: name_text.clone(), value, default: first, low, high, unit, tip };
        match state.declared.iter_mut().find(|known| known.name == name_text) {
            Some(known) => *known = parameter,
            None => state.declared.push(parameter),
        }
        match default.is_int() && value.fract() == 0.0 {
            true => Ok(Dynamic::from_int(value as i64)),
            false => Ok(Dynamic::from_float(value)),
        }
    }
}
