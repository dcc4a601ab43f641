//! Arguments to a front end; the only place that prints an error and picks an exit code.

use std::io::Write;
use std::process::ExitCode;

use idatlas::cli::{self, CliError, Outcome};

fn main() -> ExitCode {
    idatlas::containment::silence_contained_panics();
    quieten_drivers();
    show_warnings();
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

/// Where `XDG_RUNTIME_DIR` is not set (servers, containers, cron), Mesa's device selection makes libwayland print an
/// "error:" of its own on stderr whenever adapters are listed. Without a session there is no display to select for.
#[allow(unsafe_code, reason = "only the environment tells Mesa, and the standard library calls setting it unsafe")]
fn quieten_drivers() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() && std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: this is the first thing the program does; no other thread runs yet.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

/// Warnings of the library go to stderr; `RUST_LOG` asks for more or less.
fn show_warnings() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("idatlas=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time().init();
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
