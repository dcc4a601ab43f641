//! Exact nearest neighbours, within a type and across types.

mod kernels;
mod search;
mod space;

pub use search::{Metric, Neighbor, nearest};
pub use space::item_space;
