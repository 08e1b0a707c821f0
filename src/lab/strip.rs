//! One row of pictures, uploaded when it changed.

use super::atlas::Atlas;
use super::loupe;
use crate::run::Pictures;
use eframe::egui::{Color32, Context, Mesh, Rect, Sense, Ui, WidgetInfo, accesskit::Role};

/// Some pictures of one side, and their texture.
#[derive(Default)]
pub struct Strip {
    pub pictures: Pictures,
    atlas: Option<Atlas>,
}

impl Strip {
    /// Holds `count` of `all` from `first` on; false when there is none.
    pub fn show(&mut self, ctx: &Context, name: &str, all: &Pictures, first: usize, count: usize) -> bool {
        let bytes = all.side * all.side * 4;
        let held = all.count.min(all.rgba.len() / bytes.max(1));
        let (from, to) = (first.min(held), (first + count).min(held));
        let part = &all.rgba[from * bytes..to * bytes];
        if self.pictures.side != all.side || self.pictures.rgba != part || self.atlas.is_none() {
            self.pictures = Pictures { side: all.side, count: to - from, rgba: part.to_vec() };
            Atlas::fill(&mut self.atlas, ctx, name, &self.pictures);
        }
        self.atlas.is_some()
    }

    /// Draws the pictures in their cells within `rect`, and a large view of the one under the pointer.
    pub fn ui(&self, ui: &Ui, rect: Rect, cell: impl Fn(usize) -> Rect, of: &str, (tint, range): (Color32, [f32; 2])) {
        let Some(atlas) = &self.atlas else { return };
        let mut mesh = Mesh::with_texture(atlas.id());
        for at in 0..atlas.count {
            mesh.add_rect_with_uv(cell(at), atlas.uv(at), tint);
        }
        ui.painter().add(mesh);
        let response = ui.interact(rect, ui.scope_id().with(("strip", of)), Sense::hover());
        let name = format!("{of}, {} chains", atlas.count);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let Some(pointer) = response.hover_pos() else { return };
        if let Some(at) = (0..atlas.count).find(|&at| cell(at).contains(pointer)) {
            let within = (pointer - cell(at).min) / cell(at).width();
            let view = loupe::View { title: of, at, count: atlas.count, within, range };
            loupe::show(ui, &response, atlas, &self.pictures, &view);
        }
    }
}
