//! What the dense regions of a map have in common.

use std::collections::BTreeSet;

use super::summarize::items_of_rows;
use crate::engine::EngineError;
use crate::engine::question::RegionsRequest;
use crate::progress::Watch;
use crate::projection::regions;
use crate::run::{Run, TableView};
use crate::summary::{CatalogueProfile, OverRepresented};

/// Regions hold at least this many points, and this share of them.
const LEAST_POINTS: usize = 8;
const LEAST_SHARE: f64 = 0.006;
/// A name is an ID that this share of a region's items carry, and that chance gives with this probability at most.
const NAMING_SHARE: f64 = 0.25;
const SIGNIFICANCE: f64 = 0.001;

/// A region of a map with the attribute ID that sets it apart.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedRegion {
    /// Where its name is written: as many coordinates as the map has axes.
    pub place: Vec<f32>,
    /// The ID's name for people, or its type and itself.
    pub name: String,
    /// The ID's type.
    pub type_name: String,
    /// Points in the region.
    pub points: usize,
    /// The share of the region's items that carry the ID.
    pub share: f64,
    /// That share by the share in the catalogue.
    pub lift: f64,
}

/// Names the dense regions of a map of `run`, largest first: each by the ID that is most over-represented among its items
/// ([`CatalogueProfile`]) of those that a good part of them carry. Regions of which nothing such is known have no name, and a
/// name is given once, to the largest.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, [`EngineError::Cancelled`].
pub fn name_regions(
    run: &Run,
    profile: &CatalogueProfile,
    request: &RegionsRequest,
    watch: &Watch,
) -> Result<Vec<NamedRegion>, EngineError> {
    let table = run.table(&request.table)?;
    let least = LEAST_POINTS.max((LEAST_SHARE * request.places.placed() as f64) as usize);
    let (mut found, mut said) = (Vec::new(), BTreeSet::new());
    for region in regions(&request.places, least) {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let Some(one) = names(run, profile, &table, &region.rows).next() else { continue };
        if said.insert((one.type_index, one.share.row)) {
            found.push(NamedRegion {
                place: region.place,
                name: called(run, &one),
                type_name: run.types[one.type_index].name.clone(),
                points: region.rows.len(),
                share: one.share.share,
                lift: one.share.lift(),
            });
        }
    }
    Ok(found)
}

/// What could name `rows` of `table`, the best first: IDs that are over-represented among their items, and that a good part
/// of them carry.
pub(super) fn names(
    run: &Run,
    profile: &CatalogueProfile,
    table: &TableView<'_>,
    rows: &[u32],
) -> impl Iterator<Item = OverRepresented> {
    let left_out = table.type_index.filter(|&k| k > 0);
    let known = rows.iter().all(|&row| (row as usize) < table.vocabulary.len());
    let items = if known { items_of_rows(run, table, rows) } else { Vec::new() };
    let over = profile.over_represented(run, &items, left_out);
    over.into_iter().filter(|one| one.adjusted <= SIGNIFICANCE && one.share.share >= NAMING_SHARE)
}

/// What it is called: the ID's name for people, or its type and itself.
pub(super) fn called(run: &Run, one: &OverRepresented) -> String {
    let own = run.type_table(one.type_index);
    let id = || format!("{} {}", own.name, own.vocabulary.id(one.share.row));
    own.label(one.share.row).map_or_else(id, str::to_owned)
}
