//! The application: takes in what the run tells, draws the panels, and sends what the user asks for.

use super::action::{ACTIONS, Action};
use super::asks::Asks;
use super::client::{Choice, Client, Errand, Return};
use super::help::{self, Answer};
use super::layout::{self, Desk, Pane, Panels};
use super::log::Severity;
use super::model::Model;
use super::wake::Wake;
use super::{controls, drop, theme};
use crate::run::{Command, Phase, Question, RecipeText, RunHandle};
use eframe::egui::{self, CentralPanel, Frame, Margin, Panel, ThemePreference, Ui};
use egui_tiles::Tree;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Events and time a drawing may spend on taking in news; the rest waits for the next one.
const EVENTS_AT_ONCE: usize = 4_000;
const TIME_AT_ONCE: Duration = Duration::from_millis(2);

/// The lab's window: a client of a run.
pub struct Lab {
    run: RunHandle,
    client: Client,
    wake: Wake,
    model: Model,
    panels: Panels,
    tree: Tree<Pane>,
    help: bool,
    asking_reset: bool,
    /// Whether the window was not drawn since news were last taken in: it is hidden.
    unseen: bool,
}

impl Lab {
    /// A window on `run`. `recipe` is the text that runs; `client` serves the window's errands, and `settings` are those it
    /// last asked to keep.
    #[must_use]
    pub fn new(
        ctx: &egui::Context,
        run: RunHandle,
        recipe: RecipeText,
        client: Client,
        settings: Option<&str>,
    ) -> Self {
        theme::install(ctx);
        ctx.set_theme(ThemePreference::Dark);
        let _ = settings;
        client.wake(ctx);
        Self {
            wake: Wake::on(&run.frames, ctx),
            run,
            client,
            model: Model::new(recipe),
            panels: Panels::default(),
            tree: layout::tree(),
            help: false,
            asking_reset: false,
            unseen: false,
        }
    }

    /// Takes in the newest frame and the events so far; asks for another drawing when some are left.
    fn take_news(&mut self, ctx: &egui::Context, cost: Duration) {
        self.wake.taking(cost);
        if let Some(frame) = self.run.frames.newest() {
            self.model.see(frame);
        }
        self.model.answers = self.run.answers.newest();
        while let Some(back) = self.client.next() {
            self.take_back(ctx, back);
        }
        let start = Instant::now();
        for taken in 0..EVENTS_AT_ONCE {
            if taken % 32 == 31 && start.elapsed() > TIME_AT_ONCE {
                break;
            }
            match self.run.events.try_recv() {
                Ok(event) => self.model.take(&event),
                Err(_) => return,
            }
        }
        ctx.request_repaint();
    }

    fn keys(&mut self, ui: &Ui) {
        if self.asking_reset || self.help {
            return;
        }
        let typing = ui.ctx().text_edit_focused();
        let pressed = |action: Action| {
            ui.input_mut(|input| {
                let mut keys = action.entry().live_keys(typing);
                keys.any(|key| !self.panels.holds(key) && input.consume_shortcut(key))
            })
        };
        let asked: Vec<Action> = ACTIONS.iter().map(|entry| entry.action).filter(|&action| pressed(action)).collect();
        for action in asked {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::RunOrPause if self.model.frame.phase == Phase::Running => {
                self.send(Command::Pause);
            }
            Action::RunOrPause => self.send(Command::Run),
            Action::StepMcmc => self.send(Command::StepMcmc),
            Action::StepIteration => self.send(Command::StepIteration),
            Action::Reset => self.asking_reset = !self.model.over(),
            Action::Save => self.send(Command::Save),
            Action::Apply => self.apply(),
            Action::Help => self.help = true,
        }
    }

    fn send(&mut self, command: Command) {
        if self.model.over() {
            return;
        }
        if !self.run.send(command) {
            let text = "The run is too busy to take this command. Try again.";
            self.model.tell(Severity::Warning, text);
            self.model.notice = Some(text.to_owned());
        }
    }

    fn ask(&mut self, question: Question) {
        if !self.run.ask(question) && !self.model.over() {
            self.notice("Too many questions wait. Try again.");
        }
    }

    fn errand(&mut self, errand: Errand) {
        if !self.client.ask(errand) {
            self.notice("The program is too busy with files to do this. Try again.");
        }
    }

    fn notice(&mut self, text: &str) {
        self.model.tell(Severity::Warning, text);
        self.model.notice = Some(text.to_owned());
    }

    /// Writes the edited recipe to its file; when it lies there it is sent to the run.
    fn apply(&mut self) {
        self.errand(Errand::SaveRecipe(self.model.draft.recipe()));
    }

    /// Takes what the program gives back.
    fn take_back(&mut self, ctx: &egui::Context, back: Return) {
        match back {
            Return::RecipeSaved { recipe, error: None } => {
                self.model.draft.mark_sent(&recipe.text);
                self.send(Command::SwapRecipe(recipe));
            }
            Return::RecipeSaved { recipe, error: Some(error) } => {
                self.failed(&format!("Cannot write {}: {error}", recipe.path.display()));
            }
            Return::Failed(reason) => self.failed(&reason),
            Return::Exported(path) => self.model.tell(Severity::Good, &format!("wrote {}", path.display())),
            Return::Started { run, recipe } => self.look_at(ctx, *run, recipe),
            back => {
                let mut asks = Asks::default();
                self.panels.take_back(back, &mut self.model, &mut asks);
                self.pass_on(asks);
            }
        }
    }

    fn failed(&mut self, reason: &str) {
        self.model.tell(Severity::Error, reason);
        self.model.notice = Some(reason.to_owned());
    }

    /// Shows another run in place of this one, which ends.
    fn look_at(&mut self, ctx: &egui::Context, run: RunHandle, recipe: RecipeText) {
        self.wake = Wake::on(&run.frames, ctx);
        let old = std::mem::replace(&mut self.run, run);
        self.errand(Errand::Retire(Box::new(old)));
        self.model = Model::new(recipe);
    }

    /// Passes on what the panels asked for.
    fn pass_on(&mut self, asks: Asks) {
        asks.commands.into_iter().for_each(|command| self.send(command));
        asks.questions.into_iter().for_each(|question| self.ask(question));
        asks.errands.into_iter().for_each(|errand| self.errand(errand));
        asks.actions.into_iter().for_each(|action| self.act(action));
        if let Some(text) = asks.notice {
            self.notice(&text);
        }
    }

    /// Shows what lies in a folder or file that was dropped on the window.
    fn inspect(&mut self, path: PathBuf) {
        let refusal = if self.model.over() {
            "The run has ended; it reads no more data."
        } else if path.extension().is_some_and(|end| end == "rhai") {
            "A recipe is opened from the command line: emberlab lab FILE."
        } else if self.panels.fill_in_sight() && drop::is_image(&path) {
            let side = self.model.frame.grids.last().map_or(1, |grid| grid.side);
            return self.errand(Errand::ReadPicture { choice: Choice::Image, path, side });
        } else {
            layout::show_pane(&mut self.tree, Pane::Data);
            let question = self.model.data.ask(Some(path));
            return self.send(question);
        };
        self.model.notice = Some(refusal.to_owned());
    }

    fn questions(&mut self, ctx: &egui::Context) {
        if self.help {
            self.help = help::help(ctx);
        }
        if self.asking_reset {
            match help::ask_reset(ctx, self.model.frame.iteration) {
                Answer::Waiting => {}
                Answer::No => self.asking_reset = false,
                Answer::Yes => {
                    self.asking_reset = false;
                    self.send(Command::Reset);
                }
            }
        }
    }
}

impl eframe::App for Lab {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let cost = frame.info().cpu_usage.unwrap_or_default().clamp(0.0, 1.0);
        // Here and not in `ui`: a hidden window must go on reading, or the run would wait for it.
        self.take_news(ctx, Duration::from_secs_f32(cost));
        if std::mem::replace(&mut self.unseen, true) {
            let mut asks = Asks::default();
            self.panels.rest(&mut asks);
            self.pass_on(asks);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.unseen = false;
        self.keys(ui);
        let palette = theme::palette(ui);
        let bar = Frame::NONE.fill(palette.panel).inner_margin(Margin::symmetric(10, 6));
        let asked = Panel::top("controls").frame(bar).show_separator_line(false).show(ui, |ui| {
            let asked = controls::ui(ui, &self.model);
            controls::banners(ui, &mut self.model);
            asked
        });
        let line = Frame::NONE.fill(palette.panel).inner_margin(Margin::symmetric(10, 3));
        let bottom = Panel::bottom("status").frame(line).show_separator_line(false);
        if bottom.show(ui, |ui| controls::status_line(ui, &self.model)).inner {
            layout::show_pane(&mut self.tree, Pane::Log);
        }
        let mut desk = Desk { model: &mut self.model, panels: &mut self.panels, asks: Asks::default() };
        let ground = Frame::NONE.fill(palette.ground).inner_margin(Margin::symmetric(4, 4));
        CentralPanel::default().frame(ground).show(ui, |ui| self.tree.ui(&mut desk, ui));
        desk.panels.rest(&mut desk.asks);
        let asks = desk.asks;
        self.pass_on(asks);
        if let Some(action) = asked.inner {
            self.act(action);
        }
        if let Some(path) = drop::dropped(ui.ctx()) {
            self.inspect(path);
        }
        drop::invitation(ui.ctx(), palette, self.panels.fill_in_sight());
        self.questions(ui.ctx());
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
