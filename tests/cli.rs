//! The command line as a user meets it: answers on standard output, messages on standard error, exit codes.

mod common;

use common::TINY;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn emberlab(folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_emberlab"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!messages(&output).contains("panicked"), "{arguments:?}: {}", messages(&output));
    output
}

fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn answers(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fails with exit code 1 and a message that holds every word.
fn refuses(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = emberlab(folder, arguments);
    let text = messages(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
    for word in words {
        assert!(text.contains(word), "{arguments:?} does not say '{word}': {text}");
    }
}

fn succeeds(folder: &Path, arguments: &[&str]) -> Output {
    let output = emberlab(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", messages(&output));
    output
}

/// A folder with a recipe called `name`.
fn folder_with(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    folder
}

#[test]
fn wrong_input_ends_with_1_and_says_what_to_do() {
    let folder = folder_with("tiny.rhai", TINY);
    let path = folder.path();
    std::fs::write(path.join("broken.rhai"), "fn data() {\n  builtin(\"portraits\"\n}").unwrap();
    std::fs::write(path.join("flat.rhai"), "fn pyramid() {\n    grids(#{ size: 8, factor: 1 })\n}").unwrap();
    std::fs::write(path.join("still.rhai"), "fn kernel(s) { langevin(#{ steps: 0 }) }").unwrap();
    std::fs::write(path.join("nowhere.rhai"), format!("{TINY}fn data() {{ folder(\"no/such/folder\") }}")).unwrap();
    std::fs::create_dir(path.join("void")).unwrap();
    std::fs::write(path.join("empty.rhai"), format!("{TINY}fn data() {{ folder(\"void\") }}")).unwrap();
    refuses(path, &["train", "missing.rhai"], &["missing.rhai", ".rhai file"]);
    refuses(path, &["check", "missing.rhai"], &["missing.rhai"]);
    refuses(path, &["check", "broken.rhai"], &["broken.rhai:3:1: "]);
    refuses(path, &["train", "broken.rhai"], &["broken.rhai:3:1: "]);
    refuses(path, &["check", "flat.rhai"], &["flat.rhai:2:5: ", "above 1"]);
    refuses(path, &["train", "still.rhai"], &["still.rhai:1:", "steps must be from 1"]);
    refuses(path, &["train", "nowhere.rhai", "--device", "cpu"], &["no/such/folder"]);
    refuses(path, &["train", "empty.rhai", "--device", "cpu"], &["void"]);
    refuses(path, &["train", "tiny.rhai", "--device", "abacus"], &["abacus", "cpu"]);
    refuses(path, &["bench", "tiny.rhai", "--device", "gpu:99"], &["gpu:99", "cpu"]);
    refuses(path, &["train", "tiny.rhai", "--set", "speed=3", "--device", "cpu"], &["speed", "steps"]);
    refuses(path, &["train", "tiny.rhai", "--device", "cpu", "--run", "tiny.rhai/run"], &["tiny.rhai/run", "--run"]);
    refuses(path, &["train", "--resume", "void"], &["void", "holds no run"]);
    refuses(path, &["sample", "void", "--out", "x.png"], &["void", "holds no run"]);
    let usage = emberlab(path, &["train"]);
    assert_ne!(usage.status.code(), Some(0));
    assert!(messages(&usage).contains("RECIPE") || messages(&usage).contains("recipe"));
}

#[test]
fn a_run_from_beginning_to_pictures() {
    let folder = folder_with("tiny.rhai", TINY);
    let path = folder.path();
    let trained = succeeds(
        path,
        &["train", "tiny.rhai", "--iterations", "3", "--run", "r", "--device", "cpu", "--json", "--set", "steps=3"],
    );
    let events: Vec<serde_json::Value> =
        answers(&trained).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let count = |kind: &str| events.iter().filter(|event| event["event"] == kind).count();
    assert_eq!((count("started"), count("update"), count("ended")), (1, 3, 1));
    assert!(count("sheet") >= 1 && count("checkpoint") >= 1 && count("measured") >= 1);
    for file in ["recipe.rhai", "run.toml", "events.jsonl", "sheets/00000003.png", "checkpoints/00000003/state.json"] {
        assert!(path.join("r").join(file).exists(), "{file}");
    }
    refuses(path, &["train", "tiny.rhai", "--run", "r", "--device", "cpu"], &["already holds a run", "--resume"]);

    let resumed = succeeds(path, &["train", "--resume", "r", "--iterations", "5", "--device", "cpu", "--json"]);
    assert!(answers(&resumed).contains("\"iteration\":5"));

    succeeds(path, &["sample", "r", "--count", "6", "--out", "six.png", "--device", "cpu"]);
    let seeds =
        succeeds(path, &["sample", "r", "--count", "2", "--same-seed", "3", "--out", "same.png", "--device", "cpu"]);
    assert!(messages(&seeds).contains("within a seed"));
    // Cells of 64 pixels with gaps of 4: six columns and a row a grid; a seed and three images, two rows.
    assert_eq!(image::image_dimensions(path.join("six.png")).unwrap(), (6 * 68 + 4, 4 * 68 + 4));
    assert_eq!(image::image_dimensions(path.join("same.png")).unwrap(), (4 * 68 + 4, 2 * 68 + 4));
    refuses(path, &["sample", "r", "--count", "2", "--out", "no/such/folder/x.png", "--device", "cpu"], &["x.png"]);
}

#[test]
fn unreadable_pictures_are_skipped_and_counted() {
    let folder = folder_with("mixed.rhai", &format!("{TINY}fn data() {{ folder(\"pictures\") }}"));
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    for index in 0..12u8 {
        let picture = image::RgbImage::from_pixel(16, 12, image::Rgb([20 * index, 100, 200]));
        picture.save(pictures.join(format!("good{index}.png"))).unwrap();
    }
    std::fs::write(pictures.join("torn.png"), &std::fs::read(pictures.join("good3.png")).unwrap()[..40]).unwrap();
    std::fs::write(pictures.join("empty.jpg"), b"").unwrap();
    let trained = succeeds(
        folder.path(),
        &["train", "mixed.rhai", "--iterations", "2", "--run", "r", "--device", "cpu", "--json"],
    );
    let data = answers(&trained).lines().find(|line| line.contains("\"data\"")).unwrap().to_string();
    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    let skipped: Vec<&str> = data["skipped"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert!(
        skipped.iter().any(|name| name.contains("torn.png")) && skipped.iter().any(|name| name.contains("empty.jpg"))
    );
    assert_eq!(data["training"].as_u64().unwrap() + data["held_out"].as_u64().unwrap(), 12);
}

#[test]
fn small_commands_answer() {
    let folder = folder_with("tiny.rhai", TINY);
    let devices = succeeds(folder.path(), &["devices"]);
    assert!(answers(&devices).starts_with("cpu "));
    let bench = succeeds(folder.path(), &["bench", "tiny.rhai", "--json", "--repeats", "1", "--device", "cpu"]);
    let bench: serde_json::Value = serde_json::from_str(&answers(&bench)).unwrap();
    assert_eq!(bench["grids"].as_array().unwrap().len(), 3);
    assert!(bench["update_ms"].as_f64().unwrap() > 0.0 && bench["update_gflops"].as_f64().unwrap() > 0.0);
    assert_eq!(answers(&succeeds(folder.path(), &["plugins"])), "", "no folder, no plugins");
    let json = succeeds(folder.path(), &["check", "tiny.rhai", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&answers(&json)).unwrap();
    assert_eq!(json["sides"], serde_json::json!([1, 2, 4, 8]));
}

#[test]
fn what_is_shipped_is_sound() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut scripts: Vec<String> = std::fs::read_dir(root.join("scripts"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .filter(|path| path.ends_with(".rhai"))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 3);
    for script in &scripts {
        assert!(std::fs::read_to_string(script).unwrap().starts_with("// "), "{script} does not begin with what it is");
    }
    let arguments: Vec<&str> = std::iter::once("check").chain(scripts.iter().map(String::as_str)).collect();
    succeeds(root, &arguments);
    assert!(answers(&succeeds(root, &["plugins"])).contains("blocks"));
}

#[test]
fn definitions_hold_every_word_with_its_documentation() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(folder.path(), &["definitions"]);
    succeeds(folder.path(), &["definitions", "--out", "a/b"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (declared, json) = (read("definitions/emberlab.d.rhai"), read("definitions/emberlab.json"));
    assert_eq!(declared, read("a/b/emberlab.d.rhai"));
    assert!(read("definitions/__static__.d.rhai").contains("fn sqrt("), "Rhai's own functions");
    assert!(declared.starts_with("module static;\n"));
    for line in declared.lines() {
        let is_declaration = (line.starts_with("fn ") || line.starts_with("op ")) && line.ends_with(';');
        assert!(line.is_empty() || line.starts_with("///") || line == "module static;" || is_declaration, "{line}");
    }
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let documented = |signature: &str| {
        let mut entries = json["entries"].as_array().unwrap().iter();
        entries.any(|entry| {
            let signatures = entry["signatures"].as_array().unwrap();
            signatures.iter().any(|found| found["text"] == signature) && entry["about"].as_str() != Some("")
        })
    };
    for entry in emberlab::recipe::dictionary() {
        for signature in &entry.signatures {
            assert!(documented(&signature.text), "emberlab.json has no {}", signature.text);
            let line = format!("\n{}\n", signature.declaration());
            // What recipes define themselves is nothing they can call.
            assert_eq!(declared.contains(&line), !entry.is_defined_by_recipes(), "{line}");
        }
    }
    let above = declared.split("fn langevin(").next().unwrap().rsplit("\n\n").next().unwrap();
    for words in ["/// Moves all pixels at once", "/// - `gradient_limit`: ", "/// Source: equation (8)."] {
        assert!(above.contains(words), "{above}");
    }
    std::fs::write(folder.path().join("file"), "").unwrap();
    refuses(folder.path(), &["definitions", "--out", "file/x"], &["file/x", "--out"]);
}

#[test]
fn a_new_recipe_is_the_default_one_and_trains() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    succeeds(path, &["new", "recipe", "my-first_1"]);
    std::fs::create_dir(path.join("inside")).unwrap();
    succeeds(path, &["new", "recipe", "inside/other.rhai"]);
    std::fs::write(path.join("empty.rhai"), "").unwrap();
    let checked = succeeds(path, &["check", "--json", "my-first_1.rhai", "inside/other.rhai", "empty.rhai"]);
    let plans: Vec<serde_json::Value> =
        answers(&checked).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for part in ["sides", "batch", "grids", "norm", "update_flops"] {
        assert!(plans.iter().all(|plan| plan[part] == plans[2][part]), "{part}");
    }
    let text = std::fs::read_to_string(path.join("my-first_1.rhai")).unwrap();
    for entry in emberlab::recipe::dictionary().iter().filter(|entry| entry.is_defined_by_recipes()) {
        let call = format!("fn {}", entry.signatures[0].call());
        assert!(text.contains(&call), "the new recipe has no {call}");
    }
    assert!(text.starts_with("// my-first_1: "));
    // Its step in comments is one that works.
    let small = text.replace("\nfn pyramid() {", "\nfn pyramid() { return sides([1, 4]);");
    let with_step: String = small
        .lines()
        .map(|line| {
            line.strip_prefix("// ")
                .filter(|rest| rest.starts_with("fn ") || rest.starts_with("    ") || *rest == "}")
                .unwrap_or(line)
                .to_string()
                + "\n"
        })
        .collect();
    assert!(with_step.contains("\nfn step(lab, s, y) {\n"), "{with_step}");
    for (name, text) in [("small", small), ("stepping", with_step)] {
        std::fs::write(path.join(format!("{name}.rhai")), text).unwrap();
        let file = format!("{name}.rhai");
        succeeds(path, &["train", &file, "--iterations", "2", "--run", name, "--device", "cpu"]);
    }
    refuses(path, &["new", "recipe", "my-first_1"], &["my-first_1.rhai is there already"]);
    assert_eq!(std::fs::read_to_string(path.join("my-first_1.rhai")).unwrap(), text, "it was overwritten");
    refuses(path, &["new", "recipe", "my first"], &["letters, digits"]);
    refuses(path, &["new", "recipe", "nowhere/x"], &["nowhere/x.rhai", "folder"]);
    refuses(path, &["new", "recipe", ".."], &["letters, digits"]);
}

#[test]
fn a_new_plugin_is_sound_and_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    succeeds(path, &["new", "plugin", "my_layers"]);
    assert!(answers(&succeeds(path, &["plugins"])).starts_with("my_layers "));
    std::fs::write(path.join("r.rhai"), "fn network(s) { net(my_layers::stack([4, 8])) }").unwrap();
    succeeds(path, &["check", "r.rhai"]);
    refuses(path, &["new", "plugin", "my_layers"], &["plugins/my_layers is there already"]);
    for name in ["my-layers", "../out", "", "a/b"] {
        refuses(path, &["new", "plugin", name], &["letters, digits"]);
    }
    for name in ["2d", "switch"] {
        refuses(path, &["new", "plugin", name], &[name, "reserved"]);
    }
    assert_eq!(std::fs::read_dir(path.join("plugins")).unwrap().count(), 1);
}

#[test]
fn a_plugin_adds_words_and_a_broken_one_is_left_out() {
    let folder = folder_with(
        "wide.rhai",
        &format!("{}fn network(s) {{ net(wide::stack(6)) }}", TINY.replace("fn network", "fn unused")),
    );
    let write = |name: &str, manifest: &str, module: &str| {
        let plugin = folder.path().join("plugins").join(name);
        std::fs::create_dir_all(&plugin).unwrap();
        std::fs::write(plugin.join("plugin.toml"), manifest).unwrap();
        std::fs::write(plugin.join("m.rhai"), module).unwrap();
    };
    let manifest = "name = \"wide\"\nversion = \"1.0.0\"\nemberlab = \"0.1\"\nmodule = \"m.rhai\"\n";
    write("wide", manifest, "fn stack(c) { [conv(c, 3), leaky(0.2)] }");
    succeeds(folder.path(), &["check", "wide.rhai"]);
    write("broken", &manifest.replace("wide", "broken"), "fn stack(c) {\n  [conv(c, ]\n}");
    refuses(folder.path(), &["plugins"], &["plugins/broken/m.rhai:2:"]);
    let checked = succeeds(folder.path(), &["check", "wide.rhai"]);
    assert!(messages(&checked).contains("left out"));
    write("wide", &manifest.replace("\"0.1\"", "\"9.9\""), "");
    refuses(folder.path(), &["plugins"], &["9.9"]);
    refuses(folder.path(), &["check", "wide.rhai"], &["wide"]);
}

#[test]
fn without_a_display_the_program_trains_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("scripts")).unwrap();
    std::fs::write(folder.path().join("scripts/first_light.rhai"), TINY).unwrap();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_emberlab"))
        .current_dir(folder.path())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .stdin(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(folder.path().join("log")).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline && !read().contains("iteration 100") {
        std::thread::sleep(Duration::from_millis(20));
    }
    let text = read();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(text.lines().filter(|line| line.contains("no window")).count(), 1, "{text}");
    assert!(text.contains("run: runs/first_light-") && text.contains("iteration 100"), "{text}");
}

#[test]
fn standard_output_holds_json_alone_whatever_a_recipe_prints() {
    let recipe =
        TINY.replace("net([", "print(\"a network\"); net([") + "fn rate(t) { print(\"a rate\"); debug(t); 1e-3 }\n";
    let folder = folder_with("loud.rhai", &recipe);
    let run = ["train", "loud.rhai", "--iterations", "2", "--run", "r", "--device", "cpu", "--json"];
    for arguments in [&run[..], &["train", "--resume", "r", "--iterations", "3", "--device", "cpu", "--json"]] {
        let output = succeeds(folder.path(), arguments);
        let lines: Vec<serde_json::Value> =
            answers(&output).lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        for said in ["a network", "a rate"] {
            assert!(lines.iter().any(|line| line["event"] == "printed" && line["text"] == said), "{said}");
        }
    }
    for arguments in [&["check", "loud.rhai", "--json"][..], &["bench", "loud.rhai", "--json", "--repeats", "1"]] {
        let output = succeeds(folder.path(), arguments);
        for line in answers(&output).lines() {
            serde_json::from_str::<serde_json::Value>(line).expect(line);
        }
        assert!(messages(&output).contains("a network"), "{arguments:?}: {}", messages(&output));
    }
    succeeds(folder.path(), &["sample", "r", "--count", "2", "--out", "x.png", "--device", "cpu"]);
}

/// Closes standard output before the program writes to it; how it ended and what it said.
fn into_a_closed_pipe(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_emberlab"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), messages(&output))
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let folder = folder_with("tiny.rhai", TINY);
    let train = ["train", "tiny.rhai", "--run", "r", "--device", "cpu", "--json"];
    let commands: [&[&str]; 5] = [
        &train,
        &["check", "tiny.rhai"],
        &["check", "tiny.rhai", "--json"],
        &["bench", "tiny.rhai", "--repeats", "1", "--device", "cpu"],
        &["devices"],
    ];
    for arguments in commands {
        let (code, text) = into_a_closed_pipe(folder.path(), arguments);
        assert!(!text.contains("panicked"), "{arguments:?}: {text}");
        assert!(matches!(code, Some(0..=2)), "{arguments:?} ended with {code:?}: {text}");
    }
    assert!(std::fs::read_dir(folder.path().join("r/checkpoints")).unwrap().count() > 0, "the run was not saved");
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let folder = folder_with("tiny.rhai", TINY);
    let path = folder.path();
    let train = |more: &[&str]| {
        let arguments = [&["train", "tiny.rhai", "--device", "cpu", "--iterations", "1"], more].concat();
        let output = emberlab(path, &arguments);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {}", messages(&output));
        messages(&output)
    };
    assert!(train(&["--set", "steps=NaN"]).contains("NaN"));
    assert!(train(&["--set", "steps=inf"]).contains("inf"));
    assert!(train(&["--set", "steps"]).contains("NAME=VALUE"));
    assert!(train(&["--set", "steps=2.5"]).contains("whole number"));
    assert!(train(&["--seconds", "nan"]).contains("nan"));
    succeeds(path, &["train", "tiny.rhai", "--device", "cpu", "--iterations", "1", "--run", "r"]);
    refuses(path, &["train", "--resume", "r", "--set", "speed=3", "--device", "cpu"], &["speed", "steps"]);
    let many = ["sample", "r", "--count", "4096", "--same-seed", "256", "--out", "x.png", "--device", "cpu"];
    refuses(path, &many, &["4096"]);
}
