//! The call that the cursor stands in, for the line below the editor.

use super::super::theme::Palette;
use super::scan::{Kind, Scan};
use super::words::{Known, first_sentence, told};
use eframe::egui::{FontId, TextFormat, text::LayoutJob};
use std::ops::Range;

/// A call and where in it the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// How it is called.
    pub signature: String,
    /// Bytes of the signature that stand for what is at the cursor.
    pub current: Option<Range<usize>>,
    /// Of the option at the cursor, or else of the call.
    pub about: String,
}

impl Call {
    /// The signature with what is at the cursor made strong.
    #[must_use]
    pub fn job(&self, palette: &Palette) -> LayoutJob {
        let format = |color| TextFormat { font_id: FontId::monospace(11.0), color, ..Default::default() };
        let mut job = LayoutJob::default();
        let current = self.current.clone().unwrap_or(0..0);
        job.append(&self.signature[..current.start], 0.0, format(palette.weak));
        job.append(&self.signature[current.clone()], 0.0, format(palette.ember));
        job.append(&self.signature[current.end..], 0.0, format(palette.weak));
        job
    }
}

/// The innermost call of a known word around a byte.
#[must_use]
pub fn around(known: &Known<'_>, byte: usize) -> Option<Call> {
    let scan = known.scan;
    if scan.is_prose(byte) {
        return None;
    }
    for open in scan.around(byte).into_iter().filter(|&open| scan.at(open) == "(") {
        let Some(callee) = scan.before(open).filter(|&callee| scan.is(callee, Kind::Word)) else {
            continue;
        };
        if scan.before(callee).is_some_and(|before| scan.at(before) == "fn") {
            continue;
        }
        if let Some(call) = call(known, callee, open, byte) {
            return Some(call);
        }
    }
    None
}

fn call(known: &Known<'_>, callee: usize, open: usize, byte: usize) -> Option<Call> {
    let scan = known.scan;
    let words = known.word(callee);
    let position = position(scan, open, byte);
    let all = words.iter().flat_map(|word| word.signatures.iter().map(move |signature| (word, signature)));
    let takes = |signature: &str| parameters(signature).len();
    let fits = |(_, signature): &(_, &String)| takes(signature) > position;
    let (word, signature) = all.clone().find(fits).or_else(|| all.clone().next())?;
    let option = known.options_of(byte).filter(|entry| entry.names().contains(&scan.at(callee))).and_then(|entry| {
        let name = key(scan, byte)?;
        entry.options.iter().find(|option| option.name == name)
    });
    let about = match option {
        Some(option) => format!("{}: {}", option.name, told(option)),
        None => first_sentence(&word.about).to_owned(),
    };
    Some(Call { signature: signature.clone(), current: parameters(signature).get(position).cloned(), about })
}

/// Commas between a bracket and a byte, those of inner brackets left out.
fn position(scan: &Scan, open: usize, byte: usize) -> usize {
    let mut at = open + 1;
    let mut commas = 0;
    while scan.tokens().get(at).is_some_and(|token| token.range.end <= byte) {
        commas += usize::from(scan.at(at) == "," && scan.is(at, Kind::Mark));
        let inner = matches!(scan.at(at), "(" | "[" | "{");
        at = if inner { scan.partner(at).unwrap_or(scan.tokens().len()) } else { at } + 1;
    }
    commas
}

/// Where the parameters stand in a signature, what a method is called on left out.
fn parameters(signature: &str) -> Vec<Range<usize>> {
    let (Some(open), Some(close)) = (signature.find('('), signature.rfind(')')) else {
        return Vec::new();
    };
    let mut at = open + 1;
    let mut found = Vec::new();
    for part in signature[at..close.max(at)].split(", ").filter(|part| !part.is_empty()) {
        found.push(at..at + part.len());
        at += part.len() + 2;
    }
    found
}

/// The name in a map whose value, or which itself, is at a byte.
fn key(scan: &Scan, byte: usize) -> Option<String> {
    let brace = *scan.around(byte).first()?;
    let mut at = brace + 1;
    let mut name = None;
    let mut first = true;
    while let Some(token) = scan.tokens().get(at).filter(|token| token.range.start <= byte) {
        if first && token.kind == Kind::Word {
            name = Some(scan.at(at).to_owned());
        }
        // Behind a comma another name begins.
        first = scan.at(at) == "," && token.kind == Kind::Mark && token.range.end <= byte;
        name = name.filter(|_| !first);
        let inner = matches!(scan.at(at), "(" | "[" | "{");
        at = if inner { scan.partner(at).unwrap_or(scan.tokens().len()) } else { at } + 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(marked: &str) -> Option<(String, String)> {
        let byte = marked.find('|').unwrap_or(0);
        let scan = Scan::new(&marked.replace('|', ""));
        let call = around(&Known { scan: &scan, plugins: &[] }, byte)?;
        let current = call.current.map_or(String::new(), |at| call.signature[at].to_owned());
        Some((current, call.about))
    }

    #[test]
    fn the_parameter_at_the_cursor_is_told() {
        let parameter = |text: &str| at(text).map(|(parameter, _)| parameter);
        assert_eq!(parameter("lab.up(|s, y)").as_deref(), Some("s: int"));
        assert_eq!(parameter("lab.up(s, f([1, 2], 3), |)").as_deref(), Some(""));
        assert_eq!(parameter("lab.up(s, |y)").as_deref(), Some("y: Images"));
        assert_eq!(parameter("lab.sample(s, a, |m)").as_deref(), Some("mask: Images"), "the longer way to call it");
        assert_eq!(parameter("lab.sample(s, lab.up(s, y), |m)").as_deref(), Some("mask: Images"));
        assert_eq!(parameter("(1, |2)"), None);
        assert_eq!(parameter("fn rate(|t) {}"), None);
        assert_eq!(parameter("// lab.up(|"), None);
    }

    #[test]
    fn the_option_at_the_cursor_is_told() {
        let about = |text: &str| at(text).map(|(_, about)| about).unwrap_or_default();
        assert!(about("grids(#{ size: 32, factor: 1|.5 })").starts_with("factor: d, the ratio"));
        assert!(about("grids(#{ si|ze: 32 })").starts_with("size: side of the finest grid"));
        assert!(about("grids(#{ | })").starts_with("From `size` pixels"));
    }
}
