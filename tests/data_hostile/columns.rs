//! Columns of tables that unpack to much more than they are.

use crate::attempt::{ALONE, Faults, GROWTH, attempt_within};
use parquet::basic::{Compression, GzipLevel};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, PoisonError};

/// Bytes that a column unpacks to.
const BOMB: usize = 256 << 20;

/// A table of `count` pictures of zeros, `BOMB` bytes together in one page.
fn table(path: &Path, count: usize, compression: Compression) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let schema = parse_message_type("message rows { required binary image; }").unwrap();
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_data_page_size_limit(2 * BOMB)
        .build();
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).unwrap();
    let mut rows = writer.next_row_group().unwrap();
    let mut column = rows.next_column().unwrap().unwrap();
    let values = vec![ByteArray::from(vec![0; BOMB / count]); count];
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    rows.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn columns_that_unpack_to_much_more_than_they_are() {
    let mut faults = Faults::default();
    let folder = tempfile::tempdir().unwrap();
    for (name, compression) in [("gzip", Compression::GZIP(GzipLevel::default())), ("snappy", Compression::SNAPPY)] {
        for count in [1, 256] {
            let path = folder.path().join(format!("{name}-{count}.parquet"));
            table(&path, count, compression);
            assert!(path.metadata().unwrap().len() < BOMB as u64 / 8, "{name}: it is no bomb");
            // A page, and a picture of it, are held; whatever else is bounded as everywhere.
            let within = GROWTH + 2 * BOMB as u64 + (16 << 20);
            faults.note(name, attempt_within(within, &path, None, |_| ControlFlow::Continue(())));
        }
    }
    faults.none();
}
