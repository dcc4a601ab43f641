//! A request to a [`Dataset`](super::Dataset): the files read, the events put in order, the problems counted.

mod event_piece;
mod event_row;
mod fingerprint;
mod item_rows;
mod load;
mod order;
mod preview;
mod problem_log;
mod read_events;
mod read_items;

pub use item_rows::{ItemRow, ItemRows, read_item_rows};
pub use load::{Dataset, SourceFile, inspect, load};
pub use preview::preview;
