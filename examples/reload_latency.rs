//! How long it takes from saving a recipe to the first frame of chains that took a step under it.
//!
//! `cargo run --release --example reload_latency -- [RECIPE] [EDITS]`: the recipe must declare a slider called `noise`.

use anyhow::Context;
use emberlab::recipe::{LiveParameter, RecipeText};
use emberlab::run::{Run, RunOptions};
use std::time::{Duration, Instant};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let source = arguments.next().unwrap_or_else(|| "scripts/first_light.rhai".into());
    let edits: usize = arguments.next().map_or(Ok(50), |edits| edits.parse())?;
    let folder = std::env::temp_dir().join(format!("emberlab-reload-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("recipe.rhai");
    let mut text = std::fs::read_to_string(&source)?;
    std::fs::write(&path, &text)?;
    let recipe = RecipeText { path: path.clone(), text: text.clone() };
    let options = RunOptions { watch: true, interactive: true, ..RunOptions::new(recipe) };
    let run = Run::spawn(options)?;
    let noise = |newest: &emberlab::run::Frame| newest.parameters.iter().find(|p| p.name == "noise").cloned();
    let begun = Instant::now();
    let parameter: LiveParameter = loop {
        if let Some(found) = run.frames.newest().filter(|frame| frame.iteration > 0).as_deref().and_then(noise) {
            break found;
        }
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(60), "no frame with a slider called noise");
        std::thread::sleep(Duration::from_millis(5));
    };
    let (mut times, mut steps) = (Vec::new(), Vec::new());
    for edit in 0..edits {
        std::thread::sleep(Duration::from_millis(400 + 37 * (edit as u64 % 11)));
        let value = parameter.low + (parameter.high - parameter.low) * (0.1 + 0.001 * edit as f64);
        text = LiveParameter { value, ..parameter.clone() }.write_into(&text)?;
        let default = emberlab::recipe::Recipe::compile(
            RecipeText { path: path.clone(), text: text.clone() },
            &Default::default(),
        )?;
        default.plan()?;
        let wanted = default.live_parameters().into_iter().find(|p| p.name == "noise").context("noise")?.default;
        std::fs::write(&path, &text)?;
        let saved = Instant::now();
        let frame = loop {
            // What is shown at once may be older; a frame that says so had a step under the new recipe.
            if let Some(frame) = run.frames.newest().filter(|frame| noise(frame).is_some_and(|p| p.default == wanted)) {
                break frame;
            }
            anyhow::ensure!(saved.elapsed() < Duration::from_secs(30), "the edit was not taken");
            std::thread::sleep(Duration::from_micros(500));
        };
        times.push(1e3 * saved.elapsed().as_secs_f64());
        let step = frame.grids.iter().filter_map(|grid| grid.update).map(|update| update.step_ms).fold(0.0, f64::max);
        steps.push(step);
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let step = steps.iter().copied().fold(0.0, f64::max);
    println!(
        "{source}, {edits} edits: median {:.0} ms, p99 {:.0} ms, longest {:.0} ms; the longest MCMC step {step:.1} ms",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
