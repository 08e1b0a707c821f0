//! What a word that is being typed may become.

use super::super::client::PluginWord;
use super::defined;
use super::scan::{Kind, Scan, is_word};
use super::words::{KEYWORDS, Known, first_sentence, owner, signatures};
use crate::run::{DictionaryEntry, DictionaryForm, DictionaryOption, DictionarySignature, dictionary};
use std::ops::Range;

/// Candidates that are offered at most.
const MOST: usize = 200;

/// Something to put in place of the word at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    /// How it is called, or what it is.
    pub detail: String,
    /// The first sentence of its documentation.
    pub about: String,
    /// The text it puts in.
    pub insert: String,
    /// What is selected then, in bytes of the text put in.
    pub select: Range<usize>,
}

/// What may stand at the cursor, best first, and the bytes of the word it takes the place of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    pub word: Range<usize>,
    pub candidates: Vec<Candidate>,
}

impl Candidate {
    fn plain(name: &str, detail: &str) -> Self {
        let (detail, about) = (detail.to_owned(), String::new());
        Self { name: name.to_owned(), detail, about, insert: name.to_owned(), select: name.len()..name.len() }
    }

    /// A call, with its parameters as text and the first of them selected; a map of options is left open.
    fn call(name: &str, parameters: &[&str], detail: &str, about: &str) -> Self {
        let opened = format!("{name}(");
        let (inside, select) = match parameters {
            [] => (String::new(), None),
            ["#{}"] => ("#{  }".to_owned(), Some(3..3)),
            [first, ..] => (parameters.join(", "), Some(0..first.len())),
        };
        let insert = format!("{opened}{inside})");
        let select = select.map_or(insert.len()..insert.len(), |at| opened.len() + at.start..opened.len() + at.end);
        let about = first_sentence(about).to_owned();
        Self { name: name.to_owned(), detail: detail.to_owned(), about, insert, select }
    }

    fn of(signature: &DictionarySignature, about: &str) -> Self {
        if signature.form == DictionaryForm::Property {
            let about = first_sentence(about).to_owned();
            return Self { about, ..Self::plain(&signature.name, &signature.text) };
        }
        let own = usize::from(signature.form == DictionaryForm::Method);
        let shown = |kind: &str, name| if kind == "map" { "#{}" } else { name };
        let parameters = signature.parameters.iter().skip(own);
        let parameters: Vec<&str> = parameters.map(|of| shown(of.kind.as_str(), of.name.as_str())).collect();
        Self::call(&signature.name, &parameters, &signature.text, about)
    }

    /// Where a call stands already only its name is put in.
    fn without_call(mut self) -> Self {
        if let Some((name, _)) = self.insert.split_once('(') {
            self.insert = name.to_owned();
            self.select = self.insert.len()..self.insert.len();
        }
        self
    }
}

/// What is offered at a byte of the text; nothing inside comments and strings, nor when the word is whole already.
#[must_use]
pub fn offer(scan: &Scan, plugins: &[PluginWord], byte: usize) -> Offer {
    let text = &scan.text;
    let start =
        text[..byte].rfind(|c| !is_word(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let typed = &text[start..byte];
    let behind_number = typed.starts_with(|c: char| c.is_ascii_digit());
    if scan.is_prose(byte) || behind_number {
        return Offer { word: start..byte, candidates: Vec::new() };
    }
    let end = byte + text[byte..].find(|c| !is_word(c)).unwrap_or(text.len() - byte);
    let called = text[end..].starts_with('(');
    let known = Known { scan, plugins };
    let mut candidates = fitting(&known, start);
    candidates.retain(|candidate| rank(&candidate.name, typed).is_some());
    // Of words that fit alike the shortest is the likeliest; before anything is typed the dictionary's order tells more.
    let length = |candidate: &Candidate| if typed.is_empty() { 0 } else { candidate.name.len() };
    candidates.sort_by_cached_key(|candidate| (rank(&candidate.name, typed), length(candidate)));
    candidates.dedup_by(|a, b| a.insert == b.insert);
    candidates.truncate(MOST);
    if candidates.iter().all(|candidate| candidate.insert == typed) {
        candidates.clear();
    }
    if called {
        candidates = candidates.into_iter().map(Candidate::without_call).collect();
    }
    Offer { word: start..end, candidates }
}

/// How well a name fits what was typed: it begins so, a part of it does, or it has it inside.
fn rank(name: &str, typed: &str) -> Option<u8> {
    let (name, typed) = (name.to_lowercase(), typed.to_lowercase());
    if name.starts_with(&typed) {
        return Some(0);
    }
    if name.split(['_', ':']).any(|part| part.starts_with(&typed)) {
        return Some(1);
    }
    (typed.len() > 1 && name.contains(&typed)).then_some(2)
}

/// All that can stand where a word begins.
fn fitting(known: &Known<'_>, start: usize) -> Vec<Candidate> {
    let scan = known.scan;
    // The token that begins here, if a part of it was typed.
    let token = scan.until(start);
    let before = scan.before(token);
    let is = |mark: &str| before.is_some_and(|at| scan.at(at) == mark && scan.is(at, Kind::Mark));
    if is(".") && !known.is_range(token) {
        return members(before.and_then(|point| known.kind_before(point)));
    }
    if before.is_some_and(|at| scan.at(at) == "fn") {
        return own_functions(scan);
    }
    if before.is_some_and(|at| matches!(scan.at(at), "let" | "const" | "for")) {
        return Vec::new();
    }
    if (is("{") || is(","))
        && let Some(entry) = known.options_of(start)
    {
        return options(scan, entry, start);
    }
    free(known, start)
}

fn members(kind: Option<&str>) -> Vec<Candidate> {
    let fits = |signature: &DictionarySignature| owner(signature).is_some_and(|of| kind.is_none_or(|kind| kind == of));
    signatures().filter(|(s, _)| fits(s)).map(|(signature, entry)| Candidate::of(signature, &entry.about)).collect()
}

/// The functions that a recipe may define and this one does not yet.
fn own_functions(scan: &Scan) -> Vec<Candidate> {
    let there: Vec<String> = defined::functions(scan).into_iter().map(|function| function.name).collect();
    let own = dictionary().iter().filter(|entry| entry.is_defined_by_recipes());
    let missing = own.flat_map(|entry| entry.signatures.iter().map(move |signature| (signature, entry)));
    let candidate = |(signature, entry): (&DictionarySignature, &DictionaryEntry)| {
        let names: Vec<&str> = signature.parameters.iter().map(|of| of.name.as_str()).collect();
        let opened = format!("{}({}) {{\n    ", signature.name, names.join(", "));
        let select = opened.len()..opened.len();
        let about = first_sentence(&entry.about).to_owned();
        let (name, detail) = (signature.name.clone(), signature.text.clone());
        Candidate { name, detail, about, insert: opened + "\n}", select }
    };
    missing.filter(|(signature, _)| !there.contains(&signature.name)).map(candidate).collect()
}

/// The options of a word that its map does not have yet.
fn options(scan: &Scan, entry: &DictionaryEntry, start: usize) -> Vec<Candidate> {
    let Some(&brace) = scan.around(start).first() else {
        return Vec::new();
    };
    let end = scan.partner(brace).unwrap_or(scan.tokens().len());
    let given = |name: &str| (brace..end).any(|at| scan.at(at) == name && scan.at(at + 1) == ":");
    let candidate = |option: &DictionaryOption| {
        let range = option.range.iter().map(String::as_str);
        let default = option.default.iter().map(|default| format!("default {default}"));
        let detail: Vec<String> = range.map(str::to_owned).chain(default).collect();
        let insert = format!("{}: ", option.name);
        let select = insert.len()..insert.len();
        let (name, about) = (option.name.clone(), first_sentence(&option.about).to_owned());
        Candidate { name, detail: detail.join("; "), about, insert, select }
    };
    entry.options.iter().filter(|option| !given(&option.name)).map(candidate).collect()
}

/// Words that stand on their own.
fn free(known: &Known<'_>, start: usize) -> Vec<Candidate> {
    let scan = known.scan;
    let mut found: Vec<Candidate> =
        defined::variables(scan, start).iter().map(|name| Candidate::plain(name, "variable")).collect();
    found.extend(defined::functions(scan).iter().filter(|own| !own.name.is_empty()).map(|own| {
        let parameters: Vec<&str> = own.parameters.iter().map(String::as_str).collect();
        Candidate::call(&own.name, &parameters, &own.call, &own.about)
    }));
    let words = signatures()
        .filter(|(signature, entry)| signature.form == DictionaryForm::Function && !entry.is_defined_by_recipes());
    found.extend(words.map(|(signature, entry)| Candidate::of(signature, &entry.about)));
    found.extend(known.plugins.iter().map(|word| {
        let parameters: Vec<&str> = word.parameters.iter().map(String::as_str).collect();
        let detail = format!("{}({})", word.name, word.parameters.join(", "));
        Candidate::call(&word.name, &parameters, &detail, &word.about)
    }));
    found.extend(KEYWORDS.iter().map(|keyword| Candidate::plain(keyword, "keyword")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(marked: &str) -> (String, Vec<Candidate>) {
        let byte = marked.find('|').unwrap_or(0);
        let text = marked.replace('|', "");
        let plugins = [PluginWord {
            name: "spectrum::radial".to_owned(),
            parameters: vec!["y".to_owned()],
            about: "Power by radius. More.".to_owned(),
        }];
        let offer = offer(&Scan::new(&text), &plugins, byte);
        (text[offer.word].to_owned(), offer.candidates)
    }

    fn names(marked: &str) -> Vec<String> {
        offered(marked).1.into_iter().map(|candidate| candidate.name).collect()
    }

    /// The text when the first candidate is taken, with `«»` around what is selected then.
    fn taken(marked: &str) -> String {
        let byte = marked.find('|').unwrap_or(0);
        let text = marked.replace('|', "");
        let Offer { word, candidates } = offer(&Scan::new(&text), &[], byte);
        let Candidate { insert, select, .. } = &candidates[0];
        let (before, chosen, after) = (&insert[..select.start], &insert[select.clone()], &insert[select.end..]);
        format!("{}{before}«{chosen}»{after}{}", &text[..word.start], &text[word.end..])
    }

    #[test]
    fn words_of_the_language_are_offered_with_their_signature_and_first_sentence() {
        let (word, candidates) = offered("fn kernel(s) { lang| }");
        assert_eq!(word, "lang");
        assert_eq!(candidates[0].detail, "langevin(options: map) -> Kernel");
        assert!(candidates[0].about.starts_with("Moves all pixels at once"));
        assert_eq!(taken("fn kernel(s) { lang| }"), "fn kernel(s) { langevin(#{ «» }) }");
        assert_eq!(taken("leak|"), "leaky(«slope»)");
        assert_eq!(taken("rel|"), "relu()«»");
        assert_eq!(taken("lea|(0.1)"), "leaky«»(0.1)", "the call is there already");
    }

    #[test]
    fn a_point_offers_what_its_value_has() {
        assert!(names("lab.|").contains(&"sample".to_owned()));
        assert!(!names("lab.|").contains(&"flip".to_owned()));
        assert_eq!(names("batch.|"), ["grid", "count"]);
        assert!(names("builtin(\"portraits\").fl|").contains(&"flip".to_owned()));
        assert!(names("mystery.fl|").contains(&"flip".to_owned()), "of every type when it is not known");
        assert!(names("for s in 0..le|").contains(&"leaky".to_owned()), "a range is no method");
        assert_eq!(taken("let x = lab.sam|"), "let x = lab.sample(«s», start)");
    }

    #[test]
    fn a_map_offers_the_options_it_does_not_have() {
        assert_eq!(names("grids(#{ | })"), ["size", "factor", "up"]);
        assert_eq!(names("grids(#{ size: 32, fa| })"), ["factor"]);
        assert_eq!(taken("grids(#{ size: 32, fa| })"), "grids(#{ size: 32, factor: «» })");
        assert!(names("grids(#{ size: 32, siz| })").is_empty());
        assert!(names("grids(#{ size: mi| })").iter().all(|name| name != "factor"), "a value is no option");
    }

    #[test]
    fn what_the_text_and_the_plugins_define_is_offered() {
        let text = "// How fast.\nfn speed(t) { t }\nfn rate(t) { let slow = 1; s| }";
        let names = names(text);
        assert!(names.contains(&"speed".to_owned()) && names.contains(&"slow".to_owned()), "{names:?}");
        assert_eq!(offered("radi|").1[0].about, "Power by radius");
        assert_eq!(offered("radi|").1[0].insert, "spectrum::radial(y)");
    }

    #[test]
    fn functions_of_a_recipe_are_offered_where_one_begins() {
        assert_eq!(taken("fn pyr|"), "fn pyramid() {\n    «»\n}");
        assert!(!names("fn pyramid() {}\nfn p|").contains(&"pyramid".to_owned()));
        assert!(names("let gr|").is_empty(), "a new name is the user's");
    }

    #[test]
    fn nothing_is_offered_in_prose_and_for_a_whole_word() {
        assert!(names("// lang|").is_empty());
        assert!(names("\"lang|\"").is_empty());
        assert!(names("12e|").is_empty());
        assert!(names("else|").is_empty());
    }

    #[test]
    fn words_that_begin_as_typed_come_first() {
        let names = names("n|");
        let begins = names.iter().take_while(|name| name.starts_with('n')).count();
        assert!(begins >= 3 && names[begins..].iter().all(|name| !name.starts_with('n')), "{names:?}");
    }
}
