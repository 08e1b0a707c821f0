//! Lists and tables of text, line by line: `path label`, comma-separated, tab-separated, with a header or without.

use super::error::DataError;
use super::record::{Part, Skipped};
use crate::data::error::wrong;
use crate::data::names::{file_name, is_image};
use crate::data::regular::open_regular;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest line that is read, in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// Header names of the column of images, of labels and of parts, in lower case.
const IMAGE_COLUMNS: [&str; 7] = ["file", "image", "filename", "file_name", "image_id", "path", "name"];
const LABEL_COLUMNS: [&str; 3] = ["label", "class", "label_id"];
const PART_COLUMNS: [&str; 2] = ["split", "partition"];

/// Training, validation or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Split {
    Training,
    Validation,
    Test,
}

impl Split {
    /// By its name in any case, or by `CelebA`'s number (0 training, 1 validation, 2 test).
    pub fn named(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "0" | "train" | "training" => Some(Self::Training),
            "1" | "val" | "valid" | "validation" => Some(Self::Validation),
            "2" | "test" | "testing" => Some(Self::Test),
            _ => None,
        }
    }

    /// Validation and test images are held out.
    pub fn part(self) -> Part {
        if self == Self::Training { Part::Training } else { Part::HeldOut }
    }
}

/// Lines of a text file, one in memory at a time.
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    buffer: Vec<u8>,
    number: usize,
}

impl Lines {
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = open_regular(path).map_err(|error| wrong(path, format!("{error}. Give a list that can be read")))?;
        Ok(Self { path: path.to_path_buf(), reader: BufReader::new(file), buffer: Vec::new(), number: 0 })
    }

    /// The next line that is not blank, trimmed, with its number from 1. Bytes that are not UTF-8 become `U+FFFD`.
    ///
    /// # Errors
    /// A file that cannot be read on, or a line of more than 64 KiB.
    pub fn next(&mut self) -> Result<Option<(usize, Cow<'_, str>)>, DataError> {
        loop {
            self.buffer.clear();
            let mut limited = self.reader.by_ref().take(MAX_LINE + 1);
            let read = limited.read_until(b'\n', &mut self.buffer);
            self.number += 1;
            let place = self.number;
            match read {
                Ok(0) => return Ok(None),
                Ok(length) if length as u64 > MAX_LINE => {
                    let text =
                        format!("line {place} is longer than {MAX_LINE} bytes. Give a text file with one image a line");
                    return Err(wrong(&self.path, text));
                }
                Ok(_) => {}
                Err(error) => return Err(wrong(&self.path, format!("line {place}: {error}"))),
            }
            if place == 1 && self.buffer.starts_with(b"\xEF\xBB\xBF") {
                self.buffer.drain(..3);
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        Ok(Some((self.number, String::from_utf8_lossy(self.buffer.trim_ascii()))))
    }

    /// `FILE:LINE` of the line read last.
    pub fn place(&self) -> String {
        format!("{}:{}", file_name(&self.path), self.number)
    }
}

/// What one line of a table says of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// From 1.
    pub line: usize,
    /// As written, with `/` between its parts and without a leading `./`.
    pub image: String,
    /// As written; `None` where there is nothing.
    pub label: Option<String>,
    pub split: Option<String>,
}

/// A list of images, with or without a header that names the columns; without one, the image stands first and its label
/// behind it.
pub(super) struct Table {
    lines: Lines,
    separator: Separator,
    columns: Columns,
    /// The first line, where it is no header.
    first: Option<Result<Row, Skipped>>,
}

#[derive(Debug, Clone, Copy)]
enum Separator {
    Comma,
    Tab,
    Spaces,
}

#[derive(Debug, Clone, Copy)]
struct Columns {
    image: usize,
    label: Option<usize>,
    split: Option<usize>,
    named: bool,
}

impl Table {
    /// Reads the first line of the table at `path`.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let mut lines = Lines::open(path)?;
        let first = lines.next()?.map(|(_, line)| line.into_owned());
        let line = first.unwrap_or_default();
        let separator = Separator::of(&line);
        let columns = Columns::of(&separator.fields(&line).unwrap_or_default());
        let mut table = Self { lines, separator, columns, first: None };
        if !columns.named && !line.is_empty() {
            table.first = Some(table.row(table.lines.number, &line).map_err(|reason| table.bad(reason)));
        }
        Ok(table)
    }

    /// Whether its first line names the columns.
    pub fn has_header(&self) -> bool {
        self.columns.named
    }

    /// Whether it has a column of labels or of splits.
    pub fn says_something(&self) -> bool {
        self.columns.label.is_some() || self.columns.split.is_some()
    }

    /// The next row; or what is wrong with it, by `FILE:LINE`.
    ///
    /// # Errors
    /// A file that cannot be read on.
    pub fn next(&mut self) -> Result<Option<Result<Row, Skipped>>, DataError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some((number, line)) = self.lines.next()? else { return Ok(None) };
        let line = line.into_owned();
        Ok(Some(self.row(number, &line).map_err(|reason| self.bad(reason))))
    }

    fn bad(&self, reason: String) -> Skipped {
        Skipped { name: self.lines.place(), reason }
    }

    fn row(&self, number: usize, line: &str) -> Result<Row, String> {
        let fields = match self.separator {
            Separator::Spaces if !self.columns.named => path_and_label(line),
            separator => separator.fields(line)?,
        };
        let field = |column: usize| fields.get(column).map(|field| field.trim()).filter(|field| !field.is_empty());
        let image = field(self.columns.image).ok_or("no name of an image in this line")?.replace('\\', "/");
        let image = image.strip_prefix("./").map(str::to_owned).unwrap_or(image);
        let owned = |column: Option<usize>| column.and_then(field).map(str::to_owned);
        Ok(Row { line: number, image, label: owned(self.columns.label), split: owned(self.columns.split) })
    }
}

impl Columns {
    fn of(fields: &[Cow<'_, str>]) -> Self {
        let find = |names: &[&str]| {
            fields
                .iter()
                .position(|field| names.contains(&field.trim().trim_start_matches('/').to_lowercase().as_str()))
        };
        match find(&IMAGE_COLUMNS) {
            Some(image) => Self { image, label: find(&LABEL_COLUMNS), split: find(&PART_COLUMNS), named: true },
            None => Self { image: 0, label: Some(1), split: None, named: false },
        }
    }
}

impl Separator {
    fn of(line: &str) -> Self {
        match line {
            line if line.contains('\t') => Self::Tab,
            line if line.contains(',') => Self::Comma,
            _ => Self::Spaces,
        }
    }

    fn fields(self, line: &str) -> Result<Vec<Cow<'_, str>>, String> {
        match self {
            Self::Comma => comma_separated(line),
            Self::Tab => Ok(line.split('\t').map(Cow::from).collect()),
            Self::Spaces => Ok(line.split_whitespace().map(Cow::from).collect()),
        }
    }
}

/// Fields of a line of RFC 4180, on one line each: a field in quotes may hold commas, and quotes written twice.
fn comma_separated(line: &str) -> Result<Vec<Cow<'_, str>>, String> {
    if !line.contains('"') {
        return Ok(line.split(',').map(Cow::from).collect());
    }
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(Cow::from(std::mem::take(&mut field))),
            _ => field.push(letter),
        }
    }
    if quoted {
        return Err("a quote is opened and not closed in this line".to_owned());
    }
    fields.push(Cow::from(field));
    Ok(fields)
}

/// A path that may hold spaces, then its label; a last word that ends as an image belongs to the path.
fn path_and_label(line: &str) -> Vec<Cow<'_, str>> {
    match line.rsplit_once(char::is_whitespace) {
        Some((path, label)) if !is_image(label) => vec![path.into(), label.into()],
        _ => vec![line.into()],
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
