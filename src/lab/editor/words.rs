//! What is known of a word in a recipe: from the dictionary, from plugins, and from the text itself.

use super::super::client::PluginWord;
use super::scan::{Kind, Scan};
use crate::run::{DictionaryEntry, DictionaryForm, DictionaryOption, DictionarySignature, dictionary};

/// What the tooltip, the list of completions and the line below the editor say of a word.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    pub name: String,
    /// How it is called, a line for each way.
    pub signatures: Vec<String>,
    /// Markdown of a line or two.
    pub about: String,
    pub entry: Option<&'static DictionaryEntry>,
}

/// Keywords of Rhai that a recipe may use.
pub const KEYWORDS: [&str; 22] = [
    "if", "else", "switch", "for", "in", "while", "loop", "do", "until", "break", "continue", "return", "throw", "try",
    "catch", "import", "as", "let", "const", "fn", "true", "false",
];

/// Every way to call a word, with its entry.
pub fn signatures() -> impl Iterator<Item = (&'static DictionarySignature, &'static DictionaryEntry)> {
    dictionary().iter().flat_map(|entry| entry.signatures.iter().map(move |signature| (signature, entry)))
}

/// The type that a method or property is one of.
#[must_use]
pub fn owner(signature: &DictionarySignature) -> Option<&str> {
    let of_a_value = matches!(signature.form, DictionaryForm::Method | DictionaryForm::Property);
    signature.parameters.first().filter(|_| of_a_value).map(|of| of.kind.as_str())
}

/// Whether a function of the recipe and no word of the language.
fn is_own(entry: &DictionaryEntry) -> bool {
    entry.is_defined_by_recipes()
}

/// What an option is, its range and its default.
#[must_use]
pub fn told(option: &DictionaryOption) -> String {
    let range = option.range.iter().map(|range| format!(", {range}"));
    let default = option.default.iter().map(|default| format!("; default {default}"));
    let limits: String = range.chain(default).collect();
    format!("{}{limits}", option.about)
}

/// The first sentence of a text.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(['.', ';', '\n']).map(|(at, _)| at).find(|&at| {
        let rest = &text[at + 1..];
        rest.is_empty() || rest.starts_with([' ', '\n'])
    });
    text[..end.unwrap_or(text.len())].trim()
}

impl Word {
    fn of_entry(name: &str, entry: &'static DictionaryEntry, kind: Option<&str>) -> Self {
        let fits =
            |signature: &&DictionarySignature| signature.name == name && (kind.is_none() || owner(signature) == kind);
        let found: Vec<&DictionarySignature> = entry.signatures.iter().filter(fits).collect();
        let signatures = found.iter().map(|signature| signature.text.clone()).collect();
        Self { name: name.to_owned(), signatures, about: entry.about.clone(), entry: Some(entry) }
    }

    /// A word of a plugin.
    #[must_use]
    pub fn of_plugin(word: &PluginWord) -> Self {
        let call = format!("{}({})", word.name, word.parameters.join(", "));
        Self { name: word.name.clone(), signatures: vec![call], about: word.about.clone(), entry: None }
    }
}

/// What a text and the language say of each place of it.
pub struct Known<'a> {
    pub scan: &'a Scan,
    pub plugins: &'a [PluginWord],
}

impl Known<'_> {
    /// What is known of the word at a token: the entries that fit how it stands there.
    #[must_use]
    pub fn word(&self, token: usize) -> Vec<Word> {
        if !self.scan.is(token, Kind::Word) {
            return Vec::new();
        }
        let name = self.scan.at(token);
        let before = self.scan.before(token).map_or("", |before| self.scan.at(before));
        match before {
            "." if !self.is_range(token) => self.members(token, name),
            ":" if self.module_of(token).is_some() => {
                let full = format!("{}::{name}", self.module_of(token).unwrap_or_default());
                self.plugins.iter().filter(|word| word.name == full).map(Word::of_plugin).collect()
            }
            "fn" => {
                let own = dictionary().iter().filter(|entry| is_own(entry) && entry.names().contains(&name));
                own.map(|entry| Word::of_entry(name, entry, None)).collect()
            }
            _ => self.free(token, name),
        }
    }

    /// A word that stands on its own: an option of the call around it, a function, a plugin's, or the text's own.
    fn free(&self, token: usize, name: &str) -> Vec<Word> {
        if let Some((entry, option)) = self.option(token) {
            let call = entry.names().join(", ");
            let about = told(option);
            let signatures = vec![format!("{name}: option of {call}")];
            return vec![Word { name: name.to_owned(), signatures, about, entry: None }];
        }
        if let Some(own) = super::defined::functions(self.scan).into_iter().find(|own| own.name == name) {
            let entry = dictionary().iter().find(|entry| is_own(entry) && entry.names().contains(&name));
            let about = if own.about.is_empty() { "A function of this recipe.".to_owned() } else { own.about };
            let about = entry.map_or(about, |entry| entry.about.clone());
            return vec![Word { name: name.to_owned(), signatures: vec![own.call], about, entry: None }];
        }
        let called = self.scan.at(token + 1) == "(";
        let function = |entry: &&DictionaryEntry| {
            let form =
                |signature: &DictionarySignature| signature.name == name && signature.form == DictionaryForm::Function;
            called && !is_own(entry) && entry.signatures.iter().any(form)
        };
        dictionary().iter().filter(function).map(|entry| Word::of_entry(name, entry, None)).collect()
    }

    /// Methods and properties of what stands before the point, or of every type when that is not known.
    fn members(&self, token: usize, name: &str) -> Vec<Word> {
        let kind = self.scan.before(token).and_then(|point| self.kind_before(point));
        let of = |entry: &DictionaryEntry| {
            let mut fitting = entry.signatures.iter().filter(|signature| signature.name == name);
            fitting.any(|signature| owner(signature).is_some_and(|of| kind.is_none_or(|kind| kind == of)))
        };
        dictionary().iter().filter(|entry| of(entry)).map(|entry| Word::of_entry(name, entry, kind)).collect()
    }

    /// The option that a token names, with the word it is an option of.
    fn option(&self, token: usize) -> Option<(&'static DictionaryEntry, &'static DictionaryOption)> {
        if self.scan.at(token + 1) != ":" || self.scan.at(token + 2) == ":" {
            return None;
        }
        let start = self.scan.tokens().get(token)?.range.start;
        let entry = self.options_of(start)?;
        let name = self.scan.at(token);
        entry.options.iter().find(|option| option.name == name).map(|option| (entry, option))
    }

    /// The word whose map of options holds this byte.
    #[must_use]
    pub fn options_of(&self, byte: usize) -> Option<&'static DictionaryEntry> {
        let brace = *self.scan.around(byte).first()?;
        let is_map = self.scan.at(brace) == "{" && brace > 1 && self.scan.at(brace - 1) == "#";
        let open = self.scan.before(brace.checked_sub(1)?).filter(|&open| is_map && self.scan.at(open) == "(")?;
        let name = self.scan.at(self.scan.before(open)?);
        let takes = |entry: &&DictionaryEntry| !entry.options.is_empty() && entry.names().contains(&name);
        dictionary().iter().find(takes)
    }

    /// The module of `module::word`.
    fn module_of(&self, token: usize) -> Option<&str> {
        let first = self.scan.before(token)?;
        let second = self.scan.before(first).filter(|&at| self.scan.at(at) == ":" && self.scan.at(first) == ":")?;
        self.scan.before(second).map(|module| self.scan.at(module))
    }

    /// Whether the point before a token is the second one of a range such as `0..n`.
    #[must_use]
    pub fn is_range(&self, token: usize) -> bool {
        let second = self.scan.before(token).filter(|&at| self.scan.at(at) == ".");
        let first = second.and_then(|at| self.scan.before(at));
        first.is_some_and(|at| self.scan.at(at) == ".")
    }

    /// The type of the value that ends before a token, where the dictionary knows it.
    #[must_use]
    pub fn kind_before(&self, token: usize) -> Option<&'static str> {
        self.kind(self.scan.before(token)?, 0)
    }

    fn kind(&self, token: usize, depth: usize) -> Option<&'static str> {
        // Deep enough for any chain of calls that a person writes.
        if depth > 64 {
            return None;
        }
        let name = self.scan.at(token);
        match name {
            ")" => {
                let open = self.scan.partner(token)?;
                match self.scan.before(open).filter(|&callee| self.scan.is(callee, Kind::Word)) {
                    Some(callee) => self.returns(callee, false, depth),
                    None => self.kind(self.scan.before(token)?, depth + 1),
                }
            }
            "]" => {
                let indexed = self.scan.before(self.scan.partner(token)?)?;
                self.kind(indexed, depth + 1).filter(|&kind| kind == "Images")
            }
            _ if !self.scan.is(token, Kind::Word) => None,
            _ => self.returns(token, true, depth),
        }
    }

    /// The type of a word's value: a property or variable, or what a call of it returns.
    fn returns(&self, word: usize, is_value: bool, depth: usize) -> Option<&'static str> {
        let name = self.scan.at(word);
        let point = self.scan.before(word).filter(|&at| self.scan.at(at) == ".");
        if let Some(point) = point {
            let of = self.kind(self.scan.before(point)?, depth + 1)?;
            let form = if is_value { DictionaryForm::Property } else { DictionaryForm::Method };
            let fits = |s: &DictionarySignature| s.name == name && s.form == form && owner(s) == Some(of);
            return signatures().find(|(signature, _)| fits(signature))?.0.returns.as_deref();
        }
        if !is_value {
            let fits = |s: &DictionarySignature| s.name == name && s.form == DictionaryForm::Function;
            return signatures().find(|(signature, _)| fits(signature))?.0.returns.as_deref();
        }
        match name {
            "lab" => Some("Lab"),
            "batch" => Some("Batch"),
            _ => self.variable(word, name, depth),
        }
    }

    /// The type of the value that a variable was given last before a token; of a name that is given none, what recipes
    /// mean by it.
    fn variable(&self, word: usize, name: &str, depth: usize) -> Option<&'static str> {
        let is_declared = |at: &usize| {
            matches!(self.scan.at(*at), "let" | "const") && self.scan.at(at + 1) == name && self.scan.at(at + 2) == "="
        };
        let Some(declared) = (0..word).rev().find(is_declared) else {
            return matches!(name, "y" | "observed" | "synthesized").then_some("Images");
        };
        let start = self.scan.tokens()[declared].range.end;
        let depth_here = self.scan.around(start).len();
        let is_end = |at: &usize| {
            self.scan.at(*at) == ";" && self.scan.around(self.scan.tokens()[*at].range.start).len() == depth_here
        };
        let end = (declared + 3..word).find(is_end)?;
        self.kind(self.scan.before(end)?, depth + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word_at(text: &str) -> Vec<Word> {
        let byte = text.find('|').unwrap_or(0);
        let scan = Scan::new(&text.replace('|', ""));
        let known = Known { scan: &scan, plugins: &[] };
        scan.touching(byte).map(|token| known.word(token)).unwrap_or_default()
    }

    fn kind(text: &str) -> Option<&'static str> {
        let scan = Scan::new(text);
        Known { scan: &scan, plugins: &[] }.kind_before(scan.tokens().len())
    }

    #[test]
    fn a_word_is_known_by_how_it_stands() {
        let noise = |text: &str| word_at(text).iter().map(|word| word.signatures.join(" ")).collect::<Vec<_>>();
        assert_eq!(noise("let z = no|ise(y);"), ["noise(like: Images) -> Images"]);
        assert_eq!(noise("builtin(\"portraits\").no|ise(0.1)"), ["Data.noise(sd: number) -> Data"]);
        let option = word_at("langevin(#{ no|ise: 0.1 })");
        assert!(option[0].about.contains("beside `drift`"), "{option:?}");
        assert!(word_at("fn py|ramid() {}")[0].about.contains("sides of the grids"));
        assert!(word_at("let no|ise = 2;").is_empty(), "a variable is no word of the language");
        assert!(word_at("// noi|se(y)").is_empty());
    }

    #[test]
    fn functions_of_the_text_are_known_with_what_stands_above_them() {
        let text = "// Twice as much.\n// Or so.\nfn twice(a, b) { a }\nfn rate(t) { twi|ce(1, 2) }";
        let word = &word_at(text)[0];
        assert_eq!((word.signatures[0].as_str(), word.about.as_str()), ("twice(a, b)", "Twice as much. Or so."));
    }

    #[test]
    fn types_are_followed_along_calls_and_variables() {
        for (text, wanted) in [
            ("lab", Some("Lab")),
            ("batch.grid(s)", Some("Images")),
            ("lab.sample(s, lab.up(s, y))", Some("Images")),
            ("builtin(\"a\").flip().noise(0.1)", Some("Data")),
            ("let z = batch.grid(s); z", Some("Images")),
            ("let z = net([conv(1, 2)]); z", Some("Network")),
            ("y[0]", Some("Images")),
            ("(y)", Some("Images")),
            ("mystery", None),
            ("let z = z; z", None),
            ("2", None),
        ] {
            assert_eq!(kind(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_sentence_ends_with_its_point() {
        assert_eq!(first_sentence("E(Y) = |Y|/2. More."), "E(Y) = |Y|/2");
        assert_eq!(first_sentence("from 0.1 to 2"), "from 0.1 to 2");
        assert_eq!(first_sentence(""), "");
    }
}
