//! The list of what a word may become, under the cursor.

use super::super::theme::{self, Palette};
use super::complete::{Candidate, Offer};
use super::markdown;
use eframe::egui::{
    Align2, Area, Color32, FontId, Frame, Id, Order, Rect, ScrollArea, Sense, TextFormat, Ui, WidgetInfo,
    accesskit::Role,
    pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

/// Height of a candidate, candidates in view, and the width of the list.
const ROW: f32 = 33.0;
const IN_VIEW: usize = 7;
const WIDTH: f32 = 430.0;

/// The list's own state.
#[derive(Debug, Clone, Default)]
pub struct Popup {
    offer: Offer,
    /// The candidate that Enter takes; none until the user chooses one.
    chosen: Option<usize>,
    open: bool,
    /// The chosen one was moved by keys and is to come into view.
    follow: bool,
    /// Where the list was drawn last.
    rect: Option<Rect>,
}

impl Popup {
    /// Whether the list is there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether the user has chosen a candidate.
    #[must_use]
    pub fn has_choice(&self) -> bool {
        self.chosen.is_some()
    }

    /// Whether the pointer is on the list.
    #[must_use]
    pub fn holds(&self, ui: &Ui) -> bool {
        let at = ui.input(|input| input.pointer.latest_pos());
        self.open && self.rect.zip(at).is_some_and(|(rect, at)| rect.contains(at))
    }

    /// Whether the offer is about the word at this byte.
    #[must_use]
    pub fn begins_at(&self, byte: usize) -> bool {
        (self.offer.word.start..=self.offer.word.end).contains(&byte)
    }

    /// Offers these, none of them chosen.
    pub fn offer(&mut self, offer: Offer) {
        self.open = !offer.candidates.is_empty();
        (self.offer, self.chosen, self.follow) = (offer, None, true);
    }

    pub fn close(&mut self) {
        self.open = false;
    }

    /// Chooses the next one, or the one before.
    pub fn choose(&mut self, forward: bool) {
        let last = self.offer.candidates.len().saturating_sub(1);
        self.chosen = Some(match (self.chosen, forward) {
            (None, true) => 0,
            (None, false) => last,
            (Some(at), true) => {
                if at >= last {
                    0
                } else {
                    at + 1
                }
            }
            (Some(at), false) => {
                if at == 0 {
                    last
                } else {
                    at - 1
                }
            }
        });
        self.follow = true;
    }

    /// Takes the chosen candidate, if there is one; the bytes that it replaces.
    pub fn take(&mut self) -> Option<(Candidate, std::ops::Range<usize>)> {
        let chosen = self.chosen.filter(|_| self.open)?;
        self.open = false;
        Some((self.offer.candidates.get(chosen)?.clone(), self.offer.word.clone()))
    }

    /// As [`Self::take`], by Tab: chooses the first of several, takes the only one.
    pub fn tab(&mut self) -> Option<(Candidate, std::ops::Range<usize>)> {
        if self.chosen.is_none() {
            self.choose(true);
            if self.offer.candidates.len() > 1 {
                return None;
            }
        }
        self.take()
    }

    /// Draws the list at the cursor; true when a candidate was clicked, which is then the chosen one.
    pub fn ui(&mut self, ui: &Ui, id: Id, cursor: Rect) -> bool {
        if !self.open {
            self.rect = None;
            return false;
        }
        let count = self.offer.candidates.len();
        let height = ROW * count.min(IN_VIEW) as f32 + 10.0;
        let below = cursor.bottom() + 4.0 + height < ui.ctx().content_rect().bottom();
        let (at, pivot) = match below {
            true => (pos2(cursor.left() - 8.0, cursor.bottom() + 4.0), Align2::LEFT_TOP),
            false => (pos2(cursor.left() - 8.0, cursor.top() - 4.0), Align2::LEFT_BOTTOM),
        };
        let mut clicked = None;
        let area = Area::new(id.with("completion")).order(Order::Foreground).fixed_pos(at).pivot(pivot);
        let shown = area.accessible_name("Completions").show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).inner_margin(4).show(ui, |ui| {
                ui.set_width(WIDTH);
                // As high as it needs to be, whatever it was for the word before.
                ui.set_min_height(ROW * count.min(IN_VIEW) as f32);
                ui.spacing_mut().item_spacing.y = 0.0;
                let mut list = ScrollArea::vertical()
                    .max_height(ROW * IN_VIEW as f32)
                    .min_scrolled_height(ROW * count.min(IN_VIEW) as f32)
                    .auto_shrink([false, true]);
                if std::mem::take(&mut self.follow) {
                    let first = self.chosen.unwrap_or(0).saturating_sub(IN_VIEW / 2);
                    list = list.vertical_scroll_offset(ROW * first as f32);
                }
                list.show_rows(ui, ROW, count, |ui, rows| {
                    for at in rows {
                        if row(ui, &self.offer.candidates[at], self.chosen == Some(at)) {
                            clicked = Some(at);
                        }
                    }
                });
            });
        });
        self.rect = Some(shown.response.rect);
        self.chosen = clicked.or(self.chosen);
        clicked.is_some()
    }
}

fn row(ui: &mut Ui, candidate: &Candidate, chosen: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let palette = theme::palette(ui);
    let said = format!("{}: {}", candidate.detail, candidate.about);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
    let fill = match (chosen, response.hovered()) {
        (true, _) => palette.panel.lerp_to_gamma(palette.ember, 0.3),
        (false, true) => palette.raised,
        _ => Color32::TRANSPARENT,
    };
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, fill);
    let mut head = heading(candidate, palette);
    head.wrap = TextWrapping::truncate_at_width(rect.width() - 12.0);
    let head = painter.layout_job(head);
    painter.galley(pos2(rect.left() + 6.0, rect.top() + 3.0), head, palette.text);
    let mut about = markdown::coloured(ui, &candidate.about, 10.5, [palette.weak; 2]);
    about.wrap = TextWrapping::truncate_at_width(rect.width() - 12.0);
    painter.galley(pos2(rect.left() + 6.0, rect.top() + 18.0), painter.layout_job(about), palette.weak);
    response.clicked()
}

/// The signature with the name in it made strong.
fn heading(candidate: &Candidate, palette: &Palette) -> LayoutJob {
    let format = |color| TextFormat { font_id: FontId::monospace(11.5), color, ..Default::default() };
    let mut job = LayoutJob::default();
    let (name, detail) = (&candidate.name, &candidate.detail);
    match detail.find(name.as_str()) {
        Some(at) => {
            job.append(&detail[..at], 0.0, format(palette.weak));
            job.append(name, 0.0, format(palette.strong));
            job.append(&detail[at + name.len()..], 0.0, format(palette.weak));
        }
        None => {
            job.append(name, 0.0, format(palette.strong));
            job.append(detail, 12.0, format(palette.weak));
        }
    }
    job
}
