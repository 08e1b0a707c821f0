//! Modules that plugins add to the language, and those of their functions that a run calls by itself.

use super::compile::{Recipe, RecipeText, definition, innermost_position};
use super::error::{RecipeError, fail};
use super::options::{Scripted, number};
use crate::compute::{Expression, Images, Threads};
use rhai::{Array, Dynamic, FnPtr, Map};
use std::path::PathBuf;
use std::sync::Arc;

/// A module that a plugin adds: recipes call its functions as `name::function`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptModule {
    pub name: String,
    pub text: RecipeText,
    /// Functions `(observed, synthesized)` that measure images, by name.
    pub metrics: Vec<ModuleEntry>,
    /// Functions `(observed, synthesized)` that make pictures or curves of them, by name.
    pub views: Vec<ModuleEntry>,
}

/// A function of a module under a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleEntry {
    pub name: String,
    pub function: String,
}

impl ScriptModule {
    /// A module that measures and shows nothing by itself.
    #[must_use]
    pub fn new(name: impl Into<String>, text: RecipeText) -> Self {
        Self { name: name.into(), text, metrics: Vec::new(), views: Vec::new() }
    }
}

/// What a view shows.
#[derive(Debug, Clone)]
pub enum View {
    Images(Arc<Images>),
    /// Curves by name, each a list of values.
    Curves(Vec<(String, Vec<f64>)>),
}

/// Curves of one view, and values of one curve.
const CURVES: usize = 16;
const VALUES: usize = 4096;

impl Recipe {
    /// Whether it was compiled with this module.
    #[must_use]
    pub fn knows(&self, module: &ScriptModule) -> bool {
        self.has_script(&module.text.path.display().to_string())
    }

    /// The functions of a module, with the number of their parameters.
    #[must_use]
    pub fn module_functions(&self, module: &ScriptModule) -> Vec<(String, usize)> {
        let script = self.script_of_file(&module.text.path.display().to_string());
        script.iter_functions().map(|function| (function.name.to_string(), function.params.len())).collect()
    }

    /// A metric's value for two sets of images, `[batch, channel, height, width]`.
    ///
    /// # Errors
    /// An error of the module, with its place, or a value that is no number.
    pub fn metric(
        &self,
        module: &ScriptModule,
        entry: &ModuleEntry,
        images: [&Arc<Images>; 2],
        threads: &Threads,
    ) -> Result<f64, RecipeError> {
        let value = self.call_entry(module, entry, images, threads)?;
        number(&format!("{}::{}", module.name, entry.function), &value)
            .map_err(|error| self.entry_error(module, entry, &error))
    }

    /// What a view makes of two sets of images.
    ///
    /// # Errors
    /// An error of the module, with its place, or an answer that is neither images nor curves.
    pub fn view(
        &self,
        module: &ScriptModule,
        entry: &ModuleEntry,
        images: [&Arc<Images>; 2],
        threads: &Threads,
    ) -> Result<View, RecipeError> {
        let answer = self.call_entry(module, entry, images, threads)?;
        let view = if let Some(images) = answer.clone().try_cast::<Expression>() {
            self.arithmetic().images(&images).map(View::Images)
        } else if let Some(map) = answer.clone().try_cast::<Map>() {
            curves(map).map(View::Curves)
        } else {
            let found = self.type_name(&answer);
            fail(format!("a view must return images or a map of lists of numbers, found {found}"))
        };
        view.map_err(|error| self.entry_error(module, entry, &error))
    }

    fn call_entry(
        &self,
        module: &ScriptModule,
        entry: &ModuleEntry,
        [observed, synthesized]: [&Arc<Images>; 2],
        threads: &Threads,
    ) -> Result<Dynamic, RecipeError> {
        self.arithmetic().use_threads(threads.clone());
        let arguments = (Expression::of(observed.clone()), Expression::of(synthesized.clone()));
        let script = self.script_of_file(&module.text.path.display().to_string());
        let answer =
            FnPtr::new(entry.function.as_str()).and_then(|function| self.call_in(&script, &function, arguments));
        answer.map_err(|error| self.entry_error(module, entry, &error))
    }

    /// An error of an entry at its place, or at that of its function.
    fn entry_error(&self, module: &ScriptModule, entry: &ModuleEntry, error: &rhai::EvalAltResult) -> RecipeError {
        let found = RecipeError::from_script(PathBuf::from(&module.text.path), error);
        match innermost_position(error).is_none() {
            false => found,
            true => {
                let place = definition(&module.text.text, &entry.function);
                RecipeError::new(module.text.path.clone(), place, found.message)
            }
        }
    }
}

/// Curves from a map of lists of numbers.
fn curves(map: Map) -> Scripted<Vec<(String, Vec<f64>)>> {
    if map.len() > CURVES {
        return fail(format!("a view may show {CURVES} curves, found {}", map.len()));
    }
    let mut curves = Vec::new();
    for (name, values) in map {
        let Some(list) = values.try_cast::<Array>().filter(|list| list.len() <= VALUES) else {
            return fail(format!("the curve '{name}' must be a list of at most {VALUES} numbers"));
        };
        let values: Scripted<Vec<f64>> =
            list.iter().map(|value| number(&format!("a value of the curve '{name}'"), value)).collect();
        curves.push((name.to_string(), values?));
    }
    Ok(curves)
}
