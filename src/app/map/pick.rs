//! Which point is at a place, and which lie in a rectangle: a grid of cells over the map.

/// Points a cell on average.
const PER_CELL: usize = 4;
/// Most cells a side.
const MOST_CELLS: usize = 1024;

/// Rows by cell of a regular grid.
#[derive(Debug, Clone, Default)]
pub struct Grid {
    low: [f32; 2],
    high: [f32; 2],
    cells: [usize; 2],
    /// [cells + 1] where each cell's rows start.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Grid {
    /// A grid over `positions` [rows]. Positions that are not finite are in no cell.
    pub fn new(positions: &[[f32; 2]]) -> Self {
        let (low, high) = bounds(positions);
        let side = ((positions.len() / PER_CELL) as f32).sqrt().ceil() as usize;
        let cells = [side.clamp(1, MOST_CELLS); 2];
        let mut grid = Self { low, high, cells, starts: vec![0; cells[0] * cells[1] + 1], rows: Vec::new() };
        let finite = |position: &[f32; 2]| position[0].is_finite() && position[1].is_finite();
        for position in positions.iter().filter(|position| finite(position)) {
            let cell = grid.cell(*position);
            grid.starts[cell + 1] += 1;
        }
        for cell in 1..grid.starts.len() {
            grid.starts[cell] += grid.starts[cell - 1];
        }
        let mut next = grid.starts.clone();
        grid.rows = vec![0; next.last().map_or(0, |&last| last as usize)];
        for (row, position) in positions.iter().enumerate().filter(|(_, position)| finite(position)) {
            let cell = grid.cell(*position);
            grid.rows[next[cell] as usize] = row as u32;
            next[cell] += 1;
        }
        grid
    }

    /// Lowest and highest corner of the points.
    pub fn bounds(&self) -> ([f32; 2], [f32; 2]) {
        (self.low, self.high)
    }

    /// The row nearest to `at` within `radius` among those that `shown` accepts; the lower row where two are as near.
    pub fn nearest(
        &self,
        positions: &[[f32; 2]],
        at: [f32; 2],
        radius: f32,
        shown: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let mut best: Option<(f32, u32)> = None;
        self.visit([at[0] - radius, at[1] - radius], [at[0] + radius, at[1] + radius], |row| {
            let position = positions[row as usize];
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
    pub fn within(
        &self,
        positions: &[[f32; 2]],
        low: [f32; 2],
        high: [f32; 2],
        shown: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let mut found = Vec::new();
        self.visit(low, high, |row| {
            let position = positions[row as usize];
            if (0..2).all(|i| low[i] <= position[i] && position[i] <= high[i]) && shown(row) {
                found.push(row);
            }
        });
        found.sort_unstable();
        found
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

/// Lowest and highest corner of the finite positions.
fn bounds(positions: &[[f32; 2]]) -> ([f32; 2], [f32; 2]) {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    for position in positions.iter().filter(|position| position[0].is_finite() && position[1].is_finite()) {
        for i in 0..2 {
            low[i] = low[i].min(position[i]);
            high[i] = high[i].max(position[i]);
        }
    }
    if low[0] > high[0] { ([-1.0; 2], [1.0; 2]) } else { (low, high) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Positions from a fixed sequence, clustered, with duplicates.
    fn positions(count: usize) -> Vec<[f32; 2]> {
        let mut state = 0x9e37_79b9_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
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
            let grid = Grid::new(&positions);
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
                    assert_eq!(
                        grid.nearest(&positions, at, radius, shown),
                        expected,
                        "{count} points, {at:?} within {radius}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_rectangle_holds_the_points_that_brute_force_finds() {
        let positions = positions(2_000);
        let grid = Grid::new(&positions);
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
            assert_eq!(grid.within(&positions, low, high, shown), expected, "{low:?}..{high:?}");
        }
    }

    #[test]
    fn no_points_and_points_that_are_not_numbers_are_harmless() {
        let grid = Grid::new(&[]);
        assert_eq!(grid.nearest(&[], [0.0, 0.0], 9.0, |_| true), None);
        let positions = [[f32::NAN, 0.0], [0.0, 0.0]];
        let grid = Grid::new(&positions);
        assert_eq!(grid.nearest(&positions, [0.1, 0.0], 9.0, |_| true), Some(1));
        assert_eq!(grid.bounds(), ([0.0, 0.0], [0.0, 0.0]));
    }
}
