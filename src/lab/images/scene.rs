//! A frame as it is drawn: what can be copied and saved of it, and under which name.

use super::contrast::{Contrast, Tone};
use super::export::{self, Canvas};
use super::pick::{Pick, Row};
use crate::lab::client::Errand;
use crate::run::{Frame, Pictures};
use eframe::egui::{ColorImage, Context};
use std::sync::Arc;

/// A picture is copied as large as this at least, in pixels: other programs would blur small ones.
const COPIED: usize = 256;

/// A frame as it is drawn.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub frame: &'a Arc<Frame>,
    pub contrast: &'a Contrast,
    pub tone: &'a Tone,
}

impl Scene<'_> {
    /// Puts a picture on the clipboard, its pixels kept square.
    pub fn copy(&self, ctx: &Context, pick: Pick) {
        if let Some(picture) = pick.picture(self.frame) {
            copy(ctx, &self.tone.drawn(picture));
        }
    }

    /// Saves one picture, pixel for pixel.
    #[must_use]
    pub fn save(&self, pick: Pick) -> Option<Errand> {
        let picture = pick.picture(self.frame)?;
        let side = picture.side;
        let name = format!("image-{}-{}-{side}x{side}", pick.index + 1, pick.row.name());
        let tone = self.tone.clone();
        Some(self.png(&name, move || export::single(&tone.drawn(picture), 1)))
    }

    /// Saves all pictures of a row at one grid, in this order.
    #[must_use]
    pub fn save_block(&self, row: Row, grid: usize, order: &[usize]) -> Option<Errand> {
        let pictures = row.of(self.frame.grids.get(grid)?);
        let order: Vec<usize> = order.iter().copied().filter(|&at| at < pictures.count).collect();
        let side = pictures.side;
        let (frame, tone) = (Arc::clone(self.frame), self.tone.clone());
        let draw = move || {
            let pictures = frame.grids.get(grid).map(|grid| tone.drawn(row.of(grid).clone()));
            export::block(&pictures.unwrap_or_default(), &order)
        };
        Some(self.png(&format!("{}-{side}x{side}", row.name()), draw))
    }

    /// Saves one image at every grid, coarse to fine.
    #[must_use]
    pub fn save_row(&self, pick: Pick) -> Errand {
        let grids = 0..self.frame.grids.len();
        let pictures: Vec<Pictures> = grids.filter_map(|grid| Pick { grid, ..pick }.picture(self.frame)).collect();
        let name = format!("image-{}-{}-all-grids", pick.index + 1, pick.row.name());
        let tone = self.tone.clone();
        self.png(&name, move || {
            export::row(&pictures.into_iter().map(|picture| tone.drawn(picture)).collect::<Vec<_>>())
        })
    }

    fn png(&self, name: &str, draw: impl FnOnce() -> Canvas + Send + 'static) -> Errand {
        let name = format!("{name}-at-{}{}.png", self.frame.iteration, self.contrast.suffix(self.frame.range));
        Errand::Export { name, bytes: Box::new(move || draw().png()) }
    }
}

/// Puts a picture on the clipboard as it is.
pub fn copy(ctx: &Context, picture: &Pictures) {
    let canvas = export::single(picture, COPIED.div_ceil(picture.side.max(1)));
    let (size, rgba) = canvas.parts();
    ctx.copy_image(ColorImage::from_rgba_unmultiplied(size, rgba));
}
