//! One array: its header, where it lies, and its numbers as a stream.

use super::super::series::{can_inflate, read_block};
use super::pixels::{Encoding, Number};
use crate::data::names::file_name;
use crate::data::record::Skipped;
use crate::data::regular::open_regular;
use ::zip::{CompressionMethod, ZipArchive};
use flate2::Crc;
use flate2::read::DeflateDecoder;
use npyz::{DType, Endianness, NpyHeader, Order, TypeChar};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Take};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Longest header, in bytes, and deepest brackets in it; it is a literal of Python's that is parsed recursively.
const MAX_HEADER: usize = 64 * 1024;
const MAX_DEPTH: usize = 8;
/// Most arrays of an archive that are looked at.
const MAX_ARRAYS: usize = 1024;

/// An array whose header is read.
#[derive(Debug, Clone)]
pub(super) struct Array {
    /// Without its ending.
    pub name: String,
    /// As it is shown: the file's name, and behind it the array's own in an archive.
    pub shown: String,
    pub path: PathBuf,
    pub shape: Vec<u64>,
    /// The first axis runs fastest, not the last.
    pub fortran: bool,
    pub encoding: Encoding,
    /// All of it is in the file.
    pub whole: bool,
    /// Bytes before the numbers, and with them.
    header: u64,
    length: u64,
    place: Place,
}

/// Where the bytes of a `.npy` lie.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    /// Bytes in the file, compressed or not.
    stored: u64,
    deflated: bool,
    /// CRC-32 of the bytes, uncompressed.
    checksum: Option<u32>,
}

impl Array {
    /// The array of a `.npy` file.
    ///
    /// # Errors
    /// Why it is of no use.
    pub fn of_file(path: &Path) -> Result<Self, Skipped> {
        let shown = file_name(path);
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let read = std::fs::metadata(path).map_err(|error| error.to_string()).and_then(|found| {
            let place = Place { start: 0, stored: found.len(), deflated: false, checksum: None };
            Self::at(path, place, name, shown.clone())
        });
        read.map_err(|reason| Skipped { name: shown, reason })
    }

    /// The arrays of a `.npz` file, in its order.
    ///
    /// # Errors
    /// Why the archive cannot be read; of a single array, why it is of no use.
    pub fn of_archive(path: &Path) -> Result<Vec<Result<Self, Skipped>>, String> {
        let file = open_regular(path).map_err(|error| error.to_string())?;
        // The archive's directory is read by others, who are not to be trusted with a whole program.
        let read = catch_unwind(AssertUnwindSafe(|| Self::entries(path, file)));
        read.unwrap_or_else(|_| Err("its directory is damaged".to_owned()))
            .map_err(|reason| format!("cannot be read as a .npz archive ({reason}); copy or save it anew"))
    }

    fn entries(path: &Path, file: File) -> Result<Vec<Result<Self, Skipped>>, String> {
        let file_length = file.metadata().map_err(|error| error.to_string())?.len();
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
        let mut arrays = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|error| error.to_string())?;
            let raw_name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let Some(name) = raw_name.strip_suffix(".npy") else { continue };
            if arrays.len() == MAX_ARRAYS {
                break;
            }
            let shown = format!("{}/{name}", file_name(path));
            let (declared, start) = (entry.size(), entry.data_start().unwrap_or(u64::MAX));
            let (stored, method) = (entry.compressed_size(), entry.compression());
            let checksum = Some(entry.crc32());
            let place = Place { start, stored, deflated: method == CompressionMethod::Deflated, checksum };
            let read = if entry.encrypted() {
                Err("is encrypted; save it without a password".to_owned())
            } else if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
                Err(format!("is compressed by {method}; save it by numpy.savez_compressed"))
            } else if start.checked_add(stored).is_none_or(|end| end > file_length) {
                Err("lies outside the archive, which is damaged".to_owned())
            } else if place.deflated && !can_inflate(stored, declared) || !place.deflated && stored != declared {
                Err("declares another size than its bytes can have".to_owned())
            } else {
                Self::at(path, place, name.to_owned(), shown.clone()).and_then(|array| match array.length == declared {
                    true => Ok(array),
                    false => Err("has another size than its shape says".to_owned()),
                })
            };
            arrays.push(read.map_err(|reason| Skipped { name: shown, reason }));
        }
        Ok(arrays)
    }

    /// The array at `place` of a file.
    fn at(path: &Path, place: Place, name: String, shown: String) -> Result<Self, String> {
        let mut stream = place.bytes(path).map_err(|error| error.to_string())?;
        let bytes = read_header(&mut stream).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => "ends within its header".to_owned(),
            _ => error.to_string(),
        })?;
        let parsed = catch_unwind(AssertUnwindSafe(|| NpyHeader::from_reader(&bytes[..])));
        let header = match parsed {
            Ok(Ok(header)) => header,
            Ok(Err(error)) => return Err(format!("its header is damaged ({error})")),
            Err(_) => return Err("its header is damaged".to_owned()),
        };
        let encoding = encoding(&header.dtype())?;
        let numbers = header.shape().iter().try_fold(1, |product: u64, &length| product.checked_mul(length));
        let length = numbers
            .and_then(|numbers| numbers.checked_mul(encoding.size() as u64))
            .and_then(|numbers| numbers.checked_add(bytes.len() as u64))
            .ok_or_else(|| format!("its shape {:?} is larger than any file", header.shape()))?;
        Ok(Self {
            name,
            shown,
            path: path.to_path_buf(),
            shape: header.shape().to_vec(),
            fortran: header.order() == Order::Fortran,
            encoding,
            whole: place.deflated || length <= place.stored,
            header: bytes.len() as u64,
            length,
            place,
        })
    }

    /// The numbers, from the first.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn numbers(&self) -> io::Result<Stream> {
        let mut stream = Stream {
            bytes: self.place.bytes(&self.path)?,
            left: self.length,
            crc: Crc::new(),
            checksum: self.place.checksum,
        };
        io::copy(&mut (&mut stream).take(self.header), &mut io::sink())?;
        Ok(stream)
    }
}

/// All bytes of a header.
fn read_header(stream: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = read_block(stream, 8)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err(invalid("begins as no .npy file"));
    }
    let size_bytes = if bytes[6] == 1 { 2 } else { 4 };
    bytes.extend(read_block(stream, size_bytes)?);
    let size = bytes[8..].iter().rev().fold(0, |size: usize, &byte| size << 8 | usize::from(byte));
    if size > MAX_HEADER {
        return Err(invalid("its header is too long for an array of numbers"));
    }
    let text = read_block(stream, size)?;
    let mut depth = 0_usize;
    for byte in &text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(invalid("its header is nested too deeply for an array of numbers"));
        }
    }
    bytes.extend(text);
    Ok(bytes)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, message)
}

/// The plain numbers of a type.
fn encoding(dtype: &DType) -> Result<Encoding, String> {
    if dtype.uses_pickled_array() {
        return Err(format!(
            "holds Python objects (dtype {}), whose pickles are programs and are not run",
            dtype.descr()
        ));
    }
    let unknown = || format!("holds values of dtype {}; images are integers, floats or bool", dtype.descr());
    let DType::Plain(plain) = dtype else { return Err(unknown()) };
    let number = match (plain.type_char(), plain.size_field() as usize) {
        (TypeChar::Bool, 1) => Number::Bool,
        (TypeChar::Uint, size @ (1 | 2 | 4 | 8)) => Number::Unsigned(size),
        (TypeChar::Int, size @ (1 | 2 | 4 | 8)) => Number::Signed(size),
        (TypeChar::Float, size @ (2 | 4 | 8)) => Number::Float(size),
        _ => return Err(unknown()),
    };
    Ok(Encoding { number, big_endian: plain.endianness() == Endianness::Big })
}

impl Place {
    fn bytes(self, path: &Path) -> io::Result<Bytes> {
        let mut file = open_regular(path)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(match self.deflated {
            true => Bytes::Deflated(Box::new(BufReader::new(DeflateDecoder::new(file.take(self.stored))))),
            false => Bytes::Plain(BufReader::new(file)),
        })
    }
}

/// Bytes of a `.npy`, from its beginning.
enum Bytes {
    Plain(BufReader<File>),
    Deflated(Box<BufReader<DeflateDecoder<Take<File>>>>),
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(bytes) => bytes.read(buffer),
            Self::Deflated(bytes) => bytes.read(buffer),
        }
    }
}

/// The numbers of an array. Reading on at the end compares the archive's checksum.
pub(super) struct Stream {
    bytes: Bytes,
    left: u64,
    crc: Crc,
    checksum: Option<u32>,
}

impl Stream {
    /// Passes over `count` bytes.
    ///
    /// # Errors
    /// Damage of a compressed array. The end of a file shows when it is read.
    pub fn skip(&mut self, count: u64) -> io::Result<()> {
        // What is passed over is not summed up.
        self.checksum = None;
        self.left = self.left.saturating_sub(count);
        match &mut self.bytes {
            Bytes::Plain(bytes) => bytes.seek_relative(i64::try_from(count).unwrap_or(i64::MAX)),
            Bytes::Deflated(bytes) => io::copy(&mut bytes.take(count), &mut io::sink()).map(|_| ()),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && self.checksum.is_some_and(|checksum| checksum != self.crc.sum()) {
            return Err(invalid("the checksum is another"));
        }
        let wanted = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.bytes.read(&mut buffer[..wanted])?;
        if self.checksum.is_some() {
            self.crc.update(&buffer[..read]);
        }
        self.left -= read as u64;
        Ok(read)
    }
}
