//! The bytes of a tar archive, packed with gzip or not.

use crate::data::regular::open_regular;
use crate::data::series::MAX_EXPANSION;
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A file read from its start to its end, with a way to pass over bytes.
pub(super) struct Stream {
    input: Input,
    /// Of the file, in bytes.
    length: u64,
    /// How many unpacked bytes were read or passed over.
    at: u64,
}

enum Input {
    Plain(BufReader<File>),
    /// One or several gzip members, one after another.
    Gzip(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Stream {
    /// What the first two bytes say counts, not the file's name.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = open_regular(path)?;
        let length = file.metadata()?.len();
        let mut magic = Vec::new();
        file.by_ref().take(2).read_to_end(&mut magic)?;
        file.seek(SeekFrom::Start(0))?;
        let reader = BufReader::new(file);
        let input = match magic.as_slice() {
            [0x1F, 0x8B] => Input::Gzip(Box::new(MultiGzDecoder::new(reader))),
            _ => Input::Plain(reader),
        };
        Ok(Self { input, length, at: 0 })
    }

    /// Whether there is a checksum at the end.
    pub fn is_packed(&self) -> bool {
        matches!(self.input, Input::Gzip(_))
    }

    pub fn at(&self) -> u64 {
        self.at
    }

    /// No more unpacked bytes than that can follow.
    pub fn most_left(&self) -> u64 {
        let most = match self.input {
            Input::Plain(_) => self.length,
            Input::Gzip(_) => self.length.saturating_mul(MAX_EXPANSION),
        };
        most.saturating_sub(self.at)
    }

    /// The next block of a tar archive; none where the file ends before it.
    pub fn block(&mut self) -> io::Result<Option<[u8; 512]>> {
        let bytes = self.up_to(512)?;
        match <[u8; 512]>::try_from(bytes.as_slice()) {
            Ok(block) => Ok(Some(block)),
            Err(_) if bytes.is_empty() => Ok(None),
            Err(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Exactly `size` bytes.
    pub fn read(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let bytes = self.up_to(size)?;
        if bytes.len() as u64 == size { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Passes over `size` bytes.
    pub fn skip(&mut self, size: u64) -> io::Result<()> {
        if size > self.most_left() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let passed = match &mut self.input {
            Input::Plain(reader) => {
                reader.seek_relative(i64::try_from(size).map_err(|_| io::ErrorKind::UnexpectedEof)?)?;
                size
            }
            Input::Gzip(reader) => io::copy(&mut reader.take(size), &mut io::sink())?,
        };
        self.at = self.at.saturating_add(passed);
        if passed == size { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn up_to(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let input: &mut dyn Read = match &mut self.input {
            Input::Plain(reader) => reader,
            Input::Gzip(reader) => reader,
        };
        let read = input.take(size).read_to_end(&mut bytes)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(bytes)
    }
}
