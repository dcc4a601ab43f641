//! How densely the points of a map lie: counted by cell of a regular grid, smoothed.

use std::sync::Arc;

use super::Places;

/// Points whose density is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct DensityOf {
    /// Where the rows of a table lie.
    pub places: Arc<Places>,
    /// The rows that count, rising; `None`: all that are on the map.
    pub rows: Option<Arc<[u32]>>,
}

impl DensityOf {
    /// Where the points lie that count.
    #[must_use]
    pub fn points(&self) -> Vec<[f32; 2]> {
        match &self.rows {
            None => (0..self.places.positions().len() as u32).filter_map(|row| self.places.get(row)).collect(),
            Some(rows) => rows.iter().filter_map(|&row| self.places.get(row)).collect(),
        }
    }

    /// Whether it is of the same points of the same map, without comparing place by place.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.places, &other.places) && self.rows == other.rows
    }
}

/// Points by cell of a regular grid over a map.
#[derive(Debug, Clone, PartialEq)]
pub struct DensityGrid {
    /// The lowest corner.
    pub low: [f32; 2],
    /// The side of a cell in map units.
    pub side: f32,
    /// Cells along the first axis.
    pub wide: usize,
    /// Cells along the second.
    pub tall: usize,
    /// [tall * wide] points by cell, row by row from the lowest.
    pub cells: Vec<f32>,
    /// Cells around those that points lie in.
    margin: usize,
}

impl DensityGrid {
    /// Counts `points` on a grid of `cells` cells along the longer side of all of them and `margin` empty ones around it.
    /// `None` if they have no extent.
    #[must_use]
    pub fn count(points: &[[f32; 2]], cells: usize, margin: usize) -> Option<Self> {
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let span = [0, 1].map(|axis| high[axis] - low[axis]);
        let side = span[0].max(span[1]) / cells as f32;
        if side <= 0.0 || !side.is_finite() {
            return None;
        }
        let [wide, tall] = span.map(|span| ((span / side).ceil() as usize).clamp(1, cells) + 2 * margin);
        let low = low.map(|low| low - margin as f32 * side);
        let mut grid = Self { low, side, wide, tall, cells: vec![0.0; wide * tall], margin };
        for &point in points {
            let cell = grid.cell_of(point);
            grid.cells[cell] += 1.0;
        }
        Some(grid)
    }

    /// The cell that a point lies in.
    #[must_use]
    pub fn cell_of(&self, point: [f32; 2]) -> usize {
        let at = |axis: usize, cells: usize| {
            let inner = cells - 2 * self.margin;
            let from_low = (point[axis] - self.low[axis]) / self.side - self.margin as f32;
            (from_low as usize).min(inner - 1) + self.margin
        };
        at(1, self.tall) * self.wide + at(0, self.wide)
    }

    /// The middle of the cell in column `x` and row `y`.
    #[must_use]
    pub fn middle(&self, x: usize, y: usize) -> [f32; 2] {
        [self.low[0] + (x as f32 + 0.5) * self.side, self.low[1] + (y as f32 + 0.5) * self.side]
    }

    /// Spreads each cell's points `rounds` times to its neighbours by a quarter, a half and a quarter along each axis: as a
    /// normal distribution of a variance of half a cell's side squared a round. What leaves the grid is lost.
    pub fn smooth(&mut self, rounds: usize) {
        let (wide, tall) = (self.wide, self.tall);
        let mut spread = vec![0.0; wide.max(tall)];
        for _ in 0..rounds {
            for y in 0..tall {
                spread_line(&mut self.cells, y * wide, 1, &mut spread[..wide]);
            }
            for x in 0..wide {
                spread_line(&mut self.cells, x, wide, &mut spread[..tall]);
            }
        }
    }

    /// The density at a point, between the middles of the four cells around it.
    #[must_use]
    pub fn at(&self, point: [f32; 2]) -> f32 {
        let from_low = |axis: usize| (point[axis] - self.low[axis]) / self.side - 0.5;
        let (x, y) = (from_low(0), from_low(1));
        let (left, below) = (x.floor(), y.floor());
        let cell = |x: f32, y: f32| {
            let inside = x >= 0.0 && y >= 0.0 && (x as usize) < self.wide && (y as usize) < self.tall;
            if inside { self.cells[y as usize * self.wide + x as usize] } else { 0.0 }
        };
        let along = |y: f32| cell(left, y) + (cell(left + 1.0, y) - cell(left, y)) * (x - left);
        along(below) + (along(below + 1.0) - along(below)) * (y - below)
    }
}

/// Cells of the longer side of a map seen small.
const OVERVIEW_CELLS: usize = 120;

/// The points of `of` as they are seen from afar; `None` if they have no extent.
#[must_use]
pub fn overview(of: &DensityOf) -> Option<DensityGrid> {
    let mut grid = DensityGrid::count(&of.points(), OVERVIEW_CELLS, 4)?;
    grid.smooth(1);
    Some(grid)
}

/// Spreads the cells from `first` on, each `step` after the one before it.
pub(super) fn spread_line(cells: &mut [f32], first: usize, step: usize, spread: &mut [f32]) {
    let count = spread.len();
    let at = |i: usize| cells[first + i * step];
    for (i, slot) in spread.iter_mut().enumerate() {
        let before = if i > 0 { at(i - 1) } else { 0.0 };
        let after = if i + 1 < count { at(i + 1) } else { 0.0 };
        *slot = 0.25 * before + 0.5 * at(i) + 0.25 * after;
    }
    for (i, value) in spread.iter().enumerate() {
        cells[first + i * step] = *value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_spread_evenly_to_all_sides_and_none_is_lost_within_the_margin() {
        let mut grid = DensityGrid::count(&[[0.0, 0.0], [8.0, 8.0], [8.0, 0.0]], 8, 5).unwrap();
        assert_eq!((grid.wide, grid.tall), (18, 18));
        grid.smooth(3);
        let total: f32 = grid.cells.iter().sum();
        assert!((total - 3.0).abs() < 1e-5, "{total}");
        let of = |x: usize, y: usize| grid.cells[y * grid.wide + x];
        assert_eq!((of(4, 5), of(5, 4)), (of(5, 6), of(6, 5)), "the first point lies in cell 5, 5");
    }

    #[test]
    fn between_two_cells_density_is_between_theirs() {
        let grid = DensityGrid::count(&[[0.0, 0.0], [0.1, 0.0], [2.0, 2.0]], 2, 1).unwrap();
        let (full, beside) = (grid.middle(1, 1), grid.middle(2, 1));
        assert_eq!((grid.at(full), grid.at(beside)), (2.0, 0.0));
        let half = [(full[0] + beside[0]) / 2.0, full[1]];
        assert!((grid.at(half) - 1.0).abs() < 1e-6, "{}", grid.at(half));
        assert_eq!(grid.at([99.0, -99.0]), 0.0);
    }
}
