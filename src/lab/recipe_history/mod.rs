//! The recipes that ran, with what each changed and what it looked like.

mod name;
mod recipes;

pub use recipes::{Recipes, Travel};

use super::action::Action;
use super::asks::Asks;
use super::atlas::Atlas;
use super::model::Model;
use super::theme::{self, Palette};
use super::{diff_view, format, plan_change};
use eframe::egui::{
    Align, Button, Color32, Frame, Label, Layout, Mesh, Rect, RichText, ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2,
    WidgetInfo, accesskit::Role, vec2,
};
use recipes::Version;
use std::collections::{HashMap, HashSet};

/// Side of a picture in points; four lie two by two.
const PICTURE: f32 = 26.0;

/// The panel's own state.
#[derive(Default)]
pub struct RecipeHistory {
    /// Recipes whose changes are shown.
    open: HashSet<u64>,
    atlases: HashMap<u64, Thumbnail>,
}

/// The pictures of a recipe on the screen's side.
#[derive(Default)]
struct Thumbnail {
    atlas: Option<Atlas>,
    /// The frame they are of.
    of: u64,
}

impl RecipeHistory {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        let over = model.over();
        ways(ui, model, asks);
        ui.add_space(2.0);
        let recipes = &model.recipes;
        let known: HashSet<u64> = recipes.versions().iter().map(|version| version.number).collect();
        self.atlases.retain(|number, _| known.contains(number));
        let mut travel = None;
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for version in recipes.versions().iter().rev() {
                let current = version.number == recipes.current();
                ui.push_id(version.number, |ui| {
                    if self.card(ui, version, current, over) {
                        travel = Some(Travel::To(version.number));
                    }
                });
            }
        });
        if travel.is_some_and(|to| model.travel(to)) {
            asks.actions.push(Action::Apply);
        }
    }

    /// One recipe; true when the user wants to go back to it.
    fn card(&mut self, ui: &mut Ui, version: &Version, current: bool, over: bool) -> bool {
        let palette = theme::palette(ui);
        let mut go = false;
        let open = self.open.contains(&version.number);
        let fill = if current { palette.panel.lerp_to_gamma(palette.ember, 0.1) } else { palette.well };
        let stroke = if current { Stroke::new(1.0, palette.ember.gamma_multiply(0.6)) } else { Stroke::NONE };
        let frame = Frame::NONE.fill(fill).stroke(stroke).corner_radius(4).inner_margin(6);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            let head = ui.scope_builder(UiBuilder::new().sense(Sense::click()), |ui| {
                ui.horizontal_top(|ui| {
                    self.thumbnail(ui, version);
                    ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                        go = fate(ui, version, current, over, palette);
                        ui.with_layout(Layout::top_down(Align::Min), |ui| words(ui, version, open, palette));
                    });
                });
            });
            let name = format!("{}, {} changes", version.name, if open { "hide" } else { "show" });
            head.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if head.response.clicked() && !self.open.remove(&version.number) {
                self.open.insert(version.number);
            }
            if let Some(before) = version.before.as_ref().filter(|_| open) {
                ui.add_space(2.0);
                diff_view::ui(ui, before, &version.text);
            } else if open {
                ui.label(RichText::new("The recipe that the window began with.").size(11.0).color(palette.weak));
            }
        });
        go
    }

    fn thumbnail(&mut self, ui: &mut Ui, version: &Version) {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(2.0 * PICTURE + 1.0), Sense::hover());
        let count = version.pictures.count;
        let said = format!("{}, {count} synthesized images", version.name);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &said));
        if !ui.is_rect_visible(rect) {
            return;
        }
        let thumbnail = self.atlases.entry(version.number).or_default();
        if thumbnail.of != version.pictured {
            thumbnail.of = version.pictured;
            let name = format!("recipe {}", version.number);
            Atlas::fill(&mut thumbnail.atlas, ui.ctx(), &name, &version.pictures);
        }
        let Some(atlas) = &thumbnail.atlas else {
            ui.painter().rect_filled(rect, 2.0, theme::palette(ui).panel);
            return;
        };
        let mut mesh = Mesh::with_texture(atlas.id());
        for at in 0..atlas.count.min(4) {
            let corner = vec2((at % 2) as f32, (at / 2) as f32) * (PICTURE + 1.0);
            mesh.add_rect_with_uv(
                Rect::from_min_size(rect.min + corner, Vec2::splat(PICTURE)),
                atlas.uv(at),
                Color32::WHITE,
            );
        }
        ui.painter().add(mesh);
    }
}

/// Back and forward, with their keys.
fn ways(ui: &mut Ui, model: &Model, asks: &mut Asks) {
    ui.horizontal(|ui| {
        for (action, to) in [(Action::BackToPrevious, Travel::Back), (Action::ForwardAgain, Travel::Forward)] {
            let entry = action.entry();
            let enabled = model.recipes.can_go(to) && !model.over();
            let button = ui.add_enabled(enabled, Button::new(entry.label));
            if button.on_hover_text(entry.hint(ui.ctx())).clicked() {
                asks.actions.push(action);
            }
        }
        let count = model.recipes.versions().len();
        let text = if count == 1 { "1 recipe".to_owned() } else { format!("{count} recipes, newest first") };
        ui.weak(text);
    });
}

/// Whether it runs, or a button to go back to it; true when that was pressed.
fn fate(ui: &mut Ui, version: &Version, current: bool, over: bool, palette: &Palette) -> bool {
    if current {
        ui.label(RichText::new("in force").color(palette.ember));
        return false;
    }
    let button = ui.add_enabled(!over, Button::new("Go back"));
    let name = format!("Go back to {}", version.name);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, !over, &name));
    button.on_hover_text("Put this recipe's text in the editor, save it and apply it").clicked()
}

/// What it changed, when, and what that made anew.
fn words(ui: &mut Ui, version: &Version, open: bool, palette: &Palette) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let name = RichText::new(&version.name).strong();
    ui.add(Label::new(name).truncate().selectable(false)).on_hover_text(&version.name);
    let mut when = format!("since {}", format::count(version.first));
    if version.times > 1 {
        when = format!("{when}, again at {}", format::count(version.last));
    }
    if version.failed {
        when.push_str(" · failed in its first iteration");
    }
    let colour = if version.failed { palette.bad } else { palette.weak };
    ui.add(Label::new(RichText::new(when).size(11.0).color(colour)).truncate().selectable(false));
    if version.before.is_some() && open {
        plan_change::chips(ui, "anew", &version.renewed, true);
    } else if version.before.is_some() {
        let made = if version.renewed.is_empty() { "nothing made anew".to_owned() } else { made(&version.renewed) };
        ui.add(Label::new(RichText::new(made).size(11.0).color(palette.weak)).truncate().selectable(false));
    }
}

/// What was made anew, grids by their sides.
fn made(renewed: &[String]) -> String {
    let short: Vec<String> = renewed.iter().map(|thing| plan_change::short(thing)).collect();
    format!("anew: {}", short.join(", "))
}
