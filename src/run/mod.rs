//! A trained run: in memory, and as a folder that opens on another machine.

mod archive;
mod aside;
mod assemble;
mod baskets;
mod checkpoint;
mod columns;
mod curve;
mod error;
pub mod filter;
mod free_place;
mod history;
mod kept_tiles;
mod kept_window;
mod layout;
mod listing;
mod lookup;
mod metadata;
mod new_items;
mod notes;
mod projections;
mod queries;
mod read;
mod record;
mod tensors;
mod trash;
mod user_vectors;
mod write;

pub(crate) use aside::{fingerprint, stage};
pub(crate) use columns::{write_parquet, write_user_groups};
pub(crate) use tensors::{Floats, write_tensors};

pub use archive::{pack, unpack, unpacked_beside};
pub use error::RunError;
pub use free_place::free_place;
pub use history::{History, HistoryFrame};
pub use kept_tiles::{KeptPanel, KeptTiles};
pub use kept_window::{KeptColour, KeptLinks, KeptPalettes, KeptPane, KeptView, KeptWindow, NamedSet};
pub use layout::file_stems;
pub use listing::{ListedRun, Unreadable, list_runs};
pub use metadata::{BranchOf, DataFingerprint, FORMAT_VERSION, FileFingerprint, RunMetadata, StartedFrom, Timings};
pub use notes::RunNotes;
pub use projections::{MapFile, SavedProjection};
pub use record::{Checkpoint, HeldOut, Histories, ItemTable, Run, TableView, USER_TABLE, UserTable};
pub use trash::{put_back, set_aside};
pub use user_vectors::UserVectors;
