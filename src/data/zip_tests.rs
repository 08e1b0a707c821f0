use super::super::tar::archive::tests::{
    breaks_off, fixture, found, parted, reads_as_the_foreign_program_does, refusal, survives_damage,
};
use super::*;

#[test]
fn archives_of_python_read_as_python_reads_them() {
    reads_as_the_foreign_program_does(open, "zip/folder.zip");
    breaks_off(open, "zip/folder.zip");
}

#[test]
fn members_that_cannot_be_read_are_passed_over_with_the_reason() {
    reads_as_the_foreign_program_does(open, "zip/odd.zip");
    let source = open(&fixture("zip/odd.zip")).expect("it opens");
    let (_, skipped) = parted(found(source.as_ref()));
    let reasons = [
        ("b.png", "packed by Bzip2"),
        ("l.png", "packed by Lzma"),
        ("secret.png", "encrypted"),
        ("huge.png", "too large: 3221225472 bytes"),
        ("wrong.png", "damaged"),
        ("link.png", "a link"),
    ];
    for (name, reason) in reasons {
        let one = skipped.iter().find(|skipped| skipped.name == name).expect("it is named");
        assert!(one.reason.contains(reason), "{name}: {}", one.reason);
    }
}

#[test]
fn zip_files_are_recognised() {
    assert!(recognises(&fixture("zip/folder.zip")));
    assert!(!recognises(&fixture("zip")));
    assert!(!recognises(&fixture("tar/folder_gnu.tar")));
}

#[test]
fn a_file_cut_short_is_refused_with_a_way_out() {
    let whole = std::fs::read(fixture("zip/folder.zip")).expect("the fixture");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.zip");
    for end in [0, 3, 100, whole.len() / 2, whole.len() - 30] {
        std::fs::write(&path, &whole[..end]).expect("written");
        let message = refusal(open, &path);
        assert!(message.contains("a.zip") && message.contains("zip -FF"), "{message}");
    }
}

#[test]
fn members_that_share_bytes_are_refused() {
    let mut whole = std::fs::read(fixture("zip/folder.zip")).expect("the fixture");
    let directory = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a table of contents");
    let mut at = directory;
    while whole[at..].starts_with(b"PK\x01\x02") {
        whole[at + 20..at + 24].copy_from_slice(&2000_u32.to_le_bytes());
        let length = |field: usize| usize::from(u16::from_le_bytes([whole[at + field], whole[at + field + 1]]));
        at += 46 + length(28) + length(30) + length(32);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.zip");
    std::fs::write(&path, &whole).expect("written");
    assert!(refusal(open, &path).contains("more packed bytes than the file has"));
}

#[test]
fn no_damage_is_fatal() {
    for name in ["zip/folder.zip", "zip/odd.zip"] {
        survives_damage(open, "zip", &std::fs::read(fixture(name)).expect("the fixture"), 0, 1500);
    }
}
