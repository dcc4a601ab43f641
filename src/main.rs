//! Arguments to a front end; the only place that prints an error and picks an exit code.

use std::io::Write;
use std::process::ExitCode;

use idatlas::cli::{self, CliError, Outcome};

fn main() -> ExitCode {
    idatlas::containment::silence_contained_panics();
    let outcome = match cli::run(std::env::args_os()) {
        Ok(Outcome::Done) => return ExitCode::SUCCESS,
        Ok(Outcome::OpenWindow(paths)) => open_window(paths),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            show(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

#[cfg(feature = "gui")]
fn open_window(paths: Vec<std::path::PathBuf>) -> Result<(), CliError> {
    idatlas::app::run(paths).map_err(|error| CliError::Window(error.to_string()))
}

#[cfg(not(feature = "gui"))]
fn open_window(_: Vec<std::path::PathBuf>) -> Result<(), CliError> {
    Err(CliError::Input(
        "This program was built without its window; use a verb (idatlas --help lists them), \
         or build it with the feature gui"
            .to_owned(),
    ))
}

fn show(error: &CliError) {
    match error {
        // clap knows whether its text is help (stdout) or an error (stderr), and colours it.
        CliError::Arguments(error) => drop(error.print()),
        CliError::ClosedPipe => {}
        // If stderr is closed there is nobody left to tell.
        other => drop(writeln!(std::io::stderr(), "error: {other}")),
    }
}
