//! Tar archives, packed with gzip or not: `WebDataset` shards, or a folder of images in an archive.
//!
//! Nothing is ever unpacked to disk, and names in an archive are only shown.

mod members;
mod samples;
mod stream;

use super::archive::{Folders, MAX_MEMBER, Names, Survey, ends_with, files_below, holds_only, is_hidden, part_of_file};
use super::error::DataError;
use super::record::{Content, Found, Part, Record, Skipped, Source};
use crate::data::error::wrong;
use crate::data::names::is_image;
use members::{Kind, Member, Members};
use samples::{Pairing, Samples};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Endings of a single archive, in lower case.
const ARCHIVES: [&str; 3] = [".tar", ".tar.gz", ".tgz"];
/// How deep below its folder a shard may lie: `data/train/000.tar`.
const SHARD_DEPTH: usize = 3;

/// Whether `path` is an archive, or a folder that holds archives and no images.
pub(super) fn recognises(path: &Path) -> bool {
    if path.is_dir() {
        return holds_only(path, SHARD_DEPTH, &[".tar"]);
    }
    path.is_file() && ends_with(path, &ARCHIVES)
}

/// Opens the archives at `path` and passes over their names: until a sample with a label shows that they are
/// `WebDataset` shards, else over all of them to find the class folders.
pub(super) fn open(path: &Path) -> Result<Box<dyn Source>, DataError> {
    let shards = shards(path);
    let complain = |message: String| wrong(path, message);
    if shards.is_empty() {
        let message = "no tar archive there; put files that end in .tar there, or give the path of one".to_owned();
        return Err(complain(message));
    }
    let contents = survey(&shards).map_err(|reason| {
        complain(format!("no tar archive can be read there ({reason}); pack the images again, as by 'tar -cf'"))
    })?;
    Ok(Box::new(Tar { shards, contents }))
}

struct Tar {
    /// Sorted by name.
    shards: Vec<Shard>,
    contents: Contents,
}

struct Shard {
    path: PathBuf,
    /// The file's name below the source's folder.
    name: String,
    /// What stands before the names of its members: nothing where it is the only archive.
    prefix: String,
    part: Option<Part>,
}

enum Contents {
    /// Members of one name and several endings form a sample.
    Samples,
    Folders(Folders),
}

/// Why a walk through an archive ends early.
enum Stop {
    Broken(String),
    /// Nobody wants more.
    Enough,
}

impl From<String> for Stop {
    fn from(reason: String) -> Self {
        Self::Broken(reason)
    }
}

impl Source for Tar {
    fn records(&self, each: &mut dyn FnMut(Found) -> ControlFlow<()>) -> Result<(), DataError> {
        let mut names = Names::default();
        for shard in &self.shards {
            let walked = match &self.contents {
                Contents::Samples => Samples::of(shard, &mut names, each).walk(),
                Contents::Folders(folders) => walk_folders(shard, folders, &mut names, each),
            };
            let flow = match walked {
                Ok(()) => ControlFlow::Continue(()),
                Err(Stop::Enough) => ControlFlow::Break(()),
                Err(Stop::Broken(reason)) => each(Err(Skipped { name: shard.name.clone(), reason })),
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn count(&self) -> Option<usize> {
        match &self.contents {
            Contents::Samples => None,
            Contents::Folders(folders) => Some(folders.images),
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        self.shards.iter().map(|shard| shard.path.clone()).collect()
    }

    fn classes(&self) -> &[String] {
        match &self.contents {
            Contents::Samples => &[],
            Contents::Folders(folders) => &folders.classes,
        }
    }
}

impl Shard {
    /// Shows every member to `visit`, hidden ones and folders left out, until that stops.
    fn walk(&self, mut visit: impl FnMut(&mut Members, &Member) -> Result<(), Stop>) -> Result<(), Stop> {
        let mut members = Members::open(&self.path).map_err(|error| error.to_string())?;
        while let Some(member) = members.next()? {
            if member.kind != Kind::Folder && !is_hidden(&member.name) {
                visit(&mut members, &member)?;
            }
        }
        Ok(())
    }

    fn shown(&self, member: &str) -> String {
        format!("{}{member}", self.prefix)
    }
}

impl Member {
    /// Why the member is not read.
    fn trouble(&self) -> Option<String> {
        match self.kind {
            Kind::Special(what) => Some(what.to_owned()),
            _ if self.size > MAX_MEMBER => {
                Some(format!("too large: {} bytes are declared, the limit is {MAX_MEMBER}", self.size))
            }
            _ => None,
        }
    }
}

/// What the archives hold.
///
/// # Errors
/// The first reason, where not one member can be read.
fn survey(shards: &[Shard]) -> Result<Contents, String> {
    let (mut survey, mut found_any, mut trouble) = (Survey::default(), false, None);
    for shard in shards {
        let mut pairing = Pairing::default();
        let walked = shard.walk(|members, member| {
            found_any = true;
            if member.trouble().is_none() && is_image(&member.name) {
                survey.note(&member.name);
            }
            if pairing.closes(members, member)? { Err(Stop::Enough) } else { Ok(()) }
        });
        match walked {
            Ok(()) => found_any = true,
            Err(Stop::Enough) => return Ok(Contents::Samples),
            Err(Stop::Broken(reason)) => trouble = trouble.or(Some(format!("{}: {reason}", shard.name))),
        }
    }
    match trouble {
        Some(reason) if !found_any => Err(reason),
        _ => Ok(Contents::Folders(survey.finish())),
    }
}

fn walk_folders(
    shard: &Shard,
    folders: &Folders,
    names: &mut Names,
    each: &mut dyn FnMut(Found) -> ControlFlow<()>,
) -> Result<(), Stop> {
    shard.walk(|members, member| {
        let name = shard.shown(&member.name);
        let place = folders.place(&member.name);
        let trouble = member.trouble().or_else(|| match place {
            _ if !is_image(&member.name) => Some("not an image file".to_owned()),
            None => Some("neither in the folder of training images nor in that of held-out ones".to_owned()),
            Some(_) => None,
        });
        let found = match trouble.map_or_else(|| names.add(&name), |reason| Err(Skipped { name: name.clone(), reason }))
        {
            Ok(()) => {
                let (label, part) = place.unwrap_or_default();
                Ok(Record { name, label, part: part.or(shard.part), content: Content::Encoded(members.read()?) })
            }
            Err(skipped) => Err(skipped),
        };
        go_on(each(found))
    })
}

fn go_on(flow: ControlFlow<()>) -> Result<(), Stop> {
    if flow.is_break() { Err(Stop::Enough) } else { Ok(()) }
}

/// The archives at `path`, sorted by name.
fn shards(path: &Path) -> Vec<Shard> {
    if path.is_file() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A single file is a whole set, whatever its name says.
        return vec![Shard { path: path.to_path_buf(), part: None, name, prefix: String::new() }];
    }
    let shard = |(name, path): (String, PathBuf)| {
        let (part, prefix) = (part_of_file(&name), format!("{name}/"));
        Shard { path, name, prefix, part }
    };
    files_below(path, SHARD_DEPTH, &[".tar"]).into_iter().map(shard).collect()
}

#[cfg(test)]
#[path = "tar_tests.rs"]
mod tests;
