//! Writes what the targets begin with, from the repository's own scripts, tests and a small run, into `corpus/`.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let root = emberlab_fuzz::root();
    for (target, folders, ending) in [
        ("recipe_text", &["scripts", "tests/broken", "tests/hostile"][..], &["rhai"][..]),
        ("image", &["tests/data_hostile", "tests/data/pictures"], &["png", "jpg", "jpeg", "webp", "bmp", "gif"]),
        ("mat", &["tests/data_hostile/mat", "tests/data/mat"], &["mat"]),
        ("plugin_manifest", &["plugins"], &["toml"]),
    ] {
        for folder in folders {
            for file in files(&root.join(folder)) {
                let ends = file.extension().is_some_and(|end| ending.iter().any(|one| end == *one));
                if ends && fs::metadata(&file).is_ok_and(|metadata| metadata.len() < 20_000) {
                    put(target, &fs::read(&file).expect("a file"));
                }
            }
        }
    }
    let entries = [
        "[metrics.a]\nfunction = \"metric\"\n",
        "[kernels.b]\nfunction = \"kernel\"\nabout = \"x\"\n",
        "[recipes.c]\nfile = \"recipe.rhai\"\n",
        "[views.d]\nfunction = \"metric\"\n[masks.e]\nfunction = \"kernel\"\n",
    ];
    for entry in entries {
        let head = "name = \"mine\"\nversion = \"1\"\nemberlab = \"0.1\"\nmodule = \"mine.rhai\"\n";
        put("plugin_manifest", format!("{head}{entry}").as_bytes());
    }
    let folder = emberlab_fuzz::folder();
    let checkpoint = emberlab_fuzz::run(folder.path());
    for (which, name) in emberlab_fuzz::FILES.iter().enumerate() {
        let bytes = fs::read(checkpoint.join(name)).expect("a file of a checkpoint");
        put("checkpoint", &[&[which as u8], bytes.as_slice()].concat());
    }
    put("events", &fs::read(folder.path().join("run/events.jsonl")).expect("a record"));
    // Bytes that the assembler of recipes takes for choices.
    let mut state = 1u64;
    for _ in 0..200 {
        let bytes: Vec<u8> = (0..400)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        put("plan", &bytes);
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found
}

/// Adds an input to a target's corpus, named after its content.
fn put(target: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("a folder");
    let name = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    fs::write(folder.join(format!("{name:016x}")), bytes).expect("an input");
}
