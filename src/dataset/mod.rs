//! Files to [`Dataset`] to [`Corpus`]: readers, column roles, vocabularies, attributes, sequences, hold-out.

mod attributes;
mod calendar;
mod catalogue;
mod corpus;
mod error;
mod events;
mod fingerprint;
mod holdout;
mod holdout_text;
mod item_rows;
mod load;
mod order;
mod preview;
mod problem;
mod problem_log;
mod read_events;
mod read_items;
mod reader;
mod roles;
mod schema;
mod sequences;
mod text_column;
mod time;
mod trained_types;
mod vocabulary;

pub use attributes::ItemAttributes;
pub use catalogue::{Catalogue, IdType};
pub use corpus::{Corpus, CorpusSettings, HeldOutEvent, Holdout, SequenceUnit, Sequences, TrainedType, Weighting};
pub use error::DatasetError;
pub use events::Events;
pub use item_rows::{ItemRow, ItemRows, read_item_rows};
pub use load::{Dataset, SourceFile, inspect, load};
pub use preview::preview;
pub use problem::{Problem, ProblemKind, Severity};
pub use schema::{ColumnRole, DataRequest, Preview, PreviewColumn, TablePreview};
pub use vocabulary::Vocabulary;
