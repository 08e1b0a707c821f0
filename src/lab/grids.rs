//! The grids panel: the numbers of every grid's last update, side by side.

use super::model::{Alarm, Model};
use super::{format, theme};
use crate::run::GridUpdate;
use eframe::egui::{Align, Color32, Label, Layout, RichText, Sense, Ui, Vec2};
use egui_extras::{Column, TableBuilder, TableRow};

const ROW: f32 = 21.0;

/// Title, explanation and number of a column.
type Cell = (&'static str, &'static str, fn(&GridUpdate) -> String);

const CELLS: [Cell; 10] = [
    ("E obs", "Mean energy of the observed images (low = likely)", |u| format::number(u.observed_energy)),
    ("E synth", "Mean energy of the synthesized images (low = likely)", |u| format::number(u.synthesized_energy)),
    ("gap", "Mean score of observed less synthesized; amber or red when it leaves its usual size", |u| {
        format::number(u.gap)
    }),
    ("|g| l1", "l1 norm of the learning gradient (9)", |u| format::number(u.gradient_l1)),
    ("|g| l2", "l2 norm of the gradient, before clipping", |u| format::number(u.gradient_norm)),
    ("T", "Effective temperature s²/2c of the chain", |u| {
        u.temperature.map_or_else(|| "script".into(), format::number)
    }),
    ("clamped", "Share of values at an edge of the box", |u| format::percent(u.clamped)),
    ("governor", "Share of the contrast let through", |u| format::percent(u.governor)),
    ("rate", "Learning rate, cuts after divergences included", |u| format::number(u.rate)),
    ("ms/step", "Median time of one MCMC step, milliseconds", |u| format::number(u.step_ms)),
];

/// Draws the panel.
pub fn ui(ui: &mut Ui, model: &Model) {
    let frame = &model.frame;
    if frame.grids.is_empty() {
        ui.weak("No grids yet.");
        return;
    }
    let right = Layout::right_to_left(Align::Center);
    let dark = ui.visuals().dark_mode;
    eframe::egui::ScrollArea::horizontal().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let table = TableBuilder::new(ui)
            .striped(true)
            .column(Column::exact(62.0))
            .columns(Column::remainder().at_least(58.0).at_most(96.0), CELLS.len())
            .cell_layout(right);
        let table = table.header(ROW, |mut header| {
            header.col(|ui| {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.weak("grid"));
            });
            for (title, tip, _) in CELLS {
                header.col(|ui| {
                    ui.add(Label::new(RichText::new(title).weak()).extend()).on_hover_text(tip);
                });
            }
        });
        table.body(|body| {
            body.rows(ROW, frame.grids.len(), |mut row| {
                let index = row.index();
                let Some(grid) = frame.grids.get(index) else {
                    return;
                };
                let sampling = index > 0 && frame.sampling_grid == index;
                name(&mut row, grid.side, sampling, (index > 0).then(|| model.colours.of(grid.side, dark)));
                match &grid.update {
                    Some(update) => numbers(&mut row, update, model.gap_alarm(grid.side, update.gap)),
                    None => (0..CELLS.len()).for_each(|_| {
                        row.col(|ui| {
                            ui.weak("–");
                        });
                    }),
                }
            });
        });
    });
}

fn name(row: &mut TableRow<'_, '_>, side: usize, sampling: bool, colour: Option<Color32>) {
    row.col(|ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (dot, _) = ui.allocate_exact_size(Vec2::splat(7.0), Sense::hover());
            if let Some(colour) = colour {
                ui.painter().circle_filled(dot.center(), 3.5, colour);
            }
            let mut text = RichText::new(format::side(side)).strong();
            if sampling {
                text = text.color(theme::palette(ui).ember);
            }
            let hint = if sampling { "The chains are here now" } else { "" };
            let label = ui.add(Label::new(text).extend());
            if !hint.is_empty() {
                label.on_hover_text(hint);
            }
        });
    });
}

fn numbers(row: &mut TableRow<'_, '_>, update: &GridUpdate, gap: Alarm) {
    for (title, _, text) in CELLS {
        row.col(|ui| {
            let mut number = RichText::new(text(update)).font(theme::numbers());
            if let Some(colour) = warning(ui, title, update, gap) {
                number = number.color(colour).strong();
            }
            ui.add(Label::new(number).extend());
        });
    }
}

/// The colour of a number that asks for attention.
fn warning(ui: &Ui, title: &str, update: &GridUpdate, gap: Alarm) -> Option<Color32> {
    let alarm = match title {
        "gap" => gap,
        "clamped" => Alarm::above(update.clamped, 0.2, 0.9),
        "governor" => Alarm::above(1.0 - update.governor, 0.01, 0.75),
        _ => Alarm::Calm,
    };
    let palette = theme::palette(ui);
    match alarm {
        Alarm::Calm => None,
        Alarm::Strained => Some(palette.warn),
        Alarm::Failing => Some(palette.bad),
    }
}
