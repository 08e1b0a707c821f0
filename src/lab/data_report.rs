//! The numbers of a report on a data set: counts, channels, sizes, classes, and lists of what is amiss.

use super::{format, theme};
use crate::run::Report;
use eframe::egui::{
    Align2, CollapsingHeader, Color32, FontId, Grid, Label, Rect, Response, RichText, Sense, Ui, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

/// Height of a bar's row, width of its name and of its numbers.
const ROW: f32 = 17.0;
const NAME: f32 = 96.0;
const NUMBERS: f32 = 78.0;
/// Bars that are drawn of a long table.
const BARS: usize = 24;

/// The counts in a row; those of what is amiss are coloured.
pub fn counts(ui: &mut Ui, report: &Report) {
    ui.add(Label::new(RichText::new(&report.description).weak()).wrap());
    ui.add_space(4.0);
    let amiss = |count: usize, colour: Color32| (count > 0).then_some(colour);
    let palette = theme::palette(ui);
    let cells = [
        ("training", report.training, None, "Images that the run learns from"),
        ("held out", report.held_out, None, "Images that measures are taken against"),
        ("classes", report.classes.len(), None, "Classes that images are labelled with"),
        ("left out", report.skipped_count, amiss(report.skipped_count, palette.warn), "Files that cannot be read"),
        (
            "equal groups",
            report.duplicate_groups,
            amiss(report.duplicate_groups, palette.warn),
            "Groups of images whose prepared pixels are equal",
        ),
        (
            "alike groups",
            report.near_duplicate_groups,
            amiss(report.near_duplicate_groups, palette.warn),
            "Groups of images that look alike, equal ones among them",
        ),
        (
            "leaks",
            report.leak_count,
            amiss(report.leak_count, palette.bad),
            "Held-out images with a copy among the training images: measures against them flatter the model",
        ),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 20.0;
        for (name, count, colour, hint) in cells {
            count_cell(ui, name, count, colour.unwrap_or(palette.strong)).on_hover_text(hint);
        }
    });
}

fn count_cell(ui: &mut Ui, name: &str, count: usize, colour: Color32) -> Response {
    let text = format::count(count as u64);
    let number = FontId::proportional(17.0);
    let wide = ui.painter().layout_no_wrap(text.clone(), number.clone(), colour).size().x;
    let small = FontId::proportional(11.0);
    let weak = theme::palette(ui).weak;
    let width = ui.painter().layout_no_wrap(name.to_owned(), small.clone(), weak).size().x.max(wide);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 36.0), Sense::hover());
    ui.painter().text(rect.min, Align2::LEFT_TOP, &text, number, colour);
    ui.painter().text(rect.left_bottom(), Align2::LEFT_BOTTOM, name, small, weak);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {text}")));
    response
}

/// Channels, sizes, classes, and lists of what is amiss.
pub fn details(ui: &mut Ui, report: &Report) {
    channels(ui, report);
    sizes(ui, report);
    classes(ui, report);
    ui.add_space(6.0);
    let group = |images: &Vec<String>| images.join("  =  ");
    let alike = |images: &Vec<String>| images.join("  ~  ");
    let leak = |[held_out, training]: &[String; 2]| format!("{held_out}  ~  {training}");
    let lines = |groups: &[Vec<String>], join: fn(&Vec<String>) -> String| groups.iter().map(join).collect::<Vec<_>>();
    list(ui, "Files left out", report.skipped_count, report.skipped.clone());
    list(ui, "Equal images, groups", report.duplicate_groups, lines(&report.duplicates, group));
    list(ui, "Images that look alike, groups", report.near_duplicate_groups, lines(&report.near_duplicates, alike));
    list(ui, "Held out, with a copy in training", report.leak_count, report.leaks.iter().map(leak).collect());
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(6.0);
    ui.label(RichText::new(text).strong());
}

fn channels(ui: &mut Ui, report: &Report) {
    let names: &[&str] = if report.statistics.len() == 1 { &["grey"] } else { &["red", "green", "blue"] };
    ui.label(RichText::new("Channels").strong());
    Grid::new("channel statistics").num_columns(3).min_row_height(15.0).spacing([18.0, 2.0]).show(ui, |ui| {
        for title in ["", "mean", "deviation"] {
            ui.weak(title);
        }
        ui.end_row();
        for (name, [mean, deviation]) in names.iter().zip(&report.statistics) {
            ui.label(*name);
            for value in [mean, deviation] {
                ui.label(RichText::new(format!("{value:+.3}")).font(theme::numbers()));
            }
            ui.end_row();
        }
    });
    if report.channels.len() > 1 {
        let kinds = report.channels.iter().map(|(channels, count)| {
            let kind = match channels {
                1 => "grey",
                2 => "grey with alpha",
                3 => "colour",
                _ => "colour with alpha",
            };
            format!("{} {kind}", format::count(*count as u64))
        });
        let text = format!("before preparation: {}", kinds.collect::<Vec<_>>().join(", "));
        ui.add(Label::new(RichText::new(text).weak()).wrap());
    }
}

fn sizes(ui: &mut Ui, report: &Report) {
    let most = report.sizes.first().map_or(1, |&(_, count)| count.max(1)) as f32;
    heading(ui, "Sizes before preparation");
    let colour = theme::palette(ui).ember;
    for ([width, height], count) in report.sizes.iter().take(BARS) {
        let name = format!("{width} × {height}");
        let count_text = format::count(*count as u64);
        let told = format!("{name}: {count_text} images");
        bar(ui, &name, &[(*count as f32 / most, colour)], &count_text, &told);
    }
    more(ui, report.sizes.len(), "sizes");
}

fn classes(ui: &mut Ui, report: &Report) {
    if report.classes.is_empty() {
        return;
    }
    heading(ui, "Classes");
    let most = report.classes.iter().map(|(_, [training, held_out])| training + held_out).max().unwrap_or(1).max(1);
    let palette = theme::palette(ui);
    for (name, [training, held_out]) in report.classes.iter().take(BARS) {
        let share = |count: usize| count as f32 / most as f32;
        let parts = [(share(*training), palette.ember), (share(*held_out), palette.weak)];
        let [learned, held] = [training, held_out].map(|&count| format::count(count as u64));
        let told = format!("{name}: {learned} training, {held} held out");
        bar(ui, name, &parts, &format!("{learned} + {held}"), &told);
    }
    more(ui, report.classes.len(), "classes");
    if report.unlabelled > 0 {
        ui.weak(format!("{} images without a class", format::count(report.unlabelled as u64)));
    }
}

fn more(ui: &mut Ui, count: usize, what: &str) {
    if count > BARS {
        ui.weak(format!("and {} more {what}", format::count((count - BARS) as u64)));
    }
}

/// A row with a name, a bar of parts whose lengths are shares of the room, and numbers. `told` is said of it all.
fn bar(ui: &mut Ui, name: &str, parts: &[(f32, Color32)], numbers: &str, told: &str) {
    let palette = theme::palette(ui);
    let width = ui.available_width().max(NAME + NUMBERS + 24.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let middle = rect.center().y;
    let named = Rect::from_min_max(rect.min, pos2(rect.left() + NAME - 6.0, rect.bottom()));
    let painter = ui.painter().with_clip_rect(named.intersect(ui.clip_rect()));
    painter.text(pos2(rect.left(), middle), Align2::LEFT_CENTER, name, FontId::proportional(12.0), palette.text);
    let end = pos2(rect.right(), middle);
    ui.painter().text(end, Align2::RIGHT_CENTER, numbers, theme::numbers(), palette.text);
    let room = (width - NAME - NUMBERS).max(1.0);
    let mut from = rect.left() + NAME;
    for &(share, colour) in parts.iter().filter(|(share, _)| *share > 0.0) {
        let length = (room * share.min(1.0)).max(1.0);
        let strip = Rect::from_min_max(pos2(from, middle - 4.0), pos2(from + length, middle + 4.0));
        ui.painter().rect_filled(strip, 1.0, colour);
        from += length;
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, told));
    response.on_hover_text(told);
}

/// A list that opens; `lines` are the first of `count`.
fn list(ui: &mut Ui, title: &str, count: usize, lines: Vec<String>) {
    let heading = format!("{title}: {}", format::count(count as u64));
    if count == 0 {
        ui.weak(heading);
        return;
    }
    CollapsingHeader::new(heading).id_salt(title).show(ui, |ui| {
        for line in &lines {
            ui.add(Label::new(RichText::new(line).font(theme::numbers())).wrap());
        }
        if count > lines.len() {
            ui.weak(format!("and {} more", format::count((count - lines.len()) as u64)));
        }
    });
}
