//! Why vectors cannot be projected.

use crate::neighbors::GraphError;

/// Why vectors cannot be projected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// There is no row.
    #[error("There are no vectors to project")]
    NoRows,
    /// A value is not a finite number.
    #[error("Row {row} has a value that is not a finite number; leave it out or train again")]
    NotFinite {
        /// The first such row.
        row: usize,
    },
    /// The eigenvalue solver gave up.
    #[error("The principal components could not be computed: {0}")]
    Solver(String),
    /// More components than dimensions.
    #[error("{asked} components were asked for but the vectors have {dims} dimensions")]
    TooManyComponents {
        /// Asked for.
        asked: usize,
        /// Available.
        dims: usize,
    },
    /// A parameter is outside its range.
    #[error("{name} is {value}; it must be {expected}")]
    Parameter {
        /// Its name, as the command line writes it.
        name: &'static str,
        /// What was given.
        value: String,
        /// What can be given: "a number of at least 1".
        expected: &'static str,
    },
    /// A layout to start from does not fit the vectors.
    #[error("The layout to start from has the shape {found:?}; it must have {expected:?}, one place a vector")]
    Start {
        /// Rows and dims of the layout.
        found: (usize, usize),
        /// Rows and dims that are wanted.
        expected: (usize, usize),
    },
    /// A row of a subset is not there.
    #[error("There is no row {row}; there are {rows} vectors, counted from 0")]
    NoSuchRow {
        /// What was asked for.
        row: u32,
        /// How many there are.
        rows: usize,
    },
    /// A direction of the map has no rows at one of its ends.
    #[error("The {axis} axis has no vectors at one of its ends; name at least one at each")]
    EmptyEnd {
        /// "x", "y" or "z".
        axis: &'static str,
    },
    /// Both ends of a direction are at one place.
    #[error("Both ends of the {axis} axis are at the same place, so that it has no direction; name others")]
    NoDirection {
        /// "x", "y" or "z".
        axis: &'static str,
    },
    /// More directions than the map has axes, or none.
    #[error("A map in {dims} dimensions has 1 to {dims} axes of its own, not {found}")]
    AxisCount {
        /// How many were given.
        found: usize,
        /// How many there can be.
        dims: usize,
    },
    /// New vectors and those of the map have different widths.
    #[error("The new vectors have {found} dimensions but those of the map have {expected}")]
    Width {
        /// Of the new vectors.
        found: usize,
        /// Of those of the map.
        expected: usize,
    },
    /// The device that a map was to be made on is not there, is too small or has failed.
    #[error("The map could not be made on the GPU: {message}; --backend cpu makes it without one")]
    Device {
        /// What happened, and on which.
        message: String,
    },
    /// The caller cancelled.
    #[error("Cancelled")]
    Cancelled,
}

impl From<GraphError> for ProjectionError {
    fn from(error: GraphError) -> Self {
        match error {
            GraphError::NotFinite { row } => Self::NotFinite { row },
            GraphError::Cancelled => Self::Cancelled,
        }
    }
}
