//! Exact search by a scan with a running top-k.

use std::str::FromStr;

use ndarray::{ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

/// How nearness is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Cosine similarity, higher is nearer; a zero vector scores 0.
    #[default]
    Cosine,
    /// Dot product, higher is nearer.
    Dot,
    /// Euclidean distance, lower is nearer.
    Euclidean,
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cosine" => Ok(Self::Cosine),
            "dot" => Ok(Self::Dot),
            "euclidean" => Ok(Self::Euclidean),
            other => Err(format!("unknown metric {other:?}; use cosine, dot or euclidean")),
        }
    }
}

/// One row that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbor {
    /// Its row.
    pub index: u32,
    /// The metric's value: similarity for cosine and dot, distance for Euclidean.
    pub score: f32,
}

/// The `k` rows of `table` [rows, dims] nearest to `query` [dims], nearest first, ties by row; `exclude` is left out.
///
/// # Panics
/// If the widths differ.
#[must_use]
pub fn nearest(
    table: ArrayView2<'_, f32>,
    query: ArrayView1<'_, f32>,
    k: usize,
    metric: Metric,
    exclude: Option<u32>,
) -> Vec<Neighbor> {
    todo!("{table:?} {query:?} {k} {metric:?} {exclude:?}")
}
