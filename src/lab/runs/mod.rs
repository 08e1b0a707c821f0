//! The runs panel: the runs on disk, to look at, compare, resume, fork and delete.

mod changes;
mod detail;
mod drawings;
mod images;
mod plot;
mod proposal;
mod record;
mod subject;
mod table;
mod thumbnails;
mod timeline;
mod when;

use super::asks::Asks;
use super::client::Errand;
use super::log::Severity;
use super::model::Model;
use crate::run::{Event, RunSummary};
use detail::{Detail, Sources};
use drawings::Drawings;
use eframe::egui::{Align, Button, Frame, Label, Layout, Margin, Panel, RichText, Ui};
use proposal::Proposal;
use record::Records;
use std::path::{Path, PathBuf};
use table::{Clicked, Table};
use thumbnails::Thumbnails;

/// Width of the list beside a run that is looked at: at first, and at least.
const LIST: [f32; 2] = [330.0, 220.0];

/// The panel's own state.
#[derive(Default)]
pub struct Runs {
    list: Vec<RunSummary>,
    table: Table,
    thumbnails: Thumbnails,
    /// The run that is looked at.
    selected: Option<PathBuf>,
    detail: Detail,
    records: Records,
    drawings: Drawings,
    proposal: Option<Proposal>,
    /// Where the run went that was deleted last.
    moved: Option<String>,
    /// The window's frame in which the panel was drawn last.
    drawn: Option<u64>,
    /// The run in the window and its newest checkpoint when the list was asked for.
    known: Option<(Option<PathBuf>, Option<PathBuf>)>,
}

impl Runs {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, model: &mut Model, asks: &mut Asks) {
        self.refresh(ui, model, asks);
        self.records.take_in(ui.ctx());
        self.moved_note(ui);
        let selected = self.selected.clone().filter(|path| self.list.iter().any(|run| run.directory == *path));
        match selected {
            None => self.list_ui(ui, model, asks),
            Some(selected) => {
                let width = ui.available_width();
                let most = (width - 300.0).max(LIST[1]);
                let list =
                    Panel::left("runs list").frame(Frame::NONE.inner_margin(Margin { right: 8, ..Margin::ZERO }));
                let list = list.resizable(true).default_size(LIST[0].min(most)).size_range(LIST[1].min(most)..=most);
                list.show(ui, |ui| self.list_ui(ui, model, asks));
                Frame::NONE.inner_margin(Margin { left: 10, ..Margin::ZERO }).show(ui, |ui| {
                    self.detail_ui(ui, &selected, model, asks);
                });
            }
        }
        asks.errands.extend(proposal::ask(ui.ctx(), &mut self.proposal, model));
    }

    /// Whether a question waits for its answer.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.proposal.is_some()
    }

    /// Takes the runs that are on disk.
    pub fn take_list(&mut self, list: Vec<RunSummary>) {
        self.thumbnails.keep(&list);
        self.list = list;
    }

    /// Whether the events of a run were asked for.
    #[must_use]
    pub fn wants(&self, run: &Path) -> bool {
        self.records.wants(run)
    }

    /// Takes what happened in a run.
    pub fn take_events(&mut self, run: &Path, events: Vec<Event>) {
        self.records.take(run, events);
    }

    /// A run was moved to the trash folder.
    pub fn take_trashed(&mut self, run: &Path, to: &Path, model: &mut Model) {
        let text = format!("{} lies in {} now; move it back to undo.", subject::name(run), to.display());
        model.tell(Severity::Good, &text);
        self.moved = Some(text);
    }

    /// Asks for the list when the panel comes to the front, another run came into the window, or wrote a checkpoint.
    fn refresh(&mut self, ui: &Ui, model: &Model, asks: &mut Asks) {
        let frame = ui.ctx().cumulative_frame_nr();
        let shown = self.drawn.replace(frame).is_none_or(|drawn| frame > drawn + 1);
        let checkpoint = model.checkpoints.last().map(|(_, path)| path.clone());
        let known = (model.directory.clone(), checkpoint);
        if self.known.as_ref().is_none_or(|(directory, _)| *directory != known.0) {
            self.drawings.ask_again();
        }
        if self.known.as_ref() != Some(&known) {
            known.1.iter().for_each(|checkpoint| self.drawings.forget(checkpoint));
        }
        if self.known.replace(known.clone()) != Some(known) || shown {
            asks.errands.push(Errand::ListRuns);
        }
    }

    fn list_ui(&mut self, ui: &mut Ui, model: &Model, asks: &mut Asks) {
        let chosen = [self.selected.as_deref(), self.detail.other.as_deref()];
        match self.table.ui(ui, &self.list, model, &mut self.thumbnails, chosen) {
            Some(Clicked::Refresh) => {
                self.records.ask_again();
                asks.errands.push(Errand::ListRuns);
            }
            Some(Clicked::Compare(path)) if self.selected.is_some() && self.selected.as_ref() != Some(&path) => {
                let again = self.detail.other.as_ref() == Some(&path);
                self.detail.other = (!again).then_some(path);
            }
            Some(Clicked::Look(path) | Clicked::Compare(path)) => {
                let again = self.selected.as_ref() == Some(&path);
                self.detail.other = self.detail.other.take().filter(|other| *other != path);
                self.selected = (!again).then_some(path);
            }
            None => {}
        }
    }

    fn detail_ui(&mut self, ui: &mut Ui, selected: &Path, model: &Model, asks: &mut Asks) {
        let Self { list, records, detail, drawings, .. } = self;
        let paths = [Some(selected), detail.other.as_deref()];
        let looked_at = |run: &&RunSummary| paths.contains(&Some(&run.directory)) && !subject::is_here(run, model);
        let wanted: Vec<&RunSummary> = list.iter().filter(looked_at).collect();
        records.want(&wanted, &mut asks.errands);
        let sources = Sources { list, model, records };
        let Some(run) = sources.listed(selected) else { return };
        let proposal = detail.ui(ui, run, &sources, drawings, asks);
        if proposal.is_some() {
            self.proposal = proposal;
        }
    }

    /// Says where the run went that was deleted last, until it is read.
    fn moved_note(&mut self, ui: &mut Ui) {
        let Some(text) = &self.moved else { return };
        let read = ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let read = ui.add(Button::new("Got it").small()).clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(text).color(super::theme::palette(ui).good)).truncate());
                });
                read
            })
            .inner
        });
        if read.inner {
            self.moved = None;
        }
    }
}
