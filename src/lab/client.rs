//! What the window asks its program for: files, dialogs, other runs. It asks and goes on; answers come back later, so that
//! no slow disk holds it up.

use crate::run::{Event, Pictures, RecipeText, RunHandle, RunSummary};
use crossbeam_channel::{Receiver, RecvError, Sender, bounded};
use eframe::egui::Context;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Errands and returns that may wait.
const WAITING: usize = 64;

/// What a file is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// An image to fill in.
    Image,
    /// A mask of hidden pixels: an image whose white is hidden.
    Mask,
    /// Images to look at or to learn from: a folder or an archive.
    Data,
    Recipe,
    /// The folder of a run.
    Run,
}

/// A run to begin in place of the one in the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Go on where the run in this directory stopped.
    Resume(PathBuf),
    /// A new run that begins with what this checkpoint (its folder) has learned.
    Fork(PathBuf),
    /// A new run of this recipe.
    Recipe(PathBuf),
}

/// A word that a plugin adds to recipes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginWord {
    /// As recipes call it: `module::function`.
    pub name: String,
    /// Names of what it takes.
    pub parameters: Vec<String>,
    /// A sentence or two, in Markdown.
    pub about: String,
}

/// What is asked for.
pub enum Errand {
    /// Write a recipe to its file. Comes back as [`Return::RecipeSaved`].
    SaveRecipe(RecipeText),
    /// Let the user choose a place, of this name at first, and write there what `bytes` makes: that may take long, so
    /// the window leaves it to the program.
    Export { name: String, bytes: Box<dyn FnOnce() -> Vec<u8> + Send> },
    /// Let the user choose a file or folder. Comes back as [`Return::Chosen`], or not at all.
    Choose(Choice),
    /// Read an image file, cut to a square and scaled to `side` pixels. Comes back as [`Return::Picture`].
    ReadPicture { choice: Choice, path: PathBuf, side: usize },
    /// Read a recipe's text. Comes back as [`Return::Recipe`].
    ReadRecipe(PathBuf),
    /// Read the image on the clipboard as by [`Errand::ReadPicture`]. Comes back as a [`Return::Picture`] of
    /// [`Choice::Image`].
    PastePicture { side: usize },
    /// Keep the settings of the window.
    SaveSettings(String),
    /// Comes back as [`Return::Runs`].
    ListRuns,
    /// Read what happened in a run. Comes back as [`Return::Events`].
    ReadRun(PathBuf),
    /// Comes back as [`Return::Started`].
    Start(Start),
    /// Move a run's directory to the trash folder. Comes back as [`Return::Trashed`], and [`Return::Runs`].
    Trash(PathBuf),
    /// End this run; nobody looks at it any more.
    Retire(Box<RunHandle>),
}

/// What comes back.
pub enum Return {
    /// The recipe lies in its file, or why it does not.
    RecipeSaved {
        recipe: RecipeText,
        error: Option<String>,
    },
    /// A file was written.
    Exported(PathBuf),
    Chosen(Choice, PathBuf),
    Recipe(RecipeText),
    /// No dialog can be opened to choose a file: the window asks for its path.
    NoDialog(Choice),
    Picture {
        choice: Choice,
        path: PathBuf,
        picture: Arc<Pictures>,
    },
    Runs(Vec<RunSummary>),
    Events {
        run: PathBuf,
        events: Vec<Event>,
    },
    /// A run lies in the trash folder, there.
    Trashed {
        run: PathBuf,
        to: PathBuf,
    },
    Started {
        run: Box<RunHandle>,
        recipe: RecipeText,
    },
    /// The words of the plugins at hand, whenever they change; in place of those before.
    PluginWords(Vec<PluginWord>),
    /// An errand failed: what, and how to mend it.
    Failed(String),
}

/// The window's end.
pub struct Client {
    errands: Sender<Errand>,
    returns: Receiver<Return>,
    window: Arc<Mutex<Option<Context>>>,
}

/// The program's end.
pub struct ClientPort {
    errands: Receiver<Errand>,
    returns: Sender<Return>,
    window: Arc<Mutex<Option<Context>>>,
}

/// Both ends, joined.
#[must_use]
pub fn client() -> (Client, ClientPort) {
    let (errands, errand_port) = bounded(WAITING);
    let (return_port, returns) = bounded(WAITING);
    let window = Arc::default();
    let port = ClientPort { errands: errand_port, returns: return_port, window: Arc::clone(&window) };
    (Client { errands, returns, window }, port)
}

impl Client {
    /// Returns wake this window.
    pub(super) fn wake(&self, ctx: &Context) {
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Some(ctx.clone());
    }

    /// Asks without waiting; false when too many errands wait or nobody serves them any more.
    pub fn ask(&self, errand: Errand) -> bool {
        self.errands.try_send(errand).is_ok()
    }

    /// The next return, if one came.
    pub(super) fn next(&self) -> Option<Return> {
        self.returns.try_recv().ok()
    }
}

impl ClientPort {
    /// The next errand; waits for it.
    ///
    /// # Errors
    /// The window is closed.
    pub fn take(&self) -> Result<Errand, RecvError> {
        self.errands.recv()
    }

    /// The next errand, if one waits.
    #[must_use]
    pub fn try_take(&self) -> Option<Errand> {
        self.errands.try_recv().ok()
    }

    /// Gives back; a window that was closed meanwhile does not care.
    pub fn give(&self, back: Return) {
        let _ = self.returns.send(back);
        if let Some(window) = self.window.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            window.request_repaint();
        }
    }
}
