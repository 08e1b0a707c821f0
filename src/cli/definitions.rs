//! `emberlab definitions`: the language of recipes, for editors.

use super::{InputError, print};
use crate::recipe::definitions as files;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct DefinitionsArguments {
    /// The folder to write to; made if it is not there
    #[arg(long, default_value = "definitions")]
    out: PathBuf,
}

pub(super) fn definitions(arguments: &DefinitionsArguments) -> anyhow::Result<()> {
    let folder = &arguments.out;
    let failed = |path: &std::path::Path, error: std::io::Error| {
        InputError(format!("cannot write {}: {error}; name another folder with --out", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in files()? {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
        print(&path.display().to_string())?;
    }
    Ok(())
}
