//! One function a piece of work. Nothing here keeps state; whoever calls waits, though a training saves its epochs and a
//! reader decodes on threads of their own meanwhile.

mod analogy;
mod answer;
mod belonging;
mod beside;
mod branch;
mod compare;
mod compose_item;
mod epoch_keeper;
mod epoch_saver;
mod evaluate;
mod explain;
mod find_ids;
mod groups;
mod history;
mod lookup;
mod map_file;
mod name_regions;
mod near_filter;
mod new_items;
mod packed;
mod picture;
mod place_types;
mod project;
mod row_groups;
mod rows_with;
mod sample;
mod summarize;
pub mod sweep;
mod train;
mod users;

pub use analogy::complete_analogy;
pub use answer::answer;
pub use belonging::belonging;
pub use beside::{BesideMap, BesideRequest, NeighborChange, SharedRows, neighbor_change, project_beside};
pub use branch::BranchRequest;
pub use compare::{
    ChangedNeighbors, RunComparison, RunCurve, TableOverlap, compare_neighborhoods, compare_runs,
    neighbors_with_same_attribute, read_curves,
};
pub use compose_item::compose_item;
pub use evaluate::{TestEvents, evaluate, segments, with_test_events};
pub use explain::{AttributePair, Explanation, NotKnown, Score, explain};
pub use find_ids::find_ids;
pub use groups::{Near, Typical, UserGroup, UserGroups, group_users};
pub use history::{EpochMap, epoch_maps};
pub use lookup::inspect;
pub use map_file::{is_worth_keeping, keep_map, kept_maps, kept_settings, map_metadata, map_origin};
pub use name_regions::{NamedRegion, name_regions};
pub use new_items::{PlacedItem, PlacedItems, Placement, UnknownIds, place_items};
pub use packed::{is_packed, pack_beside, run_folder};
pub use picture::{Marked, PictureRequest, marks_of, picture, write_pictures};
pub use place_types::{MOST_PLACED, PlacedType, mark_name, place_types, placed_in_words};
pub use project::project;
pub use row_groups::{RowGroups, group_rows};
pub use rows_with::rows_with;
pub use sample::{load_sample, sample_files, sample_request};
pub use summarize::{Summary, SummarySubject, summarize};
pub use train::{Prepared, TrainRequest, resume, train};
pub use users::{FreshUsers, fresh_users};
