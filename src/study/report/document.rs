//! A report and its parts in words.

use super::figure::Figure;
use super::table::Table;
use serde::{Deserialize, Serialize};

/// What one study found, and how.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// The study's name on the command line; names its files.
    pub name: String,
    pub title: String,
    /// The paper's table or figure, such as `Table 1`.
    pub reference: String,
    /// How the study's size compares with the paper's, such as `1,000 of 200,000 images`.
    pub scale: String,
    pub sections: Vec<Section>,
    /// What the study was made with, in the order to show it in: seed, device, recipes, data, dates, command.
    pub settings: Vec<Setting>,
}

impl Report {
    /// All findings, each with the number of its section from 0.
    pub fn findings(&self) -> impl Iterator<Item = (usize, &Finding)> {
        self.sections.iter().enumerate().flat_map(|(at, section)| {
            section.blocks.iter().filter_map(move |block| match block {
                Block::Finding(finding) => Some((at, finding)),
                _ => None,
            })
        })
    }

    /// How many findings have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings().filter(|(_, finding)| finding.verdict == verdict).count()
    }
}

/// One thing that a study was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub key: String,
    pub value: String,
}

impl Setting {
    pub fn new(key: impl Into<String>, value: impl ToString) -> Self {
        Self { key: key.into(), value: value.to_string() }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A piece of a section. Text, captions, footnotes and findings may hold `code` between backticks and `**bold**`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Paragraphs.
    Text(Vec<String>),
    Table(Table),
    Figure(Figure),
    Picture(Picture),
    Finding(Finding),
}

impl Block {
    /// Text whose paragraphs stand apart by blank lines.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        Self::Text(paragraphs.map(str::to_owned).collect())
    }
}

/// A picture, drawn in whole multiples of its pixels without smoothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Picture {
    /// The name it is saved under beside the page.
    pub file: String,
    /// The bytes of a PNG file. They go into the page and not into JSON.
    #[serde(skip)]
    pub png: Vec<u8>,
    pub caption: String,
    /// What the picture shows, for who cannot see it.
    pub alternative: String,
}

/// A claim that a study puts to the test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub claim: String,
    pub verdict: Verdict,
    /// The numbers behind the verdict, in words.
    pub evidence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Holds,
    FallsShort,
    NotMeasured,
}
