//! The recipe's editor and the recipes that ran, driven without a display.

mod lab_window;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event as Input, Key, Modifiers, PointerButton, pos2};
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::{PluginWord, Return};
use emberlab::run::{Command, Event, Frame, Phase, Preview};
use lab_window::{PATH, RECIPE, Window, frame, recipe, window, window_with};
use std::path::PathBuf;

const CTRL: Modifiers = Modifiers::COMMAND;
const NONE: Modifiers = Modifiers::NONE;

fn on(text: &str) -> Window {
    let mut window = window_with([1280.0, 720.0], recipe(text), None);
    window.show(frame(&[1, 4, 16], Phase::Running));
    window.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai").focus();
    window.steps();
    window.key(CTRL, Key::End);
    window
}

fn applied(iteration: u64, text: &str) -> Event {
    let renewed = vec!["the 4×4 grid's network".to_owned()];
    let (path, text, kept) = (PathBuf::from(PATH), text.to_owned(), vec!["data".to_owned()]);
    Event::RecipeApplied { iteration, path, text, kept, renewed }
}

/// Types key by key, as a person does.
fn types(window: &mut Window, text: &str) {
    for key in text.chars() {
        match key {
            '\n' => window.harness.key_press(Key::Enter),
            key => window.harness.event(Input::Text(key.to_string())),
        }
        window.harness.run_steps(1);
    }
    window.steps();
}

/// Whether completions are offered.
fn offers(window: &Window, signature: &str) -> bool {
    window
        .harness
        .query_all_by_role(Role::Button)
        .any(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with(signature)))
}

/// The recipe that the window had written last and the run was sent.
fn sent(window: &Window) -> Option<String> {
    let mut swapped = window.commands().into_iter().filter_map(|command| match command {
        Command::SwapRecipe(recipe) => Some(recipe.text),
        _ => None,
    });
    swapped.next_back()
}

#[test]
fn a_word_is_completed_from_the_dictionary() {
    let mut window = on("");
    types(&mut window, "l");
    assert!(!offers(&window, "langevin"), "one letter is not enough");
    types(&mut window, "an");
    assert!(offers(&window, "langevin(options: map) -> Kernel: Moves all pixels at once"));
    window.key(NONE, Key::ArrowDown);
    window.key(NONE, Key::Enter);
    assert_eq!(window.editor_text(), "langevin(#{  })");
    assert!(offers(&window, "1 to 1,000,000"), "its options are offered at once");
    types(&mut window, "ste");
    window.key(NONE, Key::Tab);
    types(&mut window, "20");
    assert_eq!(window.editor_text(), "langevin(#{ steps: 20 })", "Tab takes the only one");
    assert!(window.sees("steps l on the grid, 1 to 1,000,000; default 30"), "told below the text");
}

#[test]
fn completions_never_steal_a_key() {
    let mut window = on("");
    types(&mut window, "lan\nx");
    assert_eq!(window.editor_text(), "lan\nx", "nothing was chosen");
    types(&mut window, " la");
    assert!(offers(&window, "langevin"));
    window.key(NONE, Key::Escape);
    assert!(!offers(&window, "langevin"));
    types(&mut window, "y");
    assert_eq!(window.editor_text(), "lan\nx lay", "the text has the keys still");
    window.key(CTRL, Key::Space);
    assert!(!offers(&window, "langevin"));
}

#[test]
fn methods_variables_and_words_of_plugins_are_offered() {
    let mut window = on("fn iterate(lab, batch) {\n    let coarse = batch.grid(0);\n    ");
    let about = "Power by radius.".to_owned();
    let word = PluginWord { name: "spectrum::radial".to_owned(), parameters: vec!["y".to_owned()], about };
    window.give(Return::PluginWords(vec![word]));
    types(&mut window, "lab.");
    assert!(offers(&window, "Lab.sample(s: int, start: Images) -> Images") && !offers(&window, "Data.flip"));
    types(&mut window, "up");
    window.key(NONE, Key::Tab);
    window.key(NONE, Key::Tab);
    types(&mut window, "1");
    assert!(window.editor_text().ends_with("lab.up(1, y)"), "the first parameter was selected");
    window.key(NONE, Key::End);
    types(&mut window, "; coa");
    assert!(offers(&window, "variable"));
    window.key(NONE, Key::Escape);
    types(&mut window, " radi");
    assert!(offers(&window, "spectrum::radial(y): Power by radius"));
}

#[test]
fn the_pointer_that_rests_on_a_word_shows_its_documentation() {
    let mut window = on("langevin(#{ steps: 2 })\n\n\n");
    let editor = window.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai").rect();
    window.harness.hover_at(editor.left_top() + pos2(30.0, 13.0).to_vec2());
    for _ in 0..80 {
        window.harness.step();
    }
    for told in ["langevin(options: map) -> Kernel", "Moves all pixels at once", "bound on each value", "equation (8)"]
    {
        assert!(window.sees(told), "{told}");
    }
    window.harness.hover_at(editor.left_top() + pos2(30.0, 60.0).to_vec2());
    window.steps();
    assert!(!window.sees("Moves all pixels at once"));
}

#[test]
fn matches_are_counted_walked_and_replaced() {
    let mut window = on("a b a\nB a\n");
    window.key(CTRL, Key::F);
    types(&mut window, "a");
    assert!(window.sees("1 of 3"), "round the end of the text");
    window.key(NONE, Key::Enter);
    assert!(window.sees("2 of 3"));
    window.key(Modifiers::SHIFT, Key::Enter);
    window.key(Modifiers::SHIFT, Key::F3);
    assert!(window.sees("3 of 3"));
    window.key(CTRL, Key::H);
    window.harness.get_by_role_and_label(Role::TextInput, "Replace with").focus();
    window.steps();
    types(&mut window, "c");
    window.click("Replace all");
    assert_eq!(window.editor_text(), "c b c\nB c\n");
    assert!(window.sees("3 replaced"));
    window.key(NONE, Key::Escape);
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Find").is_none());
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), "a b a\nB a\n", "all of it is one step");
}

#[test]
fn capitals_count_when_asked_to() {
    let mut window = on("b B b");
    window.key(CTRL, Key::F);
    types(&mut window, "B");
    assert!(window.sees("of 3"));
    window.click("Match case");
    assert!(window.sees("1 match"));
    window.key(NONE, Key::F3);
    assert!(window.sees("1 of 1"));
}

#[test]
fn a_line_is_gone_to_by_its_number() {
    let mut window = on("one\ntwo\nthree\n");
    window.key(CTRL, Key::G);
    types(&mut window, "2\n");
    types(&mut window, "X");
    assert_eq!(window.editor_text(), "one\nXtwo\nthree\n");
}

#[test]
fn undo_goes_back_over_what_was_not_typed() {
    let mut window = on("slider(\"delta\", 0.25, 0.0, 1.0)\n");
    types(&mut window, "// mine");
    window.click("Write into the recipe");
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.3, 0.0, 1.0)\n// mine");
    assert!(sent(&window).is_some());
    window.click("Revert");
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.25, 0.0, 1.0)\n");
    window.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai").focus();
    window.steps();
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.3, 0.0, 1.0)\n// mine");
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.25, 0.0, 1.0)\n// mine");
    window.key(CTRL, Key::Y);
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.3, 0.0, 1.0)\n// mine");
    window.key(CTRL, Key::Z);
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.25, 0.0, 1.0)\n// ", "typing goes back by words");
    window.key(CTRL | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.editor_text(), "slider(\"delta\", 0.25, 0.0, 1.0)\n// mine");
}

#[test]
fn lines_are_indented_commented_and_continued() {
    let mut window = on("fn rate(t) {");
    types(&mut window, "\n0.1");
    assert_eq!(window.editor_text(), "fn rate(t) {\n    0.1");
    window.key(CTRL, Key::Slash);
    assert_eq!(window.editor_text(), "fn rate(t) {\n    // 0.1");
    window.key(CTRL, Key::Slash);
    window.key(CTRL, Key::A);
    window.key(NONE, Key::Tab);
    assert_eq!(window.editor_text(), "    fn rate(t) {\n        0.1");
    window.key(Modifiers::SHIFT, Key::Tab);
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), "    fn rate(t) {\n        0.1", "each is a step");
}

#[test]
fn one_number_is_changed_and_what_that_would_do_is_told() {
    let text = "fn pyramid() { grids(#{ size: 32, factor: 1.5";
    let mut window = on(text);
    window.key(CTRL, Key::ArrowUp);
    assert_eq!(window.editor_text(), "fn pyramid() { grids(#{ size: 32, factor: 1.6");
    window.key(CTRL | Modifiers::SHIFT, Key::ArrowUp);
    assert_eq!(window.editor_text(), "fn pyramid() { grids(#{ size: 32, factor: 2.6");
    window.key(CTRL, Key::ArrowDown);
    let changed = "fn pyramid() { grids(#{ size: 32, factor: 2.5";
    assert_eq!(window.editor_text(), changed);
    let asked = |window: &mut Window| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        window.steps();
        window.commands().contains(&Command::Preview(recipe(changed)))
    };
    assert!((0..100).any(|_| asked(&mut window)), "the run is asked once the keys rest");
    window.tell(Event::Previewed(Preview {
        text: changed.to_owned(),
        kept: vec!["data".to_owned(), "the 32×32 grid's network".to_owned()],
        renewed: vec!["the 5×5 grid's network".to_owned()],
        cost: "an update costs 0.80 times as much".to_owned(),
        refusal: None,
    }));
    for told in ["Applying changes", "5×5 made anew", "32×32 kept", "data kept", "costs 0.80 times"] {
        assert!(window.sees(told), "{told}");
    }
    window.key(CTRL, Key::S);
    window.tell(applied(1_300, changed));
    for told in ["Applied at 1,300", "4×4 made anew", "data kept"] {
        assert!(window.sees(told), "{told}");
    }
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), text, "all steps at one number are one");
}

#[test]
fn a_number_is_dragged_with_alt_held() {
    let mut window = on("d = 1.5\n");
    let editor = window.harness.get_by_role_and_label(Role::MultilineTextInput, "multigrid.rhai").rect();
    let at = editor.left_top() + pos2(4.0 + 5.0 * 7.5, 13.0).to_vec2();
    let alt = Modifiers::ALT;
    let button = |pos, pressed| Input::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: alt };
    let right = |points: f32| at + pos2(points, 0.0).to_vec2();
    let moved = |points| Input::PointerMoved(right(points));
    for input in [moved(0.0), button(at, true), moved(14.0), moved(30.0), button(right(30.0), false)] {
        window.harness.event(Input::ModifiersChanged(alt));
        window.harness.event(input);
        window.harness.run_steps(2);
    }
    window.steps();
    let text = window.editor_text();
    assert!(["d = 1.9\n", "d = 2.0\n"].contains(&text.as_str()), "{text}");
}

#[test]
fn a_conflict_shows_both_texts() {
    let mut window = window();
    window.tell(applied(3, "let a = 1;\nlet b = 2;\n"));
    window.edit("let a = 9;\nlet b = 2;\n");
    window.tell(applied(4, "let a = 7;\nlet b = 2;\n"));
    assert!(!window.sees("– let a = 9;"));
    window.click("Show both");
    assert!(window.sees("– let a = 9;") && window.sees("+ let a = 7;"));
    window.click("Take theirs");
    assert_eq!(window.editor_text(), "let a = 7;\nlet b = 2;\n");
    assert!(!window.sees("– let a = 9;"));
    window.key(CTRL, Key::Z);
    assert_eq!(window.editor_text(), "let a = 9;\nlet b = 2;\n", "nothing of the user's is lost");
}

#[test]
fn a_key_goes_back_and_forward_again() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    let texts = ["fn rate(t) {\n    0.2\n}\n", "fn rate(t) {\n    0.1\n}\n"];
    for (at, text) in texts.iter().enumerate() {
        window.edit(text);
        window.key(CTRL, Key::S);
        assert_eq!(sent(&window).as_deref(), Some(*text));
        window.tell(applied(1_300 + at as u64, text));
    }
    for (keys, wanted) in [(CTRL, texts[0]), (CTRL, RECIPE), (CTRL | Modifiers::SHIFT, texts[0])] {
        window.key(keys, Key::B);
        assert_eq!(window.editor_text(), wanted);
        assert_eq!(sent(&window).as_deref(), Some(wanted));
        assert_eq!(window.saved.last().map(|recipe| recipe.text.as_str()), Some(wanted), "it lies in its file");
        window.tell(applied(1_400, wanted));
    }
    window.key(CTRL, Key::B);
    assert_eq!(sent(&window).as_deref(), Some(RECIPE));
    window.tell(applied(1_500, RECIPE));
    window.key(CTRL, Key::B);
    assert!(window.sees("there is none to go back to"));
    assert_eq!(sent(&window), None);
}

#[test]
fn two_presses_at_once_go_two_back() {
    let mut window = window();
    for (at, text) in ["let a = 1;", "let a = 2;"].into_iter().enumerate() {
        window.tell(applied(10 + at as u64, text));
    }
    window.key(CTRL, Key::B);
    window.key(CTRL, Key::B);
    assert_eq!(sent(&window).as_deref(), Some(RECIPE));
    assert_eq!(window.editor_text(), RECIPE);
}

#[test]
fn the_history_tells_what_each_recipe_changed_and_showed() {
    let mut window = window();
    window.show(frame(&[1, 4], Phase::Running));
    window.tell(applied(1_300, "fn rate(t) {\n    0.1\n}\n"));
    window.show(Frame { number: 2, ..frame(&[1, 4, 16], Phase::Running) });
    window.click("History");
    for told in [
        "2 recipes, newest first",
        "0.1, 4 synthesized images",
        "as it began, 4 synthesized images",
        "since 1,300",
        "anew: 4×4",
    ] {
        assert!(window.sees(told), "{told}");
    }
    window.click("0.1, show changes");
    assert!(window.sees("–     0.3") && window.sees("+     0.1"), "the difference to the one before");
    window.click("Go back to as it began");
    assert_eq!(sent(&window).as_deref(), Some(RECIPE));
    window.tell(applied(1_400, RECIPE));
    assert!(window.sees("since 0, again at 1,400"));
    window.click("Forward");
    assert_eq!(sent(&window).as_deref(), Some("fn rate(t) {\n    0.1\n}\n"));
}

#[test]
fn a_recipe_that_fails_in_its_first_iteration_is_left() {
    let mut window = window();
    window.tell(applied(1_300, "fn rate(t) { 1e9 }"));
    let (path, message) = (PathBuf::from(PATH), "after an update grid 1 is not finite".to_owned());
    window.tell(Event::RecipeRefused { iteration: 1_300, path, line: 1, column: 1, message });
    assert_eq!(window.editor_text(), "fn rate(t) { 1e9 }");
    window.click("Revert");
    assert_eq!(window.editor_text(), RECIPE, "what runs is the one before");
    window.click("History");
    assert!(window.sees("failed in its first iteration"));
}

#[test]
fn a_save_that_fails_leaves_the_way_back_open() {
    let mut window = window();
    window.tell(applied(10, "let a = 1;"));
    window.refuses = true;
    window.key(CTRL, Key::B);
    assert_eq!(sent(&window), None);
    window.refuses = false;
    window.key(CTRL, Key::B);
    assert_eq!(sent(&window).as_deref(), Some(RECIPE));
}
