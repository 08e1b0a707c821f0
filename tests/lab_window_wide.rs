//! What holds everywhere in the window: commands and their keys, toasts, progress, kept settings, drops, the tour.

mod lab_window;
