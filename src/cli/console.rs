//! What the user sees: one result on stdout; progress and warnings on stderr.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::CliError;
use super::arguments::GlobalArguments;
use super::interrupt::Interrupt;
use super::progress_report::ProgressReport;
use crate::progress::Watch;

/// Where results, progress and warnings go, and what Ctrl-C reaches.
pub(super) struct Console {
    json: bool,
    quiet: bool,
    pub(super) progress: Arc<ProgressReport>,
    pub(super) interrupt: Interrupt,
}

impl Console {
    pub(super) fn new(global: &GlobalArguments) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            progress: Arc::new(ProgressReport::new(global.quiet)),
            interrupt: Interrupt::default(),
        }
    }

    /// A watch that shows progress and that Ctrl-C cancels.
    pub(super) fn watch(&self) -> Watch {
        let progress = Arc::clone(&self.progress);
        Watch::new(self.interrupt.cancel_token(), move |report| progress.show(&report))
    }

    /// Shows the result: as JSON if that was asked for, else as text for people.
    pub(super) fn result<R: Serialize + Display>(&self, report: &R) -> Result<(), CliError> {
        self.finish_progress();
        let text = if self.json {
            // Fails for maps with keys that are no text, which no report has.
            serde_json::to_string_pretty(report).map_err(|error| CliError::Io {
                action: "Writing JSON",
                source: error.into(),
                path: Path::new("stdout").to_owned(),
            })?
        } else {
            report.to_string()
        };
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()).map_err(|source| match source.kind() {
            ErrorKind::BrokenPipe => CliError::ClosedPipe,
            _ => CliError::Io { action: "Writing", source, path: Path::new("stdout").to_owned() },
        })
    }

    /// Tells of something odd that does not keep the work from going on.
    pub(super) fn warn(&self, message: impl Display) {
        self.finish_progress();
        // If stderr is closed there is nobody left to tell.
        drop(writeln!(std::io::stderr(), "warning: {message}"));
    }

    /// Says what is about to happen; silent with `--quiet`.
    pub(super) fn note(&self, message: impl Display) {
        if !self.quiet {
            self.finish_progress();
            drop(writeln!(std::io::stderr(), "{message}"));
        }
    }

    /// Takes the progress bar away, so that what follows stands on a clean line.
    pub(super) fn finish_progress(&self) {
        self.progress.finish();
    }
}
