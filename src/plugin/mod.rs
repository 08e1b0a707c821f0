//! Plugins: what others add to the language of recipes. A script plugin is a folder with a `plugin.toml` and a Rhai
//! module; a plugin in Rust implements [`Plugin`]. Both register through the same [`Registry`].

mod folder;
mod manifest;
mod registry;
mod watch;

pub use folder::{FolderPlugin, PluginError, discover};
pub use manifest::{Kind, Manifest, ManifestEntry};
pub use registry::{Entry, Plugin, Registry};
pub use watch::{PluginWatcher, Plugins};
