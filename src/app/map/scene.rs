//! Points and looks as the painter takes them, made anew only when something changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::MapView;
use crate::gpu::render::{MapPoint, MapStyle};
use crate::picture::{Colouring, Look, Sizes};
use crate::projection::Seen;
use crate::run::TableView;

/// What the looks were made for.
#[derive(Debug, Clone, PartialEq)]
pub struct Looks {
    changes: u64,
    dark: bool,
    lit: BTreeSet<u32>,
    /// How often a map of three axes was turned; `None` if it is flat.
    turns: Option<u64>,
}

impl MapView {
    /// Brings points and looks up to date. `lit` rows stand out beside the selected ones.
    pub fn refresh_scene(&mut self, table: &TableView<'_>, dark: bool, lit: &BTreeSet<u32>) {
        let turns = self.is_solid().then_some(self.turns);
        let wanted = Looks { changes: self.changes, dark, lit: lit.clone(), turns };
        if self.looks.as_ref() == Some(&wanted) {
            self.refresh_points();
            return;
        }
        let (Some(layout), Some(colouring)) = (&self.layout, &self.colouring) else { return };
        let rows = layout.places.positions().len().min(table.counts.len());
        let none = self.selection.is_empty() && lit.is_empty();
        let stands_out = |row: u32| none || self.selection.contains(&row) || lit.contains(&row);
        let finite = |row: u32| layout.places.get(row).is_some();
        // Frequent IDs come first and are larger, so that small ones lie on top; what stands out lies above all.
        let shown = (0..rows as u32).filter(|&row| self.is_shown(row) && finite(row));
        let (mut above, mut order): (Vec<u32>, Vec<u32>) = shown.partition(|&row| stands_out(row) && !none);
        let dimmed = if none { 0 } else { order.len() };
        if layout.solid.is_some() {
            // What is near covers what is far.
            Seen::sort_far_to_near(&layout.nearness, &mut order);
            Seen::sort_far_to_near(&layout.nearness, &mut above);
        }
        order.extend(above);

        let styles = {
            let look = self.look(table.counts, colouring, dark);
            order.iter().enumerate().map(|(i, &row)| look(row, i >= dimmed)).collect()
        };
        // Too many that stand out are as little seen as discs as all the others.
        let above = if dimmed == 0 || order.len() - dimmed > self.most_discs { order.len() } else { dimmed };
        self.scene.above = above;
        self.scene.styles = Arc::new(styles);
        self.scene.styles_version += 1;
        self.order = order;
        self.looks = Some(wanted);
        self.points_changed();
        self.refresh_points();
    }

    /// How a row looks that stands out, or does not while others do.
    pub fn look<'a>(
        &'a self,
        counts: &'a [u64],
        colouring: &'a Colouring,
        dark: bool,
    ) -> impl Fn(u32, bool) -> MapStyle + use<'a> {
        let sizes = self.sizes(counts);
        let look = Look::new(colouring, sizes, dark);
        move |row, stands_out| {
            let (growth, strength) = self.depth_of(row);
            let [r, g, b, a] = look.colour(row, stands_out);
            MapStyle { colour: [r, g, b, (f32::from(a) * strength) as u8], radius: sizes.radius(row) * growth }
        }
    }

    /// How large the points of the table on show are; `counts` `[rows]`.
    pub fn sizes<'a>(&'a self, counts: &'a [u64]) -> Sizes<'a> {
        let placed = self.layout.as_ref().map_or(counts.len(), |layout| layout.places.placed());
        self.sizing.as_ref().map_or_else(|| Sizes::equal(placed), |sizing| sizing.sizes(counts, placed))
    }

    /// Brings the points of the scene to where they lie.
    fn refresh_points(&mut self) {
        let Some(layout) = self.layout.as_ref().filter(|_| self.moved != self.moves) else { return };
        let positions = layout.places.positions();
        let point = |&row: &u32| MapPoint { from: layout.from(row as usize), to: positions[row as usize] };
        self.scene.points = Arc::new(self.order.iter().map(point).collect());
        self.scene.points_version += 1;
        self.moved = self.moves;
    }

    /// The radius that row `row` is drawn with, in points of the screen.
    pub fn radius_on_screen(&self, table: &TableView<'_>, row: u32) -> f32 {
        self.sizes(table.counts).radius(row) * self.depth_of(row).0 * self.radius_scale()
    }

    /// Pixels of the screen for each unit of a point's radius: points grow a little as one zooms in.
    pub fn radius_scale(&self) -> f32 {
        self.camera.zoom().powf(0.3).clamp(0.6, 3.0)
    }
}
