//! Settings, sound and broken.

use super::*;
use egui_tiles::Tile;
use proptest::prelude::*;

fn changed() -> Settings {
    let mut settings = Settings { theme: ThemePreference::Light, zoom: 1.3, toured: true, ..Settings::default() };
    layout::show_pane(&mut settings.layout, Pane::Network);
    settings.bindings.set(Action::StepMcmc, vec![keys::parse("Ctrl+Shift+M").unwrap(), keys::parse("[").unwrap()]);
    settings.bindings.set(Action::StepGrid, Vec::new());
    settings.recent = vec![Action::Palette, Action::Show(Pane::Runs)];
    settings
}

/// Whether every panel can be reached: it is in the window once, below the root.
fn holds_all(tree: &Tree<Pane>) -> bool {
    let mut found = Vec::new();
    let mut waiting: Vec<egui_tiles::TileId> = tree.root.into_iter().collect();
    while let Some(id) = waiting.pop() {
        match tree.tiles.get(id) {
            Some(Tile::Pane(pane)) => found.push(*pane),
            Some(Tile::Container(container)) => waiting.extend(container.children().copied()),
            None => return false,
        }
    }
    found.sort();
    found == Pane::ALL
}

#[test]
fn what_is_kept_comes_back() {
    for settings in [Settings::default(), changed()] {
        let (again, faults) = Settings::read(Some(&settings.write()));
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(again.write(), settings.write());
        assert_eq!(layout::front(&again.layout, Pane::Images), layout::front(&settings.layout, Pane::Images));
    }
    let (first, faults) = Settings::read(None);
    assert!(faults.is_empty() && !first.toured);
}

#[test]
fn a_broken_piece_costs_no_other() {
    let whole = changed().write();
    for (piece, broken, wanted) in [
        ("theme", json!("purple"), "theme: it is none of dark, light, system"),
        ("theme", json!(7), "theme: invalid type"),
        ("zoom", json!(900), "zoom: 900 is not within 0.5 and 3"),
        ("zoom", json!("large"), "zoom: invalid type"),
        ("layout", json!({"version": 99, "panels": null}), "layout: version 99 is not 1"),
        ("layout", json!([1, 2]), "layout: invalid"),
        ("keys", json!({"Teleport": ["T"]}), "there is no command “Teleport”"),
        ("keys", json!({"Save": ["Hyper+S"]}), "those of Checkpoint are as at first"),
        ("keys", json!({"Save": ["Ctrl+S"]}), "Checkpoint and Apply share a key"),
        ("panels", json!({"log": 5}), "log: invalid type"),
        ("toured", json!("yes"), "toured: invalid type"),
    ] {
        let mut pieces: Map<String, Value> = serde_json::from_str(&whole).unwrap();
        pieces.insert(piece.to_owned(), broken);
        let (read, faults) = Settings::read(Some(&Value::Object(pieces).to_string()));
        assert_eq!(faults.len(), 1, "{piece}: {faults:?}");
        assert!(faults[0].contains(wanted), "{piece}: {faults:?}");
        assert!(holds_all(&read.layout));
        for (other, kept) in [
            ("theme", read.theme == ThemePreference::Light),
            ("zoom", read.zoom == 1.3),
            ("keys", read.bindings.is_changed(Action::StepMcmc)),
            ("toured", read.toured),
            ("layout", layout::front(&read.layout, Pane::Images) == Some(Pane::Network)),
        ] {
            assert!(other == piece || kept, "{piece} took {other} along");
        }
    }
}

#[test]
fn settings_that_are_no_json_say_where() {
    let (settings, faults) = Settings::read(Some("{\n  \"theme\": \"light\",\n"));
    assert_eq!(settings.theme, ThemePreference::Dark);
    assert!(faults[0].contains("line 3"), "{faults:?}");
    assert!(settings.toured, "who has settings has seen the tour");
}

#[test]
fn settings_are_kept_when_they_have_rested() {
    let mut keeper = Keeper::new(Some("a"));
    assert_eq!(keeper.look(0.0, "a".to_owned()), None);
    assert_eq!(keeper.look(1.0, "b".to_owned()), None, "it may still be moving");
    assert_eq!(keeper.look(2.0, "c".to_owned()), None);
    assert!(keeper.is_behind());
    assert_eq!(keeper.look(3.0, "c".to_owned()), Some("c".to_owned()));
    assert_eq!(keeper.look(4.0, "c".to_owned()), Some("c".to_owned()), "until it is done");
    keeper.keep("c".to_owned());
    assert_eq!(keeper.look(5.0, "c".to_owned()), None);
    assert!(!keeper.is_behind());
}

/// Another value in place of the piece at `path` steps into the settings.
fn mutate(value: &mut Value, path: &[usize], new: &Value) {
    let Some((&step, rest)) = path.split_first() else {
        *value = new.clone();
        return;
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = step % items.len();
            mutate(&mut items[at], rest, new);
        }
        Value::Object(map) if !map.is_empty() => {
            let at = step % map.len();
            if let Some(inner) = map.values_mut().nth(at) {
                mutate(inner, rest, new);
            }
        }
        _ => *value = new.clone(),
    }
}

fn anything() -> impl Strategy<Value = Value> {
    let whole = changed().write();
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["Images", "Images", "Runs"])),
        Just(json!({"tabs": {"panels": ["Log", "Log", "Nowhere"], "front": "Log"}})),
        Just(json!([{"share": -1e300, "holds": {"across": []}}])),
        Just(serde_json::from_str(&whole).unwrap_or_default()),
    ]
}

#[test]
fn no_flipped_bit_of_settings_breaks_the_window() {
    let whole = changed().write().into_bytes();
    for bit in 0..8 * whole.len() {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (settings, _) = Settings::read(Some(&String::from_utf8_lossy(&bytes)));
        assert!(holds_all(&settings.layout) && ZOOM.contains(&settings.zoom), "bit {bit}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_window(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (settings, _) = Settings::read(Some(&String::from_utf8_lossy(&bytes)));
        prop_assert!(holds_all(&settings.layout));
    }

    #[test]
    fn no_cut_of_settings_breaks_the_window(at in 0usize..4_000, byte in any::<u8>()) {
        let whole = changed().write();
        let at = at % whole.len();
        let cut: String = whole.chars().take(at).collect();
        let spoiled: String = format!("{cut}{}{}", char::from(byte), &whole[at..]);
        for text in [cut, spoiled] {
            let (settings, _) = Settings::read(Some(&text));
            prop_assert!(holds_all(&settings.layout));
            prop_assert!(ZOOM.contains(&settings.zoom));
        }
    }

    #[test]
    fn no_change_of_settings_breaks_the_window(
        path in proptest::collection::vec(0usize..9, 0..12),
        new in anything(),
    ) {
        let mut value: Value = serde_json::from_str(&changed().write()).unwrap();
        mutate(&mut value, &path, &new);
        let (settings, faults) = Settings::read(Some(&value.to_string()));
        prop_assert!(holds_all(&settings.layout));
        prop_assert!(ZOOM.contains(&settings.zoom));
        prop_assert!(faults.iter().all(|fault| fault.contains(':') || fault.contains("as at first")));
        let (again, second) = Settings::read(Some(&settings.write()));
        prop_assert!(second.is_empty(), "what is written again is sound: {second:?}");
        prop_assert_eq!(again.write(), settings.write());
    }
}
