//! What the map shows, for whoever drives the window.

use super::App;
use crate::projection::Orbit;

impl App {
    /// How many lines of equal density are on the map.
    #[must_use]
    pub fn contour_count(&self) -> usize {
        self.state.map.contour_count()
    }

    /// Whether the overview of the map is seen.
    #[must_use]
    pub fn overview_is_seen(&self) -> bool {
        self.state.map.overview_is_seen()
    }

    /// Red, green, blue and opacity of each line of the legend, on light ground.
    #[must_use]
    pub fn legend_colours(&self) -> Vec<[u8; 4]> {
        self.state.map.legend_colours()
    }

    /// The radius of row `row` of the table on show, in points of the screen.
    #[must_use]
    pub fn point_radius(&self, row: u32) -> Option<f32> {
        let table = self.state.run.as_ref()?.run.table(&self.state.map.table).ok()?;
        Some(self.state.map.radius_on_screen(&table, row))
    }

    /// From which side the map is seen; `None` if it is flat.
    #[must_use]
    pub fn map_side(&self) -> Option<Orbit> {
        self.state.map.is_solid().then(|| self.state.map.orbit.target())
    }

    /// The marks of IDs of other types in view: type, ID and where they lie on screen.
    #[must_use]
    pub fn marks(&self) -> Vec<(String, String, eframe::egui::Pos2)> {
        let Some(run) = self.state.run.as_ref().map(|shown| &shown.run) else { return Vec::new() };
        let mark = |mark: &super::map::SeenMark| {
            let subject = self.state.map.subject_of(*mark)?;
            let id = run.table(&subject.table).ok()?.vocabulary.id(subject.row).to_owned();
            Some((subject.table, id, mark.at))
        };
        self.state.map.marks().iter().filter_map(mark).collect()
    }

    /// The row that is hovered.
    #[must_use]
    pub fn hovered_row(&self) -> Option<u32> {
        self.state.map.hovered_row()
    }
}
