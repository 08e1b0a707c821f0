//! The rules of `ARCHITECTURE.md`, held by reading the tree.

use std::path::{Path, PathBuf};

/// The rooms from the lowest to the highest, with the rooms each may use.
const ROOMS: [(&str, &[&str]); 12] = [
    ("compute", &[]),
    ("model", &["compute"]),
    ("sampling", &["compute", "model"]),
    ("learning", &["compute", "model", "sampling"]),
    ("data", &["compute", "model"]),
    ("metrics", &["compute", "model", "data"]),
    ("recipe", &["compute", "model", "sampling", "learning", "data", "metrics"]),
    ("plugin", &["recipe"]),
    ("run", &["compute", "model", "sampling", "learning", "data", "metrics", "recipe", "plugin"]),
    ("study", &["compute", "model", "metrics", "run"]),
    ("lab", &["run", "study"]),
    (
        "cli",
        &["compute", "model", "sampling", "learning", "data", "metrics", "recipe", "plugin", "run", "study", "lab"],
    ),
];

struct Source {
    room: String,
    path: PathBuf,
    /// Lines outside test code and comments, with their numbers.
    lines: Vec<(usize, String)>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for entry in walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap) {
        let path = entry.path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".rs") || name == "tests.rs" || name.ends_with("_tests.rs") {
            continue;
        }
        let relative = path.strip_prefix(&root).unwrap().to_path_buf();
        let room = relative.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().enumerate().map(|(index, line)| (index + 1, line.to_string()));
        let lines = lines.filter(|(_, line)| !line.trim_start().starts_with("//")).collect();
        sources.push(Source { room, path: relative, lines, text: code.to_string() });
    }
    assert!(sources.len() > 60);
    sources
}

/// Fails with every place that `wrong` finds.
fn none(what: &str, wrong: impl Fn(&Source) -> Vec<String>) {
    let found: Vec<String> = sources().iter().flat_map(wrong).collect();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

fn places(source: &Source, wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let place = |(number, line): &(usize, String)| format!("{}:{number}: {}", source.path.display(), line.trim());
    source.lines.iter().filter(|(_, line)| wrong(line)).map(place).collect()
}

#[test]
fn imports_run_down_the_table() {
    none("imports that run up or sideways", |source| {
        let Some((own, allowed)) = ROOMS.iter().find(|(room, _)| *room == source.room) else { return vec![] };
        places(source, |line| {
            line.match_indices("crate::").any(|(at, _)| {
                let rest = &line[at + "crate::".len()..];
                let room: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_room = ROOMS.iter().any(|(known, _)| *known == room);
                is_room && room != *own && !allowed.contains(&room.as_str())
            })
        })
    });
}

#[test]
fn every_room_is_there() {
    let sources = sources();
    for (room, _) in ROOMS {
        assert!(sources.iter().any(|source| source.room == room), "{room}");
    }
    for folder in ["scripts", "plugins", "datasets", "examples", "benches", "xtask"] {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).is_dir(), "{folder}");
    }
}

#[test]
fn only_compute_names_a_backend_and_is_unsafe() {
    none("Burn outside compute", |source| match source.room.as_str() {
        "compute" => vec![],
        _ => places(source, |line| line.contains("burn::")),
    });
    none("unsafe outside compute", |source| match source.room.as_str() {
        "compute" => vec![],
        _ => places(source, |line| line.contains("unsafe ")),
    });
    none("unsafe without its reason", |source| {
        let lines: Vec<&str> = source.text.lines().collect();
        let bare = |index: usize| {
            lines[index].contains("unsafe {")
                && !lines[index.saturating_sub(4)..index].iter().any(|l| l.contains("SAFETY:"))
        };
        (0..lines.len())
            .filter(|&index| bare(index))
            .map(|index| format!("{}:{}", source.path.display(), index + 1))
            .collect()
    });
}

#[test]
fn the_pure_rooms_touch_no_files() {
    none("file access in a pure room", |source| match source.room.as_str() {
        "data" | "run" | "recipe" | "plugin" | "cli" => vec![],
        _ => places(source, |line| line.contains("std::fs") || line.contains("File::") || line.contains("fs::")),
    });
}

#[test]
fn nothing_panics_on_input() {
    none("code that may panic", |source| {
        places(source, |line| {
            [".unwrap()", ".expect(", "todo!(", "unimplemented!(", "panic!("].iter().any(|word| line.contains(word))
        })
    });
}

#[test]
fn channels_are_bounded_and_threads_have_names() {
    none("channels without bound", |source| {
        places(source, |line| line.contains("unbounded") || line.contains("mpsc::channel("))
    });
    none("threads without a name", |source| places(source, |line| line.contains("thread::spawn(")));
}

#[test]
fn a_file_holds_one_idea() {
    none("files of more than 500 lines", |source| match source.text.lines().count() {
        lines if lines > 500 => vec![format!("{}: {lines}", source.path.display())],
        _ => vec![],
    });
}
