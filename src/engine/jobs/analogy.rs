//! A - B + C: what is to C as A is to B.

use super::lookup::{image, item_space_vectors, list_row};
use crate::engine::EngineError;
use crate::engine::command::NeighborRow;
use crate::engine::question::AnalogyRequest;
use crate::neighbors::{self, Metric};
use crate::run::Run;

/// The IDs of `request.neighbors_in` whose vectors point most nearly where A - B + C does, by cosine; A, B and C are left
/// out. Where all are of one table in its own space, else in item space (MODEL.md, "Across types").
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or a row that it lacks.
pub fn complete_analogy(run: &Run, request: &AnalogyRequest) -> Result<Vec<NeighborRow>, EngineError> {
    let to = run.table(&request.neighbors_in)?;
    let own_space = request.terms.iter().all(|term| term.table == request.neighbors_in);
    let mut vectors = Vec::new();
    for term in &request.terms {
        let table = run.table(&term.table)?;
        if term.row as usize >= table.vocabulary.len() {
            return Err(run.unknown_row(&table, term.row).into());
        }
        let own = || table.vectors.row(term.row as usize).to_owned();
        vectors.push(if own_space { own() } else { image(run, &table, term.row) });
    }
    let [a, b, c] = [0, 1, 2].map(|term: usize| vectors[term].view());
    let query = neighbors::analogy(a, b, c);
    let space = if own_space { to.vectors.into() } else { item_space_vectors(run, &to) };
    let keep = |row: u32| !request.terms.iter().any(|term| term.table == to.name && term.row == row);
    let found = neighbors::nearest_where(space.view(), query.view(), request.k, Metric::Cosine, keep);
    Ok(found.into_iter().map(|neighbor| list_row(&to, neighbor.index, neighbor.score)).collect())
}
