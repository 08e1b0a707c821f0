//! The window without a display, with a run and a program that a test plays itself.

#![allow(dead_code, reason = "each test file uses its own part")]

use eframe::egui::accesskit::Role;
use eframe::egui::{DroppedFile, Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use emberlab::lab::{ClientPort, Errand, Lab, Return, client};
use emberlab::run::{
    Command, Event, Frame, GridFrame, GridUpdate, LiveParameter, Phase, Pictures, Question, RecipeText, RunPort,
    connect,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const PATH: &str = "scripts/multigrid.rhai";
pub const RECIPE: &str = "fn rate(t) {\n    0.3\n}\n";

pub struct Window {
    pub harness: Harness<'static, Lab>,
    pub port: RunPort,
    pub client: ClientPort,
    /// Recipes the window had written to their files.
    pub saved: Vec<RecipeText>,
    /// Whether the disk is full.
    pub refuses: bool,
    /// Settings the window had kept, the newest last.
    pub kept: Vec<String>,
    /// Errands that were not served: everything but recipes and settings.
    pub errands: Vec<Errand>,
}

/// Settings of a user who has seen the tour.
pub const TOURED: &str = r#"{"toured": true}"#;

/// A folder or file that is dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no file".to_owned())
    }
}

pub fn recipe(text: &str) -> RecipeText {
    RecipeText { path: PathBuf::from(PATH), text: text.to_owned() }
}

/// A window of this size on `recipe`, with the settings it kept.
pub fn window_with(size: [f32; 2], recipe: RecipeText, settings: Option<&str>) -> Window {
    let (run, port) = connect();
    let (window_end, client) = client();
    let settings = settings.map(str::to_owned);
    let builder = Harness::builder().with_size(vec2(size[0], size[1])).with_max_steps(32);
    let build =
        move |cc: &eframe::CreationContext<'_>| Lab::new(&cc.egui_ctx, run, recipe, window_end, settings.as_deref());
    let harness = builder.build_eframe(move |cc| build(cc));
    Window { harness, port, client, saved: Vec::new(), refuses: false, kept: Vec::new(), errands: Vec::new() }
}

pub fn window_of(size: [f32; 2]) -> Window {
    window_with(size, recipe(RECIPE), Some(TOURED))
}

pub fn window() -> Window {
    window_of([1280.0, 720.0])
}

pub fn pictures(side: usize, count: usize) -> Pictures {
    let rgba = (0..count * side * side).flat_map(|at| [at as u8, 80, 160, 255]).collect();
    Pictures { side, count, rgba }
}

pub fn frame(sides: &[usize], phase: Phase) -> Frame {
    let grids = sides.iter().enumerate().map(|(at, &side)| GridFrame {
        side,
        observed: pictures(side, 16),
        synthesized: pictures(side, 16),
        update: (at > 0).then(|| update(side, at as f64)),
        ..GridFrame::default()
    });
    Frame {
        number: 1,
        iteration: 1_234,
        phase,
        iterations_per_second: 3.2,
        seconds: 385.0,
        seed: 1,
        slow_motion: 0.0,
        device: "cpu, 2 threads, AVX-512".to_owned(),
        norm_mode: "batch".to_owned(),
        range: [-1.0, 1.0],
        sampling_grid: 2,
        sampling_step: 12,
        sampling_steps: 30,
        grids: grids.collect(),
        parameters: vec![LiveParameter {
            name: "delta".to_owned(),
            value: 0.3,
            default: 0.25,
            low: 0.0,
            high: 1.0,
            unit: String::new(),
            tip: "Step size of the Langevin kernel".to_owned(),
            ..LiveParameter::default()
        }],
        shown: vec![("recipe's own".to_owned(), pictures(8, 3))],
        charts: Vec::new(),
        plan_fingerprint: 7,
    }
}

pub fn update(side: usize, at: f64) -> GridUpdate {
    GridUpdate {
        side,
        observed_energy: -at,
        synthesized_energy: 1.0 - at,
        gap: 0.1,
        gradient_l1: 12.0,
        temperature: Some(2e-4),
        acceptance: None,
        governor: 1.0,
        rate: 1e-3,
        step_ms: 4.2,
        ..GridUpdate::default()
    }
}

impl Window {
    /// Lets the window take in what was told, and serves its errands.
    pub fn steps(&mut self) {
        self.harness.run_steps(2);
        while let Some(errand) = self.client.try_take() {
            self.serve(errand);
        }
        self.harness.run_steps(2);
        self.harness.check_accessibility();
    }

    fn serve(&mut self, errand: Errand) {
        match errand {
            Errand::SaveRecipe(recipe) => {
                let error = self.refuses.then(|| "the disk is full".to_owned());
                if error.is_none() {
                    self.saved.push(recipe.clone());
                }
                self.client.give(Return::RecipeSaved { recipe, error });
            }
            Errand::SaveSettings(text) => self.kept.push(text),
            other => self.errands.push(other),
        }
    }

    /// The program gives something back.
    pub fn give(&mut self, back: Return) {
        self.client.give(back);
        self.steps();
    }

    /// What the window asked the run's probe since it was last asked.
    pub fn questions(&self) -> Vec<Question> {
        std::iter::from_fn(|| self.port.probe.try_take()).collect()
    }

    pub fn drop(&mut self, path: &str) {
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.into())));
        self.steps();
    }

    pub fn show(&mut self, frame: Frame) {
        self.port.show(frame);
        self.steps();
    }

    pub fn tell(&mut self, event: Event) {
        self.port.tell(event);
        self.steps();
    }

    pub fn commands(&self) -> Vec<Command> {
        std::iter::from_fn(|| self.port.try_take().ok()).collect()
    }

    pub fn sees(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps();
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps();
    }

    pub fn edit(&mut self, text: &str) {
        let editor = || (Role::MultilineTextInput, "multigrid.rhai");
        let (role, label) = editor();
        self.harness.get_by_role_and_label(role, label).focus();
        self.steps();
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.steps();
        let (role, label) = editor();
        self.harness.get_by_role_and_label(role, label).type_text(text);
        self.steps();
    }

    pub fn editor_text(&self) -> String {
        let editor = self.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai");
        editor.value().unwrap_or_default()
    }
}
