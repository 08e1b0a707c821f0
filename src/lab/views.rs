//! Curves that views of plugins draw, beside the images.

use super::theme;
use crate::run::Chart;
use eframe::egui::{RichText, Ui};
use egui_plot::{Legend, Line, Plot, PlotPoints};

/// Width and height of a chart in points.
const WIDTH: f32 = 260.0;
const HEIGHT: f32 = 220.0;

/// Draws one view's curves.
pub(super) fn chart(ui: &mut Ui, chart: &Chart) {
    let dark = ui.visuals().dark_mode;
    ui.vertical(|ui| {
        ui.set_min_width(WIDTH);
        ui.label(RichText::new(&chart.name).strong());
        let plot =
            Plot::new(("view", &chart.name)).width(WIDTH).height(HEIGHT).allow_scroll(false).legend(Legend::default());
        plot.show(ui, |plot| {
            for (index, (name, values)) in chart.curves.iter().enumerate() {
                let points: PlotPoints = values.iter().enumerate().map(|(x, &y)| [x as f64, y]).collect();
                plot.line(Line::new(name.clone(), points).color(theme::series(index, dark)));
            }
        });
    });
}
