//! What takes longer than a second: reading, long chains, errands. One strip in the line at the bottom, and a list.

use super::client::{Errand, Return, Start};
use super::data::Reading;
use super::model::Model;
use super::{format, theme};
use crate::run::{ChainProgress, Command, Question};
use eframe::egui::{Button, Context, Label, ProgressBar, RichText, Ui, WidgetInfo, accesskit::Role};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

/// What is done faster is not told of, seconds.
const WORTH_TELLING: f64 = 1.0;
/// An errand that has not come back by then is not waited for any more, seconds.
const GIVEN_UP: f64 = 600.0;

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Reading,
    Inspecting,
    Diversity(usize),
    Inpainting,
    LongRun,
    Errand(u64),
}

/// How it can be ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Cancel {
    Ask(Question),
    Tell(Command),
}

/// One thing that goes on.
#[derive(Debug, Clone, PartialEq)]
struct Task {
    kind: Kind,
    what: String,
    /// How far it is, and the time left where that is known.
    words: String,
    /// From 0 to 1, where that is known.
    share: Option<f32>,
    cancel: Option<Cancel>,
}

impl Task {
    fn text(&self) -> String {
        if self.words.is_empty() { format!("{} …", self.what) } else { format!("{}: {}", self.what, self.words) }
    }
}

/// Since when something goes on, and what it was when that was last seen.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Watch {
    since: f64,
    /// When its grid began, and at which step.
    grid: usize,
    grid_since: f64,
    grid_from: usize,
}

/// An errand that will come back.
#[derive(Debug)]
struct UnderWay {
    number: u64,
    what: String,
    since: Option<f64>,
    comes_back_as: fn(&Return) -> bool,
}

/// All that goes on.
#[derive(Debug, Default)]
pub struct Progress {
    watched: BTreeMap<Kind, Watch>,
    /// Chains that were cancelled, by the answer that was newest then.
    cancelled: BTreeMap<Kind, u64>,
    errands: VecDeque<UnderWay>,
    sent: u64,
}

impl Progress {
    /// An errand was sent.
    pub fn sent(&mut self, errand: &Errand) {
        let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).display().to_string();
        let (what, comes_back_as): (String, fn(&Return) -> bool) = match errand {
            Errand::SaveRecipe(recipe) => {
                (format!("Writing {}", name(&recipe.path)), |back| matches!(back, Return::RecipeSaved { .. }))
            }
            Errand::ReadRecipe(path) => (format!("Reading {}", name(path)), |back| matches!(back, Return::Recipe(_))),
            Errand::ReadPicture { path, .. } => {
                (format!("Reading {}", name(path)), |back| matches!(back, Return::Picture { .. }))
            }
            Errand::PastePicture { .. } => {
                ("Reading the clipboard".to_owned(), |back| matches!(back, Return::Picture { .. }))
            }
            Errand::ListRuns => ("Looking for runs".to_owned(), |back| matches!(back, Return::Runs(_))),
            Errand::Trash(path) => (format!("Moving {}", name(path)), |back| matches!(back, Return::Runs(_))),
            Errand::ReadRun(path) => (format!("Reading {}", name(path)), |back| matches!(back, Return::Events { .. })),
            Errand::Start(Start::Resume(path) | Start::Fork(path) | Start::Recipe(path)) => {
                (format!("Starting {}", name(path)), |back| matches!(back, Return::Started { .. }))
            }
            // A dialog is open as long as the user likes; the others do not come back.
            Errand::Export { .. } | Errand::Choose(_) | Errand::SaveSettings(_) | Errand::Retire(_) => return,
        };
        self.sent += 1;
        self.errands.push_back(UnderWay { number: self.sent, what, since: None, comes_back_as });
    }

    /// Something came back.
    pub fn came_back(&mut self, back: &Return) {
        let failed = matches!(back, Return::Failed(_));
        // Errands are served in their order, so a failure is that of the oldest.
        let place = self.errands.iter().position(|errand| failed || (errand.comes_back_as)(back));
        if let Some(place) = place {
            self.errands.remove(place);
        }
    }

    /// Draws the strip, if anything goes on: then what the user asks to be ended, if anything.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model) -> Option<Option<Cancel>> {
        let now = ui.ctx().input(|input| input.time);
        let tasks = self.tasks(ui.ctx(), model, now);
        let first = tasks.first()?;
        let mut ended = strip(ui, first);
        if tasks.len() > 1 {
            let menu = ui.menu_button(RichText::new(format!("{} at work", tasks.len())).size(11.5), |ui| {
                ui.set_min_width(320.0);
                tasks.iter().filter_map(|task| ui.horizontal(|ui| strip(ui, task)).inner).last()
            });
            ended = menu.inner.flatten().or(ended);
        }
        if let Some(kind) = ended {
            self.cancelled.insert(kind, number(model, kind));
        }
        Some(ended.and_then(|kind| tasks.iter().find(|task| task.kind == kind)?.cancel.clone()))
    }

    fn tasks(&mut self, ctx: &Context, model: &Model, now: f64) -> Vec<Task> {
        let mut tasks = Vec::new();
        tasks.extend(reading(model));
        let chains = if model.over() { Vec::new() } else { chains(model) };
        self.watched.retain(|kind, _| chains.iter().any(|(own, ..)| own == kind));
        self.cancelled.retain(|kind, at| number(model, *kind) == *at);
        for (kind, what, progress, cancel) in chains {
            if !self.cancelled.contains_key(&kind) {
                tasks.extend(self.chain(model, (kind, what, progress, cancel), now));
            }
        }
        self.errands.iter_mut().for_each(|errand| _ = errand.since.get_or_insert(now));
        self.errands.retain(|errand| errand.since.is_none_or(|since| now - since < GIVEN_UP));
        let late = |errand: &&UnderWay| errand.since.is_some_and(|since| now - since >= WORTH_TELLING);
        tasks.extend(self.errands.iter().filter(late).map(|errand| Task {
            kind: Kind::Errand(errand.number),
            what: errand.what.clone(),
            words: String::new(),
            share: None,
            cancel: None,
        }));
        if !self.errands.is_empty() || !self.watched.is_empty() {
            ctx.request_repaint_after(Duration::from_secs_f64(WORTH_TELLING / 2.0));
        }
        tasks
    }

    /// How far chains are, once they have gone on for long enough.
    fn chain(&mut self, model: &Model, chains: Chains, now: f64) -> Option<Task> {
        let (kind, what, progress, cancel) = chains;
        let fresh = Watch { since: now, grid: progress.grid, grid_since: now, grid_from: progress.step };
        let watch = self.watched.entry(kind).or_insert(fresh);
        if watch.grid != progress.grid || progress.step < watch.grid_from {
            *watch = Watch { since: watch.since, ..fresh };
        }
        if now - watch.since < WORTH_TELLING {
            return None;
        }
        let done = progress.step.saturating_sub(watch.grid_from) as f64;
        let left = progress.steps.saturating_sub(progress.step) as f64;
        let seconds = now - watch.grid_since;
        let left = (done > 0.0 && seconds > 0.0).then(|| format!(", {} left", format::clock(left * seconds / done)));
        let side = model.frame.grids.get(progress.grid).map_or_else(|| "–".to_owned(), |grid| format::side(grid.side));
        let steps = (format::count(progress.step as u64), format::count(progress.steps as u64));
        let words = if progress.steps == 0 {
            "waiting for its turn".to_owned()
        } else {
            format!("{side}, step {} of {}{}", steps.0, steps.1, left.unwrap_or_default())
        };
        let share = (progress.steps > 0).then(|| (progress.step as f32 / progress.steps as f32).clamp(0.0, 1.0));
        Some(Task { kind, what: what.to_owned(), words, share, cancel })
    }
}

type Chains = (Kind, &'static str, ChainProgress, Option<Cancel>);

/// The chains that a probe is drawing.
fn chains(model: &Model) -> Vec<Chains> {
    let answers = &model.answers;
    let mut chains = Vec::new();
    for (slot, answer) in answers.diversity.iter().enumerate() {
        if let Some(answer) = answer.as_ref().filter(|answer| answer.error.is_none() && !answer.progress.done) {
            chains.push((Kind::Diversity(slot), "Drawing from seeds", answer.progress, None));
        }
    }
    if let Some(answer) = answers.inpainting.as_ref().filter(|answer| answer.error.is_none() && !answer.progress.done) {
        let cancel = Cancel::Ask(Question::Inpainting(None));
        chains.push((Kind::Inpainting, "Filling in", answer.progress, Some(cancel)));
    }
    if let Some(answer) = answers.long_run.as_ref().filter(|answer| answer.error.is_none() && !answer.progress.done) {
        chains.push((Kind::LongRun, "Long chains", answer.progress, Some(Cancel::Ask(Question::LongRun(None)))));
    }
    chains
}

/// The number of the newest answer of a kind.
fn number(model: &Model, kind: Kind) -> u64 {
    let answers = &model.answers;
    match kind {
        Kind::Diversity(slot) => answers.diversity.get(slot).and_then(Option::as_ref).map_or(0, |answer| answer.number),
        Kind::Inpainting => answers.inpainting.as_ref().map_or(0, |answer| answer.number),
        Kind::LongRun => answers.long_run.as_ref().map_or(0, |answer| answer.number),
        Kind::Reading | Kind::Inspecting | Kind::Errand(_) => 0,
    }
}

/// Images that are being read.
fn reading(model: &Model) -> impl Iterator<Item = Task> {
    let task = |kind, what: String, reading: &Reading, cancel| Task {
        kind,
        what,
        words: reading.words(),
        share: reading.share(),
        cancel,
    };
    let data = &model.data;
    let run = data.reading.as_ref().map(|own| task(Kind::Reading, "Reading images".to_owned(), own, None));
    let inspected = data.inspecting.as_ref().map(|own| {
        // A newer question takes the place of the one that is being answered.
        let path = data.waiting().and_then(Option::as_ref);
        let name = path.map(|path| path.file_name().unwrap_or(path.as_os_str()).display().to_string());
        let cancel = path.map(|_| Cancel::Tell(Command::Inspect(None)));
        task(Kind::Inspecting, format!("Inspecting {}", name.as_deref().unwrap_or("the data")), own, cancel)
    });
    run.into_iter().chain(inspected)
}

/// One task in a line; its kind, when the user asks to end it.
fn strip(ui: &mut Ui, task: &Task) -> Option<Kind> {
    let ember = theme::palette(ui).ember;
    let text = task.text();
    if let Some(share) = task.share {
        let bar = ui.add(ProgressBar::new(share).desired_width(140.0).desired_height(6.0).fill(ember));
        bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &task.what));
    }
    let mut ended = None;
    if task.cancel.is_some() {
        let cancel = ui.add(Button::new(RichText::new("Cancel").size(11.5)).small());
        cancel.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Cancel: {}", task.what)));
        ended = cancel.clicked().then_some(task.kind);
    }
    ui.add(Label::new(RichText::new(text).size(11.5)).truncate().selectable(false));
    ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{LongRunAnswer, RecipeText};
    use std::sync::Arc;

    fn model(step: usize, done: bool, number: u64) -> Model {
        let mut model = Model::new(RecipeText { path: "a.rhai".into(), text: String::new() });
        let progress = ChainProgress { grid: 3, step, steps: 1_000, done };
        model.answers.long_run = Some(Arc::new(LongRunAnswer { progress, number, ..LongRunAnswer::default() }));
        model
    }

    fn texts(progress: &mut Progress, model: &Model, now: f64) -> Vec<String> {
        progress.tasks(&Context::default(), model, now).iter().map(Task::text).collect()
    }

    #[test]
    fn long_chains_tell_the_time_that_is_left() {
        let mut progress = Progress::default();
        assert!(texts(&mut progress, &model(100, false, 1), 10.0).is_empty(), "not worth telling yet");
        let told = texts(&mut progress, &model(200, false, 2), 15.0);
        assert_eq!(told, ["Long chains: –, step 200 of 1,000, 0:00:40 left"], "100 steps took 5 seconds");
        assert!(texts(&mut progress, &model(1_000, true, 3), 16.0).is_empty());
    }

    #[test]
    fn what_was_cancelled_is_gone_until_there_is_a_new_answer() {
        let mut progress = Progress::default();
        texts(&mut progress, &model(100, false, 1), 0.0);
        progress.cancelled.insert(Kind::LongRun, 1);
        assert!(texts(&mut progress, &model(100, false, 1), 5.0).is_empty());
        assert_eq!(texts(&mut progress, &model(150, false, 2), 6.0).len(), 1);
    }

    #[test]
    fn an_errand_is_told_of_until_it_comes_back() {
        let mut progress = Progress::default();
        let idle = model(0, true, 1);
        progress.sent(&Errand::ListRuns);
        progress.sent(&Errand::ReadRun("runs/faces-1".into()));
        progress.sent(&Errand::Choose(super::super::Choice::Data));
        assert!(texts(&mut progress, &idle, 0.0).is_empty());
        assert_eq!(texts(&mut progress, &idle, 2.0), ["Looking for runs …", "Reading faces-1 …"]);
        progress.came_back(&Return::Runs(Vec::new()));
        assert_eq!(texts(&mut progress, &idle, 3.0), ["Reading faces-1 …"]);
        progress.came_back(&Return::Failed("no such run".to_owned()));
        assert!(texts(&mut progress, &idle, 4.0).is_empty());
    }
}
