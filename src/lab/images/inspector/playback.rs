//! A chain played step by step: all grids of one image, from its 1×1 version.

use super::scrubber::Scrubber;
use super::view;
use crate::lab::asks::Asks;
use crate::lab::atlas::{Atlas, Look};
use crate::lab::client::Errand;
use crate::lab::images::contrast::{Contrast, Tone};
use crate::lab::images::export;
use crate::lab::images::pick::Pick;
use crate::lab::images::zoom::Zoom;
use crate::lab::{format, theme};
use crate::run::{ChainSettings, ChainStep, DiversityAnswer, DiversityQuestion, Frame, Question, Slot};
use eframe::egui::{Color32, Key, RichText, Slider, Ui, WidgetInfo};
use std::sync::Arc;
use std::time::Duration;

/// The probe's answers to this panel.
pub const PLAYBACK: Slot = 2;

/// Side of the picture in points.
const SIDE: f32 = 168.0;
/// Steps a second at first: 30 ms a step.
const SPEED: f32 = 1_000.0 / 30.0;

/// A chain that is played.
pub struct Playback {
    asked: Option<Asked>,
    /// Steps from the start; whole ones are shown.
    position: f64,
    playing: bool,
    /// Begin again at the end.
    looping: bool,
    /// Steps a second, 1 to 240.
    speed: f32,
    scrubber: Scrubber,
    atlas: Option<Atlas>,
    /// What the texture holds.
    filled: Option<(Arc<crate::run::Pictures>, Contrast, bool)>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    pick: Pick,
    seed: [u8; 3],
    /// Names the noise.
    noise: u64,
    /// Answers before it: the chain that is shown until then is another one.
    before: u64,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            asked: None,
            position: 0.0,
            playing: true,
            looping: false,
            speed: SPEED,
            scrubber: Scrubber::default(),
            atlas: None,
            filled: None,
        }
    }
}

/// How steps are drawn.
pub struct Drawing<'a> {
    pub zoom: &'a mut Zoom,
    pub contrast: &'a Contrast,
    pub tone: &'a Tone,
    pub smooth: bool,
    pub range: [f32; 2],
    /// Colour of the grid of a side.
    pub colour: &'a dyn Fn(usize) -> Color32,
}

impl Playback {
    /// Asks for a chain from the picture's 1×1 version.
    pub fn ask(&mut self, pick: Pick, frame: &Frame, answer: Option<&Arc<DiversityAnswer>>, asks: &mut Asks) {
        let Some(seed) = pick.seed(frame) else {
            return;
        };
        let noise = self.asked.as_ref().map_or(0, |asked| asked.noise) + 1;
        let chains = ChainSettings { noise, ..ChainSettings::default() };
        let question = DiversityQuestion { seeds: vec![seed], others: 0, copies: 1, chains };
        asks.questions.push(Question::Diversity(PLAYBACK, question));
        self.asked = Some(Asked { pick, seed, noise, before: answer.map_or(0, |answer| answer.number) });
        (self.position, self.playing) = (0.0, true);
    }

    /// The image that was asked about.
    #[must_use]
    pub fn pick(&self) -> Option<Pick> {
        self.asked.as_ref().map(|asked| asked.pick)
    }

    /// The step that is shown.
    fn at(&self, steps: &[ChainStep]) -> usize {
        (self.position.max(0.0) as usize).min(steps.len().saturating_sub(1))
    }

    /// Moves on by `seconds`; whether it goes on moving. A chain that is still being drawn is waited for.
    fn advance(&mut self, seconds: f32, answer: &DiversityAnswer) -> bool {
        let last = answer.steps.len().saturating_sub(1) as f64;
        if !self.playing {
            return false;
        }
        self.position += f64::from(seconds * self.speed);
        if self.position < last {
            return true;
        }
        if answer.progress.done && self.looping && last > 0.0 {
            self.position = 0.0;
            return true;
        }
        self.position = last;
        self.playing = !answer.progress.done;
        false
    }

    fn move_by(&mut self, steps: f64, last: usize) {
        self.playing = false;
        self.position = (self.position.floor() + steps).clamp(0.0, last as f64);
    }

    /// Draws the player; true when a new chain is asked for.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        answer: Option<&Arc<DiversityAnswer>>,
        drawing: &mut Drawing<'_>,
        asks: &mut Asks,
    ) -> bool {
        let Some(asked) = self.asked.clone() else {
            return ui.button("Play the chain").clicked();
        };
        // An answer to an earlier question is no answer to this one.
        let answer = answer.filter(|answer| answer.number > asked.before && answer.seeds.first() == Some(&asked.seed));
        let Some(answer) = answer.filter(|answer| answer.error.is_some() || !answer.steps.is_empty()) else {
            ui.weak("drawing the first steps …");
            return false;
        };
        if let Some(error) = &answer.error {
            ui.colored_label(theme::palette(ui).bad, error);
            return ui.button("Ask again").clicked();
        }
        self.keys(ui, answer.steps.len() - 1);
        let delta = ui.input(|input| input.stable_dt).min(0.1);
        if self.advance(delta, answer) {
            ui.ctx().request_repaint_after(Duration::from_secs_f32((1.0 / self.speed).max(0.016)));
        }
        ui.horizontal_top(|ui| {
            self.picture(ui, &answer.steps[self.at(&answer.steps)], drawing);
            ui.vertical(|ui| self.controls(ui, answer, drawing, asks)).inner
        })
        .inner
    }

    fn picture(&mut self, ui: &mut Ui, step: &ChainStep, drawing: &mut Drawing<'_>) {
        let (contrast, smooth) = (*drawing.contrast, drawing.smooth);
        let fresh = self.filled.as_ref().is_some_and(|(pictures, with, blurred)| {
            Arc::ptr_eq(pictures, &step.pictures) && *with == contrast && *blurred == smooth
        });
        if !fresh {
            let look = Look { smooth, table: &|rgba| drawing.tone.table(rgba) };
            Atlas::fill_as(&mut self.atlas, ui.ctx(), "playback", &step.pictures, &look);
            self.filled = Some((Arc::clone(&step.pictures), contrast, smooth));
        }
        view::ui(ui, self.atlas.as_ref(), 0, SIDE, drawing.zoom, "Step of the chain");
    }

    fn controls(&mut self, ui: &mut Ui, answer: &Arc<DiversityAnswer>, drawing: &Drawing<'_>, asks: &mut Asks) -> bool {
        let at = self.at(&answer.steps);
        ui.label(RichText::new(words(&answer.steps, at)).font(theme::numbers()));
        if let Some(to) = self.scrubber.ui(ui, answer, at, drawing.colour) {
            (self.position, self.playing) = (to as f64, false);
        }
        let last = answer.steps.len() - 1;
        ui.horizontal_wrapped(|ui| {
            if ui.button("‹").on_hover_text("One step back (,)").clicked() {
                self.move_by(-1.0, last);
            }
            let (face, tip) = if self.playing { ("⏸ Hold", "Hold (K)") } else { ("▶ Play", "Play (K)") };
            if ui.button(face).on_hover_text(tip).clicked() {
                self.toggle(last);
            }
            if ui.button("›").on_hover_text("One step on (.)").clicked() {
                self.move_by(1.0, last);
            }
            let slider = Slider::new(&mut self.speed, 1.0..=240.0).logarithmic(true).max_decimals(0).suffix(" steps/s");
            let speed = ui.add(slider);
            speed.widget_info(|| WidgetInfo::slider(true, f64::from(self.speed), "Speed"));
            ui.checkbox(&mut self.looping, "loop");
        });
        let note = "A new chain from the same 1×1 version, with averaged weights and noise of its own.";
        ui.weak(RichText::new(note).small()).on_hover_text("It need not end in the picture that the run shows");
        ui.horizontal_wrapped(|ui| {
            let tip = "An animated GIF, 30 ms a step; it keeps 256 colours a picture";
            if ui
                .add_enabled(answer.progress.done, eframe::egui::Button::new("Save as GIF …"))
                .on_hover_text(tip)
                .clicked()
            {
                asks.errands.extend(self.save(answer, drawing));
            }
            ui.button("Another chain").on_hover_text("From the same 1×1 version, with other noise").clicked()
        })
        .inner
    }

    fn save(&self, answer: &Arc<DiversityAnswer>, drawing: &Drawing<'_>) -> Option<Errand> {
        let asked = self.asked.as_ref()?;
        let suffix = drawing.contrast.suffix(drawing.range);
        let name = format!("chain-of-image-{}-at-{}{suffix}.gif", asked.pick.index + 1, answer.iteration);
        let (answer, tone) = (Arc::clone(answer), drawing.tone.clone());
        let bytes = move || {
            let steps: Vec<_> = answer.steps.iter().map(|step| Arc::clone(&step.pictures)).collect();
            export::gif(&steps, &tone)
        };
        Some(Errand::Export { name, bytes: Box::new(bytes) })
    }

    fn toggle(&mut self, last: usize) {
        if !self.playing && self.position >= last as f64 {
            self.position = 0.0;
        }
        self.playing = !self.playing;
    }

    fn keys(&mut self, ui: &Ui, last: usize) {
        if ui.ctx().text_edit_focused() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(eframe::egui::Modifiers::NONE, key));
        if pressed(Key::Comma) {
            self.move_by(-1.0, last);
        }
        if pressed(Key::Period) {
            self.move_by(1.0, last);
        }
        if pressed(Key::K) {
            self.toggle(last);
        }
    }
}

/// Where a step is: grid, step of how many on that grid, and energy.
fn words(steps: &[ChainStep], at: usize) -> String {
    let Some(step) = steps.get(at) else {
        return String::new();
    };
    let last = steps.iter().rev().find(|other| other.grid == step.grid).map_or(0, |other| other.step);
    let energy = step.energy.map_or_else(String::new, |energy| format!("  E {}", format::number(energy)));
    format!("{}  step {} of {last}{energy}", format::side(step.pictures.side), step.step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::images::pick::Row;
    use crate::run::{ChainProgress, Pictures};

    fn answer(done: bool) -> DiversityAnswer {
        let step = |grid: usize, step| ChainStep {
            grid,
            step,
            pictures: Arc::new(Pictures { side: 4 * grid, count: 1, rgba: vec![0; 64 * grid * grid] }),
            energy: (step > 0).then_some(-1.5),
        };
        let steps = (1..=2).flat_map(|grid| (0..=5).map(move |at| step(grid, at))).collect();
        DiversityAnswer { steps, progress: ChainProgress { done, ..Default::default() }, ..Default::default() }
    }

    #[test]
    fn it_plays_to_the_end_and_stops_or_begins_again() {
        let mut player = Playback { speed: 10.0, ..Playback::default() };
        let answer = answer(true);
        assert!(player.advance(0.5, &answer));
        assert_eq!(player.at(&answer.steps), 5);
        assert!(!player.advance(5.0, &answer) && !player.playing);
        assert_eq!(player.at(&answer.steps), 11);
        player.toggle(11);
        assert_eq!((player.position, player.playing), (0.0, true), "playing again begins again");
        player.looping = true;
        assert!(player.advance(5.0, &answer) && player.playing && player.position == 0.0);
    }

    #[test]
    fn a_chain_that_is_still_drawn_is_waited_for() {
        let mut player = Playback { speed: 10.0, looping: true, ..Playback::default() };
        let growing = answer(false);
        assert!(!player.advance(5.0, &growing), "nothing to redraw until more steps come");
        assert!(player.playing && player.at(&growing.steps) == 11);
    }

    #[test]
    fn steps_by_hand_hold_the_player_and_stay_in_the_chain() {
        let mut player = Playback { position: 0.7, ..Playback::default() };
        player.move_by(-1.0, 11);
        assert_eq!((player.position, player.playing), (0.0, false));
        player.move_by(99.0, 11);
        assert_eq!(player.position, 11.0);
    }

    #[test]
    fn a_step_is_told_by_grid_step_and_energy() {
        let steps = answer(true).steps;
        assert_eq!(words(&steps, 0), "4×4  step 0 of 5");
        assert_eq!(words(&steps, 8), "8×8  step 2 of 5  E -1.500");
        assert_eq!(words(&[], 3), "");
    }

    #[test]
    fn another_chain_has_other_noise_in_the_panels_own_slot() {
        let picture = Pictures { side: 1, count: 1, rgba: vec![9, 8, 7, 255] };
        let grid = crate::run::GridFrame { side: 1, synthesized: picture, ..Default::default() };
        let frame = Frame { grids: vec![grid], ..Frame::default() };
        let (mut player, mut asks) = (Playback::default(), Asks::default());
        let pick = Pick { row: Row::Synthesized, grid: 0, index: 0 };
        player.ask(pick, &frame, None, &mut asks);
        player.ask(pick, &frame, None, &mut asks);
        let noises: Vec<u64> = asks
            .questions
            .iter()
            .map(|question| match question {
                Question::Diversity(PLAYBACK, asked) if asked.seeds == [[9, 8, 7]] && asked.copies == 1 => {
                    asked.chains.noise
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(noises, [1, 2]);
    }
}
