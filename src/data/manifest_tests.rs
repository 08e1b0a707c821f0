use super::*;
use std::fs;

const DATA_SETS: [&str; 9] =
    ["celeba", "cifar10", "cifar100", "fashion_mnist", "mnist", "places205", "portraits", "svhn", "svhn_extra"];

fn shipped() -> Vec<PathBuf> {
    vec![PathBuf::from(env!("CARGO_MANIFEST_DIR"))]
}

/// A root with the shipped manifests and no data.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("datasets")).unwrap();
    for name in DATA_SETS {
        let inside = Path::new("datasets").join(format!("{name}.toml"));
        fs::copy(shipped()[0].join(&inside), root.path().join(&inside)).unwrap();
    }
    root
}

#[test]
fn every_data_set_says_what_it_is_and_how_to_get_it() {
    let manifests = all_in(&shipped()).unwrap();
    assert_eq!(manifests.iter().map(|manifest| manifest.name.as_str()).collect::<Vec<_>>(), DATA_SETS);
    for manifest in &manifests {
        let Manifest { name, licence, source, layout, split, .. } = manifest;
        assert!(!manifest.title.is_empty() && manifest.about.ends_with('.'), "{name}");
        assert!(licence.spdx.is_some() != licence.terms.is_some(), "{name}");
        assert!(split.training > split.held_out && split.held_out > 0 && split.by.is_some(), "{name}");
        assert!([1, 3].contains(&layout.channels), "{name}");
        assert!(
            manifest.builtin || (source.page.is_some() && source.paper.is_some() && !source.files.is_empty()),
            "{name}"
        );
        for file in &source.files {
            let digits =
                |md5: &String| md5.len() == 32 && md5.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(file.md5.as_ref().is_none_or(digits), "{name}: {}", file.name);
            let is_named = source.how.contains(&file.name) || source.how.contains("apt-get install");
            assert!(is_named, "{name}: no command gets {}", file.name);
        }
    }
}

#[test]
fn layouts_and_counts_are_those_of_the_publications() {
    let told = all_in(&shipped()).unwrap().into_iter().map(|manifest| {
        let Counts { training, held_out, .. } = manifest.split;
        (manifest.layout.kind, training, held_out)
    });
    let wanted = [
        (Layout::Celeba, 162_770, 19_867 + 19_962),
        (Layout::Cifar, 50_000, 10_000),
        (Layout::Cifar, 50_000, 10_000),
        (Layout::Idx, 60_000, 10_000),
        (Layout::Idx, 60_000, 10_000),
        (Layout::Listed, 2_448_873, 205 * 100),
        (Layout::Folder, 744, 102),
        (Layout::Svhn, 73_257, 26_032),
        (Layout::Svhn, 73_257 + 531_131, 26_032),
    ];
    assert_eq!(told.collect::<Vec<_>>(), wanted);
}

#[test]
fn a_missing_data_set_says_where_it_was_looked_for_and_which_command_gets_it() {
    let root = root();
    let roots = [root.path().join("empty"), root.path().to_path_buf()];
    for name in ["svhn", "cifar10", "celeba"] {
        let manifest = named_in(&roots, name).unwrap();
        let error = manifest.place_in(&roots).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, DataError::NotFetched { .. }) && message.contains(&format!("'{name}'")), "{message}");
        assert!(message.contains(manifest.source.how.trim_end()), "{message}");
        for root in &roots {
            assert!(message.contains(&root.join("datasets").join(name).display().to_string()), "{message}");
        }
    }
}

#[test]
fn the_first_place_with_something_in_it_is_the_data_sets() {
    let root = root();
    let (first, second) = (root.path().join("first"), root.path().join("second"));
    let roots = [first.clone(), second.clone(), root.path().to_path_buf()];
    let mut manifest = named_in(&roots, "cifar10").unwrap();
    fs::create_dir_all(first.join("datasets/cifar10")).unwrap();
    fs::create_dir_all(second.join("datasets/cifar-10-batches-bin")).unwrap();
    fs::write(second.join("datasets/cifar-10-batches-bin/test_batch.bin"), "").unwrap();
    assert_eq!(manifest.place_in(&roots).unwrap(), second.join("datasets/cifar-10-batches-bin"));
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("file"), "").unwrap();
    manifest.paths = vec![elsewhere.path().to_path_buf()];
    assert_eq!(manifest.place_in(&roots).unwrap(), elsewhere.path());
}

#[test]
fn what_comes_with_the_program_is_there() {
    let manifest = named_in(&shipped(), "portraits").unwrap();
    assert!(manifest.builtin && manifest.place_in(&shipped()).unwrap().join("train").is_dir());
    assert!(Manifest::named("portraits").unwrap().place().is_ok());
    assert!(Manifest::all().unwrap().contains(&manifest));
}

#[test]
fn unknown_names_and_wrong_manifests_say_what_is_wrong() {
    let root = root();
    let roots = [root.path().to_path_buf()];
    for name in ["nmist", "../datasets/mnist", "", "Mnist"] {
        let message = named_in(&roots, name).unwrap_err().to_string();
        assert!(message.contains(&format!("'{name}'")) && message.contains("mnist, places205"), "{message}");
    }
    let path = root.path().join("datasets/mine.toml");
    for (text, word) in [("name = ", "line 1"), ("name = \"mine\"", "missing field `title`")] {
        fs::write(&path, text).unwrap();
        let message = named_in(&roots, "mine").unwrap_err().to_string();
        assert!(message.contains("mine.toml") && message.contains(word), "{message}");
        assert!(all_in(&roots).is_err());
    }
    fs::copy(root.path().join("datasets/mnist.toml"), &path).unwrap();
    let message = named_in(&roots, "mine").unwrap_err().to_string();
    assert!(message.contains("name = \"mnist\""), "{message}");
}
