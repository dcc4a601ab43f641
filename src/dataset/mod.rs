//! Files to [`Dataset`] to [`Corpus`]: readers, column roles, vocabularies, attributes, sequences, hold-out.

mod build;
mod catalogue;
mod corpus;
mod error;
mod events;
mod problem;
mod reader;
mod roles;
mod schema;
mod values;
mod vocabulary;

pub use build::{Dataset, ItemRow, ItemRows, SourceFile, inspect, load, preview, read_item_rows};
pub use catalogue::{Catalogue, IdType};
pub use corpus::{
    BasketUnit, Baskets, Corpus, CorpusSettings, HeldOutEvent, Holdout, ItemAttributes, SequenceUnit, Sequences,
    TrainedItems, TrainedType, Weighting,
};
pub use error::DatasetError;
pub use events::Events;
pub use problem::{Problem, ProblemKind, Severity};
pub use schema::{ColumnRole, DataRequest, Preview, PreviewColumn, TablePreview};
pub use vocabulary::Vocabulary;
