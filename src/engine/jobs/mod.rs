//! One function a piece of work. Nothing here keeps state; whoever calls waits, though a training saves its epochs and a
//! reader decodes on threads of their own meanwhile.

mod compare;
mod epoch_saver;
mod evaluate;
mod groups;
mod lookup;
mod new_items;
mod project;
mod sample;
mod summarize;
pub mod sweep;
mod train;
mod users;

pub use compare::{
    ChangedNeighbors, RunComparison, RunCurve, TableOverlap, compare_neighborhoods, compare_runs, read_curves,
};
pub use evaluate::{TestEvents, evaluate, with_test_events};
pub use groups::{Near, Typical, UserGroup, UserGroups, group_users};
pub use lookup::inspect;
pub use new_items::{PlacedItem, PlacedItems, Placement, UnknownIds, place_items};
pub use project::project;
pub use sample::{load_sample, sample_files, sample_request};
pub use summarize::{Summary, SummarySubject, summarize};
pub use train::{Prepared, TrainRequest, resume, train};
pub use users::{FreshUsers, fresh_users};
