//! Tables of vectors, and the vectors derived from them: users and their groups, new items, composed items.

mod composed;
mod group_start;
mod groups;
mod model;
mod new_items;
mod unit;
mod users;

pub use composed::{composed_context_vectors, composed_target_vectors};
pub use groups::{GroupError, GroupStarts, Groups, group_by_direction};
pub use model::Model;
pub use new_items::{AttributeCentroids, attribute_centroids, centring, new_item_vector};
pub use unit::unit_rows;
pub use users::{user_vector, user_vectors};
