//! Keys of the editor beyond those of every text field.

use super::super::draft::Draft;
use super::super::undo::Change;
use super::bar::Open;
use super::edits::{self, Selection};
use super::number;
use super::scan::Scan;
use super::{Editor, Move};
use eframe::egui::{Key, Modifiers, Ui};

/// A larger step of a number.
const LARGE: i64 = 10;

/// An edit of the selected text.
type Edit = fn(&mut String, Selection) -> Selection;

const EDITS: [(Modifiers, Key, Edit); 4] = [
    (Modifiers::SHIFT, Key::Tab, edits::outdent),
    (Modifiers::NONE, Key::Tab, edits::indent),
    (Modifiers::NONE, Key::Enter, edits::new_line),
    (Modifiers::COMMAND, Key::Slash, edits::toggle_comments),
];

/// Takes the keys that are the editor's; `focused` says whether the text has them all.
pub fn take(editor: &mut Editor, ui: &Ui, draft: &mut Draft, selection: Selection, focused: bool) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if ui.ctx().memory(|memory| memory.top_modal_layer().is_some()) {
        return;
    }
    if focused && editor.popup.is_open() && popup(editor, ui, draft) {
        return;
    }
    let shift = Modifiers::COMMAND | Modifiers::SHIFT;
    let no_field = focused || !ui.ctx().text_edit_focused();
    if no_field && (pressed(shift, Key::Z) || pressed(Modifiers::COMMAND, Key::Y)) {
        editor.go_to_change(draft.redo());
    } else if no_field && pressed(Modifiers::COMMAND, Key::Z) {
        editor.go_to_change(draft.undo());
    }
    bar(editor, ui, draft, selection);
    if !focused {
        return;
    }
    if pressed(Modifiers::COMMAND, Key::Space) {
        editor.complete_now = true;
    }
    for (modifiers, key, steps) in [
        (shift, Key::ArrowUp, LARGE),
        (shift, Key::ArrowDown, -LARGE),
        (Modifiers::COMMAND, Key::ArrowUp, 1),
        (Modifiers::COMMAND, Key::ArrowDown, -1),
    ] {
        let on_number = number::at(&editor.scan, selection.at).is_some();
        if on_number && pressed(modifiers, key) {
            step(editor, draft, selection.at, steps);
            return;
        }
    }
    for (modifiers, key, edit) in EDITS {
        if pressed(modifiers, key) {
            draft.changed(Change::Typed);
            let selection = edit(&mut draft.text, selection);
            draft.changed(Change::Whole);
            editor.go = Some(Move::Select(selection));
            editor.popup.close();
            return;
        }
    }
}

/// Keys of the list of completions; whether one was pressed.
fn popup(editor: &mut Editor, ui: &Ui, draft: &mut Draft) -> bool {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let popup = &mut editor.popup;
    if pressed(Modifiers::NONE, Key::Escape) {
        popup.close();
    } else if pressed(Modifiers::NONE, Key::ArrowDown) {
        popup.choose(true);
    } else if pressed(Modifiers::NONE, Key::ArrowUp) {
        popup.choose(false);
    } else if pressed(Modifiers::NONE, Key::Tab) {
        let taken = popup.tab();
        editor.put_in(draft, taken);
    } else if popup.has_choice() && pressed(Modifiers::NONE, Key::Enter) {
        let taken = popup.take();
        editor.put_in(draft, taken);
    } else {
        return false;
    }
    true
}

/// Keys of the bar.
fn bar(editor: &mut Editor, ui: &Ui, draft: &Draft, selection: Selection) {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    for (key, open) in [(Key::F, Open::Find), (Key::H, Open::Replace), (Key::G, Open::Line)] {
        if pressed(Modifiers::COMMAND, key) {
            editor.bar.open(open, &draft.text, selection);
        }
    }
    let in_bar = editor.bar.open != Open::Closed;
    if in_bar && pressed(Modifiers::NONE, Key::Escape) {
        editor.bar.open = Open::Closed;
        editor.take_focus = true;
    }
    let shift_f3 = pressed(Modifiers::SHIFT, Key::F3);
    if shift_f3 || pressed(Modifiers::NONE, Key::F3) {
        let ask = editor.bar.next(&draft.text, selection, shift_f3);
        editor.go = ask.and_then(Move::of).or(editor.go.take());
    }
}

/// Steps the number at a byte.
pub fn step(editor: &mut Editor, draft: &mut Draft, byte: usize, steps: i64) {
    let scan = Scan::new(&draft.text);
    let Some(range) = number::at(&scan, byte) else {
        return;
    };
    if let Some(stepped) = number::stepped(&draft.text[range.clone()], steps) {
        draft.changed(Change::Typed);
        let (start, end) = (range.start, range.start + stepped.len());
        draft.text.replace_range(range, &stepped);
        draft.changed(Change::Stepped(start));
        editor.go = Some(Move::Select(Selection::one(end)));
    }
}
