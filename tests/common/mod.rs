//! What several tests share.
#![allow(dead_code)]

pub mod disk;
pub mod durable;
pub mod edits;

use emberlab::recipe::RecipeText;
use emberlab::run::{Command, Event, Frame, Run, RunHandle, RunOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A recipe that runs many iterations a second.
pub const TINY: &str = r#"fn pyramid() { grids(#{ size: 8, factor: 2.0 }) }
fn network(s) { net([conv(4, 3), leaky(0.2)]) }
fn kernel(s) { langevin(#{ steps: slider("steps", 2, 1, 9), drift: 1.0, noise: 0.02 }) }
fn batch_size() { 4 }
"#;

pub fn text(text: &str) -> RecipeText {
    RecipeText { path: "recipe.rhai".into(), text: text.into() }
}

pub fn tiny_options(recipe: RecipeText) -> RunOptions {
    RunOptions { device: "cpu".into(), threads: Some(1), ..RunOptions::new(recipe) }
}

/// Runs headless to the end; all events.
pub fn finish(options: RunOptions) -> Vec<Event> {
    let run = Run::spawn(options).unwrap();
    let mut events = Vec::new();
    loop {
        let event = run.events.recv_timeout(PATIENCE).expect("the run says nothing");
        let ended = matches!(event, Event::Ended { .. });
        events.push(event);
        if ended {
            return events;
        }
    }
}

/// Why a run ended.
pub fn error_of(events: &[Event]) -> Option<String> {
    events.iter().find_map(|event| match event {
        Event::Ended { error, .. } => error.clone(),
        _ => None,
    })
}

/// A run that is looked at.
pub struct Watched {
    pub run: RunHandle,
    pub events: Vec<Event>,
}

impl Watched {
    pub fn new(options: RunOptions) -> Self {
        Self { run: Run::spawn(RunOptions { interactive: true, ..options }).unwrap(), events: Vec::new() }
    }

    pub fn send(&self, command: Command) {
        assert!(self.run.send(command), "the run takes no commands");
    }

    /// Waits for an event that `wanted` picks something from. Earlier events are not looked at again.
    pub fn wait<T>(&mut self, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(event) = self.run.events.recv_deadline(deadline) {
            let found = wanted(&event);
            self.events.push(event);
            if let Some(found) = found {
                return found;
            }
        }
        panic!(
            "waited in vain for {what}; the last events: {:#?}",
            self.events.iter().rev().take(5).collect::<Vec<_>>()
        );
    }

    pub fn wait_for_iteration(&mut self, least: u64) -> u64 {
        self.wait("an iteration", |event| match event {
            Event::Update { iteration, .. } if *iteration >= least => Some(*iteration),
            _ => None,
        })
    }

    /// Waits for a frame like that.
    pub fn frame(&self, what: &str, wanted: impl Fn(&Frame) -> bool) -> Arc<Frame> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(frame) = self.run.frames.newest().filter(|frame| wanted(frame)) {
                return frame;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("waited in vain for a frame with {what}");
    }
}

/// The tensors of a checkpoint's `model.safetensors` by name.
pub fn weights(checkpoint: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let bytes = std::fs::read(checkpoint.join("model.safetensors")).unwrap();
    let parsed = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    parsed.tensors().into_iter().map(|(name, view)| (name, view.data().to_vec())).collect()
}
