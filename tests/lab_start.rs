//! Opening the window where none can be opened.

use emberlab::lab::{LabError, Opening, client, display_available, open};
use emberlab::run::{RecipeText, connect};

#[test]
fn without_a_display_there_is_an_error_and_no_panic() {
    if display_available() {
        eprintln!("skipped: there is a display");
        return;
    }
    let (run, _port) = connect();
    let recipe = RecipeText { path: "recipe.rhai".into(), text: String::new() };
    let opened = open(run, recipe, client().0, Opening::default());
    assert!(matches!(opened, Err(LabError::NoDisplay)));
}
