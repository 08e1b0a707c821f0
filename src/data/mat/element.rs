//! MATLAB's binary files of level 5, element by element; nothing but the element at hand is read.

use super::super::series::can_inflate;
use crate::data::regular::open_regular;
use flate2::read::ZlibDecoder;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes before the first element.
const HEADER: usize = 128;
/// Longest name of a variable, in bytes, and most dimensions.
const MAX_NAME: u32 = 1024;
const MAX_DIMENSIONS: u32 = 32;
/// Most elements of a file.
const MAX_ELEMENTS: usize = 4096;

/// Types of elements.
const INT8: u32 = 1;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

const SAVE_ANEW: &str = "save it anew as level 5: save('file.mat', 'X', 'y', '-v7') in MATLAB, or \
                         scipy.io.savemat('file.mat', {'X': X, 'y': y}) in Python";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endian {
    Little,
    Big,
}

impl Endian {
    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The number that `bytes` are, of type `kind`.
    fn number(self, kind: Kind, bytes: &[u8]) -> f64 {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        if self == Self::Big {
            wide[..bytes.len()].reverse();
        }
        let bits = u64::from_le_bytes(wide);
        match kind {
            Kind::Signed(size) => {
                let unused = 64 - 8 * size as u32;
                ((bits << unused) as i64 >> unused) as f64
            }
            Kind::Unsigned(_) => bits as f64,
            Kind::Single => f64::from(f32::from_bits(bits as u32)),
            Kind::Double => f64::from_bits(bits),
        }
    }
}

/// How the numbers of an element are stored; integers with their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Signed(usize),
    Unsigned(usize),
    Single,
    Double,
}

impl Kind {
    fn of(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::Signed(1),
            2 => Self::Unsigned(1),
            3 => Self::Signed(2),
            4 => Self::Unsigned(2),
            5 => Self::Signed(4),
            6 => Self::Unsigned(4),
            7 => Self::Single,
            9 => Self::Double,
            12 => Self::Signed(8),
            13 => Self::Unsigned(8),
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::Signed(size) | Self::Unsigned(size) => size,
            Self::Single => 4,
            Self::Double => 8,
        }
    }
}

/// Where an element of the file's top level lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    /// Of its first byte behind the tag.
    start: u64,
    length: u64,
    compressed: bool,
}

/// A variable's header, and its numbers, yet unread.
pub(super) struct Variable {
    pub name: String,
    /// MATLAB's class in words, as "uint8".
    pub class: &'static str,
    /// Column-major: the first runs fastest.
    pub dimensions: Vec<u64>,
    pub kind: Kind,
    endian: Endian,
    /// Begins with the first number.
    pub numbers: Box<dyn Read>,
}

impl Variable {
    /// The next number.
    ///
    /// # Errors
    /// The end of the file, or damage.
    pub fn next_number(&mut self) -> io::Result<f64> {
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..self.kind.size()];
        self.numbers.read_exact(bytes)?;
        Ok(self.endian.number(self.kind, bytes))
    }
}

/// A file's byte order, and the places of its elements; whether the last one is whole.
pub(super) struct Elements {
    pub endian: Endian,
    pub elements: Vec<Element>,
    pub whole: bool,
}

impl Elements {
    /// Looks through the file at `path`, by the elements' tags alone.
    ///
    /// # Errors
    /// A file that is none of level 5, in words.
    pub fn of(path: &Path) -> Result<Self, String> {
        let mut file = open_regular(path).map_err(|error| error.to_string())?;
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        let endian = read_header(&mut file)?;
        let (mut elements, mut at, mut seen) = (Vec::new(), HEADER as u64, 0);
        while at + 8 <= length {
            seen += 1;
            if seen > MAX_ELEMENTS {
                return Err(format!("more than {MAX_ELEMENTS} variables, so it is damaged; copy or download it anew"));
            }
            let mut tag = [0; 8];
            file.seek(SeekFrom::Start(at))
                .and_then(|_| file.read_exact(&mut tag))
                .map_err(|error| error.to_string())?;
            let (kind, size) = halves(endian, tag);
            // What is neither (padding, a later addition to the format, damage) is passed over by its length.
            if matches!(kind, MATRIX | COMPRESSED) {
                elements.push(Element { start: at + 8, length: u64::from(size), compressed: kind == COMPRESSED });
            }
            at += 8 + u64::from(size);
        }
        Ok(Self { endian, elements, whole: at == length })
    }

    /// Reads the header of the variable in `element`; `None` where it is no array of numbers (a cell, a text, …).
    ///
    /// # Errors
    /// Damage, or the end of the file.
    pub fn variable(&self, path: &Path, element: Element) -> io::Result<Option<Variable>> {
        let mut file = open_regular(path)?;
        file.seek(SeekFrom::Start(element.start))?;
        let bytes = BufReader::new(file).take(element.length);
        let mut stream: Box<dyn Read> =
            if element.compressed { Box::new(ZlibDecoder::new(bytes)) } else { Box::new(bytes) };
        if element.compressed {
            let mut tag = [0; 8];
            stream.read_exact(&mut tag)?;
            let (kind, size) = halves(self.endian, tag);
            if kind != MATRIX {
                return Ok(None);
            }
            if !can_inflate(element.length, u64::from(size)) {
                return Err(damaged("a variable declares more than its compressed bytes can hold"));
            }
            stream = Box::new(BufReader::new(stream));
        }
        self.variable_in(stream)
    }

    fn variable_in(&self, mut stream: Box<dyn Read>) -> io::Result<Option<Variable>> {
        let endian = self.endian;
        let flags = small(&mut stream, endian, UINT32, 8)?;
        let [first, ..] = words(endian, &flags)[..] else { return Err(damaged("a variable without flags")) };
        let Some(class) = class(first & 0xFF) else { return Ok(None) };
        let dimensions = small(&mut stream, endian, INT32, MAX_DIMENSIONS * 4)?;
        let name = small(&mut stream, endian, INT8, MAX_NAME)?;
        let (code, size, _) = tag(&mut stream, endian)?;
        let Some(kind) = Kind::of(code) else { return Err(damaged("a variable whose numbers have no known type")) };
        let dimensions: Vec<u64> = words(endian, &dimensions).into_iter().map(u64::from).collect();
        let numbers = dimensions.iter().try_fold(1, |product: u64, &length| product.checked_mul(length));
        if numbers.and_then(|numbers| numbers.checked_mul(kind.size() as u64)) != Some(u64::from(size)) {
            return Err(damaged("a variable whose dimensions do not fit its numbers"));
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        Ok(Some(Variable { name, class, dimensions, kind, endian, numbers: stream }))
    }
}

/// The byte order, of a file of level 5.
fn read_header(file: &mut File) -> Result<Endian, String> {
    let mut header = Vec::new();
    file.take(HEADER as u64).read_to_end(&mut header).map_err(|error| error.to_string())?;
    if header.starts_with(b"MATLAB 7.3") || header.starts_with(b"\x89HDF") {
        return Err(format!("a MATLAB file of version 7.3 (HDF5), which is not read here; {SAVE_ANEW}"));
    }
    match header.get(126..128) {
        Some(b"IM") => Ok(Endian::Little),
        Some(b"MI") => Ok(Endian::Big),
        None if header.is_empty() => Err("the file is empty; copy or download it anew".to_owned()),
        _ => Err(format!("no MATLAB file of level 5 (as MATLAB's -v6 and -v7 are); {SAVE_ANEW}")),
    }
}

/// The names of the classes that are full arrays of numbers.
fn class(code: u32) -> Option<&'static str> {
    const NAMES: [&str; 10] =
        ["double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"];
    // Cells, structures, objects, texts and sparse matrices come before.
    NAMES.get((code as usize).checked_sub(6)?).copied()
}

/// A tag: the type, the length in bytes, and whether the data stand in the tag itself (at most 4 bytes).
fn tag(stream: &mut dyn Read, endian: Endian) -> io::Result<(u32, u32, bool)> {
    let mut first = [0; 4];
    stream.read_exact(&mut first)?;
    let first = endian.u32(first);
    if first >> 16 != 0 {
        return Ok((first & 0xFFFF, first >> 16, true));
    }
    let mut second = [0; 4];
    stream.read_exact(&mut second)?;
    Ok((first, endian.u32(second), false))
}

/// The data of a short element of type `kind`, with its padding read.
fn small(stream: &mut dyn Read, endian: Endian, kind: u32, longest: u32) -> io::Result<Vec<u8>> {
    let (found, length, within) = tag(stream, endian)?;
    if found != kind || length > longest || (within && length > 4) {
        return Err(damaged("a variable's header is not as level 5 has it"));
    }
    let length = length as usize;
    let padded = if within { 4 } else { length.next_multiple_of(8) };
    let mut data = vec![0; padded];
    stream.read_exact(&mut data)?;
    data.truncate(length);
    Ok(data)
}

fn words(endian: Endian, bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|word| endian.u32([word[0], word[1], word[2], word[3]])).collect()
}

fn halves(endian: Endian, [a, b, c, d, e, f, g, h]: [u8; 8]) -> (u32, u32) {
    (endian.u32([a, b, c, d]), endian.u32([e, f, g, h]))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
