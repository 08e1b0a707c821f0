//! The run that is looked at, beside the one it is compared with: images, curves, recipes, and what can be done with it.

use super::super::asks::Asks;
use super::super::model::Model;
use super::super::{format, theme};
use super::changes::Changes;
use super::drawings::Drawings;
use super::images::{Chosen, Gallery};
use super::plot::Comparison;
use super::proposal::Proposal;
use super::record::Records;
use super::subject::{self, Subject};
use crate::run::{RunStatus, RunSummary};
use eframe::egui::{Align, Button, ComboBox, Label, Layout, RichText, Ui, WidgetInfo, accesskit::Role, vec2};
use std::path::{Path, PathBuf};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum View {
    #[default]
    Images,
    Curves,
    Recipe,
}

/// The detail's own state.
#[derive(Default)]
pub struct Detail {
    view: View,
    /// The run it is compared with; the one in the window when `None`.
    pub other: Option<PathBuf>,
    galleries: [Gallery; 2],
    chosen: Chosen,
    comparison: Comparison,
    changes: Changes,
}

/// What the detail draws from.
pub struct Sources<'a> {
    pub list: &'a [RunSummary],
    pub model: &'a Model,
    pub records: &'a Records,
}

impl<'a> Sources<'a> {
    /// The run of the list in this directory.
    #[must_use]
    pub fn listed(&self, directory: &Path) -> Option<&'a RunSummary> {
        self.list.iter().find(|run| run.directory == directory)
    }

    fn subject(&self, run: &'a RunSummary) -> Subject<'a> {
        if subject::is_here(run, self.model) {
            Subject::window(self.model, Some(run))
        } else {
            Subject::listed(run, self.records)
        }
    }

    /// The run that `run` is compared with: `other`, or the one in the window; none when that is `run` itself.
    fn other(&self, run: &RunSummary, other: Option<&Path>) -> Option<Subject<'a>> {
        if let Some(other) = other.and_then(|other| self.listed(other)) {
            return (other.directory != run.directory).then(|| self.subject(other));
        }
        let here = self.model.directory.as_deref().and_then(|directory| self.listed(directory));
        (!subject::is_here(run, self.model)).then(|| Subject::window(self.model, here))
    }
}

impl Detail {
    /// Draws what there is to say of `run`; what the user is about to do with it.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        run: &RunSummary,
        sources: &Sources<'_>,
        drawings: &mut Drawings,
        asks: &mut Asks,
    ) -> Option<Proposal> {
        let subject = sources.subject(run);
        let proposal = self.actions(ui, run, &subject, sources.model);
        for text in run.problem.iter().chain(&run.failure) {
            let text = RichText::new(text).color(theme::palette(ui).bad);
            ui.add(Label::new(text).truncate());
        }
        self.choices(ui, run, sources);
        let other = sources.other(run, self.other.as_deref());
        ui.add_space(2.0);
        match self.view {
            View::Images => self.images(ui, &subject, other.as_ref(), sources.model, drawings, asks),
            View::Curves => {
                let subjects: Vec<&Subject<'_>> = std::iter::once(&subject).chain(&other).collect();
                self.comparison.ui(ui, &subjects);
            }
            View::Recipe => self.changes.ui(ui, &subject, other.as_ref()),
        }
        proposal
    }

    fn actions(&self, ui: &mut Ui, run: &RunSummary, subject: &Subject<'_>, model: &Model) -> Option<Proposal> {
        let mut proposal = None;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let refusal = resume_refusal(run, subject, model);
            let resume = ui.add_enabled(refusal.is_none(), Button::new("Resume"));
            let resume = resume.on_hover_text("Go on from its newest checkpoint, in place of the run in the window");
            if resume.on_disabled_hover_text(refusal.unwrap_or_default()).clicked() {
                proposal = Some(Proposal::Resume(run.directory.clone()));
            }
            let from = self.fork_point(subject);
            let text = from
                .map_or_else(|| "Fork".to_owned(), |(iteration, _)| format!("Fork at {}", format::count(*iteration)));
            let fork = ui.add_enabled(from.is_some(), Button::new(text));
            let fork = fork.on_hover_text("Begin a new run from this checkpoint; the timeline chooses another");
            if let (true, Some((iteration, checkpoint))) = (fork.on_disabled_hover_text(NO_CHECKPOINT).clicked(), from)
            {
                let (iteration, checkpoint) = (*iteration, checkpoint.clone());
                proposal = Some(Proposal::Fork { run: subject.name.clone(), checkpoint, iteration });
            }
            let refusal = trash_refusal(run, subject);
            let trash = ui.add_enabled(refusal.is_none(), Button::new("Delete"));
            let trash = trash.on_hover_text("Move it to the trash folder (asks first)");
            if trash.on_disabled_hover_text(refusal.unwrap_or_default()).clicked() {
                proposal = Some(Proposal::Trash(run.directory.clone()));
            }
        });
        proposal
    }

    /// The checkpoint that is chosen on the timeline, or the newest.
    fn fork_point<'a>(&self, subject: &'a Subject<'_>) -> Option<&'a (u64, PathBuf)> {
        let chosen = subject.directory.and_then(|directory| self.chosen.get(directory));
        let found = chosen.and_then(|chosen| subject.checkpoints.iter().find(|(_, path)| path == chosen));
        found.or(subject.checkpoints.last())
    }

    fn choices(&mut self, ui: &mut Ui, run: &RunSummary, sources: &Sources<'_>) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (view, name) in [(View::Images, "Images"), (View::Curves, "Curves"), (View::Recipe, "Recipes")] {
                let chosen = self.view == view;
                let label = ui.selectable_label(chosen, name);
                let of_runs = format!("{name} of runs");
                label.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &of_runs));
                if label.clicked() {
                    self.view = view;
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.other_choice(ui, run, sources);
                ui.weak("beside");
            });
        });
    }

    fn other_choice(&mut self, ui: &mut Ui, run: &RunSummary, sources: &Sources<'_>) {
        const WINDOW: &str = "the run in the window";
        let chosen = self.other.as_deref().filter(|other| sources.listed(other).is_some());
        let text = chosen.map_or_else(|| WINDOW.to_owned(), subject::name);
        let width = (ui.available_width() - 60.0).clamp(60.0, 190.0);
        let choice = ComboBox::from_id_salt("compare with").selected_text(&text).width(width).truncate().height(300.0);
        let shown = choice.show_ui(ui, |ui| {
            ui.selectable_value(&mut self.other, None, WINDOW);
            for other in sources.list {
                if other.directory != run.directory && !subject::is_here(other, sources.model) {
                    let value = Some(other.directory.clone());
                    ui.selectable_value(&mut self.other, value, subject::name(&other.directory));
                }
            }
        });
        shown.response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, true, "Compare with");
            info.current_text_value = Some(text.clone());
            info
        });
    }

    fn images(
        &mut self,
        ui: &mut Ui,
        subject: &Subject<'_>,
        other: Option<&Subject<'_>>,
        model: &Model,
        drawings: &mut Drawings,
        asks: &mut Asks,
    ) {
        let subjects: Vec<&Subject<'_>> = std::iter::once(subject).chain(other).collect();
        let chosen = |subject: &&Subject<'_>| self.chosen.get(subject.directory?).map(PathBuf::as_path);
        let wanted: Vec<&Path> = subjects.iter().filter_map(chosen).collect();
        drawings.want(ui.ctx(), &wanted, model, asks);
        let Self { galleries, chosen, .. } = self;
        ui.columns(subjects.len(), |columns| {
            for (mark, ((ui, subject), gallery)) in columns.iter_mut().zip(&subjects).zip(galleries).enumerate() {
                ui.spacing_mut().item_spacing = vec2(6.0, 3.0);
                gallery.ui(ui, subject, mark, drawings, chosen, model.frame.number);
            }
        });
    }
}

const NO_CHECKPOINT: &str = "It has no checkpoint yet";

fn resume_refusal(run: &RunSummary, subject: &Subject<'_>, model: &Model) -> Option<&'static str> {
    match run.status {
        _ if subject.here && !model.over() => Some("It is the run in the window"),
        RunStatus::Open if !subject.here => Some("Another window or process has it open"),
        _ if run.problem.is_some() => Some("It is not whole"),
        _ if subject.checkpoints.is_empty() => Some(NO_CHECKPOINT),
        _ => None,
    }
}

fn trash_refusal(run: &RunSummary, subject: &Subject<'_>) -> Option<&'static str> {
    match run.status {
        _ if subject.here => Some("The run in the window cannot be deleted"),
        RunStatus::Open => Some("Another window or process has it open"),
        _ => None,
    }
}
