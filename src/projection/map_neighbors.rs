//! Exact nearest neighbours in a map, by halving it again and again (Bentley 1975).

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::ProjectionError;
use crate::progress::Watch;

/// Points that are compared one by one.
const LEAF: usize = 12;

/// Queries that a thread takes at once.
const QUERIES: usize = 256;

/// The `k` nearest points of each point of `layout` [rows, 1 to 3], nearest first: [rows, k], all others where there are
/// fewer. Ties come by row, save that among more than `k` points on one and the same place any `k` are taken (always the
/// same ones).
///
/// # Errors
/// [`ProjectionError::Cancelled`].
///
/// # Panics
/// If the map has no axis or more than 3.
pub fn map_neighbors(layout: ArrayView2<'_, f32>, k: usize, watch: &Watch) -> Result<Vec<u32>, ProjectionError> {
    let rows = layout.nrows();
    let k = k.min(rows.saturating_sub(1));
    assert!((1..=3).contains(&layout.ncols()), "a map has 1 to 3 axes");
    let mut points: Vec<Point> = layout
        .rows()
        .into_iter()
        .zip(0..)
        .map(|(place, row)| Point { place: std::array::from_fn(|axis| *place.get(axis).unwrap_or(&0.0)), row })
        .collect();
    let mut axes = vec![0; rows];
    halve(&mut points, &mut axes);
    let tree = Tree { points: &points, axes: &axes };
    let found: Vec<Vec<(u32, Vec<Found>)>> = points
        .par_chunks(QUERIES)
        .map(|queries| {
            if watch.is_cancelled() {
                return Vec::new();
            }
            let ask = |query: &Point| {
                let mut nearest = Nearest { query: *query, k, found: Vec::with_capacity(k + 1) };
                nearest.search(tree);
                (query.row, nearest.found)
            };
            queries.iter().map(ask).collect()
        })
        .collect();
    if watch.is_cancelled() {
        return Err(ProjectionError::Cancelled);
    }
    let mut result = vec![0; rows * k];
    for (row, found) in found.into_iter().flatten() {
        for (place, found) in result[row as usize * k..].iter_mut().zip(&found) {
            *place = found.row;
        }
    }
    Ok(result)
}

#[derive(Debug, Clone, Copy)]
struct Point {
    place: [f32; 3],
    row: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Found {
    square: f32,
    row: u32,
}

/// Points in the order of the tree: the middle one splits those before it from those after it, along its axis.
#[derive(Clone, Copy)]
struct Tree<'a> {
    points: &'a [Point],
    axes: &'a [u8],
}

fn halve(points: &mut [Point], axes: &mut [u8]) {
    if points.len() <= LEAF {
        return;
    }
    let (axis, middle) = (split_axis(points), points.len() / 2);
    points.select_nth_unstable_by(middle, |a, b| a.place[axis].total_cmp(&b.place[axis]).then(a.row.cmp(&b.row)));
    axes[middle] = axis as u8;
    let (points_before, points_after) = points.split_at_mut(middle);
    let (axes_before, axes_after) = axes.split_at_mut(middle);
    rayon::join(|| halve(points_before, axes_before), || halve(&mut points_after[1..], &mut axes_after[1..]));
}

/// The axis along which the points spread most.
fn split_axis(points: &[Point]) -> usize {
    let mut ends = [[f32::INFINITY, f32::NEG_INFINITY]; 3];
    for point in points {
        for (ends, &x) in ends.iter_mut().zip(&point.place) {
            *ends = [ends[0].min(x), ends[1].max(x)];
        }
    }
    let spread = |axis: usize| ends[axis][1] - ends[axis][0];
    (1..3).fold(0, |best, axis| if spread(axis) > spread(best) { axis } else { best })
}

/// The nearest points found so far, nearest first.
struct Nearest {
    query: Point,
    k: usize,
    found: Vec<Found>,
}

impl Nearest {
    fn search(&mut self, tree: Tree<'_>) {
        let Tree { points, axes } = tree;
        if points.len() <= LEAF {
            points.iter().for_each(|point| self.offer(point));
            return;
        }
        let middle = points.len() / 2;
        let axis = usize::from(axes[middle]);
        let beyond = self.query.place[axis] - points[middle].place[axis];
        let before = Tree { points: &points[..middle], axes: &axes[..middle] };
        let after = Tree { points: &points[middle + 1..], axes: &axes[middle + 1..] };
        let (near, far) = if beyond < 0.0 { (before, after) } else { (after, before) };
        self.search(near);
        self.offer(&points[middle]);
        if self.reaches(beyond * beyond) {
            self.search(far);
        }
    }

    /// Whether a point at that squared distance may be among the nearest. Once there are enough coincident ones, no
    /// other is looked for, or a thousand of them would compare all with all.
    fn reaches(&self, square: f32) -> bool {
        match self.found.last() {
            Some(last) if self.found.len() == self.k => square <= last.square && last.square > 0.0,
            _ => self.k > 0,
        }
    }

    fn offer(&mut self, point: &Point) {
        let [x, y, z] = std::array::from_fn(|axis| self.query.place[axis] - point.place[axis]);
        let offered = Found { square: x * x + y * y + z * z, row: point.row };
        if point.row == self.query.row || !self.reaches(offered.square) {
            return;
        }
        let at = self.found.partition_point(|found| *found < offered);
        if at < self.k {
            self.found.insert(at, offered);
            self.found.truncate(self.k);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::noise;

    fn places(rows: usize, dims: usize, steps: f32) -> Array2<f32> {
        let mut next = noise::uniform(17);
        // Few values make ties.
        Array2::from_shape_simple_fn((rows, dims), || (next() * steps).floor() / steps)
    }

    #[test]
    fn they_are_those_of_comparing_all_with_all_ties_by_row() {
        for (rows, dims, steps) in [(500, 2, 1e6), (700, 3, 1e6), (400, 2, 40.0), (5, 1, 1e6)] {
            let layout = places(rows, dims, steps);
            let k = 7.min(rows - 1);
            let found = map_neighbors(layout.view(), 7, &Watch::unattended()).unwrap();
            for row in 0..rows {
                let square =
                    |other: usize| (0..dims).map(|axis| (layout[[row, axis]] - layout[[other, axis]]).powi(2)).sum();
                let mut all: Vec<(f32, u32)> =
                    (0..rows).filter(|&other| other != row).map(|other| (square(other), other as u32)).collect();
                all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let wanted: Vec<u32> = all[..k].iter().map(|&(_, other)| other).collect();
                assert_eq!(found[row * k..][..k], wanted, "row {row} of {rows} in {dims} dims");
            }
        }
    }

    #[test]
    fn a_hundred_thousand_points_on_one_place_are_soon_done() {
        let found = map_neighbors(Array2::zeros((100_000, 2)).view(), 10, &Watch::unattended()).unwrap();
        for (row, neighbors) in found.chunks(10).enumerate() {
            let mut distinct = neighbors.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            assert!(distinct.len() == 10 && !neighbors.contains(&(row as u32)), "row {row}: {neighbors:?}");
        }
    }

    #[test]
    fn few_points_have_all_others() {
        assert!(map_neighbors(Array2::zeros((0, 2)).view(), 3, &Watch::unattended()).unwrap().is_empty());
        assert!(map_neighbors(Array2::zeros((1, 2)).view(), 3, &Watch::unattended()).unwrap().is_empty());
        assert_eq!(map_neighbors(places(2, 2, 1e6).view(), 3, &Watch::unattended()).unwrap(), [1, 0]);
    }
}
