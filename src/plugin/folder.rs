//! Script plugins: folders with a manifest.

use super::manifest::{Kind, Manifest, ManifestEntry};
use super::registry::{Entry, Plugin, Registry};
use crate::recipe::{self, ModuleEntry, Recipe, RecipeText, ScriptModule};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Largest manifest that is read.
const LARGEST: u64 = 1 << 20;

/// Why a plugin is left out. The reason begins with the file and the place, where it has them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plugin {}: {reason}", folder.display())]
pub struct PluginError {
    pub folder: PathBuf,
    pub reason: String,
}

/// A script plugin that was read and compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderPlugin {
    pub manifest: Manifest,
    pub folder: PathBuf,
    module: ScriptModule,
}

impl Plugin for FolderPlugin {
    fn register(&self, registry: &mut Registry) {
        registry.module(self.module.clone());
        for (kind, name, entry) in self.manifest.entries() {
            let target = match (&entry.function, &entry.file) {
                (Some(function), _) => format!("{}::{function}", self.manifest.name),
                (None, Some(file)) => self.folder.join(file).display().to_string(),
                (None, None) => continue,
            };
            let (plugin, about) = (self.manifest.name.clone(), entry.about.clone());
            registry.entry(Entry { plugin, kind, name: name.clone(), target, about });
        }
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
    let path = folder.join("plugin.toml");
    let text = read_text(&path)?;
    let at = |line: usize, reason: String| format!("{}:{line}: {reason}", path.display());
    let manifest: Manifest = toml::from_str(&text).map_err(|error: toml::de::Error| {
        let before = error.span().map_or(0, |span| span.start.min(text.len()));
        at(text.as_bytes()[..before].iter().filter(|&&byte| byte == b'\n').count() + 1, error.message().to_string())
    })?;
    let name = &manifest.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let reason = format!("the name '{name}' may hold letters, digits and underscores only");
        return Err(at(line_of(&text, "name"), reason));
    }
    let version = env!("CARGO_PKG_VERSION");
    if !version.starts_with(&format!("{}.", manifest.emberlab)) {
        let reason = format!("it was written for Emberlab {}, this is {version}", manifest.emberlab);
        return Err(at(line_of(&text, "emberlab"), reason));
    }
    let module = folder.join(&manifest.module);
    let one = manifest.module.components().count() == 1;
    if !one || !manifest.module.components().all(|part| matches!(part, Component::Normal(_))) || leaves(folder, &module)
    {
        return Err(at(line_of(&text, "module"), "the module must be a file beside the manifest".into()));
    }
    let module = module_of(&manifest, RecipeText { text: read_text(&module)?, path: module });
    // Compiling an empty recipe with the module shows whether the module compiles.
    let empty = RecipeText { path: module.text.path.clone(), text: String::new() };
    let recipe = Recipe::compile_with(empty, &BTreeMap::new(), std::slice::from_ref(&module));
    let functions = recipe.map_err(|error| error.to_string())?.module_functions(&module);
    for (kind, name, entry) in manifest.entries() {
        check_entry(folder, &module, &functions, kind, entry)
            .map_err(|reason| at(line_of(&text, name), format!("{}.{name}: {reason}", kind.table())))?;
    }
    Ok(FolderPlugin { folder: folder.to_path_buf(), manifest, module })
}

fn module_of(manifest: &Manifest, text: RecipeText) -> ScriptModule {
    let entries = |table: &BTreeMap<String, ManifestEntry>| {
        let entry = |(name, entry): (&String, &ManifestEntry)| {
            Some(ModuleEntry { name: name.clone(), function: entry.function.clone()? })
        };
        table.iter().filter_map(entry).collect()
    };
    let (metrics, views) = (entries(&manifest.metrics), entries(&manifest.views));
    ScriptModule { metrics, views, ..ScriptModule::new(manifest.name.clone(), text) }
}

/// Whether an entry's function is in the module, or its recipe compiles and plans.
fn check_entry(
    folder: &Path,
    module: &ScriptModule,
    functions: &[(String, usize)],
    kind: Kind,
    entry: &ManifestEntry,
) -> Result<(), String> {
    if kind == Kind::Recipe {
        let file = entry.file.as_ref().ok_or("a recipe must name its file, such as file = \"recipe.rhai\"")?;
        let path = folder.join(file);
        if !file.components().all(|part| matches!(part, Component::Normal(_))) || leaves(folder, &path) {
            return Err(format!("{} must lie below the plugin's folder", file.display()));
        }
        if path.exists() && !path.is_file() {
            return Err(format!("{} is no file", file.display()));
        }
        let text = recipe::read(&path).map_err(|error| error.to_string())?;
        let recipe = Recipe::compile_with(text, &BTreeMap::new(), std::slice::from_ref(module));
        return recipe.and_then(|recipe| recipe.plan()).map(drop).map_err(|error| error.to_string());
    }
    let function = entry.function.as_ref().ok_or("an entry must name a function, such as function = \"kernel\"")?;
    let found: Vec<usize> = functions.iter().filter(|(name, _)| name == function).map(|(_, count)| *count).collect();
    let file = module.text.path.display();
    if found.is_empty() {
        return Err(format!("{file} has no function {function}"));
    }
    if matches!(kind, Kind::Metric | Kind::View) && !found.contains(&2) {
        return Err(format!("{file}: fn {function} must take two parameters, (observed, synthesized)"));
    }
    Ok(())
}

/// Whether a path that is there leads out of the folder, by a link.
fn leaves(folder: &Path, path: &Path) -> bool {
    let inside = |real: PathBuf| folder.canonicalize().is_ok_and(|folder| real.starts_with(folder));
    path.canonicalize().is_ok_and(|real| !inside(real))
}

fn read_text(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    // A pipe might never answer.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{}: it is no file", path.display()));
    }
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    match read.map_err(failed)? as u64 > LARGEST {
        true => Err(format!("{}: larger than 1 MiB", path.display())),
        false => Ok(text),
    }
}

/// The line of a manifest that sets `key`, from 1.
fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start();
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
            || line.trim_end().strip_suffix(']').is_some_and(|line| line.ends_with(&format!(".{key}")))
    };
    text.lines().position(sets).map_or(1, |line| line + 1)
}
