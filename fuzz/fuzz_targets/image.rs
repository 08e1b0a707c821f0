//! Any bytes as a picture in a folder of pictures: it is read, or passed over by name.
#![no_main]

use emberlab::data::{Layout, Place, SourceSpec, Storage, load};
use libfuzzer_sys::fuzz_target;
use std::ops::ControlFlow;

thread_local! {
    static FOLDER: tempfile::TempDir = emberlab_fuzz::folder();
}

fuzz_target!(|bytes: &[u8]| {
    emberlab_fuzz::caught_panics();
    FOLDER.with(|folder| {
        std::fs::write(folder.path().join("picture.png"), bytes).expect("a file");
        let place = Place::At { layout: Some(Layout::Folder), path: folder.path().to_path_buf() };
        let spec = SourceSpec { place, side: 4, held_out: 0.0, ..SourceSpec::default() };
        let storage = Storage { memory: 0, cached_from: u64::MAX, folder: None };
        match load(&spec, folder.path(), &storage, &mut |_| ControlFlow::Continue(())) {
            Ok(set) => assert_eq!(set.training.count(), 1),
            Err(error) => emberlab_fuzz::sound(&error.to_string()),
        }
    });
});
