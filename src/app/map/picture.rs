//! The map on show as a picture for a file.

use std::collections::BTreeSet;

use super::{MapView, labels};
use crate::app::projection::method_name;
use crate::engine::jobs::{PlacedType, marks_of};
use crate::numbers;
use crate::picture::{DensityLines, Key, Label, Look, MapPicture, SizeKey};
use crate::run::{Run, TableView};

/// What a picture shows, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureStyle {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// Whether the ground is dark.
    pub dark: bool,
    /// Whether the part of the map in view is drawn; else all of it.
    pub as_seen: bool,
    /// Whether names stand beside the points.
    pub named: bool,
    /// Whether density lines are drawn.
    pub lined: bool,
    /// Whether the legend stands beside the map.
    pub keyed: bool,
}

impl MapView {
    /// The map on show with its colours and what is selected; `lit` rows stand out beside it. `None` before there is a map.
    pub fn picture(
        &self,
        run: &Run,
        table: &TableView<'_>,
        lit: &BTreeSet<u32>,
        style: PictureStyle,
    ) -> Option<MapPicture> {
        let (layout, colouring) = (self.layout.as_ref()?, self.colouring.as_ref()?);
        let view = self.camera.target()?;
        let seen = self.canvas.with_max_x(self.canvas.right() - self.covered());
        let sizes = self.sizes(table.counts);
        let look = Look::new(colouring, sizes, style.dark);
        let growth = if style.as_seen { self.radius_scale() } else { 1.0 };
        let stands_out = |row: u32| self.selection.is_empty() || self.selection.contains(&row) || lit.contains(&row);
        let place = |row: u32| layout.places.get(row);
        let dots = self.order.iter().filter_map(|&row| {
            let dot = look.dot(row, place(row)?, stands_out(row));
            let (nearer, strength) = self.depth_of(row);
            let [r, g, b, a] = dot.colour;
            let colour = [r, g, b, (f32::from(a) * strength) as u8];
            Some(crate::picture::Dot { radius: dot.radius * growth * nearer, colour, ..dot })
        });
        let (low, high) = view.map_rect(self.canvas, seen);
        let named = |row: u32| stands_out(row) && self.is_shown(row) && place(row).is_some();
        let candidates = match (style.named, style.as_seen) {
            (false, _) => Vec::new(),
            (true, true) => self.label_candidates(view, seen, named),
            (true, false) => {
                (0..table.counts.len() as u32).filter(|&row| named(row)).take(labels::LOOK_AT).collect::<Vec<_>>()
            }
        };
        let label = |row: u32| {
            let text = table.name_of(row).to_owned();
            Some(Label { place: place(row)?, radius: sizes.radius(row) * growth * self.depth_of(row).0, text })
        };
        let method = method_name(&layout.request.settings.method);
        let mut subtitle = vec![
            format!("{method}{}", if layout.solid.is_some() { " on three axes" } else { "" }),
            numbers::counted(self.order.len() as u64, "point"),
        ];
        if !self.selection.is_empty() {
            subtitle.push(format!("{} selected", numbers::exact(self.selection.len() as u64)));
        }
        subtitle.push(format!("run {}", run.metadata.name));
        let placed: Vec<PlacedType> = self.placed_types().map(|(_, placed)| placed.clone()).collect();
        subtitle.extend(Some(self.types_in_words()).filter(|words| !words.is_empty()));
        let seen_at = |place: &[f32]| {
            let (place, nearness) = self.seen_place(place)?;
            Some((place, growth * if self.is_solid() { crate::projection::growth(nearness) } else { 1.0 }))
        };
        let marked = marks_of(run, &placed, &self.palettes, style.dark, seen_at).unwrap_or_default();
        let mark_names = marked.labels.into_iter().filter(|_| style.named);
        Some(MapPicture {
            width: style.size[0],
            height: style.size[1],
            dark: style.dark,
            title: format!("Map of {}", numbers::plural(&self.table)),
            subtitle: subtitle.join(", "),
            dots: dots.collect(),
            view: style.as_seen.then_some([low, high]),
            lines: self
                .density_of()
                .filter(|_| style.lined)
                .map(|of| DensityLines { of, selected: !self.selection.is_empty() }),
            marks: marked.marks,
            labels: mark_names.chain(candidates.into_iter().filter_map(label)).collect(),
            mark_key: if style.keyed { marked.key } else { Vec::new() },
            sizes: self.size_key().filter(|_| style.keyed).map(|key| grown(key, growth)),
            key: if style.keyed {
                Key::of(colouring, style.dark, |class| self.hidden.contains(&class))
            } else {
                Key::None
            },
        })
    }

    /// Width and height of what is seen of the map, in points of the screen.
    pub fn seen_size(&self) -> [f32; 2] {
        [self.canvas.width(), self.canvas.height()]
    }
}

/// The meaning of sizes where points are drawn `growth` times as large.
fn grown(mut key: SizeKey, growth: f32) -> SizeKey {
    key.steps.iter_mut().for_each(|(radius, _)| *radius *= growth);
    key
}
