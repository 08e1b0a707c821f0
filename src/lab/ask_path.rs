//! The question for a path, where the system has no file dialog.

use super::client::Choice;
use eframe::egui::{self, Button, Context, Frame, Id, Key, Modal, Modifiers, TextEdit, WidgetInfo, accesskit::Role};
use std::path::PathBuf;

/// The question while it is open.
pub struct AskPath {
    choice: Choice,
    text: String,
    drawn: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Open,
    Closed,
    Chosen(Choice, PathBuf),
}

impl AskPath {
    /// Asks for what is chosen.
    #[must_use]
    pub fn new(choice: Choice) -> Self {
        Self { choice, text: String::new(), drawn: false }
    }

    /// Draws it.
    pub fn ui(&mut self, ctx: &Context) -> Outcome {
        let frame = Frame::popup(&ctx.global_style()).inner_margin(18);
        let enter = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let (mut opened, mut closed) = (enter, false);
        let shown = Modal::new(Id::unique("ask path")).frame(frame).show(ctx, |ui| {
            ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 80.0));
            ui.heading(title(self.choice));
            ui.label("No file dialog can be opened here: neither a desktop portal nor zenity was found.");
            ui.weak("Type or paste the path, or drop the file on the window.");
            ui.add_space(8.0);
            let field = TextEdit::singleline(&mut self.text).hint_text("/path/to/it").desired_width(f32::INFINITY);
            let field = ui.add(field.font(egui::TextStyle::Monospace));
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Path"));
            if !std::mem::replace(&mut self.drawn, true) {
                field.request_focus();
            }
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                opened |= ui.add_enabled(!self.text.trim().is_empty(), Button::new("Open")).clicked();
                closed |= ui.button("Cancel").clicked();
            });
        });
        let path = self.text.trim();
        if opened && !path.is_empty() {
            Outcome::Chosen(self.choice, PathBuf::from(path))
        } else if closed || shown.should_close() {
            Outcome::Closed
        } else {
            Outcome::Open
        }
    }
}

fn title(choice: Choice) -> &'static str {
    match choice {
        Choice::Image => "Which image shall be filled in?",
        Choice::Mask => "Which image is the mask?",
        Choice::Data => "Which folder or archive of images?",
        Choice::Recipe => "Which recipe?",
        Choice::Run => "Which run?",
    }
}
