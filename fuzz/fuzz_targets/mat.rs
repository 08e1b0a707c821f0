//! Any bytes as a MATLAB file: its images are read, or it is refused.
#![no_main]

use emberlab::data::{Layout, Place, SourceSpec, Storage, load};
use libfuzzer_sys::fuzz_target;
use std::ops::ControlFlow;

thread_local! {
    static FOLDER: tempfile::TempDir = emberlab_fuzz::folder();
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with(|folder| {
        let file = folder.path().join("train_32x32.mat");
        std::fs::write(&file, bytes).expect("a file");
        let place = Place::At { layout: Some(Layout::Svhn), path: file };
        let spec = SourceSpec { place, side: 4, held_out: 0.0, ..SourceSpec::default() };
        let storage = Storage { memory: 0, cached_from: u64::MAX, folder: None };
        if let Err(error) = load(&spec, folder.path(), &storage, &mut |_| ControlFlow::Continue(())) {
            emberlab_fuzz::sound(&error.to_string());
        }
    });
});
