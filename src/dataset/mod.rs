//! Files to [`Dataset`] to [`Corpus`]: readers, column roles, vocabularies, attributes, sequences, hold-out.

mod attributes;
mod catalogue;
mod corpus;
mod error;
mod events;
mod holdout_text;
mod load;
mod problem;
mod schema;
mod vocabulary;

pub use attributes::ItemAttributes;
pub use catalogue::{Catalogue, IdType};
pub use corpus::{Corpus, CorpusSettings, HeldOutEvent, Holdout, SequenceUnit, Sequences, TrainedType, Weighting};
pub use error::DatasetError;
pub use events::Events;
pub use load::{Dataset, SourceFile, load, preview};
pub use problem::{Problem, ProblemKind, Severity};
pub use schema::{ColumnRole, DataRequest, Preview, PreviewColumn, TablePreview};
pub use vocabulary::Vocabulary;
