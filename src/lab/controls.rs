//! The bar at the top: what to do with the run, and where it is.

use super::action::Action;
use super::log::phase_text;
use super::model::Model;
use super::progress::{Cancel, Progress};
use super::{format, menu, theme};
use crate::run::Phase;
use eframe::egui::{
    self, Align, Button, Color32, FontId, Label, Layout, Rect, Response, RichText, Sense, Ui, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

const HEIGHT: f32 = 34.0;

/// Draws the bar; what the user asks for.
pub fn ui(ui: &mut Ui, model: &Model) -> Option<Action> {
    let mut asked = None;
    ui.horizontal(|ui| {
        ui.set_height(HEIGHT);
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add_enabled_ui(!model.over(), |ui| asked = transport(ui, model));
        ui.add_space(8.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if button(ui, Action::Help, "?", None).clicked() {
                asked = Some(Action::Help);
            }
            asked = menu::ui(ui, model).or(asked);
            ui.add_space(6.0);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| readings(ui, model));
        });
    });
    asked
}

fn button(ui: &mut Ui, action: Action, text: &str, fill: Option<Color32>) -> Response {
    let entry = action.entry();
    let mut label = RichText::new(text);
    if fill.is_some() {
        label = label.color(theme::palette(ui).on_accent);
    }
    let mut button = Button::new(label).min_size(vec2(0.0, 26.0));
    if let Some(fill) = fill {
        button = button.fill(fill);
    }
    ui.add(button).on_hover_text(entry.hint(ui.ctx()))
}

fn transport(ui: &mut Ui, model: &Model) -> Option<Action> {
    let running = model.frame.phase == Phase::Running;
    let ember = theme::palette(ui).ember;
    let (text, fill) = if running { ("⏸ Pause", None) } else { ("▶ Run", Some(ember)) };
    let mut asked = button(ui, Action::RunOrPause, text, fill).clicked().then_some(Action::RunOrPause);
    for action in [Action::StepMcmc, Action::StepGrid, Action::StepIteration, Action::Reset, Action::Save] {
        if button(ui, action, action.entry().label, None).clicked() {
            asked = Some(action);
        }
    }
    asked
}

fn readings(ui: &mut Ui, model: &Model) {
    let frame = &model.frame;
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 12.0;
    let phase = if model.over() { Phase::Ended } else { frame.phase };
    let colour = match phase {
        Phase::Running => palette.good,
        Phase::Ended if model.failure.is_some() => palette.bad,
        _ => palette.text,
    };
    cell(ui, "run", 56.0, RichText::new(phase_text(phase)).color(colour), "");
    let iteration = RichText::new(format::count(frame.iteration));
    cell(ui, "iteration", 62.0, iteration, "Learning updates done");
    let speed = RichText::new(format::number(frame.iterations_per_second));
    cell(ui, "it/s", 44.0, speed, "Iterations a second, over the last few seconds");
    let elapsed = RichText::new(format::clock(frame.seconds));
    cell(ui, "learning", 58.0, elapsed, "Time of learning, pauses left out");
    sampling(ui, model);
    let norm = if frame.norm_mode.is_empty() { "–" } else { &frame.norm_mode };
    cell(ui, "batch norm", 62.0, RichText::new(norm), "Batch-norm mode of the networks");
    let device = if frame.device.is_empty() { "–" } else { &frame.device };
    let left = ui.available_width().max(40.0);
    cell(ui, "device", left, RichText::new(device), device);
}

/// A name over a value, where there is room for it.
fn cell(ui: &mut Ui, name: &str, width: f32, value: RichText, hint: &str) -> Option<Rect> {
    // A narrow window has room for the first few.
    if width > ui.available_width() {
        return None;
    }
    let down = Layout::top_down(Align::LEFT);
    let cell = ui.allocate_ui_with_layout(vec2(width, HEIGHT), down, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.add(Label::new(RichText::new(name).small().weak()).selectable(false));
        let value = ui.add(Label::new(value.font(theme::numbers())).truncate());
        if !hint.is_empty() {
            value.on_hover_text(hint);
        }
    });
    Some(cell.response.rect)
}

/// Where the chains are: grid and step, with a bar.
fn sampling(ui: &mut Ui, model: &Model) {
    const WIDTH: f32 = 118.0;
    let frame = &model.frame;
    let (grid, steps) = (frame.sampling_grid, frame.sampling_steps);
    let side = frame.grids.get(grid).map_or_else(|| "–".to_owned(), |grid| format::side(grid.side));
    let text =
        if grid == 0 || steps == 0 { "–".to_owned() } else { format!("{side} {:>3}/{steps}", frame.sampling_step) };
    let hint = "Grid of the chains now, and MCMC step";
    let Some(cell) = cell(ui, "sampling", WIDTH, RichText::new(&text), hint) else { return };
    let done = frame.sampling_step as f32 / steps.max(1) as f32;
    let full = Rect::from_min_size(pos2(cell.left(), cell.top() + 31.0), vec2(WIDTH, 3.0));
    let bar = Rect::from_min_size(full.min, vec2(WIDTH * done.clamp(0.0, 1.0), 3.0));
    let palette = theme::palette(ui);
    ui.painter().rect_filled(full, 1.5, palette.raised);
    ui.painter().rect_filled(bar, 1.5, palette.ember);
    let id = ui.scope_id().with("sampling progress");
    ui.interact(full, id, Sense::hover())
        .widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, format!("Sampling {text}")));
}

/// What stays in view: the run's failure.
pub fn banner(ui: &mut Ui, model: &Model) {
    let Some(error) = &model.failure else { return };
    let text = format!("The run failed: {error}");
    let palette = theme::palette(ui);
    let fill = palette.panel.lerp_to_gamma(palette.bad, 0.2);
    let frame = egui::Frame::NONE.fill(fill).corner_radius(4).inner_margin(7);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(RichText::new(text).color(palette.strong)).wrap());
    });
}

/// What the user asks for in the line at the bottom.
#[derive(Debug, Default)]
pub struct Asked {
    pub log: bool,
    pub cancel: Option<Cancel>,
}

/// The line at the bottom: what goes on or what happened last, and how many problems there were.
pub fn status_line(ui: &mut Ui, model: &Model, progress: &mut Progress) -> Asked {
    let mut asked = Asked::default();
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let problems = model.log.problems;
            if problems > 0 {
                let text = if problems == 1 { "1 problem" } else { &format!("{problems} problems") };
                let text = RichText::new(text).color(theme::palette(ui).warn).size(11.5);
                let open = Button::new(text).frame(false);
                asked.log = ui.add(open).on_hover_text("Show the log").clicked();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| match progress.ui(ui, model) {
                Some(cancel) => asked.cancel = cancel,
                None => newest_line(ui, model),
            });
        });
    });
    asked
}

fn newest_line(ui: &mut Ui, model: &Model) {
    let newest = model.log.lines().iter().rev();
    let newest = newest.take(200).find(|line| line.severity > super::log::Severity::Routine);
    if let Some(line) = newest {
        let colour = super::log_view::colour(ui, line.severity);
        let font = FontId::proportional(11.5);
        let text = RichText::new(&line.text).font(font).color(colour);
        ui.add(Label::new(text).truncate().selectable(false));
    }
}
