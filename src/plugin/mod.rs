//! Plugins: what others add to the language of recipes. A script plugin is a folder with a `plugin.toml` and a Rhai
//! module; a plugin in Rust implements [`Plugin`]. Both register through the same [`Registry`].

mod folder;
mod registry;

pub use folder::{FolderPlugin, Manifest, PluginError, discover};
pub use registry::{Plugin, Registry};
