use super::*;
use image::{Rgb, RgbImage};
use std::fs;

fn spec() -> SourceSpec {
    SourceSpec { side: 4, range: [0.0, 255.0], ..SourceSpec::default() }
}

/// Writes a picture of one grey level.
fn write(folder: &Path, name: &str, level: u8) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(5, 5, Rgb([level; 3])).save_with_format(path, image::ImageFormat::Png).unwrap();
}

fn names(folder: &Path, files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|path| name_of(folder, path)).collect()
}

#[test]
fn train_and_test_give_the_split() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train/b.png", "train/a.PNG", "train/deep/c.Jpg", "test/d.png", "other.png"] {
        write(folder.path(), name, 1);
    }
    let listing = list(folder.path(), 0.5);
    assert_eq!(names(folder.path(), &listing.training), ["train/a.PNG", "train/b.png", "train/deep/c.Jpg"]);
    assert_eq!(names(folder.path(), &listing.held_out), ["test/d.png"]);
    assert!(listing.skipped.is_empty());
}

#[test]
fn without_them_names_are_split_by_hash_and_stay_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    (0..200).for_each(|index| write(folder.path(), &format!("{index:03}.png"), 1));
    let before = list(folder.path(), 0.25);
    assert_eq!(before.training.len() + before.held_out.len(), 200);
    assert!((30..70).contains(&before.held_out.len()), "{}", before.held_out.len());
    (200..260).for_each(|index| write(folder.path(), &format!("{index:03}.png"), 1));
    let after = list(folder.path(), 0.25);
    assert!(before.held_out.iter().all(|path| after.held_out.contains(path)));
    assert!(before.training.iter().all(|path| after.training.contains(path)));
    assert!(list(folder.path(), 0.0).held_out.is_empty());
}

#[test]
fn a_single_image_is_for_training_whatever_its_name() {
    for name in ["a.png", "b.png", "c.png", "d.png"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), name, 1);
        assert_eq!(list(folder.path(), 0.999).training.len(), 1);
    }
}

#[test]
fn pixels_follow_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    (0..40u8).rev().for_each(|level| write(folder.path(), &format!("{level:02}.png"), level));
    let listing = list(folder.path(), 0.0);
    let part = read(folder.path(), &listing.training, &spec());
    assert_eq!(part.images.shape(), [40, 3, 4, 4]);
    for level in 0..40 {
        assert_eq!(part.names[level], format!("{level:02}.png"));
        assert!(part.images.image(level).iter().all(|&value| (value - level as f32).abs() < 1e-4));
    }
}

#[test]
fn bad_files_are_skipped_by_name_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good.png", 9);
    fs::write(folder.path().join("bad.png"), b"no picture").unwrap();
    fs::write(folder.path().join("empty.jpg"), b"").unwrap();
    fs::write(folder.path().join("labels.csv"), b"a,b").unwrap();
    fs::write(folder.path().join(".hidden.png"), b"").unwrap();
    let listing = list(folder.path(), 0.0);
    assert_eq!(listing.skipped, ["labels.csv: not an image file"]);
    let part = read(folder.path(), &listing.training, &spec());
    assert_eq!(part.names, ["good.png"]);
    assert_eq!(part.skipped.len(), 2);
    assert!(part.skipped[0].starts_with("bad.png: ") && part.skipped[1] == "empty.jpg: the file is empty");
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_ends() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "in/a.png", 1);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("in/back")).unwrap();
    std::os::unix::fs::symlink("nowhere.png", folder.path().join("in/dangling.png")).unwrap();
    let listing = list(folder.path(), 0.0);
    assert_eq!(names(folder.path(), &listing.training), ["in/a.png"]);
    assert_eq!(listing.skipped.len(), 2);
    assert_eq!(listing.skipped[0], "in/back: a link to a folder above it");
}

#[test]
fn the_ends_of_the_range_are_met_exactly() {
    for range in [[-1.0, 1.0], [0.0, 255.0], [-0.3, 0.7]] {
        assert_eq!([to_range(0.0, range), to_range(255.0, range)], range);
    }
    assert!((to_range(127.5, [-1.0, 1.0])).abs() < 1e-6);
}
