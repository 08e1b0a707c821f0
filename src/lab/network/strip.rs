//! The image that is scored, and the pictures of the grid to choose another from.

use super::super::atlas::Atlas;
use super::super::model::Model;
use super::super::{format, theme};
use super::asking::Asking;
use crate::run::{NetworkAnswer, Pictures};
use eframe::egui::{
    Align, Align2, Button, Color32, CursorIcon, Label, Layout, Mesh, Rect, RichText, Sense, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};

/// Side of a picture to choose, of the image that is scored, and the space between them.
const THUMBNAIL: f32 = 24.0;
const GAP: f32 = 3.0;
const IMAGE: f32 = 2.0 * (THUMBNAIL + GAP) + SCORE;
/// Height of the line with the score, above the pictures.
const SCORE: f32 = 20.0;
/// Room for the names of the rows.
const NAME: f32 = 66.0;

/// Pictures in textures.
#[derive(Default)]
pub struct Strip {
    rows: [Option<Atlas>; 2],
    /// Number and side of the frame that the rows hold.
    held: Option<(u64, usize)>,
    image: Option<Atlas>,
    /// The answer whose image is held.
    answer: u64,
}

impl Strip {
    /// Draws the image with its score, and the pictures; a click on one asks about it.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, asking: &mut Asking, answer: &NetworkAnswer) {
        self.upload(ui, model, answer);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, GAP);
            self.image(ui, asking);
            ui.vertical(|ui| {
                score(ui, asking, answer);
                let Some(grid) = model.frame.grids.iter().find(|grid| grid.side == answer.side) else {
                    return;
                };
                for (row, name, pictures) in [(0, "observed", &grid.observed), (1, "synthesized", &grid.synthesized)] {
                    if let Some(at) = self.row(ui, row, name) {
                        asking.choose(pictures, at, name, model.frame.iteration);
                    }
                }
            });
        });
    }

    fn upload(&mut self, ui: &Ui, model: &Model, answer: &NetworkAnswer) {
        if self.answer != answer.number {
            self.answer = answer.number;
            Atlas::fill(&mut self.image, ui.ctx(), "network image", &answer.image);
        }
        let held = Some((model.frame.number, answer.side));
        if self.held != held {
            self.held = held;
            let grid = model.frame.grids.iter().find(|grid| grid.side == answer.side);
            let pictures: [Option<&Pictures>; 2] =
                [grid.map(|grid| &grid.observed), grid.map(|grid| &grid.synthesized)];
            for (row, pictures) in self.rows.iter_mut().zip(pictures) {
                match pictures {
                    Some(pictures) => Atlas::fill(row, ui.ctx(), "network strip", pictures),
                    None => *row = None,
                }
            }
        }
    }

    fn image(&self, ui: &mut Ui, asking: &Asking) {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(IMAGE), Sense::hover());
        let name = asking.image.as_ref().map_or("a training image", |chosen| &chosen.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("scored image: {name}")));
        match &self.image {
            Some(atlas) => {
                ui.painter().image(atlas.id(), rect, atlas.uv(0), Color32::WHITE);
            }
            None => {
                ui.painter().rect_filled(rect, 2.0, theme::palette(ui).well);
            }
        }
    }

    /// Draws a row of pictures; the one that was clicked.
    fn row(&self, ui: &mut Ui, row: usize, name: &str) -> Option<usize> {
        let width = ui.available_width();
        let room = (((width - NAME + GAP) / (THUMBNAIL + GAP)).max(1.0)) as usize;
        let count = self.rows[row].as_ref().map_or(0, |atlas| atlas.count.min(room));
        let (rect, response) = ui.allocate_exact_size(vec2(width.max(NAME), THUMBNAIL), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("choose {name}, {count} images")));
        let response = response.on_hover_text("Click a picture to score it and to see what each layer makes of it");
        let palette = theme::palette(ui);
        let font = TextStyle::Small.resolve(ui.style());
        ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, name, font, palette.weak);
        let atlas = self.rows[row].as_ref()?;
        let place = |at: usize| {
            let corner = vec2(NAME + at as f32 * (THUMBNAIL + GAP), 0.0);
            Rect::from_min_size(rect.min + corner, Vec2::splat(THUMBNAIL))
        };
        let mut mesh = Mesh::with_texture(atlas.id());
        (0..count).for_each(|at| mesh.add_rect_with_uv(place(at), atlas.uv(at), Color32::WHITE));
        ui.painter().add(mesh);
        let pointer = response.hover_pos().or(response.interact_pointer_pos())?;
        let under = (0..count).find(|&at| place(at).contains(pointer))?;
        ui.painter().rect_stroke(place(under), 2.0, Stroke::new(1.5, palette.ember), StrokeKind::Outside);
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        response.clicked().then_some(under)
    }
}

/// What is scored, and how.
fn score(ui: &mut Ui, asking: &mut Asking, answer: &NetworkAnswer) {
    let size = vec2(ui.available_width(), SCORE);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = SCORE;
        // The score of another image would be a lie.
        let score = if asking.is_answered_by(answer) { format::number(answer.score) } else { "…".to_owned() };
        let text = RichText::new(format!("score f(Y) = {score}"));
        ui.add(Label::new(text.color(theme::palette(ui).strong)).extend())
            .on_hover_text("What the network gives the image: high score = low energy = likely");
        let Some(chosen) = &asking.image else {
            ui.add(Label::new(RichText::new("of a training image").weak()).truncate());
            return;
        };
        let name = chosen.name.clone();
        let right = Layout::right_to_left(Align::Center);
        ui.with_layout(right, |ui| {
            let back = ui.add(Button::new("×").small()).on_hover_text("Look at a training image again");
            back.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Training image"));
            if back.clicked() {
                asking.image = None;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(format!("of {name}")).weak()).truncate());
            });
        });
    });
}
