//! Keys: how they are written, which action they belong to, and which were pressed.

use super::action::{ACTIONS, Action, Entry, Scope};
use super::layout::Pane;
use eframe::egui::{Context, Event, Id, InputState, Key, KeyboardShortcut, Modifiers};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key with its modifiers.
pub type Chord = KeyboardShortcut;

/// Reads what [`written`] writes, such as `Ctrl+Shift+S`.
#[must_use]
pub fn parse(text: &str) -> Option<Chord> {
    let (mut rest, mut modifiers) = (text.trim(), Modifiers::NONE);
    loop {
        let known = [("Ctrl+", Modifiers::COMMAND), ("Shift+", Modifiers::SHIFT), ("Alt+", Modifiers::ALT)];
        let Some((name, modifier)) = known.into_iter().find(|(name, _)| rest.starts_with(name)) else { break };
        (rest, modifiers) = (&rest[name.len()..], modifiers.plus(modifier));
    }
    Key::from_name(rest).map(|key| Chord::new(modifiers, key))
}

/// A chord as it is kept. `Ctrl` is the command key on a Mac.
#[must_use]
pub fn written(chord: Chord) -> String {
    write(chord, "Ctrl+", chord.logical_key.name())
}

/// A chord as it is shown.
#[must_use]
pub fn text(ctx: &Context, chord: Chord) -> String {
    let command = if ctx.os().is_mac() { "Cmd+" } else { "Ctrl+" };
    let key = match chord.logical_key {
        key @ (Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp) => key.name(),
        Key::PageUp => "Page up",
        Key::PageDown => "Page down",
        Key::Minus => "-",
        key => key.symbol_or_name(),
    };
    write(chord, command, key)
}

fn write(chord: Chord, command: &str, key: &str) -> String {
    let Modifiers { alt, shift, command: with_command, .. } = chord.modifiers;
    let mut text = String::new();
    for (held, name) in [(with_command, command), (alt, "Alt+"), (shift, "Shift+")] {
        text.push_str(if held { name } else { "" });
    }
    text + key
}

/// What pressing this key now would be, for an action that is given a new key; `Err` says why it cannot be one.
///
/// # Errors
/// Keys that every text field and window needs.
pub fn assignable(key: Key, held: Modifiers) -> Result<Chord, &'static str> {
    let mut modifiers = Modifiers { alt: held.alt, shift: held.shift, command: held.command, ..Modifiers::NONE };
    if is_punctuation(key) {
        modifiers.shift = false;
    }
    match key {
        Key::Tab => Err("Tab moves from field to field"),
        Key::Enter if modifiers.is_none() => Err("Enter confirms"),
        Key::A | Key::C | Key::V | Key::X | Key::Y | Key::Z if modifiers.command && !modifiers.alt => {
            Err("text fields need this key")
        }
        _ => Ok(Chord::new(modifiers, key)),
    }
}

/// Where the key's sign depends on Shift, Shift says nothing.
fn is_punctuation(key: Key) -> bool {
    use Key as K;
    matches!(
        key,
        K::Colon | K::Comma | K::Minus | K::Period | K::Plus | K::Equals | K::Semicolon | K::Backslash | K::Slash
    ) || matches!(key, K::Pipe | K::Questionmark | K::Exclamationmark | K::OpenBracket | K::CloseBracket)
        || matches!(key, K::OpenCurlyBracket | K::CloseCurlyBracket | K::Backtick | K::Quote)
}

fn is_function(key: Key) -> bool {
    let name = key.name();
    name.len() > 1 && name.starts_with('F') && name[1..].bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether a key with what is held is this chord.
fn is_pressed(chord: Chord, key: Key, held: Modifiers) -> bool {
    let wanted = chord.modifiers;
    let other_control = held.ctrl && !held.command;
    chord.logical_key == key
        && (wanted.command, wanted.alt) == (held.command, held.alt)
        && (wanted.shift == held.shift || is_punctuation(key))
        && !other_control
}

/// Who has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Nobody,
    /// A widget that Space, Enter and arrows work on.
    Widget,
    /// A text field, which keeps plain keys to itself.
    Text,
}

impl Focus {
    /// Who has it now.
    #[must_use]
    pub fn now(ctx: &Context) -> Self {
        if ctx.text_edit_focused() {
            Self::Text
        } else if ctx.memory(|memory| memory.focused().is_some()) {
            Self::Widget
        } else {
            Self::Nobody
        }
    }

    fn leaves(self, chord: Chord) -> bool {
        let plain = !chord.modifiers.command;
        match self {
            Self::Nobody => true,
            Self::Widget => {
                let works_widgets =
                    [Key::Space, Key::Enter].contains(&chord.logical_key) || is_arrow(chord.logical_key);
                !(plain && works_widgets)
            }
            Self::Text => !plain || is_function(chord.logical_key),
        }
    }
}

fn is_arrow(key: Key) -> bool {
    [Key::ArrowDown, Key::ArrowLeft, Key::ArrowRight, Key::ArrowUp].contains(&key)
}

/// Which keys belong to which action: those of the table, but where the user has set others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bindings {
    changed: BTreeMap<&'static str, Vec<Chord>>,
}

impl Bindings {
    /// Those in use.
    #[must_use]
    pub fn of(ctx: &Context) -> Arc<Self> {
        ctx.data(|data| data.get_temp(Self::place())).unwrap_or_default()
    }

    /// Puts these in use.
    pub fn install(self, ctx: &Context) {
        ctx.data_mut(|data| data.insert_temp(Self::place(), Arc::new(self)));
    }

    fn place() -> Id {
        Id::unique("key bindings")
    }

    /// The keys of an entry.
    #[must_use]
    pub fn chords<'a>(&'a self, entry: &'a Entry) -> &'a [Chord] {
        self.changed.get(entry.id).unwrap_or(&entry.keys)
    }

    /// Whether an action has other keys than at first.
    #[must_use]
    pub fn is_changed(&self, action: Action) -> bool {
        self.changed.contains_key(action.entry().id)
    }

    /// Gives an action these keys.
    pub fn set(&mut self, action: Action, chords: Vec<Chord>) {
        let entry = action.entry();
        if chords == entry.keys {
            self.changed.remove(entry.id);
        } else {
            self.changed.insert(entry.id, chords);
        }
    }

    /// Takes a key from an action.
    pub fn take(&mut self, action: Action, chord: Chord) {
        let left = self.chords(action.entry()).iter().copied().filter(|&own| own != chord).collect();
        self.set(action, left);
    }

    /// Gives an action its first keys back.
    pub fn reset(&mut self, action: Action) {
        self.changed.remove(action.entry().id);
    }

    /// The other actions that this key would do where `action` counts.
    #[must_use]
    pub fn rivals(&self, action: Action, chord: Chord) -> Vec<Action> {
        let scope = action.entry().scope;
        // In its panel a panel's key goes before one that counts everywhere; they are no rivals.
        let others = ACTIONS.iter().filter(|other| other.action != action && other.scope == scope);
        others.filter(|other| self.chords(other).contains(&chord)).map(|other| other.action).collect()
    }

    /// What is kept: the actions with other keys than at first.
    #[must_use]
    pub fn kept(&self) -> BTreeMap<&'static str, Vec<String>> {
        self.changed.iter().map(|(id, chords)| (*id, chords.iter().map(|&chord| written(chord)).collect())).collect()
    }

    fn find(&self, (key, held): (Key, Modifiers), pane: Option<Pane>, focus: Focus) -> Option<Action> {
        let counts = |scope: Scope| match scope {
            Scope::Everywhere => true,
            Scope::Pane(own) => pane == Some(own),
        };
        let fits = |entry: &&Entry| {
            let mut chords = self.chords(entry).iter();
            counts(entry.scope) && chords.any(|&chord| focus.leaves(chord) && is_pressed(chord, key, held))
        };
        // A panel's own keys go before those of the window.
        let mut found: Vec<&Entry> = ACTIONS.iter().filter(fits).collect();
        found.sort_by_key(|entry| entry.scope == Scope::Everywhere);
        found.first().map(|entry| entry.action)
    }

    /// Takes the keys that belong to actions out of the input; the actions, in the order in which they were pressed.
    pub fn pressed(&self, input: &mut InputState, pane: Option<Pane>, focus: Focus) -> Vec<Action> {
        let mut asked = Vec::new();
        input.events.retain(|event| {
            let &Event::Key { key, pressed: true, repeat, modifiers, .. } = event else { return true };
            let Some(action) = self.find((key, modifiers), pane, focus) else { return true };
            if !repeat || action.repeats() {
                asked.push(action);
            }
            false
        });
        asked
    }
}

/// What was asked of the panel in hand by key or from the palette, for this drawing of the window.
#[derive(Debug, Clone, Default)]
pub struct Keys(pub Vec<Action>);

impl Keys {
    /// Whether an action of the panel's own scope was asked for.
    #[must_use]
    pub fn pressed(&self, action: Action) -> bool {
        self.0.contains(&action)
    }

    /// Does `it` as often as an action was asked for.
    pub fn times(&self, action: Action, mut it: impl FnMut()) {
        self.0.iter().filter(|asked| **asked == action).for_each(|_| it());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(bindings: &Bindings, chord: &str, focus: Focus) -> Option<Action> {
        let chord = parse(chord).unwrap();
        bindings.find((chord.logical_key, chord.modifiers), None, focus)
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["A", "Ctrl+Shift+S", "Ctrl+Plus", "Questionmark", "Ctrl+Alt+F5", "Alt+Up", "Space", "["] {
            let chord = parse(text).unwrap();
            assert_eq!(parse(&written(chord)), Some(chord), "{text}");
        }
        assert_eq!(parse("Ctrl++"), parse("Ctrl+Plus"));
        for nonsense in ["", "Ctrl+", "Hyper+A", "Ctrl+Nothing", "Ctrl+Ctrl"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_longer_chord_is_not_taken_for_a_shorter_one() {
        let bindings = Bindings::default();
        assert_eq!(press(&bindings, "Ctrl+S", Focus::Nobody), Some(Action::Apply));
        assert_eq!(press(&bindings, "Ctrl+Shift+S", Focus::Nobody), Some(Action::Save));
        assert_eq!(press(&bindings, "Ctrl+N", Focus::Nobody), None);
        assert_eq!(press(&bindings, "Shift+N", Focus::Nobody), None);
        assert_eq!(press(&bindings, "Shift+?", Focus::Nobody), Some(Action::Help), "a sign may need Shift");
    }

    #[test]
    fn fields_and_buttons_keep_their_keys() {
        let bindings = Bindings::default();
        assert_eq!(press(&bindings, "Space", Focus::Nobody), Some(Action::RunOrPause));
        assert_eq!(press(&bindings, "Space", Focus::Widget), None, "it presses the button");
        assert_eq!(press(&bindings, "N", Focus::Widget), Some(Action::StepMcmc));
        assert_eq!(press(&bindings, "N", Focus::Text), None);
        assert_eq!(press(&bindings, "F1", Focus::Text), Some(Action::Help));
        assert_eq!(press(&bindings, "Ctrl+S", Focus::Text), Some(Action::Apply));
    }

    #[test]
    fn a_key_of_ones_own_takes_the_place_of_the_first() {
        let mut bindings = Bindings::default();
        let chord = parse("M").unwrap();
        bindings.set(Action::StepMcmc, vec![chord]);
        assert_eq!(press(&bindings, "M", Focus::Nobody), Some(Action::StepMcmc));
        assert_eq!(press(&bindings, "N", Focus::Nobody), None);
        assert_eq!(bindings.rivals(Action::Save, chord), [Action::StepMcmc]);
        bindings.take(Action::StepMcmc, chord);
        assert!(bindings.is_changed(Action::StepMcmc) && bindings.chords(Action::StepMcmc.entry()).is_empty());
        bindings.reset(Action::StepMcmc);
        assert_eq!(bindings, Bindings::default());
    }
}
