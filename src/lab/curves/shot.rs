//! A picture of the panel as it is on the screen: asked for, taken once menus are closed, and cut out.

use super::super::asks::Asks;
use super::super::model::Model;
use super::{Curves, export};
use eframe::egui::{ColorImage, Rect, Ui};
use std::sync::{Arc, Mutex, PoisonError};

/// Room around the charts, in points; the panel has more.
const MARGIN: f32 = 6.0;

/// How far a picture is.
#[derive(Default)]
pub enum Shot {
    #[default]
    None,
    /// The next drawing is the one to take.
    Due,
    /// The window is being read: which part is wanted, at how many pixels a point.
    Taking { part: Rect, scale: f32, window: Arc<Mutex<Option<Arc<ColorImage>>>> },
}

impl Shot {
    /// Whether this drawing is to be clean: no cursor in it.
    #[must_use]
    pub fn is_due(&self) -> bool {
        !matches!(self, Self::None)
    }
}

impl Curves {
    /// Goes on with a picture that was asked for.
    pub(super) fn take_shot(&mut self, ui: &Ui, model: &Model, asks: &mut Asks) {
        match &self.shot {
            Shot::None => {}
            Shot::Due => {
                let window = Arc::new(Mutex::new(None));
                let (slot, ctx) = (Arc::clone(&window), ui.ctx().clone());
                ui.ctx().request_screenshot(move |image| {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(image);
                    ctx.request_repaint();
                });
                let part = ui.available_rect_before_wrap().expand(MARGIN);
                self.shot = Shot::Taking { part, scale: ui.ctx().pixels_per_point(), window };
            }
            Shot::Taking { part, scale, window } => {
                let taken = window.lock().unwrap_or_else(PoisonError::into_inner).take();
                let Some(image) = taken else { return };
                match export::picture(&self.run_name(model), image, *part, *scale) {
                    Some(errand) => asks.errands.push(errand),
                    None => asks.notice = Some("The curves are too small for a picture of them.".to_owned()),
                }
                self.shot = Shot::None;
            }
        }
    }
}
