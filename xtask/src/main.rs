//! `cargo run -p xtask -- check`: everything a change must pass, in the order that fails soonest.

use std::process::{Command, ExitCode};

const STEPS: [&[&str]; 3] =
    [&["fmt", "--all", "--check"], &["test", "--release"], &["clippy", "--all-targets", "--", "-D", "warnings"]];

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("check") => check(),
        _ => {
            eprintln!("usage: cargo run -p xtask -- check");
            ExitCode::from(1)
        }
    }
}

fn check() -> ExitCode {
    for step in STEPS {
        println!("cargo {}", step.join(" "));
        match Command::new("cargo").args(step).status() {
            Ok(status) if status.success() => {}
            Ok(_) => return ExitCode::from(2),
            Err(error) => {
                eprintln!("cargo does not start: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}
