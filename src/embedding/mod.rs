//! Tables of vectors, and the vectors derived from them: users, new items, composed items.

mod model;

pub use model::Model;
