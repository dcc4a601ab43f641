//! A run in memory.

use std::sync::Arc;

use arrow::array::RecordBatch;
use ndarray::ArrayView2;

use super::{History, RunMetadata, UserVectors};
use crate::dataset::{Baskets, ItemAttributes, TrainedType, Vocabulary};
use crate::embedding::Model;
use crate::objective::BackendState;
use crate::training::{CurvePoint, Patience};

/// The name of the table of users, beside the ID types.
pub const USER_TABLE: &str = "user";

/// The users and their vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct UserTable {
    /// Users that have a training item.
    pub vocabulary: Arc<Vocabulary>,
    /// `[users]` training events of each.
    pub counts: Vec<u64>,
    /// `[users, m_1]` mean of the target vectors of the last T items.
    pub vectors: UserVectors,
}

/// The last T training items of each user of [`UserTable`], oldest first (histories.parquet).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histories {
    /// [users + 1] offsets into `items`.
    pub offsets: Vec<usize>,
    /// Trained item indices.
    pub items: Vec<u32>,
}

/// An event held out (holdout.parquet). IDs as text, since its item may be untrained.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOut {
    /// The user's ID.
    pub user: String,
    /// The item's ID.
    pub item: String,
    /// Microseconds since 1970-01-01 UTC, or the row number ([`Run::has_time`]).
    pub time: i64,
    /// The session's ID or number.
    pub session: String,
    /// Whether the user has a training event with the same item.
    pub repeat: bool,
}

/// Items as understood (items.parquet).
#[derive(Debug, Clone)]
pub struct ItemTable {
    /// Every item of the catalogue: `id`, one column an ID type, descriptive columns; all catalogue rows.
    /// A descriptive column whose name is taken has `_` behind it.
    pub rows: RecordBatch,
    /// `[D_1]` row of each trained item.
    pub row_of_item: Vec<u32>,
}

/// One table of vectors with its IDs.
#[derive(Debug, Clone, Copy)]
pub struct TableView<'a> {
    /// "item", "store", "user".
    pub name: &'a str,
    /// Position among the ID types; `None` for users.
    pub type_index: Option<usize>,
    /// Row order.
    pub vocabulary: &'a Vocabulary,
    /// Events.
    pub counts: &'a [u64],
    /// Names for people; empty if there are none.
    pub labels: &'a [Option<String>],
    /// [rows, dims].
    pub vectors: ArrayView2<'a, f32>,
}

/// What resuming needs beyond the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkpoint {
    /// The optimiser's memory.
    pub state: BackendState,
    /// The epoch and batch to go on from.
    pub position: (u32, u64),
    /// What `early_stop` has counted; `None` if it is off, or in a run of an earlier program.
    pub patience: Option<Patience>,
}

/// A trained run. Its big values are shared, so that a copy with another model costs little.
#[derive(Debug, Clone)]
pub struct Run {
    /// run.json.
    pub metadata: RunMetadata,
    /// K types with their row order.
    pub types: Arc<Vec<TrainedType>>,
    /// IDs and weights of the trained items.
    pub attributes: Arc<ItemAttributes>,
    /// The items.
    pub items: ItemTable,
    /// The learned parameters.
    pub model: Arc<Model>,
    /// The users.
    pub users: UserTable,
    /// The users' last items.
    pub histories: Arc<Histories>,
    /// All training events, basket by basket (baskets.parquet); `None` in a run of an earlier program.
    pub baskets: Option<Arc<Baskets>>,
    /// The curve.
    pub curve: Vec<CurvePoint>,
    /// What was held out.
    pub holdout: Arc<Vec<HeldOut>>,
    /// Whether [`HeldOut::time`] is a real time; otherwise it counts the events' rows.
    pub has_time: bool,
    /// What resuming needs: optimiser state and sampler position; `None` once dropped.
    pub checkpoint: Option<Arc<Checkpoint>>,
    /// The tables at some of its epochs; `None` if they are not kept, or not read: [`Run::read_history`].
    pub history: Option<Arc<History>>,
}
