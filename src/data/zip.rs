//! A folder of images in a zip archive.
//!
//! Nothing is ever unpacked to disk, and names in the archive are only shown.

use super::archive::{Folders, MAX_MEMBER, Names, Survey, is_hidden};
use super::error::DataError;
use super::record::{Content, Found, Record, Skipped, Source};
use crate::data::names::is_image;
use crate::data::regular::open_regular;
use crate::data::series::can_inflate;
use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Whether `path` is a file that ends in `.zip`.
pub(super) fn recognises(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// Opens the archive and reads its table of contents, to find the class folders.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let mut archive = archive(path)?;
    let packed = guarded(|| packed_bytes(&mut archive)).unwrap_or(None);
    let length = std::fs::metadata(path).map_or(0, |file| file.len());
    if packed.is_none_or(|packed| packed > length) {
        return Err(complaint(path, "its members declare more packed bytes than the file has"));
    }
    let mut survey = Survey::default();
    for index in 0..archive.len() {
        if let Some(entry) = entry(&archive, index).filter(|entry| entry.trouble().is_none()) {
            survey.note(&entry.name);
        }
    }
    Ok(Box::new(Zip { path: path.to_path_buf(), folders: survey.finish() }))
}

struct Zip {
    path: PathBuf,
    folders: Folders,
}

type Archive = ZipArchive<BufReader<File>>;

/// What the table of contents says of a member.
struct Entry {
    /// Only to be shown.
    name: String,
    size: u64,
    packed: u64,
    encrypted: bool,
    method: CompressionMethod,
    is_link: bool,
}

impl Source for Zip {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        let mut archive = archive(&self.path)?;
        let mut names = Names::default();
        for index in 0..archive.len() {
            let Some(entry) = entry(&archive, index) else { continue };
            let found = self.record(&mut archive, index, &entry, &mut names);
            if each(found).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        Some(self.folders.images)
    }

    fn files(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn classes(&self) -> &[String] {
        &self.folders.classes
    }
}

impl Zip {
    fn record(&self, archive: &mut Archive, index: usize, entry: &Entry, names: &mut Names) -> Found {
        let skipped = |reason: String| Skipped { name: entry.name.clone(), reason };
        if let Some(reason) = entry.trouble() {
            return Err(skipped(reason));
        }
        let outside = "neither in the folder of training images nor in that of held-out ones";
        let (label, part) = self.folders.place(&entry.name).ok_or_else(|| skipped(outside.to_owned()))?;
        names.add(&entry.name)?;
        let bytes = guarded(|| read(archive, index, entry.size)).unwrap_or_else(|| Err("damaged".to_owned()));
        let content = Content::Encoded(bytes.map_err(skipped)?);
        Ok(Record { name: entry.name.clone(), label, part, content })
    }
}

impl Entry {
    /// Why the member is not read.
    fn trouble(&self) -> Option<String> {
        if self.is_link {
            return Some("a link; pack what it leads to".to_owned());
        }
        if !is_image(&self.name) {
            return Some("not an image file".to_owned());
        }
        if self.encrypted {
            return Some("encrypted; pack it again without a password".to_owned());
        }
        if !matches!(self.method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            let method = self.method;
            return Some(format!("packed by {method}; pack it again by deflate, or without packing ('zip -0')"));
        }
        if self.size > MAX_MEMBER {
            return Some(format!("too large: {} bytes are declared, the limit is {MAX_MEMBER}", self.size));
        }
        if !can_inflate(self.packed, self.size) {
            return Some(format!("damaged: {} bytes cannot be packed into {}", self.size, self.packed));
        }
        None
    }
}

/// Parsers of foreign formats are not ours to trust with a whole program.
fn guarded<T>(parse: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(parse)).ok()
}

fn archive(path: &Path) -> Result<Archive, DataError> {
    let file = open_regular(path).map_err(|error| complaint(path, &error.to_string()))?;
    match guarded(|| ZipArchive::new(BufReader::new(file))) {
        Some(Ok(archive)) => Ok(archive),
        Some(Err(error)) => Err(complaint(path, &words(&error))),
        None => Err(complaint(path, "its table of contents is damaged")),
    }
}

fn complaint(path: &Path, what: &str) -> DataError {
    let message = format!(
        "the zip archive cannot be read: {what}. Its table of contents stands at its very end, so that nothing of a file \
         cut short can be found: copy or download it again, or mend it by 'zip -FF'"
    );
    DataError::Layout { path: path.to_path_buf(), message }
}

fn words(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            "the file ends too early".to_owned()
        }
        error => error.to_string(),
    }
}

/// The sum over all members.
fn packed_bytes(archive: &mut Archive) -> Option<u64> {
    (0..archive.len())
        .try_fold(0_u64, |sum, index| sum.checked_add(archive.by_index_data(index).ok()?.compressed_size()))
}

/// What is said of a member; none of folders and of hidden files.
fn entry(archive: &Archive, index: usize) -> Option<Entry> {
    let entry = guarded(|| {
        let data = archive.by_index_data(index).ok()?;
        let name = match data.name() {
            Ok(name) => name.into_owned(),
            Err(_) => String::from_utf8_lossy(data.name_raw()).into_owned(),
        };
        (!data.is_dir()).then(|| Entry {
            name: name.strip_prefix("./").unwrap_or(&name).to_owned(),
            size: data.size(),
            packed: data.compressed_size(),
            encrypted: data.encrypted(),
            method: data.compression(),
            is_link: data.is_symlink(),
        })
    });
    entry.flatten().filter(|entry| !is_hidden(&entry.name))
}

/// The bytes of a member, no more than it declares.
fn read(archive: &mut Archive, index: usize, size: u64) -> Result<Vec<u8>, String> {
    let member = archive.by_index(index).map_err(|error| words(&error))?;
    let mut bytes = Vec::new();
    // One byte more shows a member that is longer than declared; its checksum is looked at where it ends.
    member.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| format!("damaged: {error}"))?;
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(format!("damaged: {size} bytes were declared")) }
}

#[cfg(test)]
#[path = "zip_tests.rs"]
mod tests;
