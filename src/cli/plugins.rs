//! `emberlab plugins`, and the plugins that other commands use.

use super::{InputError, print, print_json};
use crate::lab::PluginWord;
use crate::plugin::{Entry, FolderPlugin, Plugin, Plugins, Registry, discover};
use crate::recipe::{PLUGINS, ScriptModule};
use clap::Args;
use std::path::Path;

#[derive(Debug, Args)]
pub(super) struct PluginsArguments {
    /// Print each plugin as a line of JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn plugins(arguments: &PluginsArguments) -> anyhow::Result<()> {
    let (plugins, broken) = discover(Path::new(PLUGINS));
    for plugin in &plugins {
        let entries = Registry::of([plugin as &dyn Plugin]).entries().to_vec();
        match arguments.json {
            true => print_json(&json(plugin, &entries))?,
            false => print(&describe(plugin, &entries))?,
        }
    }
    if arguments.json {
        for error in &broken {
            print_json(&serde_json::json!({ "folder": error.folder, "error": error.reason }))?;
        }
    }
    for error in &broken {
        tell!("{error}");
    }
    match broken.len() {
        0 => Ok(()),
        count => Err(InputError(format!("{count} plugins are broken")).into()),
    }
}

/// A plugin and its entries for people.
fn describe(plugin: &FolderPlugin, entries: &[Entry]) -> String {
    let manifest = &plugin.manifest;
    let mut text = format!("{:<20} {:<8} {}", manifest.name, manifest.version, manifest.about);
    for Entry { kind, name, target, about, .. } in entries {
        text.push_str(&format!("\n  {:<10} {name:<18} {target:<34} {about}", kind.table()));
    }
    text
}

fn json(plugin: &FolderPlugin, entries: &[Entry]) -> serde_json::Value {
    let entry = |entry: &Entry| {
        let Entry { kind, name, target, about, .. } = entry;
        serde_json::json!({ "kind": kind.table(), "name": name, "target": target, "about": about })
    };
    let manifest = &plugin.manifest;
    serde_json::json!({
        "name": manifest.name,
        "version": manifest.version,
        "about": manifest.about,
        "folder": plugin.folder,
        "entries": entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

/// The words that plugins add to recipes, for the window's editor.
pub(super) fn words() -> Vec<PluginWord> {
    let (plugins, _) = discover(Path::new(PLUGINS));
    let modules = Plugins::in_folder(Path::new(PLUGINS)).modules;
    let entries = plugins.iter().flat_map(|plugin| Registry::of([plugin as &dyn Plugin]).entries().to_vec());
    let word = |Entry { target, about, .. }: Entry| {
        let text = modules.iter().find(|module| target.split("::").next() == Some(&module.name));
        let parameters = text.map_or_else(Vec::new, |module| parameters(&module.text.text, &target));
        PluginWord { name: target, parameters, about }
    };
    entries.map(word).collect()
}

/// What a module's function takes: the names between its parentheses.
fn parameters(text: &str, target: &str) -> Vec<String> {
    let function = target.rsplit("::").next().unwrap_or(target);
    let after = text.split_once(&format!("fn {function}(")).map(|(_, after)| after);
    let names = after.and_then(|after| after.split(')').next()).unwrap_or_default();
    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The modules of all sound plugins; broken ones are named.
pub(super) fn modules() -> Vec<ScriptModule> {
    let Plugins { modules, broken } = Plugins::in_folder(Path::new(PLUGINS));
    for error in &broken {
        tell!("warning: {error}; it is left out");
    }
    modules
}
