//! A map of a run as a picture.

use std::path::PathBuf;
use std::sync::Arc;

use super::place_types::{PlacedType, mark_name};
use crate::engine::EngineError;
use crate::numbers;
use crate::picture::{
    ColourBy, ColourMemory, Colouring, DensityLines, Key, Known, Label, Look, MapPicture, Mark, MarkKey, Palettes,
    SizeBy, Sizing, mark_colour, write_picture,
};
use crate::progress::Watch;
use crate::projection::{DensityOf, Places};
use crate::run::Run;

/// Rows looked at for names; the frequent ones come first.
const NAMED: usize = 6_000;

/// How a map is to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureRequest {
    /// The table.
    pub table: String,
    /// How the map was made, in words.
    pub method: String,
    /// What the colours say; `None`: what tells most apart.
    pub colour_by: Option<ColourBy>,
    /// Where the colours are taken from.
    pub palettes: Palettes,
    /// What the sizes say.
    pub size_by: SizeBy,
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Whether the ground is dark.
    pub dark: bool,
    /// Whether names stand beside the points.
    pub named: bool,
    /// Whether lines of equal density are drawn.
    pub contoured: bool,
    /// IDs of other types among the points.
    pub with: Arc<[PlacedType]>,
}

/// Draws `rows` of the request's table, rising, at `places` `[rows]`.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table.
pub fn picture(
    run: &Run,
    request: &PictureRequest,
    rows: &[u32],
    places: &[[f32; 2]],
) -> Result<(MapPicture, ColourBy), EngineError> {
    let table = run.table(&request.table)?;
    let choices = || ColourBy::choices(run, &request.table, false, false);
    let by = request.colour_by.clone().unwrap_or_else(|| ColourBy::best_of(run, &choices()));
    let known = Known { palettes: Some(&request.palettes), ..Known::default() };
    let colouring = Colouring::new(run, &table, &by, &known, &mut ColourMemory::default());
    let sizing = Sizing::new(run, &table, &request.size_by);
    let sizes = sizing.sizes(table.counts, rows.len());
    let look = Look::new(&colouring, sizes, request.dark);
    // Frequent IDs stand first in a table and are larger: small ones lie on top.
    let dots = rows.iter().zip(places).map(|(&row, &place)| look.dot(row, place, true)).collect();
    let marked =
        marks_of(run, &request.with, &request.palettes, request.dark, |place| Some(([place[0], place[1]], 1.0)))?;
    let labels = rows.iter().zip(places).take(if request.named { NAMED } else { 0 });
    let names =
        labels.map(|(&row, &place)| Label { place, radius: sizes.radius(row), text: table.name_of(row).to_owned() });
    let picture = MapPicture {
        width: request.size[0],
        height: request.size[1],
        dark: request.dark,
        title: format!("Map of {}", numbers::plural(&request.table)),
        subtitle: format!(
            "{}, {}, run {}",
            request.method,
            numbers::counted(rows.len() as u64, "point"),
            run.metadata.name
        ),
        dots,
        view: None,
        lines: request.contoured.then(|| DensityLines {
            of: DensityOf { places: Arc::new(Places::new(places.to_vec())), rows: None },
            selected: false,
        }),
        marks: marked.marks,
        labels: marked.labels.into_iter().filter(|_| request.named).chain(names).collect(),
        key: Key::of(&colouring, request.dark, |_| false),
        sizes: sizing.key(rows.len()),
        mark_key: marked.key,
    };
    Ok((picture, by))
}

/// Marks of other types, with their names and what they mean.
#[derive(Debug, Clone, Default)]
pub struct Marked {
    /// The marks, by turns of the types, of each the most frequent first.
    pub marks: Vec<Mark>,
    /// Their names in the same order.
    pub labels: Vec<Label>,
    /// What they mean.
    pub key: MarkKey,
}

/// The marks of `types` of `run`, where `seen` says where a place of the map is seen and how much larger it is.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table.
pub fn marks_of(
    run: &Run,
    types: &[PlacedType],
    palettes: &Palettes,
    dark: bool,
    seen: impl Fn(&[f32]) -> Option<([f32; 2], f32)>,
) -> Result<Marked, EngineError> {
    let (mut marked, mut by_rank) = (Marked::default(), Vec::new());
    for placed in types {
        let table = run.table(&placed.table)?;
        let colour = mark_colour(palettes, placed.type_index, dark);
        let rows: Vec<u32> = placed.rows().collect();
        let size = placed.radius(table.counts);
        marked.key.push((colour, numbers::plural(&placed.table), rows.len() as u64));
        for (rank, &row) in rows.iter().enumerate() {
            let place = placed.places.row(row as usize).to_vec();
            let Some((place, growth)) = seen(&place) else { continue };
            let radius = size(row) * growth;
            let label = Label { place, radius, text: mark_name(&table, row) };
            by_rank.push((rank, Mark { place, radius, colour }, label));
        }
    }
    by_rank.sort_by_key(|(rank, ..)| *rank);
    (marked.marks, marked.labels) = by_rank.into_iter().map(|(_, mark, label)| (mark, label)).unzip();
    Ok(marked)
}

/// Writes each picture to its file.
///
/// # Errors
/// [`EngineError::Picture`]; those before the one that fails are written.
pub fn write_pictures(pictures: &[(MapPicture, PathBuf)], watch: &Watch) -> Result<(), EngineError> {
    for ((picture, path), done) in pictures.iter().zip(0_u64..) {
        if pictures.len() > 1 {
            watch.report("Drawing", done, Some(pictures.len() as u64), "pictures");
            write_picture(picture, path, &watch.quiet())?;
        } else {
            write_picture(picture, path, watch)?;
        }
    }
    Ok(())
}
