//! `emberlab new`: the beginning of a recipe or of a plugin. Nothing is overwritten.

use super::{InputError, print};
use crate::recipe::PLUGINS;
use crate::recipe::{Recipe, RecipeText};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const RECIPE: &str = include_str!("new/recipe.rhai");
const PLUGIN: &str = include_str!("new/plugin.rhai");

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write NAME.rhai, a recipe of all functions with their defaults
    Recipe {
        /// Letters, digits, underscores and dashes, in a folder that is there
        name: PathBuf,
    },
    /// Write plugins/NAME, a plugin with one function
    Plugin {
        /// Letters, digits and underscores: recipes write NAME::function
        name: String,
    },
}

pub(super) fn new(arguments: &NewArguments) -> anyhow::Result<()> {
    match &arguments.what {
        What::Recipe { name } => recipe(name),
        What::Plugin { name } => plugin(name),
    }
}

fn recipe(path: &Path) -> anyhow::Result<()> {
    let path = match path.extension().is_some_and(|ending| ending == "rhai") {
        true => path.to_path_buf(),
        false => PathBuf::from(format!("{}.rhai", path.display())),
    };
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(allowed) || path.ends_with("..") {
        return wrong(format!("the name '{name}' of a recipe may hold letters, digits, underscores and dashes only"));
    }
    write(&path, &RECIPE.replace("NAME", &name))?;
    print(&format!("{}; next: emberlab check {0}, emberlab lab {0}", path.display()))
}

fn plugin(name: &str) -> anyhow::Result<()> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return wrong(format!("the name '{name}' of a plugin may hold letters, digits and underscores only"));
    }
    if !is_callable(name) {
        return wrong(format!("recipes cannot write {name}::function: '{name}' is reserved or begins with a digit"));
    }
    let folder = Path::new(PLUGINS).join(name);
    if folder.exists() {
        return wrong(format!("{} is there already; choose another name", folder.display()));
    }
    let made = std::fs::create_dir_all(&folder);
    made.map_err(|error| InputError(format!("cannot make the folder {}: {error}", folder.display())))?;
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').map_or("", |(version, _)| version);
    let manifest = format!(
        "name = \"{name}\"            # its functions are {name}::function\nversion = \"0.1.0\"\n\
         emberlab = \"{version}\"         # major.minor of the program it is for\nabout = \"Stacks of layers\"\n\
         module = \"{name}.rhai\"     # beside this file\n"
    );
    write(&folder.join("plugin.toml"), &manifest)?;
    write(&folder.join(format!("{name}.rhai")), &PLUGIN.replace("NAME", name))?;
    print(&format!("{}; next: emberlab plugins", folder.display()))
}

/// Whether a recipe can name a module so.
fn is_callable(name: &str) -> bool {
    let text = RecipeText { path: "recipe.rhai".into(), text: format!("fn f() {{ {name}::f() }}") };
    Recipe::compile(text, &BTreeMap::new()).is_ok()
}

/// Writes a file that must not be there yet.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = std::fs::File::create_new(path);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            wrong(format!("{} is there already; choose another name", path.display()))
        }
        Err(error) => wrong(format!("cannot write {}: {error}; is its folder there?", path.display())),
    }
}

fn wrong(message: String) -> anyhow::Result<()> {
    Err(InputError(message).into())
}
