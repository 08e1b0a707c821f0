//! Kernels, starts and learning rules that are written in a recipe, and the arithmetic on images they use.

mod common;

use common::{TINY, error_of, finish, text, tiny_options, weights};
use emberlab::recipe::RecipeText;
use emberlab::run::{Event, RunOptions};
use std::path::{Path, PathBuf};

const KERNEL: &str = "fn pyramid() { sides([1, 4, 8]) }
fn network(s) { net([conv(6, 3), leaky(0.2), conv(8, 3, 2), silu()]) }
fn batch_size() { 6 }
fn reference() { gaussian(0.5) }
fn kernel(s) { langevin(#{ steps: 5, delta: 0.1, clamp: [-1, 1] }) }
";

const STEP: &str = "fn step(lab, s, y) {
    let delta = 0.1;
    y - delta * delta / 2.0 * lab.energy_gradient(s, y) + delta * noise(y)
}
";

/// Trains `recipe` headless; the events, and the last checkpoint.
fn train(recipe: &str, iterations: u64, threads: usize, folder: &Path) -> (Vec<Event>, Option<PathBuf>) {
    let options = RunOptions {
        iterations: Some(iterations),
        threads: Some(threads),
        directory: Some(folder.to_path_buf()),
        ..tiny_options(text(recipe))
    };
    let events = finish(options);
    let checkpoint = events.iter().rev().find_map(|event| match event {
        Event::Checkpoint { path, .. } => Some(path.clone()),
        _ => None,
    });
    (events, checkpoint)
}

fn trained(recipe: &str, iterations: u64) -> Vec<Event> {
    let folder = tempfile::tempdir().unwrap();
    let (events, _) = train(recipe, iterations, 1, folder.path());
    assert_eq!(error_of(&events), None, "{recipe}");
    events
}

/// What ends a run of `recipe`.
fn failure(recipe: &str) -> String {
    let options = RunOptions { iterations: Some(1), ..tiny_options(text(recipe)) };
    error_of(&finish(options)).unwrap_or_else(|| panic!("nothing is wrong with\n{recipe}"))
}

/// The values that a recipe plots in its first iteration by `lab.plot(name, value)`.
fn plotted(iterate: &str) -> Vec<f64> {
    let recipe =
        format!("fn pyramid() {{ sides([1, 4]) }}\nfn batch_size() {{ 3 }}\nfn iterate(lab, batch) {{ {iterate} }}");
    let events = trained(&recipe, 1);
    let value = |event: &Event| match event {
        Event::Plot { value, .. } => Some(*value),
        _ => None,
    };
    events.iter().filter_map(value).collect()
}

#[test]
fn langevin_in_a_script_is_the_built_in_one_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (_, built_in) = train(KERNEL, 4, 1, &folder.path().join("built-in"));
    let expected = weights(&built_in.unwrap());
    let script = format!("{KERNEL}{STEP}");
    let custom = script.replace("langevin(#{ steps: 5, delta: 0.1, clamp: [-1, 1] })", "custom(#{ steps: 5, clamp: [-1, 1], step: |lab, s, y| {\n let c = 0.1 * 0.1 / 2.0; y - c * lab.energy_gradient(s, y) + 0.1 * noise(y) } })").replace(STEP, "");
    for (index, recipe) in [script, custom].iter().enumerate() {
        for threads in [1, 3] {
            let (events, checkpoint) = train(recipe, 4, threads, &folder.path().join(format!("{index}-{threads}")));
            assert_eq!(error_of(&events), None);
            assert!(weights(&checkpoint.unwrap()) == expected, "other weights with {threads} threads by\n{recipe}");
        }
    }
}

#[test]
fn a_scripts_temperature_is_what_it_says_or_nothing() {
    let last = |recipe: &str| {
        let events = trained(recipe, 1);
        events.iter().rev().find_map(|event| match event {
            Event::Update { grids, .. } => Some(grids[0].temperature),
            _ => None,
        })
    };
    assert_eq!(last(&format!("{KERNEL}{STEP}")), Some(None));
    let custom = "fn kernel(s) { custom(#{ steps: 2, temperature: 0.25, step: |lab, s, y| y }) }";
    assert_eq!(last(&format!("fn pyramid() {{ sides([1, 4]) }}\n{custom}")), Some(Some(0.25)));
    let built_in = last(KERNEL).flatten().unwrap();
    assert!((built_in - 1.0).abs() < 1e-6);
}

#[test]
fn wrong_steps_are_told_with_their_place() {
    let cases = [
        ("y - lab.energy_gradient(s, y.join(y))", "6:7: images of different shapes: 6 × 3 × 4 × 4 and 12 × 3 × 4 × 4"),
        ("y + lab.up(2, y)", "6:7: images of different shapes"),
        ("lab.up(s, y)", "6:9: lab.up(1, …): grid 0 is 1×1, but the images are 4×4"),
        ("y[0]", "a step must return as many images"),
        ("7", "a step must return images, found i64"),
        ("", "a step must return images, found nothing"),
        ("y + zork", "6:9: Variable not found: zork"),
        ("y[9]", "6:6: image 9 is not there: there are images 0 to 5"),
        ("lab.sample(s, y)", "6:9: lab.sample cannot be used inside a step"),
        ("lab.keep(s, y); y", "6:9: lab.keep cannot be used inside a step"),
        ("lab.update(s, y, y); y", "6:9: lab.update cannot be used inside a step"),
        ("loop { y = y * 0.5 }", "endless loop"),
        (
            "let all = []; loop { all.push((y * 2).select([0, 1, 2, 0, 1, 2])); y = y.join(y) }",
            "images that are held at once",
        ),
        ("y / 0", "not finite"),
        ("where(y, y, \"a\")", "6:5: where: what is taken else must be a number, found string"),
    ];
    for (body, expected) in cases {
        let error = failure(&format!("{KERNEL}fn step(lab, s, y) {{\n    {body}\n}}").replacen(
            "fn batch_size() { 6 }\nfn reference() { gaussian(0.5) }\n",
            "fn batch_size() { 6 }\n",
            1,
        ));
        assert!(error.contains(expected), "{body}\n{error}\ndoes not say\n{expected}");
    }
}

#[test]
fn images_and_numbers_go_together_by_simple_rules() {
    let near = |iterate: &str, expected: &[f64]| {
        let found = plotted(iterate);
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-5 || (a.is_nan() && b.is_nan());
        assert!(found.len() == expected.len() && found.iter().zip(expected).all(close), "{iterate}\n{found:?}");
    };
    let one = "let y = batch.grid(1) * 0 + 1; let each = lab.from_noise(1, 3).each_mean() * 0;";
    near(&format!("{one} lab.plot(\"a\", (2 * y - 0.5 / y + y / 2).mean());"), &[2.0]);
    near(&format!("{one} lab.plot(\"a\", y.sum()); lab.plot(\"b\", y.norm());"), &[144.0, 12.0]);
    near(&format!("{one} lab.plot(\"a\", (-y).exp().ln().abs().sqrt().mean());"), &[1.0]);
    near(&format!("{one} lab.plot(\"a\", (y > 0.5).mean()); lab.plot(\"b\", (1 >= y).mean());"), &[1.0, 1.0]);
    near(&format!("{one} lab.plot(\"a\", (y != y).mean()); lab.plot(\"b\", (y == 1).mean());"), &[0.0, 1.0]);
    near(&format!("{one} lab.plot(\"a\", max(y, 3).mean()); lab.plot(\"b\", min(2 * y, y).mean());"), &[3.0, 1.0]);
    near(&format!("{one} lab.plot(\"a\", (5 * y).clamp(-1, 2).mean());"), &[2.0]);
    near(&format!("{one} each[1] = each[0] + 7; lab.plot(\"a\", (y * each).mean());"), &[7.0 / 3.0]);
    near(&format!("{one} each[-1] = each[0] + 1; lab.plot(\"a\", where(each, y, 4).mean());"), &[3.0]);
    near(
        &format!("{one} y[0] = y[1] * 4; lab.plot(\"a\", (y - y[0]).mean()); lab.plot(\"b\", y[0..2].mean());"),
        &[-2.0, 2.5],
    );
    near(
        &format!("{one} y = y.select([0, 0]).join(3 * y[0..=0]); lab.plot(\"a\", y.count); lab.plot(\"b\", y.mean());"),
        &[3.0, 5.0 / 3.0],
    );
    near("let y = batch.grid(1); lab.plot(\"a\", (y - y.turned().mirrored().turned().mirrored()).norm());", &[0.0]);
    near(
        "let y = batch.grid(1); lab.plot(\"a\", (y.each_norm() * y.each_norm() - (y * y).each_sum()).norm());",
        &[0.0],
    );
    near(
        "let y = batch.grid(1); lab.plot(\"a\", y.highest() - y.values().reduce(|a, b| if a > b { a } else { b }, -9.0));",
        &[0.0],
    );
    near("let y = batch.grid(1); lab.plot(\"a\", y.lowest() - -(-y).highest());", &[0.0]);
    near("let y = batch.grid(1) * 0; for i in 0..2000 { y += 1; } lab.plot(\"a\", y.mean());", &[2000.0]);
}

#[test]
fn noise_is_white_and_never_the_same_twice() {
    let found = plotted(
        "let y = batch.grid(1).select([0,1,2,0,1,2,0,1,2,0,1,2,0,1,2,0,1,2,0,1,2,0,1,2]); let a = noise(y); let b = noise(y);
         lab.plot(\"mean\", a.mean()); lab.plot(\"square\", (a * a).mean()); lab.plot(\"product\", (a * b).mean());
         lab.plot(\"same\", (a - a).norm()); let c = chance(y); lab.plot(\"low\", c.lowest()); lab.plot(\"high\", c.highest());",
    );
    // 1,152 values: a standard error of a mean is 0.03.
    assert!(found[0].abs() < 0.12 && (found[1] - 1.0).abs() < 0.2 && found[2].abs() < 0.12, "{found:?}");
    assert!(found[3] == 0.0 && found[4] >= 0.0 && found[5] < 1.0 && found[4] < found[5], "{found:?}");
}

#[test]
fn chains_of_a_mask_move_only_where_it_lets_them() {
    for step in ["", STEP] {
        let recipe = format!(
            "{KERNEL}{step}fn iterate(lab, batch) {{
                let y = batch.grid(2);
                let free = noise(y) > 0.3;
                let z = lab.sample(2, y, free);
                lab.plot(\"known\", ((1 - free) * (z - y)).norm());
                lab.plot(\"free\", (free * (z - y)).norm());
                lab.update(2, y, z);
            }}"
        );
        let events = trained(&recipe, 2);
        let value = |wanted: &str| {
            events.iter().find_map(|event| match event {
                Event::Plot { name, value, .. } if name == wanted => Some(*value),
                _ => None,
            })
        };
        assert_eq!(value("known"), Some(0.0));
        assert!(value("free").unwrap() > 0.1);
    }
}

#[test]
fn energies_fall_along_their_own_gradient() {
    let recipe = format!(
        "{KERNEL}fn iterate(lab, batch) {{
            let y = batch.grid(2);
            let e = lab.energy(2, y);
            let lower = lab.energy(2, y - 0.01 * lab.energy_gradient(2, y));
            lab.plot(\"all fall\", (lower < e).mean());
            lab.plot(\"energy\", (e - (2 * (y * y).each_sum() - lab.score(2, y))).norm());
        }}"
    );
    let events = trained(&recipe, 1);
    let values: Vec<f64> =
        events.iter().filter_map(|e| if let Event::Plot { value, .. } = e { Some(*value) } else { None }).collect();
    assert_eq!(values[0], 1.0, "a small step downhill lowers every energy");
    assert!(values[1] < 1e-3, "E = |Y|²/2σ² - f(Y) with σ = 0.5: {}", values[1]);
}

#[test]
fn persistent_chains_go_on_where_they_ended_also_after_a_resume() {
    let recipe = "fn data() { builtin(\"portraits\").noise(0) }
        fn pyramid() { sides([1, 4]) }
        fn batch_size() { 300 }
        fn network(s) { net([conv(4, 3), leaky(0.2)]) }
        fn kernel(s) { langevin(#{ steps: 2, drift: 1, noise: 0.02 }) }
        fn iterate(lab, batch) {
            let start = lab.persistent(1, batch, 0.1);
            lab.plot(\"away from the data\", (start - batch.grid(1)).norm());
            let y = lab.sample(1, start);
            lab.persist(1, batch, y);
            lab.update(1, batch.grid(1), y);
        }";
    let folder = tempfile::tempdir().unwrap();
    let (events, whole) = train(recipe, 6, 1, &folder.path().join("whole"));
    let away: Vec<f64> =
        events.iter().filter_map(|e| if let Event::Plot { value, .. } = e { Some(*value) } else { None }).collect();
    assert_eq!(&away[..2], &[0.0, 0.0], "chains of images not met before begin at the images");
    assert!(away[3..].iter().all(|&away| away > 0.1), "{away:?}");
    let parts = folder.path().join("parts");
    train(recipe, 3, 1, &parts);
    let options =
        RunOptions { iterations: Some(6), directory: Some(parts), resume: true, ..tiny_options(text(recipe)) };
    let events = finish(options);
    let resumed = events
        .iter()
        .rev()
        .find_map(|e| if let Event::Checkpoint { path, .. } = e { Some(path.clone()) } else { None });
    assert!(weights(&resumed.unwrap()) == weights(&whole.unwrap()), "a resumed run is another");
}

#[test]
fn a_rule_of_ones_own_learns() {
    let recipe = include_str!("../scripts/supervised.rhai").replace("sides([1, 32])", "sides([1, 16])");
    let events = trained(
        &format!("{recipe}\nfn network(s) {{ net([conv(8, 3, 2), leaky(0.2), conv(16, 3, 2), leaky(0.2)]) }}"),
        60,
    );
    let accuracy: Vec<f64> =
        events.iter().filter_map(|e| if let Event::Plot { value, .. } = e { Some(*value) } else { None }).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    assert!(mean(&accuracy[40..]) > 0.85 && mean(&accuracy[40..]) > mean(&accuracy[..5]), "{accuracy:?}");
}

#[test]
fn the_same_chains_come_from_updating_by_hand() {
    let update = "lab.update(1, batch.grid(1), y);";
    let by_hand =
        "let n = y.count; let w = lab.score(1, y) * 0 + 1.0 / n; lab.learn(1, batch.grid(1).join(y), w.join(-w));";
    let recipe = |learn: &str| {
        format!(
            "fn pyramid() {{ sides([1, 4]) }}
            fn network(s) {{ net([conv(4, 3), silu()]) }}
            fn optimizer() {{ sgd(#{{}}) }}
            fn rate(t) {{ 0.05 }}
            fn batch_size() {{ 8 }}
            fn iterate(lab, batch) {{ let y = lab.sample(1, lab.from_noise(1, batch.count)); {learn} }}"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let values = |learn: &str, name: &str| {
        let (_, checkpoint) = train(&recipe(learn), 3, 1, &folder.path().join(name));
        let bytes = weights(&checkpoint.unwrap()).into_values().flatten().collect::<Vec<u8>>();
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>()
    };
    let (one, other) = (values(update, "update"), values(by_hand, "by-hand"));
    assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5), "equation (9) is Σ w f with w = ± 1/n");
}

/// A recipe and what lies beside it.
fn folder_of(files: &[(&str, &str)]) -> (tempfile::TempDir, RecipeText) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let path = folder.path().join(files[0].0);
    (folder, RecipeText { text: files[0].1.into(), path })
}

#[test]
fn recipes_import_what_lies_beside_them() {
    let (_folder, recipe) = folder_of(&[
        ("recipe.rhai", &format!("import \"parts/steps\" as steps;\nconst SCALE = 0.5;\n{TINY}fn rate(t) {{ steps::rate(t) * global::SCALE }}\nfn iterate(lab, batch) {{ let y = lab.sample(1, lab.up(1, batch.grid(0))); lab.keep(1, y); }}\n").replace("fn kernel(s) {", "fn kernel(s) { steps::kernel() }\nfn old(s) {")),
        ("parts/steps.rhai", "import \"deeper\" as deeper;\nconst RATE = 4;\nfn rate(t) { deeper::half(global::RATE) }\nfn kernel() { custom(#{ steps: 2, step: |lab, s, y| shrink(y) }) }\nfn shrink(y) { y * deeper::half(1) }"),
        ("parts/deeper.rhai", "fn half(x) { x / 2.0 }"),
    ]);
    let compiled = emberlab::recipe::Recipe::compile(recipe.clone(), &Default::default()).unwrap();
    assert_eq!(compiled.rate(0).unwrap(), 1.0);
    let imported: Vec<String> =
        compiled.imports().iter().map(|text| text.path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert!(
        imported.contains(&"steps.rhai".to_string()) && imported.contains(&"deeper.rhai".to_string()),
        "{imported:?}"
    );
    let events = finish(RunOptions { iterations: Some(2), ..tiny_options(recipe) });
    assert_eq!(error_of(&events), None, "a kernel from an imported file, with functions of that file");
}

#[test]
fn errors_in_imported_files_name_those_files() {
    let recipe = |body: &str| format!("import \"part\" as part;\nfn rate(t) {{\n    part::{body}\n}}");
    let cases = [
        ("fn f(x) {\n    x + nope\n}", "part.rhai:2:9: Variable not found: nope"),
        ("fn f(x) {\n    [1].map(|y| y + nope)\n}", "part.rhai:2:21: Variable not found: nope"),
        ("fn f(x) {\n    g(\n}", "part.rhai:"),
        ("fn f(x) {\n    gaussian(-1)\n}", "part.rhai:2:5: gaussian: σ"),
        ("import \"part\" as again;\nfn f(x) { 1 }", "imports itself"),
        ("import \"nowhere\" as n;\nfn f(x) { 1 }", "part.rhai:1:8: import \"nowhere\": there is no nowhere.rhai"),
        ("fn g(x) { 1 }", "recipe.rhai:3:11: Function not found: part::f"),
    ];
    for (part, expected) in cases {
        let (folder, text) = folder_of(&[("recipe.rhai", &recipe("f(t)")), ("part.rhai", part)]);
        let compiled = emberlab::recipe::Recipe::compile(text, &Default::default());
        let error = compiled.and_then(|recipe| recipe.plan().map(|_| ())).unwrap_err().to_string();
        assert!(error.starts_with(&folder.path().display().to_string()), "{error}");
        assert!(error.contains(expected), "{part}\n{error}\ndoes not say\n{expected}");
    }
}

#[test]
fn imports_do_not_lead_out() {
    for name in ["../outside", "/etc/passwd", "a/../../outside", "", ".", "link", "linked/outside", "C:\\\\x", "folder"]
    {
        let (folder, recipe) = folder_of(&[
            ("inner/recipe.rhai", &format!("import \"{name}\" as x;")),
            ("outside.rhai", "fn f() { 1 }"),
            ("inner/folder/x", ""),
        ]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("outside.rhai"), folder.path().join("inner/link.rhai"))
                .unwrap();
            std::os::unix::fs::symlink(folder.path(), folder.path().join("inner/linked")).unwrap();
        }
        let error = match emberlab::recipe::Recipe::compile(recipe, &Default::default()) {
            Ok(_) => panic!("{name} was imported"),
            Err(error) => error,
        };
        assert_eq!((error.line, error.column), (1, 8), "{error}");
    }
}
