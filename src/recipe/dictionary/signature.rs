//! How a word is called, as the dictionary writes it: `grids(options: map) -> Pyramid`, `Lab.up(s: int, y: Images) ->
//! Images`, `Images.count -> int`, `+(a: Images, b: number) -> Images`, `Images[at: int] -> Images`.

use super::registered::RegisteredWord;
use serde::Serialize;

/// A value that a word takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    pub name: String,
    /// `number` (whole or not), `int` (whole, 2.0 too), `string`, `list`, `map`, `bool`, `range`, a type of ours such as
    /// `Images`, or several with ` | ` between them.
    #[serde(rename = "type")]
    pub kind: String,
}

/// How a call is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Function,
    /// Of its first parameter.
    Method,
    /// Of its only parameter.
    Property,
    Operator,
    /// `y[at]`
    Index,
    /// `y[at] = one`
    IndexSet,
}

/// One way to call a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// As the dictionary writes it.
    pub text: String,
    pub form: Form,
    pub name: String,
    /// What a method is called on comes first.
    pub parameters: Vec<Parameter>,
    /// `None` for a word that returns nothing.
    pub returns: Option<String>,
}

impl Signature {
    /// Reads a signature; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (call, returns) = match text.rsplit_once(" -> ") {
            Some((call, returns)) => (call, Some(returns.to_string())),
            None => (text, None),
        };
        let (form, name, parameters) = match (call.split_once('['), call.split_once('(')) {
            (Some((of, rest)), _) => indexing(of, rest)?,
            (None, Some((head, rest))) => {
                let list = parameters(rest.strip_suffix(')')?)?;
                match head.rsplit_once('.') {
                    Some((of, name)) => (Form::Method, name, [vec![receiver(of)?], list].concat()),
                    None if head.starts_with(|c: char| c.is_ascii_alphabetic()) => (Form::Function, head, list),
                    None => (Form::Operator, head, list),
                }
            }
            (None, None) => {
                let (of, name) = call.rsplit_once('.')?;
                (Form::Property, name, vec![receiver(of)?])
            }
        };
        let fits = match form {
            Form::Operator => matches!(parameters.len(), 1 | 2) && !name.contains(char::is_alphanumeric),
            _ => name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || matches!(c, '[' | ']' | '=')),
        };
        let text = text.to_string();
        (fits && !name.is_empty()).then(|| Self { text, form, name: name.to_string(), parameters, returns })
    }

    /// The call as a recipe writes it: `lab.up(s, y)`, `.resize(side)`, `a + b`.
    #[must_use]
    pub fn call(&self) -> String {
        let names: Vec<&str> = self.parameters.iter().map(|parameter| parameter.shown()).collect();
        let rest = names.get(1..).unwrap_or_default().join(", ");
        let (name, first) = (&self.name, names.first().copied().unwrap_or_default());
        match (self.form, names.as_slice()) {
            (Form::Function, _) => format!("{name}({})", names.join(", ")),
            (Form::Method, _) => match self.parameters.first().is_some_and(|of| receiver_name(&of.kind).is_some()) {
                true => format!("{first}.{name}({rest})"),
                false => format!(".{name}({rest})"),
            },
            (Form::Property, _) => format!("{first}.{name}"),
            (Form::Operator, [left, right]) => format!("{left} {name} {right}"),
            (Form::Operator, _) => format!("{name}{first}"),
            (Form::Index, _) => format!("{first}[{rest}]"),
            (Form::IndexSet, _) => {
                format!("{first}[{}] = {}", names.get(1).unwrap_or(&""), names.get(2).unwrap_or(&""))
            }
        }
    }

    /// The declaration in a definition file of Rhai's language server.
    #[must_use]
    pub fn declaration(&self) -> String {
        let types: Vec<String> = self.parameters.iter().map(|parameter| declared(&parameter.kind)).collect();
        let named = self.parameters.iter().zip(&types).map(|(parameter, kind)| format!("{}: {kind}", parameter.name));
        let named = named.collect::<Vec<_>>().join(", ");
        let returns = self.returns.as_deref().map_or_else(|| "()".into(), declared);
        match self.form {
            Form::Operator => format!("op {}({}) -> {returns};", self.name, types.join(", ")),
            Form::Property => format!("fn get {}({named}) -> {returns};", self.name),
            _ => format!("fn {}({named}) -> {returns};", self.registered().name),
        }
    }

    /// What the engine of recipes knows it as.
    #[must_use]
    pub fn registered(&self) -> RegisteredWord {
        let name = match self.form {
            Form::Property => format!("get${}", self.name),
            Form::Index => "index$get$".into(),
            Form::IndexSet => "index$set$".into(),
            _ => self.name.clone(),
        };
        let first = self.parameters.first().map_or("", |parameter| parameter.kind.as_str());
        RegisteredWord::new(name, first, self.parameters.len())
    }
}

impl Parameter {
    /// The name; a map of options as one.
    fn shown(&self) -> &str {
        if self.kind == "map" { "#{ ... }" } else { &self.name }
    }
}

/// `at: int]` or `at: int] = one: Images`, of a type.
fn indexing<'a>(of: &str, rest: &'a str) -> Option<(Form, &'a str, Vec<Parameter>)> {
    let (at, value) = rest.split_once(']')?;
    let mut list = vec![receiver(of)?, parameter(at)?];
    match value.strip_prefix(" = ") {
        Some(value) => {
            list.push(parameter(value)?);
            Some((Form::IndexSet, "[]=", list))
        }
        None => value.is_empty().then_some((Form::Index, "[]", list)),
    }
}

fn parameters(list: &str) -> Option<Vec<Parameter>> {
    list.split(", ").filter(|part| !part.is_empty()).map(parameter).collect()
}

fn parameter(text: &str) -> Option<Parameter> {
    let (name, kind) = text.split_once(": ")?;
    let parameter = Parameter { name: name.to_string(), kind: kind.to_string() };
    (!name.is_empty() && !kind.is_empty()).then_some(parameter)
}

fn receiver(kind: &str) -> Option<Parameter> {
    let name = receiver_name(kind).map_or_else(|| kind.to_lowercase(), str::to_string);
    kind.starts_with(|c: char| c.is_ascii_uppercase()).then(|| Parameter { name, kind: kind.to_string() })
}

/// What recipes call a value of that type, where they have one name for it.
fn receiver_name(kind: &str) -> Option<&'static str> {
    match kind {
        "Lab" => Some("lab"),
        "Batch" => Some("batch"),
        "Images" => Some("y"),
        _ => None,
    }
}

/// A type in the words of Rhai's definition files.
fn declared(kind: &str) -> String {
    let one = |kind: &str| match kind {
        "number" => "int | float".to_string(),
        "string" => "String".into(),
        "list" => "Array".into(),
        "map" => "Map".into(),
        "function" => "FnPtr".into(),
        "range" => "Range<int> | RangeInclusive<int>".into(),
        other => other.into(),
    };
    kind.split(" | ").map(one).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Signature {
        Signature::parse(text).unwrap_or_else(|| panic!("{text} is no signature"))
    }

    #[test]
    fn a_signature_is_shown_as_recipes_write_it_and_declared_as_editors_read_it() {
        for (text, call, declaration) in [
            ("grids(options: map) -> Pyramid", "grids(#{ ... })", "fn grids(options: Map) -> Pyramid;"),
            ("relu() -> Layer", "relu()", "fn relu() -> Layer;"),
            (
                "Data.range(low: number, high: number) -> Data",
                ".range(low, high)",
                "fn range(data: Data, low: int | float, high: int | float) -> Data;",
            ),
            ("Lab.keep(s: int, y: Images)", "lab.keep(s, y)", "fn keep(lab: Lab, s: int, y: Images) -> ();"),
            ("Images.count -> int", "y.count", "fn get count(y: Images) -> int;"),
            ("-(a: Images) -> Images", "-a", "op -(Images) -> Images;"),
            ("<=(a: number, b: Images) -> Images", "a <= b", "op <=(int | float, Images) -> Images;"),
            ("Images[at: int] -> Images", "y[at]", "fn index$get$(y: Images, at: int) -> Images;"),
            ("Images[at: int] = one: Images", "y[at] = one", "fn index$set$(y: Images, at: int, one: Images) -> ();"),
        ] {
            let signature = parsed(text);
            assert_eq!((signature.call().as_str(), signature.declaration().as_str()), (call, declaration), "{text}");
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for text in
            ["", "relu", "relu(", "conv(channels)", "lab.up(s: int)", "Images[at] -> Images", "a + b", "+() -> Images"]
        {
            assert_eq!(Signature::parse(text), None, "{text}");
        }
    }
}
