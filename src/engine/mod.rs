//! Commands in, events out: the one API of both front ends.
//!
//! [`jobs`] are plain functions that do one piece of work while a watch looks on; the command line calls them on its
//! own thread. [`Engine`] runs the same jobs on named threads for the window, which never waits.

mod command;
mod error;
mod event;
mod give_way;
mod job;
mod job_kind;
pub mod jobs;
mod live;
mod question;
mod runs;
mod service;

pub use command::{
    Command, Inspection, InspectionRequest, KeepEpochs, NearFilter, NeighborRow, ProjectionRequest, ProjectionResult,
    Subject,
};
pub use error::EngineError;
pub use event::{Event, NoticeLevel};
pub use job_kind::{JobId, JobKind};
pub use live::{Live, LiveView, ProjectionFrame, RunningTrial, SweepStatus, TrainingStatus};
pub use question::{
    AnalogyRequest, Answer, BelongingRequest, ExplanationRequest, Facet, FoundId, IdsRequest, MapOnShow, NewItem,
    NewItemRequest, Question, RegionsRequest, RowsRequest, SummaryRequest, TypesRequest,
};
pub use runs::{RunChange, RunsCommand, RunsEvent};
pub use service::Engine;
