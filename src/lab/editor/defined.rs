//! What a recipe defines itself: its functions and variables.

use super::scan::{Kind, Scan};

/// A function of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub parameters: Vec<String>,
    /// As `name(a, b)`.
    pub call: String,
    /// The comment above it.
    pub about: String,
    /// Bytes from `fn` to the end of its body.
    pub range: std::ops::Range<usize>,
}

/// All functions that the text defines.
#[must_use]
pub fn functions(scan: &Scan) -> Vec<Function> {
    let begins = |at: &usize| scan.at(*at) == "fn" && scan.is(at + 1, Kind::Word) && scan.at(at + 2) == "(";
    (0..scan.tokens().len()).filter(begins).map(|at| function(scan, at)).collect()
}

fn function(scan: &Scan, at: usize) -> Function {
    let close = scan.partner(at + 2).unwrap_or(at + 2);
    let is_name = |&token: &usize| scan.is(token, Kind::Word);
    let parameters: Vec<String> = (at + 3..close).filter(is_name).map(|token| scan.at(token).to_owned()).collect();
    let body = scan.partner(close + 1).map_or(scan.text.len(), |end| scan.tokens()[end].range.end);
    let name = scan.at(at + 1).to_owned();
    let call = format!("{name}({})", parameters.join(", "));
    Function { name, parameters, call, about: comment_above(scan, at), range: scan.tokens()[at].range.start..body }
}

/// The lines of comment right above a token, as one paragraph.
fn comment_above(scan: &Scan, at: usize) -> String {
    let mut lines = Vec::new();
    let mut below = scan.tokens()[at].range.start;
    for token in (0..at).rev().map(|token| &scan.tokens()[token]).take_while(|token| token.kind == Kind::Comment) {
        let between = &scan.text[token.range.end..below];
        let text = &scan.text[token.range.clone()];
        // A comment behind code belongs to that code.
        let alone = scan.text[..token.range.start].trim_end_matches([' ', '\t']).ends_with('\n')
            || scan.text[..token.range.start].trim().is_empty();
        if between.matches('\n').count() != 1 || !alone {
            break;
        }
        lines.push(text.trim_start_matches('/').trim_matches(['*', ' ', '\t', '/']).to_owned());
        below = token.range.start;
    }
    lines.reverse();
    lines.join(" ").trim().to_owned()
}

/// Names of variables that can be used at a byte: parameters and variables of the function around it, and constants.
#[must_use]
pub fn variables(scan: &Scan, byte: usize) -> Vec<String> {
    let around = functions(scan).into_iter().find(|function| function.range.contains(&byte));
    let inside = around.as_ref().map_or(0..scan.text.len(), |function| function.range.clone());
    let mut names = around.map_or(Vec::new(), |function| function.parameters);
    for at in 0..scan.until(byte) {
        let named = scan.is(at + 1, Kind::Word).then(|| scan.at(at + 1).to_owned());
        let here = inside.contains(&scan.tokens()[at].range.start);
        match scan.at(at) {
            "let" | "for" | "const" if here => names.extend(named),
            "const" => names.extend(named.map(|name| format!("global::{name}"))),
            _ => {}
        }
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_those_of_the_function_around_and_constants() {
        let text = "const RATE = 1;\nfn a(s) { let x = 1; }\nfn b(t, u) { for i in 0..2 { let late = 1; } }";
        let scan = Scan::new(text);
        let at = text.find("let late").unwrap();
        assert_eq!(variables(&scan, at), ["global::RATE", "i", "t", "u"]);
        assert_eq!(variables(&Scan::new("let a = 1; "), 11), ["a"]);
    }

    #[test]
    fn a_comment_belongs_to_the_function_right_below_it() {
        let about = |text: &str| functions(&Scan::new(text)).remove(0).about;
        assert_eq!(about("// One.\nfn a() {}"), "One.");
        assert_eq!(about("// One.\n\nfn a() {}"), "");
        assert_eq!(about("let b = 1; // One.\nfn a() {}"), "");
        assert_eq!(about("fn a() {}"), "");
    }

    #[test]
    fn a_function_that_is_not_finished_is_known() {
        let found = functions(&Scan::new("fn a(s, t"));
        assert_eq!((found[0].name.as_str(), found.len()), ("a", 1));
        assert!(functions(&Scan::new("fn (")).is_empty());
    }
}
