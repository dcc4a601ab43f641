//! How runs differ: side by side, their hyperparameters, and the neighbourhoods of the IDs that two runs share.

mod filter;
mod hyperparameters;
mod importance;
mod neighborhoods;
mod same_attribute;
mod table;

pub use filter::Filter;
pub use hyperparameters::{Difference, differences};
pub use importance::{Importance, Sample, importance};
pub use neighborhoods::{ChangedId, NeighborhoodOverlap, neighborhood_overlap};
pub use same_attribute::{SameAttribute, same_attribute};
pub use table::{Cell, Column, ColumnKind, MAIN_METRIC, RunTable, SortBy};
