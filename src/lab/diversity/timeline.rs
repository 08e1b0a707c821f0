//! All grids' steps in order, to be scrubbed through: a section for each grid, with the chains' energy along it.

use crate::lab::colours::Colours;
use crate::lab::{format, theme};
use crate::run::DiversityAnswer;
use eframe::egui::{
    Align2, Color32, EventFilter, FontId, Key, Rect, Response, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// Height in points.
pub const HEIGHT: f32 = 34.0;

/// Where every step lies, 0 to 1.
pub struct Track {
    places: Vec<f32>,
    /// Grids 1 to S.
    grids: usize,
}

impl Track {
    /// Gives each of `grids` grids an equal section, so that nothing moves while steps are added.
    #[must_use]
    pub fn new(answer: &DiversityAnswer, grids: usize) -> Self {
        let newest = answer.steps.last().map_or(0, |step| step.grid);
        let grids = grids.max(newest).max(1);
        let mut most = vec![1; grids + 1];
        for step in &answer.steps {
            if let Some(most) = most.get_mut(step.grid) {
                *most = step.step.max(*most);
            }
        }
        if let Some(most) = most.get_mut(answer.progress.grid).filter(|_| !answer.progress.done) {
            *most = answer.progress.steps.max(*most);
        }
        let place = |grid: usize, step: usize| {
            let within = step as f32 / most.get(grid).copied().unwrap_or(1) as f32;
            (grid.saturating_sub(1) as f32 + within) / grids as f32
        };
        Self { places: answer.steps.iter().map(|step| place(step.grid, step.step)).collect(), grids }
    }

    /// The step that lies nearest to a place.
    #[must_use]
    pub fn nearest(&self, place: f32) -> usize {
        let after = self.places.partition_point(|&at| at < place);
        let before = after.saturating_sub(1);
        match (self.places.get(before), self.places.get(after)) {
            (Some(low), Some(high)) if high - place < place - low => after,
            _ => before,
        }
    }
}

/// What the user did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    To(usize),
    By(isize),
}

/// Draws the steps; `at` is the one that is looked at, and `keys` tells that keys are meant for it though it has no focus.
pub fn ui(
    ui: &mut Ui,
    answer: &DiversityAnswer,
    sides: &[usize],
    at: usize,
    colours: &Colours,
    keys: bool,
) -> Option<Moved> {
    let track = Track::new(answer, sides.len().saturating_sub(1));
    let width = ui.available_width().max(60.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::click_and_drag());
    sections(ui, rect, &track, sides, colours);
    energies(ui, rect, answer, &track, sides, colours);
    if let Some(&place) = track.places.get(at) {
        let x = rect.left() + place * rect.width();
        let ember = theme::palette(ui).ember;
        ui.painter().vline(x, rect.y_range(), Stroke::new(2.0, ember));
        ui.painter().circle_filled(pos2(x, rect.bottom() - 3.0), 4.0, ember);
    }
    let text = position(answer, at, sides);
    response.widget_info(|| {
        let mut info = WidgetInfo::slider(true, at as f64, "Steps of the chains");
        info.current_text_value = Some(text.clone());
        info
    });
    let response = response.on_hover_text(
        "Every MCMC step of every grid; energies on each grid's own scale. Home, End and arrow keys move too",
    );
    if response.clicked() {
        response.request_focus();
    }
    pressed(ui, &response, keys).or_else(|| {
        let pointer = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on())?;
        Some(Moved::To(track.nearest((pointer.x - rect.left()) / rect.width())))
    })
}

/// Grid and step in words.
#[must_use]
pub fn position(answer: &DiversityAnswer, at: usize, sides: &[usize]) -> String {
    let Some(step) = answer.steps.get(at) else { return "no step yet".to_owned() };
    let side = sides.get(step.grid).map_or_else(|| format!("grid {}", step.grid), |&side| format::side(side));
    let energy = step.energy.map(|energy| format!("  E {}", format::number(energy))).unwrap_or_default();
    format!("{side} τ {}{energy}", step.step)
}

fn pressed(ui: &Ui, response: &Response, keys: bool) -> Option<Moved> {
    if response.has_focus() {
        let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    } else if !keys {
        return None;
    }
    let moves = [
        (Key::Home, Moved::To(0)),
        (Key::End, Moved::To(usize::MAX)),
        (Key::ArrowLeft, Moved::By(-1)),
        (Key::ArrowRight, Moved::By(1)),
    ];
    ui.input(|input| moves.into_iter().find(|(key, _)| input.key_pressed(*key)).map(|(_, moved)| moved))
}

fn section(rect: Rect, track: &Track, grid: usize) -> Rect {
    let width = rect.width() / track.grids as f32;
    Rect::from_min_size(pos2(rect.left() + (grid - 1) as f32 * width, rect.top()), vec2(width, rect.height()))
}

fn colour_of(ui: &Ui, colours: &Colours, sides: &[usize], grid: usize) -> Color32 {
    colours.of(sides.get(grid).copied().unwrap_or(1), ui.visuals().dark_mode)
}

fn sections(ui: &Ui, rect: Rect, track: &Track, sides: &[usize], colours: &Colours) {
    let palette = theme::palette(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, palette.well);
    let done = track.places.last().copied().unwrap_or(0.0);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * done, rect.height()));
    painter.rect_filled(filled, 3.0, palette.raised.gamma_multiply(0.6));
    for grid in 1..=track.grids {
        let section = section(rect, track, grid);
        if grid > 1 {
            painter.vline(section.left(), rect.y_range(), Stroke::new(1.0, palette.line));
        }
        let name = sides.get(grid).map_or_else(|| grid.to_string(), |&side| format::side(side));
        let at = section.left_top() + vec2(4.0, 2.0);
        let colour = colour_of(ui, colours, sides, grid);
        if section.width() > 26.0 {
            painter.with_clip_rect(section).text(at, Align2::LEFT_TOP, name, FontId::proportional(10.0), colour);
        }
    }
}

fn energies(ui: &Ui, rect: Rect, answer: &DiversityAnswer, track: &Track, sides: &[usize], colours: &Colours) {
    let known = || {
        answer.steps.iter().zip(&track.places).filter_map(|(step, &place)| {
            let energy = step.energy.filter(|energy| energy.is_finite())?;
            Some((step.grid, place, energy))
        })
    };
    let (top, bottom) = (rect.top() + 13.0, rect.bottom() - 4.0);
    for grid in 1..=track.grids {
        let of_grid: Vec<(f32, f64)> = known().filter(|at| at.0 == grid).map(|(_, x, y)| (x, y)).collect();
        let low = of_grid.iter().map(|at| at.1).fold(f64::INFINITY, f64::min);
        let high = of_grid.iter().map(|at| at.1).fold(f64::NEG_INFINITY, f64::max);
        let point = |&(place, energy): &(f32, f64)| {
            let share = ((energy - low) / (high - low).max(1e-12)) as f32;
            pos2(rect.left() + place * rect.width(), bottom - share * (bottom - top))
        };
        let colour = colour_of(ui, colours, sides, grid).gamma_multiply(0.8);
        ui.painter().add(Shape::line(of_grid.iter().map(point).collect(), Stroke::new(1.2, colour)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{ChainProgress, ChainStep, Pictures};
    use std::sync::Arc;

    fn answer(reached: &[(usize, usize)], steps: usize) -> DiversityAnswer {
        let pictures = Arc::new(Pictures::default());
        let step = |&(grid, step): &(usize, usize)| ChainStep { grid, step, pictures: pictures.clone(), energy: None };
        let &(grid, step_now) = reached.last().unwrap();
        let progress = ChainProgress { grid, step: step_now, steps, done: false };
        DiversityAnswer { steps: reached.iter().map(step).collect(), progress, ..DiversityAnswer::default() }
    }

    #[test]
    fn every_grid_has_an_equal_section_that_fills_up() {
        let track = Track::new(&answer(&[(1, 0), (1, 10), (2, 0), (2, 15)], 30), 4);
        assert_eq!(track.places, [0.0, 0.25, 0.25, 0.375]);
    }

    #[test]
    fn the_nearest_step_is_found() {
        let track = Track::new(&answer(&[(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)], 4), 1);
        for (place, step) in [(-1.0, 0), (0.1, 0), (0.13, 1), (0.5, 2), (0.9, 4), (7.0, 4)] {
            assert_eq!(track.nearest(place), step, "{place}");
        }
        assert_eq!(Track { places: Vec::new(), grids: 1 }.nearest(0.5), 0);
    }
}
