//! The map: where the IDs of a table lie, what is selected among them, and how they are seen.

mod arrangement;
mod camera;
mod canvas;
mod colour;
mod crowd;
mod draw;
mod hover;
mod kept;
mod labels;
mod legend;
mod list;
mod page;
mod scene;
mod select;
mod undo;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::ProjectionRequest;
use crate::engine::jobs::UserGroups;
use crate::gpu::render::MapScene;
use crate::run::{Run, TableView, USER_TABLE};

use arrangement::Arrangement;
use camera::{Camera, Pace};
use colour::{ColourMemory, Colouring};
use kept::KeptMaps;
use list::Search;
use undo::History;

pub use canvas::show_canvas;
pub use colour::ColourBy;
pub use draw::{install, most_discs};
pub use page::{SEARCH, show};
pub use select::Join;

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
    layout: Option<Arrangement>,
    /// What was asked for the map that is to be on show.
    wanted: Option<ProjectionRequest>,
    kept: KeptMaps,
    /// The run's generation; a layout of a lower one is stale.
    generation: u64,
    hovered: Option<u32>,
    /// The shape that is being drawn around points.
    outline: Option<select::Outline>,
    /// Whether that is a line that follows the pointer; else a rectangle.
    pub lasso: bool,
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
    nearby: Option<crowd::NearbyKey>,
    /// How the map was seen in the last frame, if it is crowded.
    crowded: Option<crowd::Crowd>,
    /// Discs that can be drawn in every frame.
    pub most_discs: usize,
    /// Counts changes that need new looks.
    changes: u64,
    /// Counts changes that need new points.
    moves: u64,
    /// The moves that the scene shows.
    moved: u64,
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
            wanted: None,
            kept: KeptMaps::default(),
            generation: 0,
            hovered: None,
            outline: None,
            lasso: false,
            search: Search::default(),
            colouring: None,
            groups: None,
            group_count: 12,
            memory: ColourMemory::default(),
            scene: MapScene::default(),
            order: Vec::new(),
            looks: None,
            nearby: None,
            crowded: None,
            most_discs: draw::MOST_DISCS_ON_CPU,
            changes: 0,
            moves: 0,
            moved: 0,
            history: History::default(),
            legend_shown: false,
            largest: 0,
            fitted: None,
            canvas: eframe::egui::Rect::ZERO,
        }
    }
}

impl MapView {
    /// Takes a new run. With `same_ids` the selection stays and the points will move to their new places.
    pub fn take_run(&mut self, run: &Run, generation: u64, same_ids: bool) {
        self.generation = generation;
        self.groups = None;
        self.kept.clear();
        if matches!(self.colour_by, ColourBy::Group | ColourBy::Trust) {
            self.colour_by = ColourBy::Nothing;
        }
        if !same_ids || run.table(&self.table).is_err() {
            let table = run.types.first().map_or(String::new(), |id_type| id_type.name.clone());
            let known = run.table(&self.table).is_ok();
            let table = if known { self.table.clone() } else { table };
            self.history = History::default();
            self.show_table(run, &table);
        }
        self.wanted = Some(ProjectionRequest::pca(self.table.clone(), 2));
        self.colouring = None;
        self.styles_changed();
    }

    /// Shows `table` from now on; its map is to be asked for.
    pub fn show_table(&mut self, run: &Run, table: &str) {
        table.clone_into(&mut self.table);
        self.layout = None;
        self.wanted = None;
        self.selection.clear();
        self.hidden.clear();
        self.hovered = None;
        self.outline = None;
        self.camera = Camera::new();
        self.fitted = None;
        self.search.restart();
        let choices = ColourBy::choices(run, table, self.groups.is_some(), false);
        if self.colour_by == ColourBy::Nothing || !choices.contains(&self.colour_by) {
            self.colour_by = best_colour(run, &choices);
        }
        self.colouring = None;
        self.styles_changed();
    }

    /// Whether there is a layout of the table on show.
    pub fn has_points(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| layout.request.table == self.table && layout.places.placed() > 0)
    }

    /// The method of the map on show, whether that map is done, and its points.
    pub fn on_show(&self) -> Option<(&'static str, bool, usize)> {
        let layout = self.layout.as_ref()?;
        Some((layout.request.settings.method.name(), self.is_done(), layout.places.placed()))
    }

    /// Where row `row` is on screen, as of the last frame.
    pub fn screen_position(&self, row: u32) -> Option<eframe::egui::Pos2> {
        let position = self.layout.as_ref()?.places.get(row)?;
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

    /// Grows with each change of selection, colours or sizes.
    pub fn version(&self) -> u64 {
        self.changes
    }

    /// Says that the same points lie elsewhere.
    fn points_changed(&mut self) {
        self.moves += 1;
    }

    /// Makes sure that the colours are those of `table`.
    fn refresh_colouring(&mut self, run: &Run, table: &TableView<'_>) {
        let fits = self
            .colouring
            .as_ref()
            .is_some_and(|colouring| colouring.by == self.colour_by && colouring.slots.len() == table.vocabulary.len());
        if !fits {
            let known = colour::Known { groups: self.groups.as_deref(), layout: self.layout.as_ref() };
            self.colouring = Some(Colouring::new(run, table, &self.colour_by, &known, &mut self.memory));
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

    /// How the points are drawn, in words.
    pub fn in_words(&self) -> String {
        let points = crate::numbers::counted(self.order.len() as u64, "point");
        match self.crowded {
            None => format!("{points} as discs"),
            Some(crowd) if crowd.density >= 1.0 => format!("{points} as a density"),
            Some(crowd) => {
                let near = crate::numbers::short(self.scene.nearby.points.len() as u64);
                format!("{points}, {near} near the view as discs, {:.0}% density", crowd.density * 100.0)
            }
        }
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

    /// Closes the list of IDs.
    pub fn close_list(&mut self) {
        self.search.open = false;
    }

    /// How much of the canvas' right edge the legend lies over.
    fn covered(&self) -> f32 {
        if self.legend_shown && self.colour_by != ColourBy::Nothing { legend::ROOM } else { 0.0 }
    }

    /// Shows all points.
    pub fn fit(&mut self, now: f64) {
        if let Some(layout) = &self.layout {
            self.camera.fit(self.canvas.size(), self.covered(), layout.places.bounds(), now, Pace::CALM);
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
