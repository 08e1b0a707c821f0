//! Everything nameable that plugins add.

use super::manifest::Kind;
use crate::recipe::ScriptModule;

/// Something that adds entries to the registry.
pub trait Plugin {
    /// Adds this plugin's entries.
    fn register(&self, registry: &mut Registry);
}

/// One named thing of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub plugin: String,
    pub kind: Kind,
    pub name: String,
    /// What a recipe calls, such as `grain::mask`, or the path of a recipe.
    pub target: String,
    pub about: String,
}

/// The entries of all plugins, in the order they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    modules: Vec<ScriptModule>,
    entries: Vec<Entry>,
}

impl Registry {
    /// The entries of `plugins`.
    pub fn of<'a>(plugins: impl IntoIterator<Item = &'a dyn Plugin>) -> Self {
        let mut registry = Self::default();
        plugins.into_iter().for_each(|plugin| plugin.register(&mut registry));
        registry
    }

    /// Adds a module whose functions recipes call as `name::function`, and whose metrics and views runs call. A later
    /// module of the same name takes the place of an earlier one.
    pub fn module(&mut self, module: ScriptModule) {
        self.modules.retain(|known| known.name != module.name);
        self.entries.retain(|entry| entry.plugin != module.name);
        self.modules.push(module);
    }

    /// Adds an entry that is listed.
    pub fn entry(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// The modules, for [`crate::recipe::Recipe::compile_with`].
    #[must_use]
    pub fn modules(&self) -> &[ScriptModule] {
        &self.modules
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
