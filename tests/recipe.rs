//! Recipes: the language means what it says, and every mistake is told with its place and a way to mend it.

mod common;

use common::{TINY, error_of, finish, text, tiny_options};
use emberlab::compute::Layer;
use emberlab::data::HistogramKind;
use emberlab::model::{LayerSpec, NormMode, Reference, UpScaling};
use emberlab::recipe::{DEFAULTS, Plan, Recipe, RecipeError};
use emberlab::run::RunOptions;
use std::collections::BTreeMap;

fn plan(script: &str) -> Result<Plan, RecipeError> {
    Recipe::compile(text(script), &BTreeMap::new())?.plan()
}

/// Recipe, line of the error, and a word its message must hold.
const BROKEN: &[(&str, usize, &str)] = &[
    ("fn data( { }", 1, "Expecting"),
    ("fn pyramid() { grids(#{ size: 64, factor: 4.0 })", 1, "Expecting"),
    ("\n\nlet x = ;", 3, "Unexpected"),
    ("fn kernel(s) { langevin(#{ steps: 3 }) }\nfn kernel(s) { langevin(#{ steps: 4 }) }", 2, "already exists"),
    ("fn pyramid() {\n  grids(#{ size: 64, factor: 1 })\n}", 2, "must be above 1, found 1"),
    ("fn pyramid() { grids(#{ size: 64, factor: 0.5 }) }", 1, "must be above 1"),
    ("fn pyramid() { grids(#{ size: 64, factor: -4 }) }", 1, "must be above 1"),
    ("fn pyramid() { grids(#{ size: 64, factor: \"big\" }) }", 1, "must be a number, found string"),
    ("fn pyramid() { grids(#{ size: 64, factor: 0.0 / 0.0 }) }", 1, "finite"),
    ("fn pyramid() { grids(#{ size: 1, factor: 2 }) }", 1, "from 2 to 1024"),
    ("fn pyramid() { grids(#{ size: 32.5, factor: 2 }) }", 1, "whole number"),
    ("fn pyramid() { grids(#{ size: 1e18, factor: 2 }) }", 1, "from 2 to 1024"),
    ("fn pyramid() { grids(#{ sise: 64 }) }", 1, "unknown option 'sise'; there are size, factor, up"),
    ("fn pyramid() { grids(#{ up: \"bilinear\" }) }", 1, "there are pseudo_inverse, block"),
    ("fn pyramid() { sides([]) }", 1, "start at 1 and grow"),
    ("fn pyramid() { sides([1, 4, 4]) }", 1, "start at 1 and grow"),
    ("fn pyramid() { sides([4, 1]) }", 1, "start at 1 and grow"),
    ("fn pyramid() { 4 }", 1, "pyramid must return a Pyramid, found i64"),
    ("fn pyramid() { }", 1, "found nothing"),
    ("fn data() { folder(\"x\").resize(64) }", 1, "resized to 64"),
    ("fn data() { folder(7) }", 1, "must be a string"),
    ("fn data() { builtin(\"portraits\").range(1, -1) }", 1, "must be below"),
    ("fn data() { builtin(\"portraits\").noise(-1) }", 1, "from 0"),
    ("fn data() { builtin(\"portraits\").blur() }", 1, "not found"),
    ("fn batch_size() { 0 }", 1, "from 1 to 4096"),
    ("fn batch_size() { 2.5 }", 1, "whole number"),
    ("fn histogram() { \"round\" }", 1, "joint, marginal, resample"),
    ("fn reference() { gaussian(0) }", 1, "σ"),
    ("fn reference() { gauss(1) }", 1, "not found"),
    ("fn kernel(s) {\n\n  langevin(#{ steps: 0 })\n}", 3, "steps must be from 1"),
    ("fn kernel(s) { langevin(#{ steps: 2.5 }) }", 1, "whole number"),
    ("fn kernel(s) { langevin(#{ delta: 0.3, drift: 1 }) }", 1, "either delta, or drift and noise"),
    ("fn kernel(s) { langevin(#{ noise: 0.1 }) }", 1, "give drift too"),
    ("fn kernel(s) { langevin(#{ delta: -1 }) }", 1, "from 0"),
    ("fn kernel(s) { langevin(#{ clamp: [1, 0] }) }", 1, "low end below"),
    ("fn kernel(s) { langevin(#{ clamp: 5 }) }", 1, "a pair such as"),
    ("fn kernel() { langevin(#{}) }", 1, "must take 1 parameters, found 0"),
    ("fn iterate(lab) { }", 1, "must take 2 parameters, found 1"),
    ("fn network(s) { net([]) }", 1, "no convolution"),
    ("fn network(s) { net([relu()]) }", 1, "no convolution"),
    ("fn network(s) { net([conv(8, 3), 5]) }", 1, "a layer is expected"),
    ("fn network(s) { net([dense(8)]) }", 1, "dense"),
    ("fn network(s) { net([conv(0, 3)]) }", 1, "channels must be from 1"),
    ("fn network(s) { net([conv(8, 3, 0)]) }", 1, "stride"),
    ("fn network(s) { net([conv(8, 3, 1, \"valid\")]) }", 1, "\"same\" or a number"),
    (
        "fn pyramid() { sides([1, 4]) }\nfn network(s) {\n  net([conv(8, 9, 1, 1)])\n}",
        2,
        "larger than its padded 6×6 map",
    ),
    ("fn network(s) { net([conv(8, 3), norm(\"batch\"), conv(8, 3), norm(\"frozen\")]) }", 1, "cannot mix"),
    ("fn network(s) { net([conv(8, 3), norm(\"layer\")]) }", 1, "batch, joint, frozen, none"),
    ("fn network(s) { net([conv(8, 3), leaky(2)]) }", 1, "slope"),
    ("fn network(s) { net([conv(8, 3), norm(\"group\", 5)]) }", 1, "5 groups do not divide 8 channels"),
    ("fn network(s) { net([conv(8, 3), norm(\"group\"), conv(8, 3), norm(\"joint\")]) }", 1, "goes with no other"),
    ("fn network(s) { net([spectral(conv(8, 3)), residual([conv(8, 3)]), pool(99)]) }", 1, "layer 3: pooling"),
    ("fn network(s) { net([conv(8, 3), norm(\"batch\", 5)]) }", 1, "only group takes a number"),
    ("fn network(s) { net([conv(8, 3), pool(99)]) }", 1, "pooling by 99 does not fit"),
    ("fn network(s) { net([spectral(relu()), conv(8, 3)]) }", 1, "no convolution in it"),
    ("fn network(s) { net([conv(8, 3), residual([residual([conv(8, 3)])])]) }", 1, "cannot hold another"),
    (
        "fn pyramid() { sides([1, 5]) }\nfn network(s) { net([conv(8, 3), residual([conv(8, 3, 2)])]) }",
        2,
        "a side that divides",
    ),
    ("fn network(s) { net([conv(8, 3), fc(0)]) }", 1, "from 1 to 8192"),
    ("fn network(s) { side(99) }", 1, "grids 0 to 8"),
    ("fn network(s) { undefined_thing }", 1, "undefined_thing"),
    ("fn optimizer() { adam(#{ beta1: 1.5 }) }", 1, "beta1 must be from 0"),
    ("fn optimizer() { adam(#{ governor: 3 }) }", 1, "governor must be a governor"),
    ("fn optimizer() { sgd(#{ on_divergence: \"cry\" }) }", 1, "rollback, stop, pause"),
    ("fn optimizer() { sgd(#{ beta1: 0.5 }) }", 1, "unknown option 'beta1'"),
    ("fn rate(t) { -1 }", 1, "must not be negative"),
    ("fn rate(t) { \"fast\" }", 1, "must be a number"),
    ("fn rate(t) { 1 / 0 }", 1, "zero"),
    ("fn kernel(s) { slider(\"x\", 5, 0, 1) }", 1, "default 5 must be from 0 to 1"),
    ("fn rate(t) { throw \"my own words\" }", 1, "my own words"),
    ("\nfn data() {\n  let n = 0;\n  loop { n += 1; }\n}", 4, "endless loop"),
    ("fn f(n) { f(n + 1) }\nfn rate(t) { f(0) }", 1, "call itself without end"),
    ("fn rate(t) { let s = \"x\"; loop { s += s; } }", 1, "too large"),
    ("fn rate(t) { let a = []; loop { a.push(a); } }", 1, ""),
    ("fn rate(t) { eval(\"1\") }", 1, "eval"),
    ("import \"other\" as other;\nfn rate(t) { other::x() }", 1, "there is no other.rhai"),
];

#[test]
fn every_mistake_is_told_with_its_line() {
    assert!(BROKEN.len() >= 60);
    for (script, line, word) in BROKEN {
        let error = plan(script).expect_err(script);
        assert!(error.line == *line && error.column >= 1, "{script}\n→ {error}");
        assert!(error.message.contains(word), "{script}\n→ {error}, which does not say '{word}'");
        assert!(error.to_string().starts_with(&format!("recipe.rhai:{line}:")), "{error}");
    }
}

/// Scripts that would take memory, time or the stack without end.
fn greedy() -> Vec<(String, &'static str)> {
    let many = 20_000;
    let mut scripts: Vec<(String, &str)> = [
        ("sleep(3600)", "cannot sleep"),
        ("sleep(3600.0)", "cannot sleep"),
        ("let s = \"x\"; s.pad(100000000000, \"y\")", "too large"),
        ("let a = []; a.pad(100000000000, 0)", "too large"),
        ("blob(100000000000, 0)", "too large"),
        ("let a = [0]; loop { a += a; }", "too large"),
        ("let f = Fn(\"rate\"); f.call(t)", "call itself without end"),
        ("9223372036854775807 + t + 1", "overflow"),
        ("(-1.0) ** 0.5", "finite"),
    ]
    .map(|(body, word)| (body.to_string(), word))
    .into();
    for open in ["(", "[", "{", "#{a:", "!", "- ", "|x| ", "if t > 0 {", "switch t { 1 => ", "`${", "t + ", "t.x."] {
        scripts.push((format!("{}t", open.repeat(many)), "maximum complexity"));
    }
    scripts
}

#[test]
fn greedy_scripts_are_cut_off() {
    for (body, word) in greedy() {
        let error = plan(&format!("fn batch_size() {{ 4 }}\nfn rate(t) {{ {body} }}\n")).err();
        let error = error.unwrap_or_else(|| panic!("{body:.60} is taken"));
        assert!(error.line == 2 && error.message.contains(word), "{:.60}\n→ {error}", body);
    }
}

#[test]
fn very_long_recipes_and_odd_endings_have_places_too() {
    let place = |script: &str| {
        let error = plan(script).unwrap_err();
        (error.line, error.column)
    };
    // The language counts lines and columns up to 65,535.
    for lines in [65_534, 65_535, 65_536, 70_000] {
        assert_eq!(place(&format!("{}fn rate() {{ 1 }}", "\n".repeat(lines))).0, 65_535, "{lines} lines");
    }
    assert_eq!(place(&format!("{}fn rate() {{ 1 }}", " ".repeat(70_000))), (1, 65_535));
    assert_eq!(place("fn rate(t) {\r\n  -1\r\n}\r\nfn kernel() { }\r\n"), (4, 1));
    assert!(plan("\u{feff}fn batch_size() { 4 }\r\n").is_ok_and(|plan| plan.batch == 4), "a byte order mark");
    assert_eq!(place("fn rate(t) { 1e-3 }\0").0, 1);
}

/// What is put into a recipe at random.
const SCRAPS: [&str; 24] = [
    "", "(", ")", "{", "}", "[", "]", "#{", ",", ";", "\"", "`", "/*", "-", "0", "9", "1e300", "-1", "s", "fn ",
    "loop ", "σ", "\u{0}", "net(",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn damage_never_panics_and_is_told_with_a_place(
        edits in proptest::collection::vec((0usize..10_000, 0usize..24, 0usize..SCRAPS.len()), 1..4)
    ) {
        let mut script: Vec<char> = include_str!("../scripts/first_light.rhai").chars().collect();
        for (at, length, scrap) in edits {
            let at = at % script.len();
            let end = (at + length).min(script.len());
            script.splice(at..end, SCRAPS[scrap].chars());
        }
        let script: String = script.into_iter().collect();
        if let Err(error) = plan(&script) {
            let within = (1..=script.lines().count() + 1).contains(&error.line) && error.column >= 1;
            proptest::prop_assert!(within && !error.message.trim().is_empty(), "{}\n→ {}", script, error);
        }
    }
}

/// Iterations that fail, the line below `TINY`'s five, and a word of the message.
const BROKEN_ITERATIONS: &[(&str, usize, &str)] = &[
    ("fn iterate(lab, batch) {\n  batch.grid(9);\n}", 6, "grids 0 to 3"),
    ("fn iterate(lab, batch) { lab.up(1, batch.grid(3)); }", 5, "grid 0 is 1×1, but the images are 8×8"),
    ("fn iterate(lab, batch) { lab.sample(2, batch.grid(1)); }", 5, "grid 2 is 4×4, but the images are 2×2"),
    ("fn iterate(lab, batch) { lab.sample(4, batch.grid(3)); }", 5, "grids 1 to 3"),
    ("fn iterate(lab, batch) { lab.sample(0, batch.grid(0)); }", 5, "grids 1 to 3"),
    ("fn iterate(lab, batch) { lab.sample(1.5, batch.grid(1)); }", 5, "whole number"),
    ("fn iterate(lab, batch) { lab.kept(1); }", 5, "nothing is kept yet"),
    ("fn iterate(lab, batch) { lab.update(1, batch.grid(1), batch.grid(2)); }", 5, "grid 1 is 2×2"),
    ("fn iterate(lab, batch) { lab.update(1, 2, 3); }", 5, "update"),
    ("fn iterate(lab, batch) { lab.plot(\"x\", \"y\"); }", 5, "must be a number"),
    ("fn iterate(lab, batch) { loop { } }", 5, "endless loop"),
    ("fn iterate(lab, batch) { lab.fly(); }", 5, "fly"),
    ("fn iterate(lab, batch) {\n  try { lab.kept(9); } catch { throw \"caught\"; }\n}", 6, "caught"),
];

#[test]
fn a_failing_iteration_is_told_with_its_line() {
    for (script, line, word) in BROKEN_ITERATIONS {
        let events = finish(RunOptions { iterations: Some(2), ..tiny_options(text(&format!("{TINY}{script}"))) });
        let error = error_of(&events).expect(script);
        assert!(error.starts_with(&format!("recipe.rhai:{line}:")) && error.contains(word), "{script}\n→ {error}");
    }
}

#[test]
fn a_recipe_that_says_nothing_is_the_defaults() {
    assert_eq!(plan("").unwrap(), plan(DEFAULTS).unwrap());
    let plan = plan("fn batch_size() { 5 }").unwrap();
    assert_eq!((plan.batch, plan.pyramid.sides().len()), (5, 9));
}

#[test]
fn whole_and_broken_numbers_are_both_numbers() {
    let whole = "fn data() { builtin(\"portraits\").range(-1, 1).noise(0).held_out(0) }
        fn pyramid() { grids(#{ size: 8, factor: 2 }) }
        fn batch_size() { 4 }
        fn reference() { gaussian(50) }
        fn network(s) { net([conv(4, 3, 1, 1), norm(\"batch\"), relu()]).init(normal(1)) }
        fn kernel(s) { langevin(#{ steps: 3, drift: 1, noise: 1, gradient_limit: 1, clamp: [0, 1] }) }
        fn optimizer() { sgd(#{ momentum: 0, clip_norm: 5, energy_penalty: 0, average: 0 }) }
        fn rate(t) { decade(t, 100, 2) }";
    let broken = whole
        .replace("-1, 1)", "-1.0, 1.0)")
        .replace("size: 8, factor: 2", "size: 8.0, factor: 2.0")
        .replace("{ 4 }", "{ 4.0 }")
        .replace("50", "50.0")
        .replace("conv(4, 3, 1, 1)", "conv(4.0, 3.0, 1.0, 1.0)")
        .replace("normal(1)", "normal(1.0)")
        .replace(
            "steps: 3, drift: 1, noise: 1, gradient_limit: 1, clamp: [0, 1]",
            "steps: 3.0, drift: 1.0, noise: 1.0, gradient_limit: 1.0, clamp: [0.0, 1.0]",
        )
        .replace("momentum: 0, clip_norm: 5", "momentum: 0.0, clip_norm: 5.0")
        .replace("t, 100, 2", "t, 100.0, 2.0");
    assert_eq!(plan(whole).unwrap(), plan(&broken).unwrap());
}

#[test]
fn the_words_mean_what_they_say() {
    let plan = plan(
        "fn pyramid() { sides([1, 2, 8], \"block\") }
        fn histogram() { \"marginal\" }
        fn reference() { gaussian(2) }
        fn network(s) { net([conv(4, 5, 2), [norm(\"joint\"), [silu()]], conv(6, 3), softplus()]) }
        fn kernel(s) { langevin(#{ steps: 7, delta: 0.4 }) }",
    )
    .unwrap();
    assert_eq!((plan.pyramid.sides(), plan.pyramid.up_scaling()), (&[1, 2, 8][..], UpScaling::Block));
    assert_eq!(plan.histogram, HistogramKind::Marginal);
    assert_eq!(plan.networks[1].norm(), NormMode::Joint);
    assert_eq!(plan.networks[1].spec().layers.iter().filter(|layer| **layer == LayerSpec::Norm).count(), 1);
    let kernel = plan.kernels[1].kernel.langevin_at(0).unwrap();
    assert!((kernel.drift - 0.08).abs() < 1e-6 && kernel.noise == 0.4 && kernel.steps == 7);
    assert!((kernel.temperature() - 1.0).abs() < 1e-6, "T of the paper's kernel is 1");
    assert_eq!((kernel.reference, kernel.clamp), (Reference::Gaussian { sigma: 2.0 }, None));
    // Uniform on a box: the chains stay in it.
    let plan = self::plan("").unwrap();
    assert_eq!(
        (plan.kernels[0].kernel.reference, plan.kernels[0].kernel.clamp),
        (Reference::Uniform, Some([-1.0, 1.0]))
    );
}

#[test]
fn the_paper_counts_as_the_paper_does() {
    let script = include_str!("../scripts/paper.rhai");
    let plan = plan(script).unwrap();
    assert_eq!(plan.pyramid.sides(), [1, 4, 16, 64]);
    // The maps of the third convolution of each grid, by 64 channels of the classifier's head.
    let third = |network: &emberlab::model::Network| {
        let sides = network.layers().iter().filter_map(|layer| match layer {
            Layer::Convolution(convolution) => Some(convolution.side_out),
            _ => None,
        });
        sides.collect::<Vec<_>>()[2]
    };
    let maps: Vec<usize> = plan.networks.iter().map(third).collect();
    assert_eq!(maps, [6, 12, 19]);
    let features: usize = maps.iter().map(|side| 64 * side * side).sum();
    assert_eq!(features, 34_624, "the length of the paper's feature vector, section 7.3");
    assert!((plan.update_flops() as f64 / 1e12 - 5.86).abs() < 0.01);
    assert!(
        plan.kernels.iter().all(|kernel| kernel.kernel.steps == 30 && (kernel.kernel.temperature() - 1.0).abs() < 1e-6)
    );
    let recipe = Recipe::compile(text(script), &BTreeMap::new()).unwrap();
    let rate = |t| recipe.rate(t).unwrap();
    assert!((rate(0) - 0.3).abs() < 1e-12 && rate(9) == rate(0) && rate(10) < rate(0));
    assert!((rate(800) - 0.003).abs() < 1e-12 && rate(5000) == rate(800));
}

#[test]
fn sliders_are_numbers_that_can_be_set() {
    let script = "fn kernel(s) { langevin(#{ steps: slider(\"steps\", 10, 1, 20, \"\", \"how many\"), delta: slider(\"δ\", 0.3, 0.0, 1.0) }) }";
    let recipe = Recipe::compile(text(script), &BTreeMap::from([("steps".to_string(), 12.0.into())])).unwrap();
    assert_eq!(recipe.plan().unwrap().kernels[0].kernel.steps, 12);
    let live = recipe.live_parameters();
    let names: Vec<&str> = live.iter().map(|live| live.name.as_str()).collect();
    assert!(names.contains(&"steps") && names.contains(&"δ"), "{names:?}");
    assert_eq!(recipe.set_live_parameter("δ", 0.5).map(|live| live.value), Some(0.5));
    assert_eq!(recipe.set_live_parameter("steps", 99.0).map(|live| live.value), Some(20.0), "held within its range");
    assert_eq!(recipe.set_live_parameter("nothing", 1.0), None);
    let kernel = recipe.kernel(1, [-1.0, 1.0]).unwrap();
    assert_eq!((kernel.kernel.steps, kernel.kernel.langevin_at(0).unwrap().noise), (20, 0.5));
}
