//! The line below a played chain: its energy, where grids begin, and where the player is.

use crate::lab::{format, theme};
use crate::run::{ChainStep, DiversityAnswer};
use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

/// Height of the curve, and of the line under it, in points.
const CURVE: f32 = 46.0;
const TRACK: f32 = 16.0;

/// What does not change while a chain is played.
#[derive(Default)]
pub struct Scrubber {
    /// The answer the curve was made of.
    number: Option<(u64, usize)>,
    /// Each grid: first step, side, and the energies known, 0 to 1 between the least and the largest of the grid.
    grids: Vec<GridCurve>,
}

#[derive(Debug, PartialEq)]
struct GridCurve {
    first: usize,
    side: usize,
    points: Vec<(usize, f32)>,
}

/// The curves of a chain's grids.
fn curves(steps: &[ChainStep]) -> Vec<GridCurve> {
    let mut grids = Vec::new();
    let mut first = 0;
    for run in steps.chunk_by(|a, b| a.grid == b.grid) {
        let energies = || run.iter().filter_map(|step| step.energy).filter(|energy| energy.is_finite());
        let (low, high) =
            energies().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), e| (low.min(e), high.max(e)));
        let width = if high > low { high - low } else { 1.0 };
        let point = |(at, step): (usize, &ChainStep)| {
            let energy = step.energy.filter(|energy| energy.is_finite())?;
            Some((first + at, ((energy - low) / width) as f32))
        };
        let side = run.first().map_or(0, |step| step.pictures.side);
        grids.push(GridCurve { first, side, points: run.iter().enumerate().filter_map(point).collect() });
        first += run.len();
    }
    grids
}

impl Scrubber {
    /// Draws the line with the player at step `at`; the step it was moved to.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        answer: &DiversityAnswer,
        at: usize,
        colour: &dyn Fn(usize) -> Color32,
    ) -> Option<usize> {
        let number = Some((answer.number, answer.steps.len()));
        if self.number != number {
            (self.number, self.grids) = (number, curves(&answer.steps));
        }
        let last = answer.steps.len().saturating_sub(1);
        let size = vec2(ui.available_width().max(120.0), CURVE + TRACK);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::slider(true, at as f64, "Step of the chain"));
        let x = |step: usize| rect.left() + 4.0 + (rect.width() - 8.0) * step as f32 / last.max(1) as f32;
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, &x, at, colour);
        }
        let tip = "Energy along the chain, each grid on its own scale: low energy = likely";
        let response = response.on_hover_text_at_pointer(tip);
        let pointer: Pos2 = response.interact_pointer_pos()?;
        let share = (pointer.x - rect.left() - 4.0) / (rect.width() - 8.0).max(1.0);
        (response.dragged() || response.clicked()).then(|| ((share * last as f32).round().max(0.0) as usize).min(last))
    }

    fn paint(&self, ui: &Ui, rect: Rect, x: &dyn Fn(usize) -> f32, at: usize, colour: &dyn Fn(usize) -> Color32) {
        let palette = theme::palette(ui);
        let painter = ui.painter_at(rect);
        let well = Rect::from_min_size(rect.min, vec2(rect.width(), CURVE));
        painter.rect_filled(well, CornerRadius::same(2), palette.well);
        let font = FontId::proportional(10.0);
        for grid in &self.grids {
            let left = x(grid.first);
            painter.vline(left, rect.top()..=rect.bottom(), Stroke::new(1.0, palette.line));
            let place = pos2(left + 3.0, rect.bottom() - 1.0);
            painter.text(place, Align2::LEFT_BOTTOM, format::side(grid.side), font.clone(), palette.weak);
            let y = |share: f32| well.bottom() - 4.0 - share * (CURVE - 8.0);
            let points = grid.points.iter().map(|&(step, share)| pos2(x(step), y(share))).collect();
            painter.add(Shape::line(points, Stroke::new(1.2, colour(grid.side))));
        }
        let head = x(at);
        painter.vline(head, rect.top()..=well.bottom(), Stroke::new(1.5, palette.ember));
        painter.circle_filled(pos2(head, well.bottom()), 4.0, palette.ember);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Pictures;
    use std::sync::Arc;

    #[test]
    fn every_grid_has_its_own_scale_and_place() {
        let step = |grid: usize, step, energy| ChainStep {
            grid,
            step,
            pictures: Arc::new(Pictures { side: 4 * grid, count: 1, rgba: Vec::new() }),
            energy,
        };
        let steps = [
            step(1, 0, None),
            step(1, 1, Some(4.0)),
            step(1, 2, Some(2.0)),
            step(2, 0, Some(900.0)),
            step(2, 1, Some(f64::NAN)),
        ];
        let wanted = [
            GridCurve { first: 0, side: 4, points: vec![(1, 1.0), (2, 0.0)] },
            GridCurve { first: 3, side: 8, points: vec![(3, 0.0)] },
        ];
        assert_eq!(curves(&steps), wanted);
        assert!(curves(&[]).is_empty());
    }
}
