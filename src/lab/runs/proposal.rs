//! Questions before something of the user's ends or goes away.

use super::super::client::{Errand, Start};
use super::super::model::Model;
use super::super::{format, theme};
use super::subject;
use eframe::egui::{self, Button, Color32, Frame, Id, Modal, RichText};
use std::path::PathBuf;

/// What the user is about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Go on with the run in this directory.
    Resume(PathBuf),
    /// Begin a run from this checkpoint of `run`, at so many updates.
    Fork { run: String, checkpoint: PathBuf, iteration: u64 },
    /// Move the run in this directory to the trash folder.
    Trash(PathBuf),
}

impl Proposal {
    fn heading(&self) -> String {
        match self {
            Self::Resume(directory) => format!("Go on with {}?", subject::name(directory)),
            Self::Fork { run, iteration, .. } => format!("Fork {run} at {} updates?", format::count(*iteration)),
            Self::Trash(directory) => format!("Move {} to the trash folder?", subject::name(directory)),
        }
    }

    fn consent(&self) -> &'static str {
        match self {
            Self::Resume(_) => "Resume it",
            Self::Fork { .. } => "Begin the fork",
            Self::Trash(_) => "Move to trash",
        }
    }

    fn consequence(&self) -> &'static str {
        match self {
            Self::Resume(_) => "It goes on from its newest checkpoint, in its own directory.",
            Self::Fork { .. } => {
                "A new run, in a directory of its own, goes on from this checkpoint. The old one stays as it is."
            }
            Self::Trash(_) => "Nothing is deleted: its directory goes to the folder .trash beside it, whole.",
        }
    }

    fn errand(self) -> Errand {
        match self {
            Self::Resume(directory) => Errand::Start(Start::Resume(directory)),
            Self::Fork { checkpoint, .. } => Errand::Start(Start::Fork(checkpoint)),
            Self::Trash(directory) => Errand::Trash(directory),
        }
    }
}

/// Asks; takes the question away when it is answered, and gives the errand when the answer is yes.
pub fn ask(ctx: &egui::Context, open: &mut Option<Proposal>, model: &Model) -> Option<Errand> {
    let proposal = open.as_ref()?;
    let frame = Frame::popup(&ctx.global_style()).inner_margin(18);
    let shown = Modal::new(Id::unique("ask about a run")).frame(frame).show(ctx, |ui| {
        ui.set_width(380.0);
        ui.heading(proposal.heading());
        ui.add_space(4.0);
        ui.label(proposal.consequence());
        let trash = matches!(proposal, Proposal::Trash(_));
        if !trash {
            ends(ui, model);
        }
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let palette = theme::palette(ui);
            let (text, fill) = if trash { (Color32::WHITE, palette.bad) } else { (Color32::BLACK, palette.ember) };
            let yes = ui.add(Button::new(RichText::new(proposal.consent()).color(text)).fill(fill)).clicked();
            (yes, ui.button("Cancel").clicked())
        })
        .inner
    });
    let (yes, no) = shown.inner;
    if !yes && !no && !shown.should_close() {
        return None;
    }
    open.take().filter(|_| yes).map(Proposal::errand)
}

/// What becomes of the run in the window and of the editor's text.
fn ends(ui: &mut egui::Ui, model: &Model) {
    let warn = theme::palette(ui).warn;
    if !model.over() {
        match &model.directory {
            Some(directory) => {
                ui.label(format!("The run in the window, {}, is saved and ended.", subject::name(directory)))
            }
            None => ui.label(
                RichText::new("The run in the window has no directory yet: what it has learned is lost.").color(warn),
            ),
        };
    }
    if model.draft.unsaved() {
        let text = format!("Edits of {} that are not applied are lost.", model.draft.path().display());
        ui.label(RichText::new(text).color(warn));
    }
}
