//! What an item of certain attributes would be like, were there one.

use ndarray::Axis;

use super::Placement;
use super::lookup::{item_space_vectors, list_row};
use super::new_items::Placer;
use super::place_types::places_on;
use crate::dataset::ItemAttributes;
use crate::engine::EngineError;
use crate::engine::question::{NewItem, NewItemRequest};
use crate::neighbors::{self, Metric};
use crate::progress::Watch;
use crate::run::Run;

/// The IDs nearest to a new item with the attributes of `request`, by cosine in item space, and its place on the map.
/// Its vector is that of [`Placement::Centroid`].
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or a row that it lacks, [`EngineError::Projection`] for a map of other
/// rows, [`EngineError::Cancelled`].
pub fn compose_item(run: &Run, request: &NewItemRequest, watch: &Watch) -> Result<NewItem, EngineError> {
    let mut ids = vec![ItemAttributes::MISSING; run.types.len()];
    for subject in &request.attributes {
        let table = run.table(&subject.table)?;
        if subject.row as usize >= table.vocabulary.len() {
            return Err(run.unknown_row(&table, subject.row).into());
        }
        if let Some(id) = table.type_index.and_then(|k| ids.get_mut(k)) {
            *id = subject.row;
        }
    }
    let to = run.table(&request.neighbors_in)?;
    let Some(vector) = Placer::new(run, Placement::Centroid).vector(&ids) else {
        return Ok(NewItem { neighbors: Vec::new(), place: None });
    };
    let found = neighbors::nearest(item_space_vectors(run, &to).view(), vector.view(), request.k, Metric::Cosine, None);
    let neighbors = found.into_iter().map(|neighbor| list_row(&to, neighbor.index, neighbor.score)).collect();
    let new = vector.insert_axis(Axis(0));
    let place = request.map.as_ref().map(|map| places_on(run, map, new.view(), watch)).transpose()?.flatten();
    Ok(NewItem { neighbors, place: place.map(|place| place.row(0).to_vec()) })
}
