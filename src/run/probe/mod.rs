//! Probes: what can be looked at beside a run, with networks of its own.

mod message;
mod slot;

pub use message::{
    Answers, ChainProgress, ChainSettings, ChainStep, DiversityAnswer, DiversityQuestion, FillError, InpaintingAnswer,
    InpaintingQuestion, LongRunAnswer, LongRunQuestion, NearestAnswer, NearestQuestion, NetworkAnswer, NetworkLayer,
    NetworkQuestion, Question, SLOTS, SeedSpread, Slot, Weights,
};
pub use slot::{AnswerSlot, ProbePort};
