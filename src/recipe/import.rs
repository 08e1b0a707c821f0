//! `import "name" as name;` in recipes: files below the recipe's own folder and below `plugins/`, and no others.

use super::compile::RecipeText;
use super::limits;
use rhai::{AST, Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// The folder of plugins, in the current directory.
pub const PLUGINS: &str = "plugins";

/// A module of functions, as callers see it and as a script of its own.
#[derive(Clone)]
pub(super) struct Compiled {
    pub(super) module: Shared<Module>,
    /// The same functions, with all they can see of their file: to call those that were handed on as values.
    pub(super) script: AST,
}

/// Compiles a text into a module named after its file. What stands outside functions is run once.
pub(super) fn compile(engine: &Engine, text: &RecipeText) -> Result<Compiled, Box<EvalAltResult>> {
    // Some editors begin a file with a byte order mark.
    let mut script = engine.compile(text.text.trim_start_matches('\u{feff}'))?;
    script.set_source(text.path.display().to_string());
    let mut module = Module::eval_ast_as_new(Scope::new(), &script, engine)?;
    module.set_id(text.path.display().to_string());
    let module = Shared::new(module);
    Ok(Compiled { script: AST::new_from_module(module.clone()), module })
}

/// The files that `recipe` and what it imports name in `import "…"`, as they are now. Found in the text alone, so that
/// a recipe that does not compile has them too.
pub(super) fn imported(recipe: &RecipeText) -> Vec<RecipeText> {
    let imports = Imports::of(&recipe.path);
    let (mut found, mut next): (Vec<RecipeText>, Vec<RecipeText>) = (Vec::new(), vec![recipe.clone()]);
    while let Some(text) = next.pop() {
        let source = text.path.display().to_string();
        for piece in text.text.split("import").skip(1) {
            let Some(name) = piece.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            if let Ok(path) = imports.find(Some(&source), name)
                && !found.iter().any(|known| known.path == path)
                && found.len() < limits::IMPORTS
                && let Ok(text) = super::watch::read(&path)
            {
                found.push(text.clone());
                next.push(text);
            }
        }
    }
    found
}

/// What was imported so far.
#[derive(Default)]
struct Loaded {
    files: BTreeMap<PathBuf, Compiled>,
    texts: Vec<RecipeText>,
    under_way: Vec<PathBuf>,
}

/// Finds, reads and compiles what scripts import. Clones share what was loaded.
#[derive(Clone)]
pub(super) struct Imports {
    /// The recipe's.
    folder: PathBuf,
    loaded: Rc<RefCell<Loaded>>,
}

impl Imports {
    /// Imports of the recipe in `path`.
    pub(super) fn of(path: &Path) -> Self {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        Self { folder, loaded: Rc::default() }
    }

    /// The files that were imported, as they were read.
    pub(super) fn texts(&self) -> Vec<RecipeText> {
        self.loaded.borrow().texts.clone()
    }

    /// The script of an imported file, by its name in errors.
    pub(super) fn script(&self, source: &str) -> Option<AST> {
        let loaded = self.loaded.borrow();
        loaded.files.iter().find(|(path, _)| path.display().to_string() == source).map(|(_, file)| file.script.clone())
    }

    /// The file that `name` means, which lies where imports may.
    fn find(&self, source: Option<&str>, name: &str) -> Result<PathBuf, String> {
        let asked = Path::new(name);
        if name.is_empty() || !asked.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!(
                "import \"{name}\": only names of files below the recipe's folder or {PLUGINS}/, without '..' or a root"
            ));
        }
        let mut file = asked.to_path_buf();
        if file.extension().is_none_or(|extension| extension != "rhai") {
            file.as_mut_os_string().push(".rhai");
        }
        let beside = source.and_then(|source| Path::new(source).parent()).unwrap_or(&self.folder);
        let places = [beside.join(&file), self.folder.join(&file), file.clone()];
        let roots = [self.folder.clone(), PathBuf::from(PLUGINS)];
        for place in &places {
            let Ok(real) = place.canonicalize() else { continue };
            let inside = |root: &PathBuf| root.canonicalize().is_ok_and(|root| real.starts_with(root));
            if !roots.iter().any(inside) {
                return Err(format!("import \"{name}\": {} leads out of the recipe's folder", place.display()));
            }
            // A pipe might never answer.
            if !place.is_file() {
                return Err(format!("import \"{name}\": cannot read {}: it is no file", place.display()));
            }
            return Ok(place.clone());
        }
        Err(format!("import \"{name}\": there is no {} in {} or {PLUGINS}/", file.display(), self.folder.display()))
    }

    fn load(&self, engine: &Engine, path: PathBuf) -> Result<Shared<Module>, Box<EvalAltResult>> {
        if let Some(known) = self.loaded.borrow().files.get(&path) {
            return Ok(known.module.clone());
        }
        if self.loaded.borrow().under_way.contains(&path) {
            return Err(said(format!("{} imports itself, by way of others perhaps", path.display())));
        }
        if self.loaded.borrow().under_way.len() >= limits::IMPORT_DEPTH {
            return Err(said(format!("imports nest deeper than {}", limits::IMPORT_DEPTH)));
        }
        let text = super::watch::read(&path).map_err(|error| said(error.to_string()))?;
        self.loaded.borrow_mut().under_way.push(path.clone());
        let compiled = compile(engine, &text);
        let mut loaded = self.loaded.borrow_mut();
        loaded.under_way.pop();
        // Kept even if it does not compile: a change of it may mend the recipe.
        loaded.texts.push(text);
        let compiled = compiled?;
        let module = compiled.module.clone();
        loaded.files.insert(path, compiled);
        Ok(module)
    }
}

impl ModuleResolver for Imports {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let file = self.find(source, path).map_err(|message| {
            let mut error = said(message);
            error.set_position(position);
            error
        })?;
        let name = file.display().to_string();
        self.load(engine, file).map_err(|error| Box::new(EvalAltResult::ErrorInModule(name, error, position)))
    }
}

fn said(message: String) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(message.into(), Position::NONE))
}
