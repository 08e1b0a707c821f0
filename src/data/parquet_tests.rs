use super::super::tar::archive::tests::{
    breaks_off, fixture, found, parted, reads_as_the_foreign_program_does, refusal, survives, survives_damage,
};
use super::*;

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).expect("the fixture")
}

#[test]
fn a_hub_s_folder_reads_as_pyarrow_reads_it() {
    reads_as_the_foreign_program_does(open, "parquet/hub");
    breaks_off(open, "parquet/hub");
}

#[test]
fn files_of_pandas_and_of_required_columns_read_as_they_do() {
    reads_as_the_foreign_program_does(open, "parquet/pandas.parquet");
    reads_as_the_foreign_program_does(open, "parquet/required.parquet");
}

#[test]
fn rows_without_bytes_say_why() {
    let source = open(&fixture("parquet/hub")).expect("it opens");
    assert_eq!(source.count(), Some(44));
    let (_, skipped) = parted(found(source.as_ref()));
    assert_eq!(skipped[0].reason, "it has no image");
    assert!(skipped[1].reason.contains("only the path 'elsewhere/5.png'"), "{}", skipped[1].reason);
}

#[test]
fn parquet_is_recognised() {
    assert!(recognises(&fixture("parquet/hub")));
    assert!(recognises(&fixture("parquet/pandas.parquet")));
    assert!(!recognises(&fixture("tar")));
}

#[test]
fn other_packings_are_refused_with_the_way_to_rewrite() {
    for name in ["zstd", "brotli", "lz4"] {
        let message = refusal(open, &fixture(&format!("parquet/{name}.parquet")));
        assert!(message.contains(&format!("packed by {name}")) && message.contains("pq.write_table"), "{message}");
    }
}

#[test]
fn a_file_without_images_is_refused_with_its_columns() {
    let message = refusal(open, &fixture("parquet/no_bytes.parquet"));
    assert!(message.contains("image.list.element (int64)"), "{message}");
    assert!(message.contains("no column holds encoded images") && message.contains("url (text)"), "{message}");
}

#[test]
fn a_column_of_paths_is_no_column_of_images() {
    let message = refusal(open, &fixture("parquet/paths.parquet"));
    assert!(message.contains("the file has image (text)"), "{message}");
}

#[test]
fn encodings_that_could_take_any_room_are_passed_over() {
    let source = open(&fixture("parquet/delta.parquet")).expect("it opens");
    let (records, skipped) = parted(found(source.as_ref()));
    assert!(records.is_empty());
    assert!(skipped[0].reason.contains("encoding (number 6)"), "{skipped:?}");
}

#[test]
fn a_broken_file_among_whole_ones_is_named_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = read("parquet/pandas.parquet");
    std::fs::write(folder.path().join("train-0.parquet"), &whole).expect("written");
    std::fs::write(folder.path().join("train-1.parquet"), &whole[..whole.len() - 9]).expect("written");
    let (records, skipped) = parted(found(open(folder.path()).expect("it opens").as_ref()));
    assert_eq!((records.len(), skipped.len()), (6, 1));
    assert!(skipped[0].name == "train-1.parquet" && skipped[0].reason.contains("cut short"), "{skipped:?}");
    std::fs::remove_file(folder.path().join("train-0.parquet")).expect("removed");
    assert!(refusal(open, folder.path()).contains("PAR1"));
}

#[test]
fn a_damaged_row_group_is_told_once_and_the_others_read() {
    let name = "parquet/hub/data/train-00000-of-00002-1b.parquet";
    let mut bytes = read(name);
    let whole = parted(survives(open, "parquet", &bytes, usize::MAX)).0;
    // The header of the first page, right behind the magic number.
    bytes[4..12].fill(0xFF);
    let (records, skipped) = parted(survives(open, "parquet", &bytes, usize::MAX));
    assert!(!records.is_empty() && records.len() < whole.len());
    let told = skipped.iter().filter(|skipped| skipped.reason.contains("row group 0 is damaged at row 0")).count();
    assert_eq!(told, 1, "{skipped:?}");
    assert_eq!(records, whole[whole.len() - records.len()..]);
}

/// Where the footer begins.
fn footer_of(bytes: &[u8]) -> usize {
    let end = bytes.len() - 8;
    let length = bytes[end..end + 4].iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
    end - length
}

#[test]
fn no_damage_is_fatal() {
    let hub = ["train-00000-of-00002-1b", "train-00001-of-00002-2c", "test-00000-of-00001-9a"];
    let hub = hub.map(|name| format!("hub/data/{name}.parquet"));
    for name in hub.iter().map(String::as_str).chain(["pandas.parquet", "required.parquet"]) {
        let whole = read(&format!("parquet/{name}"));
        survives_damage(open, "parquet", &whole, 0, 500);
        survives_damage(open, "parquet", &whole, footer_of(&whole), 800);
    }
}

/// A structure of Thrift's compact protocol: numbers by their fields, then structures.
fn structure(numbers: &[(u8, i64)], inner: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), 0);
    for &(field, number) in numbers {
        bytes.push((field - last) << 4 | 5);
        varint((number << 1 ^ number >> 63) as u64, &mut bytes);
        last = field;
    }
    for (field, inner) in inner {
        bytes.push((field - last) << 4 | 12);
        bytes.extend(inner);
        last = *field;
    }
    bytes.push(0);
    bytes
}

fn varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// What the check of a single page says: its header, then `data`.
fn check_page(header: &[u8], data: &[u8], compression: parquet::basic::Compression) -> Result<(), String> {
    use std::io::Write;
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&[header, data].concat()).expect("written");
    pages::check(&file, 0, (header.len() + data.len()) as u64, compression)
}

#[test]
fn pages_are_bounded_before_they_are_unpacked() {
    use parquet::basic::{Compression, GzipLevel};
    let gzip = Compression::GZIP(GzipLevel::default());
    let data = |unpacked: i64, packed: i64, values: i64| {
        structure(&[(1, 0), (2, unpacked), (3, packed)], &[(5, structure(&[(1, values), (2, 0)], &[]))])
    };
    let dictionary = |values: i64| structure(&[(1, 2), (2, 8), (3, 8)], &[(7, structure(&[(1, values), (2, 0)], &[]))]);
    let refused =
        |header: &[u8], bytes: &[u8], compression| check_page(header, bytes, compression).expect_err("it is refused");
    assert_eq!(check_page(&data(8, 8, 2), &[0; 8], Compression::UNCOMPRESSED), Ok(()));
    assert_eq!(check_page(&dictionary(2), &[0; 8], Compression::SNAPPY), Ok(()));
    assert!(refused(&data(8, 9, 2), &[0; 8], Compression::SNAPPY).contains("more than its column has left"));
    assert!(refused(&data(8, -1, 2), &[0; 8], Compression::SNAPPY).contains("a negative size"));
    assert!(refused(&data(2_000_000_000, 8, 2), &[0; 8], Compression::SNAPPY).contains("unpacked from 8"));
    assert!(refused(&data(100, 8, 2), &[0; 8], Compression::UNCOMPRESSED).contains("unpacked from 8"));
    assert!(refused(&dictionary(2_000_000_000), &[0; 8], Compression::SNAPPY).contains("2000000000 values"));
    assert!(refused(&[0x15; 40], &[], Compression::SNAPPY).contains("damaged"));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &vec![0; 1 << 20]).expect("packed");
    let bomb = packed.finish().expect("packed");
    assert_eq!(check_page(&data(1 << 20, bomb.len() as i64, 2), &bomb, gzip), Ok(()));
    assert!(refused(&data(1000, bomb.len() as i64, 2), &bomb, gzip).contains("more bytes than it declares"));
}

#[test]
fn footers_that_would_exhaust_a_parser_are_refused() {
    let footer = |children: &[i64]| {
        let mut bytes = vec![0x29, 0xFC];
        varint(children.len() as u64, &mut bytes);
        children.iter().for_each(|&children| bytes.extend(structure(&[(5, children)], &[])));
        bytes.push(0);
        bytes
    };
    assert_eq!(thrift::check_footer(&footer(&[2, 0, 2, 0, 0])), Ok(()));
    assert_eq!(thrift::check_footer(&footer(&[&[3000], vec![0; 3000].as_slice()].concat())), Ok(()));
    assert!(thrift::check_footer(&footer(&[1; 5000])).is_err_and(|why| why.contains("nested deeper")));
    assert!(thrift::check_footer(&footer(&[0; 10_001])).is_err_and(|why| why.contains("10001 columns")));
    assert!(thrift::check_footer(&[0x29, 0xFC, 0xFF, 0xFF, 0xFF, 0x7F]).is_err_and(|why| why.contains("damaged")));
    // Structures within structures without end.
    assert!(thrift::check_footer(&[0x1C; 100_000]).is_err_and(|why| why.contains("damaged")));
}
