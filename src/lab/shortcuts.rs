//! The sheet of shortcuts: every command by what it is about, its keys, and new keys for it.

use super::action::{ACTIONS, Action, Entry, Group, Scope};
use super::keys::{self, Bindings, Chord};
use super::theme;
use eframe::egui::{
    self, Align, Button, Context, Event, Grid, Id, Key, Label, Layout, Modal, RichText, ScrollArea, Ui, WidgetInfo,
    accesskit::Role,
};

/// Widths of the columns of keys and of names, in every group alike.
const KEYS: f32 = 150.0;
const NAMES: f32 = 150.0;

/// The sheet while it is open.
#[derive(Default)]
pub struct Shortcuts {
    /// The command that gets a new key, and the key that it takes the place of.
    waiting: Option<(Action, Option<Chord>)>,
    /// A key that others have, until the user has said what to do.
    contested: Option<(Action, Option<Chord>, Chord)>,
    /// Why a key cannot be given.
    refusal: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Open,
    Closed,
    Tour,
}

impl Shortcuts {
    /// Draws it, and takes the next key for the command that waits for one.
    pub fn ui(&mut self, ctx: &Context) -> Outcome {
        let busy = self.waiting.is_some();
        self.take_key(ctx);
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(18);
        let mut outcome = Outcome::Open;
        let shown = Modal::new(Id::unique("help")).frame(frame).show(ctx, |ui| {
            let window = ui.ctx().content_rect();
            ui.set_width(660.0_f32.min(window.width() - 80.0));
            ui.horizontal(|ui| {
                ui.heading("Shortcuts");
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if ui.button("Close").clicked() {
                        outcome = Outcome::Closed;
                    }
                    if ui.button("Take the tour").clicked() {
                        outcome = Outcome::Tour;
                    }
                });
            });
            ui.weak("Click a key and press another in its place. Low energy = likely; images are drawn on the fixed range unless a note says otherwise.");
            ui.add_space(6.0);
            self.dispute(ui);
            let most = (window.height() - 190.0).max(120.0);
            ScrollArea::vertical().max_height(most).min_scrolled_height(most).auto_shrink([false, true]).show(
                ui,
                |ui| {
                    Group::ALL.into_iter().for_each(|group| self.group(ui, group));
                },
            );
        });
        let pressed = ctx.input(|input| input.key_pressed(Key::F1));
        if !busy && outcome == Outcome::Open && (pressed || shown.should_close()) { Outcome::Closed } else { outcome }
    }

    fn group(&mut self, ui: &mut Ui, group: Group) {
        ui.add_space(4.0);
        ui.label(RichText::new(group.title()).strong().size(14.0));
        let columns = Grid::new(("shortcuts", group.title())).num_columns(3).spacing([14.0, 4.0]);
        columns.show(ui, |ui| {
            for entry in ACTIONS.iter().filter(|entry| entry.group == group) {
                self.keys(ui, entry);
                ui.horizontal(|ui| {
                    ui.set_min_width(NAMES);
                    ui.label(RichText::new(entry.label).strong());
                });
                let place = match entry.scope {
                    Scope::Everywhere => String::new(),
                    Scope::Pane(pane) => format!(" (in {})", pane.title()),
                };
                ui.add(Label::new(format!("{}{place}", entry.tip)).wrap());
                ui.end_row();
            }
        });
    }

    /// The keys of a command, each a button that waits for another.
    fn keys(&mut self, ui: &mut Ui, entry: &Entry) {
        let bindings = Bindings::of(ui.ctx());
        let chords = bindings.chords(entry).to_vec();
        ui.horizontal(|ui| {
            ui.set_min_width(KEYS);
            ui.spacing_mut().item_spacing.x = 4.0;
            let slots = chords.iter().copied().map(Some).chain(chords.is_empty().then_some(None));
            for slot in slots {
                self.key(ui, entry, slot);
            }
            if bindings.is_changed(entry.action) {
                let back = ui.add(Button::new(RichText::new("default").small()).frame(false));
                back.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Default keys of {}", entry.label))
                });
                if back.on_hover_text("Back to the first keys").clicked() {
                    self.reset(ui.ctx(), entry.action);
                }
            }
        });
    }

    fn key(&mut self, ui: &mut Ui, entry: &Entry, slot: Option<Chord>) {
        let waits = self.waiting == Some((entry.action, slot));
        let palette = theme::palette(ui);
        let text = match slot {
            _ if waits => "press a key".to_owned(),
            Some(chord) => keys::text(ui.ctx(), chord),
            None => "–".to_owned(),
        };
        let colour = if waits { palette.strong } else { palette.ember };
        let name = format!("Key of {}: {text}", entry.label);
        let button = ui.add(Button::new(RichText::new(text).font(theme::numbers()).color(colour)).selected(waits));
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let hint = "Click, then press the new key. Escape keeps the old one, Delete leaves none.";
        if button.on_hover_text(hint).clicked() {
            *self = Self { waiting: Some((entry.action, slot)), ..Self::default() };
        }
    }

    /// The next key that is pressed is the one that is waited for.
    fn take_key(&mut self, ctx: &Context) {
        let Some((action, slot)) = self.waiting else { return };
        let pressed = ctx.input_mut(|input| {
            let at = input.events.iter().position(|event| matches!(event, Event::Key { pressed: true, .. }))?;
            match input.events.remove(at) {
                Event::Key { key, modifiers, .. } => Some((key, modifiers)),
                _ => None,
            }
        });
        let Some((key, modifiers)) = pressed else { return };
        self.waiting = None;
        match key {
            Key::Escape => {}
            Key::Delete | Key::Backspace if modifiers.is_none() => replace(ctx, action, slot, None),
            _ => match keys::assignable(key, modifiers) {
                Err(why) => self.refusal = Some(format!("{} cannot be given: {why}.", key.name())),
                Ok(chord) if Bindings::of(ctx).rivals(action, chord).is_empty() => {
                    replace(ctx, action, slot, Some(chord));
                }
                Ok(chord) => self.contested = Some((action, slot, chord)),
            },
        }
    }

    /// Says whose key it is that was pressed, and asks whether it changes hands.
    fn dispute(&mut self, ui: &mut Ui) {
        if let Some(refusal) = &self.refusal {
            ui.colored_label(theme::palette(ui).warn, refusal);
        }
        let Some((action, slot, chord)) = self.contested else { return };
        let rivals = Bindings::of(ui.ctx()).rivals(action, chord);
        let names: Vec<&str> = rivals.iter().map(|rival| rival.entry().label).collect();
        let key = keys::text(ui.ctx(), chord);
        ui.horizontal_wrapped(|ui| {
            let text = format!("{key} belongs to {}.", names.join(" and "));
            ui.colored_label(theme::palette(ui).warn, text);
            if ui.button(format!("Give it to {}", action.entry().label)).clicked() {
                let mut bindings = (*Bindings::of(ui.ctx())).clone();
                rivals.iter().for_each(|&rival| bindings.take(rival, chord));
                bindings.install(ui.ctx());
                replace(ui.ctx(), action, slot, Some(chord));
                self.contested = None;
            }
            if ui.button("Leave it").clicked() {
                self.contested = None;
            }
        });
    }

    /// Gives a command its first keys back, unless another has one of them now.
    fn reset(&mut self, ctx: &Context, action: Action) {
        *self = Self::default();
        let mut bindings = (*Bindings::of(ctx)).clone();
        bindings.reset(action);
        let taken = action.entry().keys.iter().find_map(|&chord| {
            let rival = bindings.rivals(action, chord).first().copied()?;
            Some((chord, rival))
        });
        match taken {
            None => bindings.install(ctx),
            Some((chord, rival)) => {
                let (key, other) = (keys::text(ctx, chord), rival.entry().label);
                self.refusal = Some(format!("{key} belongs to {other} now. Give {other} another key first."));
            }
        }
    }
}

/// Puts `new` in place of one of a command's keys.
fn replace(ctx: &Context, action: Action, slot: Option<Chord>, new: Option<Chord>) {
    let mut bindings = (*Bindings::of(ctx)).clone();
    let mut chords = bindings.chords(action.entry()).to_vec();
    let place = slot.and_then(|slot| chords.iter().position(|&chord| chord == slot));
    match (place, new) {
        (Some(place), Some(new)) => chords[place] = new,
        (Some(place), None) => _ = chords.remove(place),
        (None, Some(new)) => chords.push(new),
        (None, None) => {}
    }
    let mut single = Vec::new();
    for chord in chords {
        if !single.contains(&chord) {
            single.push(chord);
        }
    }
    bindings.set(action, single);
    bindings.install(ctx);
}
