//! How fluid the window is: times of its frames, and how soon it answers input.

use eframe::egui::{Context, ViewportCommand};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Frames at the beginning that are not counted: fonts and textures are made.
const WARM_UP: usize = 10;

/// Takes times for a while, then prints them as a line of JSON and closes the window.
pub struct Measure {
    until: Instant,
    seen: usize,
    began: Option<Instant>,
    /// Milliseconds of work for a frame, drawing included.
    work: Vec<f64>,
    /// Of those that answered input: from the start of the frame that took it to the end of its drawing.
    answered: Vec<f64>,
    /// Longest stay in the window's own code, milliseconds: taking news, panels, passing on.
    logic: Vec<f64>,
    /// The frame that was drawn last took input in.
    input: bool,
    /// It was drawn since times were last taken.
    drawn: bool,
    told: bool,
}

#[derive(Serialize)]
struct Figures {
    frames: usize,
    frame_ms: [f64; 4],
    inputs: usize,
    input_ms: [f64; 4],
    window_code_ms: [f64; 4],
}

impl Measure {
    /// Measures for so long.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            until: Instant::now() + time,
            seen: 0,
            began: None,
            work: Vec::new(),
            answered: Vec::new(),
            logic: Vec::new(),
            input: false,
            drawn: false,
            told: false,
        }
    }

    /// So long took the last frame, drawing included.
    pub fn took(&mut self, last: Duration) {
        if !std::mem::take(&mut self.drawn) || self.seen <= WARM_UP {
            return;
        }
        let milliseconds = 1e3 * last.as_secs_f64();
        self.work.push(milliseconds);
        if self.input {
            self.answered.push(milliseconds);
        }
    }

    /// A frame begins.
    pub fn begin(&mut self, ctx: &Context) {
        self.seen += 1;
        self.drawn = true;
        self.input = ctx.input(|input| !input.events.is_empty());
        self.began = Some(Instant::now());
        ctx.request_repaint_after(self.until.saturating_duration_since(Instant::now()));
    }

    /// The window's own code has done its part of the frame.
    pub fn end(&mut self, ctx: &Context) {
        if let Some(began) = self.began.take().filter(|_| self.seen > WARM_UP) {
            self.logic.push(1e3 * began.elapsed().as_secs_f64());
        }
        if Instant::now() >= self.until && !self.told && !self.work.is_empty() {
            self.tell();
            (self.told, self.work) = (true, Vec::new());
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn tell(&self) {
        let figures = Figures {
            frames: self.work.len(),
            frame_ms: spread(&self.work),
            inputs: self.answered.len(),
            input_ms: spread(&self.answered),
            window_code_ms: spread(&self.logic),
        };
        if let Ok(line) = serde_json::to_string(&figures) {
            use std::io::Write;
            // A reader that went away does not care.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
}

/// Median, 95th and 99th percentile, and the largest.
fn spread(times: &[f64]) -> [f64; 4] {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)));
    [0.5, 0.95, 0.99, 1.0].map(|share| at(share).map_or(0.0, |&time| (100.0 * time).round() / 100.0))
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times: Vec<f64> = (1..=1000).rev().map(f64::from).collect();
        assert_eq!(spread(&times), [501.0, 951.0, 991.0, 1000.0]);
        assert_eq!(spread(&[]), [0.0; 4]);
    }
}
