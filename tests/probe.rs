//! What is drawn beside a run, by its probe: chains from one seed, fills behind a mask, long chains, nearest images.

mod common;

use common::{TINY, Watched, text, tiny_options};
use emberlab::run::{
    Answers, ChainSettings, Command, DiversityAnswer, DiversityQuestion, Event, InpaintingAnswer, InpaintingQuestion,
    LongRunQuestion, NearestQuestion, NetworkQuestion, Pictures, Question, Weights,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Waits for an answer that `wanted` picks something from.
fn answer<T>(watched: &Watched, what: &str, wanted: impl Fn(&Answers) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if let Some(found) = wanted(&watched.run.answers.newest()) {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("waited in vain for {what}");
}

fn tiny() -> Watched {
    let mut watched = Watched::new(tiny_options(text(TINY)));
    watched.wait_for_iteration(3);
    watched
}

fn ask(watched: &Watched, question: Question) {
    assert!(watched.run.ask(question));
}

fn from_red(copies: usize, others: usize, chains: ChainSettings) -> DiversityQuestion {
    DiversityQuestion { seeds: vec![[200, 40, 60]], others, copies, chains }
}

fn grown(watched: &Watched, slot: usize, question: DiversityQuestion) -> Arc<DiversityAnswer> {
    let before = watched.run.answers.newest().diversity[slot].as_ref().map_or(0, |answer| answer.number);
    ask(watched, Question::Diversity(slot, question));
    answer(watched, "grown chains", |answers| {
        let answer = answers.diversity[slot].clone().filter(|answer| answer.number > before)?;
        assert_eq!(answer.error, None);
        answer.progress.done.then_some(answer)
    })
}

/// A picture whose left half is dark and whose right half is bright.
fn halves(side: usize) -> Arc<Pictures> {
    let shade = |at: usize| if at % side < side / 2 { 40 } else { 220 };
    let rgba = (0..side * side).flat_map(|at| [shade(at), shade(at), shade(at), 255]).collect();
    Arc::new(Pictures { side, count: 1, rgba })
}

fn fill_in(mask: Vec<u8>, fills: usize) -> InpaintingQuestion {
    let chains = ChainSettings::default();
    InpaintingQuestion { image: halves(8), mask: Arc::new(mask), fills, keep_moving: false, chains }
}

/// Hides the columns from 4 on.
fn right_half() -> Vec<u8> {
    (0..64).map(|at| if at % 8 >= 4 { 255 } else { 0 }).collect()
}

fn filled(watched: &Watched, wanted: impl Fn(&InpaintingAnswer) -> bool) -> Arc<InpaintingAnswer> {
    answer(watched, "fills", |answers| {
        let answer = answers.inpainting.clone()?;
        assert_eq!(answer.error, None);
        (answer.progress.done && wanted(&answer)).then_some(answer)
    })
}

#[test]
fn chains_from_one_seed_begin_alike_and_part() {
    let watched = tiny();
    let answer = grown(&watched, 0, from_red(6, 2, ChainSettings::default()));
    assert_eq!(answer.seeds[0], [200, 40, 60]);
    assert_eq!(answer.seeds.len(), 3);
    let sides: Vec<usize> = answer.grids.iter().map(|grid| grid.side).collect();
    assert_eq!(sides, [1, 2, 4, 8]);
    assert!(answer.grids.iter().all(|grid| grid.count == 18));
    let seeds = answer.grids[0].rgba.as_chunks::<4>().0;
    assert!(seeds[..6].iter().all(|pixel| pixel[..3] == [200, 40, 60]));
    assert_eq!(answer.spread.len(), 4);
    assert_eq!(answer.spread[0].within, 0.0, "the seed is one colour");
    assert!(answer.spread[3].within > 0.0, "chains of one seed part");
    assert!(answer.spread[3].between.is_some_and(|between| between > 0.0));
    // Start and two steps on each of three grids.
    let at: Vec<(usize, usize)> = answer.steps.iter().map(|step| (step.grid, step.step)).collect();
    assert_eq!(at, [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2)]);
    assert_eq!(*answer.steps[8].pictures, answer.grids[3], "the last step is what is shown");
}

#[test]
fn the_same_noise_gives_the_same_chains_and_another_name_others() {
    let mut watched = tiny();
    watched.send(Command::Pause);
    watched.wait("a pause", |event| matches!(event, Event::Phase { .. }).then_some(()));
    let noise = |noise| from_red(3, 0, ChainSettings { noise, ..ChainSettings::default() });
    let first = grown(&watched, 0, noise(5));
    assert_eq!(grown(&watched, 1, noise(5)).grids, first.grids);
    assert_ne!(grown(&watched, 1, noise(6)).grids, first.grids);
}

#[test]
fn heat_parts_chains_further_and_more_steps_are_taken() {
    let mut watched = tiny();
    watched.send(Command::Pause);
    watched.wait("a pause", |event| matches!(event, Event::Phase { .. }).then_some(()));
    let at = |temperature, steps| {
        let answer = grown(&watched, 0, from_red(8, 0, ChainSettings { temperature, steps, ..Default::default() }));
        (answer.spread[3].within, answer.steps.len())
    };
    let (cold, steps) = at(0.25, None);
    let (hot, _) = at(16.0, None);
    assert!(hot > 2.0 * cold, "{hot} at 16 times the temperature, {cold} at a quarter");
    assert_eq!(steps, 9);
    assert_eq!(at(1.0, Some(5)).1, 18);
}

#[test]
fn only_hidden_pixels_move() {
    let watched = tiny();
    ask(&watched, Question::Inpainting(Some(fill_in(right_half(), 3))));
    let answer = filled(&watched, |_| true);
    assert_eq!(answer.grids.last().map(|fills| (fills.side, fills.count)), Some((8, 3)));
    let original = halves(8);
    for fill in answer.grids[3].rgba.chunks_exact(8 * 8 * 4) {
        for (at, (found, known)) in fill.chunks_exact(4).zip(original.rgba.chunks_exact(4)).enumerate() {
            assert!(at % 8 >= 4 || found == known, "pixel {at} was known");
        }
        assert_ne!(fill, original.rgba, "nothing was filled in");
    }
    let names: Vec<&str> = answer.errors.iter().map(|error| error.name.as_str()).collect();
    assert_eq!(names, ["fill 1", "fill 2", "fill 3", "mean", "nearest", "harmonic"]);
    // All that is known is dark and all that is hidden is bright.
    let mean = &answer.errors[3];
    assert!((mean.error - 180.0 / 255.0).abs() < 0.01, "{mean:?}");
    assert_eq!(answer.masks.iter().map(|mask| mask.side).collect::<Vec<_>>(), [1, 2, 4, 8]);
    assert_eq!(answer.masks[3].rgba.chunks_exact(4).filter(|pixel| pixel[0] == 255).count(), 32);
}

#[test]
fn fills_follow_the_mask_while_it_is_painted() {
    let watched = tiny();
    let mut mask = vec![0; 64];
    for pixel in 0..40 {
        mask[pixel] = 255;
        ask(&watched, Question::Inpainting(Some(fill_in(mask.clone(), 2))));
        std::thread::sleep(Duration::from_millis(2));
    }
    let hidden = |answer: &InpaintingAnswer| {
        answer.masks.last().map_or(0, |mask| mask.rgba.chunks_exact(4).filter(|pixel| pixel[0] == 255).count())
    };
    let painted = filled(&watched, |answer| hidden(answer) == 40);
    let original = halves(8);
    for fill in painted.grids[3].rgba.chunks_exact(8 * 8 * 4) {
        assert_eq!(fill[40 * 4..], original.rgba[40 * 4..], "what is known stays");
    }
    let again = InpaintingQuestion { keep_moving: true, ..fill_in(mask, 2) };
    ask(&watched, Question::Inpainting(Some(again)));
    ask(&watched, Question::Inpainting(None));
    answer(&watched, "rest", |answers| answers.inpainting.as_ref()?.progress.done.then_some(()));
}

#[test]
fn a_soft_mask_blends() {
    let watched = tiny();
    let soft: Vec<u8> = (0..64).map(|at| if at % 8 >= 4 { 51 } else { 0 }).collect();
    ask(&watched, Question::Inpainting(Some(fill_in(soft, 1))));
    let answer = filled(&watched, |_| true);
    // A fifth of whatever stands there at most.
    for (found, known) in answer.grids[3].rgba.iter().zip(&halves(8).rgba) {
        assert!(found.abs_diff(*known) <= 52, "{found}, not {known}");
    }
}

#[test]
fn wrong_questions_are_refused_with_what_is_wrong() {
    let watched = tiny();
    let asked = InpaintingQuestion { image: halves(16), ..fill_in(right_half(), 1) };
    ask(&watched, Question::Inpainting(Some(asked)));
    let error = answer(&watched, "a refusal", |answers| answers.inpainting.clone()?.error.clone());
    assert!(error.contains("16×16") && error.contains("8×8"), "{error}");
    ask(&watched, Question::Diversity(1, from_red(0, 0, ChainSettings::default())));
    let error = answer(&watched, "a refusal", |answers| answers.diversity[1].clone()?.error.clone());
    assert!(error.contains("0 chains"), "{error}");
    let weights = Weights::Checkpoint("nowhere/checkpoints/00000001".into());
    ask(&watched, Question::Diversity(0, from_red(2, 0, ChainSettings { weights, ..Default::default() })));
    let error = answer(&watched, "a refusal", |answers| answers.diversity[0].clone()?.error.clone());
    assert!(error.contains("nowhere"), "{error}");
    // And it goes on answering.
    grown(&watched, 0, from_red(2, 0, ChainSettings::default()));
}

#[test]
fn questions_may_come_before_there_is_a_model_and_after_the_run_has_ended() {
    let mut watched = Watched::new(emberlab::run::RunOptions { iterations: Some(3), ..tiny_options(text(TINY)) });
    grown(&watched, 0, from_red(2, 1, ChainSettings::default()));
    watched.wait("the end", |event| matches!(event, Event::Ended { .. }).then_some(()));
    let answer = grown(&watched, 0, from_red(3, 1, ChainSettings::default()));
    assert_eq!((answer.iteration, answer.copies), (3, 3));
}

#[test]
fn an_edit_of_the_recipe_reaches_the_probe() {
    let mut watched = tiny();
    let edited = TINY.replace("size: 8", "size: 12").replace("factor: 2.0", "factor: 1.5");
    watched.send(Command::SwapRecipe(text(&edited)));
    watched.wait("the edit", |event| matches!(event, Event::RecipeApplied { .. }).then_some(()));
    let answer = grown(&watched, 0, from_red(2, 0, ChainSettings::default()));
    assert_eq!(answer.grids.iter().map(|grid| grid.side).collect::<Vec<_>>(), [1, 2, 3, 5, 8, 12]);
}

/// Swaps the recipe for one of other grids; the iteration from which it runs.
fn regrid(watched: &mut Watched, pyramid: &str) -> u64 {
    let script = TINY.replace("grids(#{ size: 8, factor: 2.0 })", pyramid);
    watched.send(Command::SwapRecipe(text(&script)));
    watched.wait("the edit", |event| match event {
        Event::RecipeApplied { iteration, .. } => Some(*iteration),
        _ => None,
    })
}

#[test]
fn a_look_at_other_grids_disturbs_no_chains_under_way() {
    let mut watched = tiny();
    let chains = ChainSettings { steps: Some(5000), ..ChainSettings::default() };
    ask(&watched, Question::Diversity(0, from_red(4, 0, chains)));
    answer(&watched, "chains under way", |answers| answers.diversity[0].clone());
    let edited = regrid(&mut watched, "sides([1, 4])");
    watched.wait_for_iteration(edited + 2);
    ask(&watched, Question::Network(NetworkQuestion { grid: 1, image: None, weights: Weights::Newest }));
    answer(&watched, "a look", |answers| answers.network.clone());
    let done = answer(&watched, "the end of the chains", |answers| {
        let answer = answers.diversity[0].clone()?;
        assert_eq!(answer.error, None);
        answer.progress.done.then_some(answer)
    });
    assert_eq!(done.grids.iter().map(|grid| grid.side).collect::<Vec<_>>(), [1, 2, 4, 8]);
}

#[test]
fn fills_go_on_over_other_grids_or_say_why_not() {
    let mut watched = tiny();
    ask(&watched, Question::Inpainting(Some(fill_in(right_half(), 2))));
    filled(&watched, |_| true);
    let edited = regrid(&mut watched, "sides([1, 4, 8])");
    filled(&watched, |answer| answer.iteration > edited);
    regrid(&mut watched, "sides([1, 4])");
    let error = answer(&watched, "a refusal", |answers| answers.inpainting.clone()?.error.clone());
    assert!(!error.contains("fault"), "{error}");
}

#[test]
fn a_checkpoint_may_be_drawn_from_while_the_run_learns_on() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Some(folder.path().join("run"));
    let mut watched = Watched::new(emberlab::run::RunOptions { directory, ..tiny_options(text(TINY)) });
    watched.wait_for_iteration(2);
    watched.send(Command::Save);
    let (at, path) = watched.wait("a checkpoint", |event| match event {
        Event::Checkpoint { iteration, path } => Some((*iteration, path.clone())),
        _ => None,
    });
    watched.wait_for_iteration(at + 40);
    let settings = || ChainSettings { weights: Weights::Checkpoint(path.clone()), ..ChainSettings::default() };
    let answer = grown(&watched, 1, from_red(2, 0, settings()));
    assert_eq!(answer.iteration, at);
    assert_eq!(grown(&watched, 1, from_red(2, 0, settings())).grids, answer.grids, "weights of the past stay");
}

#[test]
fn long_chains_go_on_from_the_short_ones() {
    let watched = tiny();
    let chains = ChainSettings::default();
    ask(&watched, Question::LongRun(Some(LongRunQuestion { count: 4, steps: 300, chains })));
    let answer = answer(&watched, "long chains", |answers| {
        answers.long_run.clone().filter(|answer| answer.progress.done || answer.error.is_some())
    });
    assert_eq!(answer.error, None);
    assert_eq!((answer.short.count, answer.long.count), (4, 4));
    assert_ne!(answer.short, answer.long);
    assert_eq!(answer.progress.step, 300);
    assert_eq!(answer.distance.len(), 298, "every step after the recipe's two");
    assert!(answer.distance[297][1] > answer.distance[0][1], "chains wander off");
}

#[test]
fn a_training_image_is_its_own_nearest() {
    let watched = tiny();
    let frame = answer(&watched, "a frame", |_| {
        watched.run.frames.newest().filter(|frame| frame.grids.last().is_some_and(|grid| grid.observed.count > 0))
    });
    let pictures = Arc::new(frame.grids[3].observed.clone());
    let pictures = Arc::new(Pictures { count: 1, rgba: pictures.rgba[..256].to_vec(), ..*pictures });
    ask(&watched, Question::Nearest(NearestQuestion { pictures: pictures.clone() }));
    let answer = answer(&watched, "the nearest image", |answers| answers.nearest.clone());
    assert_eq!(answer.error, None);
    let usual = answer.usual.expect("there are held-out images");
    // The batch adds noise, and may have mirrored it.
    assert!(answer.distances[0] < usual + 0.1, "{} against {usual}", answer.distances[0]);
    assert_eq!((answer.nearest.side, answer.nearest.count, answer.names.len()), (8, 1, 1));
}

#[test]
fn the_network_is_told_layer_by_layer() {
    let watched = tiny();
    ask(&watched, Question::Network(NetworkQuestion { grid: 3, image: Some(halves(8)), weights: Weights::Newest }));
    let answer = answer(&watched, "the network", |answers| answers.network.clone());
    assert_eq!(answer.error, None);
    assert_eq!((answer.grid, answer.side), (3, 8));
    assert!(answer.layers.len() >= 2, "{:?}", answer.layers);
    assert_eq!(answer.filters.count, 4, "the first convolution has four kernels");
    assert_eq!(answer.layers.iter().map(|layer| layer.parameters).sum::<usize>(), answer.parameters);
    assert_eq!((answer.layers[0].channels, answer.layers[0].activations.count), (4, 4));
}

#[test]
fn held_out_images_are_given_others_each_time() {
    let watched = tiny();
    let asked = |before: Option<Arc<Pictures>>| {
        ask(&watched, Question::HeldOut);
        answer(&watched, "held-out images", |answers| {
            answers.held_out.clone().filter(|new| before.as_ref() != Some(new))
        })
    };
    let first = asked(None);
    assert_eq!((first.side, first.count), (8, 32));
    assert_eq!(asked(Some(first)).count, 32);
}

#[test]
fn a_run_learns_the_same_whatever_its_probe_is_asked() {
    let learned = |asks: bool| {
        let folder = tempfile::tempdir().unwrap();
        let directory = Some(folder.path().join("run"));
        let options = emberlab::run::RunOptions { directory, iterations: Some(30), ..tiny_options(text(TINY)) };
        let mut watched = Watched::new(options);
        if asks {
            for noise in 0..40 {
                let chains = ChainSettings { noise, ..ChainSettings::default() };
                ask(&watched, Question::Diversity(0, from_red(4, 2, chains)));
                ask(&watched, Question::Inpainting(Some(fill_in(right_half(), 2))));
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let checkpoint = watched.wait("the end", |event| match event {
            Event::Checkpoint { iteration: 30, path } => Some(path.clone()),
            _ => None,
        });
        common::weights(&checkpoint)
    };
    assert!(learned(false) == learned(true), "weights differ");
}
