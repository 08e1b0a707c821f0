//! A strict reader of pages and drawings, which are XML as well as HTML and SVG.

/// An element's start.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The text that follows it, up to the next tag.
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// All elements in their order.
///
/// # Errors
/// What is not well-formed: tags that do not match, attributes without quotes or twice, unknown entities, characters
/// that XML cannot hold.
pub fn elements(document: &str) -> Result<Vec<Element>, String> {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if let Some(character) = document.chars().find(|character| !allowed(*character)) {
        return Err(format!("character {character:?}"));
    }
    let document = document.strip_prefix("<!DOCTYPE html>\n").unwrap_or(document);
    let (mut found, mut open): (Vec<Element>, Vec<String>) = (Vec::new(), Vec::new());
    let mut parts = document.split('<');
    if parts.next().is_some_and(|before| !before.is_empty()) {
        return Err("text before the first element".into());
    }
    for part in parts {
        let (tag, text) = part.split_once('>').ok_or(format!("a tag without end: {part}"))?;
        let text = decoded(text)?;
        if open.is_empty() && !found.is_empty() {
            return Err(format!("<{tag}> after the end"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("</{name}> closes {last:?}"));
            }
        } else {
            let closed = tag.strip_suffix('/');
            let (name, rest) = closed.unwrap_or(tag).split_once(' ').unwrap_or((closed.unwrap_or(tag), ""));
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
                return Err(format!("an element named {name:?}"));
            }
            found.push(Element { name: name.into(), attributes: attributes(rest)?, text });
            if closed.is_none() {
                open.push(name.into());
            }
        }
    }
    if open.is_empty() { Ok(found) } else { Err(format!("{open:?} stay open")) }
}

fn attributes(mut text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    while !text.trim().is_empty() {
        let (name, rest) = text.split_once("=\"").ok_or(format!("an attribute without quotes: {text}"))?;
        let (value, rest) = rest.split_once('"').ok_or(format!("a quote without end: {text}"))?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)) {
            return Err(format!("an attribute named {name:?}"));
        }
        if found.iter().any(|(key, _)| key == name) {
            return Err(format!("{name} twice"));
        }
        found.push((name.into(), decoded(value)?));
        text = rest;
    }
    Ok(found)
}

/// Text with its entities read.
fn decoded(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').ok_or(format!("an entity without end: &{part}"))?;
        decoded.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            other => return Err(format!("entity {other}")),
        });
        decoded.push_str(rest);
    }
    Ok(decoded)
}

#[test]
fn what_is_not_well_formed_is_told() {
    for wrong in [
        "a",
        "<a>",
        "<a></b>",
        "<a b=c></a>",
        "<a b=\"1\" b=\"2\"/>",
        "<a>&x;</a>",
        "<a/><b/>",
        "<a>\0</a>",
        "<a>& </a>",
    ] {
        assert!(elements(wrong).is_err(), "{wrong:?}");
    }
    let read = elements("<a b=\"&lt;1\">x &amp; y<c/></a>").unwrap();
    assert_eq!((read[0].attribute("b"), read[0].text.as_str()), (Some("<1"), "x & y"));
    assert_eq!(read[1].name, "c");
}
