//! The command line: arguments as typed, the engine's jobs, results for people or as JSON.
//!
//! Each verb has a file with its arguments, what it does and its report. Results go to stdout through
//! `console::Console`; progress and warnings go to stderr.

mod arguments;
mod aside;
mod compare;
mod console;
mod devices;
mod embed;
mod error;
mod evaluate;
mod evaluation_report;
mod export;
mod groups;
mod id_list;
mod inspect;
mod interrupt;
mod machine_arguments;
mod memory;
mod neighbors;
mod npy;
mod packed;
mod progress_report;
mod project;
mod project_arguments;
mod project_axes;
mod project_iterative;
mod project_onto;
mod project_rows;
mod render;
mod render_epochs;
mod render_types;
mod run_folder;
mod sample;
mod summarize;
mod sweep;
mod table;
mod train;
mod train_arguments;
mod users;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

pub use error::CliError;

use arguments::{Arguments, Verb};
use console::Console;

/// What is left to do after the command line has done its part.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing.
    Done,
    /// Show the window with these run folders or data files.
    OpenWindow(Vec<PathBuf>),
}

/// Runs the verb that `arguments` (the program's name first) name.
///
/// # Errors
/// [`CliError`]; it knows its exit code. Help and version texts come as [`CliError::Arguments`] with exit code 0.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Result<Outcome, CliError> {
    let Arguments { verb, global } = Arguments::try_parse_from(arguments)?;
    let Some(verb) = verb else { return Ok(Outcome::OpenWindow(Vec::new())) };
    if let Verb::Open(open) = &verb {
        return open.existing_paths().map(Outcome::OpenWindow);
    }
    if let Some(threads) = global.threads {
        // Fails only if a pool exists already, which takes a second call in one process.
        drop(rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global());
    }
    let console = Console::new(&global);
    console.interrupt.listen();
    let result = match &verb {
        Verb::Sample(arguments) => sample::run(arguments, &console),
        Verb::Inspect(arguments) => inspect::run(arguments, &console),
        Verb::Train(arguments) => train::run(arguments, &global, &console),
        Verb::Evaluate(arguments) => evaluate::run(arguments, &console),
        Verb::Project(arguments) => project::run(arguments, &console),
        Verb::Render(arguments) => render::run(arguments, &console),
        Verb::Neighbors(arguments) => neighbors::run(arguments, &console),
        Verb::Summarize(arguments) => summarize::run(arguments, &console),
        Verb::Sweep(arguments) => sweep::run(arguments, &global, &console),
        Verb::Compare(arguments) => compare::run(arguments, &console),
        Verb::Export(arguments) => export::run(arguments, &console),
        Verb::Embed(arguments) => embed::run(arguments, &console),
        Verb::Groups(arguments) => groups::run(arguments, &console),
        Verb::Pack(arguments) => packed::pack_run(arguments, &console),
        Verb::Unpack(arguments) => packed::unpack_run(arguments, &console),
        Verb::Users(arguments) => users::run(arguments, &console),
        Verb::Devices(_) => devices::run(&console),
        Verb::Open(_) => Ok(()),
    };
    console.finish_progress();
    result.map(|()| Outcome::Done)
}
