use super::*;
use std::fs;

fn load(spec: &SourceSpec, base: &Path) -> Result<DataSet, DataError> {
    let nowhere = Storage { folder: None, ..Storage::default() };
    super::load(spec, base, &nowhere, &mut |_| ControlFlow::Continue(()))
}

fn from_folder(path: impl Into<PathBuf>) -> SourceSpec {
    SourceSpec { place: Place::At { layout: None, path: path.into() }, side: 4, ..SourceSpec::default() }
}

fn write(path: &Path, level: u8) {
    image::GrayImage::from_pixel(4, 4, image::Luma([level])).save(path).unwrap();
}

#[test]
fn the_portraits_are_all_there() {
    let set = load(&SourceSpec::default(), Path::new(".")).unwrap();
    assert_eq!(set.training.shape(), [744, 3, 32, 32]);
    assert_eq!(set.held_out.shape(), [102, 3, 32, 32]);
    assert!(set.skipped().is_empty());
    let some = set.training.select(&[0, 371, 743]).unwrap();
    assert!(some.data().iter().all(|value| (-1.0..=1.0).contains(value)));
    assert_eq!(set.description, "portraits: 744 training and 102 held-out images, 32 × 32, colour, range [-1, 1]");
}

#[test]
fn a_relative_folder_is_found_below_the_base() {
    let base = tempfile::tempdir().unwrap();
    fs::create_dir(base.path().join("pictures")).unwrap();
    (0..3).for_each(|level| write(&base.path().join(format!("pictures/{level}.png")), level));
    let set = load(&from_folder("pictures"), base.path()).unwrap();
    assert_eq!(set.training.count() + set.held_out.count(), 3);
    let absolute = load(&from_folder(base.path().join("pictures")), Path::new("elsewhere")).unwrap();
    assert_eq!(absolute.fingerprint, set.fingerprint);
}

#[test]
fn the_fingerprint_tells_pixels_and_names_apart() {
    let base = tempfile::tempdir().unwrap();
    let (one, two) = (base.path().join("1.png"), base.path().join("2.png"));
    let fingerprint = || {
        let spec = SourceSpec { held_out: 0.0, ..from_folder(base.path()) };
        load(&spec, base.path()).unwrap().fingerprint
    };
    write(&one, 10);
    let first = fingerprint();
    write(&one, 11);
    let pixels = fingerprint();
    fs::rename(&one, &two).unwrap();
    let names = fingerprint();
    write(&two, 10);
    fs::rename(&two, &one).unwrap();
    assert_eq!(first, fingerprint());
    assert!(first != pixels && pixels != names);
}

#[test]
fn a_missing_folder_is_named_in_full() {
    let base = tempfile::tempdir().unwrap();
    let error = load(&from_folder("not/here"), base.path()).unwrap_err();
    let message = error.to_string();
    let DataError::MissingFolder { looked, .. } = error else { panic!("{message}") };
    assert_eq!(looked.len(), 2);
    assert!(looked.iter().all(|path| path.is_absolute()));
    assert!(message.contains(&base.path().join("not/here").display().to_string()), "{message}");
}

#[test]
fn a_folder_with_nothing_readable_is_refused_with_count_and_reasons() {
    let base = tempfile::tempdir().unwrap();
    (0..5).for_each(|index| fs::write(base.path().join(format!("{index}.png")), b"junk").unwrap());
    let spec = SourceSpec { held_out: 0.0, ..from_folder(".") };
    let message = load(&spec, base.path()).unwrap_err().to_string();
    for part in ["5 files skipped", "0.png: ", "2.png: ", "and 2 more"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(load(&from_folder("."), empty.path()), Err(DataError::NothingReadable { skipped: 0, .. })));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let bad = [
        ("side", SourceSpec { side: 0, ..SourceSpec::default() }),
        ("range", SourceSpec { range: [1.0, -1.0], ..SourceSpec::default() }),
        ("range", SourceSpec { range: [0.0, f32::NAN], ..SourceSpec::default() }),
        ("noise", SourceSpec { noise: -0.1, ..SourceSpec::default() }),
        ("channels", SourceSpec { channels: 2, ..SourceSpec::default() }),
        ("held_out", SourceSpec { held_out: 1.0, ..SourceSpec::default() }),
        ("path is empty", from_folder("")),
    ];
    for (name, spec) in bad {
        let message = load(&spec, Path::new(".")).unwrap_err().to_string();
        assert!(message.contains(name), "{name} in {message}");
    }
}

#[test]
fn pixels_follow_the_order_of_names() {
    let base = tempfile::tempdir().unwrap();
    (0..40u8).rev().for_each(|level| write(&base.path().join(format!("{level:02}.png")), level));
    let spec = SourceSpec { held_out: 0.0, range: [0.0, 255.0], ..from_folder(base.path()) };
    let set = load(&spec, base.path()).unwrap();
    assert_eq!(set.training.shape(), [40, 3, 4, 4]);
    let images = set.training.select(&(0..40).collect::<Vec<_>>()).unwrap();
    for level in 0..40 {
        assert_eq!(set.training.name(level), format!("{level:02}.png"));
        assert!(images.image(level).iter().all(|&value| (value - level as f32).abs() < 1e-4));
    }
}

#[test]
fn bad_files_are_skipped_by_name_with_the_reason() {
    let base = tempfile::tempdir().unwrap();
    write(&base.path().join("good.png"), 9);
    fs::write(base.path().join("bad.png"), b"no picture").unwrap();
    fs::write(base.path().join("empty.jpg"), b"").unwrap();
    let set = load(&SourceSpec { held_out: 0.0, ..from_folder(base.path()) }, base.path()).unwrap();
    assert_eq!((set.training.count(), set.skipped_count()), (1, 2));
    assert!(set.skipped()[0].starts_with("bad.png: ") && set.skipped()[1] == "empty.jpg: the file is empty");
}

#[test]
fn a_list_holds_out_the_images_that_it_names() {
    let base = tempfile::tempdir().unwrap();
    (0..5).for_each(|level| write(&base.path().join(format!("{level}.png")), level));
    fs::write(base.path().join("held_out.txt"), "3.png\r\n\n1.png\n").unwrap();
    let spec = SourceSpec { held_out_list: Some("held_out.txt".into()), ..from_folder(".") };
    let set = load(&spec, base.path()).unwrap();
    let names: Vec<&str> = (0..set.held_out.count()).map(|item| set.held_out.name(item)).collect();
    assert_eq!((names, set.training.count()), (vec!["1.png", "3.png"], 3));
    fs::write(base.path().join("held_out.txt"), "\n").unwrap();
    assert!(load(&spec, base.path()).unwrap_err().to_string().contains("held_out.txt"));
}

#[test]
fn whoever_waits_sees_how_far_it_is_and_may_break_off() {
    let base = tempfile::tempdir().unwrap();
    (0..300).for_each(|index| write(&base.path().join(format!("{index}.png")), 1));
    let mut seen = Vec::new();
    let nowhere = Storage { folder: None, ..Storage::default() };
    super::load(&from_folder("."), base.path(), &nowhere, &mut |progress| {
        seen.push((progress.done, progress.total));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen, [(256, Some(300)), (300, Some(300))]);
    let broken_off = super::load(&from_folder("."), base.path(), &nowhere, &mut |_| ControlFlow::Break(()));
    assert!(matches!(broken_off, Err(DataError::BrokenOff)));
}
