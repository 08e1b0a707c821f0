//! Text of any origin as text of a page: nothing in it becomes markup.

/// `text` for an element or a quoted attribute of HTML and SVG. Characters that XML cannot hold become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `text` with `code` between backticks and `**bold**` as elements. A mark without its partner stays as it is.
pub(super) fn inline(text: &str) -> String {
    let (mut html, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['`', '*']) {
        let (before, from) = rest.split_at(at);
        html.push_str(&escape(before));
        let (mark, element) = if from.starts_with('`') { ("`", "code") } else { ("**", "strong") };
        match from.strip_prefix(mark).and_then(|inner| inner.split_once(mark)) {
            Some((inner, after)) if !inner.is_empty() => {
                let inner = if element == "code" { escape(inner) } else { inline(inner) };
                html.push_str(&format!("<{element}>{inner}</{element}>"));
                rest = after;
            }
            _ => {
                let length = if from.starts_with(mark) { mark.len() } else { 1 };
                html.push_str(&from[..length]);
                rest = &from[length..];
            }
        }
    }
    html.push_str(&escape(rest));
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_is_code_and_bold_alone() {
        for (text, html) in [
            ("a **b** `c<d>`", "a <strong>b</strong> <code>c&lt;d&gt;</code>"),
            ("**no `x**` end", "<strong>no `x</strong>` end"),
            ("**a `b` c**", "<strong>a <code>b</code> c</strong>"),
            ("2 * 3 ** 4 ` 5", "2 * 3 ** 4 ` 5"),
            ("`` ****", "`` ****"),
            ("<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"),
            ("\u{0}\u{8}\u{7f}\u{ffff}", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(inline(text), html, "{text:?}");
        }
    }

    /// What a browser reads in escaped text.
    fn read(html: &str) -> String {
        let characters = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
        characters.iter().fold(html.to_owned(), |text, (entity, character)| text.replace(entity, character))
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(text in "\\PC*") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            prop_assert_eq!(read(&escaped), text);
        }

        #[test]
        fn markup_leaves_no_other_element(text in any::<String>()) {
            let html = inline(&text);
            let bare = ["code", "strong"].iter().fold(html, |html, name| {
                html.replace(&format!("<{name}>"), "").replace(&format!("</{name}>"), "")
            });
            prop_assert!(!bare.contains(['<', '>', '"', '\'']), "{}", bare);
        }
    }
}
