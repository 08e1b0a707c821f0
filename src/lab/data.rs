//! What the window knows of data: the report it shows, and how far reading has come.

use super::format;
use crate::run::{Command, DataReport, Event};
use std::path::PathBuf;
use std::rc::Rc;

/// How far images are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    pub done: usize,
    pub total: Option<usize>,
    pub seconds_left: Option<f64>,
}

impl Reading {
    /// Such as `1,200 of 10,000, 0:00:12 left`.
    #[must_use]
    pub fn words(&self) -> String {
        let of = self.total.map_or(String::new(), |total| format!(" of {}", format::count(total as u64)));
        let left = self.seconds_left.map_or(String::new(), |seconds| format!(", {} left", format::clock(seconds)));
        format!("{}{of}{left}", format::count(self.done as u64))
    }

    /// From 0 to 1, where that is known.
    #[must_use]
    pub fn share(&self) -> Option<f32> {
        self.total.filter(|&total| total > 0).map(|total| (self.done as f32 / total as f32).min(1.0))
    }
}

/// What the window knows of data.
#[derive(Debug, Default)]
pub struct Data {
    /// How far the run is in reading its images, while it does.
    pub reading: Option<Reading>,
    /// How far the check is, while it reads.
    pub inspecting: Option<Reading>,
    /// The newest report.
    pub report: Option<Rc<DataReport>>,
    /// Reports so far; tells a new one from one that was seen.
    pub reports: u64,
    /// What was asked about and is not answered yet.
    waiting: Option<Option<PathBuf>>,
    /// Whether the run was asked since its data last changed.
    asked: bool,
}

impl Data {
    /// Takes in one event.
    pub fn take(&mut self, event: &Event) {
        match event {
            &Event::Reading { done, total, seconds_left } => {
                self.reading = Some(Reading { done, total, seconds_left });
            }
            Event::Data { .. } => (self.reading, self.asked) = (None, false),
            Event::RecipeApplied { renewed, .. } => {
                self.reading = None;
                self.asked &= !renewed.iter().any(|what| what.starts_with("data"));
            }
            Event::RecipeRefused { .. } => self.reading = None,
            Event::Ended { .. } => (self.reading, self.inspecting, self.waiting) = (None, None, None),
            &Event::Inspecting { done, total, seconds_left, .. } => {
                self.inspecting = Some(Reading { done, total, seconds_left });
            }
            Event::Inspected(report) => {
                if self.waiting.as_ref() == Some(&report.path) {
                    self.waiting = None;
                }
                self.inspecting = None;
                self.report = Some(Rc::new((**report).clone()));
                self.reports += 1;
            }
            _ => {}
        }
    }

    /// The question of what lies at `path`, or of the running recipe's data.
    pub fn ask(&mut self, path: Option<PathBuf>) -> Command {
        self.asked = true;
        self.waiting = Some(path.clone());
        Command::Inspect(path)
    }

    /// The question of the running recipe's data, if it was not put since they last changed.
    pub fn first_question(&mut self) -> Option<Command> {
        (!self.asked).then(|| self.ask(None))
    }

    /// What was asked about and is not answered yet.
    #[must_use]
    pub fn waiting(&self) -> Option<&Option<PathBuf>> {
        self.waiting.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_told_in_words_and_is_over_with_the_data() {
        let mut data = Data::default();
        data.take(&Event::Reading { done: 1_200, total: Some(10_000), seconds_left: Some(12.0) });
        let reading = data.reading.unwrap();
        assert_eq!(reading.words(), "1,200 of 10,000, 0:00:12 left");
        assert_eq!(reading.share(), Some(0.12));
        assert_eq!(Reading { done: 7, total: None, seconds_left: None }.words(), "7");
        data.take(&Event::Data { source: String::new(), training: 1, held_out: 0, batch: 1, skipped: vec![] });
        assert!(data.reading.is_none());
    }

    #[test]
    fn the_runs_data_are_asked_about_once_until_they_change() {
        let mut data = Data::default();
        assert_eq!(data.first_question(), Some(Command::Inspect(None)));
        assert_eq!(data.first_question(), None);
        let applied = |what: &str| Event::RecipeApplied {
            iteration: 1,
            path: "a".into(),
            text: String::new(),
            kept: vec![],
            renewed: vec![what.to_owned()],
        };
        data.take(&applied("kernels"));
        assert_eq!(data.first_question(), None);
        data.take(&applied("data"));
        assert_eq!(data.first_question(), Some(Command::Inspect(None)));
    }
}
