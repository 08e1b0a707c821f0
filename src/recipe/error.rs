//! Errors of a recipe, with the place in its text.

use crate::compute::Expression;
use rhai::{Dynamic, EvalAltResult, Position};
use std::path::PathBuf;

/// Letters of a message.
const LONGEST: usize = 600;

/// What is wrong with a recipe and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}:{column}: {message}", path.display())]
pub struct RecipeError {
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    pub message: String,
}

impl RecipeError {
    pub(super) fn new(path: PathBuf, position: Position, message: String) -> Self {
        let line = position.line().unwrap_or(1);
        let column = position.position().unwrap_or(1);
        Self { path, line, column, message }
    }

    /// The innermost error, its file and its position: calls and modules wrap the error that a user must mend.
    /// `path` is the file of what was called.
    pub(super) fn from_script(path: PathBuf, error: &EvalAltResult) -> Self {
        let (mut innermost, mut file) = (error, path.clone());
        let mut place = (path, error.position());
        loop {
            let inner = match innermost {
                EvalAltResult::ErrorInFunctionCall(_, source, inner, _) => {
                    if !source.is_empty() {
                        file = PathBuf::from(source);
                    }
                    inner
                }
                EvalAltResult::ErrorInModule(source, inner, _) => {
                    file = PathBuf::from(source);
                    inner
                }
                _ => break,
            };
            innermost = inner;
            if !inner.position().is_none() {
                place = (file.clone(), inner.position());
            }
        }
        let (path, position) = place;
        Self::new(path, position, shortened(message(innermost)))
    }
}

/// The message without the position that Rhai puts at its end.
fn message(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorRuntime(value, _) => thrown(value),
        EvalAltResult::Exit(..) => "a recipe cannot exit; let its functions return".into(),
        EvalAltResult::ErrorTooManyOperations(_) => {
            format!(
                "the script did more than {} operations in one call; is there an endless loop?",
                super::limits::OPERATIONS
            )
        }
        EvalAltResult::ErrorStackOverflow(_) => {
            format!("calls nest deeper than {}; does a function call itself without end?", super::limits::CALL_DEPTH)
        }
        EvalAltResult::ErrorTerminated(token, _) if token.is_string() => token.to_string(),
        EvalAltResult::ErrorModuleNotFound(name, _) => {
            format!("there is no module '{name}'; import it, or see `emberlab plugins` if a plugin should add it")
        }
        EvalAltResult::ErrorParsing(kind, _) => kind.to_string(),
        other => other.clone_without_position(),
    }
}

/// At most so many letters of a message.
fn shortened(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// What a script threw, in words.
fn thrown(value: &Dynamic) -> String {
    if value.is_unit() {
        return "the script threw nothing; let it say why, as in throw \"no images\"".into();
    }
    match value.clone().try_cast::<Expression>() {
        Some(images) => {
            let [count, channels, height, width] = images.shape();
            format!("the script threw {count} images of {channels} × {height} × {width}")
        }
        None => value.to_string(),
    }
}

trait WithoutPosition {
    fn clone_without_position(&self) -> String;
}

impl WithoutPosition for EvalAltResult {
    fn clone_without_position(&self) -> String {
        let text = self.to_string();
        match text.rfind(" (line ") {
            Some(end) => text[..end].to_string(),
            None => text,
        }
    }
}

/// A script error with `message`; Rhai adds the position of the call.
pub(super) fn fail<T>(message: impl Into<String>) -> Result<T, Box<EvalAltResult>> {
    Err(Box::new(EvalAltResult::ErrorRuntime(message.into().into(), Position::NONE)))
}
