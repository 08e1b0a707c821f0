//! `emberlab plugins`, and the plugins that other commands use.

use super::{InputError, print};
use crate::plugin::{Plugin, Registry, discover};
use crate::recipe::ScriptModule;
use clap::Args;
use std::path::Path;

/// Where script plugins lie.
pub(super) const FOLDER: &str = "plugins";

#[derive(Debug, Args)]
pub(super) struct PluginsArguments {}

pub(super) fn plugins(_arguments: &PluginsArguments) -> anyhow::Result<()> {
    let (plugins, broken) = discover(Path::new(FOLDER));
    for plugin in &plugins {
        let manifest = &plugin.manifest;
        print(&format!("{:<16} {:<8} {}", manifest.name, manifest.version, manifest.about))?;
    }
    for error in &broken {
        eprintln!("{error}");
    }
    match broken.len() {
        0 => Ok(()),
        count => Err(InputError(format!("{count} plugins are broken")).into()),
    }
}

/// The modules of all sound plugins; broken ones are named.
pub(super) fn modules() -> Vec<ScriptModule> {
    let (plugins, broken) = discover(Path::new(FOLDER));
    for error in &broken {
        eprintln!("warning: {error}; it is left out");
    }
    Registry::of(plugins.iter().map(|plugin| plugin as &dyn Plugin)).modules().to_vec()
}
