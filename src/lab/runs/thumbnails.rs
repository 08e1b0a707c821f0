//! Textures of the thumbnails that were seen.

use super::super::atlas::Atlas;
use super::super::theme;
use crate::run::{Pictures, RunSummary};
use eframe::egui::{Color32, Mesh, Rect, Ui};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A texture for each run whose row was drawn.
#[derive(Default)]
pub struct Thumbnails(BTreeMap<PathBuf, (Arc<Pictures>, Option<Atlas>)>);

impl Thumbnails {
    /// Paints the thumbnail of a run, or an empty well where it has none.
    pub fn paint(&mut self, ui: &Ui, run: &RunSummary, rect: Rect) {
        let (pictures, atlas) = self.0.entry(run.directory.clone()).or_default();
        if !Arc::ptr_eq(pictures, &run.thumbnail) {
            *pictures = run.thumbnail.clone();
            Atlas::fill(atlas, ui.ctx(), "run thumbnail", pictures);
        }
        match atlas {
            Some(atlas) => {
                let mut mesh = Mesh::with_texture(atlas.id());
                mesh.add_rect_with_uv(rect, atlas.uv(0), Color32::WHITE);
                ui.painter().add(mesh);
            }
            None => {
                ui.painter().rect_filled(rect, 3.0, theme::palette(ui).well);
            }
        }
    }

    /// Forgets those of runs that are not listed.
    pub fn keep(&mut self, list: &[RunSummary]) {
        self.0.retain(|path, _| list.iter().any(|run| run.directory == *path));
    }
}
