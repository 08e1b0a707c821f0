//! What a user can do by button or key. One list feeds the buttons, the keys and the help window.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    RunOrPause,
    StepMcmc,
    StepGrid,
    StepIteration,
    /// Asks first.
    Reset,
    Save,
    Apply,
    Help,
}

/// How an action is shown and reached.
pub struct Entry {
    pub action: Action,
    pub label: &'static str,
    pub tip: &'static str,
    /// The first is shown; any of them works.
    pub keys: &'static [KeyboardShortcut],
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

/// Every action, in the order in which buttons and help list them.
pub const ACTIONS: [Entry; 8] = [
    Entry {
        action: Action::RunOrPause,
        label: "Run",
        tip: "Run, or pause between two MCMC steps",
        keys: &[plain(Key::Space)],
    },
    Entry {
        action: Action::StepMcmc,
        label: "Step",
        tip: "Advance by one MCMC step, then pause",
        keys: &[plain(Key::N)],
    },
    Entry {
        action: Action::StepGrid,
        label: "Grid",
        tip: "Advance to the end of one grid's chains, then pause",
        keys: &[plain(Key::G)],
    },
    Entry {
        action: Action::StepIteration,
        label: "Iteration",
        tip: "Advance to the end of one learning iteration, then pause",
        keys: &[plain(Key::I)],
    },
    Entry {
        action: Action::Reset,
        label: "Reset",
        tip: "Forget everything learned and start again from the seed (asks first)",
        keys: &[],
    },
    Entry {
        action: Action::Save,
        label: "Checkpoint",
        tip: "Write a checkpoint now",
        keys: &[KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::S)],
    },
    Entry {
        action: Action::Apply,
        label: "Apply",
        tip: "Write the recipe to its file and put it in place of the running one",
        keys: &[KeyboardShortcut::new(Modifiers::COMMAND, Key::S)],
    },
    Entry {
        action: Action::Help,
        label: "Help",
        tip: "Show the shortcuts and what the panels mean",
        keys: &[plain(Key::F1), plain(Key::Questionmark)],
    },
];

impl Action {
    /// How this action is shown and reached.
    #[must_use]
    pub fn entry(self) -> &'static Entry {
        // The list is in the order of the variants; a test holds it there.
        &ACTIONS[self as usize]
    }
}

impl Entry {
    /// The keys that count now: a text field keeps plain letters to itself.
    pub fn live_keys(&self, typing: bool) -> impl Iterator<Item = &'static KeyboardShortcut> {
        self.keys.iter().filter(move |key| !typing || key.modifiers.command || key.logical_key == Key::F1)
    }

    /// The keys as the user's system writes them.
    pub fn key_texts(&self, ctx: &Context) -> impl Iterator<Item = String> {
        self.keys.iter().map(|key| match key.logical_key {
            Key::Questionmark => "?".to_owned(),
            _ => ctx.format_shortcut(key),
        })
    }

    /// What it does, and its first key.
    #[must_use]
    pub fn hint(&self, ctx: &Context) -> String {
        match self.key_texts(ctx).next() {
            Some(key) => format!("{} ({key})", self.tip),
            None => self.tip.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_the_variants() {
        for entry in &ACTIONS {
            assert_eq!(entry.action.entry().label, entry.label);
        }
    }
}
