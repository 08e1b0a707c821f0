//! The columns with the images and their labels.

use parquet::basic::{Compression, ConvertedType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::ColumnDescriptor;

/// Names of a column of images, best first.
const IMAGES: [&str; 2] = ["image", "img"];
/// Names of a column of labels, best first.
const LABELS: [&str; 3] = ["label", "labels", "fine_label"];

/// Where a file has what is wanted, as indices of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub bytes: usize,
    pub path: Option<usize>,
    pub label: Option<usize>,
    pub label_name: Option<&'static str>,
}

impl Columns {
    /// # Errors
    /// In words, where no column holds images, or one is packed by what is not read here.
    pub fn find(metadata: &ParquetMetaData) -> Result<Self, String> {
        let columns = metadata.file_metadata().schema_descr().columns();
        let flat = |column: &ColumnDescriptor| column.max_rep_level() == 0;
        let find = |parts: &[&str], kinds: &[Type]| {
            columns.iter().position(|column| {
                flat(column) && kinds.contains(&column.physical_type()) && column.path().parts() == parts
            })
        };
        // A column of texts holds paths or addresses, which are not followed.
        let no_text = |&index: &usize| columns[index].converted_type() != ConvertedType::UTF8;
        let named = IMAGES.iter().find_map(|name| {
            let plain = || find(&[name], &[Type::BYTE_ARRAY]).filter(no_text);
            find(&[name, "bytes"], &[Type::BYTE_ARRAY]).or_else(plain)
        });
        let structures = || {
            let is_one = |column: &ColumnDescriptor| {
                flat(column)
                    && column.physical_type() == Type::BYTE_ARRAY
                    && matches!(column.path().parts(), [_, bytes] if bytes == "bytes")
            };
            let mut found = columns.iter().enumerate().filter(|(_, column)| is_one(column)).map(|(index, _)| index);
            found.next().filter(|_| found.next().is_none())
        };
        let bytes = named.or_else(structures).ok_or_else(|| no_image(metadata))?;
        let path = match columns[bytes].path().parts() {
            [name, _] => find(&[name, "path"], &[Type::BYTE_ARRAY]),
            _ => None,
        };
        let label_name = LABELS.into_iter().find(|name| find(&[name], &[Type::INT32, Type::INT64]).is_some());
        let label = label_name.and_then(|name| find(&[name], &[Type::INT32, Type::INT64]));
        let columns = Self { bytes, path, label, label_name };
        columns.check_compression(metadata)?;
        Ok(columns)
    }

    pub fn indices(&self) -> impl Iterator<Item = usize> {
        [Some(self.bytes), self.path, self.label].into_iter().flatten()
    }

    fn check_compression(&self, metadata: &ParquetMetaData) -> Result<(), String> {
        for group in metadata.row_groups() {
            for index in self.indices() {
                let compression = group.columns().get(index).map(|column| column.compression());
                match compression {
                    Some(Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_)) => {}
                    Some(other) => return Err(packed_by(other)),
                    None => return Err("a row group lacks columns of the file's schema; write it anew".to_owned()),
                }
            }
        }
        Ok(())
    }
}

fn packed_by(compression: Compression) -> String {
    let name = format!("{compression:?}");
    let name = name.split('(').next().unwrap_or_default().to_lowercase();
    format!(
        "its pages are packed by {name}; snappy, gzip and no packing are read here. Rewrite it in Python: \
         import pyarrow.parquet as pq; pq.write_table(pq.read_table(\"OLD.parquet\"), \"NEW.parquet\", compression=\"snappy\")"
    )
}

fn no_image(metadata: &ParquetMetaData) -> String {
    let columns = metadata.file_metadata().schema_descr().columns().iter().take(12);
    let names: Vec<String> = columns.map(|column| format!("{} ({})", column.path().string(), kind(column))).collect();
    format!(
        "no column holds encoded images: wanted is 'image' (or 'img'), a structure with 'bytes' or the bytes of PNG, JPEG, … \
         files; the file has {}",
        names.join(", ")
    )
}

fn kind(column: &ColumnDescriptor) -> String {
    match column.converted_type() {
        ConvertedType::UTF8 => "text".to_owned(),
        _ => column.physical_type().to_string().to_lowercase(),
    }
}

/// Column by column one value a row.
pub(super) struct Cells<T: DataType> {
    reader: ColumnReaderImpl<T>,
    /// Definition level of a value that is there.
    present: i16,
}

/// One row's cell.
pub(super) enum Cell<V> {
    Value(V),
    Null,
    /// The column has no further row.
    End,
}

impl<T: DataType> Cells<T> {
    pub fn new(reader: ColumnReaderImpl<T>, column: &ColumnDescriptor) -> Self {
        Self { reader, present: column.max_def_level() }
    }

    /// # Errors
    /// In words, from the parser.
    pub fn next(&mut self) -> Result<Cell<T::T>, String> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        let read = self.reader.read_records(1, Some(&mut levels), None, &mut values);
        let (rows, ..) = read.map_err(|error| error.to_string())?;
        let is_present = self.present == 0 || levels.first() == Some(&self.present);
        Ok(match values.pop() {
            _ if rows == 0 => Cell::End,
            Some(value) if is_present => Cell::Value(value),
            _ => Cell::Null,
        })
    }
}

/// A column of bytes.
pub(super) type Bytes = Cells<ByteArrayType>;

/// A column of labels, of 32 or 64 bits.
pub(super) enum Labels {
    Narrow(Cells<parquet::data_type::Int32Type>),
    Wide(Cells<parquet::data_type::Int64Type>),
}

impl Labels {
    /// The next row's label; none where it is null or negative.
    ///
    /// # Errors
    /// In words, from the parser.
    pub fn next(&mut self) -> Result<Option<u32>, String> {
        Ok(match self {
            Self::Narrow(cells) => cells.next()?.value().and_then(|label| u32::try_from(label).ok()),
            Self::Wide(cells) => cells.next()?.value().and_then(|label| u32::try_from(label).ok()),
        })
    }
}

impl<V> Cell<V> {
    pub fn value(self) -> Option<V> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null | Self::End => None,
        }
    }
}

/// A column as one of bytes.
pub(super) fn bytes(reader: ColumnReader, column: &ColumnDescriptor) -> Option<Bytes> {
    match reader {
        ColumnReader::ByteArrayColumnReader(reader) => Some(Cells::new(reader, column)),
        _ => None,
    }
}

/// A column as one of labels.
pub(super) fn labels(reader: ColumnReader, column: &ColumnDescriptor) -> Option<Labels> {
    match reader {
        ColumnReader::Int32ColumnReader(reader) => Some(Labels::Narrow(Cells::new(reader, column))),
        ColumnReader::Int64ColumnReader(reader) => Some(Labels::Wide(Cells::new(reader, column))),
        _ => None,
    }
}

/// The bytes of a cell as text to be shown.
pub(super) fn shown(cell: Cell<ByteArray>) -> Option<String> {
    cell.value().filter(|text| !text.is_empty()).map(|text| String::from_utf8_lossy(text.data()).into_owned())
}
