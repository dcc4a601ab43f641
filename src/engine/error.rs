//! Every failure a front end can be told of.

use super::jobs::sweep::SweepError;
use crate::dataset::DatasetError;
use crate::embedding::GroupError;
use crate::export::ExportError;
use crate::neighbors::GraphError;
use crate::objective::BackendError;
use crate::picture::PictureError;
use crate::projection::ProjectionError;
use crate::run::RunError;
use crate::training::{HyperparameterError, TrainFailure};

/// Every failure a front end can be told of; the message is the lower layer's.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Data.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Hyperparameters.
    #[error(transparent)]
    Hyperparameters(#[from] HyperparameterError),
    /// Backend.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// Training.
    #[error(transparent)]
    Training(#[from] TrainFailure),
    /// Run folder, types, IDs.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Projection.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// Neighbours of all rows.
    #[error(transparent)]
    Neighbors(#[from] GraphError),
    /// Groups of users.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// Sweep.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// Export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The program itself is at fault.
    #[error("Something went wrong inside ID Atlas ({message}); what was loaded is kept, please report this")]
    Internal {
        /// What is known of it.
        message: String,
    },
    /// The caller cancelled.
    #[error("Cancelled")]
    Cancelled,
}

impl EngineError {
    /// Whether input or arguments are at fault (exit code 2), rather than the machine (1).
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Dataset(error) => !matches!(error, DatasetError::Cancelled),
            Self::Hyperparameters(_) => true,
            Self::Run(error) => !matches!(error, RunError::Io { .. }),
            Self::Projection(error) => !matches!(error, ProjectionError::Cancelled),
            Self::Neighbors(error) => !matches!(error, GraphError::Cancelled),
            Self::Group(error) => matches!(error, GroupError::TooMany { .. } | GroupError::NotFinite { .. }),
            Self::Sweep(error) => !matches!(error, SweepError::Io { .. }),
            Self::Export(error) => matches!(error, ExportError::Empty | ExportError::Format(_) | ExportError::Run(_)),
            Self::Picture(error) => matches!(error, PictureError::Ending { .. } | PictureError::Size { .. }),
            Self::Backend(error) => matches!(error, BackendError::Unavailable { .. }),
            Self::Training(_) | Self::Internal { .. } | Self::Cancelled => false,
        }
    }

    /// Whether it is no failure but what the caller wanted.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::Dataset(DatasetError::Cancelled)
                | Self::Projection(ProjectionError::Cancelled)
                | Self::Neighbors(GraphError::Cancelled)
                | Self::Group(GroupError::Cancelled)
                | Self::Picture(PictureError::Cancelled)
        )
    }
}
