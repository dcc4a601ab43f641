//! Why two IDs are as near as they are.

use super::lookup::{attributes_of, image, item_space_vectors, list_row};
use super::summarize::items_of_rows;
use crate::engine::EngineError;
use crate::engine::command::{NeighborRow, Subject};
use crate::neighbors::{self, Metric, score_by_type};
use crate::progress::Watch;
use crate::run::{Run, TableView};
use crate::summary::{Together, together};

/// All that is known of two IDs beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The two; their scores say nothing.
    pub pair: [NeighborRow; 2],
    /// Cosine of their vectors: within a table in its own space, across tables in item space (MODEL.md, "Across types").
    pub cosine: f32,
    /// The place of the second among the rows nearest to the first, and of the first among those nearest to the second,
    /// from 1; each with how many there are.
    pub ranks: [(usize, usize); 2],
    /// Of two items: what each carries, attributes first, then descriptive columns.
    pub attributes: Vec<AttributePair>,
    /// Of two items: x of the first as centre with the second as context, and the other way round.
    pub scores: Option<[Score; 2]>,
    /// How often they were taken together, or why that is not known.
    pub together: Result<Together, NotKnown>,
}

/// What two items carry of one attribute or descriptive column.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributePair {
    /// The name of the type or column.
    pub name: String,
    /// The ID or value of each, with its row if it is an ID.
    pub values: [Option<(String, Option<Subject>)>; 2],
}

impl AttributePair {
    /// Whether both have it and it is the same.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.values[0].is_some() && self.values[0] == self.values[1]
    }
}

/// x(i, j) of MODEL.md's eq. 7, split by type.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// `[K]` one part a type; `None` where either item lacks it.
    pub parts: Vec<Option<f32>>,
}

impl Score {
    /// x(i, j): the sum of its parts.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.parts.iter().flatten().map(|&part| f64::from(part)).sum()
    }
}

/// Why it is not known how often two IDs were taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotKnown {
    /// The run was written by a program that did not keep what was taken together.
    NotKept,
    /// One of them is a user, who takes.
    User,
}

/// Compares two IDs of any tables; `listed` of the baskets with both are listed.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or a row that it lacks, [`EngineError::Cancelled`].
pub fn explain(run: &Run, pair: &[Subject; 2], listed: usize, watch: &Watch) -> Result<Explanation, EngineError> {
    let [a, b] = pair;
    let tables = [checked(run, a)?, checked(run, b)?];
    let (cosine, forth) = rank(run, (&tables[0], a.row), (&tables[1], b.row));
    let (_, back) = rank(run, (&tables[1], b.row), (&tables[0], a.row));
    if watch.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    let of_items = tables.iter().all(|table| table.type_index == Some(0));
    let score = |i, j| Score { parts: score_by_type(&run.model, &run.attributes, i, j) };
    Ok(Explanation {
        pair: [list_row(&tables[0], a.row, 0.0), list_row(&tables[1], b.row, 0.0)],
        cosine,
        ranks: [forth, back],
        attributes: if of_items { attribute_pairs(run, a.row, b.row) } else { Vec::new() },
        scores: of_items.then(|| [score(a.row, b.row), score(b.row, a.row)]),
        together: taken_together(run, &tables, pair, listed),
    })
}

fn checked<'a>(run: &'a Run, subject: &Subject) -> Result<TableView<'a>, EngineError> {
    let table = run.table(&subject.table)?;
    if subject.row as usize >= table.vocabulary.len() {
        return Err(run.unknown_row(&table, subject.row).into());
    }
    Ok(table)
}

/// Cosine, and the place of `to` among the rows of its table nearest to `from`, with how many there are.
fn rank(run: &Run, from: (&TableView<'_>, u32), to: (&TableView<'_>, u32)) -> (f32, (usize, usize)) {
    let rows = to.0.vocabulary.len();
    if from.0.name == to.0.name {
        let query = from.0.vectors.row(from.1 as usize);
        let (cosine, rank) = neighbors::rank_of(to.0.vectors, query, to.1, Metric::Cosine, Some(from.1));
        (cosine, (rank, rows - 1))
    } else {
        let (space, query) = (item_space_vectors(run, to.0), image(run, from.0, from.1));
        let (cosine, rank) = neighbors::rank_of(space.view(), query.view(), to.1, Metric::Cosine, None);
        (cosine, (rank, rows))
    }
}

/// What each of two items carries, side by side, in the order of the types and columns.
fn attribute_pairs(run: &Run, a: u32, b: u32) -> Vec<AttributePair> {
    let mut pairs: Vec<AttributePair> = Vec::new();
    for (side, item) in [a, b].into_iter().enumerate() {
        for (name, value, subject) in attributes_of(run, item) {
            let at = match pairs.iter().position(|pair| pair.name == name && pair.values[side].is_none()) {
                Some(at) => at,
                None => {
                    pairs.push(AttributePair { name, values: [None, None] });
                    pairs.len() - 1
                }
            };
            pairs[at].values[side] = Some((value, subject));
        }
    }
    pairs
}

fn taken_together(
    run: &Run,
    tables: &[TableView<'_>; 2],
    pair: &[Subject; 2],
    listed: usize,
) -> Result<Together, NotKnown> {
    if tables.iter().any(|table| table.type_index.is_none()) {
        return Err(NotKnown::User);
    }
    let baskets = run.baskets.as_deref().ok_or(NotKnown::NotKept)?;
    let [a, b] = [0, 1].map(|side| items_of_rows(run, &tables[side], &[pair[side].row]));
    Ok(together(baskets, run.attributes.item_count(), &a, &b, listed))
}
