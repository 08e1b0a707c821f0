use super::*;
use crate::data::{Place, SourceSpec, Storage, load};
use std::ops::ControlFlow;
use std::path::Path;

/// A picture of blobs that depend on `seed`, `shift` levels brighter.
fn picture(seed: u32, side: u32, shift: u8) -> image::GrayImage {
    image::GrayImage::from_fn(side, side, |x, y| {
        let place =
            (x * 8 / side).wrapping_mul(seed.wrapping_mul(2_654_435_761)) ^ (y * 8 / side).wrapping_mul(seed + 77);
        image::Luma([(place.wrapping_mul(0x9E37_79B9) >> 25) as u8 + shift])
    })
}

#[test]
fn a_report_names_sizes_classes_copies_and_leaks() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str, picture: image::GrayImage| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture.save(path).unwrap();
    };
    for seed in 1..=12 {
        save(&format!("train/{}/{seed}.png", ["cat", "dog"][seed as usize % 2]), picture(seed, 32, 0));
    }
    save("train/cat/again.png", picture(3, 32, 0));
    save("test/dog/leak.png", picture(5, 32, 0));
    save("test/dog/brighter.png", picture(8, 64, 12));
    save("test/dog/other.png", picture(99, 32, 0));
    std::fs::write(folder.path().join("train/cat/bad.png"), b"no").unwrap();
    let place = Place::At { layout: None, path: folder.path().to_path_buf() };
    let spec = SourceSpec { place, side: 32, ..SourceSpec::default() };
    let nowhere = Storage { folder: None, ..Storage::default() };
    let set = load(&spec, Path::new("."), &nowhere, &mut |_| ControlFlow::Continue(())).unwrap();
    let report = Report::of(&set).unwrap();
    assert_eq!((report.training, report.held_out, report.skipped_count), (13, 3, 1));
    assert!(report.skipped[0].starts_with("train/cat/bad.png: "));
    assert_eq!(report.sizes, [([32, 32], 15), ([64, 64], 1)]);
    assert_eq!(report.channels, [(1, 16)]);
    assert_eq!(report.classes, [("cat".to_owned(), [7, 0]), ("dog".to_owned(), [6, 3])]);
    let equal = [["train/cat/again.png", "train/dog/3.png"], ["train/dog/5.png", "test/dog/leak.png"]];
    assert_eq!(report.duplicates, equal);
    assert_eq!(report.near_duplicate_groups, 2, "{:?}", report.near_duplicates);
    let leaks = [["test/dog/leak.png", "train/dog/5.png"]];
    assert_eq!(report.leaks, leaks);
}
