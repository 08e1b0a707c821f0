//! What a right click on a picture offers.

use eframe::egui::{Button, Ui};

/// What can be done with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Inspect,
    Copy,
    Save,
    SaveBlock,
    /// Play a chain that grows from its 1×1 version.
    Play,
    /// Grow many images from its 1×1 version.
    Grow,
    /// Hide a part of it and fill that in.
    Fill,
    /// Keep it to compare others with.
    Pin,
}

/// The groups of the menu: deed, label, and what it does.
const GROUPS: [&[(Deed, &str, &str)]; 3] = [
    &[
        (Deed::Inspect, "Inspect", "Show it large, at every grid"),
        (Deed::Pin, "Compare others with it", "Keep its index for the inspector's differences"),
    ],
    &[
        (Deed::Play, "Play its chain", "Draw a chain from its 1×1 version and play every step"),
        (Deed::Grow, "Grow many from its 1×1", "How different are images that begin alike? Shows the panel Diversity"),
        (Deed::Fill, "Fill it in", "Hide a part and let the chains fill it. Shows the panel Inpainting"),
    ],
    &[
        (Deed::Copy, "Copy", "To the clipboard, enlarged with square pixels"),
        (Deed::Save, "Save picture …", "As PNG, pixel for pixel"),
        (Deed::SaveBlock, "Save block …", "All pictures of this row and grid as one PNG, in the order shown"),
    ],
];

/// Draws the menu; what was chosen. `over`: the run has ended and nothing can be drawn from it.
pub fn ui(ui: &mut Ui, over: bool) -> Option<Deed> {
    let mut chosen = None;
    ui.set_min_width(170.0);
    for (at, group) in GROUPS.iter().enumerate() {
        if at > 0 {
            ui.separator();
        }
        for &(deed, label, tip) in *group {
            let enabled = !(over && matches!(deed, Deed::Play | Deed::Grow | Deed::Fill));
            let button = ui.add_enabled(enabled, Button::new(label).frame(false));
            if button.on_hover_text(tip).on_disabled_hover_text("The run has ended").clicked() {
                chosen = Some(deed);
                ui.close();
            }
        }
    }
    chosen
}
