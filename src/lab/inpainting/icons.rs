//! Painted icons of the tool row: small pictures of what each tool does.

use super::super::theme;
use super::painting::Tool;
use super::test_masks::TestMask;
use eframe::egui::{
    Color32, CornerRadius, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

/// Width and height of an icon's button in points.
const SIZE: Vec2 = vec2(25.0, 24.0);

/// What is painted on a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Tool(Tool),
    Test(TestMask),
    Invert,
    Clear,
    Undo,
    Redo,
}

/// A button with an icon; `chosen` marks the tool in use.
pub fn button(ui: &mut Ui, icon: Icon, name: &str, tip: &str, chosen: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(SIZE, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| match icon {
        Icon::Tool(_) => WidgetInfo::selected(Role::RadioButton, enabled, chosen, name),
        _ => WidgetInfo::labeled(Role::Button, enabled, name),
    });
    let palette = theme::palette(ui);
    let visuals = ui.style().interact_selectable(&response, chosen);
    let fill = if chosen { ui.visuals().selection.bg_fill } else { visuals.weak_bg_fill };
    ui.painter().rect(rect, CornerRadius::same(4), fill, visuals.bg_stroke, StrokeKind::Inside);
    let colour = if chosen { palette.strong } else { visuals.fg_stroke.color };
    let colour = if enabled { colour } else { colour.gamma_multiply(0.35) };
    let pen = Pen { painter: ui.painter(), area: Rect::from_center_size(rect.center(), Vec2::splat(14.0)), colour };
    pen.draw(icon, if enabled { palette.ember } else { colour });
    response.on_hover_text(tip)
}

struct Pen<'a> {
    painter: &'a Painter,
    area: Rect,
    colour: Color32,
}

impl Pen<'_> {
    /// A place in the icon, 0 to 1 each way.
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.area.lerp_inside(vec2(x, y))
    }

    fn stroke(&self) -> Stroke {
        Stroke::new(1.4, self.colour)
    }

    fn frame(&self) {
        self.painter.rect_stroke(self.area, 1.5, Stroke::new(1.0, self.colour), StrokeKind::Inside);
    }

    fn square(&self, corner: [f32; 2], side: f32, colour: Color32) {
        let rect = Rect::from_min_size(self.at(corner[0], corner[1]), self.area.size() * side);
        self.painter.rect_filled(rect, 0.0, colour);
    }

    fn line(&self, points: &[[f32; 2]], stroke: Stroke) {
        self.painter.add(Shape::line(points.iter().map(|&[x, y]| self.at(x, y)).collect(), stroke));
    }

    fn draw(&self, icon: Icon, ember: Color32) {
        match icon {
            Icon::Tool(Tool::Brush) => {
                self.line(&[[0.95, 0.05], [0.48, 0.52]], Stroke::new(2.2, self.colour));
                self.painter.circle_filled(self.at(0.32, 0.68), 3.6, ember);
            }
            Icon::Tool(Tool::Eraser) => {
                self.painter.circle_stroke(self.area.center(), 6.0, self.stroke());
                self.line(&[[0.25, 0.5], [0.75, 0.5]], self.stroke());
            }
            Icon::Tool(Tool::Rectangle) => {
                let rect = Rect::from_min_max(self.at(0.0, 0.15), self.at(1.0, 0.85));
                self.painter.rect(rect, 0.0, ember.gamma_multiply(0.45), self.stroke(), StrokeKind::Inside);
            }
            Icon::Test(test) => self.test(test, ember),
            Icon::Invert => {
                self.frame();
                let half = Rect::from_min_max(self.at(0.5, 0.0), self.at(1.0, 1.0));
                self.painter.rect_filled(half, 1.5, ember);
            }
            Icon::Clear => {
                self.frame();
                self.line(&[[0.3, 0.3], [0.7, 0.7]], self.stroke());
                self.line(&[[0.7, 0.3], [0.3, 0.7]], self.stroke());
            }
            Icon::Undo => self.turn(false),
            Icon::Redo => self.turn(true),
        }
    }

    fn test(&self, test: TestMask, ember: Color32) {
        self.frame();
        match test {
            TestMask::Centre => self.square([0.27, 0.27], 0.46, ember),
            TestMask::Square => self.square([0.42, 0.12], 0.46, ember),
            TestMask::Doodle => {
                let points = [[0.18, 0.75], [0.3, 0.3], [0.5, 0.3], [0.5, 0.65], [0.7, 0.7], [0.82, 0.25]];
                self.line(&points, Stroke::new(2.0, ember));
            }
            TestMask::Pepper => {
                for (x, y) in [(0.2, 0.2), (0.6, 0.15), (0.4, 0.4), (0.75, 0.45), (0.2, 0.6), (0.5, 0.72), (0.78, 0.74)]
                {
                    self.square([x - 0.07, y - 0.07], 0.16, ember);
                }
            }
        }
    }

    /// A bent arrow, to the left or to the right.
    fn turn(&self, right: bool) {
        let flip = |x: f32| if right { 1.0 - x } else { x };
        let bend: Vec<[f32; 2]> = (0..=10)
            .map(|step| {
                let angle = std::f32::consts::PI * (1.5 - step as f32 / 10.0);
                [flip(0.6 - 0.3 * angle.cos()), 0.59 + 0.28 * angle.sin()]
            })
            .collect();
        let tail = [flip(0.3), 0.87];
        let points: Vec<[f32; 2]> = [[flip(0.1), 0.31]].into_iter().chain(bend).chain([tail]).collect();
        self.line(&points, self.stroke());
        let tip = self.at(flip(0.0), 0.31);
        let away = if right { -4.0 } else { 4.0 };
        let head = vec![tip, pos2(tip.x + away, tip.y - 3.6), pos2(tip.x + away, tip.y + 3.6)];
        self.painter.add(Shape::convex_polygon(head, self.colour, Stroke::NONE));
    }
}
