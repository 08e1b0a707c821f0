//! What a user can do by button, key or palette. One table feeds all of them.

use super::keys::{self, Bindings, Chord};
use super::layout::Pane;
use eframe::egui::Context;
use std::sync::LazyLock;

/// What an action is about; the palette and the sheet of shortcuts are ordered by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Run,
    Recipe,
    Open,
    Panels,
    Mask,
    View,
    Help,
}

impl Group {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 7] = [Self::Run, Self::Recipe, Self::Open, Self::Panels, Self::Mask, Self::View, Self::Help];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Recipe => "Recipe",
            Self::Open => "Open",
            Self::Panels => "Panels",
            Self::Mask => "Inpainting keys",
            Self::View => "View",
            Self::Help => "Help",
        }
    }
}

/// Where the keys of an action count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    /// While the panel is in hand: under the pointer, or the last one pressed on. The panel asks for the action by
    /// `asks.keys.pressed(…)`; it does not come to `Lab::act`.
    Pane(Pane),
}
use Scope::Everywhere;

/// Keys of the inpainting canvas.
const CANVAS: Scope = Scope::Pane(Pane::Inpainting);

/// How an action is shown and reached.
pub struct Entry {
    pub action: Action,
    /// Names it in the settings.
    pub id: &'static str,
    pub label: &'static str,
    pub tip: &'static str,
    pub group: Group,
    pub scope: Scope,
    /// Its keys where the user has set no others. The first is shown; any of them works.
    pub keys: Vec<Chord>,
}

/// Defines [`Action`] and its table.
macro_rules! commands {
    ($($(#[$doc:meta])* $action:ident $group:ident $scope:expr, [$($key:literal)*], $label:literal, $tip:literal;)*) => {
        /// One thing to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $action,)*
            /// Bring a panel to the front, or what was there before when it is there.
            Show(Pane),
        }

        #[derive(Clone, Copy)]
        enum Row {
            $($action,)*
            /// The panels' rows begin here.
            Panels,
        }

        impl Action {
            /// Its row in the table.
            const fn row(self) -> usize {
                match self {
                    $(Self::$action => Row::$action as usize,)*
                    Self::Show(pane) => Row::Panels as usize + pane as usize,
                }
            }
        }

        fn rows() -> Vec<Entry> {
            vec![$(entry(
                Action::$action,
                stringify!($action),
                ($label, $tip),
                (Group::$group, $scope),
                &[$($key),*],
            ),)*]
        }
    };
}

// Each command is one line: variant, group, scope, keys, name, what it does. What it does is told in the `match` of
// `Lab::act`, or asked for by its panel.
commands! {
    RunOrPause Run Everywhere, ["Space"], "Run", "Run, or pause between two MCMC steps";
    StepMcmc Run Everywhere, ["N"], "Step", "Advance by one MCMC step, then pause";
    StepGrid Run Everywhere, ["G"], "Grid", "Advance to the end of this grid's chains, then pause";
    StepIteration Run Everywhere, ["I"], "Iteration", "Advance to the end of one learning iteration, then pause";
    /// The run, and what its probe goes on with.
    PauseAll Run Everywhere, ["Ctrl+."], "Pause all", "Pause the run, and stop long chains and fills beside it";
    /// Asks first.
    Reset Run Everywhere, [], "Reset", "Forget everything learned and start again from the seed (asks first)";
    Save Run Everywhere, ["Ctrl+Shift+S"], "Checkpoint", "Write a checkpoint now";
    Apply Recipe Everywhere, ["Ctrl+S"], "Apply", "Write the recipe to its file and put it in place of the running one";
    /// Once more: further back.
    BackToPrevious Recipe Everywhere, ["Ctrl+B"], "Back", "Apply the recipe that ran before this one";
    /// Once more: further forward.
    ForwardAgain Recipe Everywhere, ["Ctrl+Shift+B"], "Forward", "After going back: apply the recipe that came next";
    OpenRecipe Open Everywhere, ["Ctrl+O"], "Open a recipe", "Choose a recipe and begin a new run of it in this window";
    OpenData Open Everywhere, ["Ctrl+D"], "Look at data", "Choose a folder or archive of images and see what is in it";
    OpenRun Open Everywhere, ["Ctrl+Shift+O"], "Open a run", "Choose the folder of a run and go on where it stopped";
    MaskBrush Mask CANVAS, ["B"], "Brush", "Paint what is hidden";
    /// Again: back to the brush.
    MaskEraser Mask CANVAS, ["E"], "Eraser", "Paint what is shown";
    MaskRectangle Mask CANVAS, ["R"], "Rectangle", "Hide a rectangle";
    BrushSmaller Mask CANVAS, ["["], "Smaller brush", "Make the brush smaller";
    BrushLarger Mask CANVAS, ["]"], "Larger brush", "Make the brush larger";
    BrushSofter Mask CANVAS, ["{"], "Softer brush", "Make the edge of the brush softer";
    BrushHarder Mask CANVAS, ["}"], "Harder brush", "Make the edge of the brush harder";
    MaskInvert Mask CANVAS, ["I"], "Invert the mask", "Hide what is shown, and show what is hidden";
    MaskClear Mask CANVAS, ["Delete" "Backspace"], "Clear the mask", "Hide nothing";
    MaskUndo Mask CANVAS, ["Ctrl+Z"], "Undo on the mask", "Take back the last change of the mask";
    MaskRedo Mask CANVAS, ["Ctrl+Shift+Z" "Ctrl+Y"], "Redo on the mask", "Do again what was taken back";
    FillsPause Mask CANVAS, ["P"], "Pause the fills", "Stop filling in, or go on";
    FindInLog Panels Scope::Pane(Pane::Log), ["Ctrl+F"], "Find in the log", "Search the lines of the log";
    ResetLayout View Everywhere, [], "Reset the layout", "Put every panel back where it was at first";
    ThemeDark View Everywhere, [], "Dark theme", "Light text on dark grounds";
    ThemeLight View Everywhere, [], "Light theme", "Dark text on light grounds";
    ThemeSystem View Everywhere, [], "System's theme", "Dark or light, as the system is";
    ZoomIn View Everywhere, ["Ctrl+Plus" "Ctrl+="], "Zoom in", "Make everything larger";
    ZoomOut View Everywhere, ["Ctrl+Minus"], "Zoom out", "Make everything smaller";
    ZoomReset View Everywhere, ["Ctrl+0"], "Zoom back", "Make everything as large as it was at first";
    Palette Help Everywhere, ["Ctrl+K" "Ctrl+Shift+P"], "Command palette", "Find any command by its name";
    Help Help Everywhere, ["F1" "?"], "Shortcuts", "Show and change the keys, and what the panels mean";
    Tour Help Everywhere, [], "Tour", "Five steps through the lab";
    Quit Help Everywhere, ["Ctrl+Q"], "Quit", "Close the window; the run writes a checkpoint and ends";
}

fn entry(
    action: Action,
    id: &'static str,
    (label, tip): (&'static str, &'static str),
    (group, scope): (Group, Scope),
    keys: &[&str],
) -> Entry {
    let keys = keys.iter().filter_map(|key| keys::parse(key)).collect();
    Entry { action, id, label, tip, group, scope, keys }
}

/// Every action, in the order in which buttons and help list them; the panels come last.
pub static ACTIONS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let panel = |(at, pane): (usize, Pane)| {
        let key = format!("Ctrl+{}", at + 1);
        // Made once, and needed as long as the program.
        let label: &'static str = format!("Show panel {}", pane.title()).leak();
        let id: &'static str = format!("Show{pane:?}").leak();
        let keys = if at < 9 { vec![key.as_str()] } else { Vec::new() };
        entry(Action::Show(pane), id, (label, pane.tip()), (Group::Panels, Everywhere), &keys)
    };
    rows().into_iter().chain(Pane::ALL.into_iter().enumerate().map(panel)).collect()
});

impl Action {
    /// How this action is shown and reached.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        &ACTIONS[self.row()]
    }

    /// The action of this name in the settings.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        ACTIONS.iter().find(|entry| entry.id == id).map(|entry| entry.action)
    }

    /// Whether a key that is held down does it again and again.
    #[must_use]
    pub fn repeats(self) -> bool {
        matches!(self, Self::StepMcmc | Self::StepGrid | Self::StepIteration | Self::ZoomIn | Self::ZoomOut)
            || self.entry().scope != Everywhere
    }
}

impl Entry {
    /// The keys as the user's system writes them.
    #[must_use]
    pub fn key_texts(&self, ctx: &Context) -> Vec<String> {
        Bindings::of(ctx).chords(self).iter().map(|&chord| keys::text(ctx, chord)).collect()
    }

    /// What it does, and its first key.
    #[must_use]
    pub fn hint(&self, ctx: &Context) -> String {
        match self.key_texts(ctx).first() {
            Some(key) => format!("{} ({key})", self.tip),
            None => self.tip.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_finds_its_own_row() {
        for entry in ACTIONS.iter() {
            assert_eq!(entry.action.entry().id, entry.id);
            assert_eq!(Action::named(entry.id), Some(entry.action));
        }
        let ids: HashSet<&str> = ACTIONS.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), ACTIONS.len());
        for pane in Pane::ALL {
            assert!(Action::Show(pane).entry().label.ends_with(pane.title()));
        }
    }

    #[test]
    fn every_action_says_what_it_does_and_no_two_share_a_key_at_first() {
        let bindings = Bindings::default();
        for entry in ACTIONS.iter() {
            assert!(!entry.label.is_empty() && !entry.tip.is_empty(), "{}", entry.id);
            for &chord in &entry.keys {
                let rivals = bindings.rivals(entry.action, chord);
                let names: Vec<&str> = rivals.iter().map(|rival| rival.entry().label).collect();
                assert!(names.is_empty(), "{} shares a key with {names:?}", entry.label);
            }
        }
    }

    #[test]
    fn every_key_of_the_table_can_be_read() {
        let of = |action: Action| action.entry().keys.len();
        let two = [Action::Palette, Action::Help, Action::ZoomIn];
        assert!(two.iter().all(|&action| of(action) == 2));
        let one = [Action::RunOrPause, Action::StepGrid, Action::PauseAll, Action::ZoomOut, Action::Quit];
        assert!(one.iter().all(|&action| of(action) == 1));
        assert_eq!(Pane::ALL.iter().filter(|&&pane| of(Action::Show(pane)) == 1).count(), 9);
    }
}
