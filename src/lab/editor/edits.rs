//! Edits of lines and brackets: functions of a text and what is selected in it.

use super::scan::Scan;
use std::ops::Range;

/// What a level is indented by.
const INDENT: &str = "    ";

/// What is selected, in bytes; both are one place when nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selection {
    /// Where it began.
    pub anchor: usize,
    /// Where the cursor is.
    pub at: usize,
}

impl Selection {
    /// Nothing selected.
    #[must_use]
    pub fn one(at: usize) -> Self {
        Self { anchor: at, at }
    }

    /// Its bytes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.anchor.min(self.at)..self.anchor.max(self.at)
    }
}

/// Byte of a character.
#[must_use]
pub fn byte_of(text: &str, place: usize) -> usize {
    text.char_indices().nth(place).map_or(text.len(), |(byte, _)| byte)
}

/// Character at a byte.
#[must_use]
pub fn char_of(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|&(at, _)| at < byte).count()
}

/// Where the line of a byte begins.
#[must_use]
pub fn line_start(text: &str, byte: usize) -> usize {
    text[..byte].rfind('\n').map_or(0, |at| at + 1)
}

/// Starts of the lines that are selected; a line of which only the start is selected is not.
fn selected_lines(text: &str, selection: Selection) -> Vec<usize> {
    let Range { start, end } = selection.range();
    let mut starts = vec![line_start(text, start)];
    starts.extend(text[start..end].match_indices('\n').map(|(at, _)| start + at + 1).filter(|&at| at < end));
    starts
}

/// Puts a new text in place of each selected line's first bytes: for a line, how many go and what comes.
fn reshape(text: &mut String, selection: Selection, change: impl Fn(&str) -> (Range<usize>, String)) -> Selection {
    let mut moved = selection;
    for start in selected_lines(text, selection).into_iter().rev() {
        let line = text[start..].split('\n').next().unwrap_or_default();
        let (gone, comes) = change(line);
        let gone = start + gone.start..start + gone.end;
        let shift = |at: usize| match at {
            at if at < gone.start => at,
            at if at >= gone.end => at - gone.len() + comes.len(),
            _ => gone.start,
        };
        moved = Selection { anchor: shift(moved.anchor), at: shift(moved.at) };
        text.replace_range(gone, &comes);
    }
    moved
}

fn leading(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Indents the selected lines; with nothing selected goes to the next stop.
pub fn indent(text: &mut String, selection: Selection) -> Selection {
    let Range { start, end } = selection.range();
    if !text[start..end].contains('\n') {
        let column = text[line_start(text, start)..start].chars().count();
        let spaces = &INDENT[column % INDENT.len()..];
        text.replace_range(start..end, spaces);
        return Selection::one(start + spaces.len());
    }
    reshape(text, selection, |line| (0..0, if line.is_empty() { String::new() } else { INDENT.to_owned() }))
}

/// Takes a level of indentation from the selected lines.
pub fn outdent(text: &mut String, selection: Selection) -> Selection {
    reshape(text, selection, |line| {
        let spaces = line.bytes().take(INDENT.len()).take_while(|byte| *byte == b' ').count();
        let tab = line.starts_with('\t');
        (0..if tab { 1 } else { spaces }, String::new())
    })
}

/// Makes the selected lines comments, or code again when all of them are comments.
pub fn toggle_comments(text: &mut String, selection: Selection) -> Selection {
    let lines: Vec<String> = selected_lines(text, selection)
        .into_iter()
        .map(|start| text[start..].split('\n').next().unwrap_or_default().to_owned())
        .collect();
    let said = || lines.iter().filter(|line| !line.trim().is_empty());
    let depth = said().map(|line| leading(line)).min().unwrap_or(0);
    let uncomment = said().next().is_some() && said().all(|line| line.trim_start().starts_with("//"));
    let alone = lines.len() == 1;
    reshape(text, selection, |line| match uncomment {
        true => {
            let at = leading(line);
            let marks = if line[at..].starts_with("// ") { 3 } else { usize::from(line[at..].starts_with("//")) * 2 };
            (at..at + marks, String::new())
        }
        false if line.trim().is_empty() && !alone => (0..0, String::new()),
        false => (depth..depth, "// ".to_owned()),
    })
}

/// A new line as deep as the one before, a level deeper behind an opening bracket.
pub fn new_line(text: &mut String, selection: Selection) -> Selection {
    let range = selection.range();
    let start = line_start(text, range.start);
    let line = &text[start..range.start];
    let indentation = line[..leading(line)].to_owned();
    let opens = line.trim_end().ends_with(['{', '(', '[']);
    let closes = text[range.end..].starts_with(['}', ')', ']']);
    let deeper = if opens { INDENT } else { "" };
    let before = format!("\n{indentation}{deeper}");
    let after = if opens && closes { format!("\n{indentation}") } else { String::new() };
    let at = range.start + before.len();
    text.replace_range(range, &[before, after].concat());
    Selection::one(at)
}

/// The bracket at the cursor and the one that answers to it, in bytes; `None` for the second when there is none.
#[must_use]
pub fn brackets(scan: &Scan, byte: usize) -> Option<(usize, Option<usize>)> {
    // The bracket before the cursor counts first: it was just typed.
    let ends = scan.until(byte).checked_sub(1).filter(|&at| scan.tokens()[at].range.end == byte);
    let starts = Some(scan.until(byte)).filter(|&at| scan.tokens().get(at).is_some_and(|t| t.range.start == byte));
    let bracket =
        |at: &usize| scan.is(*at, super::scan::Kind::Mark) && matches!(scan.at(*at), "(" | ")" | "[" | "]" | "{" | "}");
    let token = ends.filter(bracket).or(starts.filter(bracket))?;
    let place = |token: usize| scan.tokens()[token].range.start;
    Some((place(token), scan.partner(token).map(place)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies an edit to a text in which `[` and `]` mark the selection, `|` the cursor.
    fn edited(marked: &str, edit: fn(&mut String, Selection) -> Selection) -> String {
        let mut text = marked.replace(['«', '»', '|'], "");
        let place = |mark: char| {
            let before: String = marked.chars().take_while(|&c| c != mark).collect();
            before.replace(['«', '»', '|'], "").len()
        };
        let selection = match marked.contains('|') {
            true => Selection::one(place('|')),
            false => Selection { anchor: place('«'), at: place('»') },
        };
        let after = edit(&mut text, selection);
        let Range { start, end } = after.range();
        match start == end {
            true => format!("{}|{}", &text[..start], &text[start..]),
            false => format!("{}«{}»{}", &text[..start], &text[start..end], &text[end..]),
        }
    }

    #[test]
    fn tab_indents_lines_or_goes_to_the_next_stop() {
        assert_eq!(edited("ab|c", indent), "ab  |c");
        assert_eq!(edited("a«b\n\n  c»\nd", indent), "    a«b\n\n      c»\nd");
        assert_eq!(edited("    a«b\n\tc\n»d", outdent), "a«b\nc\n»d");
        assert_eq!(edited("  a|", outdent), "a|");
        assert_eq!(edited("|  a", outdent), "|a");
    }

    #[test]
    fn comments_come_and_go() {
        assert_eq!(edited("  a|b", toggle_comments), "  // a|b");
        assert_eq!(edited("  // a|b", toggle_comments), "  a|b");
        let lines = "«fn f() {\n\n    //1\n}»";
        let commented = edited(lines, toggle_comments);
        assert_eq!(commented, "// «fn f() {\n\n//     //1\n// }»");
        assert_eq!(edited(&commented, toggle_comments), lines);
        assert_eq!(edited("|", toggle_comments), "// |");
    }

    #[test]
    fn a_new_line_keeps_the_indentation() {
        assert_eq!(edited("    a;|", new_line), "    a;\n    |");
        assert_eq!(edited("fn f() {|}", new_line), "fn f() {\n    |\n}");
        assert_eq!(edited("  if x {|\n  }", new_line), "  if x {\n      |\n  }");
        assert_eq!(edited("é«b»", new_line), "é\n|");
    }

    #[test]
    fn a_bracket_at_the_cursor_has_its_partner() {
        let scan = Scan::new("f(a[0])");
        assert_eq!(brackets(&scan, 2), Some((1, Some(6))));
        assert_eq!(brackets(&scan, 7), Some((6, Some(1))));
        assert_eq!(brackets(&scan, 6), Some((5, Some(3))), "the one before the cursor counts");
        assert_eq!(brackets(&Scan::new("(a"), 1), Some((0, None)));
        assert_eq!(brackets(&scan, 0), None);
    }

    #[test]
    fn bytes_and_characters_agree() {
        let text = "é1…";
        for (place, byte) in [(0, 0), (1, 2), (2, 3), (3, 6)] {
            assert_eq!((byte_of(text, place), char_of(text, byte)), (byte, place));
        }
        assert_eq!(byte_of(text, 99), 6);
    }
}
