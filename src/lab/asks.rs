//! What panels ask for in one drawing of the window.

use super::action::Action;
use super::client::Errand;
use super::layout::Pane;
use crate::run::{Command, Question};

/// Collected while the panels are drawn, and sent afterwards.
#[derive(Default)]
pub struct Asks {
    /// For the run.
    pub commands: Vec<Command>,
    /// For the run's probe.
    pub questions: Vec<Question>,
    /// For the program.
    pub errands: Vec<Errand>,
    /// As if their buttons had been pressed.
    pub actions: Vec<Action>,
    /// A panel to bring to the front.
    pub show: Option<Pane>,
    /// A problem to tell the user.
    pub notice: Option<String>,
}
