//! Putting another source of images into a recipe's text.

use super::compile::RecipeText;
use super::dictionary::{Form, dictionary};
use super::write_back::tokens;
use std::ops::Range;
use std::path::Path;

impl RecipeText {
    /// This recipe with its images read from `path`: the call in `fn data()` that names the source becomes `images(path)`,
    /// and what is done to the images after it stays. A body with no such call, or with several, is replaced whole; a
    /// recipe without `data` gets one at its end.
    ///
    /// A path below the recipe's folder is written as seen from there.
    #[must_use]
    pub fn reading(&self, path: &Path) -> Self {
        let call = format!("images({})", self.quoted(path));
        let text = &self.text;
        let replace = |place: Range<usize>, by: &str| [&text[..place.start], by, &text[place.end..]].concat();
        let text = match body(text) {
            None => {
                let before = text.trim_end();
                let gap = if before.is_empty() { "" } else { "\n\n" };
                format!("{before}{gap}fn data() {{ {call} }}\n")
            }
            Some(body) => match source(text, &body) {
                Some(place) => replace(place, &call),
                None => replace(body, &format!(" {call} ")),
            },
        };
        Self { path: self.path.clone(), text }
    }

    /// A path as a string of the language.
    fn quoted(&self, path: &Path) -> String {
        let folder = self.path.parent().and_then(|folder| match folder.as_os_str().is_empty() {
            true => std::path::absolute(".").ok(),
            false => std::path::absolute(folder).ok(),
        });
        let below = folder.and_then(|folder| path.strip_prefix(folder).ok().map(Path::to_path_buf));
        let path = below.filter(|below| !below.as_os_str().is_empty()).unwrap_or_else(|| path.to_path_buf());
        let mut text = path.display().to_string();
        if cfg!(windows) {
            text = text.replace('\\', "/");
        }
        let mut quoted = String::from('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                c => quoted.push(c),
            }
        }
        quoted + "\""
    }
}

/// What stands between the braces of `fn data()`.
fn body(text: &str) -> Option<Range<usize>> {
    let tokens = tokens(text);
    let is = |at: usize, what: &str| tokens.get(at).is_some_and(|token: &Range<usize>| &text[token.clone()] == what);
    let head = ["fn", "data", "(", ")", "{"];
    let first = (0..tokens.len()).find(|&at| head.iter().enumerate().all(|(step, what)| is(at + step, what)))?;
    let open = first + head.len() - 1;
    Some(tokens[open].end..tokens[closing(text, &tokens, open)?].start)
}

/// The only call in `body` of a word that gives images.
fn source(text: &str, body: &Range<usize>) -> Option<Range<usize>> {
    let words: Vec<&str> = dictionary()
        .iter()
        .flat_map(|entry| &entry.signatures)
        .filter(|signature| signature.form == Form::Function && signature.returns.as_deref() == Some("Data"))
        .map(|signature| signature.name.as_str())
        .collect();
    let tokens: Vec<Range<usize>> = tokens(text).into_iter().filter(|token| token.start >= body.start).collect();
    let calls = (0..tokens.len().saturating_sub(1)).filter(|&at| {
        tokens[at].end <= body.end && words.contains(&&text[tokens[at].clone()]) && &text[tokens[at + 1].clone()] == "("
    });
    let calls: Vec<usize> = calls.collect();
    let [call] = calls.as_slice() else { return None };
    Some(tokens[*call].start..tokens[closing(text, &tokens, call + 1)?].end)
}

/// The bracket that closes the one at `open`.
fn closing(text: &str, tokens: &[Range<usize>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match &text[token.clone()] {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str, path: &str) -> String {
        RecipeText { path: "/recipes/a.rhai".into(), text: text.into() }.reading(Path::new(path)).text
    }

    #[test]
    fn the_source_is_replaced_and_what_is_done_to_its_images_stays() {
        let text = "fn data() {\n    builtin(\"portraits\") // ours\n        .resize(32).flip()\n}\nfn rate(t) { 1 }";
        let wanted = "fn data() {\n    images(\"/d/faces\") // ours\n        .resize(32).flip()\n}\nfn rate(t) { 1 }";
        assert_eq!(reading(text, "/d/faces"), wanted);
        let text = "fn data() { let d = folder((\"a\")); d.noise(0.1) }";
        assert_eq!(reading(text, "/b.zip"), "fn data() { let d = images(\"/b.zip\"); d.noise(0.1) }");
    }

    #[test]
    fn a_body_that_names_no_source_or_several_is_replaced() {
        for body in ["mine()", "if toggle(\"t\", true) { folder(\"a\") } else { tar(\"b\") }", ""] {
            let text = format!("fn data() {{{body}}}\n// folder(\"x\")");
            assert_eq!(reading(&text, "/n"), "fn data() { images(\"/n\") }\n// folder(\"x\")");
        }
    }

    #[test]
    fn a_recipe_without_data_gets_them() {
        let text = "// fn data() { folder(\"a\") }\nfn rate(t) { folder(t) }\n";
        assert_eq!(reading(text, "/n"), format!("{text}\nfn data() {{ images(\"/n\") }}\n"));
        assert_eq!(reading("", "/n"), "fn data() { images(\"/n\") }\n");
        assert_eq!(reading("fn data() { folder(", "/n"), "fn data() { folder(\n\nfn data() { images(\"/n\") }\n");
    }

    #[test]
    fn paths_are_quoted_and_short_below_the_recipe() {
        assert_eq!(reading("", "/recipes/d/x"), "fn data() { images(\"d/x\") }\n");
        assert_eq!(reading("", "/recipes"), "fn data() { images(\"/recipes\") }\n");
        assert_eq!(reading("", "/a \"b\"\\c"), "fn data() { images(\"/a \\\"b\\\"\\\\c\") }\n");
    }
}
