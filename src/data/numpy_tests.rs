use super::super::series::truth::{collect, compare, damage, fixture, refusal};
use super::*;
use proptest::prelude::*;

#[test]
fn every_shape_order_and_type_reads_as_numpy_reads_it() {
    let names = [
        "grey_u1",
        "grey_last_u1",
        "grey_first_i8",
        "last_u1",
        "last_i2_big",
        "last_u4_big",
        "first_u1",
        "first_f4",
        "last_f8_big",
        "first_f8_symmetric",
        "last_f4_bytes",
        "last_f2_bytes",
        "last_f2_big",
        "bool",
        "single",
        "last_u1_fortran",
        "first_u1_fortran",
        "first_f4_fortran",
        "grey_i4_fortran",
        "single_fortran",
        "version_2",
    ];
    for name in names {
        compare(open, &format!("numpy/{name}.npy"));
    }
}

#[test]
fn archives_have_images_labels_and_parts_by_their_names() {
    for name in ["keras.npz", "medmnist.npz", "named.npz", "unlabelled.npz", "positional.npz", "together"] {
        assert!(recognises(&fixture(&format!("numpy/{name}"))), "{name}");
        compare(open, &format!("numpy/{name}"));
    }
    let (records, _) = collect(&*open(&fixture("numpy/medmnist.npz")).unwrap());
    let names: Vec<_> = records.iter().map(|record| &record.name[..]).collect();
    assert_eq!((names[0], names[4]), ("medmnist.npz/train_images/000000", "medmnist.npz/val_images/000000"));
}

#[test]
fn a_folder_of_pictures_with_an_array_beside_them_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("numpy/grey_u1.npy"), folder.path().join("statistics.npy")).unwrap();
    assert!(recognises(folder.path()));
    std::fs::create_dir(folder.path().join("cats")).unwrap();
    std::fs::write(folder.path().join("cats/1.PNG"), b"").unwrap();
    assert!(!recognises(folder.path()));
}

#[test]
fn a_folder_of_arrays_is_all_of_them_and_names_the_bad_ones() {
    let folder = tempfile::tempdir().unwrap();
    let put = |from: &str, to: &str| std::fs::copy(fixture(&format!("numpy/{from}")), folder.path().join(to)).unwrap();
    put("last_u1.npy", "b.npy");
    put("grey_u1.npy", "a.npy");
    put("positional.npz", "c.npz");
    put("refused/object.npy", "d.npy");
    std::fs::write(folder.path().join("e.npz"), b"PK").unwrap();
    let (records, skipped) = collect(&*open(folder.path()).unwrap());
    let starts: Vec<_> = records.iter().step_by(4).map(|record| &record.name[..]).collect();
    assert_eq!(starts, ["a.npy/000000", "b.npy/000000", "c.npz/arr_0/000000"]);
    assert_eq!(records[8].label, Some(3));
    let names: Vec<_> = skipped.iter().map(|skipped| &skipped.name[..]).collect();
    assert_eq!(names, ["d.npy", "e.npz"]);
}

#[test]
fn values_that_are_no_pixels_skip_their_image_by_name() {
    for (name, bad, said) in [
        ("nan", [1, 3], ["it has the value NaN", "it has the value inf"]),
        ("wide", [1, 2], ["and integers must be 0 to 255", "it has the value -"]),
    ] {
        let (records, skipped) = collect(&*open(&fixture(&format!("numpy/refused/{name}.npy"))).unwrap());
        assert_eq!((records.len(), skipped.len()), (2, 2), "{name}");
        for ((index, said), skipped) in bad.iter().zip(said).zip(&skipped) {
            assert_eq!(skipped.name, format!("{name}.npy/{index:06}"));
            assert!(skipped.reason.contains(said), "{skipped:?}");
        }
    }
}

#[test]
fn what_is_not_readable_is_refused_with_a_way_out() {
    for (name, said) in [
        ("object.npy", "holds Python objects (dtype '|O'), whose pickles are programs and are not run"),
        ("complex.npy", "holds values of dtype '<c8'; images are integers, floats or bool"),
        ("structured.npy", "holds values of dtype ["),
        ("deep.npy", "nested too deeply"),
        ("bomb.npz", "has another size than its shape says"),
        ("unscaled.npy", "in none of the ranges [0, 1], [-1, 1] and [0, 255]"),
        ("missing.npy", "missing.npy"),
    ] {
        let message = refusal(open, &fixture(&format!("numpy/refused/{name}")));
        assert!(message.contains(said), "{name}: {message}");
    }
    let message = refusal(open, &fixture("make_arrays.py"));
    assert!(message.contains("begins as no .npy file"), "{message}");
}

#[test]
fn a_file_that_breaks_off_gives_the_images_before_and_one_note() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    std::fs::write(&path, &std::fs::read(fixture("numpy/grey_u1.npy")).unwrap()[..128 + 2 * 30 + 1]).unwrap();
    let source = open(&path).unwrap();
    assert_eq!(source.count(), None);
    let (records, skipped) = collect(&*source);
    assert_eq!(records.len(), 2);
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].reason, "the file ends too early: image 2 and all after it are missing, 2 of 4");
}

#[test]
fn a_wrong_checksum_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unlabelled.npz");
    let mut bytes = std::fs::read(fixture("numpy/unlabelled.npz")).unwrap();
    // The first array's name is faces.npy; its pixels are stored as they are, behind two headers.
    bytes[30 + 9 + 20 + 128 + 5] ^= 0x10;
    std::fs::write(&path, bytes).unwrap();
    let (records, skipped) = collect(&*open(&path).unwrap());
    assert_eq!(records.len(), 4);
    assert!(skipped.len() == 2 && skipped[0].reason.starts_with("3 labels for 4 images"), "{skipped:?}");
    assert!(skipped[1].reason.starts_with("damaged"), "{skipped:?}");
}

#[test]
fn damage_of_any_kind_comes_to_an_end() {
    damage(open, "numpy/first_f4.npy", "x.npy", &[], 1000);
    damage(open, "numpy/grey_i4_fortran.npy", "x.npy", &[], 1000);
    for name in ["numpy/medmnist.npz", "numpy/positional.npz", "numpy/named.npz"] {
        damage(open, name, "x.npz", &[], 1000);
    }
}

/// A `.npy` in memory, written by another library.
fn written(shape: &[u64], values: &[u8], order: npyz::Order) -> Vec<u8> {
    use npyz::WriterBuilder;
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape).order(order);
    let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// All places of an array, in the order in which they are stored: the first of `slow_to_fast` changes last.
fn places(shape: [usize; 4], slow_to_fast: [usize; 4]) -> Vec<[usize; 4]> {
    let place = |mut index: usize| {
        let mut place = [0; 4];
        for &axis in slow_to_fast.iter().rev() {
            place[axis] = index % shape[axis];
            index /= shape[axis];
        }
        place
    };
    (0..shape.iter().product()).map(place).collect()
}

proptest! {
    /// The order in which an array is stored says nothing about its images.
    #[test]
    fn fortran_order_reads_as_c_order(
        (count, height, width) in (1_usize..6, 1_usize..6, 4_usize..7),
        channels in prop_oneof![Just(1_usize), Just(3)],
        seed: u8,
    ) {
        let shape = [count, height, width, channels];
        let value = |&[n, y, x, c]: &[usize; 4]| (((n * 7 + y) * 11 + x) * 3 + c) as u8 ^ seed;
        let folder = tempfile::tempdir().unwrap();
        let read = |slow_to_fast, order| {
            let values: Vec<u8> = places(shape, slow_to_fast).iter().map(value).collect();
            let path = folder.path().join("x.npy");
            std::fs::write(&path, written(&shape.map(|length| length as u64), &values, order)).unwrap();
            collect(&*open(&path).unwrap())
        };
        let (c, fortran) = (read([0, 1, 2, 3], npyz::Order::C), read([3, 2, 1, 0], npyz::Order::Fortran));
        prop_assert_eq!(c.0.len(), count);
        prop_assert_eq!(c, fortran);
    }
}
