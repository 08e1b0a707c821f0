//! The window's errands: files, dialogs and other runs, on a thread of their own.

use super::dialogs::Dialogs;
use super::errands_runs::RunErrands;
use super::{picture_file, plugins, window_settings};
use crate::lab::{Choice, ClientPort, Errand, Return};
use crate::recipe;
use crate::run::RunOptions;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// The window's settings as they were kept, if they were.
pub(super) fn settings() -> Option<String> {
    window_settings::read()
}

/// Serves errands until the window is closed, those of its last moment too; `options` are those of the first run.
pub(super) fn serve(port: ClientPort, options: RunOptions) -> std::io::Result<JoinHandle<()>> {
    let port = Arc::new(port);
    let dialogs = Dialogs::new(Arc::clone(&port));
    let runs = RunErrands::begin(Arc::clone(&port), options)?;
    let serve = move || {
        port.give(Return::PluginWords(plugins::words()));
        while let Ok(errand) = port.take() {
            if let Some(errand) = runs.take(&port, errand) {
                run(&port, &dialogs, errand);
            }
        }
    };
    std::thread::Builder::new().name("errands".into()).spawn(serve)
}

fn run(port: &ClientPort, dialogs: &Dialogs, errand: Errand) {
    match errand {
        Errand::SaveRecipe(recipe) => {
            let error = write(&recipe.path, recipe.text.as_bytes()).err().map(|error| error.to_string());
            port.give(Return::RecipeSaved { recipe, error });
        }
        Errand::ReadRecipe(path) => port.give(read_recipe(&path)),
        Errand::ReadPicture { choice, path, side } => port.give(picture(choice, path, side)),
        Errand::PastePicture { side } => port.give(match picture_file::pasted(side) {
            Ok(picture) => {
                Return::Picture { choice: Choice::Image, path: "the clipboard".into(), picture: Arc::new(picture) }
            }
            Err(error) => Return::Failed(error.to_string()),
        }),
        Errand::Export { name, bytes } => dialogs.export(&name, bytes),
        Errand::Choose(choice) => dialogs.choose(choice),
        Errand::SaveSettings(text) => {
            if let Err(reason) = window_settings::save(&text) {
                port.give(Return::Failed(reason));
            }
        }
        Errand::Retire(run) => drop(run),
        _ => {}
    }
}

fn read_recipe(path: &Path) -> Return {
    recipe::read(path).map_or_else(|error| Return::Failed(error.to_string()), Return::Recipe)
}

/// The central square of an image file, as a picture of the window.
fn picture(choice: Choice, path: PathBuf, side: usize) -> Return {
    match picture_file::read(&path, side) {
        Ok(picture) => Return::Picture { choice, path, picture: Arc::new(picture) },
        Err(error) => Return::Failed(error.to_string()),
    }
}

/// Writes beside a file and renames into its place, so that it is never half written.
pub(super) fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = beside(path);
    std::fs::write(&aside, bytes).and_then(|()| std::fs::rename(&aside, path)).inspect_err(|_| {
        // What was begun is no use to anyone; the error that is told is the first.
        let _ = std::fs::remove_file(&aside);
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.partial"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::client;
    use crate::recipe::RecipeText;
    use image::RgbImage;

    #[test]
    fn a_picture_is_the_central_square_by_area() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.png");
        // Grey at the sides, and in the middle 16 × 16 of red beside blue.
        let wide = RgbImage::from_fn(48, 16, |x, _| match x {
            16..24 => image::Rgb([200, 0, 0]),
            24..32 => image::Rgb([0, 0, 200]),
            _ => image::Rgb([90, 90, 90]),
        });
        wide.save(&path).unwrap();
        let Return::Picture { picture, .. } = picture(Choice::Image, path, 2) else { panic!("it can be read") };
        assert_eq!((picture.side, picture.count), (2, 1));
        assert_eq!(picture.rgba, [200, 0, 0, 255, 0, 0, 200, 255, 200, 0, 0, 255, 0, 0, 200, 255]);
    }

    #[test]
    fn what_is_no_image_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.png");
        std::fs::write(&path, "no image").unwrap();
        for (path, side) in [(path.clone(), 8), (folder.path().join("nothing.png"), 8), (path, 0)] {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Return::Failed(reason) = picture(Choice::Mask, path, side) else { panic!("{name}") };
            assert!(reason.contains(&name), "{reason}");
        }
    }

    #[test]
    fn errands_of_the_last_moment_are_served() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rhai");
        let (window, port) = client();
        let recipe = RecipeText { path: path.clone(), text: "let a = 1;".to_owned() };
        let served = serve(port, RunOptions::new(recipe.clone())).unwrap();
        assert!(window.ask(Errand::SaveRecipe(recipe)));
        drop(window);
        served.join().unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "let a = 1;");
    }
}
