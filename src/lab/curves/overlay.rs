//! Other runs, drawn over the one of the window.

use super::super::client::Errand;
use super::super::history::History;
use super::super::model::Model;
use super::super::{format, theme};
use crate::run::{Event, RunSummary};
use eframe::egui::{Button, Popup, PopupCloseBehavior, Response, RichText, ScrollArea, Ui};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Time a drawing may spend on taking in other runs.
const TIME_AT_ONCE: Duration = Duration::from_millis(2);

/// One overlaid run.
pub struct Overlay {
    pub run: PathBuf,
    pub history: History,
    pub shown: bool,
    news: News,
}

enum News {
    Asked,
    Taking(std::vec::IntoIter<Event>),
    Taken,
}

impl Overlay {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.run)
    }

    /// Why there is nothing to see, while there is nothing.
    #[must_use]
    pub fn excuse(&self) -> Option<&'static str> {
        match self.news {
            News::Asked => Some("reading…"),
            News::Taking(_) => None,
            News::Taken => self.history.is_empty().then_some("no updates"),
        }
    }
}

/// The name of a run in this folder.
#[must_use]
pub fn name(run: &Path) -> String {
    run.file_name().unwrap_or(run.as_os_str()).display().to_string()
}

/// The overlaid runs, in the order in which they were chosen.
#[derive(Default)]
pub struct Overlays {
    list: Vec<Overlay>,
}

impl Overlays {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Overlay] {
        &self.list
    }

    /// Those that are drawn, with their places.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &Overlay)> {
        self.list.iter().enumerate().filter(|(_, overlay)| overlay.shown)
    }

    /// Whether the events of a run were asked for and have not come.
    #[must_use]
    pub fn wants(&self, run: &Path) -> bool {
        self.list.iter().any(|overlay| overlay.run == run && matches!(overlay.news, News::Asked))
    }

    /// Takes what happened in a run, if it was asked for.
    pub fn take(&mut self, run: &Path, events: Vec<Event>) {
        let asked = |overlay: &&mut Overlay| overlay.run == run && matches!(overlay.news, News::Asked);
        if let Some(overlay) = self.list.iter_mut().find(asked) {
            overlay.news = News::Taking(events.into_iter());
        }
    }

    /// Goes on taking in what came, for a short while. Returns whether something is left.
    pub fn work(&mut self) -> bool {
        let start = Instant::now();
        for overlay in &mut self.list {
            let News::Taking(events) = &mut overlay.news else { continue };
            for (taken, event) in events.enumerate() {
                overlay.history.take(&event);
                if taken % 32 == 31 && start.elapsed() > TIME_AT_ONCE {
                    return true;
                }
            }
            overlay.news = News::Taken;
        }
        false
    }

    /// Shows or hides a run.
    pub fn switch(&mut self, at: usize) {
        if let Some(overlay) = self.list.get_mut(at) {
            overlay.shown = !overlay.shown;
        }
    }

    /// Takes a run away.
    pub fn remove(&mut self, at: usize) {
        if at < self.list.len() {
            self.list.remove(at);
        }
    }

    fn choose(&mut self, run: &Path, errands: &mut Vec<Errand>) {
        match self.list.iter().position(|overlay| overlay.run == run) {
            Some(at) => self.remove(at),
            None => {
                let (run, history) = (run.to_path_buf(), History::default());
                errands.push(Errand::ReadRun(run.clone()));
                self.list.push(Overlay { run, history, shown: true, news: News::Asked });
            }
        }
    }

    /// The button that offers other runs.
    pub fn button(&mut self, ui: &mut Ui, model: &Model, errands: &mut Vec<Errand>) {
        let button =
            ui.add(Button::new("Overlay a run…")).on_hover_text("Draw another run's curves over these, dashed");
        if button.clicked() {
            errands.push(Errand::ListRuns);
        }
        let popup = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        popup.show(|ui| {
            ui.set_width(300.0);
            let Some(runs) = &model.runs else {
                ui.weak("Looking for runs…");
                return;
            };
            let mut others = runs.iter().filter(|run| model.directory.as_ref() != Some(&run.directory)).peekable();
            if others.peek().is_none() {
                ui.weak("There is no other run here yet.");
            }
            ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
                for run in others {
                    let chosen = self.list.iter().any(|overlay| overlay.run == run.directory);
                    if row(ui, run, chosen).clicked() {
                        self.choose(&run.directory, errands);
                    }
                }
            });
        });
    }
}

/// A run of the list.
fn row(ui: &mut Ui, run: &RunSummary, chosen: bool) -> Response {
    let text = RichText::new(name(&run.directory));
    let text = if chosen { text.color(theme::palette(ui).strong) } else { text };
    let recipe = name(&run.recipe);
    let told = format!("{recipe} · {} updates · {}", format::count(run.iteration), format::clock(run.seconds));
    let weak = RichText::new(&told).weak().size(11.0);
    let row = ui.vertical(|ui| {
        let picked = ui.add_enabled(run.problem.is_none(), Button::selectable(chosen, text));
        ui.label(weak);
        picked
    });
    match &run.problem {
        Some(problem) => row.inner.on_disabled_hover_text(problem),
        None => row.inner,
    }
}
