use super::super::numpy::series::truth::{collect, compare, damage, fixture, refusal};
use super::*;

#[test]
fn both_data_sets_read_as_numpy_reads_them() {
    let ten = compare(open, "cifar/ten");
    assert_eq!((ten.classes().len(), &ten.classes()[9][..]), (10, "truck"));
    assert_eq!(ten.files().len(), 4, "three batches and the names");
    let hundred = compare(open, "cifar/hundred");
    assert_eq!((hundred.classes().len(), &hundred.classes()[99][..]), (100, "fine_99"));
    for name in ["cifar/ten", "cifar/ten/cifar-10-batches-bin", "cifar/hundred", "cifar/hundred/train.bin"] {
        assert!(recognises(&fixture(name)), "{name}");
    }
    assert!(!recognises(&fixture("mat")) && !recognises(&fixture("cifar/hundred/fine_label_names.txt")));
}

#[test]
fn one_file_is_enough() {
    let source = open(&fixture("cifar/ten/cifar-10-batches-bin/test_batch.bin")).unwrap();
    let (records, _) = collect(&*source);
    let told: Vec<_> = records.iter().map(|record| (&record.name[..], record.label, record.part)).collect();
    let held_out = Some(Part::HeldOut);
    assert_eq!(told, [("test_batch.bin/000000", Some(7), held_out), ("test_batch.bin/000001", Some(2), held_out)]);
    assert_eq!(source.classes().len(), 10);
}

#[test]
fn what_is_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data_batch_1.bin");
    let mut bytes = std::fs::read(fixture("cifar/ten/cifar-10-batches-bin/data_batch_1.bin")).unwrap();
    bytes[0] = 10;
    bytes.extend([0; 5]);
    std::fs::write(&path, bytes).unwrap();
    let source = open(folder.path()).unwrap();
    assert!(source.classes().is_empty(), "no file of names");
    let (records, skipped) = collect(&*source);
    let told: Vec<_> = skipped.iter().map(|skipped| (&skipped.name[..], &skipped.reason[..])).collect();
    assert_eq!(records.len(), 1);
    assert_eq!(told[0], ("data_batch_1.bin/000000", "its label 10 is none of the 10 classes"));
    let cut = "the file ends too early: image 2 and all after it are missing, 1 of 3";
    assert_eq!(told[1..], [("data_batch_1.bin", cut)]);
}

#[test]
fn the_version_for_python_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["data_batch_1", "batches.meta"] {
        std::fs::write(folder.path().join(name), b"\x80\x02}").unwrap();
    }
    assert!(recognises(folder.path()));
    let message = refusal(open, folder.path());
    assert!(message.contains("download the binary version (cifar-10-binary.tar.gz"), "{message}");
}

#[test]
fn other_files_named_train_are_none_of_cifar() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("train.bin"), b"tokens of a text").unwrap();
    assert!(!recognises(folder.path()) && !recognises(&folder.path().join("train.bin")));
}

#[test]
fn damage_of_any_kind_comes_to_an_end() {
    damage(open, "cifar/ten/cifar-10-batches-bin/test_batch.bin", "test_batch.bin", &[], 1000);
    damage(open, "cifar/hundred/train.bin", "train.bin", &["cifar/hundred/fine_label_names.txt"], 1000);
}
