//! What the window keeps from one day to the next: theme, size, arrangement, keys, what panels prefer.
//!
//! The text may have been edited by hand, cut off, or written by another version. Each piece is read for itself; one that
//! cannot be used is as at first, and the user is told which and why.

use super::action::{ACTIONS, Action};
use super::arrangement::Arrangement;
use super::keys::{self, Bindings};
use super::layout::{self, Pane};
use super::log_view;
use eframe::egui::ThemePreference;
use egui_tiles::Tree;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Version of the arrangement; one of another version is not used.
const LAYOUT_VERSION: u64 = 1;
/// How large everything may be drawn; 1 is the system's own size.
pub const ZOOM: RangeInclusive<f32> = 0.5..=3.0;
/// Commands that are remembered as used last.
pub const RECENT: usize = 8;
/// Time without a change before settings are kept, in seconds.
const REST: f64 = 1.0;

/// Defines [`Preferences`]: one line for each panel that has some.
macro_rules! preferences {
    ($($panel:ident: $of:ty;)*) => {
        /// What the user prefers in the panels.
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
        pub struct Preferences {
            $(pub $panel: $of,)*
        }

        impl Preferences {
            fn read(mut pieces: Map<String, Value>, faults: &mut Vec<String>) -> Self {
                Self { $($panel: piece(&mut pieces, stringify!($panel), faults),)* }
            }
        }
    };
}

preferences! {
    log: log_view::Preferences;
}

/// What is kept.
#[derive(Clone, PartialEq)]
pub struct Settings {
    pub theme: ThemePreference,
    pub zoom: f32,
    pub layout: Tree<Pane>,
    pub bindings: Bindings,
    /// The commands used last, the newest first.
    pub recent: Vec<Action>,
    /// Whether the tour was seen.
    pub toured: bool,
    pub preferences: Preferences,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemePreference::Dark,
            zoom: 1.0,
            layout: layout::tree(),
            bindings: Bindings::default(),
            recent: Vec::new(),
            toured: false,
            preferences: Preferences::default(),
        }
    }
}

/// One piece of `pieces`, or its first value; what cannot be read is told in `faults`.
fn piece<T: DeserializeOwned + Default>(pieces: &mut Map<String, Value>, name: &str, faults: &mut Vec<String>) -> T {
    let Some(value) = pieces.remove(name) else { return T::default() };
    serde_json::from_value(value).unwrap_or_else(|error| {
        faults.push(format!("{name}: {error}; it is as at first"));
        T::default()
    })
}

#[derive(Deserialize, Default)]
struct Layout {
    version: u64,
    panels: Option<Arrangement>,
}

impl Settings {
    /// Reads what was kept, and what of it could not be used.
    #[must_use]
    pub fn read(text: Option<&str>) -> (Self, Vec<String>) {
        let mut faults = Vec::new();
        let Some(text) = text else { return (Self::default(), faults) };
        let mut pieces = match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(pieces) => pieces,
            Err(error) => {
                faults.push(format!("the settings cannot be read ({error}); they are as at first"));
                // Who has settings has seen the tour.
                return (Self { toured: true, ..Self::default() }, faults);
            }
        };
        let faults_of = &mut faults;
        let settings = Self {
            theme: theme(&mut pieces, faults_of),
            zoom: zoom(&mut pieces, faults_of),
            layout: layout(&mut pieces, faults_of),
            bindings: bindings(&mut pieces, faults_of),
            recent: recent(&mut pieces, faults_of),
            toured: piece(&mut pieces, "toured", faults_of),
            preferences: Preferences::read(piece(&mut pieces, "panels", faults_of), faults_of),
        };
        (settings, faults)
    }

    /// The text to be kept.
    #[must_use]
    pub fn write(&self) -> String {
        let theme = match self.theme {
            ThemePreference::Dark => "dark",
            ThemePreference::Light => "light",
            ThemePreference::System => "system",
        };
        let recent: Vec<&str> = self.recent.iter().map(|action| action.entry().id).collect();
        let kept = json!({
            "theme": theme,
            "zoom": self.zoom,
            "layout": { "version": LAYOUT_VERSION, "panels": Arrangement::of(&self.layout) },
            "keys": self.bindings.kept(),
            "recent": recent,
            "toured": self.toured,
            "panels": self.preferences,
        });
        format!("{kept:#}\n")
    }
}

fn theme(pieces: &mut Map<String, Value>, faults: &mut Vec<String>) -> ThemePreference {
    let name: Option<String> = piece(pieces, "theme", faults);
    match name.as_deref() {
        None | Some("dark") => ThemePreference::Dark,
        Some("light") => ThemePreference::Light,
        Some("system") => ThemePreference::System,
        Some(_) => {
            faults.push("theme: it is none of dark, light, system; it is dark".to_owned());
            ThemePreference::Dark
        }
    }
}

fn zoom(pieces: &mut Map<String, Value>, faults: &mut Vec<String>) -> f32 {
    let zoom = piece::<Option<f32>>(pieces, "zoom", faults).unwrap_or(1.0);
    if ZOOM.contains(&zoom) {
        return zoom;
    }
    faults.push(format!("zoom: {zoom} is not within {} and {}; it is 1", ZOOM.start(), ZOOM.end()));
    1.0
}

fn layout(pieces: &mut Map<String, Value>, faults: &mut Vec<String>) -> Tree<Pane> {
    if !pieces.contains_key("layout") {
        return layout::tree();
    }
    let before = faults.len();
    let kept: Layout = piece(pieces, "layout", faults);
    match kept.panels {
        Some(arrangement) if kept.version == LAYOUT_VERSION => arrangement.tree(faults),
        _ => {
            if faults.len() == before {
                let version = kept.version;
                faults.push(format!("layout: version {version} is not {LAYOUT_VERSION}; it is as at first"));
            }
            layout::tree()
        }
    }
}

fn bindings(pieces: &mut Map<String, Value>, faults: &mut Vec<String>) -> Bindings {
    let mut bindings = Bindings::default();
    let kept: BTreeMap<String, Vec<String>> = piece(pieces, "keys", faults);
    for (id, keys) in kept {
        let Some(action) = Action::named(&id) else {
            faults.push(format!("keys: there is no command “{}”; its keys are left out", id.escape_debug()));
            continue;
        };
        let label = action.entry().label;
        match keys.iter().map(|key| keys::parse(key)).collect::<Option<Vec<_>>>() {
            Some(chords) => bindings.set(action, chords),
            None => faults.push(format!("keys: {keys:?} are no keys; those of {label} are as at first")),
        }
    }
    while let Some((own, other)) = clash(&bindings) {
        let (name, rival) = (own.entry().label, other.entry().label);
        faults.push(format!("keys: {name} and {rival} share a key; those of {name} are as at first"));
        bindings.reset(own);
    }
    bindings
}

/// An action with keys of the user's own of which another has one too.
fn clash(bindings: &Bindings) -> Option<(Action, Action)> {
    let changed = ACTIONS.iter().filter(|entry| bindings.is_changed(entry.action));
    let mut keys = changed.flat_map(|entry| bindings.chords(entry).iter().map(|&chord| (entry.action, chord)));
    keys.find_map(|(own, chord)| bindings.rivals(own, chord).first().map(|&rival| (own, rival)))
}

fn recent(pieces: &mut Map<String, Value>, faults: &mut Vec<String>) -> Vec<Action> {
    let names: Vec<String> = piece(pieces, "recent", faults);
    let mut recent = Vec::new();
    for action in names.iter().filter_map(|name| Action::named(name)).take(RECENT) {
        if !recent.contains(&action) {
            recent.push(action);
        }
    }
    recent
}

/// Notices when settings have changed and rested.
pub struct Keeper {
    kept: String,
    seen: String,
    looked: f64,
}

impl Keeper {
    /// `kept` is what lies in the user's folder.
    #[must_use]
    pub fn new(kept: Option<&str>) -> Self {
        Self { kept: kept.unwrap_or_default().to_owned(), seen: String::new(), looked: f64::NEG_INFINITY }
    }

    /// Seconds until it should look again, at `now`.
    #[must_use]
    pub fn wait(&self, now: f64) -> f64 {
        (self.looked + REST - now).clamp(0.0, REST)
    }

    /// Looks at the settings; gives them when they are to be kept.
    pub fn look(&mut self, now: f64, current: String) -> Option<String> {
        self.looked = now;
        let rested = self.seen == current;
        let wanted = (rested && current != self.kept).then(|| current.clone());
        self.seen = current;
        wanted
    }

    /// Whether what it saw last is not kept yet.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.seen != self.kept
    }

    /// These are kept now.
    pub fn keep(&mut self, text: String) {
        self.kept = text;
    }

    /// Whether these differ from what is kept.
    #[must_use]
    pub fn differs(&self, current: &str) -> bool {
        self.kept != current
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
