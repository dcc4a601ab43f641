//! Where IDs of other types lie on a map of items.

use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

use crate::embedding::attribute_centroids;
use crate::engine::EngineError;
use crate::engine::question::{MapOnShow, TypesRequest};
use crate::numbers::plural;
use crate::picture::mark_radius;
use crate::progress::Watch;
use crate::projection::{Method, land};
use crate::run::{Run, TableView};

/// IDs of a type that are placed at most: the most frequent ones.
pub const MOST_PLACED: usize = 5_000;

/// IDs of a type on a map of items.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedType {
    /// The type, or "user".
    pub table: String,
    /// The type's place among those of the run; `None`: users.
    pub type_index: Option<usize>,
    /// [IDs, axes] where the first IDs of the table lie; not finite where nothing says so.
    pub places: Array2<f32>,
    /// `[IDs]` of how many items' vectors each place is the mean; `None` where IDs lie at their own vectors.
    pub items: Option<Vec<u32>>,
    /// IDs of the table.
    pub of: usize,
}

impl PlacedType {
    /// The rows that lie somewhere, the most frequent first.
    pub fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        let is_placed = |row: &u32| self.places.row(*row as usize).iter().all(|at| at.is_finite());
        (0..self.places.nrows() as u32).filter(is_placed)
    }

    /// How large the mark of each row is, in points of a window's screen; `counts` `[rows]` are the table's.
    pub fn radius<'a>(&self, counts: &'a [u64]) -> impl Fn(u32) -> f32 + use<'a> {
        let count = move |row: u32| counts.get(row as usize).copied().unwrap_or(0);
        let (placed, largest) =
            self.rows().fold((0, 0), |(placed, largest), row| (placed + 1, count(row).max(largest)));
        move |row| mark_radius(count(row), largest, placed)
    }
}

/// Places the IDs of the request's types on its map of items of `run`: each attribute ID at the mean of its items'
/// vectors, users at their own, which are vectors of items' space as well (the images of attributes lie apart from the
/// items). [`land`] says what becomes of a vector on the map. On a map that is none of items nothing is placed.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, [`EngineError::Projection`] for a map of other rows,
/// [`EngineError::Cancelled`].
pub fn place_types(run: &Run, request: &TypesRequest, watch: &Watch) -> Result<Vec<PlacedType>, EngineError> {
    let mut types = Vec::with_capacity(request.types.len());
    for name in &request.types {
        if watch.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let table = run.table(name)?;
        if table.type_index != Some(0) {
            types.push((known_vectors(run, &table), table));
        }
    }
    let all: Vec<ArrayView2<'_, f32>> = types.iter().map(|(known, _)| known.vectors.view()).collect();
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let all = concatenate(Axis(0), &all).expect("all are as wide as the item table");
    let Some(landed) = places_on(run, &request.map, all.view(), watch)? else { return Ok(Vec::new()) };
    let mut from = 0;
    let mut placed = Vec::with_capacity(types.len());
    for (known, table) in types {
        let own = landed.slice(s![from..from + known.rows.len(), ..]);
        from += known.rows.len();
        let mut places = Array2::from_elem((table.vocabulary.len().min(MOST_PLACED), landed.ncols()), f32::NAN);
        for (&row, place) in known.rows.iter().zip(own.rows()) {
            places.row_mut(row).assign(&place);
        }
        placed.push(PlacedType {
            table: table.name.to_owned(),
            type_index: table.type_index,
            places,
            items: known.items,
            of: table.vocabulary.len(),
        });
    }
    Ok(placed)
}

/// IDs of which a vector in items' space is known.
struct Known {
    rows: Vec<usize>,
    /// [rows, `m_1`]
    vectors: Array2<f32>,
    items: Option<Vec<u32>>,
}

fn known_vectors(run: &Run, table: &TableView<'_>) -> Known {
    let first = table.vocabulary.len().min(MOST_PLACED);
    match table.type_index {
        Some(k) => {
            let (items, rows) = (run.model.target[0].view(), table.vocabulary.len());
            let (means, mut counts) = attribute_centroids(items, &run.attributes, k, rows, |_| true);
            counts.truncate(first);
            let rows: Vec<usize> = (0..first).filter(|&row| counts[row] > 0).collect();
            Known { vectors: means.select(Axis(0), &rows), rows, items: Some(counts) }
        }
        None => {
            let rows: Vec<usize> =
                (0..first).filter(|&row| table.vectors.row(row).iter().any(|&value| value != 0.0)).collect();
            Known { vectors: table.vectors.select(Axis(0), &rows), rows, items: None }
        }
    }
}

/// Where the vectors `new` [new, `m_1`] of items' space lie on `map`: [new, axes]; `None` if that is no map of items.
pub(super) fn places_on(
    run: &Run,
    map: &MapOnShow,
    new: ArrayView2<'_, f32>,
    watch: &Watch,
) -> Result<Option<Array2<f32>>, EngineError> {
    let table = run.table(&map.request.table)?;
    if table.type_index != Some(0) {
        return Ok(None);
    }
    let (positions, heights) = (map.places.positions(), map.places.heights());
    let on_map = |row: &usize| map.places.get(*row as u32).is_some() && *row < table.vectors.nrows();
    let rows: Vec<usize> = (0..positions.len()).filter(on_map).collect();
    let axes = if heights.is_empty() { 2 } else { 3 };
    let places = Array2::from_shape_fn((rows.len(), axes), |(index, axis)| match axis {
        2 => heights[rows[index]],
        _ => positions[rows[index]][axis],
    });
    let method = &map.request.settings.method;
    let landed = if rows.len() == table.vectors.nrows() {
        land(table.vectors, places.view(), method, new, watch)?
    } else {
        land(table.vectors.select(Axis(0), &rows).view(), places.view(), method, new, watch)?
    };
    Ok(Some(landed))
}

/// What the mark of row `row` of `table` is called: its name for people, else the ID, with its type where it has no
/// letter.
#[must_use]
pub fn mark_name(table: &TableView<'_>, row: u32) -> String {
    let name = table.name_of(row);
    if name.chars().any(char::is_alphabetic) { name.to_owned() } else { format!("{} {name}", table.name) }
}

/// How `types` come to lie where they do on a map by `method`, in words; empty where there are none.
#[must_use]
pub fn placed_in_words<'a>(types: impl IntoIterator<Item = &'a PlacedType>, method: &Method) -> String {
    let (by_items, own): (Vec<&PlacedType>, Vec<&PlacedType>) =
        types.into_iter().partition(|placed| placed.items.is_some());
    let listed = |types: &[&PlacedType]| {
        let names: Vec<String> = types.iter().map(|placed| plural(&placed.table)).collect();
        match names.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
        }
    };
    let by_items = listed(&by_items).map(|names| format!("{names} at the mean of their items"));
    let own = listed(&own).map(|names| format!("{names} at their own vectors"));
    let words = by_items.into_iter().chain(own).collect::<Vec<_>>().join(", ");
    match method {
        _ if words.is_empty() => words,
        Method::Pca | Method::Axes(_) => words,
        Method::Tsne(_) => format!("{words}, as new points of the t-SNE"),
        Method::Umap(_) => format!("{words}, among its nearest"),
    }
}
