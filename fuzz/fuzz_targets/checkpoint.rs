//! Any bytes in the place of one of a checkpoint's files: it opens, or it is named as unsound.
#![no_main]

use emberlab::compute::Device;
use emberlab::run::SavedRun;
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;

thread_local! {
    static RUN: (tempfile::TempDir, PathBuf, Device) = {
        let folder = emberlab_fuzz::folder();
        let checkpoint = emberlab_fuzz::run(folder.path());
        (folder, checkpoint, Device::choose("cpu", Some(1)).expect("a device"))
    };
}

// The first byte of an input names the file.
fuzz_target!(|bytes: &[u8]| {
    emberlab_fuzz::caught_panics();
    let Some((&which, rest)) = bytes.split_first() else { return };
    RUN.with(|(folder, checkpoint, device)| {
        let file = checkpoint.join(emberlab_fuzz::FILES[usize::from(which) % emberlab_fuzz::FILES.len()]);
        let sound = std::fs::read(&file).expect("a checkpoint");
        std::fs::write(&file, rest).expect("a file");
        let opened = SavedRun::open(&folder.path().join("run"), device, &[]);
        std::fs::write(&file, sound).expect("a file");
        if let Err(error) = opened {
            emberlab_fuzz::sound(&error.to_string());
        }
    });
});
