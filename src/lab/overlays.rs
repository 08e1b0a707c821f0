//! What lies over the panels: the palette, the sheet of shortcuts, questions, the tour. One at a time has the keyboard.

use super::action::Action;
use super::ask_path::{self, AskPath};
use super::ask_reset::{self, Answer};
use super::client::Choice;
use super::command_palette::{self, CommandPalette};
use super::drop::{Deed, Dropped};
use super::layout::{self, Pane};
use super::menu;
use super::model::Model;
use super::shortcuts::{self, Shortcuts};
use super::tour::{self, Tour};
use crate::run::Command;
use eframe::egui::Context;
use egui_tiles::Tree;
use std::path::PathBuf;

/// All of them.
#[derive(Default)]
pub struct Overlays {
    pub palette: Option<CommandPalette>,
    pub shortcuts: Option<Shortcuts>,
    /// The reset that the user is asked about.
    pub asking_reset: Option<Command>,
    pub ask_path: Option<AskPath>,
    pub dropped: Dropped,
    pub tour: Option<Tour>,
}

/// What the user asked for in them.
#[derive(Default)]
pub struct Asked {
    pub action: Option<Action>,
    pub command: Option<Command>,
    pub path: Option<(Choice, PathBuf)>,
    pub deed: Option<(Deed, PathBuf)>,
}

impl Overlays {
    /// Whether one of them takes all keys.
    #[must_use]
    pub fn take_keys(&self) -> bool {
        self.palette.is_some() || self.shortcuts.is_some() || self.asking_reset.is_some() || self.ask_path.is_some()
    }

    /// Draws those that are open.
    pub fn ui(&mut self, ctx: &Context, model: &Model, tree: &mut Tree<Pane>, recent: &[Action]) -> Asked {
        let mut asked = Asked { deed: self.dropped.ui(ctx), ..Asked::default() };
        if let Some(palette) = &mut self.palette {
            match palette.ui(ctx, recent, |action| menu::refusal(model, action)) {
                command_palette::Outcome::Open => {}
                command_palette::Outcome::Closed => self.palette = None,
                command_palette::Outcome::Chosen(action) => {
                    self.palette = None;
                    asked.action = Some(action);
                }
            }
        }
        match self.shortcuts.as_mut().map(|shortcuts| shortcuts.ui(ctx)) {
            None | Some(shortcuts::Outcome::Open) => {}
            Some(shortcuts::Outcome::Closed) => self.shortcuts = None,
            Some(shortcuts::Outcome::Tour) => (self.shortcuts, asked.action) = (None, Some(Action::Tour)),
        }
        if let Some(reset) = self.asking_reset.take() {
            let seed = if let Command::Reseed(seed) = reset { Some(seed) } else { None };
            match ask_reset::ui(ctx, model.frame.iteration, seed) {
                Answer::Waiting => self.asking_reset = Some(reset),
                Answer::No => {}
                Answer::Yes => asked.command = Some(reset),
            }
        }
        match self.ask_path.as_mut().map(|ask| ask.ui(ctx)) {
            None | Some(ask_path::Outcome::Open) => {}
            Some(ask_path::Outcome::Closed) => self.ask_path = None,
            Some(ask_path::Outcome::Chosen(choice, path)) => (self.ask_path, asked.path) = (None, Some((choice, path))),
        }
        // A question over the panels is answered first.
        if let Some(tour) = self.tour.as_mut().filter(|_| self.asking_reset.is_none()) {
            match tour.ui(ctx, |pane| layout::place(tree, pane)) {
                tour::Outcome::Waiting => {}
                tour::Outcome::Show(pane) => {
                    layout::show_pane(tree, pane);
                    ctx.request_repaint();
                }
                tour::Outcome::Over => self.tour = None,
            }
        }
        asked
    }
}
