//! Parquet with a column of encoded images, as hubs lay it out: one file, or a folder of
//! `data/train-00000-of-00002.parquet`, `data/test-…`.
//!
//! Rows are read one at a time, pages as large as they were written.

mod columns;
mod pages;
mod thrift;

use super::archive::{MAX_MEMBER, files_below, holds_only, part_of_file};
use super::error::DataError;
use super::record::{Content, Found, Part, Record, Skipped, Source};
use crate::data::error::wrong;
use crate::data::regular::open_regular;
use columns::{Bytes, Cell, Columns, Labels};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// How deep below its folder a file may lie: `plain_text/data/train/0000.parquet`.
const DEPTH: usize = 5;
/// Largest footer that is read, in bytes.
const MAX_FOOTER: u64 = 256 * 1024 * 1024;

/// Whether `path` is a file that ends in `.parquet`, or a folder that holds such files and no images.
pub(super) fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return holds_only(path, DEPTH, &[".parquet"]);
    }
    path.is_file() && path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

/// Opens the files at `path` and reads their footers.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let complain = |path: &Path, message: String| Err(wrong(path, message));
    let files = files(path);
    if files.is_empty() {
        return complain(
            path,
            "no file there ends in .parquet; put such files there, or give the path of one".to_owned(),
        );
    }
    let mut source = Parquet { files, classes: Vec::new(), rows: 0 };
    let mut first_trouble = None;
    let mut sound = 0;
    for file in &source.files {
        match Table::open(&file.path) {
            Ok(table) => {
                sound += 1;
                source.rows = source.rows.saturating_add(table.rows());
                let classes = table.classes();
                if source.classes.is_empty() {
                    source.classes = classes;
                } else if !classes.is_empty() && classes != source.classes {
                    let message = "its names of classes differ from those of the files before it; give the path of one \
                                   data set's files alone";
                    return complain(&file.path, message.to_owned());
                }
            }
            Err(Trouble::Unlike(message)) => return complain(&file.path, message),
            Err(Trouble::Broken(message)) => first_trouble = first_trouble.or(Some((file.path.clone(), message))),
        }
    }
    match first_trouble {
        Some((path, message)) if sound == 0 => complain(&path, message),
        _ => Ok(Box::new(source)),
    }
}

struct Parquet {
    /// Sorted by name.
    files: Vec<Listed>,
    classes: Vec<String>,
    rows: usize,
}

struct Listed {
    path: PathBuf,
    name: String,
    part: Option<Part>,
}

/// Why a file cannot be opened.
enum Trouble {
    /// Damage; other files may be whole.
    Broken(String),
    /// Sound, but not what is read here.
    Unlike(String),
}

impl Source for Parquet {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        for file in &self.files {
            let flow = match Table::open(&file.path) {
                Ok(table) => table.records(file, self.classes.len(), each),
                Err(Trouble::Broken(reason) | Trouble::Unlike(reason)) => {
                    each(Err(Skipped { name: file.name.clone(), reason }))
                }
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        Some(self.rows)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }
}

/// One file, its footer read.
struct Table {
    file: File,
    reader: SerializedFileReader<File>,
    columns: Columns,
}

/// The columns of one row group, row by row.
struct Rows {
    bytes: Bytes,
    path: Option<Bytes>,
    labels: Option<Labels>,
}

impl Table {
    fn open(path: &Path) -> Result<Self, Trouble> {
        let file = open_regular(path).map_err(|error| Trouble::Broken(error.to_string()))?;
        check_footer(&file).map_err(|what| Trouble::Broken(format!("it cannot be read as Parquet: {what}")))?;
        let own = file.try_clone().map_err(|error| Trouble::Broken(error.to_string()))?;
        let reader = guarded(|| SerializedFileReader::new(own).map_err(|error| error.to_string()))
            .map_err(|what| Trouble::Broken(format!("its footer is damaged ({what}); copy or download it again")))?;
        let columns = guarded(|| Columns::find(reader.metadata())).map_err(Trouble::Unlike)?;
        Ok(Self { file, reader, columns })
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.reader.metadata()
    }

    /// As declared.
    fn rows(&self) -> usize {
        let rows = self.metadata().row_groups().iter().map(|group| usize::try_from(group.num_rows()).unwrap_or(0));
        rows.fold(0, usize::saturating_add)
    }

    /// The names that a hub notes for the labels.
    fn classes(&self) -> Vec<String> {
        let notes = self.metadata().file_metadata().key_value_metadata();
        let note = notes.into_iter().flatten().find(|note| note.key == "huggingface");
        let names = note.and_then(|note| {
            let json: serde_json::Value = serde_json::from_str(note.value.as_deref()?).ok()?;
            let feature = json.get("info")?.get("features")?.get(self.columns.label_name?)?;
            let names = feature.get("names")?.as_array()?;
            names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
        });
        names.unwrap_or_default()
    }

    fn records(
        &self,
        file: &Listed,
        classes: usize,
        each: &mut dyn FnMut(Found) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut first = 0_usize;
        for (index, group) in self.metadata().row_groups().iter().enumerate() {
            let declared = usize::try_from(group.num_rows()).unwrap_or(0);
            let broken = |at: usize, reason: String| Skipped {
                name: file.name.clone(),
                reason: format!("row group {index} is damaged at row {at}, its other rows are not read: {reason}"),
            };
            let mut rows = match guarded(|| self.rows_of(index)) {
                Ok(rows) => rows,
                Err(reason) => {
                    each(Err(broken(first, reason)))?;
                    first = first.saturating_add(declared);
                    continue;
                }
            };
            for row in first..first.saturating_add(declared) {
                let name = format!("{}/{row}", file.name);
                match guarded(|| rows.next(name, file.part, classes)) {
                    Ok(found) => each(found)?,
                    Err(reason) => {
                        each(Err(broken(row, reason)))?;
                        break;
                    }
                }
            }
            first = first.saturating_add(declared);
        }
        ControlFlow::Continue(())
    }

    /// Checks the pages of a row group, then opens its columns.
    fn rows_of(&self, index: usize) -> Result<Rows, String> {
        let described = self.metadata().file_metadata().schema_descr();
        for column in self.columns.indices() {
            let chunk = self.metadata().row_group(index).column(column);
            let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
            let (start, length) = (place(start)?, place(chunk.compressed_size())?);
            pages::check(&self.file, start, length, chunk.compression())?;
        }
        let group = self.reader.get_row_group(index).map_err(|error| error.to_string())?;
        let open = |column: usize| group.get_column_reader(column).map_err(|error| error.to_string());
        let bytes = |column: usize| {
            columns::bytes(open(column)?, &described.column(column))
                .ok_or_else(|| "a column changed its type".to_owned())
        };
        let labels = |column: usize| {
            columns::labels(open(column)?, &described.column(column))
                .ok_or_else(|| "a column changed its type".to_owned())
        };
        Ok(Rows {
            bytes: bytes(self.columns.bytes)?,
            path: self.columns.path.map(bytes).transpose()?,
            labels: self.columns.label.map(labels).transpose()?,
        })
    }
}

impl Rows {
    fn next(&mut self, name: String, part: Option<Part>, classes: usize) -> Result<Found, String> {
        let cell = self.bytes.next()?;
        let path = self.path.as_mut().map(Bytes::next).transpose()?.and_then(columns::shown);
        let label = self.labels.as_mut().map(Labels::next).transpose()?.flatten();
        let label = label.filter(|&label| classes == 0 || (label as usize) < classes);
        let reason = match cell {
            Cell::End => return Err("its columns end before its last row".to_owned()),
            Cell::Value(bytes) if bytes.len() as u64 > MAX_MEMBER => {
                format!("too large: {} bytes, the limit is {MAX_MEMBER}", bytes.len())
            }
            Cell::Value(bytes) if !bytes.is_empty() => {
                let content = Content::Encoded(bytes.data().to_vec());
                return Ok(Ok(Record { name, label, part, content }));
            }
            Cell::Value(_) | Cell::Null => match path {
                Some(path) => {
                    format!("it has no bytes, only the path '{path}', which is not followed; embed the images")
                }
                None => "it has no image".to_owned(),
            },
        };
        Ok(Err(Skipped { name, reason }))
    }
}

/// A place or a length in a file; the parser would not survive a negative one.
fn place(number: i64) -> Result<u64, String> {
    u64::try_from(number).map_err(|_| format!("a column is declared to lie at {number}"))
}

/// Parsers of foreign formats are not ours to trust with a whole program.
fn guarded<T>(parse: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| Err("the parser failed on it".to_owned()))
}

/// Reads what the file's end declares before its parser does.
fn check_footer(mut file: &File) -> Result<(), String> {
    let read = |mut file: &File, at: u64, length: u64| -> std::io::Result<Vec<u8>> {
        file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let size = file.seek(SeekFrom::End(0)).map_err(|error| error.to_string())?;
    let end = read(file, size.saturating_sub(8), 8).map_err(|error| error.to_string())?;
    let footer = match end.as_slice() {
        [a, b, c, d, b'P', b'A', b'R', b'1'] => u64::from(u32::from_le_bytes([*a, *b, *c, *d])),
        [.., b'P', b'A', b'R', b'E'] => return Err("it is encrypted; write it without encryption".to_owned()),
        _ => {
            return Err(
                "it does not end with 'PAR1', so that it is cut short or no such file; copy or download it again"
                    .to_owned(),
            );
        }
    };
    if footer > MAX_FOOTER || footer + 12 > size {
        return Err(format!(
            "its end declares a footer of {footer} bytes, the file has {size}; copy or download it again"
        ));
    }
    let footer = read(file, size - 8 - footer, footer).map_err(|error| error.to_string())?;
    thrift::check_footer(&footer)
}

/// The files at `path`, sorted by name.
fn files(path: &Path) -> Vec<Listed> {
    if path.is_file() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A single file is a whole set, whatever its name says.
        return vec![Listed { path: path.to_path_buf(), name, part: None }];
    }
    let listed = |(name, path): (String, PathBuf)| Listed { part: part_of_file(&name), name, path };
    files_below(path, DEPTH, &[".parquet"]).into_iter().map(listed).collect()
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;
