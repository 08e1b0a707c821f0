//! Plugins drop in: what they add, what is wrong with them, and that a running run takes and loses them safely.

mod common;

use common::{TINY, Watched, error_of, finish, text, tiny_options};
use emberlab::plugin::{Kind, Plugin, Plugins, Registry, discover};
use emberlab::recipe::{RecipeText, ScriptModule};
use emberlab::run::{Event, RunOptions};
use std::path::Path;

fn shipped() -> Vec<ScriptModule> {
    let Plugins { modules, broken } = Plugins::in_folder(Path::new("plugins"));
    assert_eq!(broken, []);
    modules
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

const MANIFEST: &str = "name = \"mine\"\nversion = \"1.0.0\"\nemberlab = \"0.1\"\nmodule = \"mine.rhai\"\n";

#[test]
fn what_ships_is_sound_and_listed() {
    let (plugins, broken) = discover(Path::new("plugins"));
    assert!(broken.is_empty(), "{broken:?}");
    let registry = Registry::of(plugins.iter().map(|plugin| plugin as &dyn Plugin));
    for (kind, target) in [
        (Kind::Kernel, "mala_anneal::kernel"),
        (Kind::Mask, "film_grain::mask"),
        (Kind::Dataset, "film_grain::data"),
        (Kind::Metric, "spectrum::distance"),
        (Kind::View, "spectrum::curves"),
        (Kind::Recipe, "plugins/recovery_likelihood/recovery.rhai"),
    ] {
        assert!(registry.entries().iter().any(|entry| entry.kind == kind && entry.target == target), "{target}");
    }
}

#[test]
fn what_ships_runs() {
    for recipe in ["mala_anneal/annealed", "recovery_likelihood/recovery", "film_grain/restore"] {
        let path = Path::new("plugins").join(format!("{recipe}.rhai"));
        let tiny = "\nfn network(s) { net([conv(4, 3), leaky(0.2)]) }\nfn batch_size() { 4 }\n";
        let text = std::fs::read_to_string(&path).unwrap().replace("size: 32", "size: 8") + tiny;
        let options = RunOptions {
            iterations: Some(3),
            modules: shipped(),
            directory: Some(tempfile::tempdir().unwrap().keep()),
            ..tiny_options(RecipeText { path, text })
        };
        let events = finish(options);
        assert_eq!(error_of(&events), None, "{recipe}");
        let measured = |event: &Event| matches!(event, Event::Measured { name, value, .. } if name == "spectrum::distance" && value.is_finite());
        assert!(events.iter().any(measured), "the plugin's metric speaks with the others");
    }
}

/// A recipe without a model beside its reference, N(0, 1): its network's weights are all zero.
#[test]
fn annealed_mala_ends_in_the_model() {
    let recipe = "fn pyramid() { sides([1, 2]) }
        fn network(s) { net([conv(1, 1)]).init(normal(0)) }
        fn reference() { gaussian(1) }
        fn batch_size() { 512 }
        fn kernel(s) { mala_anneal::kernel(#{ steps: 60, delta: 0.9, from: 9 }) }
        fn iterate(lab, batch) {
            let y = lab.sample(1, batch.grid(1) * 0);
            lab.plot(\"variance\", (y * y).mean());
            lab.plot(\"fourth\", (y * y * y * y).mean());
        }";
    let events = finish(RunOptions { iterations: Some(1), modules: shipped(), ..tiny_options(text(recipe)) });
    assert_eq!(error_of(&events), None);
    let values: Vec<f64> =
        events.iter().filter_map(|e| if let Event::Plot { value, .. } = e { Some(*value) } else { None }).collect();
    // 6,144 values: five standard errors of the variance are 0.09. The ladder's last step alone is at T = 1, so a little
    // heat is left.
    assert!(values[0] > 0.91 && values[0] < 1.5, "{values:?}");
    let hot = recipe.replace("from: 9", "from: 1");
    let events = finish(RunOptions { iterations: Some(1), modules: shipped(), ..tiny_options(text(&hot)) });
    let values: Vec<f64> =
        events.iter().filter_map(|e| if let Event::Plot { value, .. } = e { Some(*value) } else { None }).collect();
    assert!(
        (values[0] - 1.0).abs() < 0.09 && (values[1] - 3.0).abs() < 0.7,
        "at T = 1 throughout it is exact: {values:?}"
    );
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    let cases = [
        ("name = \"mine\"\nversion = \"1\"\nemberlab = 3\n", "", "plugin.toml:3: invalid type"),
        (
            "name = \"mi ne\"\nversion = \"1\"\nemberlab = \"0.1\"\nmodule = \"mine.rhai\"",
            "",
            "plugin.toml:1: the name 'mi ne'",
        ),
        (
            "name = \"mine\"\nversion = \"1\"\nemberlab = \"9.9\"\nmodule = \"mine.rhai\"",
            "",
            "plugin.toml:3: it was written for Emberlab 9.9",
        ),
        (
            "name = \"mine\"\nversion = \"1\"\nemberlab = \"0.1\"\nmodule = \"../mine.rhai\"",
            "",
            "plugin.toml:4: the module must be a file beside",
        ),
        (MANIFEST, "fn f() {\n    g(\n}", "mine.rhai:3:1: "),
        (&format!("{MANIFEST}[kernels]\nk = {{ function = \"nope\" }}"), "fn f() { 1 }", "plugin.toml:6: kernels.k: "),
        (
            &format!("{MANIFEST}[metrics]\nm = {{ function = \"f\" }}"),
            "fn f(a) { 1 }",
            "must take two parameters, (observed, synthesized)",
        ),
        (
            &format!("{MANIFEST}[recipes]\nr = {{ file = \"r.rhai\" }}"),
            "fn f() { 1 }",
            "plugin.toml:6: recipes.r: cannot read the recipe",
        ),
        (
            &format!("{MANIFEST}[recipes]\nr = {{ file = \"../r.rhai\" }}"),
            "fn f() { 1 }",
            "must lie below the plugin's folder",
        ),
        (&format!("{MANIFEST}[colours]\nr = 1"), "fn f() { 1 }", "plugin.toml:5: unknown field `colours`"),
    ];
    for (manifest, module, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(
            folder.path(),
            &[
                ("mine/plugin.toml", manifest),
                ("mine/mine.rhai", module),
                ("other/plugin.toml", &MANIFEST.replace("mine", "other")),
                ("other/other.rhai", "fn f() { 1 }"),
            ],
        );
        let (plugins, broken) = discover(folder.path());
        assert_eq!(plugins.len(), 1, "the sound one stays");
        assert!(broken[0].to_string().contains(expected), "{}\ndoes not say\n{expected}", broken[0]);
    }
}

/// A run on `recipe` that is watched, as are the plugins in `folder/plugins`.
fn running(folder: &Path, recipe: &str) -> Watched {
    let path = folder.join("recipe.rhai");
    std::fs::write(&path, recipe).unwrap();
    let plugins = folder.join("plugins");
    let options = RunOptions {
        watch: true,
        modules: Plugins::in_folder(&plugins).modules,
        plugins: Some(plugins),
        ..tiny_options(RecipeText { path, text: recipe.into() })
    };
    let mut run = Watched::new(options);
    run.wait_for_iteration(2);
    run
}

fn applied(run: &mut Watched) {
    run.wait("a recipe that is applied", |event| match event {
        Event::RecipeApplied { .. } => Some(()),
        Event::RecipeRefused { message, .. } => panic!("refused: {message}"),
        _ => None,
    });
}

fn refused(run: &mut Watched) -> String {
    run.wait("a recipe that is refused", |event| match event {
        Event::RecipeRefused { path, line, message, .. } => Some(format!("{}:{line}: {message}", path.display())),
        _ => None,
    })
}

fn temperature(run: &Watched, due: f64) {
    run.frame("the plugin's temperature", |frame| {
        let update = frame.grids.last().and_then(|grid| grid.update);
        update.and_then(|update| update.temperature).is_some_and(|t| (t - due).abs() < 1e-6 * due)
    });
}

#[test]
fn a_plugin_is_dropped_in_edited_broken_mended_and_deleted_while_a_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = running(folder.path(), TINY);
    // Dropped in where there was no folder at all; then a recipe may use it.
    let module = |noise: &str| format!("fn kernel() {{ langevin(#{{ steps: 2, drift: 0.5, noise: {noise} }}) }}");
    write(folder.path(), &[("plugins/mine/mine.rhai", &module("0.1")), ("plugins/mine/plugin.toml", MANIFEST)]);
    applied(&mut run);
    let uses = TINY.replace("fn kernel(s) {", "fn kernel(s) { mine::kernel() }\nfn old(s) {");
    std::fs::write(folder.path().join("recipe.rhai"), &uses).unwrap();
    applied(&mut run);
    temperature(&run, 0.01);
    write(folder.path(), &[("plugins/mine/mine.rhai", &module("0.2"))]);
    applied(&mut run);
    temperature(&run, 0.04);
    // Broken: it is told with its place, and the run goes on with what it has.
    write(folder.path(), &[("plugins/mine/mine.rhai", "fn kernel() {\n    langevin(\n}")]);
    let warning = run.wait("a warning", |event| match event {
        Event::Warning { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert!(warning.contains("mine.rhai:3:"), "{warning}");
    let why = refused(&mut run);
    assert!(why.contains("recipe.rhai:3: there is no module 'mine'"), "{why}");
    let now = run.wait_for_iteration(0);
    run.wait_for_iteration(now + 3);
    temperature(&run, 0.04);
    write(folder.path(), &[("plugins/mine/mine.rhai", &module("0.3"))]);
    applied(&mut run);
    temperature(&run, 0.09);
    std::fs::remove_dir_all(folder.path().join("plugins/mine")).unwrap();
    assert!(refused(&mut run).contains("there is no module 'mine'"));
    let now = run.wait_for_iteration(0);
    run.wait_for_iteration(now + 3);
    temperature(&run, 0.09);
}

#[test]
fn an_imported_file_is_watched_too() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("parts/kernels.rhai", "fn noise() { 0.1 }")]);
    let recipe =
        format!("import \"parts/kernels\" as kernels;\n{}", TINY.replace("noise: 0.02", "noise: kernels::noise()"));
    let mut run = running(folder.path(), &recipe);
    temperature(&run, 0.005);
    write(folder.path(), &[("parts/kernels.rhai", "fn noise() { 0.2 }")]);
    applied(&mut run);
    temperature(&run, 0.02);
    write(folder.path(), &[("parts/kernels.rhai", "fn noise() {\n    nope\n}")]);
    let why = refused(&mut run);
    assert!(why.contains("kernels.rhai:2: Variable not found: nope"), "{why}");
    let now = run.wait_for_iteration(0);
    run.wait_for_iteration(now + 3);
    temperature(&run, 0.02);
}

#[test]
fn a_failing_metric_is_told_once_and_left_out() {
    let mut module = ScriptModule::new(
        "bad",
        RecipeText { path: "bad.rhai".into(), text: "fn m(a, b) {\n    a.nothing()\n}".into() },
    );
    module.metrics.push(emberlab::recipe::ModuleEntry { name: "m".into(), function: "m".into() });
    let options = RunOptions {
        iterations: Some(6),
        modules: vec![module],
        checkpoint_every: std::time::Duration::ZERO,
        directory: Some(tempfile::tempdir().unwrap().keep()),
        ..tiny_options(text(TINY))
    };
    let events = finish(options);
    assert_eq!(error_of(&events), None);
    let warnings: Vec<&String> = events
        .iter()
        .filter_map(|e| if let Event::Warning { message, .. } = e { Some(message) } else { None })
        .collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("bad.rhai:2:7: Function not found: nothing"), "{warnings:?}");
}

#[cfg(unix)]
#[test]
fn what_a_plugin_names_is_a_file_of_its_own() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().join(path);
    let named = |module: &str| MANIFEST.replace("mine.rhai", module);
    write(folder.path(), &[("outside.txt", "fn kernel() { 1 }")]);
    for (name, manifest) in [
        ("above", named("..")),
        ("absolute", named("/dev/zero")),
        ("deeper", named("deeper/mine.rhai")),
        ("device", MANIFEST.into()),
        ("linked", MANIFEST.into()),
        ("pipe", MANIFEST.into()),
        ("recipe", format!("{MANIFEST}[recipes.a]\nfile = \"outside.rhai\"\n")),
        ("recipe_pipe", format!("{MANIFEST}[recipes.a]\nfile = \"pipe.rhai\"\n")),
        ("long", format!("{MANIFEST}# {}\n", "x".repeat(2 << 20))),
        ("deep", format!("{MANIFEST}[kernels.a]\nfunction = {}\n", "[".repeat(100_000))),
    ] {
        write(folder.path(), &[(&format!("p/{name}/plugin.toml"), &manifest)]);
        if name.starts_with("recipe") {
            write(folder.path(), &[(&format!("p/{name}/mine.rhai"), "fn kernel() { 1 }")]);
        }
    }
    symlink("/dev/zero", at("p/device/mine.rhai")).unwrap();
    symlink("../../outside.txt", at("p/linked/mine.rhai")).unwrap();
    symlink("../../outside.txt", at("p/recipe/outside.rhai")).unwrap();
    std::fs::create_dir(at("p/manifest_pipe")).unwrap();
    let pipes = ["p/pipe/mine.rhai", "p/recipe_pipe/pipe.rhai", "p/manifest_pipe/plugin.toml"].map(at);
    assert!(std::process::Command::new("mkfifo").args(pipes).status().unwrap().success());
    let (plugins, broken) = discover(&at("p"));
    assert!(plugins.is_empty(), "{plugins:?}");
    assert_eq!(broken.len(), 11, "{broken:#?}");
    assert!(broken.iter().all(|error| error.reason.len() < 1000), "{broken:#?}");
}
