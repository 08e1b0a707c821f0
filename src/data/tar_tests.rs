use super::archive::tests::{
    breaks_off, fixture, found, parted, reads_as_the_foreign_program_does, refusal, survives, survives_damage,
};
use super::*;
use std::io::Write;

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).expect("the fixture")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes).expect("it is packed");
    packed.finish().expect("it is packed")
}

/// A member's header; `fill` may change it before its sum is taken.
fn header(name: &str, size: u64, fill: impl Fn(&mut ::tar::Header)) -> Vec<u8> {
    let mut header = ::tar::Header::new_gnu();
    header.set_path(name).expect("a short name");
    header.set_size(size);
    header.set_entry_type(::tar::EntryType::Regular);
    fill(&mut header);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn member(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut member = header(name, bytes.len() as u64, |_| ());
    member.extend(bytes);
    member.resize(member.len().next_multiple_of(512), 0);
    member
}

fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = members.concat();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn names(found: &[Found]) -> Vec<&str> {
    found
        .iter()
        .map(|found| found.as_ref().map_or_else(|skipped| skipped.name.as_str(), |record| &record.name))
        .collect()
}

fn labels(found: &[Found]) -> Vec<Option<u32>> {
    found.iter().flatten().map(|record| record.label).collect()
}

fn last_reason(found: &[Found]) -> &str {
    &found.last().expect("something").as_ref().expect_err("passed over").reason
}

#[test]
fn archives_of_gnu_tar_read_as_python_reads_them() {
    for name in ["folder_gnu.tar", "folder_posix.tar", "folder_ustar.tar", "folder.tar.gz", "folder_members.tgz"] {
        reads_as_the_foreign_program_does(open, &format!("tar/{name}"));
    }
}

#[test]
fn sparse_members_are_passed_over_and_those_behind_them_read() {
    for name in ["sparse_gnu.tar", "sparse_posix0.1.tar", "sparse_posix1.0.tar"] {
        reads_as_the_foreign_program_does(open, &format!("tar/{name}"));
    }
}

#[test]
fn hostile_names_are_only_shown() {
    reads_as_the_foreign_program_does(open, "tar/hostile.tar");
}

#[test]
fn shards_of_web_dataset_give_labels_and_parts() {
    reads_as_the_foreign_program_does(open, "tar/shards");
    let one = open(&fixture("tar/shards/train-000000.tar")).expect("it opens");
    let (records, _) = parted(found(one.as_ref()));
    assert_eq!(records.len(), 5);
    assert!(records.iter().all(|record| record.part.is_none() && record.label.is_some()));
    assert_eq!(records[0].name, "000000.png");
}

#[test]
fn archives_are_recognised_and_folders_with_images_are_none() {
    for name in ["tar/folder.tar.gz", "tar/folder_members.tgz", "tar/hostile.tar", "tar/shards"] {
        assert!(recognises(&fixture(name)), "{name}");
    }
    assert!(!recognises(&fixture("zip")));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("all.tar"), archive(&[])).expect("written");
    assert!(recognises(folder.path()));
    std::fs::create_dir(folder.path().join("cat")).expect("made");
    std::fs::write(folder.path().join("cat/1.png"), b"x").expect("written");
    assert!(!recognises(folder.path()), "images lie beside the archive");
}

#[test]
fn a_walk_ends_when_nobody_wants_more() {
    breaks_off(open, "tar/folder_gnu.tar");
    breaks_off(open, "tar/shards");
}

#[test]
fn what_is_whole_of_a_truncated_archive_is_read_and_the_end_told_once() {
    for name in ["tar/folder_gnu.tar", "tar/folder.tar.gz", "tar/shards/train-000000.tar"] {
        let whole = read(name);
        let all = parted(survives(open, "tar", &whole, usize::MAX)).0;
        // Behind its last byte that is not zero a plain archive has come to its end.
        let content = whole.iter().rposition(|&byte| byte != 0).unwrap_or_default();
        for end in (1000..content).step_by(97) {
            let Ok(source) = open_bytes(&whole[..end]) else { continue };
            let (records, skipped) = parted(found(source.1.as_ref()));
            assert!(records.len() <= all.len());
            let contents = |records: &[Record]| records.iter().map(|record| record.content.clone()).collect::<Vec<_>>();
            assert_eq!(contents(&records), contents(&all[..records.len()]), "{name} cut at {end}");
            let told = skipped.iter().filter(|skipped| skipped.reason.contains("damaged or cut short")).count();
            assert_eq!(told, 1, "{name} cut at {end}: {skipped:?}");
        }
    }
}

fn open_bytes(bytes: &[u8]) -> Result<(tempfile::TempDir, Box<dyn Source>), DataError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tar");
    std::fs::write(&path, bytes).expect("written");
    open(&path).map(|source| (folder, source))
}

#[test]
fn a_sample_whose_label_is_cut_off_is_lost_and_named() {
    let whole = [member("a.png", b"1"), member("a.cls", b"1"), member("b.png", b"2"), member("b.cls", b"2")].concat();
    let found = survives(open, "tar", &whole[..whole.len() - 600], 100);
    assert_eq!(labels(&found), [Some(1)]);
    assert!(last_reason(&found).contains("the sample 'b' is lost"), "{}", last_reason(&found));
}

#[test]
fn archives_may_stand_one_after_another() {
    let first = archive(&[member("a/1.png", b"1")]);
    let second = archive(&[member("b/2.png", b"2")]);
    let found = survives(open, "tar", &[first.clone(), second.clone()].concat(), 100);
    assert_eq!((names(&found), labels(&found)), (vec!["a/1.png", "b/2.png"], vec![Some(0), Some(1)]));
    let found = survives(open, "tgz", &[gzip(&first), gzip(&second)].concat(), 100);
    assert_eq!(names(&found), ["a/1.png", "b/2.png"]);
}

#[test]
fn members_larger_than_the_limit_are_not_read() {
    let huge = header("huge.png", 513 << 20, |_| ());
    // Of holes, so that the file has its size without taking room.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tar");
    let mut file = std::fs::File::create(&path).expect("made");
    file.write_all(&huge).expect("written");
    file.set_len(512 + (513 << 20)).expect("stretched");
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("opened");
    file.write_all(&archive(&[member("b.png", b"2")])).expect("written");
    let found = found(open(&path).expect("it opens").as_ref());
    assert_eq!(names(&found), ["huge.png", "b.png"]);
    assert!(found[0].as_ref().expect_err("passed over").reason.contains("too large: 537919488 bytes"));
}

#[test]
fn sizes_beyond_the_file_end_the_walk() {
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, 1 << 40, 10_000] {
        let mut bytes = member("a.png", b"1");
        bytes.extend(header("b.png", size, |_| ()));
        bytes.resize(bytes.len() + 1024, 0);
        for bytes in [bytes.clone(), gzip(&bytes)] {
            let found = survives(open, "tar", &bytes, 100);
            assert_eq!(names(&found).first(), Some(&"a.png"), "{size}");
            assert!(last_reason(&found).contains("damaged or cut short at byte 1024"), "{}", last_reason(&found));
        }
    }
}

#[test]
fn a_bomb_of_a_name_is_refused() {
    let name = vec![b'n'; 4 << 20];
    for kind in [::tar::EntryType::GNULongName, ::tar::EntryType::XHeader] {
        let mut bytes = member("a.png", b"1");
        bytes.extend(header("long", name.len() as u64, |header| header.set_entry_type(kind)));
        bytes.extend(&name);
        let found = survives(open, "tgz", &gzip(&archive(&[bytes, member("b.png", b"2")])), 100);
        assert_eq!(names(&found)[0], "a.png");
        assert!(last_reason(&found).contains("the limit is"), "{}", last_reason(&found));
    }
}

#[test]
fn labels_come_from_texts_and_from_json() {
    let sample = |key: &str, ending: &str, text: &str| {
        [member(&format!("{key}.jpg"), b"x"), member(&format!("{key}.{ending}"), text.as_bytes())].concat()
    };
    let said = [
        ("cls", " 7\n", Some(7)),
        ("cls", "-1", None),
        ("json", r#"{"class": 3}"#, Some(3)),
        ("json", r#"{"cls": "4", "other": [1]}"#, Some(4)),
        ("json", r#"{"label": "cat"}"#, None),
        ("json", "[1]", None),
    ];
    let samples: Vec<_> =
        said.iter().enumerate().map(|(at, (ending, text, _))| sample(&format!("d.ir/{at}"), ending, text)).collect();
    let found = survives(open, "tar", &archive(&samples), 100);
    assert_eq!(labels(&found), said.map(|(.., label)| label));
    assert_eq!(names(&found)[0], "d.ir/0.jpg");
}

#[test]
fn what_is_no_archive_is_refused_with_a_way_out() {
    for bytes in [&b""[..], &b"PK\x03\x04"[..], &[b'x'; 5000][..], &[0x1F, 0x8B, 9, 9][..]] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.tar");
        std::fs::write(&path, bytes).expect("written");
        let message = refusal(open, &path);
        assert!(message.contains("a.tar") && message.contains("tar -cf"), "{message}");
    }
    assert!(refusal(open, &fixture("zip")).contains("no tar archive there"));
}

#[test]
fn no_damage_is_fatal() {
    for name in ["tar/folder_posix.tar", "tar/hostile.tar", "tar/shards/train-000001.tar", "tar/sparse_gnu.tar"] {
        survives_damage(open, "tar", &read(name), 0, 600);
    }
    survives_damage(open, "tar.gz", &read("tar/folder_members.tgz"), 0, 1000);
}
