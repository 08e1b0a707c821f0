//! Colours and measures of the window: calm greys, one warm accent, and series colours that stay apart for every eye.

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Visuals, vec2,
};

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Behind everything: the gaps between panels.
    pub ground: Color32,
    /// A panel.
    pub panel: Color32,
    /// A well in a panel: the editor, a plot.
    pub well: Color32,
    /// A widget at rest, under the pointer, and pressed.
    pub raised: Color32,
    pub hovered: Color32,
    pub pressed: Color32,
    pub line: Color32,
    pub text: Color32,
    pub strong: Color32,
    pub weak: Color32,
    /// The one warm colour.
    pub ember: Color32,
    /// Text on a ground of `ember` or `bad`.
    pub on_accent: Color32,
    pub good: Color32,
    pub warn: Color32,
    pub bad: Color32,
}

/// Lights off.
pub const DARK: Palette = Palette {
    ground: Color32::from_rgb(0x0c, 0x0d, 0x0f),
    panel: Color32::from_rgb(0x15, 0x17, 0x1a),
    well: Color32::from_rgb(0x10, 0x11, 0x14),
    raised: Color32::from_rgb(0x26, 0x29, 0x2e),
    hovered: Color32::from_rgb(0x31, 0x35, 0x3b),
    pressed: Color32::from_rgb(0x1e, 0x21, 0x25),
    line: Color32::from_rgb(0x2a, 0x2d, 0x33),
    text: Color32::from_rgb(0xc9, 0xcd, 0xd3),
    strong: Color32::from_rgb(0xf1, 0xf2, 0xf4),
    weak: Color32::from_rgb(0x99, 0xa0, 0xa9),
    ember: Color32::from_rgb(0xf5, 0x7f, 0x3b),
    on_accent: Color32::BLACK,
    good: Color32::from_rgb(0x5f, 0xb8, 0x7c),
    warn: Color32::from_rgb(0xe8, 0xb3, 0x3c),
    bad: Color32::from_rgb(0xf0, 0x6a, 0x64),
};

/// Lights on.
pub const LIGHT: Palette = Palette {
    ground: Color32::from_rgb(0xe4, 0xe1, 0xdc),
    panel: Color32::from_rgb(0xf8, 0xf6, 0xf3),
    well: Color32::from_rgb(0xff, 0xff, 0xff),
    raised: Color32::from_rgb(0xe9, 0xe5, 0xdf),
    hovered: Color32::from_rgb(0xde, 0xd9, 0xd1),
    pressed: Color32::from_rgb(0xf1, 0xee, 0xea),
    line: Color32::from_rgb(0xd8, 0xd3, 0xcb),
    text: Color32::from_rgb(0x36, 0x34, 0x31),
    strong: Color32::from_rgb(0x14, 0x13, 0x12),
    weak: Color32::from_rgb(0x5f, 0x5b, 0x55),
    ember: Color32::from_rgb(0xa3, 0x3d, 0x09),
    on_accent: Color32::WHITE,
    good: Color32::from_rgb(0x22, 0x69, 0x3c),
    warn: Color32::from_rgb(0x7a, 0x51, 0x00),
    bad: Color32::from_rgb(0xbb, 0x2a, 0x24),
};

/// The palette in use.
#[must_use]
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    palette_of(ui.visuals())
}

/// The palette of these visuals.
#[must_use]
pub fn palette_of(visuals: &Visuals) -> &'static Palette {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// Outlines the widget that has the keyboard, hand-painted ones too; text fields have a cursor.
pub fn focus_ring(ctx: &egui::Context) {
    let focused = ctx.memory(|memory| memory.focused()).filter(|_| !ctx.text_edit_focused());
    if let Some(widget) = focused.and_then(|id| ctx.read_response(id)) {
        let palette = palette_of(&ctx.global_style().visuals);
        let painter = ctx.layer_painter(widget.layer_id).with_clip_rect(ctx.content_rect());
        let ring = widget.rect.expand(2.0);
        painter.rect_stroke(ring, 5.0, Stroke::new(2.0, palette.ember), egui::StrokeKind::Middle);
    }
}

/// Colours of curves before they repeat.
pub const SERIES: usize = 8;

/// A colour of a curve: Okabe and Ito's set, so that neighbours stay apart for colour-blind eyes.
#[must_use]
pub fn series(index: usize, dark: bool) -> Color32 {
    const SHARED: [Color32; 7] = [
        Color32::from_rgb(0x56, 0xb4, 0xe9),
        Color32::from_rgb(0xe6, 0x9f, 0x00),
        Color32::from_rgb(0x00, 0x9e, 0x73),
        Color32::from_rgb(0xcc, 0x79, 0xa7),
        Color32::from_rgb(0xd5, 0x5e, 0x00),
        Color32::from_rgb(0x00, 0x72, 0xb2),
        Color32::from_rgb(0xf0, 0xe4, 0x42),
    ];
    match (index % SERIES, dark) {
        (7, true) => Color32::from_rgb(0xbb, 0xbb, 0xbb),
        (7, false) => Color32::BLACK,
        // The plain yellow cannot be read on white.
        (6, false) => Color32::from_rgb(0xb5, 0xa6, 0x00),
        (5, true) => Color32::from_rgb(0x3c, 0x8f, 0xd0),
        (at, _) => SHARED[at],
    }
}

/// The monospace font of numbers in tables and curves.
#[must_use]
pub fn numbers() -> FontId {
    FontId::new(12.0, FontFamily::Monospace)
}

/// Puts both themes and the measures in place.
pub fn install(ctx: &egui::Context) {
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            paint(&mut style.visuals, palette);
            let spacing = &mut style.spacing;
            spacing.item_spacing = vec2(8.0, 6.0);
            spacing.button_padding = vec2(9.0, 4.0);
            spacing.interact_size = vec2(36.0, 22.0);
            spacing.window_margin = Margin::same(12);
            spacing.menu_margin = Margin::same(8);
            spacing.slider_width = 130.0;
            spacing.scroll.floating = true;
            for (kind, size) in [
                (TextStyle::Small, 10.5),
                (TextStyle::Body, 13.0),
                (TextStyle::Button, 13.0),
                (TextStyle::Heading, 16.0),
            ] {
                style.text_styles.insert(kind, FontId::proportional(size));
            }
            style.text_styles.insert(TextStyle::Monospace, FontId::monospace(12.5));
        });
    }
}

fn paint(visuals: &mut Visuals, p: &Palette) {
    visuals.panel_fill = p.panel;
    visuals.window_fill = p.panel;
    visuals.window_stroke = Stroke::new(1.0, p.line);
    visuals.extreme_bg_color = p.well;
    visuals.faint_bg_color = p.panel.lerp_to_gamma(p.raised, 0.35);
    visuals.code_bg_color = p.well;
    visuals.hyperlink_color = p.ember;
    visuals.warn_fg_color = p.warn;
    visuals.error_fg_color = p.bad;
    visuals.weak_text_color = Some(p.weak);
    visuals.selection.bg_fill = p.panel.lerp_to_gamma(p.ember, 0.38);
    visuals.selection.stroke = Stroke::new(1.0, p.strong);
    visuals.slider_trailing_fill = true;
    visuals.text_cursor.stroke = Stroke::new(2.0, p.ember);
    visuals.popup_shadow = Shadow { offset: [0, 4], blur: 12, spread: 0, color: Color32::from_black_alpha(70) };
    visuals.window_shadow = visuals.popup_shadow;
    let widgets = &mut visuals.widgets;
    for (state, fill, text) in [
        (&mut widgets.noninteractive, p.panel, p.text),
        (&mut widgets.inactive, p.raised, p.text),
        (&mut widgets.hovered, p.hovered, p.strong),
        (&mut widgets.active, p.pressed, p.strong),
        (&mut widgets.open, p.raised, p.strong),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.fg_stroke = Stroke::new(1.0, text);
        state.bg_stroke = Stroke::NONE;
        state.corner_radius = CornerRadius::same(4);
        state.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, p.line);
    widgets.hovered.bg_stroke = Stroke::new(1.0, p.weak);
    widgets.active.bg_stroke = Stroke::new(1.0, p.ember);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Relative luminance as WCAG 2 has it, 0 to 1.
    fn luminance(colour: Color32) -> f64 {
        let linear = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read_on_every_ground() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            let texts = [
                ("text", p.text),
                ("strong", p.strong),
                ("weak", p.weak),
                ("ember", p.ember),
                ("good", p.good),
                ("warn", p.warn),
                ("bad", p.bad),
            ];
            let grounds = [("ground", p.ground), ("panel", p.panel), ("well", p.well), ("raised", p.raised)];
            let mut pairs: Vec<_> = texts.iter().flat_map(|text| grounds.map(|ground| (*text, ground))).collect();
            pairs.push((("strong", p.strong), ("hovered", p.hovered)));
            pairs.push((("strong", p.strong), ("pressed", p.pressed)));
            pairs.push((("ember", p.ember), ("hovered", p.hovered)));
            pairs.push((("weak", p.weak), ("hovered", p.hovered)));
            pairs.push((("on_accent", p.on_accent), ("ember", p.ember)));
            pairs.push((("on_accent", p.on_accent), ("bad", p.bad)));
            for ((text, colour), (ground, below)) in pairs {
                let found = contrast(colour, below);
                assert!(found >= 4.5, "{theme}: {text} on {ground} has {found:.2}:1");
            }
        }
    }

    #[test]
    fn no_colour_comes_twice_before_they_repeat() {
        for dark in [true, false] {
            let colours: HashSet<_> = (0..SERIES).map(|index| series(index, dark)).collect();
            assert_eq!(colours.len(), SERIES);
        }
        assert_eq!(series(11, true), series(3, true));
    }
}
