//! What an item of certain attributes would be like, were there one.

use ndarray::{Array1, Array2, Axis};

use super::Placement;
use super::lookup::{item_space_vectors, list_row};
use super::new_items::Placer;
use crate::dataset::ItemAttributes;
use crate::engine::EngineError;
use crate::engine::question::{MapOnShow, NewItem, NewItemRequest};
use crate::neighbors::{self, Metric};
use crate::progress::Watch;
use crate::projection::land;
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
    let place = request.map.as_ref().map(|map| place_on(run, map, &vector, watch)).transpose()?;
    Ok(NewItem { neighbors, place: place.flatten() })
}

/// Where `vector` lies on `map`, if that is one of the items.
fn place_on(run: &Run, map: &MapOnShow, vector: &Array1<f32>, watch: &Watch) -> Result<Option<[f32; 2]>, EngineError> {
    let table = run.table(&map.request.table)?;
    if table.type_index != Some(0) {
        return Ok(None);
    }
    let on_map = |row: &u32| map.places.get(*row).is_some() && (*row as usize) < table.vectors.nrows();
    let rows: Vec<u32> = (0..map.places.positions().len() as u32).filter(on_map).collect();
    let places =
        Array2::from_shape_fn((rows.len(), 2), |(index, axis)| map.places.positions()[rows[index] as usize][axis]);
    let method = &map.request.settings.method;
    let place = if rows.len() == table.vectors.nrows() {
        land(table.vectors, places.view(), method, vector.view(), watch)?
    } else {
        let indices: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
        land(table.vectors.select(Axis(0), &indices).view(), places.view(), method, vector.view(), watch)?
    };
    Ok(Some([place[0], place[1]]))
}
