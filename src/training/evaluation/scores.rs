//! What queries and candidates are multiplied under each score.

use std::borrow::Cow;

use ndarray::Array2;

use super::{Query, Score};
use crate::dataset::ItemAttributes;
use crate::embedding::{Model, composed_context_vectors, composed_target_vectors, unit_rows, user_vector};
use crate::neighbors::PackedRows;

/// A score is `<query, candidate> + bias`.
pub(super) struct Factors<'a> {
    /// `[D_1, dims]` from which queries are averaged.
    pub items: Cow<'a, Array2<f32>>,
    /// `[D_1, dims]` candidates, each with its bias.
    pub candidates: PackedRows,
}

impl<'a> Factors<'a> {
    /// The factors of `score`. A query's length does not change a ranking, so only candidates are normalised.
    pub fn new(score: Score, model: &'a Model, attributes: &ItemAttributes, log_probability: &[f64]) -> Self {
        match score {
            Score::Cosine => {
                let items = &model.target[0];
                Self { items: Cow::Borrowed(items), candidates: PackedRows::new(unit_rows(items.view()).view()) }
            }
            Score::Composed => {
                let items = composed_target_vectors(model, attributes);
                let candidates = PackedRows::new(unit_rows(items.view()).view());
                Self { items: Cow::Owned(items), candidates }
            }
            Score::Context => {
                let bias: Vec<f32> = log_probability.iter().map(|&log| log as f32).collect();
                let candidates = composed_context_vectors(model, attributes);
                Self {
                    items: Cow::Owned(composed_target_vectors(model, attributes)),
                    candidates: PackedRows::with_bias(candidates.view(), &bias),
                }
            }
        }
    }

    /// [queries, dims] mean vector of each history.
    pub fn queries(&self, queries: &[Query]) -> Array2<f32> {
        let mut vectors = Array2::zeros((queries.len(), self.items.ncols()));
        for (mut row, query) in vectors.rows_mut().into_iter().zip(queries) {
            row.assign(&user_vector(self.items.view(), &query.history, query.history.len()));
        }
        vectors
    }
}
