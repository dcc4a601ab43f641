//! Where the rows of a table lie in the plane, for looking up: which one is at a place, which lie in a rectangle or
//! inside a line drawn around them.

use ndarray::ArrayView2;

/// Points a cell on average.
const PER_CELL: usize = 4;
/// Most cells a side.
const MOST_CELLS: usize = 1024;

/// Positions by row, with the rows by cell of a regular grid over them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    positions: Vec<[f32; 2]>,
    /// `[rows]` the third coordinate, of maps of three axes; else empty.
    heights: Vec<f32>,
    low: [f32; 2],
    high: [f32; 2],
    cells: [usize; 2],
    /// [cells + 1] where each cell's rows start.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Places {
    /// `positions` `[rows]`. Those that are not finite are nowhere: no look-up finds them.
    #[must_use]
    pub fn new(positions: Vec<[f32; 2]>) -> Self {
        let (low, high) = bounds(&positions);
        let side = ((positions.len() / PER_CELL) as f32).sqrt().ceil() as usize;
        let cells = [side.clamp(1, MOST_CELLS); 2];
        let mut places = Self {
            positions,
            heights: Vec::new(),
            low,
            high,
            cells,
            starts: vec![0; cells[0] * cells[1] + 1],
            rows: Vec::new(),
        };
        let cell_of_row: Vec<Option<usize>> =
            places.positions.iter().map(|position| is_finite(position).then(|| places.cell(*position))).collect();
        for cell in cell_of_row.iter().flatten() {
            places.starts[cell + 1] += 1;
        }
        for cell in 1..places.starts.len() {
            places.starts[cell] += places.starts[cell - 1];
        }
        let mut next = places.starts.clone();
        places.rows = vec![0; next.last().map_or(0, |&last| last as usize)];
        for (row, cell) in (0..).zip(cell_of_row) {
            if let Some(cell) = cell {
                places.rows[next[cell] as usize] = row;
                next[cell] += 1;
            }
        }
        places
    }

    /// The first two axes of `coordinates` [mapped, dims] as the places of a table of `count` rows, and the third, where
    /// there is one, as their heights. `rows` `[mapped]` are the table's rows that are on the map, `None` all of them; the
    /// others are nowhere.
    #[must_use]
    pub fn of_map(coordinates: ArrayView2<'_, f32>, rows: Option<&[u32]>, count: usize) -> Self {
        let at = |index: usize, axis: usize| coordinates.get([index, axis]).copied().unwrap_or(0.0);
        let place = |index: usize| [at(index, 0), at(index, 1)];
        let by_row = by_row(coordinates.nrows(), rows, count);
        let mut places = Self::new(by_row.iter().map(|index| index.map_or([f32::NAN; 2], place)).collect());
        if coordinates.ncols() > 2 {
            places.heights = by_row.iter().map(|index| index.map_or(f32::NAN, |index| at(index, 2))).collect();
        }
        places
    }

    /// `[rows]` third coordinates of a map of three axes, those of rows that are nowhere not finite; empty for a flat map.
    #[must_use]
    pub fn heights(&self) -> &[f32] {
        &self.heights
    }

    /// `[rows]` positions, those of rows that are nowhere not finite.
    #[must_use]
    pub fn positions(&self) -> &[[f32; 2]] {
        &self.positions
    }

    /// Where row `row` is, if it is anywhere.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<[f32; 2]> {
        self.positions.get(row as usize).copied().filter(is_finite)
    }

    /// How many rows are somewhere.
    #[must_use]
    pub fn placed(&self) -> usize {
        self.rows.len()
    }

    /// Lowest and highest corner of the points.
    #[must_use]
    pub fn bounds(&self) -> ([f32; 2], [f32; 2]) {
        (self.low, self.high)
    }

    /// The row nearest to `at` within `radius` among those that `shown` accepts; the lower row where two are as near.
    pub fn nearest(&self, at: [f32; 2], radius: f32, shown: impl Fn(u32) -> bool) -> Option<u32> {
        let mut best: Option<(f32, u32)> = None;
        self.visit([at[0] - radius, at[1] - radius], [at[0] + radius, at[1] + radius], |row| {
            let position = self.positions[row as usize];
            let distance = (position[0] - at[0]).powi(2) + (position[1] - at[1]).powi(2);
            if distance <= radius * radius
                && shown(row)
                && best.is_none_or(|(least, lowest)| distance < least || (distance == least && row < lowest))
            {
                best = Some((distance, row));
            }
        });
        best.map(|(_, row)| row)
    }

    /// The rows within `low`..=`high` that `shown` accepts, in order.
    pub fn within(&self, low: [f32; 2], high: [f32; 2], shown: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        self.visit(low, high, |row| {
            let p = self.positions[row as usize];
            if (0..2).all(|i| low[i] <= p[i] && p[i] <= high[i]) && shown(row) {
                found.push(row);
            }
        });
        found.sort_unstable();
        found
    }

    /// The rows inside the closed `outline` that `shown` accepts, in order. Where the outline crosses itself, what it
    /// goes around twice is outside (the even-odd rule).
    pub fn inside(&self, outline: &[[f32; 2]], shown: impl Fn(u32) -> bool) -> Vec<u32> {
        if outline.len() < 3 {
            return Vec::new();
        }
        let (low, high) = bounds(outline);
        let mut found = self.within(low, high, shown);
        found.retain(|&row| is_inside(self.positions[row as usize], outline));
        found
    }

    /// About how many rows lie within `low`..=`high`: those of all cells that touch it. Takes a step a row of cells.
    #[must_use]
    pub fn count_near(&self, low: [f32; 2], high: [f32; 2]) -> usize {
        if self.rows.is_empty() || (0..2).any(|i| high[i] < self.low[i] || low[i] > self.high[i]) {
            return 0;
        }
        let (first, last) = (self.column(low), self.column(high));
        let in_line = |y: usize| {
            let line = y * self.cells[0];
            self.starts[line + last[0] + 1] - self.starts[line + first[0]]
        };
        (first[1]..=last[1]).map(|y| in_line(y) as usize).sum()
    }

    /// Calls `visitor` with every row of every cell that touches `low`..=`high`.
    fn visit(&self, low: [f32; 2], high: [f32; 2], mut visitor: impl FnMut(u32)) {
        if self.rows.is_empty() || (0..2).any(|i| high[i] < self.low[i] || low[i] > self.high[i]) {
            return;
        }
        let (first, last) = (self.column(low), self.column(high));
        for y in first[1]..=last[1] {
            for x in first[0]..=last[0] {
                let cell = y * self.cells[0] + x;
                for &row in &self.rows[self.starts[cell] as usize..self.starts[cell + 1] as usize] {
                    visitor(row);
                }
            }
        }
    }

    fn column(&self, position: [f32; 2]) -> [usize; 2] {
        [0, 1].map(|i| {
            let span = (self.high[i] - self.low[i]).max(f32::MIN_POSITIVE);
            // A cast saturates: what lies outside is in the outermost cell.
            (((position[i] - self.low[i]) / span * self.cells[i] as f32) as usize).min(self.cells[i] - 1)
        })
    }

    fn cell(&self, position: [f32; 2]) -> usize {
        let [x, y] = self.column(position);
        y * self.cells[0] + x
    }
}

/// For each row of a table of `count`: its place among `mapped` points. `rows` `[mapped]` are the table's rows that are
/// mapped, `None` all of them.
fn by_row(mapped: usize, rows: Option<&[u32]>, count: usize) -> Vec<Option<usize>> {
    let Some(rows) = rows else { return (0..mapped).map(Some).collect() };
    let mut by_row = vec![None; count];
    for (index, &row) in rows.iter().enumerate().take(mapped) {
        if let Some(slot) = by_row.get_mut(row as usize) {
            *slot = Some(index);
        }
    }
    by_row
}

/// Lowest and highest corner of the finite positions.
fn bounds(positions: &[[f32; 2]]) -> ([f32; 2], [f32; 2]) {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for position in positions.iter().filter(|position| is_finite(position)) {
        for i in 0..2 {
            low[i] = low[i].min(position[i]);
            high[i] = high[i].max(position[i]);
        }
    }
    if low[0] > high[0] { ([-1.0; 2], [1.0; 2]) } else { (low, high) }
}

fn is_finite(position: &[f32; 2]) -> bool {
    position[0].is_finite() && position[1].is_finite()
}

/// Whether a ray to the right of `at` crosses `outline` an odd number of times.
fn is_inside(at: [f32; 2], outline: &[[f32; 2]]) -> bool {
    let ends = outline.iter().zip(outline.iter().cycle().skip(1));
    let crossings = ends.filter(|(a, b)| {
        (a[1] > at[1]) != (b[1] > at[1]) && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0]
    });
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::fixed_numbers::numbers;

    /// Positions from a fixed sequence, clustered, with duplicates.
    fn positions(count: usize) -> Vec<[f32; 2]> {
        let mut next = numbers(0x9e37_79b9);
        let mut positions: Vec<_> =
            (0..count).map(|i| [next() * next() * 3.0 - 1.0 + (i % 3) as f32, next() - 0.5]).collect();
        for i in 0..count / 20 {
            positions[i * 7 % count] = positions[i];
        }
        positions
    }

    #[test]
    fn the_nearest_point_is_the_one_that_brute_force_finds() {
        for count in [1, 2, 50, 3_000] {
            let positions = positions(count);
            let places = Places::new(positions.clone());
            let shown = |row: u32| row % 5 != 3;
            for step in 0..200 {
                let at = [step as f32 * 0.03 - 1.5, (step % 13) as f32 * 0.1 - 0.6];
                for radius in [0.001, 0.05, 0.7] {
                    let expected = positions
                        .iter()
                        .enumerate()
                        .map(|(row, p)| ((p[0] - at[0]).powi(2) + (p[1] - at[1]).powi(2), row as u32))
                        .filter(|&(distance, row)| distance <= radius * radius && shown(row))
                        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
                        .map(|(_, row)| row);
                    assert_eq!(places.nearest(at, radius, shown), expected, "{count} points, {at:?} within {radius}");
                }
            }
        }
    }

    #[test]
    fn a_rectangle_holds_the_points_that_brute_force_finds() {
        let positions = positions(2_000);
        let places = Places::new(positions.clone());
        let shown = |row: u32| row % 7 != 1;
        for step in 0..100 {
            let low = [step as f32 * 0.05 - 2.0, (step % 9) as f32 * 0.1 - 0.7];
            let high = [low[0] + 0.01 * step as f32, low[1] + 0.4];
            let expected: Vec<u32> = (0..positions.len() as u32)
                .filter(|&row| {
                    let p = positions[row as usize];
                    (0..2).all(|i| low[i] <= p[i] && p[i] <= high[i]) && shown(row)
                })
                .collect();
            assert_eq!(places.within(low, high, shown), expected, "{low:?}..{high:?}");
            let all = places.within(low, high, |_| true).len();
            assert!(places.count_near(low, high) >= all, "{low:?}..{high:?} has {all} points and more");
        }
    }

    #[test]
    fn no_points_and_points_that_are_not_numbers_are_harmless() {
        let places = Places::new(Vec::new());
        assert_eq!(places.nearest([0.0, 0.0], 9.0, |_| true), None);
        let places = Places::new(vec![[f32::NAN, 0.0], [0.0, 0.0]]);
        assert_eq!(places.nearest([0.1, 0.0], 9.0, |_| true), Some(1));
        assert_eq!(places.bounds(), ([0.0, 0.0], [0.0, 0.0]));
    }

    #[test]
    fn a_line_holds_the_points_whose_angles_to_it_add_up_to_a_turn() {
        let positions = positions(1_500);
        let places = Places::new(positions.clone());
        // A spiral star, concave and off the middle.
        let outline: Vec<[f32; 2]> = (0..23)
            .map(|i| {
                let (angle, radius) = (i as f32 / 23.0 * std::f32::consts::TAU, if i % 2 == 0 { 0.9 } else { 0.35 });
                [radius * angle.cos() + 0.4, 0.5 * radius * angle.sin() + 0.05]
            })
            .collect();
        let turns = |p: [f32; 2]| -> f64 {
            let angle = |q: [f32; 2]| f64::from(q[1] - p[1]).atan2(f64::from(q[0] - p[0]));
            let step = |i: usize| {
                let change = angle(outline[(i + 1) % outline.len()]) - angle(outline[i]);
                change - (change / std::f64::consts::TAU).round() * std::f64::consts::TAU
            };
            (0..outline.len()).map(step).sum::<f64>() / std::f64::consts::TAU
        };
        let expected: Vec<u32> = (0..positions.len() as u32)
            .filter(|&row| turns(positions[row as usize]).abs() > 0.5 && row % 3 != 0)
            .collect();
        assert!(expected.len() > 50 && expected.len() < 900, "{}", expected.len());
        assert_eq!(places.inside(&outline, |row| row % 3 != 0), expected);
        assert_eq!(places.inside(&outline[..2], |_| true), [0_u32; 0]);
    }

    #[test]
    fn rows_that_are_not_on_the_map_are_nowhere() {
        let coordinates = ndarray::array![[1.0, 2.0, 9.0], [3.0, 4.0, 9.0]];
        let places = Places::of_map(coordinates.view(), Some(&[4, 1]), 6);
        assert_eq!((places.positions().len(), places.placed()), (6, 2));
        assert_eq!((places.get(4), places.get(1), places.get(0)), (Some([1.0, 2.0]), Some([3.0, 4.0]), None));
        assert_eq!(places.within([-9.0; 2], [9.0; 2], |_| true), [1, 4]);
        assert_eq!(Places::of_map(coordinates.view(), None, 2).get(1), Some([3.0, 4.0]));
    }
}
