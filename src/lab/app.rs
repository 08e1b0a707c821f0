//! The application: takes in what the run tells, draws the panels, and sends what the user asks for.

mod keeping;
mod opening;

use super::action::{Action, Scope};
use super::ask_path::AskPath;
use super::asks::Asks;
use super::client::{Choice, Client, Errand, Return, Start};
use super::command_palette::CommandPalette;
use super::drop;
use super::keys::{Bindings, Focus, Keys};
use super::layout::{self, Desk, Pane, Panels};
use super::log::Severity;
use super::measure::Measure;
use super::model::Model;
use super::overlays::Overlays;
use super::progress::{Cancel, Progress};
use super::recipe_history::Travel;
use super::settings::{Keeper, RECENT, Settings, ZOOM};
use super::shortcuts::Shortcuts;
use super::toasts::Asked;
use super::tour::Tour;
use super::wake::Wake;
use super::{controls, theme};
use crate::run::{Command, Phase, Question, RecipeText, RunHandle};
use eframe::egui::{self, CentralPanel, Frame, Margin, Panel, ThemePreference, Ui, ViewportCommand};
use egui_tiles::Tree;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Events and time a drawing may spend on taking in news; the rest waits for the next one.
const EVENTS_AT_ONCE: usize = 4_000;
const TIME_AT_ONCE: Duration = Duration::from_millis(2);

/// The lab's window: a client of a run.
pub struct Lab {
    run: RunHandle,
    client: Client,
    ctx: egui::Context,
    wake: Wake,
    model: Model,
    panels: Panels,
    tree: Tree<Pane>,
    /// What was in front before a panel was shown by its key.
    before: BTreeMap<Pane, Pane>,
    /// The panel in hand: under the pointer, or the last one pressed on.
    hand: Option<Pane>,
    /// Actions of a panel's own scope, for the next drawing.
    queued: Vec<Action>,
    recent: Vec<Action>,
    /// Choices that the window itself asked for, not one of its panels.
    choosing: Vec<Choice>,
    overlays: Overlays,
    progress: Progress,
    keeper: Keeper,
    /// Whether the window was not drawn since news were last taken in: it is hidden.
    unseen: bool,
    /// Takes the times of its frames, where it was asked to.
    pub(super) measure: Option<Measure>,
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
        let (kept, faults) = Settings::read(settings);
        theme::install(ctx);
        ctx.set_theme(kept.theme);
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        ctx.set_zoom_factor(kept.zoom);
        kept.bindings.install(ctx);
        client.wake(ctx);
        let mut model = Model::new(recipe);
        if !faults.is_empty() {
            model.tell(Severity::Warning, &format!("Some settings were reset\n{}", faults.join("\n")));
        }
        let mut panels = Panels::default();
        panels.prefer(kept.preferences);
        Self {
            wake: Wake::on(&run.frames, ctx),
            run,
            client,
            ctx: ctx.clone(),
            model,
            panels,
            tree: kept.layout,
            before: BTreeMap::new(),
            hand: None,
            queued: Vec::new(),
            recent: kept.recent,
            choosing: Vec::new(),
            overlays: Overlays { tour: (!kept.toured).then(Tour::new), ..Overlays::default() },
            progress: Progress::default(),
            keeper: Keeper::new(settings),
            unseen: false,
            measure: None,
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

    /// Does what was asked by key; what is meant for the panel in hand.
    fn keys(&mut self, ctx: &egui::Context) -> Keys {
        let over = ctx.input(|input| input.pointer.hover_pos()).and_then(|point| layout::pane_at(&self.tree, point));
        if over.is_some() {
            self.hand = over;
        }
        // A panel that went behind another has no keys.
        self.hand = self.hand.filter(|&pane| layout::front(&self.tree, pane) == Some(pane));
        let mut own = std::mem::take(&mut self.queued);
        if !self.overlays.take_keys() && !self.panels.is_asking() {
            let (bindings, focus) = (Bindings::of(ctx), Focus::now(ctx));
            for action in ctx.input_mut(|input| bindings.pressed(input, self.hand, focus)) {
                match action.entry().scope {
                    Scope::Everywhere => self.act(ctx, action),
                    Scope::Pane(_) => own.push(action),
                }
            }
        }
        Keys(own)
    }

    fn act(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::RunOrPause if self.model.frame.phase == Phase::Running => self.send(Command::Pause),
            Action::RunOrPause => self.send(Command::Run),
            Action::StepMcmc => self.send(Command::StepMcmc),
            Action::StepGrid => self.send(Command::StepGrid),
            Action::StepIteration => self.send(Command::StepIteration),
            Action::PauseAll => {
                self.send(Command::Pause);
                self.ask(Question::LongRun(None));
                self.ask(Question::Inpainting(None));
            }
            Action::Reset => self.ask_reset(Command::Reset),
            Action::Save => self.send(Command::Save),
            Action::Apply => self.apply(),
            Action::BackToPrevious => self.travel(Travel::Back),
            Action::ForwardAgain => self.travel(Travel::Forward),
            Action::OpenRecipe => self.choose(Choice::Recipe),
            Action::OpenData => self.choose(Choice::Data),
            Action::OpenRun => self.choose(Choice::Run),
            Action::Show(pane) => self.show(pane),
            Action::ResetLayout => self.tree = layout::tree(),
            Action::ThemeDark => ctx.set_theme(ThemePreference::Dark),
            Action::ThemeLight => ctx.set_theme(ThemePreference::Light),
            Action::ThemeSystem => ctx.set_theme(ThemePreference::System),
            Action::ZoomIn => zoom(ctx, ctx.zoom_factor() + 0.1),
            Action::ZoomOut => zoom(ctx, ctx.zoom_factor() - 0.1),
            Action::ZoomReset => zoom(ctx, 1.0),
            Action::Palette => self.overlays.palette = Some(CommandPalette::default()),
            Action::Help => self.overlays.shortcuts = Some(Shortcuts::default()),
            Action::Tour => self.overlays.tour = Some(Tour::new()),
            Action::FindInLog => self.pass_to_panel(ctx, action),
            Action::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            // Of a panel's own scope.
            action => self.queued.push(action),
        }
    }

    /// Does what was chosen in the palette.
    fn act_from_palette(&mut self, ctx: &egui::Context, action: Action) {
        self.recent.retain(|&used| used != action);
        self.recent.insert(0, action);
        self.recent.truncate(RECENT);
        self.act(ctx, action);
    }

    /// Gives an action of a panel's own scope to it, with the next drawing.
    fn pass_to_panel(&mut self, ctx: &egui::Context, action: Action) {
        if let Scope::Pane(pane) = action.entry().scope {
            layout::show_pane(&mut self.tree, pane);
        }
        self.queued.push(action);
        ctx.request_repaint();
    }

    /// Sends a command of a panel; one that forgets everything is asked about first.
    fn command(&mut self, command: Command) {
        match command {
            Command::Reset | Command::Reseed(_) => self.ask_reset(command),
            command => self.send(command),
        }
    }

    /// Asks the user before everything learned is forgotten.
    fn ask_reset(&mut self, reset: Command) {
        self.overlays.asking_reset = (!self.model.over()).then_some(reset);
    }

    /// Brings a panel to the front, or what was there before it.
    fn show(&mut self, pane: Pane) {
        match layout::front(&self.tree, pane) {
            Some(front) if front == pane => {
                if let Some(before) = self.before.remove(&pane) {
                    layout::show_pane(&mut self.tree, before);
                }
            }
            front => {
                self.before.extend(front.map(|front| (pane, front)));
                layout::show_pane(&mut self.tree, pane);
            }
        }
    }

    fn send(&mut self, command: Command) {
        if self.model.over() {
            return;
        }
        if !self.run.send(command) {
            self.notice("The run is too busy to take this command. Try again.");
        }
    }

    fn ask(&mut self, question: Question) {
        if !self.run.ask(question) && !self.model.over() {
            self.notice("Too many questions wait. Try again.");
        }
    }

    fn errand(&mut self, errand: Errand) {
        self.progress.sent(&errand);
        if !self.client.ask(errand) {
            self.notice("The program is too busy with files to do this. Try again.");
        }
    }

    fn notice(&mut self, text: &str) {
        self.model.tell(Severity::Warning, text);
    }

    /// Writes the edited recipe to its file; when it lies there it is sent to the run.
    fn apply(&mut self) {
        self.errand(Errand::SaveRecipe(self.model.draft.recipe()));
    }

    /// Applies a recipe that ran before.
    fn travel(&mut self, to: Travel) {
        if !self.model.over() && self.model.travel(to) {
            self.apply();
        }
    }

    /// Takes what the program gives back.
    fn take_back(&mut self, ctx: &egui::Context, back: Return) {
        self.progress.came_back(&back);
        match back {
            Return::RecipeSaved { recipe, error: None } => {
                self.model.draft.mark_sent(&recipe.text);
                self.send(Command::SwapRecipe(recipe));
            }
            Return::RecipeSaved { recipe, error: Some(error) } => {
                self.model.recipes.stay();
                self.failed(&format!("Cannot write {}: {error}", recipe.path.display()));
            }
            Return::Failed(reason) => self.failed(&reason),
            Return::Exported(path) => self.model.tell(Severity::Good, &format!("wrote {}", path.display())),
            Return::Started { run, recipe } => self.look_at(ctx, *run, recipe),
            Return::Recipe(recipe) => self.edit(recipe),
            Return::Chosen(choice, path) if self.choosing.contains(&choice) => {
                self.choosing.retain(|&own| own != choice);
                match choice {
                    Choice::Recipe => self.errand(Errand::Start(Start::Recipe(path))),
                    Choice::Run => self.errand(Errand::Start(Start::Resume(path))),
                    Choice::Data | Choice::Image | Choice::Mask => self.inspect(path),
                }
            }
            Return::NoDialog(choice) => self.overlays.ask_path = Some(AskPath::new(choice)),
            back => {
                let mut asks = Asks::default();
                self.panels.take_back(back, &mut self.model, &mut asks);
                self.pass_on(ctx, asks);
            }
        }
    }

    fn failed(&mut self, reason: &str) {
        self.model.tell(Severity::Error, reason);
    }

    /// Shows another run in place of this one, which ends.
    fn look_at(&mut self, ctx: &egui::Context, run: RunHandle, recipe: RecipeText) {
        self.wake = Wake::on(&run.frames, ctx);
        let old = std::mem::replace(&mut self.run, run);
        self.errand(Errand::Retire(Box::new(old)));
        self.model = Model::new(recipe);
    }

    /// Passes on what the panels asked for.
    fn pass_on(&mut self, ctx: &egui::Context, asks: Asks) {
        asks.commands.into_iter().for_each(|command| self.command(command));
        asks.questions.into_iter().for_each(|question| self.ask(question));
        for errand in asks.errands {
            if let Errand::Choose(choice) = errand {
                self.choosing.retain(|&own| own != choice);
            }
            self.errand(errand);
        }
        asks.actions.into_iter().for_each(|action| self.act(ctx, action));
        if let Some(text) = asks.notice {
            self.notice(&text);
        }
    }

    fn overlays(&mut self, ctx: &egui::Context) {
        for (deed, path) in self.overlays.dropped.take(ctx) {
            self.deed(deed, path);
        }
        drop::invitation(ctx, theme::palette_of(&ctx.global_style().visuals));
        let asked = self.overlays.ui(ctx, &self.model, &mut self.tree, &self.recent);
        asked.command.into_iter().for_each(|command| self.send(command));
        if let Some((choice, path)) = asked.path {
            self.take_back(ctx, Return::Chosen(choice, path));
        }
        if let Some((deed, path)) = asked.deed {
            self.deed(deed, path);
        }
        if let Some(action) = asked.action {
            self.act_from_palette(ctx, action);
        }
        match self.model.toasts.ui(ctx) {
            Some(Asked::Log) => layout::show_pane(&mut self.tree, Pane::Log),
            Some(Asked::Way { way, grid }) => {
                let seed = self.model.frame.seed;
                way.commands(grid, seed).into_iter().for_each(|command| self.command(command));
            }
            None => {}
        }
        theme::focus_ring(ctx);
    }
}

fn zoom(ctx: &egui::Context, factor: f32) {
    // Whole tenths, so that as many steps back lead back.
    ctx.set_zoom_factor(((factor * 10.0).round() / 10.0).clamp(*ZOOM.start(), *ZOOM.end()));
}

impl eframe::App for Lab {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        let cost = frame.info().cpu_usage.unwrap_or_default().clamp(0.0, 1.0);
        if let Some(measure) = &mut self.measure {
            measure.took(Duration::from_secs_f32(cost));
        }
        // Here and not in `ui`: a hidden window must go on reading, or the run would wait for it.
        self.take_news(ctx, Duration::from_secs_f32(cost));
        if std::mem::replace(&mut self.unseen, true) {
            let mut asks = Asks::default();
            self.panels.rest(&mut asks);
            self.pass_on(ctx, asks);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.unseen = false;
        let ctx = &ui.ctx().clone();
        if let Some(measure) = &mut self.measure {
            measure.begin(ctx);
        }
        let keys = self.keys(ctx);
        let palette = theme::palette(ui);
        let bar = Frame::NONE.fill(palette.panel).inner_margin(Margin::symmetric(10, 6));
        let asked = Panel::top("controls").frame(bar).show_separator_line(false).show(ui, |ui| {
            let asked = controls::ui(ui, &self.model);
            controls::banner(ui, &self.model);
            asked
        });
        let line = Frame::NONE.fill(palette.panel).inner_margin(Margin::symmetric(10, 3));
        let bottom = Panel::bottom("status").frame(line).show_separator_line(false);
        let bottom = bottom.show(ui, |ui| controls::status_line(ui, &self.model, &mut self.progress)).inner;
        if bottom.log {
            layout::show_pane(&mut self.tree, Pane::Log);
        }
        let mut desk =
            Desk { model: &mut self.model, panels: &mut self.panels, asks: Asks { keys, ..Asks::default() } };
        let ground = Frame::NONE.fill(palette.ground).inner_margin(Margin::symmetric(4, 4));
        CentralPanel::default().frame(ground).show(ui, |ui| self.tree.ui(&mut desk, ui));
        desk.panels.rest(&mut desk.asks);
        let asks = desk.asks;
        self.pass_on(ctx, asks);
        if let Some(action) = asked.inner {
            self.act(ctx, action);
        }
        match bottom.cancel {
            Some(Cancel::Ask(question)) => self.ask(question),
            Some(Cancel::Tell(Command::Inspect(path))) => {
                let question = self.model.data.ask(path);
                self.send(question);
            }
            Some(Cancel::Tell(command)) => self.send(command),
            None => {}
        }
        self.overlays(ctx);
        self.keep_settings(ctx);
        if let Some(measure) = &mut self.measure {
            measure.end(ctx);
        }
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.keep_settings_now();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
