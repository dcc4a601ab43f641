//! The map: where the IDs of a table lie, what is selected among them, and how they are seen.

mod camera;
mod canvas;
mod colour;
mod draw;
mod hover;
mod labels;
mod legend;
mod list;
mod page;
mod pick;
mod scene;
mod undo;

use std::collections::BTreeSet;
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use crate::engine::jobs::UserGroups;
use crate::engine::{ProjectionRequest, ProjectionResult};
use crate::gpu::render::MapScene;
use crate::projection::align;
use crate::run::{Run, TableView, USER_TABLE};

use camera::Camera;
use colour::{ColourMemory, Colouring};
use list::Search;
use pick::Grid;
use undo::History;

pub use canvas::show_canvas;
pub use colour::ColourBy;
pub use draw::install;
pub use page::{SEARCH, show};

/// Seconds that points take to their new places.
const MOVE: f64 = 0.3;

/// Where the IDs of one table lie.
struct Layout {
    table: String,
    generation: u64,
    positions: Vec<[f32; 2]>,
    /// Where they were shown before.
    from: Vec<[f32; 2]>,
    /// When they began to move.
    since: f64,
    grid: Grid,
    explained_variance_ratio: Vec<f64>,
}

impl Layout {
    /// How far the points have moved: 0..=1.
    fn blend(&self, now: f64) -> f32 {
        let part = ((now - self.since) / MOVE).clamp(0.0, 1.0) as f32;
        part * part * (3.0 - 2.0 * part)
    }

    /// Where row `row` is shown now.
    fn shown(&self, row: usize, blend: f32) -> [f32; 2] {
        let (from, to) = (self.from[row], self.positions[row]);
        [0, 1].map(|i| from[i] + (to[i] - from[i]) * blend)
    }
}

/// What the map page knows.
pub struct MapView {
    /// The table on show; empty before there is a run.
    pub table: String,
    /// What the colours say.
    pub colour_by: ColourBy,
    /// Whether frequent IDs are larger.
    pub size_by_count: bool,
    /// The selected rows of the table.
    pub selection: BTreeSet<u32>,
    /// Slots of the legend that are hidden.
    hidden: BTreeSet<u8>,
    camera: Camera,
    layout: Option<Layout>,
    /// The run's generation; a layout of a lower one is stale.
    generation: u64,
    hovered: Option<u32>,
    /// Where a rectangle selection began.
    rectangle: Option<eframe::egui::Pos2>,
    search: Search,
    colouring: Option<Colouring>,
    /// The run's users by group, once that was asked for.
    groups: Option<Arc<UserGroups>>,
    /// How many groups to ask for.
    group_count: usize,
    memory: ColourMemory,
    scene: MapScene,
    /// Rows in drawing order.
    order: Vec<u32>,
    looks: Option<scene::Looks>,
    /// Counts changes that need new looks.
    changes: u64,
    history: History,
    /// Whether the legend lies over the canvas.
    pub legend_shown: bool,
    /// The largest count of the table on show.
    largest: u64,
    /// When the points moved and how large the canvas was when the view was last fitted.
    fitted: Option<(f64, eframe::egui::Vec2, f32)>,
    /// The canvas of the last frame, for commands that come from elsewhere.
    canvas: eframe::egui::Rect,
}

impl Default for MapView {
    fn default() -> Self {
        Self {
            table: String::new(),
            colour_by: ColourBy::default(),
            size_by_count: true,
            selection: BTreeSet::new(),
            hidden: BTreeSet::new(),
            camera: Camera::new(),
            layout: None,
            generation: 0,
            hovered: None,
            rectangle: None,
            search: Search::default(),
            colouring: None,
            groups: None,
            group_count: 12,
            memory: ColourMemory::default(),
            scene: MapScene::default(),
            order: Vec::new(),
            looks: None,
            changes: 0,
            history: History::default(),
            legend_shown: false,
            largest: 0,
            fitted: None,
            canvas: eframe::egui::Rect::ZERO,
        }
    }
}

impl MapView {
    /// The map that is wanted, once a table is chosen.
    pub fn request(&self) -> Option<ProjectionRequest> {
        (!self.table.is_empty()).then(|| ProjectionRequest::pca(self.table.clone(), 2))
    }

    /// Takes a new run. With `same_ids` the selection stays and the points will move to their new places.
    pub fn take_run(&mut self, run: &Run, generation: u64, same_ids: bool) {
        self.generation = generation;
        self.groups = None;
        if self.colour_by == ColourBy::Group {
            self.colour_by = ColourBy::Nothing;
        }
        if !same_ids || run.table(&self.table).is_err() {
            let table = run.types.first().map_or(String::new(), |id_type| id_type.name.clone());
            let known = run.table(&self.table).is_ok();
            let table = if known { self.table.clone() } else { table };
            self.history = History::default();
            self.show_table(run, &table);
        }
        self.colouring = None;
        self.styles_changed();
    }

    /// Shows `table` from now on; its layout is to be asked for.
    pub fn show_table(&mut self, run: &Run, table: &str) {
        table.clone_into(&mut self.table);
        self.layout = None;
        self.selection.clear();
        self.hidden.clear();
        self.hovered = None;
        self.rectangle = None;
        self.camera = Camera::new();
        self.fitted = None;
        self.search.restart();
        let choices = ColourBy::choices(run, table, self.groups.is_some());
        if self.colour_by == ColourBy::Nothing || !choices.contains(&self.colour_by) {
            self.colour_by = best_colour(run, &choices);
        }
        self.colouring = None;
        self.styles_changed();
    }

    /// Takes a layout: points that were on show move to their new places.
    pub fn take_projection(&mut self, result: &ProjectionResult, now: f64) {
        if result.request.table != self.table || result.coordinates.ncols() < 2 {
            return;
        }
        let positions = self.oriented(result);
        let from = match &self.layout {
            Some(before) if before.positions.len() == positions.len() => {
                let blend = before.blend(now);
                (0..positions.len()).map(|row| before.shown(row, blend)).collect()
            }
            _ => positions.clone(),
        };
        self.layout = Some(Layout {
            table: self.table.clone(),
            generation: result.generation,
            grid: Grid::new(&positions),
            positions,
            from,
            since: now,
            explained_variance_ratio: result.explained_variance_ratio.clone(),
        });
        self.points_changed();
    }

    /// The positions of `result`, turned so that points of an earlier run move as little as they can. Frames of one
    /// training come turned already.
    fn oriented(&self, result: &ProjectionResult) -> Vec<[f32; 2]> {
        let pairs = |rows: ArrayView2<'_, f32>| rows.rows().into_iter().map(|row| [row[0], row[1]]).collect();
        match &self.layout {
            Some(before) if before.generation != result.generation => {
                let shape = (before.positions.len(), 2);
                let shown = Array2::from_shape_fn(shape, |(row, axis)| before.positions[row][axis]);
                pairs(align(shown.view(), result.coordinates.as_ref().clone()).view())
            }
            _ => pairs(result.coordinates.view()),
        }
    }

    /// Whether there is a layout of the table on show.
    pub fn has_points(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| layout.table == self.table && !layout.positions.is_empty())
    }

    /// Where row `row` is on screen, as of the last frame.
    pub fn screen_position(&self, row: u32) -> Option<eframe::egui::Pos2> {
        let position = *self.layout.as_ref()?.positions.get(row as usize)?;
        Some(self.camera.target()?.screen_from_map(self.canvas, position))
    }

    /// Whether the layout on show is of an earlier run.
    fn is_stale(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| layout.generation < self.generation)
    }

    /// Whether row `row` is not hidden by the legend.
    fn is_shown(&self, row: u32) -> bool {
        self.hidden.is_empty()
            || self
                .colouring
                .as_ref()
                .and_then(|colouring| colouring.slots.get(row as usize))
                .is_none_or(|slot| !self.hidden.contains(slot))
    }

    /// Says that looks must be made anew: selection, colours or sizes changed.
    pub fn styles_changed(&mut self) {
        self.changes += 1;
    }

    fn points_changed(&mut self) {
        self.changes += 1;
        self.looks = None;
    }

    /// Makes sure that the colours are those of `table`.
    fn refresh_colouring(&mut self, run: &Run, table: &TableView<'_>) {
        let fits = self
            .colouring
            .as_ref()
            .is_some_and(|colouring| colouring.by == self.colour_by && colouring.slots.len() == table.vocabulary.len());
        if !fits {
            let groups = self.groups.as_deref();
            self.colouring = Some(Colouring::new(run, table, &self.colour_by, groups, &mut self.memory));
            self.styles_changed();
        }
    }

    /// Colours by `by` from now on.
    pub fn set_colour_by(&mut self, by: ColourBy) {
        if self.colour_by != by {
            self.colour_by = by;
            self.colouring = None;
            self.hidden.clear();
            self.styles_changed();
        }
    }

    /// Takes the users' groups; the map of users is coloured by them.
    pub fn take_groups(&mut self, groups: Arc<UserGroups>) {
        self.groups = Some(groups);
        self.colouring = None;
        if self.table == USER_TABLE {
            self.set_colour_by(ColourBy::Group);
        }
        self.styles_changed();
    }

    /// What the legend lists.
    pub fn legend_names(&self) -> Vec<String> {
        let entries = self.colouring.iter().flat_map(|colouring| &colouring.entries);
        entries.map(|entry| entry.name.clone()).collect()
    }

    /// Opens the list of IDs.
    pub fn open_list(&mut self) {
        self.search.open = true;
    }

    /// How much of the canvas' right edge the legend lies over.
    fn covered(&self) -> f32 {
        if self.legend_shown && self.colour_by != ColourBy::Nothing { legend::ROOM } else { 0.0 }
    }

    /// Shows all points.
    pub fn fit(&mut self, now: f64) {
        if let Some(layout) = &self.layout {
            let (low, high) = layout.grid.bounds();
            self.camera.fit(self.canvas.size(), self.covered(), low, high, now);
        }
    }

    /// Unselects everything.
    pub fn clear_selection(&mut self) {
        if !self.selection.is_empty() {
            self.remember();
            self.selection.clear();
            self.styles_changed();
        }
    }
}

/// The attribute that tells most apart with the colours there are: the one with the most IDs up to the palette's size,
/// else the one with the fewest.
fn best_colour(run: &Run, choices: &[ColourBy]) -> ColourBy {
    let size = |by: &ColourBy| match by {
        ColourBy::Type(name) => {
            run.types.iter().find(|id_type| id_type.name == *name).map(|id_type| id_type.vocabulary.len())
        }
        _ => None,
    };
    let most = crate::app::theme::CATEGORIES * 2;
    let by_type = || choices.iter().filter_map(|by| Some((size(by)?, by))).filter(|(size, _)| *size > 1);
    by_type()
        .filter(|(size, _)| *size <= most)
        .max_by_key(|(size, _)| *size)
        .or_else(|| by_type().min_by_key(|(size, _)| *size))
        .map_or(ColourBy::Count, |(_, by)| by.clone())
}
