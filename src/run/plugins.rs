//! What plugins add to a run: measures and views that it calls by itself, and taking them while it runs.

use super::engine::{Engine, Pending, SHOWN};
use super::message::{Chart, Event};
use super::options::RunOptions;
use crate::compute::Images;
use crate::plugin::Plugins;
use crate::recipe::{Laboratory, ModuleEntry, RecipeError, RecipeText, ScriptModule, View};
use std::sync::Arc;

/// The modules of a run with these plugins: what was registered by a program's own plugins stays.
pub(super) fn with_plugins(options: &RunOptions, plugins: Plugins) -> Vec<ScriptModule> {
    let of_folder =
        |module: &ScriptModule| options.plugins.as_ref().is_some_and(|folder| module.text.path.starts_with(folder));
    let mut modules: Vec<ScriptModule> = options.modules.iter().filter(|module| !of_folder(module)).cloned().collect();
    modules.retain(|own| plugins.modules.iter().all(|module| module.name != own.name));
    modules.extend(plugins.modules);
    modules
}

impl Engine {
    /// Takes plugins in place of those of before. Returns the recipe's text if it must be compiled anew for them.
    pub(super) fn set_plugins(&mut self, plugins: Plugins) -> Option<RecipeText> {
        let iteration = self.iteration;
        for error in &plugins.broken {
            self.tell(Event::Warning { iteration, message: format!("{error}; it is left out") });
        }
        self.failing.clear();
        self.charts.clear();
        let modules = with_plugins(&self.options, plugins);
        if modules == self.options.modules {
            return None;
        }
        self.options.modules = modules;
        // An edit that waits is taken with them.
        Some(match &self.pending {
            Pending::Swap(text) => text.clone(),
            _ => self.recipe.text().clone(),
        })
    }

    /// Tells what the metrics of plugins say of drawn images beside held-out ones.
    pub(super) fn measure_by_plugins(&mut self, real: &Arc<Images>, drawn: &Arc<Images>) {
        for (module, entry) in self.entries(|module| &module.metrics) {
            let name = format!("{}::{}", module.name, entry.name);
            let threads = self.threads.clone();
            match self.recipe.clone().metric(&module, &entry, [real, drawn], &threads) {
                Ok(value) => self.tell(Event::Measured { iteration: self.iteration, name, value }),
                Err(error) => self.leave_out(name, &error),
            }
        }
    }

    /// Shows what the views of plugins make of drawn images beside observed ones.
    pub(super) fn show_views(&mut self, drawn: &Images) {
        let entries = self.entries(|module| &module.views);
        if entries.is_empty() || !self.options.interactive {
            return;
        }
        let count = drawn.count().min(self.data.set.training.count());
        let observed = match self.data.set.training.select(&(0..count).collect::<Vec<_>>()) {
            Ok(observed) => Arc::new(observed),
            Err(error) => {
                let message = format!("views are left out: {error}");
                return self.tell(Event::Warning { iteration: self.iteration, message });
            }
        };
        let drawn = Arc::new(drawn.clone());
        for (module, entry) in entries {
            let name = format!("{}::{}", module.name, entry.name);
            let threads = self.threads.clone();
            match self.recipe.clone().view(&module, &entry, [&observed, &drawn], &threads) {
                Ok(View::Images(images)) if images.count() > 0 && images.count() <= 64 * SHOWN => {
                    self.show(&name, &images);
                }
                Ok(View::Images(_)) => {}
                Ok(View::Curves(curves)) => {
                    self.charts.retain(|chart| chart.name != name);
                    self.charts.push(Chart { name, curves });
                }
                Err(error) => self.leave_out(name, &error),
            }
        }
    }

    /// Entries of all modules that have not failed.
    fn entries(&self, of: impl Fn(&ScriptModule) -> &Vec<ModuleEntry>) -> Vec<(ScriptModule, ModuleEntry)> {
        // A recipe that was refused with new plugins leaves one running that knows the old ones.
        let known = self.options.modules.iter().filter(|module| self.recipe.knows(module));
        let entries = known.flat_map(|module| of(module).iter().map(move |entry| (module, entry)));
        let sound =
            entries.filter(|(module, entry)| !self.failing.contains(&format!("{}::{}", module.name, entry.name)));
        sound.map(|(module, entry)| (module.clone(), entry.clone())).collect()
    }

    fn leave_out(&mut self, name: String, error: &RecipeError) {
        let message = format!("{error}; {name} is left out until the plugin changes");
        self.tell(Event::Warning { iteration: self.iteration, message });
        self.failing.insert(name);
    }
}
