//! Probes: what can be looked at beside a run, with networks of its own.

mod diversity;
mod inpainting;
mod long_run;
mod message;
mod nearest;
mod network;
mod pixels;
mod slot;
mod thread;
mod weights;

pub(super) use diversity::Diversity;
pub(super) use inpainting::Inpainting;
pub use message::{
    Answers, ChainProgress, ChainSettings, ChainStep, DiversityAnswer, DiversityQuestion, FillError, InpaintingAnswer,
    InpaintingQuestion, LongRunAnswer, LongRunQuestion, NearestAnswer, NearestQuestion, NetworkAnswer, NetworkLayer,
    NetworkQuestion, Question, SLOTS, SeedSpread, Slot, Weights,
};
pub use slot::{AnswerSlot, ProbePort};
pub(super) use thread::start;
pub(super) use weights::SnapshotSlot;

use crate::compute::Images;

/// Mean MS-SSIM over pairs of images; none where they are too small for it.
fn similarity(images: &Images, range: [f32; 2]) -> Option<f64> {
    crate::metrics::ms_ssim_diversity(images, range).ok().map(|found| found.mean)
}
