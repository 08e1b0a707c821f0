//! What is opened in the window: recipes, data, pictures, runs.

use super::Lab;
use crate::lab::client::{Choice, Errand, Start};
use crate::lab::drop::{self, Deed};
use crate::lab::layout::{self, Pane};
use crate::lab::log::Severity;
use crate::run::RecipeText;
use std::path::PathBuf;

impl Lab {
    pub(super) fn choose(&mut self, choice: Choice) {
        self.choosing.push(choice);
        self.errand(Errand::Choose(choice));
    }

    /// Puts another recipe's text into the editor; its file stays as it is.
    pub(super) fn edit(&mut self, recipe: RecipeText) {
        let name = recipe.path.file_name().unwrap_or(recipe.path.as_os_str()).display().to_string();
        self.model.draft.text = recipe.text;
        layout::show_pane(&mut self.tree, Pane::Recipe);
        let text = format!("The text of {name} is in the editor\nApply it to run it. Revert goes back to what runs.");
        self.model.tell(Severity::Good, &text);
    }

    /// Shows what lies in a folder or file.
    pub(super) fn inspect(&mut self, path: PathBuf) {
        if self.model.over() {
            return self.notice("The run has ended; it reads no more data.");
        }
        layout::show_pane(&mut self.tree, Pane::Data);
        let question = self.model.data.ask(Some(path));
        self.send(question);
    }

    /// Does with what was dropped what the user means by it.
    pub(super) fn deed(&mut self, deed: Deed, path: PathBuf) {
        match deed {
            Deed::LookAt => self.inspect(path),
            Deed::FillIn => self.read_picture(Choice::Image, path),
            Deed::Hide => self.read_picture(Choice::Mask, path),
            Deed::StartRecipe => self.errand(Errand::Start(Start::Recipe(path))),
            Deed::EditRecipe => self.errand(Errand::ReadRecipe(path)),
            Deed::Resume => self.errand(Errand::Start(Start::Resume(drop::run_of(&path)))),
            Deed::Fork => self.errand(Errand::Start(Start::Fork(path))),
            Deed::Compare => {
                layout::show_pane(&mut self.tree, Pane::Curves);
                self.errand(Errand::ReadRun(drop::run_of(&path)));
            }
        }
    }

    fn read_picture(&mut self, choice: Choice, path: PathBuf) {
        let Some(side) = self.model.frame.grids.last().map(|grid| grid.side) else {
            return self.notice("The canvas has no size before the run has begun. Drop the image again then.");
        };
        layout::show_pane(&mut self.tree, Pane::Inpainting);
        self.errand(Errand::ReadPicture { choice, path, side });
    }
}
