//! IDs of other types on a map of items: diamonds with their names, each where the mean of its items lies.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Pos2, Rect, pos2, vec2};

use super::MapView;
use super::camera::View;
use crate::engine::jobs::{PlacedType, placed_in_words};
use crate::engine::{Question, Subject, TypesRequest};
use crate::projection::growth;
use crate::run::{Run, TableView};

/// Marks drawn at most; the more one zooms in, the more of each type are among them.
const MOST_MARKS: usize = 1_500;
/// How near the pointer must come to a mark, in points of the screen.
const REACH: f32 = 3.0;

/// The types whose IDs are on show among the items, and where they lie.
#[derive(Debug, Clone, Default)]
pub struct Types {
    shown: BTreeSet<String>,
    asked: Option<TypesRequest>,
    found: Option<Arc<[PlacedType]>>,
    /// The marks of the last frame, the uppermost first.
    seen: Vec<SeenMark>,
    hovered: Option<SeenMark>,
}

/// A mark in view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenMark {
    /// The place of its type among those that were found.
    pub kind: usize,
    /// Its row.
    pub row: u32,
    /// Its middle on screen.
    pub at: Pos2,
    /// From its middle to a corner, in points of the screen.
    pub radius: f32,
    /// How near it is seen, 0..=1.
    pub nearness: f32,
}

impl SeenMark {
    /// The diamond, `gap` larger all around.
    pub fn corners(&self, gap: f32) -> [Pos2; 4] {
        let (at, radius) = (self.at, self.radius + gap);
        [pos2(at.x, at.y - radius), pos2(at.x + radius, at.y), pos2(at.x, at.y + radius), pos2(at.x - radius, at.y)]
    }

    /// The square around it.
    pub fn room(&self) -> Rect {
        Rect::from_center_size(self.at, vec2(self.radius, self.radius) * 2.0)
    }

    fn is_at(&self, pointer: Pos2) -> bool {
        (pointer.x - self.at.x).abs() + (pointer.y - self.at.y).abs() <= self.radius + REACH
    }
}

impl MapView {
    /// Whether it is a map of the items of `run`, which is the run on show.
    pub fn shows_items(&self, run: &Run) -> bool {
        run.types.first().is_some_and(|items| items.name == self.table) && self.guest.is_none()
    }

    /// The types whose IDs are on show among the items.
    pub fn shown_types(&self) -> &BTreeSet<String> {
        &self.types.shown
    }

    /// Shows the IDs of type `name` among the items, or does not.
    pub fn show_type(&mut self, name: &str, shown: bool) {
        self.remember();
        if shown {
            self.types.shown.insert(name.to_owned());
        } else {
            self.types.shown.remove(name);
        }
    }

    /// Shows the IDs of these types alone, without a step to go back to.
    pub fn restore_types(&mut self, shown: BTreeSet<String>) {
        self.types.shown = shown;
    }

    /// What is to be asked for the other types on the map on show, once it is done.
    pub fn ask_types(&mut self, run: &Run) -> Option<Question> {
        if self.types.shown.is_empty() || !self.shows_items(run) {
            return None;
        }
        let names = run.table_names().into_iter().skip(1).filter(|name| self.types.shown.contains(*name));
        let request = TypesRequest { types: names.map(str::to_owned).collect(), map: self.finished()? };
        if self.types.asked.as_ref() == Some(&request) {
            return None;
        }
        self.types.asked = Some(request.clone());
        Some(Question::Types(request))
    }

    /// Takes where other types lie, if that was asked for last.
    pub fn take_types(&mut self, request: &TypesRequest, found: Arc<[PlacedType]>) {
        if self.types.asked.as_ref() == Some(request) {
            self.types.found = Some(found);
        }
    }

    /// The types on the map on show, each with its place among those that were found.
    pub fn placed_types(&self) -> impl Iterator<Item = (usize, &PlacedType)> {
        let asked = self.types.asked.as_ref().zip(self.layout.as_ref());
        let of_now = asked.is_some_and(|(asked, layout)| Arc::ptr_eq(&asked.map.places, layout.base()));
        let found = self.types.found.as_deref().filter(|_| of_now).unwrap_or_default();
        found.iter().enumerate().filter(|(_, placed)| self.types.shown.contains(&placed.table))
    }

    /// The type that was found in place `kind`.
    pub fn placed_type(&self, kind: usize) -> Option<&PlacedType> {
        self.placed_types().find(|(own, _)| *own == kind).map(|(_, placed)| placed)
    }

    /// How they come to lie where they do, in words.
    pub fn types_in_words(&self) -> String {
        let method = self.types.asked.as_ref().map(|asked| &asked.map.request.settings.method);
        method.map_or(String::new(), |method| placed_in_words(self.placed_types().map(|(_, placed)| placed), method))
    }

    /// Where `place`, of as many axes as the map on show has, is seen on it, and how near.
    pub fn seen_place(&self, place: &[f32]) -> Option<([f32; 2], f32)> {
        let layout = self.layout.as_ref()?;
        match (&layout.solid, place) {
            (None, &[x, y]) => Some(([x, y], 1.0)),
            (Some(solid), &[x, y, z]) => Some(solid.place_from(layout.seen_from, [x, y, z])),
            _ => None,
        }
    }

    /// Brings the marks to where they are seen, and finds the one that the pointer is over.
    pub fn refresh_marks(&mut self, run: &Run, canvas: Rect, view: View, pointer: Option<Pos2>) {
        let mut seen = std::mem::take(&mut self.types.seen);
        seen.clear();
        let count = self.placed_types().count();
        for (kind, placed) in self.placed_types() {
            let Ok(table) = run.table(&placed.table) else { continue };
            let marks = self.marks_of((kind, placed), &table, canvas, view);
            seen.extend(marks.take(MOST_MARKS / count.max(1)));
        }
        seen.sort_by(|a, b| b.nearness.total_cmp(&a.nearness).then((a.row, a.kind).cmp(&(b.row, b.kind))));
        self.types.hovered = pointer.and_then(|at| seen.iter().find(|mark| mark.is_at(at)).copied());
        self.types.seen = seen;
    }

    fn marks_of<'a>(
        &'a self,
        (kind, placed): (usize, &'a PlacedType),
        table: &TableView<'a>,
        canvas: Rect,
        view: View,
    ) -> impl Iterator<Item = SeenMark> + use<'a> {
        let radius = placed.radius(table.counts);
        let (scale, solid) = (self.radius_scale(), self.is_solid());
        placed.rows().filter_map(move |row| {
            let (place, nearness) = self.seen_place(placed.places.row(row as usize).as_slice()?)?;
            let at = view.screen_from_map(canvas, place);
            let nearer = if solid { growth(nearness) } else { 1.0 };
            let mark = SeenMark { kind, row, at, radius: radius(row) * scale * nearer, nearness };
            canvas.contains(at).then_some(mark)
        })
    }

    /// The marks of the last frame, the uppermost first.
    pub fn marks(&self) -> &[SeenMark] {
        &self.types.seen
    }

    /// The mark that is hovered.
    pub fn hovered_mark(&self) -> Option<SeenMark> {
        self.types.hovered
    }

    /// The ID that a mark stands for.
    pub fn subject_of(&self, mark: SeenMark) -> Option<Subject> {
        Some(Subject { table: self.placed_type(mark.kind)?.table.clone(), row: mark.row })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::app::map::Pace;
    use crate::app::map::arrangement::Arrangement;
    use crate::engine::{MapOnShow, ProjectionRequest};
    use crate::projection::Places;

    fn placed(table: &str) -> PlacedType {
        PlacedType {
            table: table.to_owned(),
            type_index: Some(1),
            places: array![[0.0, 0.0], [f32::NAN, 0.0], [2.0, 1.0]],
            items: Some(vec![2, 0, 1]),
            of: 3,
        }
    }

    #[test]
    fn what_is_not_of_the_map_on_show_or_is_not_wanted_any_more_is_not_drawn() {
        let request = ProjectionRequest::pca("item".to_owned(), 2);
        let places = Arc::new(Places::new(vec![[0.0, 0.0], [2.0, 1.0]]));
        let layout = Arrangement::at(request.clone(), 1, Arc::clone(&places), 0.0, Pace::AT_ONCE);
        let mut map = MapView { table: "item".to_owned(), layout: Some(layout), ..MapView::default() };
        let asked = |places: &Arc<Places>| TypesRequest {
            types: vec!["brand".to_owned()],
            map: MapOnShow { request: Arc::new(request.clone()), places: Arc::clone(places) },
        };
        map.show_type("brand", true);
        map.types.asked = Some(asked(&places));
        map.take_types(&asked(&Arc::new(Places::default())), Arc::new([placed("store")]));
        assert_eq!(map.placed_types().count(), 0, "a late answer is dropped");
        map.take_types(&asked(&places), Arc::new([placed("brand")]));
        assert_eq!(map.placed_types().count(), 1);
        assert_eq!(map.types_in_words(), "brands at the mean of their items");
        assert_eq!(placed("brand").rows().collect::<Vec<_>>(), [0, 2], "an ID without items is nowhere");
        map.show_type("brand", false);
        assert_eq!(map.placed_types().count(), 0);
        map.show_type("brand", true);
        map.layout = None;
        assert_eq!(map.placed_types().count(), 0, "another map comes");
    }
}
