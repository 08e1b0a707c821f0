//! Images of one run: its newest, or those of the checkpoint that is chosen on its timeline.

use super::super::atlas::Atlas;
use super::super::{format, theme};
use super::drawings::{Drawing, Drawings};
use super::subject::Subject;
use super::table::mark_colour;
use super::timeline::timeline;
use crate::run::Pictures;
use eframe::egui::{
    Align, Button, Color32, Label, Layout, Mesh, Rect, RichText, Sense, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

const GAP: f32 = 3.0;
/// Smallest and largest side of an image.
const SIDES: [f32; 2] = [28.0, 144.0];
/// Below the images: what they are, and the timeline.
const BELOW: f32 = 66.0;

/// One side of the comparison.
#[derive(Default)]
pub struct Gallery {
    atlas: Option<Atlas>,
    /// What the atlas holds.
    held: Option<Held>,
}

/// Names pictures, so that they are put into a texture once.
#[derive(PartialEq)]
enum Held {
    /// Drawn images, by version.
    Drawn(u64),
    /// The run's own, by directory, number of the frame and time of the sheet.
    Own(Option<PathBuf>, u64, usize),
}

/// The checkpoint that is chosen of each run.
pub type Chosen = BTreeMap<PathBuf, PathBuf>;

impl Gallery {
    /// Draws the images of `subject` and its timeline. `frame` is the number of the window's newest frame.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        subject: &Subject<'_>,
        mark: usize,
        drawings: &Drawings,
        chosen: &mut Chosen,
        frame: u64,
    ) {
        ui.push_id(("gallery", mark), |ui| {
            heading(ui, subject, mark);
            let checkpoint = subject.directory.and_then(|directory| chosen.get(directory)).cloned();
            let drawing = checkpoint.as_ref().and_then(|checkpoint| drawings.of(checkpoint));
            self.hold(ui, subject, checkpoint.is_some(), drawing, frame);
            let room = vec2(ui.available_width(), (ui.available_height() - BELOW).max(SIDES[0]));
            self.pictures(ui, subject, room);
            ui.add_space(2.0);
            let at = checkpoint.as_ref().and_then(|chosen| {
                subject.checkpoints.iter().find(|(_, path)| path == chosen).map(|(iteration, _)| *iteration)
            });
            let back = caption(ui, subject, checkpoint.as_ref().map(|_| at), drawing);
            if let (true, Some(directory)) = (back, subject.directory) {
                chosen.remove(directory);
            }
            if subject.checkpoints.is_empty() {
                ui.weak("No checkpoint yet.");
                return;
            }
            let scrubbed = timeline(ui, subject, checkpoint.as_deref(), mark_colour(ui, mark));
            if let (Some(checkpoint), Some(directory)) = (scrubbed, subject.directory) {
                chosen.insert(directory.to_path_buf(), checkpoint);
            }
        });
    }

    /// Puts into the atlas what is to be seen; while the first images of a checkpoint are drawn, what was there stays.
    fn hold(&mut self, ui: &Ui, subject: &Subject<'_>, scrubbed: bool, drawing: Option<&Drawing>, frame: u64) {
        let (held, pictures): (Held, &Pictures) = match drawing {
            Some(drawing) if drawing.pictures.count > 0 => (Held::Drawn(drawing.version), &drawing.pictures),
            _ if scrubbed => return,
            _ => {
                let number = if subject.here { frame } else { 0 };
                let directory = subject.directory.map(|path| path.to_path_buf());
                (Held::Own(directory, number, subject.pictures.rgba.as_ptr() as usize), subject.pictures)
            }
        };
        if self.held.as_ref() != Some(&held) {
            Atlas::fill(&mut self.atlas, ui.ctx(), "run images", pictures);
            self.held = Some(held);
        }
    }

    fn pictures(&self, ui: &mut Ui, subject: &Subject<'_>, room: Vec2) {
        let count = self.atlas.as_ref().map_or(0, |atlas| atlas.count);
        let (across, side) = fit(room, count);
        let drawn = count.min(across * (((room.y + GAP) / (side + GAP)) as usize).max(1));
        // All of the room, so that what stands below does not move when other images come.
        let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
        let text = format!("Images of {}, {drawn}", subject.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &text));
        let Some(atlas) = &self.atlas else {
            ui.painter().rect_filled(Rect::from_min_size(rect.min, Vec2::splat(side)), 3.0, theme::palette(ui).well);
            return;
        };
        let mut mesh = Mesh::with_texture(atlas.id());
        for at in 0..drawn {
            let corner = vec2((at % across) as f32, (at / across) as f32) * (side + GAP);
            mesh.add_rect_with_uv(
                Rect::from_min_size(rect.min + corner, Vec2::splat(side)),
                atlas.uv(at),
                Color32::WHITE,
            );
        }
        ui.painter().add(mesh);
    }
}

/// How many images stand side by side, and their side, so that as many as there are fill the room.
fn fit(room: Vec2, count: usize) -> (usize, f32) {
    let side = |across: usize| {
        let down = count.div_ceil(across).max(1);
        let filling = |length: f32, number: usize| (length + GAP) / number as f32 - GAP;
        filling(room.x, across).min(filling(room.y, down))
    };
    let across = (1..=count.max(1)).max_by(|&a, &b| side(a).total_cmp(&side(b))).unwrap_or(1);
    let side = side(across).clamp(SIDES[0], SIDES[1]).floor();
    (across.min((((room.x + GAP) / (side + GAP)) as usize).max(1)), side)
}

fn heading(ui: &mut Ui, subject: &Subject<'_>, mark: usize) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (dot, _) = ui.allocate_exact_size(Vec2::splat(8.0), Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.0, mark_colour(ui, mark));
        let name = if subject.here { format!("{} (here)", subject.name) } else { subject.name.clone() };
        ui.add(Label::new(RichText::new(name).strong()).truncate());
    });
}

/// Says what the images are; true when the user wants the run's newest again. `at` are the updates of the checkpoint that
/// is chosen, where it is still there.
fn caption(ui: &mut Ui, subject: &Subject<'_>, at: Option<Option<u64>>, drawing: Option<&Drawing>) -> bool {
    let palette = theme::palette(ui);
    let error = drawing.and_then(|drawing| drawing.error.as_deref()).filter(|_| at.is_some());
    let (text, colour) = match (error, at) {
        (Some(error), _) => (error.to_owned(), palette.bad),
        (None, Some(at)) => (drawn_words(at, drawing), palette.weak),
        (None, None) => (own_words(subject).to_owned(), palette.weak),
    };
    let drawn = at.is_some() && error.is_none();
    let hint = drawn
        .then_some("Drawn by the probe of the run in the window, from the same seeds and noise for every checkpoint");
    let mut back = false;
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 22.0), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(22.0);
        if at.is_some() {
            let newest = Button::new(RichText::new("Newest").size(11.5)).small();
            back = ui.add(newest).on_hover_text("Back to the run's newest images").clicked();
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(RichText::new(&text).size(11.5).color(colour)).truncate())
                .on_hover_text(hint.unwrap_or(&text));
        });
    });
    back
}

fn own_words(subject: &Subject<'_>) -> &'static str {
    match (subject.here, subject.pictures.count) {
        (_, 0) => "No images yet.",
        (true, _) => "Its chains now, finest grid.",
        (false, _) => "Its newest sheet, in small.",
    }
}

fn drawn_words(at: Option<u64>, drawing: Option<&Drawing>) -> String {
    let name = at.map_or_else(|| "a checkpoint that is gone".to_owned(), |at| format!("{} updates", format::count(at)));
    match drawing {
        Some(drawing) if drawing.done => format!("{name}, averaged weights"),
        Some(drawing) => format!("{name}, drawing {}", format::side(drawing.side)),
        None => format!("{name}, drawing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_fill_the_room_and_stay_within_it() {
        for (room, count) in [(vec2(200.0, 120.0), 12), (vec2(400.0, 90.0), 16), (vec2(150.0, 300.0), 1)] {
            let (across, side) = fit(room, count);
            assert!(across as f32 * (side + GAP) - GAP <= room.x + 0.01);
            let down = count.div_ceil(across);
            assert!(down as f32 * (side + GAP) - GAP <= room.y + 0.01, "{count}: {across} {side}");
        }
    }
}
