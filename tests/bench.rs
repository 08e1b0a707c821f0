//! `emberlab bench` as a user meets it: what it tells, at which scales, and beside what. Never how fast anything is.

mod common;

use common::TINY;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn bench(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberlab"));
    command.current_dir(folder).args(["bench", "--device", "cpu"]).args(arguments);
    command.stdin(Stdio::null()).output().unwrap()
}

fn answer(folder: &Path, arguments: &[&str]) -> String {
    let output = bench(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let text = answer(folder, &[arguments, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Ends with exit code 1 and a message that holds every word.
fn refuses(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = bench(folder, arguments);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{arguments:?} does not say '{word}': {text}");
    }
}

fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.rhai"), text).unwrap();
    folder
}

fn sides(bench: &serde_json::Value) -> Vec<u64> {
    bench["sides"].as_array().unwrap().iter().map(|side| side.as_u64().unwrap()).collect()
}

/// `value` holds a number that is not negative under each name.
fn numbers(value: &serde_json::Value, names: &[&str]) {
    for name in names {
        assert!(value[name].as_f64().is_some_and(|number| number >= 0.0), "{name} of {value}");
    }
}

#[test]
fn everything_that_costs_is_named() {
    let bench = json(Path::new(ROOT), &["scripts/first_light.rhai", "--repeats", "1", "--batch", "2"]);
    let grid_names =
        ["forward_ms", "backward_ms", "noise_ms", "step_ms", "step_gflops", "share", "gradient_ms", "learn_ms"];
    let names =
        ["threads", "step_ms", "noise_ms", "noise_share", "gradient_ms", "learn_ms", "update_ms", "update_gflops"];
    numbers(&bench, &names);
    assert_eq!((bench["batch"].as_u64(), sides(&bench).len()), (Some(2), 9));
    assert!(bench["device"].as_str().unwrap().starts_with("cpu"));
    assert_eq!(bench["peak_memory"].is_u64(), cfg!(target_os = "linux"));
    let grids = bench["grids"].as_array().unwrap();
    assert_eq!(grids.len(), 8);
    for grid in grids {
        numbers(grid, &grid_names);
        for layer in grid["layers"].as_array().unwrap() {
            numbers(layer, &["forward_ms", "backward_ms", "gflops", "share"]);
            assert!(layer["name"].is_string());
        }
    }
    let shares: f64 = grids.iter().map(|grid| grid["share"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
}

#[test]
fn a_recipe_is_measured_at_another_scale() {
    let folder = folder_with(TINY);
    let at = |arguments: &[&str]| json(folder.path(), &[&["r.rhai", "--repeats", "1"], arguments].concat());
    assert_eq!(sides(&at(&["--size", "16"])), [1, 2, 4, 8, 16]);
    assert_eq!(sides(&at(&["--size", "16", "--factor", "4"])), [1, 4, 16]);
    assert_eq!(sides(&at(&["--factor", "4"])), [1, 2, 8]);
    let other = at(&["--batch", "3", "--threads", "1"]);
    assert_eq!((other["batch"].as_u64(), other["threads"].as_u64()), (Some(3), Some(1)));
    let table = answer(folder.path(), &["r.rhai", "--repeats", "1", "--batch", "3"]);
    for word in ["batch 3", "grids 1·2·4·8", "noise ms", "one whole update", "peak resident memory"] {
        assert!(table.contains(word), "{word}: {table}");
    }
}

#[test]
fn no_data_set_is_needed() {
    let folder = folder_with(&format!("{TINY}fn data() {{ folder(\"not/there\").resize(8) }}"));
    assert_eq!(sides(&json(folder.path(), &["r.rhai", "--repeats", "1", "--size", "4"])), [1, 2, 4]);
}

#[test]
fn a_scale_that_does_not_fit_is_refused() {
    let root = Path::new(ROOT);
    let recipe = "scripts/first_light.rhai";
    refuses(root, &[recipe, "--size", "3", "--factor", "1.0"], &[recipe, "size 3, factor 1", "above 1"]);
    refuses(root, &[recipe, "--size", "1"], &["size 1", "from 2 to 1024"]);
    refuses(root, &[recipe, "--batch", "0"], &["batch 0", "from 1 to 4096"]);
    let folder = folder_with("fn network(s) { net([conv(4, 5, 1, 0)]) }\nfn pyramid() { sides([1, 8]) }");
    assert_eq!(sides(&json(folder.path(), &["r.rhai", "--repeats", "1", "--batch", "1"])), [1, 8]);
    refuses(folder.path(), &["r.rhai", "--size", "16"], &["list of sides", "factor"]);
    refuses(folder.path(), &["r.rhai", "--factor", "2"], &["r.rhai:1:1: ", "at factor 2", "network(1)", "5×5 kernel"]);
}

#[test]
fn growth_is_a_table_and_a_picture() {
    let folder = folder_with(
        "fn network(s) { net([conv(2, 3, 2)]) }\nfn kernel(s) { langevin(#{ steps: 1 }) }\nfn batch_size() { 10 }",
    );
    let path = folder.path();
    let arguments = ["r.rhai", "--repeats", "1", "--grow", "--out", "made/here", "--threads", "2"];
    let table = answer(path, &arguments);
    // A line of names, six batches on each of two numbers of threads, and three sides by three factors; one is in both.
    assert_eq!(table.lines().count(), 1 + 12 + 9 - 1, "{table}");
    let csv = std::fs::read_to_string(path.join("made/here/growth.csv")).unwrap();
    assert!(
        csv.starts_with(
            "batch,size,factor,threads,grids,step_ms,image_step_ms,update_ms,peak_memory_bytes\n10,32,4,1,"
        )
    );
    assert_eq!(csv.lines().count(), table.lines().count());
    let svg = std::fs::read_to_string(path.join("made/here/growth.svg")).unwrap();
    assert!(svg.contains("2 threads") && svg.contains("d = 1.5"));
    refuses(
        path,
        &["r.rhai", "--repeats", "1", "--grow", "--batch", "1", "--out", "r.rhai/x"],
        &["r.rhai/x", "folder"],
    );
}

#[test]
fn a_python_without_torch_is_told() {
    let folder = folder_with(TINY);
    let missing = ["r.rhai", "--compare-torch", "/nonexistent"];
    refuses(folder.path(), &missing, &["/nonexistent", "give one that has PyTorch"]);
}

/// A stand-in for Python: what it answers to the question of its version, and to the script.
#[cfg(unix)]
fn python(folder: &Path, answer: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("python");
    std::fs::write(&path, format!("#!/bin/sh\nif [ \"$1\" = -c ]; then echo 9.9; else {answer}; fi\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn ours_and_torch_are_compared_in_rounds() {
    let folder = folder_with(TINY);
    let path = folder.path();
    let arguments = ["r.rhai", "--compare-torch", "./python", "--repeats", "1", "--rounds", "2"];
    python(path, r#"echo noise; echo '{"step_ms": [1, 2, 3], "update_ms": 9, "peak_memory": 5, "torch": "9.9"}'"#);
    let comparison = json(path, &arguments);
    assert_eq!((&comparison["rounds"], &comparison["torch"]), (&2.into(), &"9.9".into()));
    assert_eq!((&comparison["variant"], &comparison["torch_memory"]), (&"eager_cl".into(), &5.into()));
    assert_eq!(
        (&comparison["step"]["torch_ms"]["median"], &comparison["update"]["torch_ms"]["most"]),
        (&6.0.into(), &9.0.into())
    );
    let grids = comparison["grids"].as_array().unwrap();
    assert_eq!(grids.iter().map(|grid| grid["side"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 4, 8]);
    for versus in grids.iter().map(|grid| &grid["step"]).chain([&comparison["step"], &comparison["update"]]) {
        numbers(&versus["ours_ms"], &["median", "least", "most"]);
        numbers(&versus["ratio"], &["median", "least", "most"]);
    }
    assert!(answer(path, &arguments).contains("PyTorch / ours"));
    for (wrong, words) in [
        ("echo 'RuntimeError: no' >&2; exit 3", ["RuntimeError: no", "3"]),
        ("echo '{}'", ["step_ms", "{}"]),
        (r#"echo '{"step_ms": [1], "update_ms": 9, "peak_memory": null}'"#, ["1 grids", "3"]),
    ] {
        python(path, wrong);
        let output = bench(path, &arguments);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong}: {text}");
        assert!(words.iter().all(|word| text.contains(word)), "{wrong}: {text}");
    }
}
