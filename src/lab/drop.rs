//! Folders and files that are dragged onto the window: what each is by its name, and what can be done with it.

use super::theme::Palette;
use eframe::egui::{
    self, Align2, Area, Button, Context, Frame, Id, Label, Modal, Order, RichText, ScrollArea, Stroke, Ui, vec2,
};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Ends of the names of images.
const IMAGES: [&str; 9] = ["png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "avif"];
/// What stands in a run's directory.
const OF_RUNS: [&str; 2] = ["events.jsonl", "run.toml"];
/// Kinds and what a drop does, for the invitation.
const KINDS: [(&str, &str); 5] = [
    ("A folder, an archive, arrays", "are looked at as data"),
    ("An image", "is put on the inpainting canvas"),
    ("An image named “mask”", "hides its white pixels there"),
    ("A recipe (.rhai)", "is opened as a run, or put into the editor"),
    ("A run or a checkpoint", "is resumed, forked or compared"),
];

/// What something is, as far as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder, an archive, arrays, or what is not known.
    Data,
    Image,
    Mask,
    Recipe,
    Run,
    Checkpoint,
}

/// What can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    LookAt,
    /// Put it on the inpainting canvas.
    FillIn,
    /// Hide what is white in it.
    Hide,
    StartRecipe,
    EditRecipe,
    Resume,
    Fork,
    Compare,
}

impl Deed {
    /// On its button.
    fn title(self) -> &'static str {
        match self {
            Self::LookAt => "Look at it",
            Self::FillIn => "Put on the canvas",
            Self::Hide => "Use as the mask",
            Self::StartRecipe => "Open as a new run",
            Self::EditRecipe => "Put into the editor",
            Self::Resume => "Resume the run",
            Self::Fork => "Fork from here",
            Self::Compare => "Compare the curves",
        }
    }

    fn tip(self) -> &'static str {
        match self {
            Self::LookAt => "See what images are in it",
            Self::FillIn => "The canvas holds one image at a time",
            Self::Hide => "White pixels are hidden and filled in",
            Self::StartRecipe => "The run of this window ends; its checkpoints stay",
            Self::EditRecipe => "Takes the place of the text in the editor; the file is not touched",
            Self::Resume => "Go on where it stopped; the run of this window ends, its checkpoints stay",
            Self::Fork => "A new run that begins with what this checkpoint has learned",
            Self::Compare => "Lay its curves over those of this run",
        }
    }
}

impl Kind {
    /// What `path` is by its name alone.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let lower = |part: Option<&OsStr>| part.map(|part| part.to_string_lossy().to_lowercase()).unwrap_or_default();
        let (name, end) = (lower(path.file_name()), lower(path.extension()));
        let parent = lower(path.parent().and_then(Path::file_name));
        let number = !name.is_empty() && name.bytes().all(|digit| digit.is_ascii_digit());
        if end == "rhai" {
            Self::Recipe
        } else if IMAGES.contains(&end.as_str()) {
            if name.contains("mask") { Self::Mask } else { Self::Image }
        } else if parent == "checkpoints" && number {
            Self::Checkpoint
        } else if OF_RUNS.contains(&name.as_str()) || (parent == "runs" && end.is_empty()) {
            Self::Run
        } else {
            Self::Data
        }
    }

    /// What can be done, the likeliest first.
    fn deeds(self) -> &'static [Deed] {
        match self {
            Self::Data => &[Deed::LookAt],
            Self::Image => &[Deed::FillIn, Deed::Hide],
            Self::Mask => &[Deed::Hide, Deed::FillIn],
            Self::Recipe => &[Deed::StartRecipe, Deed::EditRecipe],
            Self::Run => &[Deed::Resume, Deed::Compare, Deed::LookAt],
            Self::Checkpoint => &[Deed::Fork, Deed::Resume, Deed::Compare],
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Image => "an image",
            Self::Mask => "a mask",
            Self::Recipe => "a recipe",
            Self::Run => "a run",
            Self::Checkpoint => "a checkpoint",
        }
    }
}

/// The directory of the run that `path`, a run or one of its files or checkpoints, belongs to.
#[must_use]
pub fn run_of(path: &Path) -> PathBuf {
    let up = match Kind::of(path) {
        Kind::Checkpoint => path.parent().and_then(Path::parent),
        Kind::Run if path.file_name().is_some_and(|name| OF_RUNS.iter().any(|own| name == *own)) => path.parent(),
        _ => Some(path),
    };
    up.unwrap_or(path).to_path_buf()
}

/// What was dropped and still needs a word of the user.
#[derive(Default)]
pub struct Dropped {
    waiting: Vec<(Kind, PathBuf)>,
}

impl Dropped {
    /// Takes what was dropped since the last drawing; what is done with it at once. What can be taken for two things, and
    /// what there can be only one of, is asked about.
    pub fn take(&mut self, ctx: &Context) -> Vec<(Deed, PathBuf)> {
        let paths: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        self.sort(paths)
    }

    fn sort(&mut self, paths: Vec<PathBuf>) -> Vec<(Deed, PathBuf)> {
        let (mut now, mut done) = (Vec::new(), Vec::new());
        for path in paths {
            let kind = Kind::of(&path);
            let single = matches!(kind, Kind::Data | Kind::Image | Kind::Mask);
            if single && !done.contains(&kind) {
                done.push(kind);
                now.push((kind.deeds()[0], path));
            } else if !self.waiting.iter().any(|(_, other)| *other == path) {
                self.waiting.push((kind, path));
            }
        }
        now
    }

    /// Asks about what waits, if anything does; what the user wants done.
    pub fn ui(&mut self, ctx: &Context) -> Option<(Deed, PathBuf)> {
        if self.waiting.is_empty() {
            return None;
        }
        let frame = Frame::popup(&ctx.global_style()).inner_margin(18);
        let mut chosen = None;
        let shown = Modal::new(Id::unique("dropped")).frame(frame).show(ctx, |ui| {
            let window = ui.ctx().content_rect();
            ui.set_width(540.0_f32.min(window.width() - 80.0));
            ui.heading("What shall be done with it?");
            ui.add_space(6.0);
            let area =
                ScrollArea::vertical().max_height((window.height() - 220.0).max(80.0)).auto_shrink([false, true]);
            area.show(ui, |ui| {
                for (at, (kind, path)) in self.waiting.iter().enumerate() {
                    if let Some(deed) = item(ui, *kind, path) {
                        chosen = Some((at, deed));
                    }
                }
            });
            if self.waiting.iter().any(|(kind, _)| *kind == Kind::Recipe) {
                ui.weak("A recipe opens in a window of its own by: emberlab lab FILE");
            }
            ui.add_space(6.0);
            ui.button("Nothing").clicked()
        });
        if shown.inner || shown.should_close() {
            self.waiting.clear();
            return None;
        }
        chosen.map(|(at, deed)| (deed, self.waiting.remove(at).1))
    }
}

fn item(ui: &mut Ui, kind: Kind, path: &Path) -> Option<Deed> {
    let name = path.file_name().unwrap_or(path.as_os_str()).display().to_string();
    ui.horizontal(|ui| {
        ui.add(Label::new(RichText::new(&name).strong()).truncate()).on_hover_text(path.display().to_string());
        ui.weak(kind.title());
    });
    let mut chosen = None;
    ui.push_id(path, |ui| {
        ui.horizontal_wrapped(|ui| {
            for &deed in kind.deeds() {
                if ui.add(Button::new(deed.title())).on_hover_text(deed.tip()).clicked() {
                    chosen = Some(deed);
                }
            }
        });
    });
    ui.add_space(6.0);
    chosen
}

/// Says what a drop would do, while something is held over the window.
pub fn invitation(ctx: &Context, palette: &Palette) {
    let held: Vec<Option<PathBuf>> =
        ctx.input(|input| input.raw.hovered_files.iter().map(|file| file.path.clone()).collect());
    if held.is_empty() {
        return;
    }
    let window = ctx.content_rect();
    let area = Area::new(Id::unique("drop")).order(Order::Foreground).interactable(false);
    ctx.layer_painter(area.layer()).rect_filled(window, 0.0, palette.ground.gamma_multiply(0.82));
    area.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(ctx, |ui| {
        let edge = Stroke::new(1.5, palette.ember);
        Frame::NONE.fill(palette.panel).stroke(edge).corner_radius(8).inner_margin(28).show(ui, |ui| {
            ui.set_max_width(520.0_f32.min(window.width() - 120.0));
            ui.label(RichText::new("Drop it to see what is in it").heading().color(palette.strong));
            ui.add_space(6.0);
            let known: Vec<Kind> = held.iter().flatten().map(|path| Kind::of(path)).collect();
            egui::Grid::new("kinds").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
                for (at, (what, deed)) in KINDS.into_iter().enumerate() {
                    let meant = known.iter().any(|kind| row(*kind) == at);
                    let colour = if meant { palette.ember } else { palette.text };
                    ui.label(RichText::new(what).color(colour));
                    ui.label(RichText::new(deed).color(if meant { palette.strong } else { palette.weak }));
                    ui.end_row();
                }
            });
        });
    });
}

/// The row of [`KINDS`] that is about a kind.
fn row(kind: Kind) -> usize {
    match kind {
        Kind::Data => 0,
        Kind::Image => 1,
        Kind::Mask => 2,
        Kind::Recipe => 3,
        Kind::Run | Kind::Checkpoint => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_something_is() {
        for (path, kind) in [
            ("/pictures/faces", Kind::Data),
            ("/pictures/faces.tar.gz", Kind::Data),
            ("/pictures/digits.npz", Kind::Data),
            ("/pictures/notes.bin", Kind::Data),
            ("/pictures/One.JPEG", Kind::Image),
            ("/pictures/my mask 2.png", Kind::Mask),
            ("scripts/d_1_5.rhai", Kind::Recipe),
            ("runs/faces-1700000000", Kind::Run),
            ("/home/a/runs/faces-1/events.jsonl", Kind::Run),
            ("runs/faces-1/checkpoints/00001200", Kind::Checkpoint),
            ("runs/faces-1/checkpoints", Kind::Data),
            ("/pictures/00001200", Kind::Data),
            ("/", Kind::Data),
        ] {
            assert_eq!(Kind::of(Path::new(path)), kind, "{path}");
        }
        for path in ["runs/faces-1", "runs/faces-1/events.jsonl", "runs/faces-1/checkpoints/00001200"] {
            assert_eq!(run_of(Path::new(path)), Path::new("runs/faces-1"), "{path}");
        }
    }

    #[test]
    fn of_several_the_first_of_a_kind_is_done_and_the_others_are_asked_about() {
        let mut dropped = Dropped::default();
        let paths = ["a.png", "b.png", "mask.png", "faces", "x.rhai", "more.zip", "x.rhai"];
        let now = dropped.sort(paths.map(PathBuf::from).to_vec());
        let wanted = [(Deed::FillIn, "a.png"), (Deed::Hide, "mask.png"), (Deed::LookAt, "faces")];
        assert_eq!(now, wanted.map(|(deed, path)| (deed, PathBuf::from(path))));
        let waiting: Vec<_> = dropped.waiting.iter().map(|(_, path)| path.to_str().unwrap_or("")).collect();
        assert_eq!(waiting, ["b.png", "x.rhai", "more.zip"]);
    }
}
