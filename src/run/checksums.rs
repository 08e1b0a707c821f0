//! The checksums of a checkpoint's files, in a file that `sha256sum --check checksums` reads too: a line for each file, its
//! SHA-256 and its name.

use super::directory::{open_file, read_text};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::io::{self, Read};
use std::path::Path;

/// The name of the file that holds them.
pub(super) const NAME: &str = "checksums";
/// Bytes that are read at once.
const PIECE: usize = 1 << 16;

/// Checksums of files on their way to disk.
#[derive(Default)]
pub(super) struct Checksums(String);

impl Checksums {
    /// Notes the file `name` that holds `bytes`.
    pub(super) fn note(&mut self, name: &str, bytes: &[u8]) {
        self.0.push_str(&format!("{}  {name}\n", hex(&Sha256::digest(bytes))));
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// Checks the files of `folder` against its checksums, in bounded memory; all of `names` must be among them. False of a folder
/// without any, as of the time before there were checksums.
///
/// # Errors
/// The file at fault and why, in words.
pub(super) fn check(folder: &Path, names: &[&str]) -> Result<bool, String> {
    let text = match read_text(&folder.join(NAME)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(format!("{NAME}: {error}")),
    };
    let listed: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once("  ")).collect();
    for name in names {
        let Some((wanted, _)) = listed.iter().find(|(_, listed)| listed == name) else {
            return Err(format!("{NAME}: it has no line for {name}"));
        };
        let found = of_file(&folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
        if found != *wanted {
            return Err(format!("{name}: its bytes are not those that were written, by its checksum"));
        }
    }
    Ok(true)
}

fn of_file(path: &Path) -> io::Result<String> {
    let mut file = open_file(path)?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(&piece[..count]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_is_another_than_was_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut sums = Checksums::default();
        for name in ["a", "b"] {
            fs::write(folder.path().join(name), name).unwrap();
            sums.note(name, name.as_bytes());
        }
        assert_eq!(check(folder.path(), &["a", "b"]), Ok(false), "of before there were checksums");
        fs::write(folder.path().join(NAME), sums.text()).unwrap();
        assert_eq!(check(folder.path(), &["a", "b"]), Ok(true));
        assert!(check(folder.path(), &["a", "c"]).unwrap_err().contains("c"));
        fs::write(folder.path().join("b"), "c").unwrap();
        assert!(check(folder.path(), &["a", "b"]).unwrap_err().starts_with("b: "));
        fs::remove_file(folder.path().join("b")).unwrap();
        assert!(check(folder.path(), &["a", "b"]).unwrap_err().starts_with("b: "));
        fs::write(folder.path().join(NAME), [0xff; 9]).unwrap();
        assert!(check(folder.path(), &["a"]).unwrap_err().starts_with(NAME));
    }

    #[test]
    fn they_are_those_of_the_standard() {
        let mut sums = Checksums::default();
        sums.note("abc", b"abc");
        assert_eq!(sums.text(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n");
    }
}
