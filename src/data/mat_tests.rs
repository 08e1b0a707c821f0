use super::super::numpy::series::truth::{collect, compare, damage, fixture, pixels, refusal};
use super::*;

#[test]
fn every_spelling_of_a_mat_file_reads_as_scipy_reads_it() {
    let spellings =
        ["plain", "compressed", "labels_first", "others", "plain_others", "grey", "single", "unlabelled", "big_endian"];
    for name in spellings {
        compare(open, &format!("mat/{name}.mat"));
    }
}

#[test]
fn a_folder_of_svhn_has_its_parts_and_ten_digits() {
    let folder = fixture("mat/svhn");
    assert!(recognises(&folder) && recognises(&folder.join("extra_32x32.mat")));
    assert!(!recognises(&fixture("cifar")) && !recognises(&fixture("make_arrays.py")));
    let source = compare(open, "mat/svhn");
    assert_eq!(source.classes(), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(source.files().len(), 3);
    assert_eq!(collect(&*source).0[0].label, Some(0), "10 stands for the digit 0");
    let held_out = open(&folder.join("test_32x32.mat")).unwrap();
    assert!(collect(&*held_out).0.iter().all(|record| record.part == Some(crate::data::record::Part::HeldOut)));
}

#[test]
fn what_is_not_readable_is_refused_with_a_way_out() {
    for (name, said) in [
        (
            "hdf5",
            "version 7.3 (HDF5), which is not read here; save it anew as level 5: save('file.mat', 'X', 'y', '-v7')",
        ),
        ("hdf5", "scipy.io.savemat"),
        ("level4", "no MATLAB file of level 5"),
        ("double", "X is of class double; save it as uint8"),
        ("fewer_labels", "X holds 7 images and y 6 labels"),
        ("nothing", "no readable variable X with images [height, width, channel, n], but 'images'"),
    ] {
        let message = refusal(open, &fixture(&format!("mat/refused/{name}.mat")));
        assert!(message.contains(said), "{name}: {message}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(refusal(open, folder.path()).contains("none of train_32x32.mat"));
    let path = folder.path().join("endless.mat");
    let mut bytes = std::fs::read(fixture("mat/plain.mat")).unwrap();
    bytes.truncate(128);
    bytes.extend([14, 0, 0, 0, 0, 0, 0, 0].repeat(5000));
    std::fs::write(&path, bytes).unwrap();
    assert!(refusal(open, &path).contains("more than 4096 variables"));
}

#[test]
fn sizes_that_compressed_bytes_cannot_have_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train_32x32.mat");
    let mut bytes = std::fs::read(fixture("mat/compressed.mat")).unwrap();
    bytes.truncate(128);
    let declared = [14_u32, 0xF000_0000].map(u32::to_le_bytes).concat();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &declared).unwrap();
    let packed = packed.finish().unwrap();
    bytes.extend([15_u32, packed.len() as u32].map(u32::to_le_bytes).concat());
    bytes.extend(packed);
    std::fs::write(&path, bytes).unwrap();
    assert!(refusal(open, &path).contains("a variable declares more than its compressed bytes can hold"));
}

#[test]
fn a_file_that_breaks_off_gives_the_images_before_and_one_note() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train_32x32.mat");
    let bytes = std::fs::read(fixture("mat/plain.mat")).unwrap();
    // Behind the header come 56 bytes of the variable's own, then 144 bytes an image.
    std::fs::write(&path, &bytes[..128 + 56 + 144 * 3 + 20]).unwrap();
    let source = open(&path).unwrap();
    assert_eq!(source.count(), None);
    let (records, skipped) = collect(&*source);
    assert_eq!(records.len(), 3);
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].name, "train_32x32.mat");
    assert_eq!(skipped[0].reason, "the file ends too early: image 3 and all after it are missing, 4 of 7");
    let (whole, _) = collect(&*open(&fixture("mat/plain.mat")).unwrap());
    assert!(records.iter().zip(&whole).all(|(record, whole)| pixels(record) == pixels(whole)));
}

#[test]
fn breaking_off_is_heard() {
    let mut seen = 0;
    let source = open(&fixture("mat/svhn")).unwrap();
    let end = source.records(&mut |_| {
        seen += 1;
        if seen < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    assert_eq!((end, seen), (Ok(()), 3));
}

#[test]
fn damage_of_any_kind_comes_to_an_end() {
    for name in ["mat/plain.mat", "mat/labels_first.mat", "mat/others.mat", "mat/big_endian.mat"] {
        damage(open, name, "train_32x32.mat", &[], 1000);
    }
}
