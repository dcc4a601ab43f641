//! The map: where the IDs of a table lie, what is selected among them, and how they are seen.

mod arrangement;
mod asked_density;
mod camera;
mod canvas;
mod colour_field;
mod contours;
mod crowd;
mod draw;
mod hover;
mod kept;
mod labels;
mod layers;
mod legend;
mod list;
mod moment;
mod orbit;
mod overview;
mod page;
mod palettes;
mod panes;
mod picture;
mod regions;
mod scene;
mod search;
mod select;
mod selection_bar;
mod sets;
mod sizes;
mod types;
mod types_drawn;
mod undo;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::jobs::{BesideMap, RowGroups};
use crate::engine::{JobKind, ProjectionRequest};
use crate::gpu::render::MapScene;
use crate::picture::{ColourMemory, Colouring, Known, NamedGroups, Palettes, SizeBy, Sizing};
use crate::projection::Method;
use crate::run::{KeptView, NamedSet, Run, TableView};

use arrangement::Arrangement;
use camera::{Camera, Pace};
use kept::KeptMaps;
use search::Search;

pub use crate::picture::ColourBy;
pub use canvas::show_canvas;
pub use contours::WHY_FLAT as NO_LINES;
pub use draw::{draws_in_software, install, most_discs};
pub use orbit::switch_dims;
pub use overview::WHY_FLAT as NO_OVERVIEW;
pub use page::{SEARCH, legend_panel, show};
pub use panes::Panes;
pub use picture::PictureStyle;
pub use select::Join;
pub use types::SeenMark;
pub use types_drawn::entries as entries_of_types;

/// One map: what it shows and how.
pub struct MapView {
    /// Names it among the panes.
    id: panes::PaneId,
    /// The table on show; empty before there is a run.
    pub table: String,
    /// What the colours say.
    pub colour_by: ColourBy,
    /// Where the colours are taken from.
    pub palettes: Palettes,
    /// What the sizes say.
    pub size_by: SizeBy,
    sizing: Option<Sizing>,
    /// The selected rows of the table.
    pub selection: BTreeSet<u32>,
    /// Classes of the legend that are hidden.
    hidden: BTreeSet<u32>,
    /// What is looked for in the legend.
    legend_search: legend::LegendSearch,
    /// Lines of equal density.
    pub contours: contours::Contours,
    /// The whole map, small.
    pub overview: overview::Overview,
    /// Names of dense regions.
    pub regions: regions::Regions,
    /// IDs of other types among the points.
    types: types::Types,
    /// Selections that were given a name.
    pub sets: Arc<Vec<NamedSet>>,
    /// The name that is being typed for one.
    set_name: String,
    camera: Camera,
    /// From which side a map of three axes is seen.
    pub orbit: orbit::OrbitView,
    /// Axes of the maps that are asked for, 2 or 3.
    pub dims: usize,
    layout: Option<Arrangement>,
    /// What was asked for the map that is to be on show.
    wanted: Option<ProjectionRequest>,
    /// Kinds of questions whose answers are drawn beside the points and are on their way.
    waiting: BTreeSet<JobKind>,
    /// How far that has been ordered.
    ordered: panes::Order,
    kept: KeptMaps,
    /// The run's generation; a layout of a lower one is stale.
    generation: u64,
    hovered: Option<u32>,
    /// Rows that belong to what is pointed at in another pane.
    pointed: Arc<[u32]>,
    /// The other run, if it is that one's map.
    guest: Option<Arc<panes::Guest>>,
    /// That map, as it was laid over the one of the run on show.
    beside: Option<Arc<BesideMap>>,
    /// The same IDs by the other run.
    other: Option<panes::Other>,
    /// The shape that is being drawn around points.
    outline: Option<select::Outline>,
    /// Whether that is a line that follows the pointer; else a rectangle.
    pub lasso: bool,
    /// What is looked for in the table on show.
    pub search: Search,
    colouring: Option<Colouring>,
    /// The IDs of a table by group, once that was asked for.
    groups: Option<Arc<RowGroups>>,
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
    /// The view of the last frame, and since when it has been so.
    moving: Option<(camera::View, f64)>,
    /// Discs that can be drawn in every frame.
    pub most_discs: usize,
    /// Counts changes that need new looks.
    changes: u64,
    /// Counts changes that need new points.
    moves: u64,
    /// Counts how often a map of three axes was turned.
    turns: u64,
    /// The moves that the scene shows.
    moved: u64,
    /// How it was before the changes of this frame.
    before: Option<undo::Step>,
    /// Whether the legend lies over the canvas.
    pub legend_shown: bool,
    /// When the points moved and how large the canvas was when the view was last fitted.
    fitted: Option<(f64, eframe::egui::Vec2, f32)>,
    /// The canvas of the last frame, for commands that come from elsewhere.
    canvas: eframe::egui::Rect,
}

impl Default for MapView {
    fn default() -> Self {
        Self {
            id: 0,
            table: String::new(),
            colour_by: ColourBy::default(),
            palettes: Palettes::default(),
            size_by: SizeBy::default(),
            sizing: None,
            selection: BTreeSet::new(),
            hidden: BTreeSet::new(),
            legend_search: legend::LegendSearch::default(),
            contours: contours::Contours::default(),
            overview: overview::Overview::default(),
            regions: regions::Regions::default(),
            types: types::Types::default(),
            sets: Arc::default(),
            set_name: String::new(),
            camera: Camera::new(),
            orbit: orbit::OrbitView::default(),
            dims: 2,
            layout: None,
            wanted: None,
            waiting: BTreeSet::new(),
            ordered: panes::Order::Due,
            kept: KeptMaps::default(),
            generation: 0,
            hovered: None,
            pointed: Arc::default(),
            guest: None,
            beside: None,
            other: None,
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
            moving: None,
            crowded: None,
            most_discs: draw::MOST_DISCS_ON_CPU,
            changes: 0,
            moves: 0,
            turns: 0,
            moved: 0,
            before: None,
            legend_shown: false,
            fitted: None,
            canvas: eframe::egui::Rect::ZERO,
        }
    }
}

/// `groups`, if they are those of `table`.
fn groups_of<'a>(groups: Option<&'a RowGroups>, table: &str) -> Option<&'a RowGroups> {
    groups.filter(|groups| groups.table == table)
}

impl MapView {
    /// Takes a new run. With `same_ids` the selection stays and the points will move to their new places.
    pub fn take_run(&mut self, run: &Run, generation: u64, same_ids: bool) {
        self.generation = generation;
        self.groups = None;
        self.other = None;
        self.kept.clear();
        if matches!(self.colour_by, ColourBy::Group | ColourBy::Trust) {
            self.colour_by = ColourBy::Nothing;
        }
        if !same_ids || run.table(&self.table).is_err() {
            let table = run.types.first().map_or(String::new(), |id_type| id_type.name.clone());
            let known = run.table(&self.table).is_ok();
            let table = if known { self.table.clone() } else { table };
            self.sets = Arc::default();
            self.show_table(run, &table);
        }
        self.fit_dims(run);
        self.wanted = Some(ProjectionRequest::pca(self.table.clone(), self.dims));
        self.sizing = None;
        self.ordered = panes::Order::Due;
        self.colouring = None;
        self.styles_changed();
    }

    /// Shows `table` from now on; its map is to be asked for.
    pub fn show_table(&mut self, run: &Run, table: &str) {
        table.clone_into(&mut self.table);
        self.fit_dims(run);
        self.layout = None;
        self.wanted = None;
        self.selection.clear();
        self.hidden.clear();
        self.hovered = None;
        self.outline = None;
        self.camera = Camera::new();
        self.fitted = None;
        self.search.restart();
        let choices = ColourBy::choices(run, table, self.own_groups().is_some(), false);
        if self.colour_by == ColourBy::Nothing || !choices.contains(&self.colour_by) {
            self.colour_by = ColourBy::best_of(run, &choices);
        }
        if !SizeBy::choices(run, table).contains(&self.size_by) {
            self.size_by = SizeBy::default();
        }
        self.sizing = None;
        self.colouring = None;
        self.styles_changed();
    }

    /// Three axes need vectors of three dimensions.
    fn fit_dims(&mut self, run: &Run) {
        let widest = run.table(&self.table).map_or(2, |table| table.vectors.ncols());
        self.dims = self.dims.min(widest.max(2));
    }

    /// Rows that belong to what is pointed at in another pane.
    pub fn pointed(&self) -> &[u32] {
        &self.pointed
    }

    /// What names it among the panes.
    pub fn id(&self) -> panes::PaneId {
        self.id
    }

    /// Where it was drawn in the last frame.
    pub fn canvas(&self) -> eframe::egui::Rect {
        self.canvas
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
                .and_then(|colouring| colouring.classes.get(row as usize))
                .is_none_or(|class| !self.hidden.contains(class))
    }

    /// Says that looks must be made anew: selection, colours or sizes changed.
    pub fn styles_changed(&mut self) {
        self.changes += 1;
    }

    /// Another number after each change of selection, colours or sizes, and for each pane.
    pub fn version(&self) -> u64 {
        (u64::from(self.id) << 40) | self.changes
    }

    /// Says that the same points lie elsewhere.
    fn points_changed(&mut self) {
        self.moves += 1;
    }

    /// Makes sure that the colours are those of `table`.
    fn refresh_colouring(&mut self, run: &Run, table: &TableView<'_>) {
        let is_right = |colouring: &Colouring| colouring.by == self.colour_by && colouring.palettes == self.palettes;
        let fits = self.colouring.as_ref().is_some_and(is_right);
        if !fits {
            let groups = groups_of(self.groups.as_deref(), &self.table);
            let groups = groups.map(|groups| NamedGroups { group_of: &groups.group_of, groups: &groups.groups });
            let trust = self
                .layout
                .as_ref()
                .and_then(|layout| Some((layout.trust()?.as_ref(), layout.request.settings.rows.as_deref())));
            let known = Known { groups, trust, palettes: Some(&self.palettes) };
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
            self.legend_search.clear();
            self.styles_changed();
        }
    }

    /// Takes the groups of a table; its map is coloured by them.
    pub fn take_groups(&mut self, groups: Arc<RowGroups>) {
        if self.table == groups.table {
            self.groups = Some(groups);
            self.colouring = None;
            self.set_colour_by(ColourBy::Group);
            self.styles_changed();
        }
    }

    /// The groups of the table on show, if it is in groups.
    fn own_groups(&self) -> Option<&RowGroups> {
        groups_of(self.groups.as_deref(), &self.table)
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
        let Some(colouring) = &self.colouring else { return Vec::new() };
        legend::lines(colouring, &self.legend_search).into_iter().map(|line| line.name).collect()
    }

    /// Red, green, blue and opacity of each line of the legend, on light ground.
    pub fn legend_colours(&self) -> Vec<[u8; 4]> {
        let Some(colouring) = &self.colouring else { return Vec::new() };
        let lines = legend::lines(colouring, &self.legend_search);
        lines.into_iter().map(|line| colouring.palettes.colour(line.paint, false)).collect()
    }

    /// The row that is hovered.
    pub fn hovered_row(&self) -> Option<u32> {
        self.hovered
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
        let says_nothing = self.colour_by == ColourBy::Nothing && self.size_by == SizeBy::Equal;
        let says_nothing = says_nothing && self.placed_types().next().is_none();
        if self.legend_shown && !says_nothing { legend::ROOM } else { 0.0 }
    }

    /// Shows all points.
    pub fn fit(&mut self, now: f64) {
        if let Some(layout) = &self.layout {
            self.camera.fit(self.canvas.size(), self.covered(), layout.places.bounds(), now, Pace::CALM);
        }
    }

    /// Sees `view` once there are points, instead of all of them.
    pub fn see(&mut self, view: KeptView) {
        if view.scale.is_finite() && view.scale > 0.0 && view.centre.iter().all(|at| at.is_finite()) {
            self.camera.follows = false;
            self.camera.go_to(camera::View { centre: view.centre, scale: view.scale }, 0.0, Pace::AT_ONCE);
        }
    }

    /// The view of a map of principal components that the user has moved to.
    pub fn own_view(&self) -> Option<camera::View> {
        let is_pca = self.wanted.as_ref().is_some_and(|wanted| wanted.settings.method == Method::Pca);
        self.camera.target().filter(|_| is_pca && !self.camera.follows)
    }

    /// A number that is another one after what is seen has changed.
    pub fn seen_changes(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        let view = self.own_view().map(|view| (view.centre.map(f32::to_bits), view.scale.to_bits()));
        let orbit = self.orbit.target();
        (self.dims, orbit.turn.to_bits(), orbit.tilt.to_bits()).hash(&mut hasher);
        (&self.table, self.method_name(), self.changes, &self.colour_by.name(), view, self.sets.len())
            .hash(&mut hasher);
        (self.contours.shown, self.overview.shown, &self.size_by, self.shown_types()).hash(&mut hasher);
        for set in self.sets.iter() {
            (&set.name, set.ids.len()).hash(&mut hasher);
        }
        hasher.finish()
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
