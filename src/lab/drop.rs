//! Folders and files that are dragged onto the window.

use super::theme::Palette;
use eframe::egui::{Align2, Area, Context, Frame, Id, Order, RichText, Stroke, vec2};
use std::path::PathBuf;

/// The first folder or file that was dropped since the last drawing.
#[must_use]
pub fn dropped(ctx: &Context) -> Option<PathBuf> {
    ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_path_buf()))
}

/// Says what a drop would do, while something is held over the window.
pub fn invitation(ctx: &Context, palette: &Palette) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let window = ctx.content_rect();
    let area = Area::new(Id::unique("drop")).order(Order::Foreground).interactable(false);
    ctx.layer_painter(area.layer()).rect_filled(window, 0.0, palette.ground.gamma_multiply(0.82));
    area.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(ctx, |ui| {
        let edge = Stroke::new(1.5, palette.ember);
        Frame::NONE.fill(palette.panel).stroke(edge).corner_radius(8).inner_margin(28).show(ui, |ui| {
            ui.set_max_width(420.0);
            ui.vertical_centered(|ui| {
                ui.label(RichText::new("Drop it to see what is in it").heading().color(palette.strong));
                ui.add_space(4.0);
                ui.weak("A folder of images, an archive (tar, zip), or arrays (npy, npz, mat, parquet, IDX)");
            });
        });
    });
}
