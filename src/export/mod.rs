//! Vectors to files that other programs read.

mod delimited;
mod error;
mod format;
mod npy;
mod parquet;
mod projection;
mod projector;
mod rows;
mod vectors;
mod word2vec;

pub use error::ExportError;
pub use format::ExportFormat;
pub use npy::write_npy;
pub use projection::export_projection;
pub use vectors::{ExportRequest, export, export_table};
