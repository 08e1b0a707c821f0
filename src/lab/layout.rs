//! Where the panels are: tabs in tiles, which the user may drag about.

use super::curves::Curves;
use super::data_pane::DataPane;
use super::editor::Editor;
use super::images::Images;
use super::model::Model;
use super::parameters::Parameters;
use super::{grids, log_view, theme};
use crate::run::Command;
use eframe::egui::{self, Color32, Id, Stroke, Ui, Visuals, WidgetText};
use egui_tiles::{Behavior, Container, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse};

/// A panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Images,
    Data,
    Curves,
    Grids,
    Recipe,
    Parameters,
    Log,
}

impl Pane {
    fn title(self) -> &'static str {
        match self {
            Self::Images => "Images",
            Self::Data => "Data",
            Self::Curves => "Curves",
            Self::Grids => "Grids",
            Self::Recipe => "Recipe",
            Self::Parameters => "Parameters",
            Self::Log => "Log",
        }
    }
}

/// What each panel remembers.
#[derive(Default)]
pub struct Panels {
    images: Images,
    data: DataPane,
    curves: Curves,
    editor: Editor,
    parameters: Parameters,
}

/// The first arrangement: pictures and data above curves left, recipe and parameters right.
#[must_use]
pub fn tree() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let mut tabs = |panes: &[Pane]| {
        let panes = panes.iter().map(|pane| tiles.insert_pane(*pane)).collect();
        tiles.insert_tab_tile(panes)
    };
    let images = tabs(&[Pane::Images, Pane::Data]);
    let numbers = tabs(&[Pane::Curves, Pane::Grids, Pane::Log]);
    let recipe = tabs(&[Pane::Recipe]);
    let parameters = tabs(&[Pane::Parameters]);
    let left = tiles.insert_vertical_tile(vec![images, numbers]);
    let right = tiles.insert_vertical_tile(vec![recipe, parameters]);
    let root = tiles.insert_horizontal_tile(vec![left, right]);
    for (parent, first, share) in [(left, images, 1.15), (right, recipe, 2.8), (root, left, 2.0)] {
        if let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(parent) {
            linear.shares.set_share(first, share);
        }
    }
    Tree::new(Id::unique("panels"), root, tiles)
}

/// Brings a panel to the front.
pub fn show_pane(tree: &mut Tree<Pane>, wanted: Pane) {
    tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == wanted));
}

/// The panels at work on the model for one frame of the window.
pub struct Desk<'a> {
    pub model: &'a mut Model,
    pub panels: &'a mut Panels,
    pub commands: Vec<Command>,
    /// The user asks to apply the recipe.
    pub apply: bool,
}

impl Behavior<Pane> for Desk<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut Pane) -> UiResponse {
        let fill = theme::palette(ui).panel;
        egui::Frame::NONE.fill(fill).inner_margin(10).show(ui, |ui| match pane {
            Pane::Images => self.panels.images.ui(ui, self.model),
            Pane::Data => self.panels.data.ui(ui, self.model, &mut self.commands),
            Pane::Curves => self.panels.curves.ui(ui, self.model),
            Pane::Grids => grids::ui(ui, self.model),
            Pane::Recipe => {
                let over = self.model.over();
                self.apply |= self.panels.editor.ui(ui, &mut self.model.draft, over);
                if let Some(recipe) = self.model.draft.question().filter(|_| !over) {
                    self.commands.push(Command::Preview(recipe));
                }
            }
            Pane::Parameters => self.apply |= self.panels.parameters.ui(ui, self.model, &mut self.commands),
            Pane::Log => log_view::ui(ui, &self.model.log),
        });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> WidgetText {
        pane.title().into()
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..Default::default() }
    }

    fn gap_width(&self, _: &egui::Style) -> f32 {
        4.0
    }

    fn min_size(&self) -> f32 {
        120.0
    }

    fn tab_bar_height(&self, _: &egui::Style) -> f32 {
        26.0
    }

    fn tab_title_spacing(&self, _: &Visuals) -> f32 {
        12.0
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        of(visuals).ground
    }

    fn tab_outline_stroke(&self, _: &Visuals, _: &Tiles<Pane>, _: TileId, _: &TabState) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _: &Visuals) -> Stroke {
        Stroke::NONE
    }

    fn tab_text_color(&self, visuals: &Visuals, _: &Tiles<Pane>, _: TileId, state: &TabState) -> Color32 {
        if state.active { of(visuals).strong } else { of(visuals).weak }
    }

    fn drag_preview_stroke(&self, visuals: &Visuals) -> Stroke {
        Stroke::new(1.0, of(visuals).ember)
    }

    fn drag_preview_color(&self, visuals: &Visuals) -> Color32 {
        of(visuals).ember.gamma_multiply(0.25)
    }
}

fn of(visuals: &Visuals) -> &'static theme::Palette {
    if visuals.dark_mode { &theme::DARK } else { &theme::LIGHT }
}
