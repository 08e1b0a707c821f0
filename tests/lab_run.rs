//! The window on a real run: the newcomer's five minutes, driven without a display.

mod common;

use common::{TINY, text, tiny_options};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use emberlab::lab::{ClientPort, Errand, Lab, Return, client};
use emberlab::run::{FrameSlot, Run, RunOptions};
use std::time::{Duration, Instant};

struct Window {
    harness: Harness<'static, Lab>,
    frames: FrameSlot,
    client: ClientPort,
}

impl Window {
    fn new() -> Self {
        let run = Run::spawn(RunOptions { interactive: true, ..tiny_options(text(TINY)) }).unwrap();
        let frames = run.frames.clone();
        let (window, port) = client();
        let builder = Harness::builder().with_size(vec2(1280.0, 800.0)).with_max_steps(32);
        let harness = builder.build_eframe(move |cc| Lab::new(&cc.egui_ctx, run, text(TINY), window, None));
        Self { harness, frames, client: port }
    }

    fn sees(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    fn iteration(&self) -> u64 {
        self.frames.newest().map_or(0, |frame| frame.iteration)
    }

    /// Lets the window live until `wanted`.
    fn until(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            self.harness.run_steps(2);
            while let Some(errand) = self.client.try_take() {
                if let Errand::SaveRecipe(recipe) = errand {
                    self.client.give(Return::RecipeSaved { recipe, error: None });
                }
            }
            if wanted(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("waited in vain for {what}");
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(2);
    }

    /// Writes a recipe into the editor and applies it.
    fn apply(&mut self, recipe: &str) {
        let editor = |harness: &Harness<'static, Lab>| {
            harness.get_by_role_and_label(Role::MultilineTextInput, "recipe.rhai").focus();
        };
        editor(&self.harness);
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.harness.run_steps(2);
        self.harness.get_by_role_and_label(Role::MultilineTextInput, "recipe.rhai").type_text(recipe);
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
        self.harness.run_steps(2);
    }
}

#[test]
fn five_minutes_in_the_lab() {
    let mut window = Window::new();
    window.until("the pyramid", |window| window.sees("8×8") && window.sees("2×2"));
    window.until("three iterations", |window| window.iteration() >= 3);

    window.click("⏸ Pause");
    window.until("the pause", |window| window.sees("paused"));
    let at = window.iteration();
    window.harness.run_steps(20);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(window.iteration(), at, "a paused run stands still");
    window.click("Iteration");
    window.until("one iteration more", |window| window.iteration() == at + 1);
    window.until("the pause after it", |window| window.sees("paused"));
    window.harness.run_steps(20);
    assert_eq!(window.iteration(), at + 1, "one iteration and no more");

    window.click("▶ Run");
    window.apply(&TINY.replace("factor: 2.0", "factor: 1.5"));
    window.until("the grids of d = 1.5", |window| window.sees("5×5") && window.sees("3×3"));
    window.until("the grid that left", |window| window.sees("earlier grids"));
    assert!(window.harness.query_by_role_and_label(Role::CheckBox, "4×4").is_some());
    window.click("Log");
    window.until("what was kept", |window| window.sees("applied") && window.sees("8×8 grid's network"));

    let now = window.iteration();
    window.apply(&TINY.replace("steps: slider", "steps: slipper"));
    window.until("the error at its line", |window| window.sees("line 3"));
    window.until("the last good recipe going on", |window| window.iteration() > now + 2);
}

#[test]
fn a_slider_and_a_reset_reach_the_run() {
    let mut window = Window::new();
    window.until("three iterations", |window| window.iteration() >= 3);
    let slider = window.harness.get_by_role_and_label(Role::Slider, "steps").rect();
    let end = slider.right_center() - vec2(2.0, 0.0);
    window.harness.hover_at(end);
    window.harness.run_steps(1);
    window.harness.drag_at(end);
    window.harness.run_steps(1);
    window.harness.drop_at(end);
    let steps = |window: &Window| window.frames.newest().map_or(0, |frame| frame.sampling_steps);
    window.until("nine steps", |window| steps(window) == 9 && window.sees("/9"));

    window.harness.get_by_label("⏸ Pause").click();
    window.until("the pause", |window| window.sees("paused"));
    let curves = |window: &Window| window.harness.query_by_role_and_label(Role::CheckBox, "8×8").is_some();
    assert!(curves(&window));
    window.click("Reset");
    window.click("Forget and restart");
    window.until("the start", |window| window.iteration() == 0 && !curves(window));
    window.click("▶ Run");
    window.until("learning again", |window| window.iteration() >= 2);
    assert_eq!(steps(&window), 9, "what the user set stays");
}

#[test]
fn images_of_the_recipe_have_a_column() {
    let mut window = Window::new();
    window.until("an iteration", |window| window.iteration() >= 1);
    let own = "fn iterate(lab, batch) { let y = lab.sample(1, lab.up(1, batch.grid(0))); lab.show(\"drafts\", y); }";
    window.apply(&format!("{TINY}{own}"));
    window.until("the drafts", |window| window.sees("drafts, 4 images"));
}
