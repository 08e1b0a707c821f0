use super::super::numpy::series::truth::{collect, compare, damage, fixture, refusal};
use super::*;
use crate::data::record::Part;

#[test]
fn every_spelling_reads_as_it_was_written() {
    for name in ["fashion-mnist", "mnist", "torchvision", "colour", "emnist"] {
        let name = format!("idx/{name}");
        assert!(recognises(&fixture(&name)), "{name}");
        compare(open, &name);
    }
}

#[test]
fn fashion_is_known_by_its_folder() {
    let source = open(&fixture("idx/fashion-mnist")).unwrap();
    assert_eq!((source.classes().len(), &source.classes()[9][..]), (10, "Ankle boot"));
    assert_eq!(source.files().len(), 4);
    assert!(open(&fixture("idx/mnist")).unwrap().classes().is_empty());
}

#[test]
fn one_file_has_the_labels_beside_it() {
    let file = fixture("idx/mnist/t10k-images.idx3-ubyte");
    assert!(recognises(&file) && !recognises(&fixture("idx/mnist/t10k-labels.idx1-ubyte")));
    let (records, _) = collect(&*open(&file).unwrap());
    let told: Vec<_> = records.iter().map(|record| (record.label, record.part)).collect();
    assert_eq!(told, [(Some(4), Some(Part::HeldOut)), (Some(9), Some(Part::HeldOut))]);
    assert_eq!(records[1].name, "t10k-images.idx3-ubyte/000001");
}

#[test]
fn a_file_that_lies_there_twice_is_read_once_and_unpacked_names_may_lie() {
    let folder = tempfile::tempdir().unwrap();
    let put = |from: &str, to: &str| std::fs::copy(fixture(from), folder.path().join(to)).unwrap();
    put("idx/fashion-mnist/train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz");
    put("idx/torchvision/raw/train-images-idx3-ubyte", "train-images-idx3-ubyte");
    // Unpacked by a browser that kept the name.
    put("idx/torchvision/raw/train-labels-idx1-ubyte", "train-labels-idx1-ubyte.gz");
    let (records, skipped) = collect(&*open(folder.path()).unwrap());
    assert_eq!((records.len(), skipped.len(), records[0].label), (5, 0, Some(3)));
}

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn what_is_not_readable_is_refused_with_a_way_out() {
    let header = |kind: u8, dimensions: &[u32]| -> Vec<u8> {
        let sizes = dimensions.iter().flat_map(|size| size.to_be_bytes());
        [0, 0, kind, dimensions.len() as u8].into_iter().chain(sizes).collect()
    };
    for (bytes, said) in [
        (b"<!DOCTYPE html>".to_vec(), "begins as no IDX file; download it anew"),
        (header(0x0D, &[1, 2, 2]), "values of type 0x0d; images and labels are unsigned bytes"),
        (header(8, &[1, 2]), "images are [n, height, width]"),
        (header(8, &[1, 2, 30_000]), "a side may have 1 to 20000"),
        (header(8, &[1, 20_000, 20_000, 3]), "too large"),
        (header(8, &[1, 0, 28]), "a side may have 1 to 20000"),
        (header(8, &[1, 2, 2, 4]), "images have 1 or 3 channels, these 4"),
        (header(8, &[1, 2, 2])[..9].to_vec(), "ends within its header"),
    ] {
        let (_folder, path) = written("train-images-idx3-ubyte", &bytes);
        let message = refusal(open, &path);
        assert!(message.contains(said), "{message}");
    }
    let mut packed = Vec::new();
    let mut encoder =
        flate2::read::GzEncoder::new(std::io::Cursor::new(header(8, &[u32::MAX, 28, 28])), flate2::Compression::fast());
    encoder.read_to_end(&mut packed).unwrap();
    let (_folder, path) = written("train-images-idx3-ubyte.gz", &packed);
    assert!(refusal(open, &path).contains("more images than its bytes can hold"));
}

#[test]
fn several_sets_in_a_folder_are_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["emnist-letters-train-images-idx3-ubyte", "emnist-digits-train-images-idx3-ubyte"] {
        std::fs::copy(fixture("idx/torchvision/raw/train-images-idx3-ubyte"), folder.path().join(name)).unwrap();
    }
    assert!(refusal(open, folder.path()).contains("holds several sets"));
}

#[test]
fn labels_of_another_number_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let put = |from: &str, to: &str| std::fs::copy(fixture(from), folder.path().join(to)).unwrap();
    put("idx/mnist/train-images.idx3-ubyte", "train-images.idx3-ubyte");
    put("idx/mnist/t10k-labels.idx1-ubyte", "train-labels.idx1-ubyte");
    let message = refusal(open, folder.path());
    assert!(message.contains("declares [2] labels") && message.contains("5 images"), "{message}");
}

#[test]
fn labels_that_break_off_end_the_images() {
    let folder = tempfile::tempdir().unwrap();
    let labels = std::fs::read(fixture("idx/mnist/train-labels.idx1-ubyte")).unwrap();
    std::fs::write(folder.path().join("train-labels.idx1-ubyte"), &labels[..8 + 3]).unwrap();
    let images = folder.path().join("train-images.idx3-ubyte");
    std::fs::copy(fixture("idx/mnist/train-images.idx3-ubyte"), images).unwrap();
    let (records, skipped) = collect(&*open(folder.path()).unwrap());
    assert_eq!((records.len(), skipped.len()), (3, 1));
    assert!(skipped[0].reason.starts_with("the labels break off (the file ends too early): image 3"), "{skipped:?}");
}

#[test]
fn a_wrong_checksum_is_told() {
    let mut bytes = std::fs::read(fixture("idx/fashion-mnist/t10k-images-idx3-ubyte.gz")).unwrap();
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let (_folder, path) = written("t10k-images-idx3-ubyte.gz", &bytes);
    let (records, skipped) = collect(&*open(&path).unwrap());
    assert_eq!(records.len(), 2);
    assert!(skipped.len() == 1 && skipped[0].reason.starts_with("damaged"), "{skipped:?}");
}

#[test]
fn damage_of_any_kind_comes_to_an_end() {
    let (gz, labels) = ("idx/fashion-mnist/train-images-idx3-ubyte.gz", "idx/fashion-mnist/train-labels-idx1-ubyte.gz");
    damage(open, gz, "train-images-idx3-ubyte.gz", &[labels], 1000);
    let plain = "idx/torchvision/raw/train-images-idx3-ubyte";
    damage(open, plain, "train-images-idx3-ubyte", &["idx/torchvision/raw/train-labels-idx1-ubyte"], 1000);
}
