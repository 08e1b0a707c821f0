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

/// What the first byte of an input names.
const FILES: [&str; 4] = ["state.json", "model.safetensors", "learner.safetensors", "recipe.rhai"];

fuzz_target!(|bytes: &[u8]| {
    let Some((&which, rest)) = bytes.split_first() else { return };
    RUN.with(|(folder, checkpoint, device)| {
        let file = checkpoint.join(FILES[usize::from(which) % FILES.len()]);
        let sound = std::fs::read(&file).expect("a checkpoint");
        std::fs::write(&file, rest).expect("a file");
        let opened = SavedRun::open(&folder.path().join("run"), device, &[]);
        std::fs::write(&file, sound).expect("a file");
        if let Err(error) = opened {
            emberlab_fuzz::sound(&error.to_string());
        }
    });
});
