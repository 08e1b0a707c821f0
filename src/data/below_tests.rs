use super::*;
use std::fs;

fn tree() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("root");
    fs::create_dir_all(root.join("a")).unwrap();
    fs::write(root.join("a/one.jpg"), "1").unwrap();
    fs::write(place.path().join("secret.jpg"), "2").unwrap();
    (place, root)
}

#[test]
fn a_file_below_the_folder_is_found() {
    let (_place, root) = tree();
    let mut below = Below::new(&root);
    for name in ["a/one.jpg", "./a/one.jpg", "a//one.jpg"] {
        assert_eq!(below.find(&root, name).unwrap(), root.join("a/one.jpg"));
    }
    assert_eq!(below.find(&root.join("a"), "one.jpg").unwrap(), root.join("a/one.jpg"));
}

#[test]
fn names_that_lead_out_are_refused_each_with_its_reason() {
    let (place, root) = tree();
    let mut below = Below::new(&root);
    let secret = place.path().join("secret.jpg");
    for (name, word) in [
        ("../secret.jpg", "'..'"),
        ("a/../../secret.jpg", "'..'"),
        (secret.to_str().unwrap(), "absolute"),
        ("a/none.jpg", "no such file"),
        ("a\0b", "no such file"),
        ("", "no file"),
        ("a", "no file"),
    ] {
        let reason = below.find(&root, name).unwrap_err();
        assert!(reason.contains(word), "{name:?}: {reason}");
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_refused_and_those_that_stay_are_not() {
    use std::os::unix::fs::symlink;
    let (place, root) = tree();
    symlink(place.path().join("secret.jpg"), root.join("a/out.jpg")).unwrap();
    symlink(place.path(), root.join("out")).unwrap();
    symlink("one.jpg", root.join("a/in.jpg")).unwrap();
    symlink("a", root.join("b")).unwrap();
    let mut below = Below::new(&root);
    for name in ["a/out.jpg", "out/secret.jpg", "out/secret.jpg"] {
        assert!(below.find(&root, name).unwrap_err().contains("leads out"), "{name}");
    }
    assert!(below.find(&root, "a/in.jpg").is_ok() && below.find(&root, "b/one.jpg").is_ok());
}
