//! The window's errands: files, dialogs and other runs, on a thread of their own.

use super::errands_runs::RunErrands;
use crate::lab::{ClientPort, Errand, Return};
use crate::recipe::RecipeText;
use crate::run::RunOptions;
use std::path::Path;
use std::sync::Arc;

/// The window's settings as they were kept, if they were.
pub(super) fn settings() -> Option<String> {
    None
}

/// Serves errands until the window is closed; `options` are those of the first run.
pub(super) fn serve(port: ClientPort, options: RunOptions) -> std::io::Result<()> {
    let port = Arc::new(port);
    let runs = RunErrands::begin(port.clone(), options.clone())?;
    let serve = move || {
        while let Ok(errand) = port.take() {
            if let Some(errand) = runs.take(&port, errand) {
                run(&port, &options, errand);
            }
        }
    };
    std::thread::Builder::new().name("errands".into()).spawn(serve).map(drop)
}

fn run(port: &ClientPort, _: &RunOptions, errand: Errand) {
    match errand {
        Errand::SaveRecipe(recipe) => {
            let error = save(&recipe).err().map(|error| error.to_string());
            port.give(Return::RecipeSaved { recipe, error });
        }
        Errand::Retire(run) => drop(run),
        _ => {}
    }
}

/// Writes an edited recipe beside its file and renames it into place.
fn save(recipe: &RecipeText) -> std::io::Result<()> {
    let aside = beside(&recipe.path);
    std::fs::write(&aside, &recipe.text)?;
    std::fs::rename(aside, &recipe.path)
}

fn beside(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}
