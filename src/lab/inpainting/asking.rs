//! When the probe is asked: whenever something changed, but no more often than it could answer.

use super::mask::Mask;
use super::settings::Settings;
use crate::run::{InpaintingQuestion, Pictures, Question};
use eframe::egui::Context;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Seconds between two questions at least.
const PACE: f64 = 0.03;

/// All that a question depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Changes of the mask, and number of the image.
    pub mask: u64,
    pub image: u64,
    pub settings: Settings,
    /// Which run is asked, and the pyramid that it has.
    pub run: Instant,
    pub plan: u64,
}

/// What was asked last.
#[derive(Debug, Default)]
pub struct Asking {
    asked: Option<Cause>,
    /// Seconds of the window's clock when it was asked.
    at: f64,
}

impl Asking {
    /// Asks if anything changed, now or, after a question just before, a little later: the newest change counts then.
    /// Noise that is not locked is new for each mask.
    pub fn ask(
        &mut self,
        ctx: &Context,
        mut cause: Cause,
        settings: &mut Settings,
        image: &Arc<Pictures>,
        mask: &Mask,
        out: &mut Vec<Question>,
    ) {
        if self.asked.as_ref() == Some(&cause) {
            return;
        }
        let now = ctx.input(|input| input.time);
        let wait = self.at + PACE - now;
        if self.asked.is_some() && wait > 0.0 {
            ctx.request_repaint_after(Duration::from_secs_f64(wait.min(PACE)));
            return;
        }
        if !settings.locked && self.asked.as_ref().is_some_and(|asked| asked.mask != cause.mask) {
            settings.chains.noise = settings.chains.noise.wrapping_add(1);
            cause.settings.chains.noise = settings.chains.noise;
        }
        self.at = now;
        self.asked = Some(cause);
        out.push(Question::Inpainting(Some(InpaintingQuestion {
            image: Arc::clone(image),
            mask: Arc::new(mask.values.clone()),
            fills: settings.fills,
            keep_moving: settings.keep_moving,
            chains: settings.chains.clone(),
        })));
    }

    /// Tells the probe to stop, if it was asked.
    pub fn stop(&mut self, out: &mut Vec<Question>) {
        if self.asked.take().is_some() {
            out.push(Question::Inpainting(None));
        }
    }
}
