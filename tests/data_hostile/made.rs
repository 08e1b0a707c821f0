//! What Git cannot keep or what is large: pipes, permissions, files that change while they are read, bombs, and many
//! thousands of files.

use crate::attempt::{Faults, GROWTH, Outcome, attempt, attempt_within};
use emberlab::data::Layout;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::fs::{self, File};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Bytes that a bomb unpacks to: more than any reader may hold at once.
const BOMB: usize = 600 << 20;
/// One picture within the limits, decoded and being cropped, besides.
const WITH_ONE_LARGE_PICTURE: u64 = GROWTH + (600 << 20);

/// The smallest picture, of one level.
pub fn picture(path: &Path, level: u8) {
    image::GrayImage::from_pixel(4, 4, image::Luma([level])).save(path).unwrap();
}

/// Reads a folder of pictures of which one may be large.
pub fn attempt_with_picture(folder: &Path) -> Result<Outcome, String> {
    attempt_within(WITH_ONE_LARGE_PICTURE, folder, None, |_| ControlFlow::Continue(()))
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn with_good_picture() -> TempDir {
    let folder = folder();
    picture(&folder.path().join("good.png"), 9);
    folder
}

/// As many zeros into what packs them.
fn zeros(out: &mut impl Write, count: usize) {
    let block = vec![0; 1 << 20];
    (0..count >> 20).for_each(|_| out.write_all(&block).unwrap());
    out.write_all(&block[..count & 0xF_FFFF]).unwrap();
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes(), kind.as_slice(), data, &sum.sum().to_be_bytes()].concat()
}

/// A PNG of black and white pixels with another chunk before them, and so many bytes of zeros as pixels.
fn png(side: u32, before: &[u8], bytes: usize) -> Vec<u8> {
    let header = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    zeros(&mut pixels, bytes);
    let pixels = chunk(b"IDAT", &pixels.finish().unwrap());
    [b"\x89PNG\r\n\x1a\n", &chunk(b"IHDR", &header)[..], before, &pixels, &chunk(b"IEND", b"")].concat()
}

fn packed_zeros(count: usize) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::fast());
    zeros(&mut out, count);
    out.finish().unwrap()
}

#[test]
fn pictures_that_unpack_to_much_more_than_they_are() {
    let mut faults = Faults::default();
    let zeros = packed_zeros(BOMB);
    let text = chunk(b"zTXt", &[b"words\0\0", &zeros[..]].concat());
    let long_text = chunk(b"iTXt", &[b"words\0\x01\0\0\0", &zeros[..]].concat());
    let profile = chunk(b"iCCP", &[b"colours\0\0", &zeros[..]].concat());
    let cases = [
        ("a text", png(8, &text, 16)),
        ("a long text", png(8, &long_text, 16)),
        ("a profile", png(8, &profile, 16)),
        ("more pixels than declared", png(8, b"", BOMB)),
    ];
    for (name, bytes) in cases {
        let folder = with_good_picture();
        fs::write(folder.path().join("bomb.png"), bytes).unwrap();
        faults.note(name, attempt(folder.path(), None));
    }
    let (side, folder) = (19_000, folder());
    for name in ["1.png", "2.png", "3.png", "4.png"] {
        fs::write(
            folder.path().join(name),
            png(side, b"", (side as usize).div_ceil(8) * side as usize + side as usize),
        )
        .unwrap();
    }
    faults.note("four large flat pictures", attempt_with_picture(folder.path()));
    faults.none();
}

fn idx(shape: [u32; 3]) -> Vec<u8> {
    let words = shape.iter().flat_map(|extent| extent.to_be_bytes());
    [0, 0, 8, 3].into_iter().chain(words).collect()
}

fn npy(shape: &str) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes()].concat()
}

/// A tar header of a file of so many bytes.
fn tar(name: &str, size: usize) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// Matlab's header and the beginning of a matrix X of `bytes` pixels.
fn mat(shape: [u32; 4], bytes: u32) -> Vec<u8> {
    let mut out = b"MATLAB 5.0 MAT-file, made up".to_vec();
    out.resize(124, b' ');
    out.extend(b"\x00\x01IM");
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let inner = [words(&[6, 8, 9, 0, 5, 16]), words(&shape), words(&[1, 1, u32::from(b'X'), 0, 2, bytes])].concat();
    out.extend(words(&[14, inner.len() as u32 + bytes]));
    out.extend(inner);
    out
}

/// `header` and zeros, packed.
fn gzip(path: &Path, header: &[u8], count: usize) {
    let mut out = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    out.write_all(header).unwrap();
    zeros(&mut out, count);
    out.finish().unwrap();
}

fn zip(path: &Path, member: &str, header: &[u8], count: usize) {
    let mut out = ::zip::ZipWriter::new(File::create(path).unwrap());
    out.start_file(member, ::zip::write::SimpleFileOptions::default().compression_level(Some(1))).unwrap();
    out.write_all(header).unwrap();
    zeros(&mut out, count);
    out.finish().unwrap();
}

/// Where the packed zeros are one image, many, or none.
#[test]
fn archives_that_unpack_to_much_more_than_they_are() {
    let mut faults = Faults::default();
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    gzip(&at("one-train-images-idx3-ubyte.gz"), &idx([1, 20_000, 20_000]), 400_000_000);
    gzip(&at("many-train-images-idx3-ubyte.gz"), &idx([15_000, 200, 200]), 600_000_000);
    gzip(&at("none-train-images-idx3-ubyte.gz"), &idx([1, 2, 2]), BOMB);
    gzip(&at("picture.tar.gz"), &tar("a.png", BOMB), BOMB + 1024);
    gzip(&at("label.tar.gz"), &tar("a.cls", BOMB), BOMB + 1024);
    gzip(&at("text.tar.gz"), &tar("a.json", BOMB), BOMB + 1024);
    gzip(&at("zeros.tar.gz"), b"", BOMB);
    zip(&at("picture.zip"), "a.png", b"", BOMB);
    zip(&at("table.zip"), "labels.csv", b"", BOMB);
    zip(&at("one.npz"), "images.npy", &npy("(1, 20000, 20000)"), 400_000_000);
    zip(&at("many.npz"), "images.npy", &npy("(15000, 200, 200)"), 600_000_000);
    zip(&at("label.npz"), "labels.npy", &npy("(600000000,)"), 600_000_000);
    zip(&at("more.npz"), "images.npy", &npy("(1, 2, 2)"), BOMB);
    zip(&at("text.npz"), "images.npy", b"", BOMB);
    zip(&at("deep.npz"), "images.npy", &deep_header(2_000_000), 0);
    fs::write(at("deep.npy"), deep_header(2_000_000)).unwrap();
    packed_mat(&at("one.mat"), [20_000, 20_000, 1, 1], 400_000_000, 400_000_000);
    packed_mat(&at("many.mat"), [100, 100, 3, 20_000], 600_000_000, 600_000_000);
    packed_mat(&at("more.mat"), [2, 2, 3, 1], 12, BOMB);
    for entry in sorted(folder.path()) {
        let one = !entry.to_string_lossy().contains("many");
        let within = if one { WITH_ONE_LARGE_PICTURE } else { GROWTH };
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        let layout = name.contains("idx").then_some(Layout::Idx);
        faults.note(&name, attempt_within(within, &entry, layout, |_| ControlFlow::Continue(())));
    }
    faults.none();
}

fn deep_header(depth: usize) -> Vec<u8> {
    [b"\x93NUMPY\x02\x00", &(depth as u32).to_le_bytes()[..], &vec![b'('; depth]].concat()
}

fn packed_mat(path: &Path, shape: [u32; 4], declared: u32, count: usize) {
    let whole = mat(shape, declared);
    let (header, element) = whole.split_at(128);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(element).unwrap();
    zeros(&mut packed, count);
    let packed = packed.finish().unwrap();
    let tag = [15u32.to_le_bytes(), (packed.len() as u32).to_le_bytes()].concat();
    fs::write(path, [header, &tag, &packed].concat()).unwrap();
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// 64 GiB of zeros that take no room on disk.
#[test]
fn huge_files_are_not_read_for_nothing() {
    let mut faults = Faults::default();
    let folder = with_good_picture();
    let names = ["a.mat", "a.npy", "a.npz", "a.zip", "a.tar", "a.tar.gz", "a.parquet", "train-images-idx3-ubyte"];
    let tables =
        ["labels.csv", "train_places205.csv", "list_eval_partition.txt", "list_attr_celeba.txt", "batches.meta.txt"];
    for name in names.into_iter().chain(tables).chain(["train-images-idx3-ubyte.gz", "a.png"]) {
        let path = folder.path().join(name);
        File::create(&path).unwrap().set_len(64 << 30).unwrap();
        for entry in [path.as_path(), folder.path()] {
            faults.note(&format!("{name}, {}", entry.is_dir()), attempt(entry, None));
        }
        fs::remove_file(path).unwrap();
    }
    faults.none();
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    /// Opening a pipe that nobody writes to never returns.
    #[test]
    fn pipes_are_never_waited_for() {
        let mut faults = Faults::default();
        let names = [
            "a.png",
            "a.mat",
            "a.npy",
            "a.npz",
            "a.zip",
            "a.tar",
            "a.tar.gz",
            "a.parquet",
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte",
            "train_32x32.mat",
            "data_batch_1.bin",
            "batches.meta.txt",
            "labels.csv",
            "train_places205.csv",
            "list_eval_partition.txt",
            "list_attr_celeba.txt",
            "identity_CelebA.txt",
            "img_align_celeba",
        ];
        let layouts = [
            None,
            Some(Layout::Svhn),
            Some(Layout::Idx),
            Some(Layout::Cifar),
            Some(Layout::Celeba),
            Some(Layout::Listed),
        ];
        for name in names {
            let folder = with_good_picture();
            if name.contains("labels-idx") {
                fs::write(folder.path().join("train-images-idx3-ubyte"), [idx([1, 2, 2]), vec![0; 4]].concat())
                    .unwrap();
            }
            let path = folder.path().join(name);
            assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            for layout in layouts {
                for entry in [path.as_path(), folder.path()] {
                    faults.note(&format!("{name} as {layout:?}, {}", entry.is_dir()), attempt(entry, layout));
                }
            }
        }
        faults.none();
    }

    #[test]
    fn links_are_followed_neither_out_nor_round_nor_into_devices() {
        let mut faults = Faults::default();
        let (outside, folder) = (with_good_picture(), with_good_picture());
        picture(&outside.path().join("secret.png"), 200);
        let link = |target: &Path, name: &str| symlink(target, folder.path().join(name)).unwrap();
        link(&outside.path().join("secret.png"), "secret.png");
        link(outside.path(), "secret-folder");
        link(folder.path(), "round");
        link(Path::new("../.."), "up");
        link(Path::new("nowhere.png"), "dangling.png");
        link(Path::new("itself.png"), "itself.png");
        link(Path::new("/dev/zero"), "zeros.png");
        link(Path::new("/dev/stdin"), "input.png");
        link(Path::new("/proc/self/mem"), "memory.png");
        let Some(Outcome::Read { names, skipped }) = faults.note("links", attempt(folder.path(), None)) else {
            return faults.none();
        };
        assert_eq!(names, ["good.png"]);
        for name in [
            "secret.png",
            "secret-folder",
            "round",
            "up",
            "dangling.png",
            "itself.png",
            "zeros.png",
            "input.png",
            "memory.png",
        ] {
            assert!(skipped.iter().any(|text| text.contains(name)), "{name} is not named: {skipped:?}");
        }
        faults.none();
    }

    #[test]
    fn lists_and_arrays_do_not_reach_devices_through_links() {
        let mut faults = Faults::default();
        for name in
            ["labels.csv", "train_places205.csv", "data_batch_1.bin", "a.npy", "a.tar", "train_32x32.mat", "a.parquet"]
        {
            let folder = with_good_picture();
            symlink("/dev/zero", folder.path().join(name)).unwrap();
            for entry in [folder.path().join(name).as_path(), folder.path()] {
                faults.note(&format!("{name}, {}", entry.is_dir()), attempt(entry, None));
            }
        }
        for path in ["/dev/zero", "/dev/null", "/proc/self/mem"] {
            for layout in crate::ALL {
                faults.note(&format!("{path} as {layout:?}"), attempt(Path::new(path), Some(layout)));
            }
        }
        faults.none();
    }

    #[test]
    fn what_may_not_be_read_is_named() {
        let folder = with_good_picture();
        picture(&folder.path().join("private.png"), 8);
        fs::create_dir(folder.path().join("closed")).unwrap();
        fs::write(folder.path().join("labels.csv"), "name,label\ngood.png,1\n").unwrap();
        let closed = ["private.png", "closed"].map(|name| folder.path().join(name));
        closed.iter().for_each(|path| fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap());
        // The superuser may read everything.
        let may = File::open(&closed[0]).is_ok();
        let outcome = attempt(folder.path(), None).unwrap();
        fs::set_permissions(&closed[1], fs::Permissions::from_mode(0o700)).unwrap();
        let Outcome::Read { names, skipped } = outcome else { panic!("{outcome:?}") };
        assert_eq!(names.len(), if may { 2 } else { 1 });
        assert!(may || ["private.png", "closed"].iter().all(|name| skipped.iter().any(|text| text.contains(name))));
        fs::set_permissions(folder.path().join("labels.csv"), fs::Permissions::from_mode(0o000)).unwrap();
        attempt(folder.path(), None).unwrap();
    }

    #[test]
    fn names_of_any_bytes_are_shown() {
        let folder = with_good_picture();
        for bytes in [
            &b"\xff\xfe.png"[..],
            b"new\nline.png",
            b"esc\x1b[31m.png",
            b"\xf0\x9f\x8c\x8b.png",
            b"a\\b.png",
            b"%s%n.png",
        ] {
            let name = std::ffi::OsStr::from_bytes(bytes);
            picture(&folder.path().join("temporary.png"), 7);
            fs::rename(folder.path().join("temporary.png"), folder.path().join(name)).unwrap();
        }
        let below = folder.path().join(std::ffi::OsStr::from_bytes(b"\xc0\xaf"));
        fs::create_dir(&below).unwrap();
        picture(&below.join("deep.png"), 6);
        let Outcome::Read { names, skipped } = attempt(folder.path(), None).unwrap() else { panic!("refused") };
        assert_eq!((names.len(), skipped.len()), (8, 0), "{names:?} {skipped:?}");
    }
}

#[test]
fn folders_a_thousand_deep_and_ten_thousand_empty_files() {
    let mut faults = Faults::default();
    let deep = with_good_picture();
    let mut path = deep.path().to_path_buf();
    for _ in 0..1000 {
        path.push("d");
    }
    fs::create_dir_all(&path).unwrap();
    picture(&path.join("bottom.png"), 5);
    for layout in crate::ALL.map(Some).into_iter().chain([None]) {
        faults.note(&format!("deep as {layout:?}"), attempt(deep.path(), layout));
    }
    let many = with_good_picture();
    (0..10_000).for_each(|number| drop(File::create(many.path().join(format!("{number:05}.png"))).unwrap()));
    let Some(Outcome::Read { names, skipped }) = faults.note("many", attempt(many.path(), None)) else {
        return faults.none();
    };
    assert_eq!((names.len(), skipped.len()), (1, 1000));
    for layout in crate::ALL {
        faults.note(&format!("many as {layout:?}"), attempt(many.path(), Some(layout)));
    }
    faults.none();
}

#[test]
fn files_that_vanish_while_others_are_read_are_named() {
    let folder = folder();
    (0..700).for_each(|number| picture(&folder.path().join(format!("{number:03}.png")), number as u8));
    let place = folder.path().to_path_buf();
    let mut first = true;
    let outcome = attempt_within(GROWTH, folder.path(), None, move |_| {
        if std::mem::take(&mut first) {
            (600..700).for_each(|number| fs::remove_file(place.join(format!("{number:03}.png"))).unwrap());
        }
        ControlFlow::Continue(())
    });
    let Outcome::Read { names, skipped } = outcome.unwrap() else { panic!("refused") };
    assert_eq!((names.len(), skipped.len()), (600, 100));
    assert!(skipped.iter().any(|text| text.contains("650.png")), "{skipped:?}");
}

/// Whole files of 3000 images, cut to a third after the first few hundred.
#[test]
fn files_that_shrink_while_they_are_read_end_there() {
    let mut faults = Faults::default();
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let pixels: Vec<u8> = (0..3000 * 3072).map(|byte| (byte % 251) as u8).collect();
    fs::write(at("a.npy"), [&npy("(3000, 32, 32, 3)")[..], &pixels].concat()).unwrap();
    fs::write(at("a.mat"), [&mat([32, 32, 3, 3000], pixels.len() as u32)[..], &pixels].concat()).unwrap();
    fs::write(at("train-images-idx3-ubyte"), [&idx([9000, 32, 32])[..], &pixels].concat()).unwrap();
    fs::write(at("data_batch_1.bin"), (0..3000).flat_map(|_| [&[1], &pixels[..3072]].concat()).collect::<Vec<u8>>())
        .unwrap();
    let mut encoded = Vec::new();
    let noise = image::GrayImage::from_raw(40, 40, pixels[..1600].to_vec()).unwrap();
    noise.write_to(&mut std::io::Cursor::new(&mut encoded), image::ImageFormat::Bmp).unwrap();
    let mut zip = ::zip::ZipWriter::new(File::create(at("a.zip")).unwrap());
    let mut tar = tar::Builder::new(File::create(at("a.tar")).unwrap());
    for number in 0..3000 {
        let name = format!("{number:04}.bmp");
        zip.start_file(
            &name,
            ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored),
        )
        .unwrap();
        zip.write_all(&encoded).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(encoded.len() as u64);
        tar.append_data(&mut header, &name, &encoded[..]).unwrap();
    }
    zip.finish().unwrap();
    tar.finish().unwrap();
    for path in sorted(folder.path()) {
        let file = File::options().write(true).open(&path).unwrap();
        let third = file.metadata().unwrap().len() / 3;
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let outcome = attempt_within(GROWTH, &path, None, move |_| {
            file.set_len(third).unwrap();
            ControlFlow::Continue(())
        });
        match faults.note(&name, outcome) {
            Some(Outcome::Read { names, skipped }) => {
                let fault = (names.len() >= 3000 || names.is_empty() || skipped.is_empty() || skipped.len() > 2500)
                    .then(|| format!("{} images and {} skipped", names.len(), skipped.len()));
                faults.extend(&name, fault);
            }
            other => faults.extend(&name, Some(format!("{other:?}"))),
        }
    }
    faults.none();
}

/// Packed pictures beyond what a single one may be, in a stream without an end.
#[test]
fn deflated_members_that_declare_less_than_they_are() {
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
    zeros(&mut raw, BOMB);
    let deflated = raw.finish().unwrap();
    let mut fields = vec![8, 0, 0, 0, 0x21, 0, 0, 0, 0, 0];
    fields.extend((deflated.len() as u32).to_le_bytes());
    fields.extend(100u32.to_le_bytes());
    fields.extend([5, 0, 0, 0]);
    let local = [b"PK\x03\x04\x14\0\0\0", &fields[..], b"a.png", &deflated].concat();
    let central = [b"PK\x01\x02\x14\x03\x14\0\0\0", &fields[..], &[0; 14], b"a.png"].concat();
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend((central.len() as u32).to_le_bytes());
    end.extend((local.len() as u32).to_le_bytes());
    end.extend([0, 0]);
    let folder = folder();
    let path = folder.path().join("a.zip");
    fs::write(&path, [local, central, end].concat()).unwrap();
    assert!(matches!(attempt(&path, None).unwrap(), Outcome::Refused(_)));
}
