//! A report as one page that holds all it shows: no scripts, nothing loaded from elsewhere, light and dark.

use super::csv::{CsvTable, csv};
use super::document::{Block, Finding, Report, Section, Verdict};
use super::draw;
use super::escape::{escape, inline};
use super::figure::Figure;
use super::picture;
use super::table_html;

/// How each page begins. Its policy keeps it to its word even in a browser that would find something to load or to run.
const HEAD: &str = include_str!("head.html");
const STYLE: &str = include_str!("page.css");

/// The page: findings first, then contents, sections and what the study was made with. Every text in the report is shown
/// as it is, whatever it holds; only backticks and double asterisks mean something.
#[must_use]
pub fn html(report: &Report) -> String {
    let mut numbers = csv(report).into_iter();
    let mut blocks = 0;
    let mut sections = String::new();
    for (at, section) in report.sections.iter().enumerate() {
        sections += &format!("<section id=\"section-{}\">\n<h2>{}</h2>\n", at + 1, escape(&section.title));
        for block in &section.blocks {
            blocks += 1;
            sections += &block_html(block, blocks, &mut numbers);
        }
        sections += "</section>\n";
    }
    let body = format!(
        "<header>\n<p class=\"reference\">{}</p>\n<h1>{}</h1>\n{}</header>\n<main>\n{}{}{sections}{}</main>\n",
        escape(&report.reference),
        escape(&report.title),
        scale(report),
        findings(report),
        contents(report),
        settings(report),
    );
    page(&report.title, &body)
}

/// A whole page around `body`.
pub(super) fn page(title: &str, body: &str) -> String {
    let (title, figures) = (escape(title), draw::STYLE);
    format!(
        "{HEAD}<title>{title}</title>\n<style>\n{STYLE}{figures}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// The mark and the words of a verdict, and its class.
pub(super) fn verdict(verdict: Verdict) -> [&'static str; 3] {
    match verdict {
        Verdict::Holds => ["✓", "holds", "holds"],
        Verdict::FallsShort => ["✗", "falls short", "short"],
        Verdict::NotMeasured => ["–", "not measured", "open"],
    }
}

fn scale(report: &Report) -> String {
    if report.scale.is_empty() {
        return String::new();
    }
    format!("<p class=\"scale\">{}</p>\n", inline(&report.scale))
}

fn findings(report: &Report) -> String {
    let item = |(section, finding): (usize, &Finding)| {
        let [mark, words, class] = verdict(finding.verdict);
        format!(
            "<li class=\"{class}\"><span class=\"verdict\"><span aria-hidden=\"true\">{mark}</span> {words}</span> \
             <a href=\"#section-{}\">{}</a><br/><span class=\"evidence\">{}</span></li>\n",
            section + 1,
            inline(&finding.claim),
            inline(&finding.evidence),
        )
    };
    let items: String = report.findings().map(item).collect();
    match items.as_str() {
        "" => String::new(),
        items => format!("<section class=\"findings\">\n<h2>Findings</h2>\n<ul>\n{items}</ul>\n</section>\n"),
    }
}

fn contents(report: &Report) -> String {
    let link = |(at, section): (usize, &Section)| {
        format!("<li><a href=\"#section-{}\">{}</a></li>\n", at + 1, escape(&section.title))
    };
    let mut links: String = report.sections.iter().enumerate().map(link).collect();
    if !report.settings.is_empty() {
        links += "<li><a href=\"#made-with\">How this was made</a></li>\n";
    }
    format!("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n{links}</ol>\n</nav>\n")
}

fn settings(report: &Report) -> String {
    if report.settings.is_empty() {
        return String::new();
    }
    let row = |(key, value): (&str, &str)| format!("<dt>{}</dt><dd><code>{}</code></dd>\n", escape(key), escape(value));
    let pairs = report.settings.iter().map(|setting| (setting.key.as_str(), setting.value.as_str()));
    let rows: String = pairs.map(row).collect();
    format!("<section id=\"made-with\">\n<h2>How this was made</h2>\n<dl>\n{rows}</dl>\n</section>\n")
}

/// A block, the `number`th of its page. Tables and figures take their numbers in turn.
fn block_html(block: &Block, number: usize, numbers: &mut impl Iterator<Item = CsvTable>) -> String {
    match block {
        Block::Text(paragraphs) => paragraphs.iter().map(|text| format!("<p>{}</p>\n", inline(text))).collect(),
        Block::Table(table) => numbers.next().map(|csv| table_html::element(table, &csv)).unwrap_or_default(),
        Block::Figure(figure) => numbers.next().map(|csv| figure_html(figure, number, &csv)).unwrap_or_default(),
        Block::Picture(picture) => picture::element(picture),
        Block::Finding(finding) => finding_html(finding),
    }
}

fn figure_html(figure: &Figure, number: usize, numbers: &CsvTable) -> String {
    let omissions = match draw::omissions(figure).as_str() {
        "" => String::new(),
        words => format!("<p class=\"note\">{words}</p>\n"),
    };
    format!(
        "<figure>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n\
         <figcaption>{}</figcaption>\n{omissions}{}</figure>\n",
        escape(&figure.title),
        draw::element(figure, &format!("figure-{number}")),
        inline(&figure.title),
        table_html::download(numbers),
    )
}

fn finding_html(finding: &Finding) -> String {
    let [mark, words, class] = verdict(finding.verdict);
    format!(
        "<p class=\"finding {class}\"><span class=\"verdict\"><span aria-hidden=\"true\">{mark}</span> {words}</span> \
         {} <span class=\"evidence\">{}</span></p>\n",
        inline(&finding.claim),
        inline(&finding.evidence),
    )
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
