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
    assert!(message.contains("no column holds encoded images") && message.contains("url (BYTE_ARRAY)"), "{message}");
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

#[test]
fn no_damage_is_fatal() {
    for name in ["train-00000-of-00002-1b", "train-00001-of-00002-2c", "test-00000-of-00001-9a"] {
        survives_damage(open, "parquet", &read(&format!("parquet/hub/data/{name}.parquet")), 700);
    }
    survives_damage(open, "parquet", &read("parquet/pandas.parquet"), 700);
    survives_damage(open, "parquet", &read("parquet/required.parquet"), 700);
}
