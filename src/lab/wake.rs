//! Wakes the window when the run has something new: thirty times a second at most, and less where drawing is dear, so
//! that the window's thread takes no more than an eighth of one core from the learning beside it.

use crate::run::FrameSlot;
use eframe::egui::Context;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Shortest time between two drawings that only the run asked for.
const PACE: Duration = Duration::from_millis(33);
/// Longest such time.
const SLOWEST: Duration = Duration::from_millis(250);
/// Time left to others for each stretch of drawing.
const SHARE: u32 = 8;

/// The window's side of the agreement.
pub struct Wake {
    shared: Arc<Shared>,
}

struct Shared {
    start: Instant,
    /// When the window was last drawn, in milliseconds after `start`.
    drawn: AtomicU64,
    /// Milliseconds between drawings.
    pace: AtomicU64,
    /// A drawing was asked for and has not begun.
    asked: AtomicBool,
}

impl Shared {
    fn now(&self) -> u64 {
        // 2^64 milliseconds never pass; the cast saturates nothing.
        self.start.elapsed().as_millis() as u64
    }

    /// How long to wait, when somebody must ask.
    fn ask(&self) -> Option<Duration> {
        if self.asked.swap(true, Ordering::AcqRel) {
            return None;
        }
        let since = self.now().saturating_sub(self.drawn.load(Ordering::Acquire));
        let pace = self.pace.load(Ordering::Acquire);
        Some(Duration::from_millis(pace.saturating_sub(since)))
    }
}

impl Wake {
    /// From now on news in `frames` draws the window.
    #[must_use]
    pub fn on(frames: &FrameSlot, ctx: &Context) -> Self {
        let shared = Arc::new(Shared {
            start: Instant::now(),
            drawn: AtomicU64::new(0),
            pace: AtomicU64::new(PACE.as_millis() as u64),
            asked: AtomicBool::new(false),
        });
        let (theirs, ctx) = (Arc::clone(&shared), ctx.clone());
        frames.on_change(move || {
            if let Some(wait) = theirs.ask() {
                ctx.request_repaint_after(wait);
            }
        });
        Self { shared }
    }

    /// The window is about to take in what is new; `cost` is what the drawing before took.
    pub fn taking(&self, cost: Duration) {
        let pace = (cost * SHARE).clamp(PACE, SLOWEST).as_millis() as u64;
        // Half the way each time: one slow drawing is no reason to stutter.
        let before = self.shared.pace.load(Ordering::Acquire);
        self.shared.pace.store(before.midpoint(pace), Ordering::Release);
        self.shared.drawn.store(self.shared.now(), Ordering::Release);
        self.shared.asked.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_news_asks_once_and_not_too_soon() {
        let (run, port) = crate::run::connect();
        let wake = Wake::on(&run.frames, &Context::default());
        wake.taking(Duration::ZERO);
        let waits: Vec<Duration> = (0..100).filter_map(|_| wake.shared.ask()).collect();
        assert_eq!(waits.len(), 1);
        assert!(waits[0] > Duration::ZERO && waits[0] <= PACE);
        wake.taking(Duration::ZERO);
        assert!(wake.shared.ask().is_some());
        (0..9).for_each(|_| wake.taking(Duration::from_millis(15)));
        let slow = wake.shared.ask().unwrap_or_default();
        assert!(slow > Duration::from_millis(100) && slow <= Duration::from_millis(120), "{slow:?}");
        drop(port);
        drop(run);
    }
}
