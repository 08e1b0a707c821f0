//! The rules of `ARCHITECTURE.md`, held by reading the tree.

use std::path::{Path, PathBuf};

/// The rooms in the order of imports, with the rooms each may use.
const ROOMS: [(&str, &[&str]); 12] = [
    ("compute", &[]),
    ("model", &["compute"]),
    ("sampling", &["compute", "model"]),
    ("learning", &["compute", "model", "sampling"]),
    ("data", &["compute", "model"]),
    ("metrics", &["compute", "model"]),
    ("recipe", &["compute", "model", "sampling", "learning", "data", "metrics"]),
    ("plugin", &["recipe"]),
    ("run", &["compute", "model", "sampling", "learning", "data", "metrics", "recipe", "plugin"]),
    ("study", &["compute", "model", "sampling", "data", "metrics", "run"]),
    ("lab", &["run"]),
    (
        "cli",
        &["compute", "model", "sampling", "learning", "data", "metrics", "recipe", "plugin", "run", "study", "lab"],
    ),
];

/// The rooms that may read and write files.
const FILE_ROOMS: [&str; 5] = ["data", "run", "recipe", "plugin", "cli"];

/// What the window takes of a run: its ends, its messages, the text of recipes and the dictionary of their words.
const WINDOW: [&str; 46] = [
    "Answers",
    "ChainProgress",
    "ChainSettings",
    "ChainStep",
    "Chart",
    "Command",
    "DataContents",
    "DataReport",
    "DictionaryEntry",
    "DictionaryForm",
    "DictionaryOption",
    "DictionarySignature",
    "DiversityAnswer",
    "DiversityQuestion",
    "Event",
    "FillError",
    "Frame",
    "FrameSlot",
    "GridFrame",
    "GridUpdate",
    "ImageScore",
    "InpaintingAnswer",
    "InpaintingQuestion",
    "LiveKind",
    "LiveParameter",
    "LongRunAnswer",
    "LongRunQuestion",
    "NearestAnswer",
    "NearestQuestion",
    "NetworkAnswer",
    "NetworkLayer",
    "NetworkQuestion",
    "Phase",
    "Pictures",
    "Preview",
    "Question",
    "RecipeText",
    "Report",
    "RunHandle",
    "RunStatus",
    "RunSummary",
    "SLOTS",
    "SeedSpread",
    "Slot",
    "Weights",
    "dictionary",
];

/// Most lines of a source file.
const LONGEST: usize = 500;

struct Source {
    /// The room, or the name of a file in `src/` itself.
    room: String,
    path: PathBuf,
    text: String,
    /// Lines of code with their numbers: no comments, nothing under `#[cfg(test)]`.
    code: Vec<(usize, String)>,
}

impl Source {
    /// The code without any white space, so that what rustfmt breaks over lines is one.
    fn squashed(&self) -> String {
        self.code.iter().flat_map(|(_, line)| line.split_whitespace()).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// The library's and the program's sources, test files left out.
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut sources = Vec::new();
    for file in rust_files(&src) {
        let of_tests = file.parent().is_some_and(|folder| folder.ends_with("tests"));
        if of_tests
            || file.file_stem().is_some_and(|stem| stem == "tests" || stem.to_string_lossy().ends_with("_tests"))
        {
            continue;
        }
        let path = file.strip_prefix(&src).unwrap().to_path_buf();
        let room = path.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let text = read(&file);
        let code = code(&text);
        sources.push(Source { room, path, text, code });
    }
    assert!(sources.len() > 60, "{} sources", sources.len());
    sources
}

/// Leaves out comments and what stands under `#[cfg(test)]`. The tree is formatted, so an item of a file ends with the
/// first line that is a closing brace, or with its own semicolon.
fn code(text: &str) -> Vec<(usize, String)> {
    let (mut code, mut testing) = (Vec::new(), false);
    for (index, line) in text.lines().enumerate() {
        testing |= line == "#[cfg(test)]";
        let bare = if line.trim_start().starts_with("//") { "" } else { line.split(" // ").next().unwrap_or("") };
        if testing {
            testing = line.starts_with(' ') || (line != "}" && !line.ends_with(';'));
        } else if !bare.trim().is_empty() {
            code.push((index + 1, bare.to_string()));
        }
    }
    code
}

/// Fails with every line of code that `wrong` finds in the sources that `concerns` picks.
fn none(what: &str, concerns: impl Fn(&Source) -> bool, wrong: impl Fn(&Source, &str) -> bool) {
    let mut found = String::new();
    for source in sources().iter().filter(|source| concerns(source)) {
        for (number, line) in source.code.iter().filter(|(_, line)| wrong(source, line)) {
            found.push_str(&format!("\nsrc/{}:{number}: {}", source.path.display(), line.trim()));
        }
    }
    assert!(found.is_empty(), "{what}:{found}");
}

/// Whether `word` stands in a line as a whole word.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// The names that follow `crate::` in a line; empty where a brace follows.
fn crate_paths(line: &str) -> Vec<String> {
    let name = |rest: &str| -> String { rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    line.match_indices("crate::").map(|(at, found)| name(&line[at + found.len()..])).collect()
}

/// The names that squashed code takes from `module`, one by one or in braces.
fn taken_from(code: &str, module: &str) -> Vec<String> {
    let word = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let names = |rest: &str| -> Vec<String> {
        match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or("").split(',').map(word).collect(),
            None => vec![word(rest)],
        }
    };
    code.split(module).skip(1).flat_map(names).filter(|name| !name.is_empty()).collect()
}

/// Whether a chain of `super::` in a file of `src/` leads out of the file's room.
fn leaves(path: &Path, line: &str) -> bool {
    let named_mod = path.file_name().is_some_and(|name| name == "mod.rs");
    // How deep the file's module lies in its room; the room's root is at 0.
    let depth = path.components().count() - 1 - usize::from(named_mod);
    let longest = (1..=depth + 1).take_while(|&count| line.contains(&"super::".repeat(count))).count();
    longest > depth
}

fn is_room(source: &Source) -> bool {
    ROOMS.iter().any(|(room, _)| *room == source.room)
}

#[test]
fn the_sources_are_the_rooms_of_the_map() {
    for source in sources() {
        let known = is_room(&source) || ["lib.rs", "main.rs"].contains(&source.room.as_str());
        assert!(known, "src/{} stands in no room of the map", source.path.display());
    }
    let sources = sources();
    for (room, _) in ROOMS {
        assert!(sources.iter().any(|source| source.room == room), "src/{room}/ is not there");
    }
    for folder in ["scripts", "plugins", "datasets", "examples", "benches", "xtask"] {
        assert!(root().join(folder).is_dir(), "{folder}/ is not there");
    }
}

#[test]
fn the_map_says_what_is_held_here() {
    let map = read(&root().join("ARCHITECTURE.md"));
    let rows: Vec<&str> = map.lines().filter(|line| line.starts_with("| `src/")).collect();
    assert_eq!(rows.len(), ROOMS.len());
    for (place, (row, (room, allowed))) in rows.iter().zip(ROOMS).enumerate() {
        assert!(row.starts_with(&format!("| `src/{room}/` |")), "row {} is not {room}: {row}", place + 1);
        let may_use = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        let expected = match room {
            "compute" => "nothing".to_string(),
            "cli" => "all".to_string(),
            _ => allowed.join(", "),
        };
        assert_eq!(may_use, expected, "what {room} may use");
        for lower in allowed {
            let above = ROOMS[..place].iter().any(|(name, _)| name == lower);
            assert!(above, "{room} may use {lower}, which does not stand above it");
        }
    }
}

#[test]
fn imports_run_down_the_table() {
    none("imports that run up or sideways", is_room, |source, line| {
        let allowed = ROOMS.iter().find(|(room, _)| *room == source.room).map_or(&[][..], |(_, allowed)| *allowed);
        crate_paths(line).iter().any(|name| *name != source.room && !allowed.contains(&name.as_str()))
    });
    none("ways out of a room by super", is_room, |source, line| leaves(&source.path, line));
    none("the crate by its own name", |source| source.room != "main.rs", |_, line| line.contains("emberlab::"));
}

#[test]
fn the_window_knows_messages_alone() {
    for source in sources().iter().filter(|source| source.room == "lab") {
        for name in taken_from(&source.squashed(), "crate::run::") {
            assert!(WINDOW.contains(&name.as_str()), "src/{} takes {name} of a run", source.path.display());
        }
    }
}

#[test]
fn errors_are_typed_below_the_command_line() {
    none("anyhow in the library", |source| source.room != "cli", |_, line| has_word(line, "anyhow"));
}

#[test]
fn only_compute_names_a_backend() {
    none(
        "a backend outside compute",
        |source| source.room != "compute",
        |_, line| ["burn", "cubecl", "wgpu", "gemm", "pulp"].iter().any(|name| has_word(line, name)),
    );
}

#[test]
fn unsafe_code_is_in_compute_and_says_why() {
    none("unsafe outside compute", |source| source.room != "compute", |_, line| has_word(line, "unsafe"));
    for source in sources() {
        let lines: Vec<&str> = source.text.lines().collect();
        for (number, line) in source.code.iter().filter(|(_, line)| has_word(line, "unsafe")) {
            let before = &lines[number.saturating_sub(4)..number - 1];
            // An unsafe block says why it is sound; a function says in its own text what its caller vouches for.
            let own =
                lines[..number - 1].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#["));
            let told = match has_word(line, "fn") {
                true => own.clone().any(|line| line.starts_with("/// # Safety")),
                false => before.iter().any(|line| line.contains("// SAFETY:")),
            };
            assert!(told, "src/{}:{number}: {line}", source.path.display());
            let file = format!("src/{}", source.path.display());
            let listed = read(&root().join("docs/safety.md")).contains(&format!("| `{file}` |"));
            assert!(listed, "docs/safety.md does not list {file}");
        }
    }
}

#[test]
fn pure_rooms_touch_no_files() {
    none(
        "file access in a pure room",
        |source| !FILE_ROOMS.contains(&source.room.as_str()),
        |_, line| {
            line.contains("std::fs") || line.contains("fs::") || has_word(line, "File") || has_word(line, "OpenOptions")
        },
    );
}

#[test]
fn nothing_panics_on_input() {
    none(
        "code that may panic",
        |_| true,
        |_, line| {
            let words = [".unwrap()", ".unwrap_err()", ".expect(", "todo!", "unimplemented!", "unreachable!", "panic!"];
            words.iter().any(|word| line.contains(word))
        },
    );
}

#[test]
fn channels_are_bounded_and_threads_have_names() {
    none("channels without bound", |_| true, |_, line| has_word(line, "unbounded") || line.contains("mpsc::channel("));
    none("threads without a name", |_| true, |_, line| line.contains("thread::spawn"));
    for source in sources() {
        let code = source.squashed();
        let nameless = |start: &str, name: &str| {
            code.split(start).skip(1).any(|rest| !rest.split(';').next().unwrap_or("").contains(name))
        };
        let builds_nameless = nameless("thread::Builder::new()", ".name(");
        let pools_nameless = nameless("ThreadPoolBuilder::new()", ".thread_name(");
        assert!(!builds_nameless && !pools_nameless, "src/{} starts a thread without a name", source.path.display());
    }
}

#[test]
fn a_file_holds_one_idea() {
    let mut long = Vec::new();
    for folder in ["src", "tests", "benches", "examples", "xtask/src"] {
        long.extend(rust_files(&root().join(folder)).into_iter().filter(|path| read(path).lines().count() > LONGEST));
    }
    assert!(long.is_empty(), "files of more than {LONGEST} lines: {long:?}");
}

#[test]
fn the_reader_of_sources_tells_code_from_tests_and_comments() {
    let text = "use a;\n// b\nlet c = 1; // d\n#[cfg(test)]\n#[path = \"e.rs\"]\nmod tests;\nlet f = 2;\n\
                #[cfg(test)]\nmod tests {\n    use g;\n    fn h() {\n    }\n}\nlet i = 3;\n";
    let code: Vec<String> = code(text).into_iter().map(|(number, line)| format!("{number} {line}")).collect();
    assert_eq!(code, ["1 use a;", "3 let c = 1;", "7 let f = 2;", "14 let i = 3;"]);
    assert_eq!(crate_paths("use crate::run::{A, B}; crate::{c}"), ["run", ""]);
    assert!(has_word("unsafe {", "unsafe") && !has_word("not_unsafe()", "unsafe"));
    assert_eq!(taken_from("usecrate::run::{A,B};letc=crate::run::d();", "crate::run::"), ["A", "B", "d"]);
    for (path, line, out) in [
        ("lab/mod.rs", "use super::run;", true),
        ("lab/app.rs", "use super::log;", false),
        ("lab/app.rs", "use super::super::run;", true),
        ("compute/cpu/mod.rs", "use super::Layer;", false),
        ("compute/cpu/matmul.rs", "use super::super::super::model;", true),
    ] {
        assert_eq!(leaves(Path::new(path), line), out, "{path}: {line}");
    }
}
