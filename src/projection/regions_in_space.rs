//! Dense regions of a map of three axes.

use super::density::spread_line;
use super::regions::largest_first;
use super::{Places, Region};

/// Cells of the longest side of the grid that density is counted on.
const CELLS: usize = 28;
/// Rounds of smoothing.
const ROUNDS: usize = 3;

/// Points by cell of a regular grid in space.
struct Grid {
    low: [f32; 3],
    side: f32,
    sides: [usize; 3],
    cells: Vec<f32>,
}

impl Grid {
    /// Counts `points`; `None` if they have no extent.
    fn count(points: &[(u32, [f32; 3])]) -> Option<Self> {
        let (mut low, mut high) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
        for (_, point) in points {
            for axis in 0..3 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let span = [0, 1, 2].map(|axis| high[axis] - low[axis]);
        let side = span.into_iter().fold(0.0, f32::max) / CELLS as f32;
        if side <= 0.0 || !side.is_finite() {
            return None;
        }
        let sides = span.map(|span| ((span / side).ceil() as usize).clamp(1, CELLS));
        let mut grid = Self { low, side, sides, cells: vec![0.0; sides.iter().product()] };
        for &(_, point) in points {
            let cell = grid.cell_of(point);
            grid.cells[cell] += 1.0;
        }
        Some(grid)
    }

    fn index(&self, [x, y, z]: [usize; 3]) -> usize {
        (z * self.sides[1] + y) * self.sides[0] + x
    }

    fn cell_of(&self, point: [f32; 3]) -> usize {
        let at = |axis: usize| (((point[axis] - self.low[axis]) / self.side) as usize).min(self.sides[axis] - 1);
        self.index([at(0), at(1), at(2)])
    }

    /// Spreads points as [`super::DensityGrid::smooth`] does, along three axes.
    fn smooth(&mut self) {
        let [wide, tall, deep] = self.sides;
        let mut spread = vec![0.0; wide.max(tall).max(deep)];
        for _ in 0..ROUNDS {
            for z in 0..deep {
                for y in 0..tall {
                    spread_line(&mut self.cells, (z * tall + y) * wide, 1, &mut spread[..wide]);
                }
                for x in 0..wide {
                    spread_line(&mut self.cells, z * tall * wide + x, wide, &mut spread[..tall]);
                }
            }
            for on_face in 0..wide * tall {
                spread_line(&mut self.cells, on_face, wide * tall, &mut spread[..deep]);
            }
        }
    }

    /// Where one comes to by going up from `cell`. Of equally dense cells the later one is higher, so that every way ends.
    fn summit(&self, mut cell: usize) -> usize {
        let [wide, tall, deep] = self.sides;
        let is_higher = |a: usize, b: usize| (self.cells[a], a) > (self.cells[b], b);
        let beside = |at: usize, sides: usize| at.saturating_sub(1)..=(at + 1).min(sides - 1);
        loop {
            let (x, y, z) = (cell % wide, cell / wide % tall, cell / (wide * tall));
            let mut best = cell;
            for z in beside(z, deep) {
                for y in beside(y, tall) {
                    for other in beside(x, wide).map(|x| self.index([x, y, z])) {
                        best = if is_higher(other, best) { other } else { best };
                    }
                }
            }
            if best == cell {
                return cell;
            }
            cell = best;
        }
    }
}

/// The hills of a map of three axes with at least `least` points, largest first, each at the mean of its points.
pub(super) fn regions_in_space(places: &Places, least: usize) -> Vec<Region> {
    let heights = places.heights();
    let place = |row: u32| {
        let ([x, y], &z) = (places.get(row)?, heights.get(row as usize)?);
        z.is_finite().then_some((row, [x, y, z]))
    };
    let placed: Vec<(u32, [f32; 3])> = (0..heights.len() as u32).filter_map(place).collect();
    let Some(mut grid) = Grid::count(&placed) else { return Vec::new() };
    grid.smooth();
    let summits: Vec<usize> = (0..grid.cells.len()).map(|cell| grid.summit(cell)).collect();
    let mut on: Vec<(Vec<u32>, [f64; 3])> = vec![(Vec::new(), [0.0; 3]); grid.cells.len()];
    for &(row, point) in &placed {
        let (rows, sum) = &mut on[summits[grid.cell_of(point)]];
        rows.push(row);
        for axis in 0..3 {
            sum[axis] += f64::from(point[axis]);
        }
    }
    let at_mean = |(rows, sum): (Vec<u32>, [f64; 3])| Region {
        place: sum.map(|sum| (sum / rows.len() as f64) as f32).to_vec(),
        rows,
    };
    largest_first(on.into_iter().map(at_mean), least)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::projection::fixed_numbers::numbers;

    #[test]
    fn clouds_that_hide_each_other_from_the_front_are_two_regions() {
        let cloud = |row: usize| if row < 300 { 0.0 } else { 10.0 };
        let mut number = numbers(7);
        let map = Array2::from_shape_fn((500, 3), |(row, axis)| {
            // Dense in the middle: the mean of six numbers from -1 to 1.
            let spread = (0..6).map(|_| 2.0 * number() - 1.0).sum::<f32>() / 6.0;
            if axis == 2 { cloud(row) + spread } else { spread }
        });
        let found = regions_in_space(&Places::of_map(map.view(), None, 500), 50);
        assert_eq!(found.iter().map(|region| region.rows.len()).collect::<Vec<_>>(), [300, 200]);
        assert_eq!(found[0].rows, (0..300).collect::<Vec<u32>>());
        let mean = map.slice(ndarray::s![300.., 2]).mean().unwrap();
        assert!((found[1].place[2] - mean).abs() < 1e-3, "{:?}", found[1].place);
    }

    #[test]
    fn maps_without_extent_have_no_regions() {
        for map in [Array2::zeros((0, 3)), Array2::from_elem((40, 3), 1.0), Array2::from_elem((3, 3), f32::NAN)] {
            assert!(regions_in_space(&Places::of_map(map.view(), None, map.nrows()), 1).is_empty());
        }
    }
}
