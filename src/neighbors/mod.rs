//! Nearest neighbours, within a type and across types: of one vector, and of all at once.

mod analogy;
mod approximate;
mod explain;
mod graph;
mod kernels;
mod of_rows;
mod on_gpu;
mod rank;
mod scan;
mod search;
mod space;
mod tiles;

pub use analogy::analogy;
pub use approximate::{Accuracy, MOST_ROWS_EXACT, Neighborhoods, WANTED_RECALL};
pub use explain::score_by_type;
pub use graph::{GraphError, NeighborGraph};
pub use of_rows::nearest_of_rows;
pub use on_gpu::{DeviceSearchError, exact_on_gpu};
pub use rank::rank_of;
pub use scan::{PackedRows, Seeker, scan};
pub use search::{Metric, Neighbor, nearest, nearest_where};
pub use space::{item_space, item_space_of};
