//! The window: a client of a run that shows its frames and events and sends it commands.
//!
//! It knows a run by [`RunHandle`] and messages alone. It touches no tensor, reads and writes no file, and never waits:
//! the newest frame is taken as it is, and events are read a few thousand at a time.

mod action;
mod app;
mod arrangement;
mod ask_path;
mod ask_reset;
mod asks;
mod atlas;
mod axis;
mod chain_settings;
mod client;
mod colours;
mod command_palette;
mod controls;
mod curve;
mod curves;
mod data;
mod data_pane;
mod data_report;
mod diff;
mod diff_view;
mod diversity;
mod draft;
mod drop;
mod edit_name;
mod editor;
mod format;
mod grids;
mod highlight;
mod history;
mod images;
mod inpainting;
mod keys;
mod layout;
mod log;
mod log_view;
mod loupe;
mod measure;
mod menu;
mod model;
mod network;
mod overlays;
mod parameters;
mod plan_change;
mod progress;
mod recipe_history;
mod runs;
mod settings;
mod shortcuts;
mod steering;
mod strip;
mod theme;
mod toasts;
mod tour;
mod undo;
mod views;
mod wake;

pub use app::Lab;
pub use client::{Choice, Client, ClientPort, Errand, PluginWord, Return, Start, client};

use crate::run::{RecipeText, RunHandle};
use eframe::egui::ViewportBuilder;
use measure::Measure;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error(
        "no display: neither WAYLAND_DISPLAY nor WAYLAND_SOCKET nor DISPLAY is set; train without a window instead"
    )]
    NoDisplay,
    #[error("cannot open a window: {0}")]
    Window(#[from] eframe::Error),
    #[error("cannot open a window: {reason}{hint}")]
    Crashed { reason: String, hint: &'static str },
}

/// Whether a window can be tried at all.
#[must_use]
pub fn display_available() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].into_iter().any(set)
}

/// How the window is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening<'a> {
    /// The settings that the window last asked to keep.
    pub settings: Option<&'a str>,
    /// Take times of the window for so long, print them as a line of JSON, and close it.
    pub measure: Option<Duration>,
}

/// Opens the window and stays until it is closed; closing it stops the run.
///
/// `recipe` is the text that runs; `client` serves the window's errands. Call this on the main thread.
///
/// # Errors
/// When there is no display, or the window cannot be opened on it. The run is stopped then too: to go on without a
/// window, ask [`display_available`] first.
pub fn open(run: RunHandle, recipe: RecipeText, client: Client, opening: Opening<'_>) -> Result<(), LabError> {
    if !display_available() {
        return Err(LabError::NoDisplay);
    }
    let viewport = ViewportBuilder::default()
        .with_title("Emberlab")
        .with_app_id("emberlab")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([760.0, 480.0]);
    let options = eframe::NativeOptions { renderer: eframe::Renderer::Glow, viewport, ..Default::default() };
    let build = |context: &eframe::CreationContext<'_>| {
        let mut lab = Lab::new(&context.egui_ctx, run, recipe, client, opening.settings);
        lab.measure = opening.measure.map(Measure::new);
        Ok(Box::new(lab) as Box<dyn eframe::App>)
    };
    // A missing X library makes a dependency panic; that must not look like a crash of the lab.
    let opened = catch_unwind(AssertUnwindSafe(|| eframe::run_native("emberlab", options, Box::new(build))));
    match opened {
        Ok(closed) => Ok(closed?),
        Err(panic) => Err(crashed(panic.as_ref())),
    }
}

fn crashed(panic: &(dyn Any + Send)) -> LabError {
    let reason = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "the window crashed".to_owned());
    let hint = if reason.contains("xkbcommon") {
        "; install the package libxkbcommon-x11-0 (Debian, Ubuntu) or libxkbcommon-x11 (Fedora, Arch)"
    } else {
        ""
    };
    LabError::Crashed { reason, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_keyboard_library_is_named() {
        let panic: Box<dyn Any + Send> = Box::new("Library libxkbcommon-x11.so could not be loaded.".to_owned());
        assert!(crashed(panic.as_ref()).to_string().contains("libxkbcommon-x11-0"));
        let other: Box<dyn Any + Send> = Box::new("out of memory");
        assert_eq!(crashed(other.as_ref()).to_string(), "cannot open a window: out of memory");
    }
}
