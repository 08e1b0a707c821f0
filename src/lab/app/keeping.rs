//! Settings, kept when they have changed and rested, and as the window closes.

use super::Lab;
use crate::lab::client::Errand;
use crate::lab::keys::Bindings;
use crate::lab::settings::Settings;
use eframe::egui::Context;
use std::time::Duration;

impl Lab {
    /// The settings as they are now.
    fn settings(&self, ctx: &Context) -> String {
        let settings = Settings {
            theme: ctx.options(|options| options.theme_preference),
            zoom: ctx.zoom_factor(),
            layout: self.tree.clone(),
            bindings: (*Bindings::of(ctx)).clone(),
            recent: self.recent.clone(),
            // Who has begun it knows where it is.
            toured: true,
            preferences: self.panels.preferences(),
        };
        settings.write()
    }

    /// Has settings kept that have changed and rested.
    pub(super) fn keep_settings(&mut self, ctx: &Context) {
        let now = ctx.input(|input| input.time);
        let wait = self.keeper.wait(now);
        if wait > 0.0 {
            if ctx.input(|input| !input.events.is_empty()) || self.keeper.is_behind() {
                ctx.request_repaint_after(Duration::from_secs_f64(wait));
            }
            return;
        }
        let current = self.settings(ctx);
        if let Some(text) = self.keeper.look(now, current)
            && self.client.ask(Errand::SaveSettings(text.clone()))
        {
            self.keeper.keep(text);
        }
        if self.keeper.is_behind() {
            ctx.request_repaint_after(Duration::from_secs_f64(self.keeper.wait(now)));
        }
    }

    /// Has settings kept that have changed at all: the window closes.
    pub(super) fn keep_settings_now(&mut self) {
        let current = self.settings(&self.ctx);
        if self.keeper.differs(&current) && self.client.ask(Errand::SaveSettings(current.clone())) {
            self.keeper.keep(current);
        }
    }
}
