//! Vectors to files that other programs read.

mod error;
mod format;
mod vectors;

pub use error::ExportError;
pub use format::ExportFormat;
pub use vectors::{ExportRequest, export, export_projection};
