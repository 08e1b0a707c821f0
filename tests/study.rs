//! Studies as a user meets them: one command each, a page with numbers and pictures, taken up where they were left.

use std::path::Path;
use std::process::{Command, Output};

/// A study that takes seconds.
const SMALL: [&str; 10] = ["--updates", "3", "--seeds", "2", "--images", "12", "--factor", "4", "--out", "studies"];

fn study(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emberlab"));
    let output = command.arg("study").args(arguments).args(["--device", "cpu"]).current_dir(folder).output().unwrap();
    assert!(!messages(&output).contains("panicked"), "{arguments:?}: {}", messages(&output));
    output
}

fn messages(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Makes a small study; what it says on the terminal, its page, and its data.
fn made(folder: &Path, name: &str, more: &[&str]) -> (String, String, serde_json::Value) {
    let output = study(folder, &[&[name], &SMALL[..], more].concat());
    assert_eq!(output.status.code(), Some(0), "{name}: {}", messages(&output));
    let page = String::from_utf8(output.stdout.clone()).unwrap();
    let page = folder.join(page.trim());
    let html = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let json = std::fs::read_to_string(folder.join(format!("studies/{name}.json"))).unwrap();
    (messages(&output), html, serde_json::from_str(&json).unwrap())
}

/// Blocks of one kind, over all sections.
fn blocks<'a>(report: &'a serde_json::Value, kind: &str) -> Vec<&'a serde_json::Value> {
    let sections = report["sections"].as_array().unwrap();
    sections
        .iter()
        .flat_map(|section| section["blocks"].as_array().unwrap())
        .filter_map(|block| block.get(kind))
        .collect()
}

/// The files of a folder whose names begin so.
fn files(folder: &Path, start: &str) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(start)).collect();
    names.sort();
    names
}

#[test]
fn scores_rank_every_kind_of_image_at_every_grid() {
    let folder = tempfile::tempdir().unwrap();
    let (told, html, report) = made(folder.path(), "scores", &[]);
    assert!(told.contains("AUROC"), "{told}");
    for word in ["Table 1", "held out", "negative: held out, phases at random", "32×32", "<img"] {
        assert!(html.contains(word), "no {word}");
    }
    let tables = blocks(&report, "table");
    // Grids 2, 8 and 32; and each against two kinds of negative images.
    assert_eq!(tables[0]["rows"].as_array().unwrap().len(), 3);
    assert_eq!(tables[1]["rows"].as_array().unwrap().len(), 6);
    assert!(files(&folder.path().join("studies"), "scores").iter().any(|name| name.ends_with(".csv")));
}

#[test]
fn a_study_is_taken_up_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _, first) = made(folder.path(), "diversity", &[]);
    let runs = files(&folder.path().join("studies/runs"), "");
    assert_eq!(runs.len(), 1, "{runs:?}");
    let checkpoint = folder.path().join("studies/runs").join(&runs[0]).join("checkpoints");
    let before = files(&checkpoint, "");
    let (_, html, second) = made(folder.path(), "diversity", &[]);
    assert_eq!(files(&checkpoint, ""), before);
    assert_eq!(first["sections"], second["sections"], "the same runs, the same numbers");
    assert!(html.contains("within a seed"));
    // Another study looks at the same run, and the overview tells of both.
    made(folder.path(), "convergence", &[]);
    assert_eq!(files(&folder.path().join("studies/runs"), ""), runs);
    let index = std::fs::read_to_string(folder.path().join("studies/index.html")).unwrap();
    assert!(index.contains("diversity.html") && index.contains("convergence.html"));
}

#[test]
fn synthesis_compares_four_methods_over_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let (_, html, report) = made(folder.path(), "synthesis", &[]);
    let rows = blocks(&report, "table")[0]["rows"].as_array().unwrap().clone();
    let names: Vec<&str> = rows.iter().map(|row| row["cells"][0]["text"].as_str().unwrap()).collect();
    assert_eq!(names, ["multi-grid, d = 4", "single-grid CD", "one-step CD", "persistent CD", "observed"]);
    let measured = rows[0]["cells"][1]["interval"]["interval"].clone();
    assert!(measured["low"].as_f64() < measured["high"].as_f64(), "two seeds have an interval: {}", rows[0]);
    assert!(!html.contains("FID") || html.contains("no FID"), "features are named");
}

#[test]
fn inpainting_stands_beside_fills_without_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let (told, _, report) = made(folder.path(), "inpainting", &[]);
    for mask in ["square", "doodle", "pepper"] {
        assert!(told.contains(&format!("Behind a {mask}")), "{told}");
    }
    // Three updates teach nothing, and the study says so.
    assert!(told.contains("falls short"), "{told}");
    let rows = blocks(&report, "table")[0]["rows"].as_array().unwrap().len();
    // Four methods, with one fill, the mean of several and one without noise each, and three fills without a model, for three
    // masks.
    assert_eq!(rows, 3 * (4 * 3 + 3));
}

#[test]
fn an_overview_looks_at_a_run_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    made(folder.path(), "diversity", &[]);
    let run = format!("studies/runs/{}", files(&folder.path().join("studies/runs"), "")[0]);
    let (_, html, report) = made(folder.path(), "overview", &["--run", &run]);
    for title in ["Synthesis", "Scores", "Convergence", "Diversity from one seed", "log Z", "Filling in"] {
        assert!(report["sections"].as_array().unwrap().iter().any(|section| section["title"] == title), "{title}");
    }
    assert!(html.contains(&run));
    assert_eq!(files(&folder.path().join("studies/runs"), "").len(), 1, "nothing is trained");
}

#[test]
fn wrong_asks_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused: [(&[&str], &str); 5] = [
        (&["scores", "--data", "no-such-place"], "no-such-place"),
        (&["scores", "--scale", "huge"], "quick, medium or paper"),
        (&["synthesis", "--run", "somewhere"], "leave out --run"),
        (&["diversity", "--run", "somewhere"], "holds no run"),
        (&["scores", "--factor", "1"], "factor"),
    ];
    for (arguments, word) in refused {
        let output = study(folder.path(), arguments);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{arguments:?}: {}", messages(&output));
        assert!(messages(&output).contains(word), "{arguments:?}: {}", messages(&output));
    }
}
