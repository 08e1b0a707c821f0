//! Images drawn with the weights of checkpoints, asked of the run's probe one checkpoint at a time.

use super::super::asks::Asks;
use super::super::model::Model;
use crate::run::{ChainSettings, DiversityAnswer, DiversityQuestion, Frame, Pictures, Question, Slot, Weights};
use eframe::egui::Context;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The probe's slot of the timeline.
pub const TIMELINE: Slot = 3;
/// Images of a checkpoint: one from each seed.
const IMAGES: usize = 12;
/// Checkpoints whose images are kept.
const KEPT: usize = 64;
/// A pointer that sweeps over the timeline asks no more often than this.
const BETWEEN: f64 = 0.1;

/// Images of one checkpoint, as far as they are drawn.
#[derive(Default)]
pub struct Drawing {
    checkpoint: PathBuf,
    pub pictures: Pictures,
    /// Changes with the pictures.
    pub version: u64,
    /// All is drawn, or nothing can be.
    pub done: bool,
    /// Side of the grid on which the chains are.
    pub side: usize,
    pub error: Option<String>,
}

/// What was drawn so far.
#[derive(Default)]
pub struct Drawings {
    drawn: VecDeque<Drawing>,
    /// The checkpoint that the probe was asked about last, and when.
    asked: Option<(PathBuf, f64)>,
    /// Number of the answer that was taken in last.
    answer: u64,
    versions: u64,
    /// The same for all checkpoints, so that only the weights differ.
    seeds: Vec<[u8; 3]>,
}

impl Drawings {
    /// Takes in what the probe has drawn, and asks for the first of these checkpoints that is not drawn yet.
    pub fn want(&mut self, ctx: &Context, wanted: &[&Path], model: &Model, asks: &mut Asks) {
        if let Some(answer) = model.answers.diversity.get(TIMELINE).and_then(Option::as_deref) {
            self.take(answer);
        }
        let missing = wanted.iter().find(|checkpoint| !self.of(checkpoint).is_some_and(|drawing| drawing.done));
        let Some(checkpoint) = missing.filter(|_| !model.over()) else { return };
        let now = ctx.input(|input| input.time);
        match &self.asked {
            Some((asked, _)) if asked == checkpoint => {}
            Some((_, at)) if now - at < BETWEEN => ctx.request_repaint_after(Duration::from_secs_f64(BETWEEN)),
            _ => {
                self.asked = Some((checkpoint.to_path_buf(), now));
                asks.questions.push(self.question(checkpoint, &model.frame));
            }
        }
    }

    fn question(&mut self, checkpoint: &Path, frame: &Frame) -> Question {
        if self.seeds.is_empty() {
            self.seeds = seeds(frame);
        }
        let chains =
            ChainSettings { weights: Weights::Checkpoint(checkpoint.to_path_buf()), ..ChainSettings::default() };
        let seeds = if self.seeds.is_empty() { vec![[128; 3]; IMAGES] } else { self.seeds.clone() };
        Question::Diversity(TIMELINE, DiversityQuestion { seeds, others: 0, copies: 1, chains })
    }

    fn take(&mut self, answer: &DiversityAnswer) {
        let Weights::Checkpoint(checkpoint) = &answer.weights else { return };
        if self.answer == answer.number && self.of(checkpoint).is_some() {
            return;
        }
        self.answer = answer.number;
        self.versions += 1;
        self.drawn.retain(|drawing| drawing.checkpoint != *checkpoint);
        self.drawn.truncate(KEPT - 1);
        let finest = answer.grids.last();
        self.drawn.push_front(Drawing {
            checkpoint: checkpoint.clone(),
            pictures: finest.cloned().unwrap_or_default(),
            version: self.versions,
            done: answer.progress.done || answer.error.is_some(),
            side: finest.map_or(0, |finest| finest.side),
            error: answer.error.clone(),
        });
    }

    /// The images of a checkpoint.
    #[must_use]
    pub fn of(&self, checkpoint: &Path) -> Option<&Drawing> {
        self.drawn.iter().find(|drawing| drawing.checkpoint == checkpoint)
    }

    /// Another run answers from now on.
    pub fn ask_again(&mut self) {
        self.asked = None;
        self.seeds.clear();
        self.drawn.retain(|drawing| drawing.error.is_none());
    }

    /// A checkpoint was written anew.
    pub fn forget(&mut self, checkpoint: &Path) {
        self.drawn.retain(|drawing| drawing.checkpoint != checkpoint);
        self.asked = self.asked.take().filter(|(asked, _)| asked != checkpoint);
    }
}

/// The 1×1 versions of the chains in the window.
fn seeds(frame: &Frame) -> Vec<[u8; 3]> {
    let Some(ones) = frame.grids.first().filter(|grid| grid.side == 1).map(|grid| &grid.synthesized) else {
        return Vec::new();
    };
    let ones = if ones.count == 0 { frame.grids.first().map_or(ones, |grid| &grid.observed) } else { ones };
    ones.rgba.as_chunks::<4>().0.iter().take(IMAGES).map(|&[r, g, b, _]| [r, g, b]).collect()
}
