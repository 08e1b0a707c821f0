use super::*;
use proptest::prelude::*;
use std::fs;

fn table(name: &str, text: impl AsRef<[u8]>) -> Vec<Result<Row, Skipped>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let mut table = Table::open(&path).unwrap();
    std::iter::from_fn(|| table.next().unwrap()).collect()
}

fn row(line: usize, image: &str, label: Option<&str>, split: Option<&str>) -> Result<Row, Skipped> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(Row { line, image: image.to_owned(), label: owned(label), split: owned(split) })
}

#[test]
fn a_path_and_its_label_stand_apart_by_a_space_a_comma_or_a_tab() {
    for text in ["a/one.jpg 7\nb/two.jpg 8\n", "a/one.jpg,7\r\nb/two.jpg,8", "\n./a/one.jpg\t7\n\nb\\two.jpg\t8"] {
        let rows: Vec<_> = table("list.csv", text).into_iter().map(|row| row.unwrap()).collect();
        let told: Vec<_> = rows.iter().map(|row| (row.image.as_str(), row.label.as_deref())).collect();
        assert_eq!(told, [("a/one.jpg", Some("7")), ("b/two.jpg", Some("8"))], "{text}");
    }
}

#[test]
fn a_path_of_a_list_apart_by_spaces_may_hold_spaces() {
    let rows = table("list.txt", "old abbey/one two.jpg   7\nold abbey/one two.jpg\nthree.jpg cat\n");
    assert_eq!(rows[0], row(1, "old abbey/one two.jpg", Some("7"), None));
    assert_eq!(rows[1], row(2, "old abbey/one two.jpg", None, None));
    assert_eq!(rows[2], row(3, "three.jpg", Some("cat"), None));
}

#[test]
fn a_header_names_the_columns_in_any_order() {
    let rows = table("list.csv", "\u{feff}other,Split,FILENAME,Label\n,train,one.png,cat\n1,,two.png\n");
    assert_eq!(rows, [row(2, "one.png", Some("cat"), Some("train")), row(3, "two.png", None, None)]);
}

#[test]
fn quotes_hold_commas_and_quotes() {
    let rows = table("list.csv", "\"a, b/\"\"c\"\".jpg\",\"3\"\n\"open.jpg,4\n");
    assert_eq!(rows[0], row(1, "a, b/\"c\".jpg", Some("3"), None));
    let bad = rows[1].clone().unwrap_err();
    assert_eq!(bad.name, "list.csv:2");
    assert!(bad.reason.contains("quote"), "{}", bad.reason);
}

#[test]
fn a_line_without_end_is_an_error_and_not_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    fs::write(&path, [b"one.jpg 1\n".as_slice(), &vec![b'x'; 300_000]].concat()).unwrap();
    let mut table = Table::open(&path).unwrap();
    assert!(table.next().unwrap().unwrap().is_ok());
    let message = table.next().unwrap_err().to_string();
    assert!(message.contains("line 2") && message.contains("list.txt"), "{message}");
}

proptest! {
    #[test]
    fn any_bytes_come_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let lines = bytes.split(|&byte| byte == b'\n').count();
        prop_assert!(table("list.csv", &bytes).len() <= lines);
    }
}
