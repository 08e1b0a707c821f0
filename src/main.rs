use std::process::ExitCode;

fn main() -> ExitCode {
    emberlab::cli::main()
}
