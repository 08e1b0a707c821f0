//! Colours for Rhai. A keystroke costs the lines it changes: every other line keeps its colours.

use super::theme::Palette;
use eframe::egui::text::{ByteIndex, LayoutJob, LayoutSection};
use eframe::egui::{Color32, FontId, Stroke, TextFormat};
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxDefinition, SyntaxSet, SyntaxSetBuilder};
use syntect::util::LinesWithEndings;

/// A longer text is shown in one colour.
const MAX_BYTES: usize = 300_000;

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Comment,
    Text,
    Escape,
    Keyword,
    Declaration,
    Number,
    Function,
    Mark,
}

/// Scopes of the grammar and what they are, the most telling first.
const KINDS: [(&str, Kind); 9] = [
    ("constant.character.escape", Kind::Escape),
    ("comment", Kind::Comment),
    ("string", Kind::Text),
    ("keyword", Kind::Keyword),
    ("storage", Kind::Declaration),
    ("constant", Kind::Number),
    ("entity.name.function", Kind::Function),
    ("variable", Kind::Plain),
    ("punctuation", Kind::Mark),
];

#[derive(Debug, Clone, PartialEq)]
struct State {
    parse: ParseState,
    scopes: ScopeStack,
}

#[derive(Debug, Clone)]
struct Line {
    text: String,
    /// Lengths in bytes; together they cover the text.
    spans: Vec<(usize, Kind)>,
    /// The parser's state after the line.
    after: State,
}

/// Colours a text that changes a little at a time.
pub struct Highlighter {
    syntaxes: SyntaxSet,
    start: Option<State>,
    kinds: Vec<(Scope, Kind)>,
    lines: Vec<Line>,
}

impl Default for Highlighter {
    fn default() -> Self {
        let mut builder = SyntaxSetBuilder::new();
        let grammar = include_str!("rhai.sublime-syntax");
        // A grammar that does not load leaves the text in one colour; a test holds it loadable.
        if let Ok(syntax) = SyntaxDefinition::load_from_str(grammar, true, None) {
            builder.add(syntax);
        }
        let syntaxes = builder.build();
        let start = syntaxes
            .find_syntax_by_name("Rhai")
            .map(|syntax| State { parse: ParseState::new(syntax), scopes: ScopeStack::new() });
        let kinds = KINDS.iter().filter_map(|&(name, kind)| Some((Scope::new(name).ok()?, kind))).collect();
        Self { syntaxes, start, kinds, lines: Vec::new() }
    }
}

impl Highlighter {
    /// The text, coloured; `error` is a line and column from 1, underlined to the end of its word.
    pub fn layout(&mut self, text: &str, palette: &Palette, font: &FontId, error: Option<(usize, usize)>) -> LayoutJob {
        let mut job = LayoutJob { text: text.to_owned(), ..LayoutJob::default() };
        job.wrap.max_width = f32::INFINITY;
        let mut at = 0;
        let mut add = |length: usize, kind: Kind, wrong: bool| {
            let underline = if wrong { Stroke::new(1.5, palette.bad) } else { Stroke::NONE };
            let color = colour(kind, palette);
            let format = TextFormat { font_id: font.clone(), color, underline, ..Default::default() };
            let byte_range = ByteIndex(at)..ByteIndex(at + length);
            job.sections.push(LayoutSection { leading_space: 0.0, byte_range, format });
            at += length;
        };
        if text.len() > MAX_BYTES || self.start.is_none() {
            add(text.len(), Kind::Plain, false);
            return job;
        }
        self.refresh(text);
        for (row, line) in self.lines.iter().enumerate() {
            let wrong = error.filter(|&(wanted, _)| wanted == row + 1).map(|(_, column)| {
                let chars = line.text.char_indices();
                chars.map(|(byte, _)| byte).nth(column.saturating_sub(1)).unwrap_or(line.text.len())
            });
            let mut start = 0;
            for &(length, kind) in &line.spans {
                match wrong.filter(|byte| (start..start + length).contains(byte)) {
                    Some(byte) => {
                        add(byte - start, kind, false);
                        add(start + length - byte, kind, true);
                    }
                    None => add(length, kind, false),
                }
                start += length;
            }
        }
        if text.is_empty() {
            add(0, Kind::Plain, false);
        }
        job
    }

    /// Brings the lines up to `text`; those at both ends that did not change are kept.
    fn refresh(&mut self, text: &str) {
        let Some(start) = self.start.clone() else {
            return;
        };
        let new: Vec<&str> = LinesWithEndings::from(text).collect();
        let same = |(old, new): &(&Line, &&str)| old.text == **new;
        let head = self.lines.iter().zip(&new).take_while(same).count();
        let most = self.lines.len().min(new.len()) - head;
        let tail = self.lines.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
        if head == new.len() && head == self.lines.len() {
            return;
        }
        let kept = self.lines.split_off(self.lines.len() - tail);
        let before_kept = self.lines.last().map_or_else(|| start.clone(), |line| line.after.clone());
        self.lines.truncate(head);
        let mut state = self.lines.last().map_or(start, |line| line.after.clone());
        for &text in &new[head..new.len() - tail] {
            let line = self.parse(text, state);
            state = line.after.clone();
            self.lines.push(line);
        }
        let mut changed = state != before_kept;
        for old in kept {
            if changed {
                let line = self.parse(&old.text, state.clone());
                changed = line.after != old.after;
                state = line.after.clone();
                self.lines.push(line);
            } else {
                self.lines.push(old);
            }
        }
    }

    fn parse(&self, text: &str, mut state: State) -> Line {
        let mut spans: Vec<(usize, Kind)> = Vec::new();
        let mut add = |length: usize, kind: Kind| match spans.last_mut() {
            Some(last) if last.1 == kind => last.0 += length,
            _ if length > 0 => spans.push((length, kind)),
            _ => {}
        };
        let mut at = 0;
        for (next, change) in state.parse.parse_line(text, &self.syntaxes).unwrap_or_default() {
            add(next.saturating_sub(at), self.kind(&state.scopes));
            at = at.max(next);
            // A change that does not apply leaves the colours as they are.
            let _ = state.scopes.apply(&change);
        }
        add(text.len() - at, self.kind(&state.scopes));
        Line { text: text.to_owned(), spans, after: state }
    }

    fn kind(&self, scopes: &ScopeStack) -> Kind {
        let kind_of =
            |scope: &Scope| self.kinds.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|&(_, kind)| kind);
        scopes.as_slice().iter().rev().find_map(kind_of).unwrap_or(Kind::Plain)
    }
}

fn colour(kind: Kind, p: &Palette) -> Color32 {
    let dark = p.text.r() > 128;
    let of = |dark_colour: [u8; 3], light_colour: [u8; 3]| {
        let [r, g, b] = if dark { dark_colour } else { light_colour };
        Color32::from_rgb(r, g, b)
    };
    match kind {
        Kind::Plain => p.text,
        Kind::Comment => p.weak,
        Kind::Mark => p.text.lerp_to_gamma(p.weak, 0.6),
        Kind::Keyword => p.ember,
        Kind::Declaration => of([0xd9, 0x9a, 0x6c], [0x94, 0x4d, 0x16]),
        Kind::Text => of([0x9c, 0xc0, 0x82], [0x3f, 0x73, 0x27]),
        Kind::Escape => of([0xc9, 0xdd, 0xa8], [0x5c, 0x86, 0x1a]),
        Kind::Number => of([0xe3, 0xc0, 0x78], [0x87, 0x5d, 0x00]),
        Kind::Function => of([0x83, 0xb6, 0xdc], [0x1d, 0x5f, 0x95]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::theme::DARK;
    use super::*;
    use std::time::Instant;

    fn kinds(text: &str) -> Vec<(String, Kind)> {
        let mut highlighter = Highlighter::default();
        highlighter.refresh(text);
        let mut found = Vec::new();
        for line in &highlighter.lines {
            let mut at = 0;
            for &(length, kind) in &line.spans {
                found.push((line.text[at..at + length].trim().to_owned(), kind));
                at += length;
            }
        }
        found.retain(|(text, _)| !text.is_empty());
        found
    }

    #[test]
    fn rhai_is_told_apart() {
        let found = kinds("fn rate(t) { 0.3 * decade(t, 800) } // \"slow\"\n");
        let has = |text: &str, kind| found.contains(&(text.to_owned(), kind));
        assert!(has("fn", Kind::Declaration), "{found:?}");
        assert!(has("rate", Kind::Function) && has("decade", Kind::Function));
        assert!(has("0.3", Kind::Number) && has("800", Kind::Number));
        assert!(has("// \"slow\"", Kind::Comment));
    }

    #[test]
    fn comments_nest_and_strings_interpolate() {
        let found = kinds("/* a /* b */\nc */ let x = `n ${1 + f(2)} m`;\n");
        let has = |text: &str, kind| found.contains(&(text.to_owned(), kind));
        assert!(has("/* a /* b */", Kind::Comment) && has("c */", Kind::Comment), "{found:?}");
        assert!(has("let", Kind::Declaration) && has("f", Kind::Function));
        assert!(has("2", Kind::Number));
    }

    /// Edits of every sort leave the same colours as a fresh start.
    #[test]
    fn an_edit_colours_as_a_fresh_text_does() {
        let texts = [
            "let a = 1;\nlet b = 2;\nlet c = 3;\n",
            "let a = 1;\n/* let b = 2;\nlet c = 3;\n",
            "let a = 1;\n/* let b = 2; */\nlet c = 3;\n",
            "let a = 1;\nlet c = 3;\n",
            "",
            "x",
            "let a = 1;\nlet a = 1;\nlet a = 1;",
            "let a = 1;\n",
        ];
        let mut highlighter = Highlighter::default();
        for text in texts {
            highlighter.refresh(text);
            let mut fresh = Highlighter::default();
            fresh.refresh(text);
            let spans = |h: &Highlighter| h.lines.iter().map(|l| l.spans.clone()).collect::<Vec<_>>();
            assert_eq!(spans(&highlighter), spans(&fresh), "{text:?}");
        }
    }

    #[test]
    fn the_error_is_underlined_from_its_column() {
        let mut highlighter = Highlighter::default();
        let text = "let é = 1;\nlet banana = ;\n";
        let job = highlighter.layout(text, &DARK, &FontId::monospace(12.0), Some((2, 5)));
        let wrong: Vec<&str> = job
            .sections
            .iter()
            .filter(|section| section.format.underline != Stroke::NONE)
            .map(|section| &text[section.byte_range.start.0..section.byte_range.end.0])
            .collect();
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].starts_with("banana"), "{wrong:?}");
        let covered: usize = job.sections.iter().map(|s| s.byte_range.end.0 - s.byte_range.start.0).sum();
        assert_eq!(covered, text.len());
    }

    #[test]
    fn a_keystroke_in_a_long_recipe_is_cheap() {
        let line = "    let y = lab.sample(s, lab.up(s, y)); // thirty Langevin steps\n";
        let mut text = line.repeat(600);
        let mut highlighter = Highlighter::default();
        highlighter.refresh(&text);
        // The fastest of ten: the machine may be busy with other tests.
        let keystroke = |_| {
            text.insert(line.len() * 300 + 4, 'x');
            let start = Instant::now();
            highlighter.refresh(&text);
            start.elapsed().as_secs_f64()
        };
        let fastest = (0..10).map(keystroke).fold(f64::INFINITY, f64::min);
        assert!(fastest < 0.004, "{} ms a keystroke", 1e3 * fastest);
    }
}
