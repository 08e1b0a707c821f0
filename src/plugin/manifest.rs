//! `plugin.toml`: what a plugin is and what it adds.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The kinds of entries, in the order they are listed. All but recipes are functions of the plugin's module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Kernel,
    Layer,
    Network,
    Mask,
    Metric,
    Dataset,
    View,
    Recipe,
}

impl Kind {
    /// The manifest's table of such entries.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Self::Kernel => "kernels",
            Self::Layer => "layers",
            Self::Network => "networks",
            Self::Mask => "masks",
            Self::Metric => "metrics",
            Self::Dataset => "datasets",
            Self::View => "views",
            Self::Recipe => "recipes",
        }
    }
}

/// One entry of a table: a function of the module, or the file of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    pub function: Option<String>,
    pub file: Option<PathBuf>,
    #[serde(default)]
    pub about: String,
}

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
    #[serde(default)]
    pub kernels: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub layers: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub networks: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub masks: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub metrics: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub datasets: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub views: BTreeMap<String, ManifestEntry>,
    #[serde(default)]
    pub recipes: BTreeMap<String, ManifestEntry>,
}

impl Manifest {
    /// All entries with their kind and name.
    pub fn entries(&self) -> impl Iterator<Item = (Kind, &String, &ManifestEntry)> {
        let tables = [
            (Kind::Kernel, &self.kernels),
            (Kind::Layer, &self.layers),
            (Kind::Network, &self.networks),
            (Kind::Mask, &self.masks),
            (Kind::Metric, &self.metrics),
            (Kind::Dataset, &self.datasets),
            (Kind::View, &self.views),
            (Kind::Recipe, &self.recipes),
        ];
        tables.into_iter().flat_map(|(kind, table)| table.iter().map(move |(name, entry)| (kind, name, entry)))
    }
}
