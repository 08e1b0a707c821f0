//! The first tour: five steps, each a card beside the panel that it is about.

use super::keys::Focus;
use super::layout::Pane;
use super::theme;
use eframe::egui::{
    self, Area, Button, Context, Frame, Id, Key, Label, Modifiers, Order, Pos2, Rect, RichText, Stroke, StrokeKind,
    Vec2, pos2, vec2,
};

const CARD: Vec2 = vec2(300.0, 170.0);
const MARGIN: f32 = 14.0;

struct Step {
    pane: Pane,
    title: &'static str,
    text: &'static str,
}

const STEPS: [Step; 5] = [
    Step {
        pane: Pane::Images,
        title: "Watch",
        text: "Above are images of the data, below those that the model makes, grid by grid from coarse to fine. \
               They change with every step of the chains. Space pauses.",
    },
    Step {
        pane: Pane::Recipe,
        title: "Change one number",
        text: "This text is the whole algorithm. Change a number in it and press Ctrl+S: it acts at the next step, \
               without a restart. A mistake is marked, and the last good text runs on.",
    },
    Step {
        pane: Pane::Diversity,
        title: "Grow many from one",
        text: "Every image grows from a single 1×1 pixel of colour. Choose one and see how different the images are \
               that come of it.",
    },
    Step {
        pane: Pane::Inpainting,
        title: "Paint a mask",
        text: "Paint over an image: what is hidden is filled in by the model while you paint. An image of your own \
               can be dropped on the window.",
    },
    Step {
        pane: Pane::RecipeHistory,
        title: "Go back",
        text: "Every text that ran is kept with what it led to. Go back to any of them, with or without what was \
               learned since.",
    },
];

/// The tour while it is shown.
pub struct Tour {
    at: usize,
    /// The step whose panel was brought to the front.
    led_to: Option<usize>,
}

/// What the tour asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Waiting,
    /// Bring this panel to the front.
    Show(Pane),
    Over,
}

impl Tour {
    /// From the first step.
    #[must_use]
    pub fn new() -> Self {
        Self { at: 0, led_to: None }
    }

    /// Draws the card of this step; `place` is where its panel is.
    pub fn ui(&mut self, ctx: &Context, place: impl Fn(Pane) -> Option<Rect>) -> Outcome {
        let Some(step) = STEPS.get(self.at) else { return Outcome::Over };
        let led = self.led_to.replace(self.at);
        if led != Some(self.at) {
            return Outcome::Show(step.pane);
        }
        let window = ctx.content_rect();
        let panel = place(step.pane).unwrap_or(Rect::from_center_size(window.center(), Vec2::ZERO));
        let palette = theme::palette_of(&ctx.global_style().visuals);
        let area = Area::new(Id::unique("tour")).order(Order::Foreground).fixed_pos(corner(window, panel));
        let outline = Stroke::new(2.0, palette.ember);
        ctx.layer_painter(area.layer()).rect_stroke(panel, 6.0, outline, StrokeKind::Inside);
        let mut outcome = self.keys(ctx);
        area.show(ctx, |ui| {
            let frame = Frame::popup(ui.style()).stroke(Stroke::new(1.0, palette.ember)).inner_margin(14);
            frame.show(ui, |ui| {
                ui.set_width(CARD.x - 28.0);
                ui.label(RichText::new(format!("{} of {}", self.at + 1, STEPS.len())).small().weak());
                ui.label(RichText::new(step.title).heading().color(palette.strong));
                ui.add(Label::new(step.text).wrap());
                ui.add_space(6.0);
                outcome = self.buttons(ui, palette).unwrap_or(outcome);
            });
        });
        outcome
    }

    fn buttons(&mut self, ui: &mut egui::Ui, palette: &theme::Palette) -> Option<Outcome> {
        let mut outcome = None;
        ui.horizontal(|ui| {
            let last = self.at + 1 == STEPS.len();
            let text = RichText::new(if last { "Begin" } else { "Next step" }).color(palette.on_accent);
            if ui.add(Button::new(text).fill(palette.ember)).clicked() {
                outcome = Some(self.go_on());
            }
            if ui.add_enabled(self.at > 0, Button::new("Step back")).clicked() {
                self.at -= 1;
            }
            if ui.button("Skip the tour").on_hover_text("Escape. It is found again under Help.").clicked() {
                outcome = Some(Outcome::Over);
            }
        });
        outcome
    }

    fn go_on(&mut self) -> Outcome {
        self.at += 1;
        if self.at < STEPS.len() { Outcome::Waiting } else { Outcome::Over }
    }

    /// Arrows go on and back, Escape ends; text fields and buttons keep theirs.
    fn keys(&mut self, ctx: &Context) -> Outcome {
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Escape) {
            return Outcome::Over;
        }
        if Focus::now(ctx) != Focus::Nobody {
            return Outcome::Waiting;
        }
        if pressed(Key::ArrowRight) || pressed(Key::Enter) {
            return self.go_on();
        }
        if pressed(Key::ArrowLeft) {
            self.at = self.at.saturating_sub(1);
        }
        Outcome::Waiting
    }
}

/// Where the card stands: beside its panel where there is room, else in the panel's lower corner.
fn corner(window: Rect, panel: Rect) -> Pos2 {
    let inside = window.shrink(MARGIN);
    let middle = (panel.center().y - CARD.y / 2.0).clamp(inside.top(), (inside.bottom() - CARD.y).max(inside.top()));
    if panel.right() + MARGIN + CARD.x <= inside.right() {
        pos2(panel.right() + MARGIN, middle)
    } else if panel.left() - MARGIN - CARD.x >= inside.left() {
        pos2(panel.left() - MARGIN - CARD.x, middle)
    } else {
        let low = panel.right_bottom() - CARD - Vec2::splat(MARGIN);
        pos2(low.x.max(inside.left()), low.y.max(inside.top()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_stays_in_the_window() {
        let window = Rect::from_min_size(Pos2::ZERO, vec2(760.0, 480.0));
        for panel in [
            Rect::from_min_size(pos2(0.0, 60.0), vec2(500.0, 200.0)),
            Rect::from_min_size(pos2(500.0, 60.0), vec2(260.0, 400.0)),
            window,
            Rect::from_center_size(window.center(), Vec2::ZERO),
        ] {
            let card = Rect::from_min_size(corner(window, panel), CARD);
            assert!(window.contains_rect(card), "{panel:?} {card:?}");
        }
    }
}
