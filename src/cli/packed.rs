//! `idatlas pack` and `idatlas unpack`: a run as one file.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::CliError;
use super::console::Console;
use crate::engine::{EngineError, jobs};
use crate::run;

/// Arguments of `pack`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  idatlas pack runs/first --out first.zip")]
pub(super) struct PackArguments {
    /// The run folder
    run: PathBuf,
    /// The zip file to write; one that is there is replaced [default: a new one beside the folder]
    #[arg(long, value_name = "FILE.zip")]
    out: Option<PathBuf>,
}

/// Arguments of `unpack`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  idatlas unpack first.zip --out runs/first")]
pub(super) struct UnpackArguments {
    /// The zip file
    file: PathBuf,
    /// The folder to make [default: one beside the file, of its name]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct PackedReport {
    out: PathBuf,
}

impl fmt::Display for PackedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.out.display())
    }
}

pub(super) fn pack_run(arguments: &PackArguments, console: &Console) -> Result<(), CliError> {
    let watch = console.watch();
    let out = match &arguments.out {
        None => jobs::pack_beside(&arguments.run, &watch)?,
        Some(out) if run::pack(&arguments.run, out, &watch)? => out.clone(),
        Some(_) => return Err(EngineError::Cancelled.into()),
    };
    console.result(&PackedReport { out })
}

pub(super) fn unpack_run(arguments: &UnpackArguments, console: &Console) -> Result<(), CliError> {
    let watch = console.watch();
    let out = match &arguments.out {
        None => run::unpacked_beside(&arguments.file, &watch)?,
        Some(out) => run::unpack(&arguments.file, out, &watch)?.then(|| out.clone()),
    };
    console.result(&PackedReport { out: out.ok_or(EngineError::Cancelled)? })
}
