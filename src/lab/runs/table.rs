//! The list of runs: which are shown, in what order, and a row for each.

use super::super::model::Model;
use super::super::{format, theme};
use super::subject::{self, Tone, recipe_name, standing};
use super::thumbnails::Thumbnails;
use super::when;
use crate::run::RunSummary;
use eframe::egui::{
    Align, Align2, Color32, ComboBox, FontId, Layout, Rect, Response, RichText, ScrollArea, Sense, Shape, Stroke,
    StrokeKind, TextEdit, Ui, Vec2, WidgetInfo, accesskit::Role, pos2, text::LayoutJob, text::TextWrapping, vec2,
};
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

const ROW: f32 = 46.0;
const PICTURE: f32 = 38.0;

/// What runs are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorting {
    Date,
    Name,
    Recipe,
    Status,
    Updates,
    Time,
}

impl Sorting {
    const ALL: [Self; 6] = [Self::Date, Self::Name, Self::Recipe, Self::Status, Self::Updates, Self::Time];

    fn title(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Name => "name",
            Self::Recipe => "recipe",
            Self::Status => "status",
            Self::Updates => "updates",
            Self::Time => "learning time",
        }
    }

    fn compare(self, a: &RunSummary, b: &RunSummary, model: &Model) -> Ordering {
        let (at, bt) = (subject::progress(a, model), subject::progress(b, model));
        match self {
            Self::Date => b.changed.cmp(&a.changed),
            Self::Name => a.directory.cmp(&b.directory),
            Self::Recipe => recipe_name(a).cmp(&recipe_name(b)),
            Self::Status => standing(a, model).0.cmp(standing(b, model).0),
            Self::Updates => bt.0.cmp(&at.0),
            Self::Time => bt.1.total_cmp(&at.1),
        }
    }
}

/// What was clicked.
pub enum Clicked {
    Look(PathBuf),
    Compare(PathBuf),
    Refresh,
}

/// The list's own state.
pub struct Table {
    filter: String,
    sorting: Sorting,
    reversed: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self { filter: String::new(), sorting: Sorting::Date, reversed: false }
    }
}

impl Table {
    /// Draws the list; what was clicked. `chosen` are the run that is looked at and the one it is compared with.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        list: &[RunSummary],
        model: &Model,
        thumbnails: &mut Thumbnails,
        chosen: [Option<&Path>; 2],
    ) -> Option<Clicked> {
        let mut clicked = self.toolbar(ui);
        ui.add_space(2.0);
        let order = self.order(list, model);
        if order.is_empty() {
            let text = if list.is_empty() {
                "No runs yet: they are kept in the folder runs."
            } else {
                "No run fits the filter."
            };
            ui.centered_and_justified(|ui| ui.weak(text));
            return clicked;
        }
        let now = when::now();
        ui.spacing_mut().item_spacing.y = 2.0;
        ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, order.len(), |ui, rows| {
            for run in order[rows].iter().filter_map(|&at| list.get(at)) {
                let mark = chosen.iter().position(|path| *path == Some(&run.directory));
                let response = row(ui, run, model, thumbnails, mark, now);
                if response.clicked() {
                    let compare = ui.input(|input| input.modifiers.command);
                    let path = run.directory.clone();
                    clicked = Some(if compare { Clicked::Compare(path) } else { Clicked::Look(path) });
                }
            }
        });
        clicked
    }

    fn toolbar(&mut self, ui: &mut Ui) -> Option<Clicked> {
        let mut clicked = None;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Refresh").on_hover_text("Look at the folder again").clicked() {
                    clicked = Some(Clicked::Refresh);
                }
                self.reversed ^= turn(ui, self.reversed);
                let sorting = ComboBox::from_id_salt("sort runs").selected_text(self.sorting.title()).width(92.0);
                let chosen = sorting.show_ui(ui, |ui| {
                    for sorting in Sorting::ALL {
                        ui.selectable_value(&mut self.sorting, sorting, sorting.title());
                    }
                });
                chosen.response.on_hover_text("Sorted by").widget_info(|| {
                    let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Sort by");
                    info.current_text_value = Some(self.sorting.title().to_owned());
                    info
                });
                let width = ui.available_width().max(40.0);
                let filter = TextEdit::singleline(&mut self.filter).hint_text("filter").desired_width(width);
                let filter = ui.add(filter).on_hover_text("Words of the name, the recipe or the status");
                filter.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter runs"));
            });
        });
        clicked
    }

    /// Places in the list of the runs that fit the filter, in their order.
    fn order(&self, list: &[RunSummary], model: &Model) -> Vec<usize> {
        let filter = self.filter.to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let fits = |run: &RunSummary| {
            if words.is_empty() {
                return true;
            }
            let text = format!("{} {} {}", subject::name(&run.directory), recipe_name(run), standing(run, model).0);
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let mut order: Vec<usize> = (0..list.len()).filter(|&at| fits(&list[at])).collect();
        order.sort_by(|&a, &b| self.sorting.compare(&list[a], &list[b], model));
        if self.reversed {
            order.reverse();
        }
        order
    }
}

/// A triangle that points the way the order goes; true when it is clicked.
fn turn(ui: &mut Ui, reversed: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(22.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Turn the order round"));
    let visuals = ui.style().interact(&response);
    ui.painter().rect(rect, visuals.corner_radius, visuals.weak_bg_fill, visuals.bg_stroke, StrokeKind::Inside);
    let tip = if reversed { -3.0 } else { 3.0 };
    let corner = |x: f32, y: f32| rect.center() + vec2(x, y);
    let corners = vec![corner(-4.0, -tip), corner(4.0, -tip), corner(0.0, tip)];
    ui.painter().add(Shape::convex_polygon(corners, visuals.fg_stroke.color, Stroke::NONE));
    response.on_hover_text("Turn the order round").clicked()
}

/// The colour that marks the run that is looked at, and the one it is compared with.
#[must_use]
pub fn mark_colour(ui: &Ui, mark: usize) -> Color32 {
    if mark == 0 { theme::palette(ui).ember } else { theme::series(0, ui.visuals().dark_mode) }
}

/// The colour of a run's state.
#[must_use]
pub fn tone_colour(ui: &Ui, tone: Tone) -> Color32 {
    let palette = theme::palette(ui);
    match tone {
        Tone::Lively => palette.good,
        Tone::Calm => palette.weak,
        Tone::Warning => palette.warn,
        Tone::Bad => palette.bad,
    }
}

fn row(
    ui: &mut Ui,
    run: &RunSummary,
    model: &Model,
    thumbnails: &mut Thumbnails,
    mark: Option<usize>,
    now: u64,
) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let (words, tone) = standing(run, model);
    let (iteration, seconds) = subject::progress(run, model);
    let name = subject::name(&run.directory);
    let updates = format!("{} updates", format::count(iteration));
    let label = format!("{name}, {words}, {updates}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, mark == Some(0), &label));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let palette = theme::palette(ui);
    if mark.is_some() || response.hovered() || response.has_focus() {
        let fill = if mark == Some(0) { palette.raised } else { ui.visuals().faint_bg_color };
        ui.painter().rect_filled(rect, 4.0, fill);
    }
    if let Some(mark) = mark {
        let bar = Rect::from_min_size(rect.min, vec2(3.0, ROW)).shrink2(vec2(0.0, 6.0));
        ui.painter().rect_filled(bar, 1.5, mark_colour(ui, mark));
    }
    let picture = Rect::from_min_size(rect.min + vec2(8.0, (ROW - PICTURE) / 2.0), Vec2::splat(PICTURE));
    thumbnails.paint(ui, run, picture);
    let (left, right) = (picture.right() + 9.0, rect.right() - 10.0);
    let [first, second] = [rect.top() + 15.0, rect.top() + 32.0];
    let write = |right: f32, y: f32, text: &str, colour| {
        ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, text, FontId::proportional(11.5), colour).left()
    };
    let edge = write(right, first, &updates, palette.text);
    truncated(ui, pos2(left, first), edge - 8.0, &[(&name, 13.0, palette.strong)]);
    let ago =
        if subject::is_here(run, model) && !model.over() { "now".to_owned() } else { when::ago(run.changed, now) };
    let edge = write(right, second, &format!("{}  ·  {ago}", format::clock(seconds)), palette.weak);
    let recipe = recipe_name(run);
    let recipe = if recipe.is_empty() { recipe } else { format!("  ·  {recipe}") };
    let parts = [(words, 11.5, tone_colour(ui, tone)), (recipe.as_str(), 11.5, palette.weak)];
    truncated(ui, pos2(left, second), edge - 8.0, &parts);
    response.on_hover_ui(|ui| hint(ui, run))
}

/// Writes a line that ends before `right`.
fn truncated(ui: &Ui, at: eframe::egui::Pos2, right: f32, parts: &[(&str, f32, Color32)]) {
    let mut job = LayoutJob { wrap: TextWrapping::truncate_at_width((right - at.x).max(1.0)), ..LayoutJob::default() };
    for (text, size, colour) in parts {
        job.append(text, 0.0, eframe::egui::TextFormat::simple(FontId::proportional(*size), *colour));
    }
    let galley = ui.painter().layout_job(job);
    let at = at - vec2(0.0, galley.size().y / 2.0);
    ui.painter().galley(at, galley, Color32::WHITE);
}

fn hint(ui: &mut Ui, run: &RunSummary) {
    ui.set_max_width(360.0);
    ui.label(RichText::new(run.directory.display().to_string()).strong());
    ui.weak(format!("recipe {}", run.recipe.display()));
    ui.weak(format!("seed {} on {}", run.seed, run.device));
    ui.weak(format!("last written to {}", when::date(run.changed)));
    for text in run.problem.iter().chain(&run.failure) {
        ui.label(RichText::new(text).color(theme::palette(ui).bad));
    }
    ui.weak("Ctrl+click compares it with the run that is looked at.");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{RecipeText, RunStatus};

    fn run(name: &str, recipe: &str, iteration: u64, changed: u64, status: RunStatus) -> RunSummary {
        let (directory, recipe) = (PathBuf::from("runs").join(name), PathBuf::from(recipe));
        RunSummary { directory, recipe, iteration, changed, status, ..RunSummary::default() }
    }

    fn names(table: &Table) -> Vec<String> {
        let list = [
            run("moons-1", "scripts/moons.rhai", 500, 30, RunStatus::Ended),
            run("faces-1", "scripts/faces.rhai", 9_000, 20, RunStatus::CutOff),
            run("faces-2", "scripts/faces.rhai", 70, 10, RunStatus::Failed),
        ];
        let model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        table.order(&list, &model).into_iter().map(|at| subject::name(&list[at].directory)).collect()
    }

    #[test]
    fn runs_are_in_the_order_that_was_asked_for() {
        for (sorting, wanted) in [
            (Sorting::Date, ["moons-1", "faces-1", "faces-2"]),
            (Sorting::Name, ["faces-1", "faces-2", "moons-1"]),
            (Sorting::Updates, ["faces-1", "moons-1", "faces-2"]),
            (Sorting::Status, ["faces-1", "moons-1", "faces-2"]),
        ] {
            assert_eq!(names(&Table { sorting, ..Table::default() }), wanted, "{sorting:?}");
            let mut back = names(&Table { sorting, reversed: true, ..Table::default() });
            back.reverse();
            assert_eq!(back, wanted, "{sorting:?}");
        }
    }

    #[test]
    fn a_filter_holds_words_of_name_recipe_and_status() {
        for (filter, wanted) in [
            ("", &["moons-1", "faces-1", "faces-2"][..]),
            ("FACES", &["faces-1", "faces-2"]),
            ("faces failed", &["faces-2"]),
            ("cut", &["faces-1"]),
            ("faces moons", &[]),
        ] {
            assert_eq!(names(&Table { filter: filter.to_owned(), ..Table::default() }), wanted, "{filter}");
        }
    }
}
