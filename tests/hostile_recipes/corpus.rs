//! The scripts of `tests/hostile/`, those made from the dictionary, and what no repository holds.

use emberlab::run::{DictionaryForm, dictionary};
use std::path::{Path, PathBuf};

/// What a script leaves out.
pub const FILL: [&str; 5] = [
    "fn data() { mixture(#{ modes: 2, count: 40 }) }",
    "fn pyramid() { grids(#{ size: 8, factor: 2.0 }) }",
    "fn network(s) { net([conv(4, 3), leaky(0.2)]) }",
    "fn kernel(s) { langevin(#{ steps: 2, drift: 1.0, noise: 0.02 }) }",
    "fn batch_size() { 4 }",
];

/// Numbers at the edge of something.
const NUMBERS: [(&str, &str); 8] = [
    ("nan", "(0.0 / 0.0)"),
    ("infinite", "(1.0 / 0.0)"),
    ("zero", "0"),
    ("negative", "-1"),
    ("lowest", "(-9223372036854775807 - 1)"),
    ("huge", "9223372036854775807"),
    ("quintillion", "1e18"),
    ("beyond", "1e308"),
];

/// What a function may return instead.
const KINDS: [(&str, &str); 16] = [
    ("nothing", "()"),
    ("flag", "true"),
    ("letter", "'x'"),
    ("text", "\"x\""),
    ("list", "[[1], [2]]"),
    ("map", "#{ a: #{} }"),
    ("closure", "|x| x"),
    ("pointer", "Fn(\"data\")"),
    ("range", "0..10"),
    ("blob", "blob(10, 0)"),
    ("time", "timestamp()"),
    ("kernel", "langevin(#{})"),
    ("network", "net([conv(4, 3)])"),
    ("throw", "throw \"x\""),
    ("nan", "0.0 / 0.0"),
    ("lowest", "-9223372036854775807 - 1"),
];

/// The functions that a recipe may define.
const FUNCTIONS: [(&str, &str); 11] = [
    ("data", ""),
    ("pyramid", ""),
    ("network", "s"),
    ("kernel", "s"),
    ("reference", ""),
    ("optimizer", ""),
    ("rate", "t"),
    ("batch_size", ""),
    ("histogram", ""),
    ("iterate", "lab, batch"),
    ("step", "lab, s, y"),
];

/// Files that scripts import and paths they name, in an empty folder; all scripts, written there too.
pub fn corpus(folder: &Path) -> Vec<PathBuf> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    surroundings(folder, &from);
    let copy = |script: PathBuf| {
        let to = folder.join(script.file_name().unwrap());
        std::fs::copy(&script, &to).unwrap();
        to
    };
    let mut all: Vec<PathBuf> = scripts(&from).into_iter().map(copy).collect();
    for (name, text) in made() {
        let path = folder.join(format!("{name}.rhai"));
        std::fs::write(&path, format!("// expect: refused or runs\n{text}\n")).unwrap();
        all.push(path);
    }
    for (name, letters) in [("text_of_four_million_letters", 4_000_000), ("text_of_ten_million_letters", 10_000_000)] {
        let path = folder.join(format!("{name}.rhai"));
        let text = format!("// expect: refused\nlet a = [{}];\n", "1,".repeat(letters / 2));
        std::fs::write(&path, text).unwrap();
        all.push(path);
    }
    all.sort();
    all
}

/// Modules, links, pipes and files far larger than the disk.
fn surroundings(folder: &Path, from: &Path) {
    std::fs::create_dir(folder.join("modules")).unwrap();
    for module in scripts(&from.join("modules")) {
        std::fs::copy(&module, folder.join("modules").join(module.file_name().unwrap())).unwrap();
    }
    for name in ["with_sparse", "with_fifo", "link_ring"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    for name in ["sparse.bin", "with_sparse/picture.png", "with_sparse/array.npy", "with_sparse/archive.tar"] {
        std::fs::File::create(folder.join(name)).unwrap().set_len(1 << 38).unwrap();
    }
    #[cfg(unix)]
    {
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, folder.join(name)).unwrap();
        link("/dev/zero", "link_to_zero");
        link("/", "link_to_root");
        link("link_to_itself", "link_to_itself");
        link("..", "link_ring/back");
        let pipes = ["fifo", "with_fifo/picture.png"].map(|name| folder.join(name));
        assert!(std::process::Command::new("mkfifo").args(pipes).status().unwrap().success());
    }
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "rhai")).collect()
}

/// A function's body within a whole recipe.
fn whole(function: &str, parameters: &str, body: &str) -> String {
    let own = format!("fn {function}(");
    let rest: Vec<&str> = FILL.into_iter().filter(|line| !line.starts_with(&own)).collect();
    format!("{own}{parameters}) {{ {body} }}\n{}", rest.join("\n"))
}

/// The function of a recipe where a word of that section belongs.
fn place(section: &str, name: &str) -> (&'static str, &'static str) {
    match section {
        "data" => ("data", ""),
        "pyramid" => ("pyramid", ""),
        "layers" => ("network", "s"),
        "kernels" if ["uniform", "gaussian"].contains(&name) => ("reference", ""),
        "kernels" => ("kernel", "s"),
        "learning" => ("optimizer", ""),
        "schedules" | "live" => ("rate", "t"),
        _ => ("iterate", "lab, batch"),
    }
}

/// Every number of every word at every edge, every kind from every function, and every word's name taken.
fn made() -> Vec<(String, String)> {
    let mut made = Vec::new();
    for entry in dictionary().iter().filter(|entry| entry.section != "functions") {
        for (at, signature) in entry.signatures.iter().enumerate() {
            let name = signature.name.as_str();
            if !matches!(signature.form, DictionaryForm::Function | DictionaryForm::Method) {
                continue;
            }
            let (function, parameters) = place(&entry.section, name);
            for (kind, number) in NUMBERS {
                let mut add = |what: &str, map: &str| {
                    let mut arguments: Vec<String> = Vec::new();
                    for parameter in &signature.parameters {
                        arguments.push(match (parameter.kind.as_str(), parameter.name.as_str()) {
                            ("map", _) => map.into(),
                            (_, "lab") => "lab".into(),
                            (_, "batch") => "batch".into(),
                            ("string", _) => "\"portraits\"".into(),
                            ("list", _) => format!("[{number}, {number}]"),
                            ("Images", _) => "batch.grid(1)".into(),
                            ("Layer", _) => "conv(4, 3)".into(),
                            ("Source", _) => "builtin(\"portraits\")".into(),
                            ("Network", _) => "net([conv(4, 3)])".into(),
                            ("Lab", _) => "lab".into(),
                            ("Batch", _) => "batch".into(),
                            _ => number.into(),
                        });
                    }
                    let call = match signature.form {
                        DictionaryForm::Method => {
                            let rest = arguments.split_off(1.min(arguments.len()));
                            format!("{}.{name}({})", arguments.join(""), rest.join(", "))
                        }
                        _ => format!("{name}({})", arguments.join(", ")),
                    };
                    made.push((format!("number_{kind}_{name}_{at}{what}"), whole(function, parameters, &call)));
                };
                match signature.parameters.iter().any(|parameter| parameter.kind == "map") {
                    false => add("", "#{}"),
                    true => {
                        for option in &entry.options {
                            add(&format!("_{}", option.name), &format!("#{{ {}: {number} }}", option.name));
                        }
                    }
                }
            }
            let letters: Vec<String> = (0..signature.parameters.len()).map(|letter| format!("p{letter}")).collect();
            let taken = format!("fn {name}({}) {{ loop {{ }} }}\n{}", letters.join(", "), FILL.join("\n"));
            made.push((format!("shadow_function_{name}_{at}"), taken));
            let taken = format!("let {name} = 7;\nfn rate(t) {{ let {name} = 1e-3; {name} }}\n{}", FILL.join("\n"));
            made.push((format!("shadow_variable_{name}_{at}"), taken));
        }
    }
    for (function, parameters) in FUNCTIONS {
        for (kind, value) in KINDS {
            made.push((format!("kind_{kind}_of_{function}"), whole(function, parameters, value)));
        }
        for (kind, number) in NUMBERS {
            made.push((format!("number_{kind}_of_{function}"), whole(function, parameters, number)));
        }
    }
    made.sort();
    made.dedup_by(|one, other| one.0 == other.0);
    made
}
