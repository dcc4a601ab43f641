//! A trained run: in memory, and as a folder that opens on another machine.

mod error;
mod metadata;
mod read;
mod record;
mod write;

pub use error::RunError;
pub use metadata::{DataFingerprint, FORMAT_VERSION, RunMetadata, Timings};
pub use record::{HeldOut, Histories, ItemTable, Run, TableView, USER_TABLE, UserTable};
