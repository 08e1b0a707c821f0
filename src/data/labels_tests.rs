use super::*;
use proptest::prelude::*;
use std::fs;

fn labels(text: impl AsRef<[u8]>) -> Result<Labels, DataError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    fs::write(&path, text).unwrap();
    read(&path)
}

const TRAINING: Option<Part> = Some(Part::Training);
const HELD_OUT: Option<Part> = Some(Part::HeldOut);

#[test]
fn images_are_found_by_their_path_in_the_table() {
    let labels = labels("file,label,split,source_png\ntrain/00.png,1,train,1.png\ntest/00.png,9,test,2.png\n").unwrap();
    assert_eq!(labels.of("train/00.png"), Some((Some(1), TRAINING)));
    assert_eq!(labels.of("test/00.png"), Some((Some(9), HELD_OUT)));
    assert_eq!(labels.of("00.png"), None);
    assert!(labels.classes().is_empty() && labels.bad().is_empty());
}

#[test]
fn a_file_name_and_its_split_name_an_image_in_the_folder_of_that_split() {
    let labels = labels("filename,class,partition\n00.png,1,train\n00.png,9,test\n01.png,4,valid\n").unwrap();
    assert_eq!(labels.of("train/00.png"), Some((Some(1), TRAINING)));
    assert_eq!(labels.of("test/00.png"), Some((Some(9), HELD_OUT)));
    assert_eq!(labels.of("validation/01.png"), Some((Some(4), HELD_OUT)));
    // Two rows have the name: neither is it. One has: it is.
    assert_eq!(labels.of("00.png"), None);
    assert_eq!(labels.of("01.png"), Some((Some(4), HELD_OUT)));
    assert_eq!(labels.of("other/00.png"), None);
    assert_eq!(labels.of("test/01.png"), None);
}

#[test]
fn without_splits_the_images_may_lie_in_a_folder_of_their_own() {
    let labels = labels("image,label\n1.png,dog\n2.png,cat\n").unwrap();
    assert_eq!(labels.classes(), ["cat", "dog"]);
    assert_eq!(labels.of("1.png"), Some((Some(1), None)));
    assert_eq!(labels.of("images/2.png"), Some((Some(0), None)));
    assert_eq!(labels.of("train/2.png"), None);
    assert_eq!(labels.of("more/images/2.png"), None);
}

#[test]
fn numbers_stay_numbers_also_where_some_are_missing() {
    let labels = labels("image_id,label\n1.png,3.0\n2.png,\n3.png,-1\n4.png,12\n").unwrap();
    let told = ["1.png", "2.png", "3.png", "4.png"].map(|name| labels.of(name).unwrap().0);
    assert_eq!(told, [Some(3), None, None, Some(12)]);
}

#[test]
fn bad_lines_are_told_by_file_and_line() {
    let labels = labels("file,label,split\n1.png,1,train\n1.png,2,train\n,3,test\n4.png,4,attic\n\"5.png,5\n").unwrap();
    let told: Vec<_> = labels.bad().iter().map(|bad| bad.name.as_str()).collect();
    assert_eq!(told.len(), 4);
    for line in 3..=6 {
        assert!(told.contains(&format!("labels.csv:{line}").as_str()), "{told:?}");
    }
    assert_eq!(labels.of("1.png"), Some((Some(1), TRAINING)));
    assert_eq!(labels.of("4.png"), Some((Some(4), None)));
}

#[test]
fn a_table_without_names_of_columns_says_how_to_write_them() {
    for text in ["1.png,3\n", "", "file,caption\n1.png,a dog\n", "label\n3\n"] {
        let message = labels(text).unwrap_err().to_string();
        assert!(message.contains("file,label,split") && message.contains("labels.csv"), "{message}");
    }
}

proptest! {
    #[test]
    fn any_bytes_behind_the_header_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = labels([b"file,label,split\n".as_slice(), &bytes].concat());
    }
}
