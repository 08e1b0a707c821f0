//! A run's events as lines of text, the newest few thousand of them.

use super::format;
use crate::run::{Event, Phase};
use std::collections::VecDeque;

/// Lines kept; older ones are dropped.
pub const MAX_LINES: usize = 2_000;
/// Files named one by one when a source leaves some out.
const NAMED_FILES: usize = 5;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Goes with the line above it.
    Detail,
    /// Comes again and again.
    Routine,
    Info,
    Good,
    Warning,
    Error,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Seconds since the window opened.
    pub at: f64,
    pub iteration: Option<u64>,
    pub severity: Severity,
    pub text: String,
}

/// The lines, oldest first.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<Line>,
    /// Warnings and errors so far, dropped lines included.
    pub problems: usize,
    /// The parameter the newest line is about: a slider being drawn writes one line, not hundreds.
    parameter: Option<String>,
    version: u64,
}

impl Log {
    /// The lines, oldest first.
    #[must_use]
    pub fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    /// Changes whenever a line does.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Adds a line; text of several lines becomes several lines.
    pub fn push(&mut self, at: f64, iteration: Option<u64>, severity: Severity, text: &str) {
        self.parameter = None;
        self.version += 1;
        if severity >= Severity::Warning {
            self.problems += 1;
        }
        for (row, text) in text.lines().enumerate() {
            let severity = if row > 0 && severity < Severity::Warning { Severity::Detail } else { severity };
            if self.lines.len() >= MAX_LINES {
                self.lines.pop_front();
            }
            self.lines.push_back(Line { at, iteration, severity, text: text.to_owned() });
        }
    }

    /// Adds the line or lines of an event; updates and plotted values are curves, not lines.
    pub fn event(&mut self, at: f64, event: &Event) {
        let mut say = |iteration: u64, severity, text: &str| {
            self.push(at, Some(iteration), severity, text);
        };
        match event {
            Event::Update { .. } | Event::Plot { .. } => {}
            Event::Started { directory, device, seed, iteration } => {
                let place = directory.as_ref().map_or(String::new(), |path| format!(", kept in {}", path.display()));
                say(*iteration, Severity::Info, &format!("started on {device}, seed {seed}{place}"));
            }
            Event::Data { source, training, held_out, skipped, .. } => {
                let text = format!("data {source}: {training} to learn from, {held_out} held out");
                self.push(at, None, Severity::Info, &text);
                self.skipped(at, skipped);
            }
            Event::Reading { .. } | Event::Previewed(_) | Event::Inspecting { .. } | Event::Inspected(_) => {}
            Event::RecipeApplied { iteration, path, kept, renewed, .. } => {
                let name = path.file_name().unwrap_or(path.as_os_str()).display();
                let mut text = format!("recipe {name} applied");
                for (verb, things) in [("kept", kept), ("made anew", renewed)] {
                    let things = if things.is_empty() { "nothing".to_owned() } else { things.join(", ") };
                    text.push_str(&format!("\n{verb}: {things}"));
                }
                say(*iteration, Severity::Good, &text);
            }
            Event::RecipeRefused { iteration, path, line, column, message } => {
                let name = path.file_name().unwrap_or(path.as_os_str()).display();
                let text = format!("recipe {name} refused at line {line}, column {column}: {message}");
                say(*iteration, Severity::Error, &text);
            }
            Event::ParameterSet { iteration, name, value, word } => {
                if self.parameter.as_ref() == Some(name) {
                    self.lines.pop_back();
                }
                let value = word.clone().unwrap_or_else(|| format::number(*value));
                let text = format!("{name} = {value}");
                self.push(at, Some(*iteration), Severity::Info, &text);
                self.parameter = Some(name.clone());
            }
            Event::Diverged { iteration, grid, reason, action, .. } => {
                let text = format!("grid {grid} diverged: {reason}; {action}");
                say(*iteration, Severity::Error, &text);
            }
            Event::Adjusted { iteration, grid, change } => {
                say(*iteration, Severity::Info, &format!("grid {grid}: {change}"));
            }
            Event::Measured { iteration, name, value } => {
                say(*iteration, Severity::Info, &format!("{name}: {value:.4}"));
            }
            Event::Checkpoint { iteration, path } => {
                say(*iteration, Severity::Good, &format!("checkpoint {}", path.display()));
            }
            Event::Sheet { iteration, path } => {
                say(*iteration, Severity::Routine, &format!("picture sheet {}", path.display()));
            }
            Event::Phase { iteration, phase } => {
                say(*iteration, Severity::Info, phase_text(*phase));
            }
            Event::Warning { iteration, message } => say(*iteration, Severity::Warning, message),
            Event::Printed { iteration, text } => say(*iteration, Severity::Info, text),
            Event::Ended { iteration, error, .. } => match error {
                Some(error) => say(*iteration, Severity::Error, &format!("the run failed: {error}")),
                None => say(*iteration, Severity::Info, "the run ended"),
            },
        }
    }

    fn skipped(&mut self, at: f64, skipped: &[String]) {
        if skipped.is_empty() {
            return;
        }
        let mut text = format!("{} files left out:", skipped.len());
        for reason in skipped.iter().take(NAMED_FILES) {
            text.push_str(&format!("\n{reason}"));
        }
        if skipped.len() > NAMED_FILES {
            text.push_str(&format!("\nand {} more", skipped.len() - NAMED_FILES));
        }
        self.push(at, None, Severity::Warning, &text);
    }
}

/// A phase in a word.
#[must_use]
pub fn phase_text(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "starting",
        Phase::Running => "running",
        Phase::Paused => "paused",
        Phase::Ended => "ended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn the_oldest_lines_go_first() {
        let mut log = Log::default();
        for at in 0..MAX_LINES + 10 {
            log.push(0.0, Some(at as u64), Severity::Info, "line");
        }
        assert_eq!(log.lines().len(), MAX_LINES);
        assert_eq!(log.lines()[0].iteration, Some(10));
    }

    #[test]
    fn an_applied_recipe_says_what_it_kept_and_made_anew() {
        let mut log = Log::default();
        log.event(
            1.0,
            &Event::RecipeApplied {
                iteration: 3,
                path: PathBuf::from("scripts/multigrid.rhai"),
                text: String::new(),
                kept: vec!["weights of grids 1, 2".to_owned(), "chains".to_owned()],
                renewed: vec![],
            },
        );
        let texts: Vec<&str> = log.lines().iter().map(|line| line.text.as_str()).collect();
        let wanted = ["recipe multigrid.rhai applied", "kept: weights of grids 1, 2, chains", "made anew: nothing"];
        assert_eq!(texts, wanted);
    }

    #[test]
    fn a_drawn_slider_writes_one_line() {
        let mut log = Log::default();
        for value in 0..100 {
            let value = f64::from(value);
            log.event(0.0, &Event::ParameterSet { iteration: 1, name: "delta".to_owned(), value, word: None });
        }
        assert_eq!(log.lines().len(), 1);
        assert_eq!(log.lines()[0].text, "delta = 99.00");
    }

    #[test]
    fn many_skipped_files_take_few_lines_and_count_as_one_problem() {
        let mut log = Log::default();
        let skipped: Vec<String> = (0..40).map(|at| format!("{at}.png: not an image")).collect();
        let source = "faces".to_owned();
        log.event(0.0, &Event::Data { source, training: 10, held_out: 2, batch: 5, skipped });
        assert_eq!(log.lines().len(), 1 + 1 + NAMED_FILES + 1);
        assert_eq!(log.problems, 1);
    }
}
