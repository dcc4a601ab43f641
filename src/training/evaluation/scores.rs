//! What queries and candidates are multiplied under each score.

use std::borrow::Cow;

use ndarray::{Array1, Array2};

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
    /// Whether a candidate of the history is scored by the other items there.
    pub by_others: bool,
}

impl<'a> Factors<'a> {
    /// The factors of `score`. A query's length does not change a ranking, so only candidates are normalised.
    pub fn new(score: Score, model: &'a Model, attributes: &ItemAttributes, log_probability: &[f64]) -> Self {
        match score {
            Score::Cosine => {
                let items = &model.target[0];
                let candidates = PackedRows::new(unit_rows(items.view()).view());
                Self { items: Cow::Borrowed(items), candidates, by_others: false }
            }
            Score::Composed => {
                let items = composed_target_vectors(model, attributes);
                let candidates = PackedRows::new(unit_rows(items.view()).view());
                Self { items: Cow::Owned(items), candidates, by_others: false }
            }
            Score::Context | Score::Others => {
                let bias: Vec<f32> = log_probability.iter().map(|&log| log as f32).collect();
                let candidates = composed_context_vectors(model, attributes);
                Self {
                    items: Cow::Owned(composed_target_vectors(model, attributes)),
                    candidates: PackedRows::with_bias(candidates.view(), &bias),
                    by_others: score == Score::Others,
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

    /// The items of a history whose scores are not those of its mean, rising, with their scores: the mean of the other
    /// items decides, and the bias alone where there are none.
    pub fn apart(&self, history: &[u32]) -> Vec<(u32, f32)> {
        if !self.by_others {
            return Vec::new();
        }
        let mut items = history.to_vec();
        items.sort_unstable();
        let sum = user_vector(self.items.view(), history, history.len()) * history.len() as f32;
        let score = |same: &[u32]| {
            let (item, others) = (same[0], history.len() - same.len());
            let mut query = Array1::zeros(sum.len());
            if others > 0 {
                query.assign(&sum);
                query.scaled_add(-(same.len() as f32), &self.items.row(item as usize));
                query /= others as f32;
            }
            (item, self.candidates.score(item as usize, query.view()))
        };
        items.chunk_by(|a, b| a == b).map(score).collect()
    }
}
