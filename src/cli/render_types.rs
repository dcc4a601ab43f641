//! `idatlas render --with`: IDs of other types among the items.

use std::sync::Arc;

use serde::Serialize;

use super::CliError;
use super::console::Console;
use crate::engine::jobs::{self, PlacedType};
use crate::engine::{MapOnShow, ProjectionRequest, TypesRequest};
use crate::projection::Places;
use crate::run::Run;

/// A type whose IDs are shown among the items.
#[derive(Debug, Serialize)]
pub(super) struct TypeReport {
    #[serde(rename = "type")]
    table: String,
    /// IDs that are shown.
    ids: usize,
}

impl TypeReport {
    pub(super) fn of(placed: &PlacedType) -> Self {
        Self { table: placed.table.clone(), ids: placed.rows().count() }
    }
}

/// Whether the IDs of `types` can be shown on a map of `table`.
pub(super) fn check(run: &Run, table: &str, types: &[String]) -> Result<(), CliError> {
    let names = run.table_names();
    let (items, others) = (names[0], &names[1..]);
    if !types.is_empty() && table != items {
        return Err(CliError::Input(format!("IDs of other types lie on maps of items; use --type {items}")));
    }
    match types.iter().find(|name| !others.contains(&name.as_str())) {
        Some(name) => {
            let others = others.join(", ");
            Err(CliError::Input(format!("There is no other type {name:?}; use some of {others}")))
        }
        None => Ok(()),
    }
}

/// The IDs of `types` on the map of `request`, whose items lie at `places`; and how they come to lie there.
pub(super) fn place(
    run: &Run,
    types: &[String],
    request: ProjectionRequest,
    places: &[[f32; 2]],
    console: &Console,
) -> Result<(Arc<[PlacedType]>, String), CliError> {
    let names = run.table_names().into_iter().filter(|name| types.iter().any(|wanted| wanted == name));
    let types: Vec<String> = names.map(str::to_owned).collect();
    if types.is_empty() {
        return Ok((Arc::default(), String::new()));
    }
    let map = MapOnShow { request: Arc::new(request), places: Arc::new(Places::new(places.to_vec())) };
    let wanted = TypesRequest { map, types };
    let placed = jobs::place_types(run, &wanted, &console.watch())?;
    let words = jobs::placed_in_words(&placed, &wanted.map.request.settings.method);
    Ok((placed.into(), words))
}
