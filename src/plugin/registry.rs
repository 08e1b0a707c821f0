//! Everything nameable that plugins add.

use crate::recipe::ScriptModule;

/// Something that adds entries to the registry.
pub trait Plugin {
    /// Adds this plugin's entries.
    fn register(&self, registry: &mut Registry);
}

/// The entries of all plugins, in the order they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    modules: Vec<ScriptModule>,
}

impl Registry {
    /// The entries of `plugins`.
    pub fn of<'a>(plugins: impl IntoIterator<Item = &'a dyn Plugin>) -> Self {
        let mut registry = Self::default();
        plugins.into_iter().for_each(|plugin| plugin.register(&mut registry));
        registry
    }

    /// Adds a module whose functions recipes call as `name::function`. A later module of the same name takes the
    /// place of an earlier one.
    pub fn module(&mut self, module: ScriptModule) {
        self.modules.retain(|known| known.name != module.name);
        self.modules.push(module);
    }

    /// The modules, for [`crate::recipe::Recipe::compile_with`].
    #[must_use]
    pub fn modules(&self) -> &[ScriptModule] {
        &self.modules
    }
}
