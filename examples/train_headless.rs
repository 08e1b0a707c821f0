//! Trains a recipe for a few iterations from a program of one's own, and prints what happens.
//!
//! `cargo run --release --example train_headless scripts/first_light.rhai 20`

use emberlab::recipe;
use emberlab::run::{Event, Run, RunOptions};
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| "scripts/first_light.rhai".into());
    let iterations = arguments.next().map_or(Ok(20), |text| text.parse())?;
    let text = recipe::read(Path::new(&path))?;
    let run = Run::spawn(RunOptions { iterations: Some(iterations), ..RunOptions::new(text) })?;
    for event in &run.events {
        match event {
            Event::Update { iteration, grids, .. } => {
                let gaps: Vec<String> = grids.iter().map(|grid| format!("{:+.3}", grid.gap)).collect();
                println!("update {iteration}: gaps {}", gaps.join(" "));
            }
            Event::Ended { error: Some(error), .. } => anyhow::bail!(error),
            Event::Ended { .. } => break,
            other => println!("{other:?}"),
        }
    }
    Ok(())
}
