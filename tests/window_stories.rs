//! The three stories, on a real window of a virtual display, by mouse and keys: `tests/window/*.sh`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Each story learns on all cores; one after the other they keep their pace.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn is_there(program: &str) -> bool {
    let asked = Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn story(name: &str) {
    if let Some(missing) = ["Xvfb", "xdotool"].into_iter().find(|program| !is_there(program)) {
        eprintln!("skipped: there is no {missing}");
        return;
    }
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/window").join(name);
    let told = Command::new("bash")
        .arg(script)
        .env("EMBERLAB", env!("CARGO_BIN_EXE_emberlab"))
        .env("WORK", folder.path())
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success(), "{name}: {text}");
}

#[test]
fn one_number_is_changed_and_one_keystroke_goes_back() {
    story("story_factor.sh");
}

#[test]
fn chains_from_one_seed_are_grown_beside_the_run() {
    story("story_diversity.sh");
}

#[test]
fn a_mask_is_painted_and_saved() {
    story("story_inpainting.sh");
}
