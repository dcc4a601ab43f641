//! What the caller asks to load, and which column plays which role.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The role of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
    /// Who acted.
    User,
    /// The item acted on (events), or that the row describes (items).
    Item,
    /// When.
    Time,
    /// The shopping session.
    Session,
    /// How much an event counts.
    Weight,
    /// An ID type of that name, embedded (items only).
    IdType(String),
    /// The name of the item for people (items only).
    Label,
    /// Shown, never embedded (items); ignored (events).
    Descriptive,
}

/// Which files to load and what the caller says of their columns. `None` and empty mean "find out".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataRequest {
    /// Event files or globs, read as one table.
    pub events: Vec<PathBuf>,
    /// The items file or glob.
    pub items: Option<PathBuf>,
    /// `--user-col`.
    pub user_column: Option<String>,
    /// `--item-col` (both files).
    pub item_column: Option<String>,
    /// `--time-col`.
    pub time_column: Option<String>,
    /// `--session-col`.
    pub session_column: Option<String>,
    /// `--weight-col`.
    pub weight_column: Option<String>,
    /// `--label-col`.
    pub label_column: Option<String>,
    /// `--id-type NAME=COLUMN`, in order; replaces the `_id` rule if not empty.
    pub id_types: Vec<(String, String)>,
    /// Leave rows out that cannot be read, with a warning, instead of refusing the file.
    pub skip_bad_rows: bool,
}

/// One column as a preview shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewColumn {
    /// Its name in the file.
    pub name: String,
    /// Its type in the file: `text`, `int64`, `timestamp[us]`.
    pub data_type: String,
    /// The role it would play; `None` if ignored.
    pub role: Option<ColumnRole>,
    /// The first few values as text.
    pub samples: Vec<String>,
}

/// One table as a preview shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct TablePreview {
    /// The files that make it up, globs resolved.
    pub files: Vec<PathBuf>,
    /// Format and delimiter in words: "CSV, ';', gzip".
    pub format: String,
    /// Its columns in file order.
    pub columns: Vec<PreviewColumn>,
    /// Sum of the files' sizes in bytes.
    pub bytes: u64,
}

/// What loading a request would understand, from the first rows only.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The request it answers.
    pub request: DataRequest,
    /// The events.
    pub events: TablePreview,
    /// The items.
    pub items: Option<TablePreview>,
    /// What would keep the load from working, in words for people.
    pub obstacles: Vec<String>,
}
