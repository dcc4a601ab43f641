//! Where the points of the table on show lie, and how they move there from where they were.

use std::sync::Arc;

use super::MapView;
use super::camera::Pace;
use super::kept::KeptMap;
use super::panes::Order;
use crate::app::projection::Chosen;
use crate::engine::{JobId, MapOnShow, ProjectionFrame, ProjectionRequest, ProjectionResult};
use crate::projection::{Orbit, Places, Solid, Trust};

/// Frames that come faster than this are shown as they come; between slower ones the points glide.
const FLUENT: f64 = 0.06;

/// Where the IDs of one table lie.
pub struct Arrangement {
    /// What was asked.
    pub request: ProjectionRequest,
    /// The run's generation.
    pub generation: u64,
    /// Where the rows lie.
    pub places: Arc<Places>,
    /// The places of three axes that `places` are seen of, where the map has so many.
    pub solid: Option<Solid>,
    /// `[rows]` how near they are seen, 0..=1; empty for a flat map.
    pub nearness: Vec<f32>,
    /// From which side.
    pub seen_from: Orbit,
    /// When the points began to move there.
    pub since: f64,
    /// How fast they move.
    pub pace: Pace,
    /// `[rows]` where they were shown before; `None` if they do not move.
    from: Option<Vec<[f32; 2]>>,
    /// How it came about, once it is done.
    pub result: Option<Arc<ProjectionResult>>,
    /// The newest frame, of one that is being made.
    frame: Option<(JobId, usize)>,
}

impl Arrangement {
    /// Points that lie at `places` from `since` on, of a map that is neither done nor being made.
    pub fn at(request: ProjectionRequest, generation: u64, places: Arc<Places>, since: f64, pace: Pace) -> Self {
        Self {
            request,
            generation,
            places,
            solid: None,
            nearness: Vec::new(),
            seen_from: Orbit::default(),
            since,
            pace,
            from: None,
            result: None,
            frame: None,
        }
    }

    /// How far the points have moved: 0..=1.
    pub fn blend(&self, now: f64) -> f32 {
        if self.from.is_none() { 1.0 } else { self.pace.part(self.since, now) }
    }

    /// Where row `row` was before; not finite if it was nowhere.
    pub fn from(&self, row: usize) -> [f32; 2] {
        let to = self.places.positions()[row];
        let from = self.from.as_ref().map_or(to, |from| from[row]);
        if from[0].is_finite() && from[1].is_finite() { from } else { to }
    }

    /// Where row `row` is shown now; not finite if it is nowhere.
    pub fn shown(&self, row: usize, blend: f32) -> [f32; 2] {
        let (from, to) = (self.from(row), self.places.positions()[row]);
        [0, 1].map(|i| from[i] + (to[i] - from[i]) * blend)
    }

    /// The places as the map has them, from whichever side they are seen.
    pub fn base(&self) -> &Arc<Places> {
        self.solid.as_ref().map_or(&self.places, Solid::places)
    }

    /// How far it can be trusted, if that was measured.
    pub fn trust(&self) -> Option<&Arc<Trust>> {
        self.result.as_ref()?.trust.as_ref()
    }
}

impl MapView {
    /// The map that is wanted, once a table is chosen.
    pub fn request(&self) -> Option<&ProjectionRequest> {
        self.wanted.as_ref()
    }

    /// Wants the map of `request` from now on. `true` if it was made before: then it is on show at once; else it is to
    /// be asked for.
    pub fn want(&mut self, request: ProjectionRequest, now: f64) -> bool {
        self.ordered = Order::Due;
        let kept = self.kept.show(&request);
        self.wanted = Some(request);
        match kept {
            Some(map) => {
                self.show_kept(map, now);
                true
            }
            None => false,
        }
    }

    /// Whether it shows the map that `other` shows.
    pub fn shows_the_map_of(&self, other: &Self) -> bool {
        let both = self.layout.as_ref().zip(other.layout.as_ref());
        both.is_some_and(|(own, others)| own.request == others.request)
    }

    /// How the map on show came about, if it is the one that is wanted and done.
    pub fn result(&self) -> Option<&Arc<ProjectionResult>> {
        self.layout.as_ref().filter(|_| self.is_done())?.result.as_ref()
    }

    /// What was asked for the map of the table on show by `method` that was shown last.
    pub fn kept_request(&self, method: Chosen) -> Option<&ProjectionRequest> {
        self.kept.last(&self.table, |request| {
            Chosen::of(&request.settings.method) == method && request.settings.dims == self.dims
        })
    }

    /// What to ask for to see the map of the table on show that was shown of it last, else its principal components.
    pub fn last_request(&self) -> ProjectionRequest {
        let last = self.kept.last(&self.table, |request| request.settings.dims == self.dims).cloned();
        last.unwrap_or_else(|| ProjectionRequest::pca(self.table.clone(), self.dims))
    }

    /// Shows the map of `dims` axes again that was shown last.
    pub fn restore_dims(&mut self, dims: usize, now: f64) {
        let kept = self.kept.last(&self.table, |request| request.settings.dims == dims).cloned();
        if let Some(request) = kept.filter(|_| self.dims != dims) {
            self.dims = dims;
            self.want(request, now);
        }
    }

    /// The map on show, if it is done.
    pub fn finished(&self) -> Option<MapOnShow> {
        let layout = self.layout.as_ref().filter(|_| self.is_done())?;
        Some(MapOnShow { request: Arc::new(layout.request.clone()), places: Arc::clone(layout.base()) })
    }

    /// Whether the map that is wanted is on show and done.
    pub fn is_done(&self) -> bool {
        self.layout.as_ref().is_some_and(|layout| {
            layout.result.is_some()
                && layout.generation == self.generation
                && self.wanted.as_ref() == Some(&layout.request)
        })
    }

    /// Takes a map that is done; it is shown if it is the one that is wanted. A `passing` one, of a training that goes
    /// on, is not kept.
    pub fn take_projection(
        &mut self,
        result: Arc<ProjectionResult>,
        places: Arc<Places>,
        passing: bool,
        now: f64,
    ) -> bool {
        let map = KeptMap { result, places };
        if !passing {
            self.kept.keep(map.clone());
        }
        let wanted = self.wanted.as_ref() == Some(&map.result.request);
        if wanted && map.result.request.table == self.table {
            self.show_kept(map, now);
        }
        wanted
    }

    /// Takes a map that was kept with the run.
    pub fn take_kept(&mut self, result: Arc<ProjectionResult>, places: Arc<Places>) {
        self.kept.keep(KeptMap { result, places });
    }

    /// Shows the map of the table on show by the method of this name, if one of as many axes was made before.
    pub fn show_made_by(&mut self, method: &str, now: f64) -> bool {
        let dims = self.dims;
        let fits =
            |request: &ProjectionRequest| request.settings.method.name() == method && request.settings.dims == dims;
        let made = self.kept.last(&self.table, fits).cloned();
        made.is_some_and(|request| self.want(request, now))
    }

    /// The method of the map that is wanted.
    pub fn method_name(&self) -> &'static str {
        self.wanted.as_ref().map_or("", |wanted| wanted.settings.method.name())
    }

    /// Takes a frame of a map that is being made, if that is the one that is wanted.
    pub fn take_frame(&mut self, frame: &ProjectionFrame, now: f64) {
        let key = (frame.job, frame.iteration);
        let old = self.layout.as_ref().is_some_and(|layout| layout.frame == Some(key));
        if old || frame.generation != self.generation || self.wanted.as_ref() != Some(&*frame.request) {
            return;
        }
        let pace = match &self.layout {
            Some(layout) if layout.frame.is_some_and(|(job, _)| job == frame.job) => {
                if layout.blend(now) < 1.0 && layout.pace == Pace::CALM {
                    // The points are still on their way from another map to where this one starts.
                    return;
                }
                let gap = now - layout.since;
                if gap < FLUENT { Pace::AT_ONCE } else { Pace::even(gap) }
            }
            _ => Pace::CALM,
        };
        self.arrange(
            Arrangement {
                request: frame.request.as_ref().clone(),
                generation: frame.generation,
                places: Arc::clone(&frame.places),
                since: now,
                pace,
                from: None,
                result: None,
                solid: None,
                nearness: Vec::new(),
                seen_from: Orbit::default(),
                frame: Some(key),
            },
            now,
        );
    }

    /// The map that is wanted will not come: goes back to the one of the same table that was shown before it.
    pub fn abandon(&mut self, now: f64) {
        let before = self.last_request();
        if self.wanted.as_ref() == Some(&before) {
            self.ordered = Order::Failed;
        } else {
            self.want(before, now);
        }
    }

    /// Where the points of `rows` (all, if `None`) lie now, for a map on `dims` axes that starts there: one of two starts
    /// as it is seen.
    pub fn start_for(&self, rows: Option<&[u32]>, dims: usize) -> Option<ndarray::Array2<f32>> {
        let layout = self.layout.as_ref().filter(|layout| layout.request.table == self.table)?;
        let solid = layout.solid.as_ref().filter(|_| dims > 2).map(Solid::places);
        let places = solid.unwrap_or(&layout.places);
        let (low, high) = places.bounds();
        // Points that lie flat would never leave their plane: they start a little beside it.
        let beside = |row: u32| ((row as f32 * 0.618_034).fract() - 0.5) * 0.02 * (high[0] - low[0]);
        let place = |row: u32| {
            let [x, y] = places.get(row)?;
            Some([x, y, places.heights().get(row as usize).copied().unwrap_or_else(|| beside(row))])
        };
        let all = 0..places.positions().len() as u32;
        let starts: Option<Vec<[f32; 3]>> = match rows {
            None => all.map(place).collect(),
            Some(rows) => rows.iter().map(|&row| place(row)).collect(),
        };
        let starts = starts.filter(|starts| !starts.is_empty())?;
        Some(ndarray::Array2::from_shape_fn((starts.len(), dims.min(3)), |(row, axis)| starts[row][axis]))
    }

    /// Shows the map of `result` with its points at `places`.
    pub fn show_other(&mut self, result: Arc<ProjectionResult>, places: Arc<Places>, now: f64) {
        self.wanted = Some(result.request.clone());
        self.generation = result.generation;
        self.show_kept(KeptMap { result, places }, now);
        self.styles_changed();
    }

    fn show_kept(&mut self, map: KeptMap, now: f64) {
        // The last frame of a map and the map that is done lie alike.
        let pace = match &self.layout {
            Some(layout) if layout.frame.is_some() && layout.request == map.result.request => Pace::even(0.1),
            _ => Pace::CALM,
        };
        self.arrange(
            Arrangement {
                request: map.result.request.clone(),
                generation: map.result.generation,
                places: map.places,
                since: now,
                pace,
                from: None,
                result: Some(map.result),
                solid: None,
                nearness: Vec::new(),
                seen_from: Orbit::default(),
                frame: None,
            },
            now,
        );
    }

    /// Shows `next`: points that are on show move to their new places.
    pub(super) fn arrange(&mut self, mut next: Arrangement, now: f64) {
        next.solid = Solid::new(&next.places);
        if let Some(solid) = &next.solid {
            let (orbit, _) = self.orbit.seen_from(now);
            let seen = solid.seen_from(orbit);
            (next.places, next.nearness, next.seen_from) = (Arc::new(seen.places), seen.nearness, orbit);
            self.turns += 1;
        }
        let rows = next.places.positions().len();
        let before = self.layout.as_ref().filter(|before| before.places.positions().len() == rows);
        let same_rows = before.is_some_and(|before| before.request.settings.rows == next.request.settings.rows);
        if let Some(before) = before
            && next.pace != Pace::AT_ONCE
        {
            let blend = before.blend(now);
            next.from = Some((0..rows).map(|row| before.shown(row, blend)).collect());
        }
        let trust_changed = self.colour_by == super::ColourBy::Trust;
        self.layout = Some(next);
        if trust_changed {
            self.colouring = None;
        }
        if same_rows {
            self.points_changed();
        } else {
            self.styles_changed();
        }
    }
}
