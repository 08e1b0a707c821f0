use super::super::series::truth::collect;
use super::*;
use image::{Rgb, RgbImage};
use std::fs;

/// Writes a picture of one grey level.
fn write(folder: &Path, name: &str, level: u8) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(5, 5, Rgb([level; 3])).save_with_format(path, image::ImageFormat::Png).unwrap();
}

fn records(folder: &Path) -> (Vec<Record>, Vec<Skipped>) {
    let source = open(folder).unwrap();
    let (found, skipped) = collect(source.as_ref());
    assert_eq!(source.count(), Some(found.len()));
    (found, skipped)
}

fn names(records: &[Record], part: Option<Part>) -> Vec<&str> {
    records.iter().filter(|record| record.part == part).map(|record| record.name.as_str()).collect()
}

#[test]
fn train_and_test_give_the_split() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train/b.png", "train/a.PNG", "train/deep/c.Jpg", "test/d.png", "val/e.png", "other.png"] {
        write(folder.path(), name, 1);
    }
    let (found, skipped) = records(folder.path());
    assert_eq!(names(&found, Some(Part::Training)), ["train/a.PNG", "train/b.png", "train/deep/c.Jpg"]);
    assert_eq!(names(&found, Some(Part::HeldOut)), ["test/d.png", "val/e.png"]);
    assert!(names(&found, None).is_empty() && skipped.is_empty());
}

#[test]
fn folders_are_classes_of_one_level_or_two() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/abbey/1.png", "a/alley/1.png", "bar/2.png", "root.png"] {
        write(folder.path(), name, 1);
    }
    let source = open(folder.path()).unwrap();
    assert_eq!(source.classes(), ["a/abbey", "a/alley", "bar"]);
    let labels: Vec<_> = records(folder.path()).0.into_iter().map(|record| (record.name, record.label)).collect();
    let expected = [("a/abbey/1.png", Some(0)), ("a/alley/1.png", Some(1)), ("bar/2.png", Some(2)), ("root.png", None)];
    assert_eq!(labels, expected.map(|(name, label)| (name.to_owned(), label)));
    for name in ["train/x/1.png", "train/y/1.png", "test/y/2.png"] {
        write(folder.path(), &format!("split/{name}"), 1);
    }
    let split = records(&folder.path().join("split")).0;
    assert_eq!(split.iter().map(|record| record.label).collect::<Vec<_>>(), [Some(0), Some(1), Some(1)]);
}

#[test]
fn other_files_are_skipped_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.png", 9);
    fs::write(folder.path().join("notes.txt"), b"a,b").unwrap();
    fs::write(folder.path().join(".hidden.png"), b"").unwrap();
    let (found, skipped) = records(folder.path());
    assert_eq!(names(&found, None), ["good.png"]);
    assert_eq!(skipped, [Skipped { name: "notes.txt".into(), reason: "not an image file".into() }]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_long_as_they_stay_inside() {
    use std::os::unix::fs::symlink;
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(folder.path(), "in/a.png", 1);
    write(other.path(), "secret.png", 1);
    symlink(folder.path(), folder.path().join("in/back")).unwrap();
    symlink("nowhere.png", folder.path().join("in/dangling.png")).unwrap();
    symlink("a.png", folder.path().join("in/same.png")).unwrap();
    symlink(other.path(), folder.path().join("out")).unwrap();
    symlink(other.path().join("secret.png"), folder.path().join("out.png")).unwrap();
    let (found, skipped) = records(folder.path());
    assert_eq!(names(&found, None), ["in/a.png", "in/same.png"]);
    let skipped: Vec<String> = skipped.iter().map(|Skipped { name, reason }| format!("{name}: {reason}")).collect();
    assert_eq!(skipped.len(), 4, "{skipped:?}");
    assert_eq!(skipped[0], "in/back: a link to a folder above it");
    assert_eq!(skipped[2], "out: a link that leads out of the folder");
    assert_eq!(skipped[3], "out.png: a link that leads out of the folder");
}
