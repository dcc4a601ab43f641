//! Which backend trains.

use std::str::FromStr;

use crate::dataset::Corpus;
use crate::objective::{Backend, BackendError};

use super::CheckedHyperparameters;

/// What the caller asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BackendKind {
    /// A hardware GPU if there is one, else the CPU (a software adapter is a tenth of its speed).
    #[default]
    Auto,
    /// A wgpu adapter, software ones included.
    Gpu,
    /// The native CPU backend.
    Cpu,
}

impl FromStr for BackendKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            other => Err(format!("unknown backend {other:?}; use auto, gpu or cpu")),
        }
    }
}

/// A backend by kind, adapter and threads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackendChoice {
    /// What was asked for.
    pub kind: BackendKind,
    /// Part of the adapter's name, if one is wanted.
    pub adapter: Option<String>,
    /// CPU threads; 0 = all.
    pub threads: usize,
}

/// Opens the backend of `choice` with a freshly initialised model for `corpus`.
///
/// # Errors
/// [`BackendError`] if there is no such adapter or the model does not fit.
pub fn open_backend(
    choice: &BackendChoice,
    corpus: &Corpus,
    hyperparameters: &CheckedHyperparameters,
) -> Result<Box<dyn Backend>, BackendError> {
    let _ = (choice, corpus, hyperparameters);
    todo!()
}
