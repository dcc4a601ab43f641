//! Why the command line did not do what was asked, and the exit code that says so.

use std::path::{Path, PathBuf};

use crate::dataset::DatasetError;
use crate::embedding::GroupError;
use crate::engine::EngineError;
use crate::export::ExportError;
use crate::picture::PictureError;
use crate::projection::ProjectionError;
use crate::run::RunError;
use crate::training::HyperparameterError;

/// Why the command line did not do what was asked. The message says what, where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The arguments do not parse, or ask for help or the version.
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    /// The input or the arguments are at fault.
    #[error("{0}")]
    Input(String),
    /// A job failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file of the command line's own could not be read or written.
    #[error("{action} failed: {source}\nFile: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The cause.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The window could not be shown.
    #[error("The window cannot be shown: {0}\nEvery verb works without it; idatlas --help lists them")]
    Window(String),
    /// Work ended before its time with something to keep, which was kept.
    #[error("{0}")]
    Stopped(String),
    /// Ctrl-C; what could be kept was kept.
    #[error("{0}")]
    Interrupted(String),
    /// The reader of stdout went away, which is its right.
    #[error("stdout is closed")]
    ClosedPipe,
}

impl CliError {
    /// 0 done, 1 the machine, 2 the input or the arguments, 130 interrupted.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Arguments(error) => u8::try_from(error.exit_code()).unwrap_or(2),
            Self::Input(_) => 2,
            Self::Interrupted(_) => 130,
            Self::Engine(error) if error.is_cancelled() => 130,
            Self::Engine(error) if error.is_input() => 2,
            Self::Engine(_) | Self::Io { .. } | Self::Stopped(_) | Self::Window(_) => 1,
            Self::ClosedPipe => 0,
        }
    }

    /// Reading `path` failed: a path that is not there or may not be read is the arguments' fault.
    pub(super) fn reading(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{IsADirectory, NotFound, PermissionDenied};
        match source.kind() {
            NotFound => Self::Input(format!("There is no such file; check the path\nFile: {}", path.display())),
            IsADirectory | PermissionDenied => Self::Input(format!(
                "The file cannot be read ({source}); name a readable file\nFile: {}",
                path.display()
            )),
            _ => Self::Io { action: "Reading", source, path: path.to_owned() },
        }
    }

    /// Writing `path` failed: a place where nothing can be written is the arguments' fault.
    pub(super) fn writing(path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};
        match source.kind() {
            NotFound | NotADirectory | IsADirectory | PermissionDenied | ReadOnlyFilesystem => Self::Input(format!(
                "The file cannot be written ({source}); name a file in a folder that can be written to\nFile: {}",
                path.display()
            )),
            _ => Self::Io { action: "Writing", source, path: path.to_owned() },
        }
    }
}

macro_rules! through_the_engine {
    ($($error:ty),*) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::Engine(error.into())
            }
        }
    )*};
}
through_the_engine!(
    DatasetError,
    ExportError,
    GroupError,
    HyperparameterError,
    PictureError,
    ProjectionError,
    RunError
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_2_the_machine_is_1_and_a_cancelled_job_is_130() {
        let disk_full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let cases = [
            (CliError::Input("x".to_owned()), 2),
            (DatasetError::NothingToLearn { message: "x".to_owned() }.into(), 2),
            (HyperparameterError("x".to_owned()).into(), 2),
            (CliError::writing(Path::new("x"), disk_full), 1),
            (CliError::reading(Path::new("x"), std::io::ErrorKind::NotFound.into()), 2),
            (EngineError::Cancelled.into(), 130),
            (DatasetError::Cancelled.into(), 130),
            (CliError::ClosedPipe, 0),
        ];
        for (error, code) in cases {
            assert_eq!(error.exit_code(), code, "{error:?}");
        }
    }
}
