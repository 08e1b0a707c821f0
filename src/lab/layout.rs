//! Where the panels are: tabs in tiles, which the user may drag about.

use super::action::Action;
use super::asks::Asks;
use super::client::Return;
use super::curves::Curves;
use super::data_pane::DataPane;
use super::diversity::Diversity;
use super::editor::Editor;
use super::images::Images;
use super::inpainting::Inpainting;
use super::log_view::LogView;
use super::model::Model;
use super::network::Network;
use super::parameters::Parameters;
use super::recipe_history::RecipeHistory;
use super::runs::Runs;
use super::settings::Preferences;
use super::steering::Steering;
use super::{grids, theme};
use crate::run::Command;
use eframe::egui::{self, Color32, Id, Pos2, Rect, Stroke, Ui, Visuals, WidgetText};
use egui_tiles::{Behavior, Container, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse};

/// A panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    Images,
    Diversity,
    Inpainting,
    Network,
    Data,
    Runs,
    Curves,
    Grids,
    Steering,
    Log,
    Recipe,
    RecipeHistory,
    Parameters,
}

impl Pane {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Images,
        Self::Diversity,
        Self::Inpainting,
        Self::Network,
        Self::Data,
        Self::Runs,
        Self::Curves,
        Self::Grids,
        Self::Steering,
        Self::Log,
        Self::Recipe,
        Self::RecipeHistory,
        Self::Parameters,
    ];

    /// The word on its tab.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Images => "Images",
            Self::Diversity => "Diversity",
            Self::Inpainting => "Inpainting",
            Self::Network => "Network",
            Self::Runs => "Runs",
            Self::Steering => "Steering",
            Self::RecipeHistory => "History",
            Self::Data => "Data",
            Self::Curves => "Curves",
            Self::Grids => "Grids",
            Self::Recipe => "Recipe",
            Self::Parameters => "Parameters",
            Self::Log => "Log",
        }
    }

    /// What it shows.
    #[must_use]
    pub fn tip(self) -> &'static str {
        match self {
            Self::Images => "Observed above synthesized images of every grid, on one fixed scale",
            Self::Diversity => "How different the images are that grow from one 1×1 seed",
            Self::Inpainting => "Paint a mask over an image and see it filled in",
            Self::Network => "The layers, filters and activations of a grid's network",
            Self::Data => "What is in the recipe's data, or in what was dropped on the window",
            Self::Runs => "The runs on disk: go on with one, fork one, compare them",
            Self::Curves => "Energies, gaps and gradients over iterations",
            Self::Grids => "Numbers of the last update; amber or red: the sampler no longer follows the model",
            Self::Steering => "Freeze a grid, slow the chains down, draw long chains",
            Self::Log => "What happened, newest at the bottom",
            Self::Recipe => "The algorithm; a refused edit changes nothing",
            Self::RecipeHistory => "What the recipe was, and the way back",
            Self::Parameters => "The recipe's sliders; they act on the running chains at the next step",
        }
    }

    /// Names it in the settings.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// The panel of this name in the settings.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pane| pane.name() == name)
    }
}

/// The tabs of the first arrangement.
pub const GROUPS: [&[Pane]; 4] = [
    &[Pane::Images, Pane::Diversity, Pane::Inpainting, Pane::Network, Pane::Data, Pane::Runs],
    &[Pane::Curves, Pane::Grids, Pane::Steering, Pane::Log],
    &[Pane::Recipe, Pane::RecipeHistory],
    &[Pane::Parameters],
];

/// What each panel remembers.
#[derive(Default)]
pub struct Panels {
    images: Images,
    diversity: Diversity,
    inpainting: Inpainting,
    network: Network,
    data: DataPane,
    runs: Runs,
    curves: Curves,
    steering: Steering,
    log: LogView,
    editor: Editor,
    recipe_history: RecipeHistory,
    parameters: Parameters,
}

impl Panels {
    /// Whether a panel asks the user something that must be answered first.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.runs.is_asking()
    }

    /// Gives a panel what it asked the program for.
    pub fn take_back(&mut self, back: Return, model: &mut Model, asks: &mut Asks) {
        match back {
            Return::Runs(runs) => {
                self.runs.take_list(runs.clone());
                model.runs = Some(runs);
            }
            Return::Events { run, events } => match self.curves.wants(&run) {
                true if self.runs.wants(&run) => {
                    self.runs.take_events(&run, events.clone());
                    self.curves.take_events(&run, events);
                }
                true => self.curves.take_events(&run, events),
                false => self.runs.take_events(&run, events),
            },
            Return::Trashed { run, to } => self.runs.take_trashed(&run, &to, model),
            Return::PluginWords(words) => self.editor.plugin_words(words),
            back => {
                let side = model.frame.grids.last().map(|grid| grid.side);
                self.inpainting.take_back(back, side, asks);
            }
        }
    }

    /// What follows every drawing: panels out of sight stop asking.
    pub fn rest(&mut self, asks: &mut Asks) {
        self.inpainting.rest(asks);
    }

    /// What the user prefers in each panel, to be kept.
    #[must_use]
    pub fn preferences(&self) -> Preferences {
        Preferences { log: self.log.preferences.clone() }
    }

    /// Puts kept preferences in place.
    pub fn prefer(&mut self, preferences: Preferences) {
        self.log.preferences = preferences.log;
    }
}

/// The first arrangement: pictures and data above curves left, recipe and parameters right.
#[must_use]
pub fn tree() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let mut tabs = |panes: &'static [Pane]| {
        let panes = panes.iter().map(|pane| tiles.insert_pane(*pane)).collect();
        tiles.insert_tab_tile(panes)
    };
    let [images, numbers, recipe, parameters] = GROUPS.map(&mut tabs);
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

/// The panel in front among the tabs of `pane`.
#[must_use]
pub fn front(tree: &Tree<Pane>, pane: Pane) -> Option<Pane> {
    let parent = tree.tiles.parent_of(tree.tiles.find_pane(&pane)?)?;
    match tree.tiles.get(parent)? {
        Tile::Container(Container::Tabs(tabs)) => tree.tiles.get_pane(&tabs.active?).copied(),
        _ => Some(pane),
    }
}

/// Where a panel is on the screen, if it is in front.
#[must_use]
pub fn place(tree: &Tree<Pane>, pane: Pane) -> Option<Rect> {
    tree.tiles.rect(tree.tiles.find_pane(&pane)?)
}

/// The panel at a point of the screen.
#[must_use]
pub fn pane_at(tree: &Tree<Pane>, point: Pos2) -> Option<Pane> {
    Pane::ALL.into_iter().find(|&pane| place(tree, pane).is_some_and(|rect| rect.contains(point)))
}

/// The panels at work on the model for one frame of the window.
pub struct Desk<'a> {
    pub model: &'a mut Model,
    pub panels: &'a mut Panels,
    pub asks: Asks,
}

impl Behavior<Pane> for Desk<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, pane: &mut Pane) -> UiResponse {
        let fill = theme::palette(ui).panel;
        let Self { model, panels, asks } = self;
        egui::Frame::NONE.fill(fill).inner_margin(10).show(ui, |ui| match pane {
            Pane::Images => panels.images.ui(ui, model, asks),
            Pane::Diversity => panels.diversity.ui(ui, model, asks),
            Pane::Inpainting => panels.inpainting.ui(ui, model, asks),
            Pane::Network => panels.network.ui(ui, model, asks),
            Pane::Data => panels.data.ui(ui, model, &mut asks.commands),
            Pane::Runs => panels.runs.ui(ui, model, asks),
            Pane::Curves => panels.curves.ui(ui, model, asks),
            Pane::Grids => grids::ui(ui, model),
            Pane::Steering => panels.steering.ui(ui, model, asks),
            Pane::Log => panels.log.ui(ui, &model.log, asks),
            Pane::Recipe => {
                let over = model.over();
                if panels.editor.ui(ui, &mut model.draft, over) {
                    asks.actions.push(Action::Apply);
                }
                if let Some(recipe) = model.draft.question().filter(|_| !over) {
                    asks.commands.push(Command::Preview(recipe));
                }
            }
            Pane::RecipeHistory => panels.recipe_history.ui(ui, model, asks),
            Pane::Parameters => {
                if panels.parameters.ui(ui, model, &mut asks.commands) {
                    asks.actions.push(Action::Apply);
                }
            }
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
        theme::palette_of(visuals).ground
    }

    fn tab_outline_stroke(&self, _: &Visuals, _: &Tiles<Pane>, _: TileId, _: &TabState) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _: &Visuals) -> Stroke {
        Stroke::NONE
    }

    fn tab_text_color(&self, visuals: &Visuals, _: &Tiles<Pane>, _: TileId, state: &TabState) -> Color32 {
        if state.active { theme::palette_of(visuals).strong } else { theme::palette_of(visuals).weak }
    }

    fn drag_preview_stroke(&self, visuals: &Visuals) -> Stroke {
        Stroke::new(1.0, theme::palette_of(visuals).ember)
    }

    fn drag_preview_color(&self, visuals: &Visuals) -> Color32 {
        theme::palette_of(visuals).ember.gamma_multiply(0.25)
    }
}
