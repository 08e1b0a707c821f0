//! `WebDataset`: members that share their name up to its first dot form one sample.
//!
//! <https://github.com/webdataset/webdataset>

use super::super::archive::{Names, part_of_member};
use super::members::{Kind, Member, Members};
use super::{Content, Found, Record, Shard, Skipped, Stop, go_on};
use crate::data::names::is_image;
use std::ops::ControlFlow;

/// Largest member with a label that is read, in bytes.
const MAX_LABEL: u64 = 1024 * 1024;
/// Where a `.json` has its label.
const LABEL_KEYS: [&str; 3] = ["label", "cls", "class"];

/// The key of a sample, with its folders, and the ending of the member.
fn split(name: &str) -> (&str, &str) {
    let base = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[base..].find('.') {
        Some(dot) => (&name[..base + dot], &name[base + dot + 1..]),
        None => (name, ""),
    }
}

/// Whether a member holds labels by its ending.
fn holds_label(member: &Member) -> bool {
    let ending = split(&member.name).1;
    member.kind == Kind::File
        && member.size <= MAX_LABEL
        && (ending.eq_ignore_ascii_case("cls") || ending.eq_ignore_ascii_case("json"))
}

/// The label that a `.cls` or a `.json` says; none where it says none, or a negative one.
fn label(name: &str, bytes: &[u8]) -> Result<Option<u32>, String> {
    if split(name).1.eq_ignore_ascii_case("cls") {
        let text = String::from_utf8_lossy(bytes);
        let number: i64 = text.trim().parse().map_err(|_| "the label is no whole number".to_owned())?;
        return Ok(u32::try_from(number).ok());
    }
    let json: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?;
    let said = LABEL_KEYS.iter().find_map(|key| json.get(key));
    let number = said.and_then(|said| said.as_i64().or_else(|| said.as_str()?.trim().parse().ok()));
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

/// Looks for an image and a label that belong together.
#[derive(Default)]
pub(super) struct Pairing {
    image: Option<String>,
    label: Option<String>,
}

impl Pairing {
    /// Whether `member` is the second of an image and its label.
    pub fn closes(&mut self, members: &mut Members, member: &Member) -> Result<bool, Stop> {
        let key = split(&member.name).0;
        if is_image(&member.name) {
            self.image = Some(key.to_owned());
        } else if holds_label(member) && matches!(label(&member.name, &members.read()?), Ok(Some(_))) {
            self.label = Some(key.to_owned());
        } else {
            return Ok(false);
        }
        Ok(self.image == self.label)
    }
}

/// What was read of a sample.
#[derive(Default)]
struct Sample {
    key: String,
    image: Option<Record>,
    label: Option<u32>,
    /// Whether something of it was passed over already.
    told: bool,
}

/// Gathers the samples of one shard.
pub(super) struct Samples<'a> {
    shard: &'a Shard,
    names: &'a mut Names,
    each: &'a mut dyn FnMut(Found) -> ControlFlow<()>,
    sample: Option<Sample>,
}

impl<'a> Samples<'a> {
    pub fn of(shard: &'a Shard, names: &'a mut Names, each: &'a mut dyn FnMut(Found) -> ControlFlow<()>) -> Self {
        Self { shard, names, each, sample: None }
    }

    pub fn walk(mut self) -> Result<(), Stop> {
        let shard = self.shard;
        let walked = shard.walk(|members, member| self.take(members, member));
        if let Err(Stop::Broken(reason)) = walked {
            // Its label may have been in what is lost.
            let (whole, rest): (Option<Sample>, Option<Sample>) = match self.sample.take() {
                Some(sample) if sample.image.is_some() && sample.label.is_some() => (Some(sample), None),
                sample => (None, sample),
            };
            self.sample = whole;
            self.hand_over()?;
            let lost = rest.map(|sample| format!(", the sample '{}' is lost", sample.key)).unwrap_or_default();
            return Err(Stop::Broken(format!("{reason}{lost}")));
        }
        walked?;
        self.hand_over()
    }

    fn take(&mut self, members: &mut Members, member: &Member) -> Result<(), Stop> {
        let key = split(&member.name).0;
        if self.sample.as_ref().is_none_or(|sample| sample.key != key) {
            self.hand_over()?;
        }
        let sample = self.sample.get_or_insert_with(|| Sample { key: key.to_owned(), ..Sample::default() });
        let trouble = if let Some(reason) = member.trouble() {
            Some((member.name.clone(), reason))
        } else if is_image(&member.name) {
            sample.take_image(self.shard, members, member)?
        } else if holds_label(member) {
            sample.take_label(&member.name, &members.read()?)
        } else {
            None
        };
        match trouble {
            Some((name, reason)) => {
                sample.told = true;
                let name = self.shard.shown(&name);
                go_on((self.each)(Err(Skipped { name, reason })))
            }
            None => Ok(()),
        }
    }

    fn hand_over(&mut self) -> Result<(), Stop> {
        let Some(sample) = self.sample.take() else { return Ok(()) };
        let found = match sample.image {
            Some(image) => {
                let name = self.shard.shown(&image.name);
                self.names.add(&name).map(|()| Record { name, label: sample.label, ..image })
            }
            None if sample.told => return Ok(()),
            None => {
                let reason = "a sample without an image (png, jpg, jpeg, webp, bmp, gif) next to it".to_owned();
                Err(Skipped { name: self.shard.shown(&sample.key), reason })
            }
        };
        go_on((self.each)(found))
    }
}

/// Name and reason of a member that is passed over.
type Trouble = Option<(String, String)>;

impl Sample {
    /// Keeps one image: that with nothing but an image's ending (`7.png`) before a compound one (`7.mask.png`).
    fn take_image(&mut self, shard: &Shard, members: &mut Members, member: &Member) -> Result<Trouble, Stop> {
        let second = |name: &str| Some((name.to_owned(), "a second image of its sample".to_owned()));
        let is_plain = |name: &str| !split(name).1.contains('.');
        let passed = match &self.image {
            Some(held) if is_plain(&held.name) || !is_plain(&member.name) => return Ok(second(&member.name)),
            Some(held) => second(&held.name),
            None => None,
        };
        self.image = None;
        let part = part_of_member(&member.name).or(shard.part);
        let content = Content::Encoded(members.read()?);
        self.image = Some(Record { name: member.name.clone(), label: None, part, content });
        Ok(passed)
    }

    /// A `.cls` outdoes a `.json`.
    fn take_label(&mut self, name: &str, bytes: &[u8]) -> Trouble {
        match label(name, bytes) {
            Ok(said) if split(name).1.eq_ignore_ascii_case("cls") => self.label = said.or(self.label),
            Ok(said) => self.label = self.label.or(said),
            Err(reason) => return Some((name.to_owned(), reason)),
        }
        None
    }
}
