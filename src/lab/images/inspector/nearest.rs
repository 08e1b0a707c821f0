//! The nearest training image of a picture: was it memorized?

use super::view;
use crate::lab::asks::Asks;
use crate::lab::atlas::Atlas;
use crate::lab::images::pick::{Pick, Row};
use crate::lab::images::zoom::Zoom;
use crate::lab::model::Alarm;
use crate::lab::{format, theme};
use crate::run::{Frame, NearestAnswer, NearestQuestion, Pictures, Question};
use eframe::egui::{RichText, Ui};
use std::sync::Arc;

/// Side of the pictures in points.
const SIDE: f32 = 128.0;
/// A distance below this, half a step of 8 bits, is none.
const NONE: f64 = 0.5 / 255.0;

/// What was asked about.
struct Asked {
    picture: Arc<Pictures>,
    pick: Pick,
    title: String,
    /// Answers before it.
    before: u64,
}

/// The comparison with the training images.
#[derive(Default)]
pub struct Nearest {
    asked: Option<Asked>,
    pair: [Option<Atlas>; 2],
    /// The answer that the textures hold.
    filled: Option<Arc<NearestAnswer>>,
}

impl Nearest {
    /// Asks about a picture as it is now.
    pub fn ask(&mut self, pick: Pick, frame: &Frame, answer: Option<&Arc<NearestAnswer>>, asks: &mut Asks) {
        let Some(picture) = pick.picture(frame).map(Arc::new) else {
            return;
        };
        asks.questions.push(Question::Nearest(NearestQuestion { pictures: Arc::clone(&picture) }));
        let title =
            format!("image {} · {} · iteration {}", pick.index + 1, pick.title(frame), format::count(frame.iteration));
        self.asked = Some(Asked { picture, pick, title, before: answer.map_or(0, |answer| answer.number) });
    }

    /// The answer to what was asked about this picture, if it has come.
    #[must_use]
    pub fn answer<'a>(&self, answer: Option<&'a Arc<NearestAnswer>>) -> Option<&'a Arc<NearestAnswer>> {
        let asked = self.asked.as_ref()?;
        answer.filter(|answer| Arc::ptr_eq(&answer.asked, &asked.picture) || answer.asked == asked.picture)
    }

    /// The nearest training image of this very picture, if it is known.
    #[must_use]
    pub fn of(&self, pick: Pick, answer: Option<&Arc<NearestAnswer>>) -> Option<Pictures> {
        let answer = self.answer(answer).filter(|answer| answer.error.is_none() && answer.nearest.count > 0)?;
        self.asked.as_ref().filter(|asked| asked.pick == pick).map(|_| answer.nearest.clone())
    }

    /// Draws the comparison; true when it shall be asked about the picture in the inspector.
    pub fn ui(&mut self, ui: &mut Ui, pick: Pick, answer: Option<&Arc<NearestAnswer>>, zoom: &mut Zoom) -> bool {
        let Some(asked) = &self.asked else {
            return ui.button("Search the training images").clicked();
        };
        let overtaken = answer.is_some_and(|answer| answer.number > asked.before);
        let label = if asked.pick == pick { "Search again, as it is now" } else { "Search for this picture" };
        let again = |ui: &mut Ui| (overtaken || asked.pick != pick) && ui.button(label).clicked();
        match self.answer(answer).cloned() {
            Some(answer) => {
                fill(&mut self.pair, &mut self.filled, ui, &answer);
                ui.horizontal_top(|ui| {
                    for (atlas, label) in self.pair.iter().zip(["the picture asked about", "nearest training image"]) {
                        ui.vertical(|ui| {
                            view::ui(ui, atlas.as_ref(), 0, SIDE, zoom, label);
                            ui.weak(RichText::new(label).small());
                        });
                    }
                    ui.vertical(|ui| {
                        numbers(ui, &answer, asked);
                        again(ui)
                    })
                    .inner
                })
                .inner
            }
            None if overtaken => {
                ui.weak("Another panel has asked since.");
                again(ui)
            }
            None => {
                ui.weak(format!("searching the training images for {} …", asked.title));
                again(ui)
            }
        }
    }
}

/// Puts the two pictures of an answer into textures, once.
fn fill(pair: &mut [Option<Atlas>; 2], filled: &mut Option<Arc<NearestAnswer>>, ui: &Ui, answer: &Arc<NearestAnswer>) {
    if filled.as_ref().is_some_and(|filled| Arc::ptr_eq(filled, answer)) {
        return;
    }
    *filled = Some(Arc::clone(answer));
    for (slot, pictures) in pair.iter_mut().zip([answer.asked.as_ref(), &answer.nearest]) {
        Atlas::fill(slot, ui.ctx(), "nearest training image", pictures);
    }
}

fn numbers(ui: &mut Ui, answer: &NearestAnswer, asked: &Asked) {
    let palette = theme::palette(ui);
    ui.weak(&asked.title);
    if let Some(error) = &answer.error {
        ui.colored_label(palette.bad, error);
        return;
    }
    if let Some(name) = answer.names.first().filter(|name| !name.is_empty()) {
        ui.label(name);
    }
    let Some(&distance) = answer.distances.first() else {
        return;
    };
    let tip = "Root mean square error as a share of the model's range";
    let line =
        |name: &str, value: f64| RichText::new(format!("{name:<9}{}", format::number(value))).font(theme::numbers());
    ui.label(line("distance", distance)).on_hover_text(tip);
    if let Some(usual) = answer.usual {
        let tip = "Median distance from a held-out image to its nearest training image";
        ui.label(line("usual", usual)).on_hover_text(tip);
    }
    let (alarm, words) = verdict(distance, answer.usual, asked.pick.row);
    let colour = match alarm {
        Alarm::Calm => palette.text,
        Alarm::Strained => palette.warn,
        Alarm::Failing => palette.bad,
    };
    ui.label(RichText::new(words).color(colour).strong());
}

/// What a distance to the nearest training image says, in words.
fn verdict(distance: f64, usual: Option<f64>, row: Row) -> (Alarm, String) {
    if row == Row::Observed {
        return (Alarm::Calm, "An observed image: it is one of the training images itself".to_owned());
    }
    if distance < NONE {
        return (Alarm::Failing, "Equal to a training image: memorized".to_owned());
    }
    let Some(usual) = usual.filter(|usual| usual.is_finite() && *usual > 0.0) else {
        return (Alarm::Calm, "No held-out images: nothing says what is usual".to_owned());
    };
    let closer = usual / distance;
    match closer {
        _ if closer >= 2.0 => (Alarm::Failing, format!("{closer:.1} × closer than usual: looks memorized")),
        _ if closer >= 1.25 => (Alarm::Strained, format!("{closer:.1} × closer than usual: look closely")),
        _ if closer >= 0.8 => (Alarm::Calm, "As near as held-out images are: no sign of memorization".to_owned()),
        _ => (Alarm::Calm, format!("{:.1} × farther than usual: not memorized", 1.0 / closer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_much_closer_than_usual_looks_memorized() {
        let verdict = |distance, usual| verdict(distance, usual, Row::Synthesized);
        assert_eq!(verdict(0.0476, Some(0.1)), (Alarm::Failing, "2.1 × closer than usual: looks memorized".to_owned()));
        assert_eq!(verdict(0.07, Some(0.1)).0, Alarm::Strained);
        assert!(verdict(0.1, Some(0.1)).1.contains("no sign of memorization"));
        assert!(verdict(0.2, Some(0.1)).1.contains("2.0 × farther"));
        assert_eq!(verdict(0.0, None).0, Alarm::Failing);
        for usual in [None, Some(0.0), Some(f64::NAN)] {
            assert!(verdict(0.1, usual).1.contains("nothing says what is usual"), "{usual:?}");
        }
    }

    #[test]
    fn an_observed_image_is_no_memorization() {
        assert_eq!(verdict(0.0, Some(0.1), Row::Observed).0, Alarm::Calm);
    }
}
