//! The row of tools, and the keys that reach them.

use super::super::action::Action;
use super::super::keys::Keys;
use super::icons::{Icon, button};
use super::painting::{Painting, Tool};
use super::test_masks::TestMask;
use eframe::egui::{Align, DragValue, Key, KeyboardShortcut, Layout, Modifiers, Ui, WidgetInfo, accesskit::Role};

/// Width in which all tools stand in one row, in points; in less they wrap.
const ROW: f32 = 680.0;

/// What is done to the whole mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    Undo,
    Redo,
    Invert,
    Clear,
    Test(TestMask),
}

/// What goes between the panel and files or the clipboard, by way of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    ChooseImage,
    PasteImage,
    ChooseMask,
    SaveMask,
    SaveFilled,
    SaveSheet,
}

/// What the row or a key asks for.
#[derive(Debug, Default)]
pub struct Orders {
    pub edits: Vec<Edit>,
    pub files: Vec<Exchange>,
    /// The number of the fill to put on the canvas.
    pub fill: Option<usize>,
    pub pause: bool,
}

/// Draws the row.
pub fn row(ui: &mut Ui, painting: &mut Painting, ready: bool, orders: &mut Orders) {
    let room = ui.available_width();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        for tool in Tool::ALL {
            let tip = match tool {
                Tool::Brush => {
                    "Brush: hides what it touches (B). The right button uncovers. Shift draws straight lines"
                }
                Tool::Eraser => "Eraser: uncovers what it touches (E)",
                Tool::Rectangle => "Rectangle: hides all inside it (R). The right button uncovers",
            };
            if button(ui, Icon::Tool(tool), tool.name(), tip, painting.tool == tool).clicked() {
                painting.cancel();
                painting.tool = tool;
            }
        }
        ui.add_space(6.0);
        brush(ui, painting);
        ui.add_space(6.0);
        for test in TestMask::ALL {
            if button(ui, Icon::Test(test), test.name(), test.tip(), false).clicked() {
                orders.edits.push(Edit::Test(test));
            }
        }
        ui.add_space(6.0);
        edits(ui, painting, orders);
        if room < ROW {
            menus(ui, ready, orders);
            return;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            menus(ui, ready, orders);
        });
    });
}

fn brush(ui: &mut Ui, painting: &mut Painting) {
    let most = painting.mask().side.max(1);
    let brush = &mut painting.brush;
    let size = DragValue::new(&mut brush.size).range(1..=most).speed(0.2).suffix(" px");
    let tip = "Diameter of the brush in pixels ([ and ], or Ctrl+wheel on the canvas)";
    ui.add(size).on_hover_text(tip).widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Brush size"));
    let mut percent = brush.hardness * 100.0;
    let drag = DragValue::new(&mut percent).range(0.0..=100.0).speed(1.0).fixed_decimals(0).suffix(" % hard");
    let response =
        ui.add(drag).on_hover_text("Hardness: below 100 % the edge fades out and is blended (Shift+[ and Shift+])");
    response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Brush hardness"));
    if response.changed() {
        brush.hardness = percent / 100.0;
    }
}

fn edits(ui: &mut Ui, painting: &Painting, orders: &mut Orders) {
    let [undo, redo] = painting.can();
    for (icon, edit, name, tip, enabled) in [
        (Icon::Invert, Edit::Invert, "Invert", "Hide what is known, uncover what is hidden (I)", true),
        (Icon::Clear, Edit::Clear, "Clear", "Uncover everything (Delete)", true),
        (Icon::Undo, Edit::Undo, "Undo", "Undo (Ctrl+Z)", undo),
        (Icon::Redo, Edit::Redo, "Redo", "Redo (Ctrl+Shift+Z)", redo),
    ] {
        ui.add_enabled_ui(enabled, |ui| {
            if button(ui, icon, name, tip, false).clicked() {
                orders.edits.push(edit);
            }
        });
    }
}

fn menus(ui: &mut Ui, ready: bool, orders: &mut Orders) {
    let mut menu = |ui: &mut Ui, name: &str, tip: &str, entries: &[(&str, Exchange, bool)]| {
        let menu = ui.menu_button(name, |ui| {
            for &(text, file, enabled) in entries {
                if ui.add_enabled(enabled, eframe::egui::Button::new(text)).clicked() {
                    orders.files.push(file);
                    ui.close();
                }
            }
        });
        menu.response.on_hover_text(tip);
    };
    let export = [
        ("Filled image…", Exchange::SaveFilled, ready),
        ("Sheet: original, masked, fills…", Exchange::SaveSheet, ready),
        ("Mask…", Exchange::SaveMask, ready),
    ];
    menu(ui, "Export fills", "Save as PNG", &export);
    menu(
        ui,
        "Mask",
        "Masks in files: white is hidden",
        &[("Load a mask…", Exchange::ChooseMask, ready), ("Save the mask…", Exchange::SaveMask, ready)],
    );
    let image = [("Open an image…", Exchange::ChooseImage, true), ("Paste (Ctrl+V)", Exchange::PasteImage, true)];
    menu(ui, "Image", "Other images than the observed ones; one can be dropped on the window too", &image);
}

/// Does what was asked of the panel by key or from the palette.
pub fn keys(keys: &Keys, painting: &mut Painting, orders: &mut Orders) {
    let edits = [
        (Action::MaskRedo, Edit::Redo),
        (Action::MaskUndo, Edit::Undo),
        (Action::MaskInvert, Edit::Invert),
        (Action::MaskClear, Edit::Clear),
    ];
    orders.edits.extend(edits.into_iter().filter(|(action, _)| keys.pressed(*action)).map(|(_, edit)| edit));
    orders.pause |= keys.pressed(Action::FillsPause);
    let tools = [
        (Action::MaskBrush, Tool::Brush),
        (Action::MaskEraser, Tool::Eraser),
        (Action::MaskRectangle, Tool::Rectangle),
    ];
    for (_, tool) in tools.into_iter().filter(|(action, _)| keys.pressed(*action)) {
        // The eraser's key is a switch.
        let back = tool == Tool::Eraser && painting.tool == tool;
        painting.cancel();
        painting.tool = if back { Tool::Brush } else { tool };
    }
    for (action, step) in [(Action::BrushSofter, -0.1), (Action::BrushHarder, 0.1)] {
        if keys.pressed(action) {
            painting.brush.hardness = (painting.brush.hardness + step).clamp(0.0, 1.0);
        }
    }
    let most = painting.mask().side;
    for (action, larger) in [(Action::BrushSmaller, false), (Action::BrushLarger, true)] {
        keys.times(action, || painting.brush.grow(larger, most));
    }
}

/// Takes the keys that are always the panel's: digits for fills, Escape for a stroke. Call it only while they count.
pub fn plain_keys(ui: &Ui, painting: &mut Painting, orders: &mut Orders) {
    ui.input_mut(|input| {
        let mut pressed = |key: Key| input.consume_shortcut(&KeyboardShortcut::new(Modifiers::NONE, key));
        let digits =
            [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
        orders.fill = digits.into_iter().position(&mut pressed).or(orders.fill);
        if painting.busy() && pressed(Key::Escape) {
            painting.cancel();
        }
    });
}
