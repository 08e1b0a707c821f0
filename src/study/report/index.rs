//! The overview of several reports.

use super::document::{Report, Setting, Verdict};
use super::escape::{escape, inline};
use super::files::page_file;
use super::html::{page, verdict};

/// A page that tells of each report what was found and links to its own page, in the same folder under the name that
/// [`page_file`] gives.
#[must_use]
pub fn index(reports: &[Report]) -> String {
    let cards: String = reports.iter().map(card).collect();
    let cards = if cards.is_empty() { "<p>No study has been run.</p>\n".to_owned() } else { cards };
    let body = format!(
        "<header>\n<p class=\"reference\">Studies</p>\n<h1>What was found</h1>\n<p class=\"scale\">{}</p>\n</header>\n\
         <main>\n{cards}</main>\n",
        total(reports),
    );
    page("Studies", &body)
}

fn total(reports: &[Report]) -> String {
    let count = |verdict| reports.iter().map(|report| report.count(verdict)).sum();
    counts(count(Verdict::Holds), count(Verdict::FallsShort), count(Verdict::NotMeasured))
}

/// How many findings hold, in words.
fn counts(holds: usize, short: usize, open: usize) -> String {
    let of = |count: usize, [one, more]: [&str; 2]| format!("{count} {}", if count == 1 { one } else { more });
    let held = of(holds, ["finding holds", "findings hold"]);
    format!("{held}, {}, {open} not measured", of(short, ["falls short", "fall short"]))
}

fn card(report: &Report) -> String {
    let item = |finding: &super::document::Finding| {
        let [mark, words, class] = verdict(finding.verdict);
        format!(
            "<li class=\"{class}\"><span class=\"verdict\"><span aria-hidden=\"true\">{mark}</span> {words}</span> {}</li>\n",
            inline(&finding.claim)
        )
    };
    let items: String = report.findings().map(|(_, finding)| item(finding)).collect();
    let list = if items.is_empty() { String::new() } else { format!("<ul>\n{items}</ul>\n") };
    let when = report.settings.iter().find(|setting| setting.key == "date").map(date).unwrap_or_default();
    format!(
        "<section class=\"findings\">\n<p class=\"reference\">{}</p>\n<h2><a href=\"{}\">{}</a></h2>\n\
         <p class=\"scale\">{}{when}</p>\n{list}</section>\n",
        escape(&report.reference),
        page_file(report),
        escape(&report.title),
        inline(&report.scale),
    )
}

fn date(setting: &Setting) -> String {
    format!(" · {}", escape(&setting.value))
}
