//! One function a piece of work. Nothing here starts a thread of its own or keeps state.

mod evaluate;
mod lookup;
mod new_items;
mod sample;
mod train;
mod users;

pub use evaluate::evaluate;
pub use lookup::{inspect, project};
pub use new_items::{PlacedItem, PlacedItems, Placement, UnknownIds, place_items};
pub use sample::{load_sample, sample_files, sample_request};
pub use train::{Prepared, TrainRequest, resume, train};
pub use users::{FreshUsers, fresh_users};
