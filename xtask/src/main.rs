//! `cargo run -p xtask -- check`: everything a change must pass, in the order that fails soonest. `cargo run -p xtask --
//! docs` writes the page of the language anew.

use std::process::{Command, ExitCode};

const STEPS: [&[&str]; 3] =
    [&["fmt", "--all", "--check"], &["test", "--release"], &["clippy", "--all-targets", "--", "-D", "warnings"]];

fn main() -> ExitCode {
    let result = match std::env::args().nth(1).as_deref() {
        Some("check") => STEPS.iter().try_for_each(|step| cargo(step, &[])),
        // The test that compares the page writes it when it is told to.
        Some("docs") => {
            cargo(&["test", "--release", "--test", "docs", "the_page_of_recipes_is_written"], &[("WRITE_DOCS", "1")])
        }
        _ => {
            eprintln!("usage: cargo run -p xtask -- check | docs");
            Err(ExitCode::from(1))
        }
    };
    result.err().unwrap_or(ExitCode::SUCCESS)
}

/// Runs cargo with these variables of its environment set.
fn cargo(arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), ExitCode> {
    println!("cargo {}", arguments.join(" "));
    match Command::new("cargo").args(arguments).envs(variables.iter().copied()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(ExitCode::from(2)),
        Err(error) => {
            eprintln!("cargo does not start: {error}");
            Err(ExitCode::from(2))
        }
    }
}
