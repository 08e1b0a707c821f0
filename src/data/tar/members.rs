//! The members of one tar archive, from its first to its last, without trusting what its headers declare.

use super::super::archive::MAX_NAME;
use super::stream::Stream;
use std::io;
use std::path::Path;
use tar::{EntryType, Header, PaxExtensions};

/// So many blocks of zeros, a mebibyte, are the end for good; two are an end behind which another archive may stand.
const MOST_ZEROS: usize = 2048;
const BLOCK: u64 = 512;
/// Largest extended header (PAX) that is read, in bytes.
const MAX_EXTENSION: u64 = 1024 * 1024;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// Nothing that could be read as an image; the words say what.
    Special(&'static str),
}

/// One member. Its bytes follow in the archive.
#[derive(Debug)]
pub(super) struct Member {
    /// Only to be shown.
    pub name: String,
    pub kind: Kind,
    /// As declared, in bytes.
    pub size: u64,
}

/// Reads member after member.
pub(super) struct Members {
    stream: Stream,
    /// Bytes of the last member that were not read yet, and what fills its last block.
    unread: u64,
    padding: u64,
    /// Whether nothing came since the blocks of zeros that end an archive.
    ended: bool,
    /// Where the last header stands, in bytes of the unpacked archive.
    at: u64,
}

/// What extended headers say of the member after them.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

impl Members {
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { stream: Stream::open(path)?, unread: 0, padding: 0, ended: false, at: 0 })
    }

    /// The next member, none at the end. What follows the blocks of zeros of an end is read as well, so that archives
    /// may stand one after another.
    ///
    /// # Errors
    /// In words, where the archive is damaged or cut short: no member after that can be found.
    pub fn next(&mut self) -> Result<Option<Member>, String> {
        let mut extended = Extended::default();
        loop {
            let Some(header) = self.next_header()? else { return Ok(None) };
            let kind = header.entry_type();
            let mut size = header.entry_size().map_err(|_| self.damage("its size is no number"))?;
            if kind.is_gnu_longname() {
                let name = self.extension(size, MAX_NAME)?;
                extended.name = Some(name.split(|&byte| byte == 0).next().unwrap_or_default().to_vec());
            } else if kind.is_pax_local_extensions() {
                let text = self.extension(size, MAX_EXTENSION)?;
                extended.take(&text);
            } else if kind.is_gnu_longlink() || kind.is_pax_global_extensions() {
                self.make_ready(size)?;
            } else {
                size = if kind.is_hard_link() { 0 } else { extended.size.unwrap_or(size) };
                self.pass_sparse_map(&header)?;
                self.make_ready(size)?;
                return Ok(Some(member(&header, extended, size)));
            }
        }
    }

    /// The bytes of the member that came last, no more than it declares.
    ///
    /// # Errors
    /// In words, where the archive ends within it.
    pub fn read(&mut self) -> Result<Vec<u8>, String> {
        let size = std::mem::take(&mut self.unread);
        self.stream.read(size).map_err(|error| self.damage(&broken(&error)))
    }

    fn next_header(&mut self) -> Result<Option<Header>, String> {
        let rest = std::mem::take(&mut self.unread) + std::mem::take(&mut self.padding);
        self.stream.skip(rest).map_err(|error| self.damage(&broken(&error)))?;
        let mut zeros = 0;
        loop {
            self.at = self.stream.at();
            let block = match self.stream.block() {
                Ok(Some(block)) => block,
                Ok(None) if self.ended => return Ok(None),
                Err(error) if self.ended && self.stream.is_packed() => return Err(self.damage(&broken(&error))),
                // Tapes and copies leave all sorts of things behind an end.
                Err(_) if self.ended => return Ok(None),
                Ok(None) => return Err(self.damage("it ends without the blocks of zeros that end an archive")),
                Err(error) => return Err(self.damage(&broken(&error))),
            };
            if block.iter().all(|&byte| byte == 0) {
                self.ended = true;
                zeros += 1;
                if zeros > MOST_ZEROS {
                    return Ok(None);
                }
                continue;
            }
            let header = Header::from_byte_slice(&block).clone();
            if !header.cksum().is_ok_and(|declared| declared == checksum(&block)) {
                return Err(self.damage("what stands there is no header of a member"));
            }
            self.ended = false;
            return Ok(Some(header));
        }
    }

    /// Makes ready for the `size` bytes of a member.
    fn make_ready(&mut self, size: u64) -> Result<(), String> {
        if size > self.stream.most_left() {
            return Err(self.damage(&format!("a member declares {size} bytes, more than the archive has left")));
        }
        self.unread = size;
        self.padding = size.next_multiple_of(BLOCK) - size;
        Ok(())
    }

    fn extension(&mut self, size: u64, limit: u64) -> Result<Vec<u8>, String> {
        if size > limit {
            return Err(self.damage(&format!("a name of {size} bytes, the limit is {limit}")));
        }
        self.make_ready(size)?;
        self.read()
    }

    /// Passes over the further maps of holes that GNU tar's old format puts before the bytes of a member.
    fn pass_sparse_map(&mut self, header: &Header) -> Result<(), String> {
        let mut more = header.entry_type().is_gnu_sparse() && header.as_gnu().is_some_and(|gnu| gnu.is_extended());
        while more {
            let block = self.stream.block().map_err(|error| self.damage(&broken(&error)))?;
            // The byte after 21 entries of 24 bytes says whether another map follows.
            more = block.is_some_and(|block| block[504] != 0);
        }
        Ok(())
    }

    fn damage(&self, what: &str) -> String {
        format!("damaged or cut short at byte {}: {what}; nothing after that is read", self.at)
    }
}

impl Extended {
    fn take(&mut self, text: &[u8]) {
        for extension in PaxExtensions::new(text).flatten() {
            match extension.key_bytes() {
                b"path" if !self.sparse => self.name = Some(extension.value_bytes().to_vec()),
                b"GNU.sparse.name" => self.name = Some(extension.value_bytes().to_vec()),
                b"size" => self.size = extension.value().ok().and_then(|size| size.parse().ok()),
                _ => {}
            }
            self.sparse |= extension.key_bytes().starts_with(b"GNU.sparse.");
        }
    }
}

fn member(header: &Header, extended: Extended, size: u64) -> Member {
    let bytes = extended.name.unwrap_or_else(|| header.path_bytes().into_owned());
    let name = String::from_utf8_lossy(&bytes).into_owned();
    let kind = match header.entry_type() {
        _ if extended.sparse => Kind::Special("a sparse file; pack it without --sparse"),
        EntryType::Regular | EntryType::Continuous if name.ends_with('/') => Kind::Folder,
        EntryType::Regular | EntryType::Continuous => Kind::File,
        EntryType::Directory => Kind::Folder,
        EntryType::Link => Kind::Special("a hard link; pack with --hard-dereference"),
        EntryType::Symlink => Kind::Special("a symbolic link; pack with --dereference"),
        EntryType::Char | EntryType::Block => Kind::Special("a device"),
        EntryType::Fifo => Kind::Special("a named pipe"),
        EntryType::GNUSparse => Kind::Special("a sparse file; pack it without --sparse"),
        _ => Kind::Special("no file"),
    };
    Member { name: name.strip_prefix("./").unwrap_or(&name).to_owned(), kind, size }
}

/// The sum of all bytes of a header, its own sum counted as blanks.
fn checksum(block: &[u8; BLOCK as usize]) -> u32 {
    let bytes = block.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte });
    bytes.map(u32::from).sum()
}

fn broken(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file ends there".to_owned(),
        _ => error.to_string(),
    }
}
