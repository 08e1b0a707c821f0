//! Script plugins: folders with a manifest.

use super::registry::{Plugin, Registry};
use crate::recipe::{Recipe, RecipeText, ScriptModule};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `plugin.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The namespace of its functions; letters, digits and underscores.
    pub name: String,
    pub version: String,
    /// The version of Emberlab it was written for, as `major.minor`.
    pub emberlab: String,
    #[serde(default)]
    pub about: String,
    /// Its Rhai file, beside the manifest.
    pub module: PathBuf,
}

/// Why a plugin is left out.
#[derive(Debug, thiserror::Error)]
#[error("plugin {}: {reason}", folder.display())]
pub struct PluginError {
    pub folder: PathBuf,
    pub reason: String,
}

/// A script plugin that was read and compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderPlugin {
    pub manifest: Manifest,
    module: ScriptModule,
}

impl Plugin for FolderPlugin {
    fn register(&self, registry: &mut Registry) {
        registry.module(self.module.clone());
    }
}

/// The plugins below `folder`, in the order of their names, and those that are broken. No folder, no plugins.
#[must_use]
pub fn discover(folder: &Path) -> (Vec<FolderPlugin>, Vec<PluginError>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let (mut plugins, mut broken) = (Vec::new(), Vec::new());
    for folder in folders {
        match read(&folder) {
            Ok(plugin) => plugins.push(plugin),
            Err(reason) => broken.push(PluginError { folder, reason }),
        }
    }
    (plugins, broken)
}

fn read(folder: &Path) -> Result<FolderPlugin, String> {
    let text = |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let manifest: Manifest =
        toml::from_str(&text(&folder.join("plugin.toml"))?).map_err(|error| format!("plugin.toml: {error}"))?;
    let name = &manifest.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!("plugin.toml: the name '{name}' may hold letters, digits and underscores only"));
    }
    let version = env!("CARGO_PKG_VERSION");
    if !version.starts_with(&format!("{}.", manifest.emberlab)) {
        return Err(format!("it was written for Emberlab {}, this is {version}", manifest.emberlab));
    }
    if manifest.module.components().count() != 1 || manifest.module.is_absolute() {
        return Err("plugin.toml: the module must be a file beside the manifest".into());
    }
    let path = folder.join(&manifest.module);
    let module = ScriptModule { name: name.clone(), text: RecipeText { text: text(&path)?, path } };
    let empty = RecipeText { path: module.text.path.clone(), text: String::new() };
    // Compiling an empty recipe with the module shows whether the module compiles.
    Recipe::compile_with(empty, &BTreeMap::new(), std::slice::from_ref(&module)).map_err(|error| error.to_string())?;
    Ok(FolderPlugin { manifest, module })
}
