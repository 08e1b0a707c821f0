//! Live parameters: `slider(...)`, `choice(...)` and `toggle(...)` in a recipe declare one and are its value.

use super::error::fail;
use super::options::{Scripted, name as name_of, number, word};
use rhai::{Array, Dynamic, Engine};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Live parameters of one recipe.
const MOST: usize = 256;

/// What a live parameter is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LiveKind {
    /// A number from `low` to `high`.
    #[default]
    Slider,
    /// One of these words; its value is the word's place, from 0.
    Choice(Vec<String>),
    /// Off, 0, or on, 1.
    Toggle,
}

/// A live parameter of a recipe.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LiveParameter {
    pub name: String,
    #[serde(default)]
    pub kind: LiveKind,
    pub value: f64,
    pub default: f64,
    pub low: f64,
    pub high: f64,
    pub unit: String,
    pub tip: String,
}

/// The value of a live parameter as it is kept: a choice by its word, so that another order of the words changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    Number(f64),
    Word(String),
}

impl From<f64> for Setting {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(value) => write!(out, "{value}"),
            Self::Word(word) => write!(out, "{word}"),
        }
    }
}

impl LiveParameter {
    /// Its value, to be kept.
    #[must_use]
    pub fn setting(&self) -> Setting {
        match self.word() {
            Some(word) => Setting::Word(word),
            None => Setting::Number(self.value),
        }
    }

    /// The word that its value is, of a choice or a toggle.
    #[must_use]
    pub fn word(&self) -> Option<String> {
        match &self.kind {
            LiveKind::Slider => None,
            LiveKind::Choice(words) => words.get(self.value as usize).cloned(),
            LiveKind::Toggle => Some(if self.value == 0.0 { "false" } else { "true" }.into()),
        }
    }

    /// The value that a setting means here; the default where it means none.
    fn read(&self, setting: &Setting) -> f64 {
        let place = match (setting, &self.kind) {
            (Setting::Number(value), _) => Some(*value),
            (Setting::Word(word), LiveKind::Choice(words)) => {
                words.iter().position(|known| known == word).map(|place| place as f64)
            }
            (Setting::Word(word), LiveKind::Toggle) => word.parse::<bool>().ok().map(f64::from),
            (Setting::Word(_), LiveKind::Slider) => None,
        };
        place.map_or(self.default, |value| self.confine(value))
    }

    /// Whether a setting means a value here.
    ///
    /// # Errors
    /// What it must be.
    pub fn accepts(&self, setting: &Setting) -> Result<(), String> {
        match (setting, &self.kind) {
            (Setting::Word(word), LiveKind::Choice(words)) if words.contains(word) => Ok(()),
            (Setting::Word(word), LiveKind::Toggle) if word.parse::<bool>().is_ok() => Ok(()),
            (Setting::Number(_), _) => Ok(()),
            (_, LiveKind::Slider) => Err(format!("a number from {} to {}", self.low, self.high)),
            (_, LiveKind::Choice(words)) => Err(format!("one of {}", words.join(", "))),
            (_, LiveKind::Toggle) => Err("true or false".into()),
        }
    }

    fn confine(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        if self.kind == LiveKind::Slider { value } else { value.round() }
    }
}

/// The values that were set, and the parameters that a recipe declared so far.
#[derive(Clone, Default)]
pub(super) struct LiveParameters(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    set: BTreeMap<String, Setting>,
    declared: Vec<LiveParameter>,
}

impl LiveParameters {
    pub(super) fn new(set: &BTreeMap<String, Setting>) -> Self {
        Self(Rc::new(RefCell::new(State { set: set.clone(), declared: Vec::new() })))
    }

    pub(super) fn declared(&self) -> Vec<LiveParameter> {
        self.0.borrow().declared.clone()
    }

    /// Sets a declared parameter, within its range. Returns it, or `None` if there is none such.
    pub(super) fn set(&self, name: &str, value: f64) -> Option<LiveParameter> {
        let mut state = self.0.borrow_mut();
        let parameter = state.declared.iter_mut().find(|parameter| parameter.name == name)?;
        parameter.value = parameter.confine(value);
        let parameter = parameter.clone();
        state.set.insert(name.to_string(), parameter.setting());
        Some(parameter)
    }

    /// Registers the words.
    pub(super) fn register(&self, engine: &mut Engine) {
        let live = self.clone();
        engine.register_fn("slider", move |name: Dynamic, default: Dynamic, low: Dynamic, high: Dynamic| {
            live.slider([&name, &default, &low, &high], ["", ""])
        });
        let live = self.clone();
        engine.register_fn(
            "slider",
            move |name: Dynamic, default: Dynamic, low: Dynamic, high: Dynamic, unit: &str| {
                live.slider([&name, &default, &low, &high], [unit, ""])
            },
        );
        let live = self.clone();
        engine.register_fn(
            "slider",
            move |name: Dynamic, default: Dynamic, low: Dynamic, high: Dynamic, unit: &str, tip: &str| {
                live.slider([&name, &default, &low, &high], [unit, tip])
            },
        );
        let live = self.clone();
        engine.register_fn("choice", move |name: Dynamic, default: Dynamic, words: Array| {
            live.choice(&name, &default, &words, "")
        });
        let live = self.clone();
        engine.register_fn("choice", move |name: Dynamic, default: Dynamic, words: Array, tip: &str| {
            live.choice(&name, &default, &words, tip)
        });
        let live = self.clone();
        engine.register_fn("toggle", move |name: Dynamic, default: Dynamic| live.toggle(&name, &default, ""));
        let live = self.clone();
        engine
            .register_fn("toggle", move |name: Dynamic, default: Dynamic, tip: &str| live.toggle(&name, &default, tip));
    }

    /// A slider is whole while default and value are.
    fn slider(&self, [name, default, low, high]: [&Dynamic; 4], [unit, tip]: [&str; 2]) -> Scripted<Dynamic> {
        let name = name_of("slider: the name", name)?;
        let [first, low, high] = [
            number("slider: the default", default)?,
            number("slider: the low end", low)?,
            number("slider: the high end", high)?,
        ];
        if !(low <= first && first <= high) {
            return fail(format!("slider '{name}': the default {first} must be from {low} to {high}"));
        }
        let (unit, tip) = (unit.to_string(), tip.to_string());
        let kind = LiveKind::Slider;
        let value =
            self.declare(LiveParameter { name, kind, value: first, default: first, low, high, unit, tip })?.value;
        match default.is_int() && value.fract() == 0.0 {
            true => Ok(Dynamic::from_int(value as i64)),
            false => Ok(Dynamic::from_float(value)),
        }
    }

    fn choice(&self, name: &Dynamic, default: &Dynamic, words: &Array, tip: &str) -> Scripted<Dynamic> {
        let (name, default) = (name_of("choice: the name", name)?, word("choice: the default", default)?);
        let words: Scripted<Vec<String>> = words.iter().map(|option| word("choice: an option", option)).collect();
        let words = words?;
        if words.is_empty() || words.len() > 64 {
            return fail(format!("choice '{name}': from 1 to 64 options are needed, found {}", words.len()));
        }
        if let Some(twice) = words.iter().enumerate().find(|(place, option)| words[..*place].contains(option)) {
            return fail(format!("choice '{name}': the option '{}' stands there twice", twice.1));
        }
        let Some(place) = words.iter().position(|option| *option == default) else {
            return fail(format!("choice '{name}': the default '{default}' must be one of {}", words.join(", ")));
        };
        let (place, high) = (place as f64, (words.len() - 1) as f64);
        let (unit, tip, kind) = (String::new(), tip.to_string(), LiveKind::Choice(words));
        let parameter = LiveParameter { name, kind, value: place, default: place, low: 0.0, high, unit, tip };
        Ok(self.declare(parameter)?.word().unwrap_or(default).into())
    }

    fn toggle(&self, name: &Dynamic, default: &Dynamic, tip: &str) -> Scripted<Dynamic> {
        let name = name_of("toggle: the name", name)?;
        let Ok(on) = default.as_bool() else {
            return fail(format!("toggle '{name}': the default must be true or false, found {}", default.type_name()));
        };
        let (default, unit, tip) = (f64::from(on), String::new(), tip.to_string());
        let kind = LiveKind::Toggle;
        let parameter = LiveParameter { name, kind, value: default, default, low: 0.0, high: 1.0, unit, tip };
        Ok(Dynamic::from_bool(self.declare(parameter)?.value != 0.0))
    }

    /// Declares a parameter (again), with the value that was set.
    fn declare(&self, mut parameter: LiveParameter) -> Scripted<LiveParameter> {
        let mut state = self.0.borrow_mut();
        if let Some(setting) = state.set.get(&parameter.name) {
            parameter.value = parameter.read(setting);
        }
        let full = state.declared.len() >= MOST;
        match state.declared.iter_mut().find(|known| known.name == parameter.name) {
            Some(known) if std::mem::discriminant(&known.kind) != std::mem::discriminant(&parameter.kind) => {
                let name = parameter.name;
                return fail(format!(
                    "'{name}' is declared twice, as two kinds of live parameter; give one another name"
                ));
            }
            Some(known) => known.clone_from(&parameter),
            None if full => {
                return fail(format!("'{}': there are {MOST} live parameters already", parameter.name));
            }
            None => state.declared.push(parameter.clone()),
        }
        Ok(parameter)
    }
}
