//! The pages of a column, looked over before they are read: what their headers declare bounds what is made room for.

use super::thrift::PageHeader;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Largest page, in bytes, unpacked. Writers put some hundreds of images into one page at most.
const MAX_PAGE: u64 = 1024 * 1024 * 1024;
/// How much of a page is read to find its header's end, at first and at most: a header may quote values.
const FIRST_WINDOW: u64 = 4096;
const LAST_WINDOW: u64 = 4096 << 10;
/// Snappy copies no more than 64 bytes by three, deflate packs no more than 1032 into one.
const SNAPPY_RATIO: u64 = 24;
const GZIP_RATIO: u64 = 1040;

const DATA: i64 = 0;
const DICTIONARY: i64 = 2;
const DATA_V2: i64 = 3;

/// Checks the pages in `length` bytes from `start` on.
///
/// # Errors
/// In words, where a page is longer than its column or than a packing can have made it, or where it is of an encoding
/// that is not read here.
pub(super) fn check(file: &File, start: u64, length: u64, compression: Compression) -> Result<(), String> {
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    let end = start.checked_add(length).filter(|&end| end <= size);
    let end = end.ok_or_else(|| format!("a column of {length} bytes at {start}, but the file has {size} bytes"))?;
    let mut at = start;
    while at < end {
        let header = header(file, at, end)?;
        let packed =
            check_header(&header, end - at, compression).map_err(|what| format!("the page at byte {at}: {what}"))?;
        let data = at + header.length as u64;
        if matches!(compression, Compression::GZIP(_)) {
            check_gzip(file, &header, data, packed).map_err(|what| format!("the page at byte {at}: {what}"))?;
        }
        at = data + packed;
    }
    Ok(())
}

fn header(file: &File, at: u64, end: u64) -> Result<PageHeader, String> {
    let mut window = FIRST_WINDOW;
    loop {
        let bytes = read_at(file, at, window.min(end - at)).map_err(|error| error.to_string())?;
        if let Some(header) = PageHeader::parse(&bytes) {
            return Ok(header);
        }
        if window >= LAST_WINDOW || window >= end - at {
            return Err(format!("the header of the page at byte {at} is damaged"));
        }
        window *= 8;
    }
}

fn read_at(mut file: &File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The page's packed bytes, where it is sound. `left` is what its column has from its header on.
fn check_header(header: &PageHeader, left: u64, compression: Compression) -> Result<u64, String> {
    let bytes = |number: i64| u64::try_from(number).map_err(|_| format!("a negative size, {number}"));
    let (packed, unpacked) = (bytes(header.packed)?, bytes(header.unpacked)?);
    if packed > left.saturating_sub(header.length as u64) {
        return Err(format!("it declares {packed} bytes, more than its column has left"));
    }
    let ratio = match compression {
        Compression::SNAPPY => SNAPPY_RATIO,
        Compression::GZIP(_) => GZIP_RATIO,
        _ => 1,
    };
    if unpacked > MAX_PAGE || unpacked > packed.saturating_mul(ratio).saturating_add(64) {
        return Err(format!("it declares {unpacked} bytes unpacked from {packed}, the limit is {MAX_PAGE}"));
    }
    if !matches!(header.kind, DATA | DICTIONARY | DATA_V2) {
        return Ok(packed);
    }
    // Each value of a dictionary is a number of four bytes, or begins with one.
    if header.values < 0 || (header.kind == DICTIONARY && bytes(header.values)? > unpacked / 4) {
        return Err(format!("it declares {} values in {unpacked} bytes", header.values));
    }
    // Plain, dictionaries of both versions, and runs.
    if !matches!(header.encoding, 0 | 2 | 3 | 8) {
        let code = header.encoding;
        return Err(format!("its encoding (number {code}) is not read here; write it without 'column_encoding'"));
    }
    Ok(packed)
}

/// Unpacks once into nothing: the parser would unpack to the end, whatever the header declares.
fn check_gzip(file: &File, header: &PageHeader, data: u64, packed: u64) -> Result<(), String> {
    let levels = u64::try_from(header.levels).unwrap_or(0).min(packed);
    let limit = u64::try_from(header.unpacked).unwrap_or(0).saturating_add(1);
    let mut file = file;
    file.seek(SeekFrom::Start(data + levels)).map_err(|error| error.to_string())?;
    let mut unpacked = MultiGzDecoder::new(file.take(packed - levels)).take(limit);
    match io::copy(&mut unpacked, &mut io::sink()) {
        Ok(count) if count >= limit => Err("it holds more bytes than it declares".to_owned()),
        // Pages may say of themselves that they are not packed; what is damaged, the parser finds.
        _ => Ok(()),
    }
}
