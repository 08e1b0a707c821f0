//! Toasts: what just happened, in the lower right corner. Good news fades; what failed stays until it is dismissed.

use super::log::Severity;
use super::log_view;
use super::theme::{self, Palette};
use crate::run::{Command, Event, Phase};
use eframe::egui::{
    Align2, Area, Button, Context, FontId, Frame, Id, Order, Rect, Sense, Ui, UiBuilder, Vec2, WidgetInfo,
    accesskit::Role, pos2, vec2,
};
use std::time::Duration;

/// Toasts at a time; what is beyond stands in the log.
pub const MOST: usize = 4;
/// Seconds until a toast is gone, and of these how long it fades.
const LIFE: f64 = 5.0;
const WARNED: f64 = 9.0;
const FADE: f64 = 0.6;
const WIDTH: f32 = 330.0;
/// Rows of the smaller text.
const ROWS: usize = 3;

/// How to go on after a grid diverged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    LowerRate,
    ClipGradient,
    OtherSeed,
    GoOn,
}

impl Way {
    const ALL: [Self; 4] = [Self::LowerRate, Self::ClipGradient, Self::OtherSeed, Self::GoOn];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::LowerRate => ("Lower rate", "Halve the rate of this grid and go on"),
            Self::ClipGradient => ("Clip gradient", "Clip this grid's gradient at twice its usual norm and go on"),
            Self::OtherSeed => {
                ("Other seed", "Forget everything learned and begin anew from another seed (asks first)")
            }
            Self::GoOn => ("Go on", "Go on as it is"),
        }
    }

    /// What the run is told, for grid `grid` of a run from `seed`. One that begins anew stays paused.
    #[must_use]
    pub fn commands(self, grid: usize, seed: u64) -> Vec<Command> {
        match self {
            Self::LowerRate => vec![Command::CutRate { grid }, Command::Run],
            Self::ClipGradient => vec![Command::LimitGradient { grid }, Command::Run],
            Self::OtherSeed => vec![Command::Reseed(seed.wrapping_add(1))],
            Self::GoOn => vec![Command::Run],
        }
    }
}

/// What the user asked of the toasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Log,
    Way { way: Way, grid: usize },
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
struct Toast {
    /// A newer toast of the same topic takes the place of this one; none, where texts must be equal.
    topic: &'static str,
    severity: Severity,
    title: String,
    detail: String,
    /// How often the same was said.
    count: usize,
    /// When it is gone, in seconds of the window's clock; known once it was drawn. Never, where it stays.
    until: Option<f64>,
    /// The grid whose divergence the run waits for an answer to.
    asks_of: Option<usize>,
}

impl Toast {
    fn stays(&self) -> bool {
        self.severity >= Severity::Error
    }

    fn life(&self) -> f64 {
        if self.severity >= Severity::Warning { WARNED } else { LIFE }
    }

    fn text(&self) -> String {
        let word = match self.severity {
            Severity::Error => "Problem",
            Severity::Warning => "Warning",
            _ => "News",
        };
        let times = if self.count > 1 { format!(" (×{})", self.count) } else { String::new() };
        let detail = if self.detail.is_empty() { String::new() } else { format!(". {}", self.detail) };
        format!("{word}: {}{times}{detail}", self.title)
    }
}

/// All of them, the newest last.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// Problems that had to make room for newer ones.
    beyond: usize,
}

impl Toasts {
    /// Says what happened in one line, and in `detail` what there is to know of it.
    pub fn push(&mut self, severity: Severity, topic: &'static str, title: String, detail: String) {
        let mut toast = Toast { topic, severity, title, detail, count: 1, until: None, asks_of: None };
        let same = |old: &Toast| (old.severity, &old.title, &old.detail) == (severity, &toast.title, &toast.detail);
        if let Some(at) = self.shown.iter().position(|old| (!topic.is_empty() && old.topic == topic) || same(old)) {
            let old = self.shown.remove(at);
            if same(&old) {
                toast.count = old.count + 1;
            }
        }
        self.shown.push(toast);
        while self.shown.len() > MOST {
            let fades = self.shown.iter().position(|old| !old.stays()).unwrap_or(0);
            self.beyond += usize::from(self.shown.remove(fades).stays());
        }
    }

    /// Says what an event tells, where it is worth a word.
    pub fn event(&mut self, event: &Event) {
        let name = |path: &std::path::Path| path.file_name().unwrap_or(path.as_os_str()).display().to_string();
        match event {
            Event::RecipeApplied { path, renewed, iteration, .. } => {
                let renewed = if renewed.is_empty() { "nothing".to_owned() } else { renewed.join(", ") };
                let detail = format!("from iteration {iteration} on; anew: {renewed}");
                self.push(Severity::Good, "recipe", format!("{} runs", name(path)), detail);
            }
            Event::RecipeRefused { path, line, message, .. } => {
                let place = if *line > 0 { format!("line {line}: ") } else { String::new() };
                let title = format!("{} was refused; the last good recipe runs on", name(path));
                self.push(Severity::Error, "recipe", title, format!("{place}{message}"));
            }
            Event::Diverged { grid, reason, action, asks, .. } => {
                let detail = format!("{reason}; {action}");
                self.push(Severity::Error, "", format!("Grid {grid} ran away"), detail);
                if let Some(toast) = self.shown.last_mut().filter(|_| *asks) {
                    toast.asks_of = Some(*grid);
                }
            }
            Event::Adjusted { grid, change, .. } => {
                self.push(Severity::Good, "", format!("Grid {grid}: {change}"), String::new());
            }
            // It was answered, here or elsewhere.
            Event::Phase { phase: Phase::Running | Phase::Ended, .. } | Event::Started { .. } | Event::Ended { .. } => {
                self.shown.iter_mut().for_each(|toast| toast.asks_of = None);
            }
            Event::Checkpoint { iteration, path } => {
                let detail = path.display().to_string();
                self.push(Severity::Good, "checkpoint", format!("Checkpoint at iteration {iteration}"), detail);
            }
            Event::Warning { message, .. } => {
                self.push(Severity::Warning, "warning", message.clone(), String::new());
            }
            _ => {}
        }
    }

    /// Draws the stack over everything; what the user asks for.
    pub fn ui(&mut self, ctx: &Context) -> Option<Asked> {
        let now = ctx.input(|input| input.time);
        for toast in &mut self.shown {
            let life = toast.life();
            if !toast.stays() {
                toast.until.get_or_insert(now + life);
            }
        }
        self.shown.retain(|toast| toast.until.is_none_or(|until| now < until));
        if self.shown.is_empty() {
            self.beyond = 0;
            return None;
        }
        let (mut asked, mut dismissed) = (None, None);
        let area = Area::new(Id::unique("toasts")).order(Order::Foreground).interactable(true);
        let area = area.anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -34.0)).show(ctx, |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 8.0;
            if self.beyond > 0 {
                let more = ui.button(format!("{} more in the log", self.beyond));
                asked = more.clicked().then_some(Asked::Log);
            }
            for (at, toast) in self.shown.iter().enumerate() {
                match show(ui, at, toast, now) {
                    Some(Touched::Body) => asked = Some(Asked::Log),
                    Some(Touched::Way(way, grid)) => asked = Some(Asked::Way { way, grid }),
                    Some(Touched::Dismissed) => dismissed = Some(at),
                    None => {}
                }
            }
        });
        if area.response.contains_pointer() {
            // Whoever reads it gets the time.
            self.shown
                .iter_mut()
                .filter_map(|toast| toast.until.as_mut())
                .for_each(|until| *until = until.max(now + 2.0));
        }
        if let Some(at) = dismissed {
            self.shown.remove(at);
        }
        self.wake(ctx, now);
        asked
    }

    /// Asks for the drawing in which something fades.
    fn wake(&self, ctx: &Context, now: f64) {
        let next = self.shown.iter().filter_map(|toast| toast.until).fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            let wait = (next - FADE - now).clamp(0.03, WARNED);
            ctx.request_repaint_after(Duration::from_secs_f64(wait));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Touched {
    Body,
    Way(Way, usize),
    Dismissed,
}

fn show(ui: &mut Ui, at: usize, toast: &Toast, now: f64) -> Option<Touched> {
    let palette = theme::palette(ui);
    let left = toast.until.map_or(f64::INFINITY, |until| until - now);
    ui.scope_builder(UiBuilder::new().id_salt(("toast", at)), |ui| {
        ui.set_opacity((left / FADE).clamp(0.0, 1.0) as f32);
        let shadow = ui.visuals().popup_shadow;
        let frame = Frame::NONE.fill(palette.raised).corner_radius(6).shadow(shadow).inner_margin(0);
        let drawn = |ui: &mut Ui| card(ui, palette, toast).or(toast.asks_of.and_then(|grid| ways(ui, grid)));
        frame.show(ui, drawn).inner
    })
    .inner
}

fn card(ui: &mut Ui, palette: &Palette, toast: &Toast) -> Option<Touched> {
    let times = if toast.count > 1 { format!("  ×{}", toast.count) } else { String::new() };
    let width = WIDTH - 14.0 - 34.0;
    let layout = |text: String, size: f32, colour, rows: usize| {
        let mut job = eframe::egui::text::LayoutJob::simple(text, FontId::proportional(size), colour, width);
        job.wrap.max_rows = rows;
        ui.painter().layout_job(job)
    };
    let title = layout(format!("{}{times}", toast.title), 13.0, palette.strong, 2);
    let detail = (!toast.detail.is_empty()).then(|| layout(toast.detail.clone(), 11.5, palette.text, ROWS));
    let height = 18.0 + title.size().y + detail.as_ref().map_or(0.0, |detail| 3.0 + detail.size().y);
    let (rect, body) = ui.allocate_exact_size(vec2(WIDTH, height), Sense::click());
    let text = toast.text();
    body.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
    let body = body.on_hover_text("Show the log");
    let stripe = Rect::from_min_size(rect.min, vec2(4.0, rect.height()));
    ui.painter().rect_filled(stripe, 2.0, log_view::colour(ui, toast.severity));
    let at = rect.min + vec2(14.0, 9.0);
    let below = at + vec2(0.0, title.size().y + 3.0);
    ui.painter().galley(at, title, palette.strong);
    if let Some(detail) = detail {
        ui.painter().galley(below, detail, palette.text);
    }
    let corner = Rect::from_min_size(pos2(rect.right() - 28.0, rect.top() + 5.0), Vec2::splat(22.0));
    // Placed without moving on: what comes below the card begins below all of it.
    let dismiss = ui.place(corner, Button::new("×").frame(false));
    dismiss.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Dismiss"));
    if dismiss.on_hover_text("Dismiss").clicked() {
        return Some(Touched::Dismissed);
    }
    body.clicked().then_some(Touched::Body)
}

/// Buttons for the ways to go on.
fn ways(ui: &mut Ui, grid: usize) -> Option<Touched> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.add_space(10.0);
        for way in Way::ALL {
            let (label, tip) = way.words();
            let button = ui.button(label).on_hover_text(tip);
            button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{label}: grid {grid}")));
            if button.clicked() {
                chosen = Some(Touched::Way(way, grid));
            }
        }
    });
    ui.add_space(8.0);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(toasts: &Toasts) -> Vec<&str> {
        toasts.shown.iter().map(|toast| toast.title.as_str()).collect()
    }

    fn say(toasts: &mut Toasts, severity: Severity, title: &str) {
        toasts.push(severity, "", title.to_owned(), String::new());
    }

    #[test]
    fn good_news_makes_room_before_problems_do() {
        let mut toasts = Toasts::default();
        say(&mut toasts, Severity::Error, "a");
        say(&mut toasts, Severity::Good, "b");
        ["c", "d", "e"].into_iter().for_each(|title| say(&mut toasts, Severity::Error, title));
        assert_eq!(titles(&toasts), ["a", "c", "d", "e"]);
        say(&mut toasts, Severity::Error, "f");
        assert_eq!((titles(&toasts), toasts.beyond), (vec!["c", "d", "e", "f"], 1));
    }

    #[test]
    fn the_same_is_said_once_and_counted() {
        let mut toasts = Toasts::default();
        (0..3).for_each(|_| say(&mut toasts, Severity::Error, "disk full"));
        assert_eq!(toasts.shown.len(), 1);
        assert!(toasts.shown[0].text().contains("×3"));
    }

    #[test]
    fn an_applied_recipe_takes_the_place_of_the_refused_one() {
        let mut toasts = Toasts::default();
        let (path, message) = (std::path::PathBuf::from("a.rhai"), "no".to_owned());
        toasts.event(&Event::RecipeRefused { iteration: 1, path: path.clone(), line: 2, column: 1, message });
        assert!(toasts.shown[0].stays());
        let (text, kept, renewed) = (String::new(), Vec::new(), Vec::new());
        toasts.event(&Event::RecipeApplied { iteration: 2, path, text, kept, renewed });
        assert_eq!(titles(&toasts), ["a.rhai runs"]);
    }
}
