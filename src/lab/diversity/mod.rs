//! How different are the images that grow from one same 1×1 seed: K chains from it at every grid, step by step, their
//! spread, and two answers beside each other.

mod asking;
mod export;
mod fit;
mod playback;
mod seed;
mod settings;
mod sheet;
mod spread;
mod timeline;
mod words;

use super::asks::Asks;
use super::client::Errand;
use super::model::Model;
use super::{format, theme};
use crate::run::{DiversityAnswer, DiversityQuestion, Question, Weights};
use asking::{Asking, Due, Moment};
use eframe::egui::{Align, Button, ColorImage, Key, Label, Layout, RichText, ScrollArea, Ui, UiBuilder, WidgetInfo};
use eframe::egui::{Rect, Slider, accesskit::Role, pos2, vec2};
use playback::Playback;
use settings::Settings;
use sheet::Sheet;
use std::sync::Arc;
use std::time::Duration;

/// Width of the settings, left.
const SIDEBAR: f32 = 226.0;
const SPACE: f32 = 12.0;

/// The panel's own state.
#[derive(Default)]
pub struct Diversity {
    settings: Settings,
    asking: [Asking; SIDES],
    playback: Playback,
    sheet: Sheet,
    /// The run's frame, updates and networks as last seen, to tell a run that began anew.
    seen: (u64, u64, u64),
}

/// Answers side by side, A and B.
const SIDES: usize = 2;

/// The answers of both sides.
type Both<'a> = [Option<&'a Arc<DiversityAnswer>>; SIDES];

impl Diversity {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        self.take_seed(model);
        self.notice_new_run(model);
        let room = ui.available_rect_before_wrap();
        let split = room.left() + SIDEBAR.min(0.45 * room.width());
        let left = Rect::from_min_max(room.min, pos2(split, room.bottom()));
        let right = Rect::from_min_max(pos2(split + SPACE, room.top()), room.max);
        let again = ui
            .scope_builder(UiBuilder::new().max_rect(left).id_salt("settings"), |ui| {
                ScrollArea::vertical().id_salt("settings").auto_shrink([false, false]).show(ui, |ui| {
                    self.settings.ui(ui, model);
                    let again = self.settings.again(ui);
                    self.exports(ui, model, asks);
                    again
                })
            })
            .inner
            .inner;
        if again {
            self.asking.iter_mut().for_each(Asking::again);
        }
        self.ask(ui, model, asks);
        ui.scope_builder(UiBuilder::new().max_rect(right).id_salt("answers"), |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(right.expand(2.0)));
            self.answers(ui, model);
        });
        ui.advance_cursor_after_rect(room);
    }

    /// Looks at the seed that another panel sent here, or at the first of the batch.
    fn take_seed(&mut self, model: &mut Model) {
        let first = || model.frame.grids.first().and_then(|grid| seed::colours(&grid.observed).first().copied());
        let sent = model.seed.or_else(|| if self.settings.seed.seed.is_none() { first() } else { None });
        model.seed = None;
        if let Some(seed) = sent {
            self.settings.seed.choose(seed);
        }
    }

    /// A run that began anew, or has other networks, is asked anew.
    fn notice_new_run(&mut self, model: &Model) {
        let frame = &model.frame;
        let (number, iteration, plan) = self.seen;
        if frame.number < number || frame.iteration < iteration || frame.plan_fingerprint != plan {
            self.asking.iter_mut().for_each(Asking::again);
        }
        self.seen = (frame.number, frame.iteration, frame.plan_fingerprint);
    }

    /// Asks what changed, and what the run's progress has made old.
    fn ask(&mut self, ui: &Ui, model: &Model, asks: &mut Asks) {
        let moments: [Moment<'_>; SIDES] = std::array::from_fn(|slot| Moment {
            now: ui.input(|input| input.time),
            iteration: model.frame.iteration,
            answer: model.answers.diversity[slot].as_deref(),
            follow: self.settings.follow,
        });
        let mut questions = self.settings.questions();
        // Noise that is not locked is new with every question, and the same for both.
        let is_reason = |(slot, wanted): (usize, &Option<DiversityQuestion>)| {
            wanted.as_ref().is_some_and(|wanted| {
                let asking = &self.asking[slot];
                asking.due(wanted, &moments[slot]) == Due::Now && !asking.is_new_in_noise_alone(wanted)
            })
        };
        if !self.settings.locked && questions.iter().enumerate().any(is_reason) {
            self.settings.noise += 1;
            questions = self.settings.questions();
        }
        for (slot, wanted) in questions.into_iter().enumerate() {
            let Some(wanted) = wanted else {
                self.asking[slot].again();
                continue;
            };
            match self.asking[slot].due(&wanted, &moments[slot]) {
                Due::Now => {
                    self.asking[slot].asked(wanted.clone(), &moments[slot]);
                    asks.questions.push(Question::Diversity(slot, wanted));
                }
                Due::In(wait) => ui.ctx().request_repaint_after(Duration::from_secs_f64(wait)),
                Due::Nothing => {}
            }
        }
    }

    /// The answers that are looked at.
    fn both<'a>(&self, model: &'a Model) -> Both<'a> {
        let wanted = [self.settings.seed.seed.is_some(), self.settings.b.is_some()];
        std::array::from_fn(|slot| model.answers.diversity[slot].as_ref().filter(|_| wanted[slot]))
    }

    fn answers(&mut self, ui: &mut Ui, model: &mut Model) {
        let both = self.both(model);
        self.headlines(ui, both);
        let steps = both[0].map_or(0, |answer| answer.steps.len());
        self.playback.advance(
            f64::from(ui.input(|input| input.stable_dt)),
            steps,
            both[0].is_none_or(|answer| answer.progress.done),
        );
        if self.playback.playing {
            ui.ctx().request_repaint_after(Duration::from_secs_f64((1.0 / self.playback.speed).max(0.033)));
        }
        for (slot, answer) in both.into_iter().enumerate() {
            let at = match (slot, both[0], answer) {
                (0, ..) => self.playback.at,
                (_, Some(a), Some(b)) => self.playback.at.and_then(|at| playback::matching(&a.steps, at, &b.steps)),
                _ => None,
            };
            self.sheet.look(ui, slot, answer.map(|answer| (answer, at)));
        }
        if both.iter().flatten().next().is_none() {
            let text = self.nothing_yet(model);
            ui.centered_and_justified(|ui| ui.weak(text));
            return;
        }
        let sheet = vec2(ui.available_width(), (ui.available_height() - timeline::HEIGHT - 34.0).max(60.0));
        let chosen = ui.allocate_ui(sheet, |ui| self.sheet.ui(ui, model)).inner;
        if let Some(seed) = chosen {
            self.settings.seed.choose(seed);
        }
        if let Some(answer) = both[0] {
            self.player(ui, model, answer);
        }
    }

    /// What to do while there is nothing to see.
    fn nothing_yet(&self, model: &Model) -> &'static str {
        if model.frame.grids.is_empty() {
            "The run is still preparing its data. Its first batch gives the seeds to choose from."
        } else if self.settings.seed.seed.is_none() {
            "Choose a seed, left: pick a colour, type R, G, B, or take one of the batch."
        } else if model.over() {
            "The run has ended before it answered."
        } else {
            "Asked. The first chains come as soon as the run's probe has drawn them."
        }
    }

    /// The answers in words, or why there are none.
    fn headlines(&self, ui: &mut Ui, both: Both<'_>) {
        let palette = theme::palette(ui);
        for (slot, answer) in both.into_iter().enumerate() {
            if let Some(error) = answer.and_then(|answer| answer.error.as_ref()) {
                let letter =
                    if self.settings.b.is_some() { format!("{}: ", sheet::LETTERS[slot]) } else { String::new() };
                ui.add(Label::new(RichText::new(format!("{letter}{error}")).color(palette.bad)).wrap());
            }
        }
        let Some(a) = both[0] else { return };
        let text = match both[1].and_then(|b| words::difference(a, b)) {
            Some(text) => Some(text),
            None => words::headline(a),
        };
        let text = RichText::new(text.unwrap_or_else(|| "No spread is known yet.".to_owned()));
        ui.add(Label::new(text.color(palette.strong)).truncate());
    }

    /// How far the answer is, or whose weights it is of.
    fn state(&self, model: &Model, answer: &DiversityAnswer) -> String {
        let progress = answer.progress;
        let side = model.frame.grids.get(progress.grid).map(|grid| format::side(grid.side)).unwrap_or_default();
        let behind = self.settings.a.weights == Weights::Newest && model.frame.iteration > answer.iteration;
        if !progress.done && answer.error.is_none() {
            format!("drawing {side}, step {} of {}", progress.step, progress.steps)
        } else if behind {
            let (then, now) = (format::count(answer.iteration), format::count(model.frame.iteration));
            format!("weights of {then} updates; the run is at {now}")
        } else {
            format!("weights of {} updates", format::count(answer.iteration))
        }
    }

    /// Plays the chains and lets the user scrub through them.
    fn player(&mut self, ui: &mut Ui, model: &Model, answer: &DiversityAnswer) {
        let steps = answer.steps.len();
        let sides: Vec<usize> = model.frame.grids.iter().map(|grid| grid.side).collect();
        let at = self.playback.at.unwrap_or(steps.saturating_sub(1)).min(steps.saturating_sub(1));
        let over = ui.rect_contains_pointer(ui.max_rect()) && ui.memory(|memory| memory.focused().is_none());
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let text = if self.playback.playing { "⏸" } else { "▶" };
            let button = ui.add_enabled(steps > 1, Button::new(text).min_size(vec2(30.0, 22.0)));
            button.widget_info(|| {
                let name = if self.playback.playing { "Pause the chains" } else { "Play the chains" };
                WidgetInfo::labeled(Role::Button, steps > 1, name)
            });
            let toggled = button.on_hover_text("Play the chains step by step (P over the panel)").clicked();
            if toggled || (over && ui.input(|input| input.key_pressed(Key::P))) {
                self.playback.toggle(steps);
            }
            ui.spacing_mut().slider_width = 70.0;
            let speed = Slider::new(&mut self.playback.speed, playback::SPEEDS).logarithmic(true).show_value(false);
            let speed = ui.add(speed).on_hover_text(format!("{:.0} steps a second", self.playback.speed));
            speed.widget_info(|| WidgetInfo::slider(true, self.playback.speed, "Steps a second"));
            ui.label(RichText::new(timeline::position(answer, at, &sides)).font(theme::numbers()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let state = RichText::new(self.state(model, answer)).small().weak();
                ui.add(Label::new(state).truncate().selectable(false));
            });
        });
        match timeline::ui(ui, answer, &sides, at, &model.colours, over) {
            Some(timeline::Moved::To(step)) => self.playback.look_at(step, steps),
            Some(timeline::Moved::By(by)) => self.playback.step(by, steps),
            None => {}
        }
    }

    /// Buttons that hand on what is shown.
    fn exports(&self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        let both = self.both(model);
        let some = both[0].is_some_and(|answer| !answer.grids.is_empty() || !answer.steps.is_empty());
        ui.add_space(8.0);
        ui.horizontal_wrapped(|ui| {
            let button =
                |ui: &mut Ui, text: &str, tip: &str| ui.add_enabled(some, Button::new(text)).on_hover_text(tip);
            if button(ui, "Save PNG…", "The sheet as it is shown").clicked() {
                let rows = export::Rows::of(&self.sheet);
                asks.errands.push(Errand::Export { name: self.name("png"), bytes: Box::new(move || rows.png()) });
            }
            if button(ui, "Save GIF…", "The chains step by step, at the speed they play").clicked() {
                let answers: Vec<_> = both.into_iter().flatten().cloned().collect();
                let speed = self.playback.speed;
                let bytes = Box::new(move || export::gif(&answers, speed));
                asks.errands.push(Errand::Export { name: self.name("gif"), bytes });
            }
            if button(ui, "Copy", "The sheet as it is shown, as an image").clicked() {
                let image = export::Rows::of(&self.sheet).image();
                let size = [image.width() as usize, image.height() as usize];
                ui.ctx().copy_image(ColorImage::from_rgba_unmultiplied(size, &image));
            }
        });
    }

    fn name(&self, end: &str) -> String {
        let [r, g, b] = self.settings.seed.seed.unwrap_or_default();
        format!("diversity_{r}_{g}_{b}.{end}")
    }
}
