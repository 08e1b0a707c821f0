use super::super::series::truth::collect;
use super::*;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/celeba");

fn expected() -> Value {
    serde_json::from_str(&fs::read_to_string(Path::new(FIXTURE).join("expected.json")).unwrap()).unwrap()
}

fn records(path: &Path) -> (Vec<Record>, Vec<Skipped>) {
    let source = open(path).unwrap();
    let (found, skipped) = collect(source.as_ref());
    assert_eq!(source.count(), Some(found.len()));
    assert!(source.classes().is_empty() && source.files().len() >= found.len());
    (found, skipped)
}

fn names(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.name.as_str()).collect()
}

/// Parts as the foreign reader has them.
fn assert_parts(records: &[Record]) {
    let partition = expected()["partition"].clone();
    assert_eq!(records.len(), partition.as_object().unwrap().len());
    for record in records {
        let part = if partition[&record.name] == 0 { Part::Training } else { Part::HeldOut };
        assert_eq!((record.part, record.label), (Some(part), None), "{}", record.name);
        let Content::File(path) = &record.content else { panic!("{record:?}") };
        assert!(path.is_file() && path.ends_with(&record.name));
    }
}

/// A data set whose images lie in `images` below a new folder.
fn copy(images: &str) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join(images);
    fs::create_dir_all(&folder).unwrap();
    for entry in Path::new(FIXTURE).join(IMAGES).read_dir().unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    (place, folder)
}

fn put(list: &str, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::copy(Path::new(FIXTURE).join(list), folder.join(Path::new(list).file_name().unwrap())).unwrap();
}

#[test]
fn the_partition_divides_the_images() {
    let path = Path::new(FIXTURE);
    assert!(recognises(path));
    let (found, skipped) = records(path);
    assert_parts(&found);
    assert!(skipped.is_empty(), "{skipped:?}");
    let mut sorted = names(&found);
    sorted.sort_unstable();
    assert_eq!(names(&found), sorted);
}

#[test]
fn every_arrangement_that_is_handed_around_reads_the_same() {
    for (images, lists, opened) in [
        ("img_align_celeba", "", ""),
        ("img_align_celeba", "", "img_align_celeba"),
        ("img_align_celeba", "img_align_celeba", "img_align_celeba"),
        ("img_align_celeba/img_align_celeba", "", ""),
        ("img_align_celeba/img_align_celeba", "", "img_align_celeba"),
        ("img_align_celeba/img_align_celeba", "", "img_align_celeba/img_align_celeba"),
        ("img_align_celeba/img_align_celeba", "img_align_celeba", ""),
        ("Img/img_align_celeba", "Eval", ""),
        ("Img/img_align_celeba", "", ""),
    ] {
        for list in ["list_eval_partition.txt", "csv/list_eval_partition.csv"] {
            let (place, _) = copy(images);
            put(list, &place.path().join(lists));
            let path = place.path().join(opened);
            assert!(recognises(&path), "{images} {lists} {opened}");
            let (found, skipped) = records(&path);
            assert_parts(&found);
            assert!(skipped.is_empty(), "{images} {lists} {opened}: {skipped:?}");
        }
    }
}

#[test]
fn without_a_partition_no_image_has_a_part() {
    let (place, _) = copy(IMAGES);
    let (found, _) = records(place.path());
    assert_eq!(found.len(), 8);
    assert!(found.iter().all(|record| record.part.is_none()));
}

#[test]
fn missing_images_are_told_one_by_one_and_unlisted_ones_have_no_part() {
    let (place, folder) = copy(IMAGES);
    put("list_eval_partition.txt", place.path());
    fs::remove_file(folder.join("000002.jpg")).unwrap();
    fs::remove_file(folder.join("000007.jpg")).unwrap();
    fs::copy(folder.join("000001.jpg"), folder.join("extra.jpg")).unwrap();
    fs::write(folder.join("notes.md"), "a note").unwrap();
    let (found, skipped) = records(place.path());
    assert_eq!(names(&found).last(), Some(&"extra.jpg"));
    assert_eq!((found.len(), found[6].part), (7, None));
    let told: Vec<_> = skipped.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(told, ["notes.md", "000002.jpg", "000007.jpg"]);
    assert_eq!(skipped[1].reason, "in list_eval_partition.txt:2, but not in img_align_celeba");
}

#[test]
fn wrong_lines_are_told_and_their_images_are_not_trained_on() {
    let (place, _) = copy(IMAGES);
    let text = "000001.jpg 0\n000002.jpg 3\n000003.jpg\n../000004.jpg 0\n000005.jpg 1\n000001.jpg 2\n";
    fs::write(place.path().join("list_eval_partition.txt"), text).unwrap();
    let (found, skipped) = records(place.path());
    assert_eq!(names(&found), ["000001.jpg", "000005.jpg", "000004.jpg", "000006.jpg", "000007.jpg", "000008.jpg"]);
    assert_eq!(found[0].part, Some(Part::Training));
    let told: Vec<_> = skipped.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(told, ["000002.jpg", "000003.jpg", "../000004.jpg", "list_eval_partition.txt:6"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_is_passed_over() {
    let (place, folder) = copy(IMAGES);
    let outside = place.path().join("outside.jpg");
    fs::rename(folder.join("000003.jpg"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("000003.jpg")).unwrap();
    let (found, skipped) = records(place.path());
    assert_eq!((found.len(), skipped[0].name.as_str()), (7, "000003.jpg"));
    assert!(skipped[0].reason.contains("leads out"));
}

#[cfg(unix)]
#[test]
fn the_folder_of_images_itself_may_be_a_link() {
    use std::os::unix::fs::symlink;
    let (elsewhere, folder) = copy("disk");
    symlink("000001.jpg", folder.join("same.jpg")).unwrap();
    let place = tempfile::tempdir().unwrap();
    symlink(elsewhere.path().join("disk"), place.path().join(IMAGES)).unwrap();
    put("list_eval_partition.txt", place.path());
    let (found, skipped) = records(place.path());
    assert_parts(&found[..8]);
    assert!(found[8].name == "same.jpg" && skipped.is_empty());
}

#[test]
fn other_folders_are_not_recognised() {
    let place = tempfile::tempdir().unwrap();
    assert!(!recognises(place.path()) && !recognises(&place.path().join("none")));
    put("list_eval_partition.txt", place.path());
    assert!(!recognises(place.path()));
    let message = open(place.path()).err().unwrap().to_string();
    assert!(message.contains("img_align_celeba.zip"), "{message}");
}

#[test]
fn attributes_are_those_of_the_foreign_reader() {
    let expected = expected();
    let text = Attributes::of_list(&Path::new(FIXTURE).join("list_attr_celeba.txt")).unwrap();
    let table = Attributes::of_list(&Path::new(FIXTURE).join("csv/list_attr_celeba.csv")).unwrap();
    assert_eq!(text, table);
    assert_eq!(serde_json::json!(text.names), expected["names"]);
    for (image, values) in expected["attributes"].as_object().unwrap() {
        let values: Vec<bool> = values.as_array().unwrap().iter().map(|value| value == 1).collect();
        assert_eq!(text.of(image), Some(values), "{image}");
    }
    assert_eq!(text.of("000009.jpg"), None);
}

#[test]
fn an_attribute_is_the_label_of_each_image() {
    let expected = expected();
    let names = expected["names"].as_array().unwrap();
    for (number, name) in names.iter().enumerate() {
        let name = name.as_str().unwrap();
        let source = open_by(Path::new(FIXTURE), name).unwrap();
        assert_eq!(source.classes(), [format!("not {name}"), name.to_owned()]);
        let mut seen = 0;
        let each = &mut |found: Found| {
            if let Ok(record) = found {
                let values = &expected["attributes"][&record.name];
                assert_eq!(record.label, values.get(number).map(|value| u32::from(value == 1)), "{}", record.name);
                seen += 1;
            }
            ControlFlow::Continue(())
        };
        source.records(each).unwrap();
        assert_eq!(seen, 8);
    }
    let message = open_by(Path::new(FIXTURE), "Smyling").err().unwrap().to_string();
    assert!(message.contains("Smyling") && message.contains(names[0].as_str().unwrap()), "{message}");
}

#[test]
fn a_wrong_list_of_attributes_says_which_line() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("list_attr_celeba.txt");
    for (text, word) in [
        ("2\nBald Male\n1.jpg 1 -1\n2.jpg 1\n", "line 4"),
        ("2\nBald Male\n1.jpg 1 0\n", "line 3"),
        ("2\n", "no line of names"),
    ] {
        fs::write(&path, text).unwrap();
        let message = Attributes::of_list(&path).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
    fs::write(&path, format!("1\n{}\n", "A ".repeat(65))).unwrap();
    assert!(Attributes::of_list(&path).unwrap_err().to_string().contains("65 names"));
    let message = open_by(copy(IMAGES).0.path(), "Smiling").err().unwrap().to_string();
    assert!(message.contains("list_attr_celeba.txt"), "{message}");
}

#[test]
fn two_hundred_thousand_lines_are_no_trouble() {
    let (place, _) = copy(IMAGES);
    let lines = (1..=202_599).map(|number| format!("{number:06}.jpg {}\n", number % 3));
    fs::write(place.path().join("list_eval_partition.txt"), lines.collect::<String>()).unwrap();
    let (found, skipped) = records(place.path());
    assert_eq!((found.len(), skipped.len()), (8, 202_591));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_damaged_partition_loses_no_image_silently(
        flips in prop::collection::vec((0_usize..104, any::<u8>()), 0..6), length in 0_usize..=104
    ) {
        let (place, _) = copy(IMAGES);
        let mut bytes = fs::read(Path::new(FIXTURE).join("list_eval_partition.txt")).unwrap();
        flips.iter().for_each(|&(at, byte)| bytes[at] = byte);
        bytes.truncate(length);
        fs::write(place.path().join("list_eval_partition.txt"), bytes).unwrap();
        let (found, skipped) = records(place.path());
        for number in 1..=8 {
            let name = format!("{number:06}.jpg");
            let told = skipped.iter().any(|one| one.name == name || one.reason.contains(&name));
            prop_assert!(found.iter().filter(|record| record.name == name).count() + usize::from(told) >= 1);
        }
        prop_assert!(found.len() <= 8);
        let _ = Attributes::of_list(&place.path().join("list_eval_partition.txt"));
    }
}
