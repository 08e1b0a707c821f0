//! Folders and files that are dragged onto the window.

use super::theme::Palette;
use eframe::egui::{Align2, Area, Context, Frame, Id, Order, RichText, Stroke, vec2};
use std::path::{Path, PathBuf};

/// The first folder or file that was dropped since the last drawing.
#[must_use]
pub fn dropped(ctx: &Context) -> Option<PathBuf> {
    ctx.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_path_buf()))
}

/// Whether this is a file of one image, by its name.
#[must_use]
pub fn is_image(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    end.is_some_and(|end| ["png", "jpg", "jpeg", "webp", "bmp", "gif"].contains(&end.as_str()))
}

/// Says what a drop would do, while something is held over the window; `fills` is whether an image would be filled in.
pub fn invitation(ctx: &Context, palette: &Palette, fills: bool) {
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
                let what = if fills { "Drop an image to fill it in" } else { "Drop it to see what is in it" };
                ui.label(RichText::new(what).heading().color(palette.strong));
                ui.add_space(4.0);
                ui.weak("A folder of images, an archive (tar, zip), or arrays (npy, npz, mat, parquet, IDX)");
            });
        });
    });
}
