"""Writes the recipes of this folder: python3 tests/hostile/make.py

Each is one attack on the program that takes it. Its first line says what must come of it: `// expect: refused` (an error
with its place), `// expect: runs` (it does no harm) or `// expect: refused or runs`. What an attack leaves open is filled
in by small functions, so that each file is a whole recipe. Numbers and kinds out of range, and names of the dictionary
that are taken, are made by the test itself, from the dictionary."""

import pathlib

HERE = pathlib.Path(__file__).parent

# Small enough to run many iterations a second.
FILL = [
    "fn data() { mixture(#{ modes: 2, count: 40 }) }",
    "fn pyramid() { grids(#{ size: 8, factor: 2.0 }) }",
    "fn network(s) { net([conv(4, 3), leaky(0.2)]) }",
    "fn kernel(s) { langevin(#{ steps: 2, drift: 1.0, noise: 0.02 }) }",
    "fn batch_size() { 4 }",
]
REFUSED, RUNS, EITHER = "refused", "runs", "refused or runs"
files = {}


def add(name, expect, body, fill=True):
    assert name not in files, name
    lines = [f"// expect: {expect}", body.strip("\n")]
    if fill:
        lines += [line for line in FILL if line[: line.index("(") + 1] not in body]
    files[name] = "\n".join(lines) + "\n"


def iterate(name, expect, body):
    add(name, expect, "fn iterate(lab, batch) {\n    " + body.strip().replace("\n", "\n    ") + "\n}")


# --- paths -------------------------------------------------------------------------------------------------------------

PATHS = {
    "parent": "..",
    "climb": "../../../../../../../../etc",
    "climb_to_file": "../../../../../../../../etc/passwd",
    "absolute": "/etc",
    "absolute_file": "/etc/shadow",
    "root": "/",
    "empty": "",
    "dot": "./././.",
    "blank": "   ",
    "tilde": "~/.ssh",
    "nul_inside": "faces\\x00.png",
    "nul_alone": "\\x00",
    "newline": "faces\\n/etc/passwd",
    "proc": "/proc",
    "proc_memory": "/proc/self/mem",
    "proc_maps": "/proc/self/maps",
    "proc_environment": "/proc/self/environ",
    "proc_descriptor": "/proc/self/fd/0",
    "proc_root": "/proc/self/root",
    "proc_kernel_core": "/proc/kcore",
    "proc_messages": "/proc/kmsg",
    "sys": "/sys",
    "device_zero": "/dev/zero",
    "device_full": "/dev/full",
    "device_random": "/dev/random",
    "device_urandom": "/dev/urandom",
    "device_input": "/dev/stdin",
    "device_terminal": "/dev/tty",
    "device_folder": "/dev",
    "device_by_climbing": "../../../../../../../../dev/zero",
    "url": "https://example.org/faces.zip",
    "url_of_file": "file:///etc/passwd",
    "share": "\\\\\\\\server\\\\share",
    "drive": "C:\\\\Windows",
    "device_of_windows": "CON",
    "wildcard": "/*/*/*/*",
    "shell": "$(touch hostile-was-here)",
    "pipe": "| cat /etc/passwd",
    "long": "a" * 5000,
    "deep": "a/" * 3000,
    "right_to_left": "\\u202egnp.secaf",
    "full_width_dots": "．．/．．/etc",
    "link_to_zero": "link_to_zero",
    "link_to_root": "link_to_root",
    "link_to_itself": "link_to_itself",
    "link_ring": "link_ring",
    "fifo": "fifo",
    "fifo_folder": "with_fifo",
    "sparse": "sparse.bin",
    "sparse_folder": "with_sparse",
    "recipe": "data_folder_recipe.rhai",
    "recipes": ".",
}
# Whatever lies there, it is read as images or it is not.
for name, path in PATHS.items():
    expect = EITHER if name in ("parent", "climb", "absolute", "dot", "recipes", "sys", "root", "link_to_root", "proc_root") else REFUSED
    add(f"data_folder_{name}", expect, f'fn data() {{ folder("{path}") }}')
for name in ["climb_to_file", "proc_memory", "device_zero", "device_random", "device_input", "url", "nul_inside", "fifo", "sparse", "link_to_zero"]:
    for source in ["images", "celeba", "svhn", "listed", "cifar", "idx", "numpy", "tar", "zip", "parquet", "dataset", "builtin"]:
        add(f"data_{source}_{name}", REFUSED, f'fn data() {{ {source}("{PATHS[name]}") }}')
    add(f"data_held_out_list_{name}", EITHER, f'fn data() {{ builtin("portraits").held_out_list("{PATHS[name]}") }}')
for name, path in PATHS.items():
    add(f"import_{name}", EITHER if name == "recipe" else REFUSED, f'import "{path}" as other;')
add("import_computed", REFUSED, 'let up = ".."; import up + "/" + up + "/etc/passwd" as other;')
add("import_backticks", REFUSED, "import `${1 + 1}/../x` as other;")
add("import_in_a_loop", REFUSED, 'for i in 0..1000000 { import "modules/" + i as other; }')
add("import_a_thousand_times", EITHER, "\n".join(f'import "modules/fine" as m{i};' for i in range(1100)))
add("import_itself", REFUSED, 'import "import_itself" as me;')
add("import_ring", REFUSED, 'import "modules/ring_a" as ring;')
add("import_chain", REFUSED, 'import "modules/deep_00" as deep;')
add("import_wide", REFUSED, "\n".join(f'import "modules/deep_{i:02}" as m{i};' for i in range(40)))
add("import_endless", REFUSED, 'import "modules/endless" as endless;')
add("import_memory", REFUSED, 'import "modules/memory" as memory;')
add("import_shadows_the_host", EITHER, 'import "modules/shadow" as lab;\nfn iterate(lab, batch) { lab.update(1, batch.grid(1), batch.grid(1)); }')
add("import_number", REFUSED, "import 7 as other;")
add("import_in_iterate", REFUSED, 'fn iterate(lab, batch) { import "../../etc/passwd" as x; }')
add("import_in_rate", REFUSED, 'fn rate(t) { import "/dev/zero" as x; x::rate(t) }')
modules = {
    "fine": "fn one() { 1 }",
    "ring_a": 'import "ring_b" as b;',
    "ring_b": 'import "ring_a" as a;',
    "endless": "loop { }",
    "memory": "let list = []; loop { let s = \"x\"; s.pad(1000000, 'x'); s += list.len(); list.push(s); }",
    "shadow": "fn update(a, b, c) { loop { } }",
}
for i in range(40):
    modules[f"deep_{i:02}"] = f'import "deep_{i + 1:02}" as next;' if i < 39 else "fn end() { 1 }"

# --- memory ------------------------------------------------------------------------------------------------------------

BOMBS = {
    "string_doubled": 'let s = "x"; loop { s += s; }',
    "string_doubled_by_function": 'let s = "x"; while true { s = s + s + s; }',
    "string_interpolated": "let s = `x`; loop { s = `${s}${s}`; }",
    "string_padded": 'let s = "x"; s.pad(1000000000000, "y");',
    "string_padded_by_text": 'let s = "x"; s.pad(9223372036854775807, "yyyyyyyy");',
    "string_replaced": 'let s = "x"; loop { s.replace("x", "xxxxxxxxxxxxxxxx"); }',
    "string_of_a_list": 'let a = [1]; loop { a += a.len(); let s = a.to_string(); s += s; }',
    "string_split": 'let s = "x"; s.pad(1000000, "x"); let all = []; loop { all += s.split(""); }',
    "string_characters": "let s = \"x\"; s.pad(1000000, 'x'); let n = []; loop { n.push(s.chars()); n.push(s.split()); }",
    "strings_kept": "let a = []; loop { let s = \"x\"; s.pad(1000000, 'x'); s += a.len(); a.push(s); }",
    "strings_as_keys": "let m = #{}; let s = \"x\"; s.pad(1000000, 'x'); let i = 0; loop { m[s + i] = s + i + i; i += 1; }",
    "list_doubled": "let a = [0]; loop { a += a; }",
    "list_padded": "let a = []; a.pad(9223372036854775807, 0);",
    "list_pushed": "let a = []; loop { a.push(a.len()); }",
    "list_in_itself": "let a = [1]; loop { a.push(a); }",
    "list_nested": "let a = []; loop { a = [a]; }",
    "list_nested_and_shown": "let a = []; for i in 0..100000 { a = [a]; } print(a);",
    "list_nested_and_compared": "let a = []; let b = []; for i in 0..50000 { a = [a]; b = [b]; } if a == b { throw 1 }",
    "list_nested_and_dropped": "let a = []; for i in 0..1000000 { a = [a]; } a = 0;",
    "list_of_pairs": "let a = 1; loop { a = [a, a]; }",
    "list_of_lists": "let a = []; a.pad(100000, 0); let b = []; loop { b.push(a + [b.len()]); }",
    "list_inserted": "let a = []; loop { a.insert(0, 1); }",
    "list_set_far_away": "let a = []; a[9223372036854775807] = 1;",
    "list_chopped": "let a = [1]; loop { a.append(a); a.append(a.extract(0)); }",
    "list_mapped": "let a = []; a.pad(100000, 1); loop { a = a.map(|x| a); }",
    "list_grown_while_mapped": "let a = [1, 2]; a.map(|x| { a += a; x });",
    "list_sorted_by_a_liar": "let a = []; a.pad(100000, 1); loop { a.sort(|x, y| 1); }",
    "map_filled": 'let m = #{}; let i = 0; loop { m["k" + i] = i; i += 1; }',
    "map_in_itself": "let m = #{ a: 1 }; loop { m.a = m; }",
    "map_nested": "let m = #{}; loop { m = #{ a: m, b: m }; }",
    "map_mixed": 'let m = #{}; loop { m += #{ a: m }; m["x" + m.len()] = m; }',
    "blob": "let b = blob(9223372036854775807, 0);",
    "blob_moderate": "let b = []; loop { b.push(blob(100000000, 1)); }",
    "blob_doubled": "let b = blob(1, 0); loop { b += b; }",
    "range_collected": "let a = []; for i in 0..9223372036854775807 { a.push(i); }",
    "range_far": "let x = 0; for i in range(0, 9223372036854775807, 1) { x += 1; }",
    "range_by_nothing": "let x = 0; for i in range(0, 10, 0) { x += 1; }",
    "range_of_floats": "let x = 0; for i in range(0.0, 1e308, 1e-300) { x += 1; }",
    "bits": "for b in bits(9223372036854775807) { loop { } }",
    "curry_doubled": 'let f = Fn("print"); loop { f = f.curry(f); }',
    "closure_nested": "let f = |x| x; loop { let g = f; f = |x| g.call(x); }",
    "curry_nested": 'let f = Fn("print"); loop { f = Fn("print").curry(f); }',
    "closure_in_a_list": "let a = []; loop { let b = a; a = [|| b]; }",
    "closure_in_a_map": "let m = #{}; loop { let n = m; m = #{ f: || n }; }",
    "closure_in_a_ring": "let x = #{}; loop { let f = || x; x.f = f; x = #{ f: f, g: x }; }",
    "closure_of_itself": "let s = \"x\"; s.pad(1000000, 'x'); loop { let x = s + 1; let f = || x; x = [f, s + 2]; }",
    "closure_shared": "let x = []; let f = || x.push(x); loop { f.call(); }",
    "variables": "\n".join(f"let v{i} = {i};" for i in range(1200)),
    "many_scopes": "let a = 0; " + "{ let b = a; " * 60 + "}" * 60,
    "timestamps": "let a = []; loop { a.push(timestamp()); }",
    "numbers_as_text": "let s = \"\"; let i = 0; loop { s += i.to_string() + i.to_hex() + i.to_binary(); i += 1; }",
    "float_as_text": "let s = \"\"; loop { s += 1.7976931348623157e308; s += 5e-324; }",
    "to_json": "let a = [1]; loop { a = [a, a]; let s = #{ a: a }.to_json(); }",
    "debug_text": "let a = [1]; loop { a = [a, a]; let s = a.to_debug(); }",
}
for name, body in BOMBS.items():
    add(f"memory_{name}", EITHER if name in ("many_scopes", "closure_of_itself", "closure_in_a_ring", "list_nested_and_compared", "list_chopped", "list_grown_while_mapped", "bits") else REFUSED, body)
for name in ["string_doubled", "strings_kept", "list_doubled", "list_nested", "map_nested", "closure_nested", "list_of_lists", "string_split"]:
    for function in ["data", "pyramid", "network", "kernel", "rate", "optimizer", "batch_size"]:
        parameter = {"network": "s", "kernel": "s", "rate": "t"}.get(function, "")
        add(f"memory_{name}_in_{function}", REFUSED, f"fn {function}({parameter}) {{ {BOMBS[name]} }}")
    iterate(f"memory_{name}_in_iterate", REFUSED, BOMBS[name])
    add(f"memory_{name}_in_step", REFUSED, f"fn step(lab, s, y) {{ {BOMBS[name]} }}")

IMAGES = {
    "joined": "let y = batch.grid(1); loop { y = y.join(y); }",
    "sum_without_end": "let y = batch.grid(3); loop { y = y + y * 0.5; }",
    "sum_without_end_then_mean": "let y = batch.grid(3); for i in 0..1000000 { y = y + 1; } lab.plot(\"m\", y.mean());",
    "tree_of_sums": "let y = batch.grid(3); for i in 0..200 { y = y + y; } lab.plot(\"m\", y.mean());",
    "tree_shown": "let y = batch.grid(3); for i in 0..200 { y = y * y; } print(y);",
    "kept_in_a_list": "let all = []; loop { all.push(lab.from_noise(3, 4096)); }",
    "noise_of_many": "let y = lab.from_noise(3, 1000000000000);",
    "noise_of_negative": "let y = lab.from_noise(3, -4);",
    "noise_of_lowest": "let y = lab.from_noise(3, -9223372036854775808);",
    "histogram_of_many": "let y = lab.from_histogram(1000000000000000);",
    "select_many": "let a = []; a.pad(100000, 0); let y = batch.grid(3); loop { y = y.select(a); }",
    "select_negative": "let y = batch.grid(1).select([-9223372036854775808]);",
    "values_of_many": "let y = batch.grid(3); let all = []; loop { all.push(y.values()); }",
    "spectra": "loop { power_spectrum(batch.grid(3)); }",
    "shown_without_end": "let i = 0; loop { lab.show(\"x\" + i, batch.grid(1)); i += 1; }",
    "plotted_without_end": "let i = 0; loop { lab.plot(\"x\" + i, 1.0); i += 1; }",
    "plot_of_a_long_name": "let s = \"x\"; s.pad(1000000, 'x'); loop { lab.plot(s, 1.0); s += \"\"; }",
    "plot_of_nan": "lab.plot(\"x\", 0.0 / 0.0); lab.plot(\"y\", 1e308 * 10.0);",
    "plot_of_control_letters": "lab.plot(\"\\x1b[2J\\x07\\u202e\\x00\", 1.0);",
    "kept_without_end": "loop { lab.keep(1, batch.grid(1)); }",
    "sampled_without_end": "loop { lab.sample(1, batch.grid(1)); }",
    "updated_without_end": "loop { lab.update(1, batch.grid(1), batch.grid(1)); }",
    "learned_with_infinite_weights": "let y = batch.grid(1); lab.learn(1, y, lab.score(1, y) * 0 + 1e308 * 1e10);",
    "persist_of_nothing": "lab.persist(1, batch, batch.grid(1)[0..0]);",
    "index_lowest": "let y = batch.grid(1)[-9223372036854775808];",
    "index_highest": "let y = batch.grid(1)[9223372036854775807];",
    "range_backwards": "let y = batch.grid(1)[3..1];",
    "range_huge": "let y = batch.grid(1)[0..9223372036854775807];",
    "range_inclusive_huge": "let y = batch.grid(1)[0..=9223372036854775807];",
    "grid_lowest": "let y = batch.grid(-9223372036854775808);",
    "grid_huge": "let y = batch.grid(9223372036854775807);",
    "up_from_nowhere": "let y = lab.up(9223372036854775807, batch.grid(0));",
    "down_from_nowhere": "let y = lab.down(-1, batch.grid(0));",
    "square_of_nan": "let m = square(batch.grid(1), 0.0 / 0.0);",
    "pepper_of_infinity": "let m = pepper(batch.grid(1), 1.0 / 0.0);",
    "strokes_of_all": "let m = strokes(batch.grid(3), 1.0);",
    "strokes_of_many": "loop { strokes(batch.grid(3), 0.999999999); }",
    "clamp_of_nan": "let y = batch.grid(1).clamp(0.0 / 0.0, 0.0 / 0.0); lab.update(1, y, y);",
    "where_of_nan": "let y = batch.grid(1); y = where(y / 0, y / 0, y); lab.update(1, y, y);",
    "learn_from_nan": "let y = (batch.grid(1) * 0 - 1).sqrt(); lab.update(1, y, y);",
    "exp_of_exp": "let y = batch.grid(1); for i in 0..40 { y = y.exp(); } lab.keep(1, y); lab.update(1, y, y);",
}
for name, body in IMAGES.items():
    expect = RUNS if name in ("plot_of_control_letters", "strokes_of_all") else REFUSED
    if name in ("tree_of_sums", "tree_shown", "sum_without_end_then_mean", "clamp_of_nan", "where_of_nan", "learn_from_nan", "exp_of_exp", "plot_of_nan",
                "learned_with_infinite_weights", "kept_in_a_list", "sampled_without_end", "updated_without_end", "persist_of_nothing", "range_huge", "range_inclusive_huge", "range_backwards"):
        expect = EITHER
    iterate(f"images_{name}", expect, body)

# --- time --------------------------------------------------------------------------------------------------------------

CALLBACKS = {"data": "", "pyramid": "", "network": "s", "kernel": "s", "rate": "t", "optimizer": "", "batch_size": "", "histogram": "",
             "reference": "", "iterate": "lab, batch", "step": "lab, s, y"}
LOOPS = {
    "loop": "loop { }",
    "recursion": "{call}",
    "do_until": "do { } until false;",
    "caught": "loop { try { throw 1 } catch { } }",
}
for function, parameters in CALLBACKS.items():
    for kind, body in LOOPS.items():
        body = body.replace("{call}", f"{function}({parameters})")
        add(f"endless_{kind}_in_{function}", REFUSED, f"fn {function}({parameters}) {{ {body} }}")
    add(f"endless_print_in_{function}", REFUSED, f'fn {function}({parameters}) {{ loop {{ print("never enough"); }} }}')
for kind in ["loop", "do_until", "caught"]:
    add(f"endless_{kind}_at_top", REFUSED, LOOPS[kind])
add("endless_print_at_top", REFUSED, 'loop { print("never enough"); }')
add("endless_debug_at_top", REFUSED, 'loop { debug("never enough"); }')
add("endless_print_of_much", REFUSED, "let s = \"x\"; s.pad(1000000, 'x'); loop { print(s); }")
add("endless_for_over_a_range", REFUSED, "let x = 0.0; for i in 0..=9223372036854775807 { x += 1; }")
add("for_over_a_range_of_nothing", EITHER, "for i in 0..=9223372036854775807 { }")
add("endless_for_in_for", REFUSED, "let x = 0; for a in 0..100000 { for b in 0..100000 { for c in 0..100000 { x += 1; } } }")
add("endless_sort", REFUSED, "let a = []; for i in 0..100000 { a.push(i * 7919 % 100003); } loop { a.sort(); a.reverse(); }")
add("endless_contains", REFUSED, "let a = []; a.pad(100000, 1); loop { a.contains(2); a.index_of(2); }")
add("endless_find_in_text", REFUSED, "let s = \"a\"; s.pad(1000000, 'a'); let t = \"a\"; t.pad(500000, 'a'); t += \"b\"; loop { s.contains(t); s.index_of(t); s.replace(t, \"c\"); }")
add("endless_remove_first", REFUSED, "let a = []; a.pad(100000, 1); loop { a.remove(0); a.insert(0, 1); }")
add("endless_dedup", REFUSED, "let a = []; a.pad(100000, 1); loop { let b = a; b.dedup(|x, y| false); }")
add("endless_reduce", REFUSED, "let a = []; a.pad(100000, 1); loop { a.reduce(|sum, x| sum, 0); }")
add("endless_filter_of_filter", REFUSED, "let a = []; a.pad(100000, 1); a.filter(|x| a.filter(|y| a.all(|z| true)).len() > 0);")
add("endless_compare_lists", REFUSED, "let a = []; a.pad(100000, [1, 2, 3]); let b = []; b.pad(100000, [1, 2, 3]); loop { if a != b { break; } }")
add("endless_compare_text", REFUSED, "let s = \"a\"; s.pad(1000000, 'a'); let t = s + \"\"; loop { if s != t { break; } }")
add("endless_upper_case", REFUSED, "let s = \"ß\"; s.pad(500000, 'ß'); loop { s.to_upper(); s.to_lower(); }")
add("endless_power", REFUSED, "let x = 1.0; loop { x = (x ** 1e308) % 7.0; }")
add("endless_fibonacci", REFUSED, "fn f(n) { if n < 2 { n } else { f(n - 1) + f(n - 2) } }\nf(45);")
add("endless_ackermann", REFUSED, "fn a(m, n) { if m == 0 { n + 1 } else if n == 0 { a(m - 1, 1) } else { a(m - 1, a(m, n - 1)) } }\na(4, 4);")
add("endless_sliders", REFUSED, 'let i = 0; loop { slider("s" + i, 1.0, 0.0, 2.0); i += 1; }')
add("endless_layers", REFUSED, "fn network(s) { let l = []; loop { l.push(conv(4, 3)); } net(l) }")
add("many_layers", EITHER, "fn network(s) { let l = []; for i in 0..20000 { l.push(conv(1, 1)); l.push(leaky(0.2)); } net(l) }")
add("many_nested_layers", EITHER, "fn network(s) { let l = [conv(4, 3)]; for i in 0..40000 { l = [l]; } net(l) }")
add("many_doubled_layers", REFUSED, "fn network(s) { let l = [conv(1, 1), leaky(0.2)]; for i in 0..60 { l = [l, l]; } net(l) }")
add("many_spectral_layers", EITHER, "fn network(s) { let l = [conv(4, 3)]; for i in 0..2000 { l = spectral(l); } net(l) }")
add("many_grids", EITHER, "fn pyramid() { let s = []; for i in 1..1025 { s.push(i); } sides(s) }")
add("many_steps", EITHER, "fn kernel(s) { langevin(#{ steps: 1000000, drift: 1.0, noise: 0.02 }) }")
add("many_steps_of_script", EITHER, "fn kernel(s) { custom(#{ steps: 1000000, step: |lab, s, y| y }) }")
add("many_leapfrog_steps", EITHER, "fn kernel(s) { hmc(#{ steps: 1000000, leapfrog: 1000 }) }")
add("many_temperatures", EITHER, "fn kernel(s) { let t = []; for i in 0..64 { t.push(1.0 + i); } tempered(#{ steps: 1000000, temperatures: t }) }")
add("many_images", EITHER, "fn data() { mixture(#{ count: 1000000, modes: 1000 }) }\nfn pyramid() { sides([1, 1024]) }")
add("many_images_of_a_texture", EITHER, "fn data() { texture(#{ count: 1000000 }) }\nfn pyramid() { sides([1, 1024]) }")
add("large_pyramid", EITHER, "fn data() { builtin(\"portraits\") }\nfn pyramid() { sides([1, 1024]) }\nfn network(s) { net([conv(4096, 3), leaky(0.2)]) }\nfn batch_size() { 4096 }")
add("large_network_twice", REFUSED, "fn network(s) { net([conv(8192, 63), leaky(0.2), conv(8192, 63), leaky(0.2)]) }")
add("large_fully_connected", EITHER, "fn network(s) { net([conv(8192, 1), fc(8192), fc(8192), fc(8192)]) }")
add("large_map", EITHER, "fn pyramid() { sides([1, 1024]) }\nfn network(s) { net([conv(8192, 1), leaky(0.2)]) }\nfn batch_size() { 4096 }")

# --- recursion ---------------------------------------------------------------------------------------------------------

add("recursion_mutual", REFUSED, "fn a() { b() }\nfn b() { a() }\nfn batch_size() { a() }")
add("recursion_ring_of_fifty", REFUSED, "\n".join(f"fn f{i}() {{ f{(i + 1) % 50}() }}" for i in range(50)) + "\nf0();")
add("recursion_by_pointer", REFUSED, 'fn f(g) { g.call(g) }\nlet g = Fn("f"); g.call(g);')
add("recursion_by_closure", REFUSED, "let f = |g| g.call(g); f.call(f);")
add("recursion_by_map", REFUSED, "let m = #{}; m.f = |x| x.f.call(x); m.f.call(m);")
add("recursion_by_sort", EITHER, "fn f() { let a = [2, 1]; a.sort(|x, y| f()); 1 }\nf();")
add("recursion_by_curry", REFUSED, 'fn f(x, y) { let g = Fn("f").curry(x); g.call(y) }\nf(1, 2);')
add("recursion_by_throw", REFUSED, "fn f() { try { f() } catch (e) { f() } }\nf();")
add("recursion_by_interpolation", REFUSED, "fn f() { `${f()}` }\nf();")
add("recursion_by_default_value", REFUSED, "fn f(n) { switch n { 0 => 0, _ => f(n + 1) } }\nf(1);")
add("recursion_of_side", REFUSED, "fn pyramid() { sides([1, side(1)]) }")
add("recursion_of_steps", REFUSED, "fn step(lab, s, y) { lab.sample(s, y) }")
for name, (open, inner, close, count) in {
    "parentheses": ("(", "1", ")", 4000),
    "brackets": ("[", "1", "]", 4000),
    "braces": ("{", "1", "}", 4000),
    "maps": ("#{a:", "1", "}", 4000),
    "negations": ("-", "1", "", 4000),
    "refusals": ("!", "true", "", 4000),
    "calls": ("f(", "1", ")", 4000),
    "conditions": ("if true {", "1", "}", 4000),
    "loops": ("loop {", "break;", "}", 4000),
    "tries": ("try {", "1", "} catch { }", 4000),
    "closures": ("|x| ", "x", "", 4000),
    "texts": ("`${", "1", "}`", 4000),
    "switches": ("switch 1 { _ =>", "1", "}", 4000),
    "sums": ("1 + ", "1", "", 4000),
    "powers": ("2 ** ", "1", "", 4000),
    "comparisons": ("1 == ", "1", "", 4000),
    "alternatives": ("true || ", "true", "", 4000),
    "coalescing": ("() ?? ", "1", "", 4000),
    "indices": ("a[", "0", "]", 4000),
    "properties": ("", "a", ".b", 4000),
    "index_chain": ("", "a", "[0]", 4000),
    "method_chain": ("", "a", ".f()", 4000),
    "else_ifs": ("if false { } else ", "{ }", "", 4000),
    "comments": ("/*", "x", "*/", 4000),
    "assignments": ("a = ", "1", "", 4000),
    "ranges": ("0..", "1", "", 4000),
    "statements": ("", "1", ";1", 4000),
}.items():
    expect = EITHER if name in ("comments", "statements", "sums", "else_ifs", "alternatives", "comparisons", "coalescing", "method_chain", "properties", "index_chain") else REFUSED
    add(f"nested_{name}", expect, "let a = " + open * count + inner + close * count + ";")
for name in ["parentheses", "brackets", "negations", "closures", "texts"]:
    open, inner, close = {"parentheses": ("(", "1", ")"), "brackets": ("[", "1", "]"), "negations": ("-", "1", ""), "closures": ("|x| ", "x", ""), "texts": ("`${", "1", "}`")}[name]
    add(f"nested_open_{name}", REFUSED, "let a = " + open * 10000, fill=False)

# --- names -------------------------------------------------------------------------------------------------------------

for word in ["print", "debug", "len", "push", "to_string", "min", "max", "sqrt", "call", "type_of", "is_def_var", "keys", "range", "abs", "timestamp", "throw", "this", "global"]:
    add(f"shadow_rhai_{word}", EITHER, f"fn {word}(a) {{ loop {{ }} }}\nfn rate(t) {{ 1e-3 }}")
for operator, name in {"+": "plus", "-": "minus", "*": "times", "/": "over", "==": "equal", "<": "below"}.items():
    add(f"shadow_operator_{name}", EITHER, f'fn rate(t) {{ let f = Fn("{operator}"); f.call(1, 2) * 1e-3 }}')
add("shadow_lab_in_iterate", REFUSED, "fn iterate(lab, batch) { lab = 7; lab.update(1, batch.grid(1), batch.grid(1)); }")
add("shadow_batch_in_iterate", REFUSED, "fn iterate(lab, batch) { batch = lab; batch.grid(1); }")
add("shadow_global", EITHER, "const global = #{ S: 3 };\nfn rate(t) { 1e-3 }")
add("many_functions", REFUSED, "\n".join(f"fn f{i}() {{ {i} }}" for i in range(3000)))
add("many_overloads", EITHER, "\n".join(f"fn f({', '.join(f'p{j}' for j in range(i))}) {{ {i} }}" for i in range(60)))
add("many_parameters", EITHER, f"fn f({', '.join(f'p{j}' for j in range(5000))}) {{ 1 }}")
add("many_arguments", REFUSED, f"f({', '.join('1' for j in range(5000))});")

# --- the sandbox -------------------------------------------------------------------------------------------------------

for name, call in {
    "eval": 'eval("1 + 1")', "eval_by_pointer": 'let f = Fn("eval"); f.call("loop { }")', "eval_by_call": 'call(Fn("eval"), "1")', "sleep": "sleep(1000000)",
    "sleep_by_pointer": 'Fn("sleep").call(1000000)', "exit": "exit(0)", "exit_by_pointer": 'Fn("exit").call(1)', "open_file": 'open_file("/etc/passwd")',
    "read": 'read("/etc/passwd")', "system": 'system("id")', "exec": 'exec("id")', "require": 'require("fs")', "process": "process.exit(1)",
    "environment": 'env("HOME")', "environment_list": "envs()", "fetch": 'fetch("http://example.org")', "spawn": 'spawn("id")', "parse_json": 'parse_json("[[[[")',
    "load": 'load("x")', "set_limits": "set_max_operations(0)", "engine": "engine.set_max_operations(0)", "import_function": 'import_("x")', "cwd": 'cd("/")',
    "remove": 'remove_file("/etc/passwd")', "write": 'write_file("hostile-was-here", "x")', "panic": 'panic("x")', "assert": "assert(false)",
    "unwrap": "().unwrap()", "abort": "abort()", "transmute": "transmute(1)", "pointer_of_nothing": 'Fn("")', "pointer_of_operator": 'Fn("loop").call()',
    "this": "this.update(1)", "this_called": "let f = || this.x; f.call()", "private": "private fn f() { }", "thread": "thread(|| 1)", "random": "rand(0, 1)",
    "random_seeded": "seed(7)", "debugger": "debugger", "metadata": "get_fn_metadata_list()", "custom_syntax": "async fn f() { await 1 }",
}.items():
    expect = EITHER if name in ("metadata", "debugger", "private", "parse_json", "exit", "exit_by_pointer") else REFUSED
    add(f"sandbox_{name}", expect, f"{call};")
    add(f"sandbox_{name}_in_rate", expect, f"fn rate(t) {{ {call}; 1e-3 }}")

CLOSURES = {
    "lab_called_later": "let f = || lab.update(1, batch.grid(1), batch.grid(1)); f.call(); f.call();",
    "lab_thrown": "throw lab;",
    "batch_thrown": "throw batch;",
    "lab_kept_in_a_list": "let a = [lab]; a[0].update(1, batch.grid(1), batch.grid(1)); a.push(a);",
    "lab_compared": "if lab == lab { }",
    "lab_printed": "print(lab); debug(lab); print(batch);",
    "lab_as_text": "let s = lab.to_string() + batch.to_debug(); print(s);",
    "lab_as_index": "let a = [1]; a[lab];",
    "lab_as_json": "#{ a: lab }.to_json();",
    "lab_sampled_in_a_closure": "let f = |s| lab.sample(s, batch.grid(s)); [1, 2, 3].map(f);",
    "lab_in_a_sort": "let a = [3, 2, 1]; a.sort(|x, y| { lab.sample(1, batch.grid(1)); 0 });",
    "lab_shared": "let x = lab; let f = || { x = 1; x }; f.call(); x.update(1, 2, 3);",
    "curried_lab": 'let f = Fn("print").curry(lab); f.call();',
    "iterate_called": "iterate(lab, batch);",
    "iterate_by_pointer": 'Fn("iterate").call(lab, batch);',
    "rate_of_lab": "rate(lab);",
    "is_shared": "let x = [lab]; let f = || x.push(lab); f.call(); x.is_shared();",
    "type_of_lab": "lab.plot(type_of(lab), 1.0);",
}
for name, body in CLOSURES.items():
    iterate(f"closure_{name}", EITHER, body)
add("closure_as_step_that_keeps_the_lab", EITHER, "fn kernel(s) { let kept = []; custom(#{ steps: 3, step: |lab, s, y| { kept.push(lab); kept.push(y); y } }) }")
add("closure_as_step_that_calls_itself", REFUSED, 'fn move(lab, s, y) { Fn("move").call(lab, s, y) }\nfn kernel(s) { custom(#{ steps: 3, step: Fn("move") }) }')
add("closure_as_step_of_a_host_word", EITHER, 'fn kernel(s) { custom(#{ steps: 3, step: Fn("langevin") }) }')
add("closure_as_step_of_eval", REFUSED, 'fn kernel(s) { custom(#{ steps: 3, step: Fn("eval") }) }')
add("closure_as_step_endless", REFUSED, "fn kernel(s) { custom(#{ steps: 3, step: |lab, s, y| { loop { } } }) }")
add("closure_as_step_curried", EITHER, 'fn move(a, lab, s, y) { a.push(1); y }\nfn kernel(s) { custom(#{ steps: 3, step: Fn("move").curry([]) }) }')

# --- arithmetic --------------------------------------------------------------------------------------------------------

LOWEST = "(-9223372036854775807 - 1)"
for name, value in {
    "lowest_over_minus_one": f"{LOWEST} / -1",
    "lowest_rest_minus_one": f"{LOWEST} % -1",
    "over_nothing": "1 / 0",
    "rest_of_nothing": "1 % 0",
    "power_of_lowest": f"2 ** {LOWEST}",
    "power_overflow": "9223372036854775807 ** 9223372036854775807",
    "sum_overflow": "9223372036854775807 + 1",
    "product_overflow": f"{LOWEST} * {LOWEST}",
    "negated_lowest": f"-{LOWEST}",
    "absolute_of_lowest": f"{LOWEST}.abs()",
    "shift_far": "1 << 1000000000",
    "shift_back_far": f"1 >> {LOWEST}",
    "shift_by_lowest": f"1 << {LOWEST}",
    "float_to_int": "1e308.to_int()",
    "nan_to_int": "(0.0 / 0.0).to_int()",
    "parse_far": 'parse_int("99999999999999999999999")',
    "parse_in_no_base": 'parse_int("10", 1)',
    "parse_in_a_huge_base": 'parse_int("10", 9223372036854775807)',
    "bit_far": "1.get_bit(9223372036854775807)",
    "bits_far": f"1.get_bits({LOWEST}, 9223372036854775807)",
    "bits_set_far": "let x = 1; x.set_bits(60, 60, 9223372036854775807); x",
    "letter_far": '"abc"[9223372036854775807]',
    "letter_lowest": f'"abc"[{LOWEST}]',
    "letter_within_a_letter": '"\u00e9\u00e9".sub_string(1, 9223372036854775807)',
    "crop_of_letters": f'let s = "\u00e9\u00e9"; s.crop({LOWEST}, 9223372036854775807); s.len()',
    "text_cut_at_lowest": f'let s = "\u00e9"; s.truncate({LOWEST}); s.len()',
    "splice_far": f"let a = [1]; a.splice({LOWEST}, 9223372036854775807, [2]); a.len()",
    "drain_far": f"let a = [1]; a.drain({LOWEST}, 9223372036854775807).len()",
    "extract_far": "[1].extract(9223372036854775807, 9223372036854775807).len()",
    "chop_lowest": f"let a = [1]; a.chop({LOWEST}); a.len()",
    "truncate_far": "let a = [1]; a.truncate(9223372036854775807); a.len()",
    "blob_far": "let b = blob(8); b.parse_le_int(9223372036854775807, 9223372036854775807)",
    "blob_written_far": f'let b = blob(8); b.write_utf8({LOWEST}, 9223372036854775807, "x"); b.len()',
    "blob_split_lowest": f"let b = blob(8); b.split({LOWEST}).len()",
    "range_step_lowest": f"let x = 0; for i in range(9223372036854775807, {LOWEST}, {LOWEST}) {{ x += 1; }} x",
    "range_round": f"let x = 0; for i in range(9223372036854775806, 9223372036854775807, 5) {{ x += 1; }} x",
    "letters_of_a_range": 'let x = 0; for c in "abc".chars(9223372036854775807, 9223372036854775807) { x += 1; } x',
    "bits_of_a_range": f"let x = 0; for b in bits(1, {LOWEST}, 9223372036854775807) {{ x += 1; }} x",
    "time_before": "let t = timestamp() - 1e300; t.elapsed",
    "time_far": "let t = timestamp() + 9223372036854775807; t.elapsed",
    "time_of_nan": "let t = timestamp() + (0.0 / 0.0); t.elapsed",
}.items():
    add(f"arithmetic_{name}", EITHER, f"let result = {{ {value} }};")
    add(f"arithmetic_{name}_in_rate", EITHER, f"fn rate(t) {{ let result = {{ {value} }}; 1e-3 }}")

# --- values within values ----------------------------------------------------------------------------------------------

DEEP = {
    "caught": "let a = []; loop { try { a = [a]; } catch { } }",
    "beside_many": "let a = []; loop { let b = []; b.pad(200, 0); b[100] = a; a = b; }",
    "in_maps_beside_many": "let m = #{}; loop { m = #{ a: 1, b: [1, 2, 3], c: m, d: 4 }; }",
    "by_a_function": "fn wrap(x) { [x] } let a = []; loop { a = wrap(a); }",
    "by_a_method": "fn wrap() { [this] } let a = []; loop { a = a.wrap(); }",
    "in_this": "fn wrap() { loop { this.a = [this.a]; } } let m = #{ a: 1 }; m.wrap();",
    "by_reduce": "let l = []; l.pad(100000, 0); let a = l.reduce(|sum, x| [sum], []); print(a);",
    "by_reduce_to_maps": "let l = []; l.pad(50000, 0); let a = l.reduce(|sum, x| #{ a: sum }, #{}); print(a);",
    "by_reduce_to_closures": 'let l = []; l.pad(100000, 0); let a = l.reduce(|sum, x| Fn("print").curry(sum), 1); print(a);',
    "by_calls": "fn wrap(n) { if n == 0 { 1 } else { " + "[" * 40 + "wrap(n - 1)" + "]" * 40 + " } } print(wrap(44));",
    "by_calls_and_compared": "fn wrap(n) { if n == 0 { 1 } else { " + "[" * 40 + "wrap(n - 1)" + "]" * 40 + " } } if wrap(40) == wrap(40) { throw 1 }",
    "by_calls_in_maps": "fn wrap(n) { if n == 0 { 1 } else { " + "#{ a: " * 30 + "wrap(n - 1)" + " }" * 30 + " } } let x = wrap(44).to_json();",
    "pushed": "let a = []; loop { let b = [0]; b.push(a); a = b; }",
    "inserted_and_shown": "let a = []; for i in 0..5000 { let b = []; b.insert(0, a); a = b; } debug(a);",
    "as_a_constant": "const A = []; let a = A; loop { a = [A, a]; }",
    "thrown": "let a = []; for i in 0..90 { a = [a]; } throw a;",
    "returned": "fn rate(t) { let a = []; for i in 0..90 { a = [a]; } a }",
    "as_options": "fn kernel(s) { let a = 1; for i in 0..90 { a = #{ drift: a }; } langevin(a) }",
    "as_layers": "fn network(s) { let a = conv(4, 3); for i in 0..90 { a = [a]; } net([a]) }",
    "as_text": "let a = [1]; for i in 0..90 { a = [a, a.to_string()]; }",
    "as_json": "let a = #{ a: 1 }; for i in 0..90 { a = #{ a: a }; } print(a.to_json());",
    "closures_shown": "let f = |x| x; for i in 0..90 { let g = f; f = |x| g.call(x); } print(f); debug(f);",
    "closure_in_itself_shown": "let m = #{}; let f = || m; m.f = f; print(m);",
    "closure_in_itself_as_text": "let m = #{}; let f = || m; m.f = f; let s = `${m}`;",
    "closure_in_itself_compared": "let m = #{}; let f = || m; m.f = f; if m == m { throw 1 }",
    "closure_in_itself_thrown": "let m = #{}; let f = || m; m.f = f; throw m;",
    "closure_of_a_list_in_it": "let a = []; let f = || a; a.push(f); print(a);",
    "closure_pushes_itself": "let a = []; let f = || a.push(a); for i in 0..50 { f.call(); } print(a);",
    "closure_shares_with_a_list": "let x = 1; let f = || x; let a = [x, f]; a.push(x); x = a; print(x); a.len();",
}
for name, body in DEEP.items():
    add(f"deep_{name}", EITHER, body)
    if not body.startswith("fn "):
        add(f"deep_{name}_in_network", EITHER, f"fn network(s) {{ {body} net([conv(4, 3)]) }}")
        iterate(f"deep_{name}_in_iterate", EITHER, body)

# --- slow, again and again ---------------------------------------------------------------------------------------------

BURN = "let i = 0; while i < 2500000 { i += 1; }"
add("slow_network_of_many_grids", REFUSED, f"fn pyramid() {{ let s = []; for i in 1..120 {{ s.push(i); }} sides(s) }}\nfn network(s) {{ {BURN} net([conv(1, 1)]) }}")
add("slow_kernel_of_many_grids", REFUSED, f"fn pyramid() {{ let s = []; for i in 1..120 {{ s.push(i); }} sides(s) }}\nfn kernel(s) {{ {BURN} langevin(#{{ steps: 1, drift: 1.0, noise: 0.1 }}) }}")
add("slow_step_of_many", EITHER, f"fn kernel(s) {{ custom(#{{ steps: 100000, step: |lab, s, y| {{ {BURN} y }} }}) }}")
add("slow_iterate", EITHER, f"fn iterate(lab, batch) {{ {BURN} }}")
add("slow_rate", EITHER, f"fn rate(t) {{ {BURN} 1e-3 }}")

# --- names and prints --------------------------------------------------------------------------------------------------

iterate("names_plot_of_a_million_letters", REFUSED, "let s = \"x\"; s.pad(1000000, 'x'); lab.plot(s, 1.0);")
iterate("names_show_of_a_million_letters", REFUSED, "let s = \"x\"; s.pad(1000000, 'x'); lab.show(s, batch.grid(1));")
add("names_slider_of_a_million_letters", REFUSED, "fn rate(t) { let s = \"x\"; s.pad(1000000, 'x'); slider(s, 1e-3, 0.0, 1.0) }")
add("names_choice_of_a_million_letters", REFUSED, "fn rate(t) { let s = \"x\"; s.pad(1000000, 'x'); choice(s, \"a\", [\"a\"]); 1e-3 }")
add("names_toggle_of_a_million_letters", REFUSED, "fn rate(t) { let s = \"x\"; s.pad(1000000, 'x'); toggle(s, true); 1e-3 }")
add("names_of_a_thousand_sliders", REFUSED, 'fn rate(t) { for i in 0..1000 { slider("s" + i, 1.0, 0.0, 2.0); } 1e-3 }')
add("names_print_of_escapes", RUNS, 'print("\\x1b[2J\\x1b]0;owned\\x07\\r\\n\\u202eevil"); debug("\\x1b[31m");\nfn rate(t) { print("\\x1b[2J"); 1e-3 }')
add("names_error_of_letters_of_two_bytes", REFUSED, f'fn rate(t) {{ let x = #{{ {"é" * 10}: 1 }}; throw "{"é" * 2000}" }}')
add("names_missing_function_of_a_map", REFUSED, f'fn rate(t) {{ no_such_function("{"ö" * 900}", [1, 2], #{{ a: 1 }}) }}')
add("names_unknown_option_of_letters_of_two_bytes", REFUSED, f'fn kernel(s) {{ langevin(#{{ "{"x" + "é" * 1000}": 1 }}) }}')

# --- text --------------------------------------------------------------------------------------------------------------

add("text_empty", RUNS, "")
add("text_of_spaces", RUNS, " " * 50000)
add("text_of_lines", RUNS, "x\n".replace("x", "") * 50000)
add("text_long_comment", RUNS, "// " + "x" * 60000)
add("text_open_comment", EITHER, "/* " + "x" * 1000, fill=False)
add("text_long_name", EITHER, f"let {'a' * 60000} = 1;")
add("text_long_string", EITHER, f'let a = "{"x" * 60000}";')
add("text_long_number", EITHER, f"let a = {'9' * 30000};")
add("text_long_fraction", EITHER, f"let a = 0.{'9' * 30000};")
add("text_long_exponent", EITHER, f"let a = 1e{'9' * 400};")
add("text_long_hexadecimal", REFUSED, f"let a = 0x{'f' * 10000};")
add("text_long_operator", REFUSED, f"let a = 1 {'+' * 10000} 1;")
add("text_long_error", REFUSED, f"fn rate(t) {{ throw \"{'x' * 60000}\" }}")
add("text_error_of_escapes", REFUSED, 'fn rate(t) { throw "\\x1b[2J\\x1b]0;owned\\x07\\r\\n/etc/passwd:1:1: trust me" }')
add("text_error_that_looks_like_a_place", REFUSED, 'throw "other.rhai:7:7: not here (line 3, position 9)";')
add("text_zero", REFUSED, "let a\0 = 1;")
add("text_zero_in_a_string", EITHER, 'let a = "x\0y";')
add("text_byte_order_marks", REFUSED, "\ufeff\ufeff\ufefflet a = 1;")
add("text_right_to_left", REFUSED, "let \u202eadmin\u202c = 1;")
add("text_hidden_letters", REFUSED, "fn ra\u200bte(t) { 1 }")
add("text_like_letters", EITHER, "fn r\u0430te(t) { loop { } }")
add("text_combining_letters", REFUSED, "let a" + "\u0301" * 5000 + " = 1;")
add("text_of_flags", EITHER, 'let a = "' + "\U0001f1e6" * 5000 + '";')
add("text_joined_emoji", EITHER, 'let a = "' + "\U0001f468\u200d" * 5000 + '";')
add("text_private_letters", REFUSED, "\ue000\uf8ff\U000f0000 = 1;")
add("text_line_separators", REFUSED, "let a = 1;\u2028let b = ;\u2029let c = 2;")
add("text_of_carriage_returns", REFUSED, "let a = 1;\rlet b = ;\rlet c = 2;")
add("text_full_width", REFUSED, "ｌｅｔ ａ ＝ １；")
add("text_of_quotes", REFUSED, '"' * 29999)
add("text_of_backticks", REFUSED, "`" * 29999)
add("text_of_backslashes", REFUSED, "\\" * 9999)
add("text_of_brackets", REFUSED, "([{" * 9999)
add("text_of_closing_brackets", REFUSED, ")]}" * 9999)
add("text_of_shebang", EITHER, "#!/bin/sh\nrm -rf /nowhere")
add("text_html", REFUSED, "<script>alert(1)</script>")
add("text_json", REFUSED, '{"a": [1, 2, {"b": null}]}')
add("text_escape_unicode", REFUSED, 'let a = "\\U0010ffff\\Uffffffff";')
add("text_escape_open", REFUSED, 'let a = "\\', fill=False)
add("text_escape_surrogate", REFUSED, 'let a = "\\ud800";')
add("text_raw_string", EITHER, 'let a = #"x"#; let b = ' + "#" * 5000 + '"x"' + "#" * 5000 + ";")
add("text_of_semicolons", EITHER, ";" * 30000)
add("text_of_labels", EITHER, "\n".join(f"const A{i} = {i};" for i in range(1500)))
add("text_of_a_name_with_markup", RUNS, 'fn iterate(lab, batch) { lab.plot("<img src=x onerror=alert(1)>", 1.0); lab.show("</script>", batch.grid(1)); }')
add("text_of_a_slider_with_markup", RUNS, 'fn rate(t) { slider("\\u202e<b>", 1e-3, 0.0, 1.0, "</b>", "&amp;") }')

BYTES = {
    "bytes_zeros": bytes(5000),
    "bytes_all": bytes(range(256)) * 40,
    "bytes_not_utf8": b"let a = \xff\xfe\xfd;\n",
    "bytes_long_form_of_a_slash": b"import \"..\xc0\xaf..\xc0\xafetc\" as x;\n",
    "bytes_utf16": "fn rate(t) { 1 }".encode("utf-16"),
    "bytes_png": b"\x89PNG\r\n\x1a\n" + bytes(range(255, -1, -1)) * 10,
    "bytes_elf": b"\x7fELF\x02\x01\x01" + bytes(200),
    "bytes_gzip": b"\x1f\x8b\x08\x00" + bytes(range(128, 256)) * 8,
    "bytes_cut_letter": b"let a = \"\xe2\x82",
}


def main():
    for old in [*HERE.glob("*.rhai"), *HERE.glob("modules/*.rhai")]:
        old.unlink()
    (HERE / "modules").mkdir(exist_ok=True)
    for name, text in files.items():
        (HERE / f"{name}.rhai").write_bytes(text.encode())
    for name, data in BYTES.items():
        expect = REFUSED.encode() if name not in ("bytes_zeros",) else REFUSED.encode()
        (HERE / f"{name}.rhai").write_bytes(b"// expect: " + expect + b"\n" + data)
    for name, text in modules.items():
        (HERE / "modules" / f"{name}.rhai").write_text(text + "\n")
    print(len(files) + len(BYTES), "recipes,", len(modules), "modules")


main()
