//! What a map shows that has more points than can be drawn as discs in every frame: those near the view as discs where
//! they are few enough, else all as a density, with a smooth passage between the two.

use std::collections::BTreeSet;
use std::f32::consts::PI;
use std::sync::Arc;

use eframe::egui::Rect;

use super::MapView;
use super::camera::View;
use crate::gpu::render::{MapPoint, MapStyle};
use crate::picture::Sizes;
use crate::projection::Seen;
use crate::run::TableView;

/// Share of the discs that can be drawn from which the density begins to be seen.
const PASSAGE: f32 = 0.6;
/// How much more than on average a pixel is covered that is shown at full strength.
const FULL: f32 = 24.0;
/// Discs whose middle lies this many points outside of the canvas are drawn still.
const EDGE: f32 = 16.0;

/// Seconds after which a view that no longer moves is shown with all its points.
pub const REST: f64 = 0.2;
/// Points that are summed while the view moves, in terms of the discs that can be drawn.
const MOVING: usize = 2;

/// How a crowded map is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crowd {
    /// How much of the density is seen, 0..=1.
    pub density: f32,
    /// Times a pixel must be covered to be shown at full strength.
    pub full: f32,
    /// Of so many points one is summed, for all of them: more than 1 while the view moves, for which there is less time.
    pub thinning: u32,
}

/// What the discs near the view were made for.
#[derive(Debug, Clone, PartialEq)]
pub struct NearbyKey {
    view: View,
    size: eframe::egui::Vec2,
    changes: u64,
    moves: u64,
    density: f32,
    dark: bool,
}

impl MapView {
    /// How the map is seen if it is crowded; brings the discs near the view up to date. `blend` tells how far the points
    /// have moved, `pixels` how many pixels a point of the screen has a side.
    pub fn crowd(
        &mut self,
        table: &TableView<'_>,
        (view, canvas): (View, Rect),
        (blend, pixels): (f32, f32),
        dark: bool,
        lit: &BTreeSet<u32>,
    ) -> Option<Crowd> {
        let layout = self.layout.as_ref()?;
        let points = self.scene.above;
        if points <= self.most_discs {
            return None;
        }
        let (low, high) = view.map_rect(canvas, canvas.expand(EDGE));
        // Points on their way may be anywhere.
        let near = if blend < 1.0 { points } else { layout.places.count_near(low, high).min(points) };
        let density = passage(near as f32 / self.most_discs as f32);
        let radius = Sizes::equal(layout.places.placed()).radius(0) * self.radius_scale() * pixels;
        let covered = near as f32 * PI * radius * radius;
        let full = (FULL * covered / (canvas.area() * pixels * pixels).max(1.0)).max(4.0);
        if density < 1.0 {
            let (changes, moves) = (self.changes, self.moves);
            let key = NearbyKey { view, size: canvas.size(), changes, moves, density, dark };
            if self.nearby.as_ref() != Some(&key) {
                self.gather(table, low, high, density, dark, lit);
                self.nearby = Some(key);
            }
        }
        Some(Crowd { density, full, thinning: 1 })
    }

    /// `crowd` as it is seen at `now` from `view`: thinned out until the view has rested.
    pub fn thinned(&mut self, crowd: Crowd, view: View, now: f64) -> Crowd {
        let (last, since) = *self.moving.get_or_insert((view, f64::NEG_INFINITY));
        let since = if last == view { since } else { now };
        self.moving = Some((view, since));
        if now - since >= REST {
            return crowd;
        }
        Crowd { thinning: self.scene.above.div_ceil(MOVING * self.most_discs.max(1)).max(1) as u32, ..crowd }
    }

    /// Makes discs of the points in `low`..=`high` that do not stand out.
    fn gather(
        &mut self,
        table: &TableView<'_>,
        low: [f32; 2],
        high: [f32; 2],
        density: f32,
        dark: bool,
        lit: &BTreeSet<u32>,
    ) {
        let (Some(layout), Some(colouring)) = (&self.layout, &self.colouring) else { return };
        let selecting = !(self.selection.is_empty() && lit.is_empty());
        let all_in_one = self.scene.above == self.order.len();
        let is_above = |row: u32| selecting && !all_in_one && (self.selection.contains(&row) || lit.contains(&row));
        let mut rows = layout.places.within(low, high, |row| self.is_shown(row) && !is_above(row));
        if layout.solid.is_some() {
            Seen::sort_far_to_near(&layout.nearness, &mut rows);
        }
        let positions = layout.places.positions();
        let styles: Vec<MapStyle> = {
            let look = self.look(table.counts, colouring, dark);
            let faded = |&row: &u32| {
                let stands_out = !selecting || self.selection.contains(&row) || lit.contains(&row);
                let mut style = look(row, stands_out);
                style.colour[3] = (f32::from(style.colour[3]) * (1.0 - density)) as u8;
                style
            };
            rows.iter().map(faded).collect()
        };
        let point = |&row: &u32| MapPoint { from: positions[row as usize], to: positions[row as usize] };
        self.scene.nearby.points = Arc::new(rows.iter().map(point).collect());
        self.scene.nearby.styles = Arc::new(styles);
        self.scene.nearby.version += 1;
    }
}

/// How much of the density is seen where `share` of the discs that can be drawn are near the view.
fn passage(share: f32) -> f32 {
    let part = ((share - PASSAGE) / (1.0 - PASSAGE)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_comes_gradually_and_wholly_before_there_are_too_many_discs() {
        assert_eq!((passage(0.0), passage(PASSAGE), passage(1.0), passage(50.0)), (0.0, 0.0, 1.0, 1.0));
        let steps: Vec<f32> = (0..=20).map(|step| passage(PASSAGE + 0.02 * step as f32)).collect();
        assert!(steps.is_sorted() && steps.windows(2).all(|pair| pair[1] - pair[0] < 0.08), "{steps:?}");
    }
}
