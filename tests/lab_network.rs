//! The network panel, driven without a display: what it asks the run's probe, and what it shows of a network.

mod lab_window;

use eframe::egui::accesskit::Role;
use eframe::egui::vec2;
use egui_kittest::kittest::{NodeT, Queryable};
use emberlab::lab::Errand;
use emberlab::run::{Event, Frame, NetworkAnswer, NetworkLayer, NetworkQuestion, Phase, Pictures, Question, Weights};
use lab_window::{Window, frame, pictures, window_of};
use std::path::PathBuf;
use std::sync::Arc;

const SIDES: [usize; 4] = [1, 4, 16, 64];

fn layer(words: &str, [channels, side, parameters]: [usize; 3], dead: Option<f64>) -> NetworkLayer {
    NetworkLayer {
        words: words.to_owned(),
        channels,
        side,
        parameters,
        activations: pictures(side, channels),
        scale: if dead.is_some() { [0.0, 2.5] } else { [-4.0, 4.0] },
        largest: (0..channels).map(|channel| channel as f32 / 8.0).collect(),
        dead,
    }
}

fn answer(number: u64, grid: usize) -> NetworkAnswer {
    let side = SIDES[grid];
    NetworkAnswer {
        number,
        asked: NetworkQuestion { grid, ..NetworkQuestion::default() },
        grid,
        side,
        channels: 3,
        parameters: 10_000,
        layers: vec![
            layer("conv 5×5, 32, stride 2", [32, side / 2, 2_432], None),
            layer("relu", [32, side / 2, 0], Some(0.03)),
            layer("conv 3×3, 24", [24, side / 2, 6_936], None),
            layer("relu", [24, side / 2, 0], Some(0.25)),
            layer("conv 3×3, 8", [8, side / 2, 600], None),
            layer("leaky 0.1", [8, side / 2, 0], Some(0.75)),
            layer("score", [1, 1, 32], None),
        ],
        filters: pictures(5, 32),
        image: pictures(side, 1),
        score: 12.345,
        iteration: 1_200 + number,
        error: None,
    }
}

fn shown(size: [f32; 2]) -> Window {
    let mut window = window_of(size);
    window.show(frame(&SIDES, Phase::Running));
    window.click("Network");
    window
}

fn asked(window: &Window) -> Vec<NetworkQuestion> {
    let network = |question| match question {
        Question::Network(question) => Some(question),
        _ => None,
    };
    window.questions().into_iter().filter_map(network).collect()
}

fn tell(window: &mut Window, answer: NetworkAnswer) {
    window.port.probe.answer(|answers| answers.network = Some(Arc::new(answer)));
    window.steps();
}

#[test]
fn the_panel_asks_only_while_it_is_seen() {
    let mut window = window_of([1280.0, 720.0]);
    window.show(frame(&SIDES, Phase::Running));
    assert!(asked(&window).is_empty(), "nobody looks");
    window.click("Network");
    let wanted = NetworkQuestion { grid: 3, image: None, weights: Weights::Newest };
    assert_eq!(asked(&window), [wanted]);
    assert!(window.sees("Looking at the network of 64×64"));
    window.steps();
    assert!(asked(&window).is_empty(), "once is enough");
    window.click("Network of 16×16");
    assert_eq!(asked(&window)[0].grid, 2);
    window.click("Images");
    window.show(Frame { number: 2, iteration: 2_000, ..frame(&SIDES, Phase::Running) });
    assert!(asked(&window).is_empty(), "nobody looks any more");
}

#[test]
fn the_layers_are_told_in_numbers() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 3));
    assert!(window.sees("10,000 parameters"));
    assert!(window.sees("after 1,201 updates"));
    for row in [
        "layer 1: conv 5×5, 32, stride 2, 3×64×64 to 32×32×32, 2,432 parameters",
        "layer 2: relu, 32×32×32 to 32×32×32, 0 parameters, 3.0 % dead",
        "layer 6: leaky 0.1, 8×32×32 to 8×32×32, 0 parameters, 75.0 % dead",
        "layer 7: score, 8×32×32 to 1×1×1, 32 parameters",
    ] {
        assert!(window.harness.query_by_role_and_label(Role::Button, row).is_some(), "{row}");
    }
    assert!(window.sees("score f(Y) = 12.35"));
    tell(&mut window, NetworkAnswer { error: Some("the run has no grid 3 any more".to_owned()), ..answer(2, 3) });
    assert!(window.sees("the run has no grid 3 any more"));
    assert!(!window.sees("10,000 parameters"));
}

#[test]
fn an_answer_about_another_grid_is_not_shown_as_this_ones() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 3));
    window.click("Network of 4×4");
    assert!(!window.sees("10,000 parameters"));
    assert!(window.sees("Looking at the network of 4×4"));
    tell(&mut window, answer(2, 1));
    assert!(window.sees("3×4×4 to 32×2×2"));
}

#[test]
fn the_maps_of_a_layer_say_what_they_are_drawn_on() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 2));
    window.click("Network of 16×16");
    assert!(window.sees("layer 1 · black -4, white 4, grey 0"));
    assert!(window.sees("maps of layer 1: conv 5×5, 32, stride 2, 32 pictures"));
    let relu = "layer 4: relu, 24×8×8 to 24×8×8, 0 parameters, 25.0 % dead";
    window.click(relu);
    assert!(window.sees("layer 4 · black 0, white 2.5"));
    let maps = window.harness.get_by_label("maps of layer 4: relu, 24 pictures").rect();
    window.harness.hover_at(maps.min + vec2(60.0, 10.0));
    window.harness.run_steps(8);
    assert!(window.sees("channel 2 of 24 · largest 0.1250"));
    window.click("Filters");
    assert!(window.sees("5×5 weights, each filter scaled by its own largest; grey is 0"));
    window.click(relu);
    assert!(window.sees("filters of the first layer, 32 pictures"), "the layer was chosen before");
    window.click("Maps");
    assert!(window.sees("maps of layer 4: relu, 24 pictures"));
}

#[test]
fn a_map_is_enlarged_by_a_click_and_put_back_by_another() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 3));
    let click = |window: &mut Window, label: &str| {
        let at = window.harness.get_by_label(label).rect().min + vec2(10.0, 10.0);
        window.harness.hover_at(at);
        window.harness.run_steps(1);
        window.harness.drag_at(at);
        window.harness.run_steps(1);
        window.harness.drop_at(at);
        window.steps();
    };
    click(&mut window, "maps of layer 1: conv 5×5, 32, stride 2, 32 pictures");
    assert!(window.sees("channel 1, large"));
    tell(&mut window, answer(2, 3));
    assert!(window.sees("channel 1, large"), "it follows the run");
    click(&mut window, "channel 1, large");
    assert!(window.sees("stride 2, 32 pictures"));
}

#[test]
fn a_picture_of_the_frame_can_be_scored() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 3));
    asked(&window);
    let row = window.harness.get_by_label_contains("choose synthesized").rect();
    let at = row.left_center() + vec2(66.0 + 27.0 + 10.0, 0.0);
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.drag_at(at);
    window.harness.run_steps(1);
    window.harness.drop_at(at);
    window.steps();
    let questions = asked(&window);
    let image = questions.last().and_then(|question| question.image.clone()).expect("an image");
    let all = pictures(64, 16);
    let bytes = 64 * 64 * 4;
    assert_eq!((image.side, image.count), (64, 1));
    assert!(image.rgba == all.rgba[bytes..2 * bytes], "the second picture");
    assert!(window.sees("of synthesized 2 at 1,234"));
    assert!(window.sees("score f(Y) = …"), "the score is the training image's");
    let asked_about = questions[questions.len() - 1].clone();
    tell(&mut window, NetworkAnswer { asked: asked_about, score: -3.5, ..answer(2, 3) });
    assert!(window.sees("score f(Y) = -3.500"));
    window.click("Training image");
    assert_eq!(asked(&window).last().unwrap().image, None);
}

#[test]
fn it_follows_the_run_until_it_is_told_not_to() {
    let mut window = shown([1280.0, 720.0]);
    assert_eq!(asked(&window).len(), 1);
    let learned = |number: u64| Frame { number, iteration: 1_234 + number, ..frame(&SIDES, Phase::Running) };
    window.show(learned(2));
    assert!(asked(&window).is_empty(), "the first question is open");
    tell(&mut window, answer(1, 3));
    window.steps();
    assert_eq!(asked(&window).len(), 1);
    window.steps();
    assert!(asked(&window).is_empty(), "nothing was learned meanwhile");
    window.click("Follow the run");
    tell(&mut window, answer(2, 3));
    window.show(learned(3));
    assert!(asked(&window).is_empty());
}

#[test]
fn weights_of_a_checkpoint_can_be_looked_at() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 3));
    asked(&window);
    let path = PathBuf::from("runs/a/checkpoints/00001200");
    window.tell(Event::Checkpoint { iteration: 1_200, path: path.clone() });
    window.harness.get_by_role_and_label(Role::ComboBox, "Weights of the network").click();
    window.steps();
    window.click("at 1,200");
    assert_eq!(asked(&window).last().unwrap().weights, Weights::Checkpoint(path));
    assert!(window.harness.get_by_label("Follow the run").accesskit_node().is_disabled());
    tell(&mut window, answer(2, 3));
    window.show(Frame { number: 9, iteration: 2_000, ..frame(&SIDES, Phase::Running) });
    assert!(asked(&window).is_empty(), "a checkpoint does not change");
}

#[test]
fn what_is_shown_can_be_saved() {
    let mut window = shown([1280.0, 720.0]);
    tell(&mut window, answer(1, 3));
    for (view, wanted) in
        [("Maps", "network-64x64-layer-1-conv-5x5-32-stride-2.png"), ("Filters", "network-64x64-filters.png")]
    {
        window.click(view);
        window.click("Save…");
        match window.errands.pop() {
            Some(Errand::Export { name, bytes }) => {
                assert_eq!(name, wanted);
                let file = image::load_from_memory(&bytes()).unwrap();
                assert!(file.width() >= 32 * 6, "{}", file.width());
            }
            _ => panic!("nothing was saved"),
        }
    }
}

#[test]
fn any_answer_can_be_shown_in_any_window() {
    for size in [[1280.0, 720.0], [760.0, 480.0], [300.0, 200.0]] {
        let mut window = shown(size);
        let mut odd = answer(1, 3);
        odd.parameters = 0;
        odd.score = f64::NAN;
        odd.filters.rgba.truncate(9);
        odd.image = Pictures::default();
        for layer in &mut odd.layers {
            layer.dead = Some(f64::NAN);
            layer.scale = [f32::NAN, f32::INFINITY];
            layer.largest.clear();
            layer.activations.rgba.truncate(70);
        }
        tell(&mut window, odd);
        tell(&mut window, NetworkAnswer { layers: Vec::new(), ..answer(2, 3) });
        let wide = layer("fully connected, 512", [512, 1, 5], None);
        tell(&mut window, NetworkAnswer { layers: vec![wide], ..answer(3, 3) });
        window.show(Frame { number: 5, ..frame(&[1], Phase::Ended) });
        window.show(Frame { number: 6, ..frame(&[], Phase::Ended) });
        window.tell(Event::Ended { iteration: 5, error: None, input: false });
    }
}
