use super::super::series::truth::collect;
use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/listed/places");

fn records(path: &Path) -> (Vec<Record>, Vec<Skipped>) {
    let source = open(path).unwrap();
    let (found, skipped) = collect(source.as_ref());
    (found, skipped)
}

fn told(records: &[Record]) -> Vec<(&str, Option<u32>, Option<Part>)> {
    records.iter().map(|record| (record.name.as_str(), record.label, record.part)).collect()
}

/// A folder with empty files of these names.
fn folder(files: &[&str], lists: &[(&str, &str)]) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for name in files {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    for (name, text) in lists {
        fs::write(place.path().join(name), text).unwrap();
    }
    place
}

const TRAINING: Option<Part> = Some(Part::Training);
const HELD_OUT: Option<Part> = Some(Part::HeldOut);

#[test]
fn a_tree_of_places_reads_as_the_foreign_reader_reads_its_lists() {
    let path = Path::new(FIXTURE);
    assert!(recognises(path));
    let expected: Value = serde_json::from_str(&fs::read_to_string(path.join("expected.json")).unwrap()).unwrap();
    let mut wanted = Vec::new();
    for (list, part) in [("train", TRAINING), ("val", HELD_OUT), ("test", HELD_OUT)] {
        for row in expected[list].as_array().unwrap() {
            let inside = if list == "test" { "testSetPlaces205_resize/" } else { "" };
            let name = format!("{inside}{}", row[0].as_str().unwrap());
            wanted.push((name, row[1].as_u64().map(|label| label as u32), part));
        }
    }
    let (found, skipped) = records(path);
    let found_told: Vec<_> =
        told(&found).into_iter().map(|(name, label, part)| (name.to_owned(), label, part)).collect();
    assert_eq!(found_told, wanted);
    assert!(skipped.is_empty(), "{skipped:?}");
    let source = open(path).unwrap();
    assert_eq!(source.classes(), ["abbey", "apartment_building/outdoor", "bar"]);
    assert_eq!((source.count(), source.files().len()), (Some(14), 14 + 3 + 1));
    assert!(source.files().iter().all(|file| file.is_file()));
}

#[test]
fn every_folder_of_images_and_every_spelling_of_lists_is_found() {
    for images in ["", "images256/", "data/vision/torralba/deeplearning/images256/"] {
        for (train, test) in
            [("train_places205.csv", "test_places205.csv"), ("train_places205.txt", "test_places205.txt")]
        {
            let files = ["a/abbey/1.jpg", "b/bar/2.jpg", "t.jpg"].map(|name| format!("{images}{name}"));
            let text = if images.is_empty() {
                "a/abbey/1.jpg,0\n\"b/bar/2.jpg\",1\n"
            } else {
                "a/abbey/1.jpg 0\nb/bar/2.jpg 1\n"
            };
            let place = folder(&files.each_ref().map(String::as_str), &[(train, text), (test, "t.jpg\n")]);
            assert!(recognises(place.path()));
            let (found, skipped) = records(place.path());
            let wanted =
                [("a/abbey/1.jpg", Some(0), TRAINING), ("b/bar/2.jpg", Some(1), TRAINING), ("t.jpg", None, HELD_OUT)];
            assert_eq!(told(&found), wanted, "{images} {train}");
            assert!(skipped.is_empty());
            assert_eq!(open(place.path()).unwrap().classes(), ["abbey", "bar"]);
        }
    }
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let outside = folder(&["secret.jpg", "root/a/1.jpg"], &[]);
    let secret = outside.path().join("secret.jpg");
    let text = format!("a/1.jpg 0\n../secret.jpg 0\n{} 0\na/2.jpg 1\na/./1.jpg 1\n", secret.display());
    fs::write(outside.path().join("root/train_places205.csv"), text).unwrap();
    let (found, skipped) = records(&outside.path().join("root"));
    assert_eq!(told(&found), [("a/1.jpg", Some(0), TRAINING)]);
    for (one, word) in skipped.iter().zip(["'..'", "absolute", "no such file", "listed before"]) {
        assert!(one.reason.contains(word), "{one:?}");
    }
    assert_eq!((skipped.len(), skipped[3].name.as_str()), (4, "train_places205.csv:5"));
    assert_eq!(skipped[2].reason, "there is no such file (in train_places205.csv:4)");
}

#[test]
fn a_list_whose_images_are_elsewhere_is_told_in_one_line() {
    let place = folder(
        &["a/abbey/1.jpg"],
        &[("train_places205.csv", "a/abbey/1.jpg 0\n"), ("val_places205.csv", "x.jpg 0\ny.jpg 0\n")],
    );
    let (found, skipped) = records(place.path());
    assert_eq!((found.len(), skipped.len()), (1, 1));
    assert_eq!(skipped[0].name, "val_places205.csv");
    let place = folder(&[], &[("train_places205.csv", "a/abbey/1.jpg 0\n")]);
    let message = open(place.path()).err().unwrap().to_string();
    assert!(message.contains("train_places205.csv") && message.contains("Unpack"), "{message}");
}

#[test]
fn a_part_of_the_images_suffices() {
    let text: String = (0..500).map(|number| format!("a/{number}.jpg 0\n")).collect();
    let place = folder(&["images256/a/499.jpg"], &[("train_places205.csv", &text)]);
    let (found, skipped) = records(place.path());
    assert_eq!((found.len(), skipped.len()), (1, 499));
}

#[test]
fn a_list_by_itself_names_files_beside_it() {
    for (name, text) in [
        ("all.lst", "one/1.png cat\ntwo/2.png dog\n"),
        ("all.csv", "image,label,split\none/1.png,cat,train\ntwo/2.png,dog,test\n"),
    ] {
        let place = folder(&["one/1.png", "two/2.png"], &[(name, text)]);
        let list = place.path().join(name);
        assert!(recognises(&list), "{name}");
        let (found, _) = records(&list);
        let parts = if name == "all.csv" { [TRAINING, HELD_OUT] } else { [None, None] };
        assert_eq!(told(&found), [("one/1.png", Some(0), parts[0]), ("two/2.png", Some(1), parts[1])]);
        assert_eq!(open(&list).unwrap().classes(), ["cat", "dog"]);
    }
}

#[test]
fn plain_names_of_lists_count_where_their_lines_name_images() {
    let place =
        folder(&["1.png", "2.png"], &[("train.txt", "1.png\n"), ("val.txt", "2.png\n"), ("test.txt", "a text\n")]);
    assert!(recognises(place.path()));
    assert_eq!(told(&records(place.path()).0), [("1.png", None, TRAINING), ("2.png", None, HELD_OUT)]);
}

#[test]
fn other_folders_and_texts_are_not_recognised() {
    let place = folder(
        &["a/1.png", "b/2.png"],
        &[
            ("train.txt", "To train, do this.\n"),
            ("notes.txt", "1.png is good\n"),
            ("labels.csv", "file,label\na/1.png,1\n"),
            ("list.md", "a/1.png\n"),
        ],
    );
    for name in ["", "notes.txt", "list.md", "none.txt", "a/1.png"] {
        assert!(!recognises(&place.path().join(name)), "{name}");
    }
}

#[test]
fn classes_without_names_have_their_labels_only() {
    // One label in two folders, two labels in one folder, labels far beyond any count.
    for text in ["a/1.png 0\nb/2.png 0\n", "a/1.png 0\na/3.png 1\n", "a/1.png 4000000000\n"] {
        let place = folder(&["a/1.png", "a/3.png", "b/2.png"], &[("train.txt", text)]);
        assert!(open(place.path()).unwrap().classes().is_empty(), "{text}");
    }
    let place = folder(
        &["a/1.png"],
        &[("train.txt", "a/1.png 3\n"), ("categories.txt", "category id\n/a/abbey 0\n/b/bar 2\n")],
    );
    assert_eq!(open(place.path()).unwrap().classes(), ["abbey", "class 1", "bar", "class 3"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn damaged_lists_come_to_an_end(
        flips in prop::collection::vec((0_usize..90, any::<u8>()), 0..8), length in 0_usize..90
    ) {
        let text = "\"a/abbey/1.jpg\",0,train\nb/bar/2.jpg,1,test\na/abbey/3.jpg,2,val\n".repeat(2);
        let mut bytes = text.into_bytes();
        flips.iter().for_each(|&(at, byte)| bytes[at] = byte);
        bytes.truncate(length);
        let place = folder(&["a/abbey/1.jpg", "b/bar/2.jpg"], &[]);
        for name in ["train_places205.csv", "categoryIndex_places205.csv", "list.txt"] {
            fs::write(place.path().join(name), &bytes).unwrap();
        }
        recognises(&place.path().join("list.txt"));
        for path in [place.path().to_path_buf(), place.path().join("list.txt")] {
            if let Ok(source) = open(&path) {
                let mut count = 0;
                source.records(&mut |_| { count += 1; ControlFlow::Continue(()) }).unwrap();
                prop_assert!(Some(count) == source.count());
            }
        }
    }
}
