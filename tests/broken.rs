//! Broken recipes. Each script of `tests/broken/` is an edit of a healthy run: it is refused at the place and for the
//! reason that its first line says, nothing learned is lost, and the run goes on as if there had been no edit.

mod common;

use common::TINY;
use common::edits::{Healthy, Outcome, Refusal, paused, refusal};
use emberlab::recipe::RecipeText;
use emberlab::run::{Command, Event, Phase};
use std::path::Path;
use std::time::Duration;

/// What `// expect PLACE: part of the message` says, with a PLACE of `LINE`, `FILE:LINE` or `*` for a line.
struct Expected {
    file: String,
    line: Option<usize>,
    part: String,
}

struct Script {
    expected: Expected,
    recipe: RecipeText,
}

/// The whole corpus, in `folder` with its modules and what no repository holds: links and a file of bytes.
fn corpus(folder: &Path) -> Vec<Script> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let recipes = folder.join("recipes");
    std::fs::create_dir_all(recipes.join("modules")).unwrap();
    std::fs::create_dir_all(recipes.join("folder.rhai")).unwrap();
    std::fs::write(recipes.join("picture.rhai"), [0xff, 0xd8, 0xff, 0xe0, 0x00]).unwrap();
    std::fs::write(folder.join("outside.rhai"), "fn slow() { 1e-3 }").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.join("outside.rhai"), recipes.join("outside.rhai")).unwrap();
        std::os::unix::fs::symlink(recipes.join("ring.rhai"), recipes.join("ring.rhai")).unwrap();
    }
    for module in files(&from.join("modules")) {
        std::fs::copy(&module, recipes.join("modules").join(module.file_name().unwrap())).unwrap();
    }
    let mut scripts = Vec::new();
    for file in files(&from) {
        let name = file.file_name().unwrap();
        let script = std::fs::read_to_string(&file).unwrap();
        let expected = expected(&name.to_string_lossy(), script.lines().next().unwrap_or_default());
        let path = recipes.join(name);
        std::fs::write(&path, &script).unwrap();
        let text = if name.to_string_lossy().starts_with("syntax_") { script } else { completed(script) };
        scripts.push(Script { expected, recipe: RecipeText { path, text } });
    }
    scripts
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "rhai")).collect();
    files.sort();
    files
}

fn expected(name: &str, line: &str) -> Expected {
    let wanted = line.strip_prefix("// expect ").unwrap_or_else(|| panic!("{name} says not what is expected of it"));
    let (place, part) = wanted.split_once(": ").unwrap_or_else(|| (wanted.trim_end_matches(':'), ""));
    let (file, line) = place.rsplit_once(':').unwrap_or((name, place));
    Expected { file: file.into(), line: line.parse().ok(), part: part.into() }
}

/// A script with the functions of `TINY` that it leaves out, behind its own lines.
fn completed(script: String) -> String {
    TINY.lines().fold(script, |script, line| {
        let function = &line[..=line.find('(').unwrap()];
        if script.contains(function) { script } else { format!("{script}{line}\n") }
    })
}

/// What is wrong with a refusal.
fn fault(expected: &Expected, found: &Refusal) -> Option<String> {
    let place = found.file == expected.file && expected.line.is_none_or(|line| line == found.line) && found.column > 0;
    let reason =
        !expected.part.is_empty() && found.message.contains(&expected.part) && !found.message.trim().is_empty();
    (!place || !reason).then(|| format!("{}:{}: {}", found.file, found.line, found.message))
}

#[test]
fn no_broken_recipe_takes_hold_or_loses_anything() {
    let folder = tempfile::tempdir().unwrap();
    let scripts = corpus(folder.path());
    assert!(scripts.len() >= 220, "{} scripts", scripts.len());
    let recipes = folder.path().join("recipes");
    let (mut run, mut untouched) = (Healthy::new(&recipes), Healthy::new(&recipes));
    let mut faults = Vec::new();
    let mut before = run.saved();
    for (index, script) in scripts.iter().enumerate() {
        let name = script.recipe.path.file_name().unwrap().to_string_lossy().into_owned();
        match run.edit(script.recipe.clone(), Duration::from_secs(60)) {
            Outcome::Refused(found) => {
                faults.extend(fault(&script.expected, &found).map(|fault| format!("{name}: {fault}")));
            }
            other => {
                faults.push(format!("{name}: {other:?}"));
                (run, untouched) = (Healthy::new(&recipes), Healthy::new(&recipes));
                before = run.saved();
                continue;
            }
        }
        let difference = run.saved().difference(&before);
        faults.extend(difference.map(|difference| format!("{name} left its mark: {difference}")));
        if run.recipe() != TINY {
            faults.push(format!("{name} is in the run directory"));
        }
        // Now and then the run learns on, as one that never saw an edit.
        if index % 10 == 9 {
            run.learn();
            untouched.learn();
            before = run.saved();
            let difference = before.difference(&untouched.saved());
            faults.extend(difference.map(|difference| format!("after {name} it learns otherwise: {difference}")));
        }
    }
    assert!(faults.is_empty(), "{} of {} scripts:\n{}", faults.len(), scripts.len(), faults.join("\n"));
}

#[test]
fn an_edit_among_an_iterations_updates_loses_and_repeats_none() {
    // Each grid is updated before the next one is sampled.
    let update = "let y = lab.sample(s, batch.grid(s)); lab.update(s, batch.grid(s), y);";
    let recipe = |more: &str| RecipeText {
        path: "recipe.rhai".into(),
        text: format!("{TINY}fn iterate(lab, batch) {{ for s in lab.grids() {{ {update} {more} }} }}\n"),
    };
    let (mut run, mut untouched) = (Healthy::of(recipe("")), Healthy::of(recipe("")));
    let shown = |run: &Healthy, least: u64| {
        run.watched.frame("a pause", |frame| frame.phase == Phase::Paused && frame.number >= least)
    };
    let mut frame = shown(&run, 0);
    while frame.sampling_grid != 2 {
        run.watched.send(Command::StepMcmc);
        frame = shown(&run, frame.number + 1);
    }
    // It has one update by now. The edit waits for the others, and fails among its own.
    run.watched.send(Command::SwapRecipe(recipe("if s == 2 { throw \"no\" }")));
    run.watched.send(Command::StepIteration);
    let end = |event: &Event| matches!(event, Event::Update { .. }).then_some(());
    run.watched.wait("the end of the iteration", end);
    run.watched.wait("the edit", |event| matches!(event, Event::RecipeApplied { .. }).then_some(()));
    run.watched.send(Command::StepIteration);
    let refused = run.watched.wait("a refusal", refusal);
    run.watched.wait("a pause", paused);
    assert!(refused.message == "no" && refused.line == 5, "{refused:?}");
    untouched.learn();
    let difference = run.saved().difference(&untouched.saved());
    assert!(difference.is_none(), "{difference:?}");
    run.learn();
    untouched.learn();
    let difference = run.saved().difference(&untouched.saved());
    assert!(difference.is_none(), "{difference:?}");
}

#[test]
fn an_edit_that_mends_what_made_weights_run_away_is_not_blamed_for_them() {
    let recipe = |more: &str| RecipeText { path: "recipe.rhai".into(), text: format!("{TINY}{more}\n") };
    let mut run = Healthy::of(recipe("fn rate(t) { if t < 3 { 1e-3 } else { 1e30 } }"));
    while run.iteration() < 4 {
        run.learn();
    }
    // The weights of the fourth update are nothing to go on from.
    match run.edit(recipe("fn rate(t) { 1e-3 }"), Duration::from_secs(60)) {
        Outcome::Finished => {}
        other => panic!("{other:?}"),
    }
    let back = run.watched.events.iter().any(|event| matches!(event, Event::Diverged { .. }));
    assert!(back, "the grids went back to sound weights");
    run.learn();
}
