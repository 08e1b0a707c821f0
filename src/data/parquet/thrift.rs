//! What the headers of a Parquet file declare, read before its own parser makes room for it.
//!
//! Parquet's headers are structures of Thrift's compact protocol: fields with a number and a type, numbers in groups of
//! seven bits. <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>,
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 64;
/// Most columns, groups of columns counted with them.
const MAX_COLUMNS: usize = 10_000;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// The header of one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// 0 and 3 for data, 2 for a dictionary.
    pub kind: i64,
    /// Bytes of the page, unpacked and as they lie in the file.
    pub unpacked: i64,
    pub packed: i64,
    pub values: i64,
    pub encoding: i64,
    /// Bytes before the packed ones, in data pages of the second version.
    pub levels: i64,
    /// Bytes of this header itself.
    pub length: usize,
}

impl PageHeader {
    /// None where `bytes` do not begin with a whole header.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut compact = Compact { bytes, at: 0 };
        let mut header = Self { kind: -1, values: -1, encoding: -1, ..Self::default() };
        let mut last = 0;
        while let Some((field, kind)) = compact.field(&mut last)? {
            match (field, kind) {
                (1, 4..=6) => header.kind = compact.number()?,
                (2, 4..=6) => header.unpacked = compact.number()?,
                (3, 4..=6) => header.packed = compact.number()?,
                (5 | 7 | 8, STRUCT) => header.details(&mut compact, field)?,
                _ => compact.skip(kind, MAX_DEPTH)?,
            }
        }
        header.length = compact.at;
        Some(header)
    }

    /// The header of a data page (field 5), of a dictionary page (7) or of a data page of the second version (8).
    fn details(&mut self, compact: &mut Compact, of: i64) -> Option<()> {
        let mut last = 0;
        while let Some((field, kind)) = compact.field(&mut last)? {
            match (of, field, kind) {
                (_, 1, 4..=6) => self.values = compact.number()?,
                (5 | 7, 2, 4..=6) | (8, 4, 4..=6) => self.encoding = compact.number()?,
                (8, 5 | 6, 4..=6) => self.levels = self.levels.checked_add(compact.number()?)?,
                _ => compact.skip(kind, MAX_DEPTH)?,
            }
        }
        Some(())
    }
}

/// Whether the columns that a footer declares are few, and not nested deeper than a parser can follow.
///
/// # Errors
/// In words.
pub(super) fn check_footer(bytes: &[u8]) -> Result<(), String> {
    columns(bytes).unwrap_or_else(|| Err("its footer is damaged".to_owned()))
}

fn columns(bytes: &[u8]) -> Option<Result<(), String>> {
    let mut compact = Compact { bytes, at: 0 };
    let mut last = 0;
    let mut schema = Err("its footer names no columns".to_owned());
    while let Some((field, kind)) = compact.field(&mut last)? {
        if (field, kind) == (2, LIST) {
            schema = compact.schema()?;
            if schema.is_err() {
                return Some(schema);
            }
        } else {
            compact.skip(kind, MAX_DEPTH)?;
        }
    }
    Some(schema)
}

struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Compact<'_> {
    /// The list of columns and groups, each group before its columns.
    fn schema(&mut self) -> Option<Result<(), String>> {
        let (kind, count) = self.list()?;
        if kind != STRUCT {
            return None;
        }
        if count > MAX_COLUMNS {
            return Some(Err(format!("it declares {count} columns, the limit is {MAX_COLUMNS}")));
        }
        // How many columns the groups around the next one still wait for.
        let mut open: Vec<i64> = Vec::new();
        for _ in 0..count {
            let mut last = 0;
            let mut children = 0;
            while let Some((field, kind)) = self.field(&mut last)? {
                if field == 5 && (4..=6).contains(&kind) {
                    children = self.number()?
                } else {
                    self.skip(kind, MAX_DEPTH)?
                }
            }
            if let Some(waiting) = open.last_mut() {
                *waiting -= 1;
            }
            if children > 0 {
                open.push(children);
            }
            while open.last().is_some_and(|&waiting| waiting <= 0) {
                open.pop();
            }
            if open.len() > MAX_DEPTH {
                return Some(Err(format!("its columns are nested deeper than {MAX_DEPTH}")));
            }
        }
        Some(Ok(()))
    }

    /// The next field's number and type; `Some(None)` at the end of a structure.
    #[expect(clippy::option_option, reason = "the outer one is damage, the inner one the end")]
    fn field(&mut self, last: &mut i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *last = match byte >> 4 {
            0 => self.number()?,
            step => last.checked_add(i64::from(step))?,
        };
        Some(Some((*last, byte & 0x0F)))
    }

    /// The type and the number of a list's elements, of which each takes a byte at least.
    fn list(&mut self) -> Option<(u8, usize)> {
        let byte = self.byte()?;
        let count = match byte >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            few => usize::from(few),
        };
        (count <= self.bytes.len() - self.at).then_some((byte & 0x0F, count))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            TRUE | FALSE => {}
            BYTE => self.pass(1)?,
            4..=6 => drop(self.varint()?),
            DOUBLE => self.pass(8)?,
            BINARY => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.pass(length)?;
            }
            LIST | SET => {
                let (kind, count) = self.list()?;
                for _ in 0..count {
                    self.skip_element(kind, depth)?;
                }
            }
            MAP => {
                let count = usize::try_from(self.varint()?).ok()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                for _ in 0..count {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0F, depth)?;
                }
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// In lists and maps a truth value takes a byte; as a field it is in its type.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        if matches!(kind, TRUE | FALSE) { self.pass(1) } else { self.skip(kind, depth) }
    }

    fn pass(&mut self, count: usize) -> Option<()> {
        let to = self.at.checked_add(count).filter(|&to| to <= self.bytes.len())?;
        self.at = to;
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number with its sign in its lowest bit.
    fn number(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}
