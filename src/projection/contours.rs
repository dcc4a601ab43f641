//! Lines of equal density over a map: marching squares (Lorensen and Cline 1987, in the plane) on its smoothed density.

use super::{DensityGrid, DensityOf, ProjectionError};
use crate::progress::Watch;

/// The shares of the points that lines go around, the densest ones each time; the outermost line first.
pub const CONTOUR_SHARES: [f32; 5] = [0.9, 0.7, 0.5, 0.3, 0.1];

/// Cells of the longer side of the grid that density is counted on.
const CELLS: usize = 240;
/// Rounds of smoothing of so many points. The spread shrinks with the sixth root of their number (Scott 1992).
const ROUNDS: f32 = 75.0;
const POINTS: f32 = 4000.0;
const ROUNDS_RANGE: (f32, f32) = (30.0, 300.0);

/// A closed line of equal density.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    /// The share of the points that the lines of its level go around.
    pub share: f32,
    /// Its corners in map units, the last followed by the first. What is denser lies to the left.
    pub corners: Vec<[f32; 2]>,
}

/// The lines around the densest [`CONTOUR_SHARES`] of the points of `of`, the outermost first. None where they have no
/// extent.
///
/// # Errors
/// [`ProjectionError::Cancelled`].
pub fn contours(of: &DensityOf, watch: &Watch) -> Result<Vec<Contour>, ProjectionError> {
    let points = of.points();
    let rounds = (ROUNDS * (POINTS / points.len().max(1) as f32).cbrt()).clamp(ROUNDS_RANGE.0, ROUNDS_RANGE.1);
    // Three standard deviations lie on the grid.
    let margin = (3.0 * (rounds / 2.0).sqrt()).ceil() as usize + 1;
    let Some(mut grid) = DensityGrid::count(&points, CELLS, margin) else { return Ok(Vec::new()) };
    for _ in 0..rounds as usize {
        if watch.is_cancelled() {
            return Err(ProjectionError::Cancelled);
        }
        grid.smooth(1);
    }
    let mut densities: Vec<f32> = points.iter().map(|&point| grid.at(point)).collect();
    densities.sort_by(|a, b| b.total_cmp(a));
    let mut lines = Vec::new();
    let mut last = 0.0;
    for share in CONTOUR_SHARES {
        let within = ((share * densities.len() as f32).ceil() as usize).clamp(1, densities.len());
        let level = densities[within - 1];
        if level > last {
            lines.extend(trace(&grid, level).into_iter().map(|corners| Contour { share, corners }));
            last = level;
        }
    }
    Ok(lines)
}

const NO_EDGE: u32 = u32::MAX;

/// The sides of a square between the middles of four cells.
#[derive(Clone, Copy)]
enum Side {
    Bottom,
    Right,
    Top,
    Left,
}

/// Closed lines around what is at least `level`, by the first edge of the grid that they cross. The outermost cells count as
/// empty, so that every line closes.
fn trace(grid: &DensityGrid, level: f32) -> Vec<Vec<[f32; 2]>> {
    let (wide, tall) = (grid.wide, grid.tall);
    let value = |x: usize, y: usize| {
        let at_rim = x == 0 || y == 0 || x + 1 == wide || y + 1 == tall;
        if at_rim { 0.0 } else { grid.cells[y * wide + x] }
    };
    // Twice the cell is the edge to its right, one more the edge upwards. Each is left for one other at most.
    let mut next = vec![NO_EDGE; 2 * wide * tall];
    for y in 0..tall.saturating_sub(1) {
        for x in 0..wide.saturating_sub(1) {
            let corners = [value(x, y), value(x + 1, y), value(x + 1, y + 1), value(x, y + 1)];
            let edge = |side: Side| match side {
                Side::Bottom => 2 * (y * wide + x),
                Side::Right => 2 * (y * wide + x + 1) + 1,
                Side::Top => 2 * ((y + 1) * wide + x),
                Side::Left => 2 * (y * wide + x) + 1,
            };
            for (from, to) in crossings(corners, level).iter().flatten() {
                next[edge(*from)] = edge(*to) as u32;
            }
        }
    }
    let corner = |edge: usize| {
        let (x, y) = (edge / 2 % wide, edge / 2 / wide);
        let (to_x, to_y) = if edge.is_multiple_of(2) { (x + 1, y) } else { (x, y + 1) };
        let (from, to) = (value(x, y), value(to_x, to_y));
        let part = (level - from) / (to - from);
        let (a, b) = (grid.middle(x, y), grid.middle(to_x, to_y));
        [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
    };
    let mut lines = Vec::new();
    for first in 0..next.len() {
        let mut line = Vec::new();
        let mut edge = first;
        while next[edge] != NO_EDGE {
            line.push(corner(edge));
            edge = std::mem::replace(&mut next[edge], NO_EDGE) as usize;
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Where lines come in and go out of a square with these values at its corners, counter-clockwise from the lower left; what
/// is at least `level` lies to their left. Where two opposite corners are, the mean decides whether they are one.
fn crossings(corners: [f32; 4], level: f32) -> [Option<(Side, Side)>; 2] {
    use Side::{Bottom, Left, Right, Top};
    let joined = corners.iter().sum::<f32>() / 4.0 >= level;
    let case = corners.iter().rev().fold(0, |bits, value| (bits << 1) | u8::from(*value >= level));
    let one = |from, to| [Some((from, to)), None];
    let two = |from, to, other_from, other_to| [Some((from, to)), Some((other_from, other_to))];
    match case {
        1 => one(Bottom, Left),
        2 => one(Right, Bottom),
        3 => one(Right, Left),
        4 => one(Top, Right),
        5 if joined => two(Bottom, Right, Top, Left),
        5 => two(Bottom, Left, Top, Right),
        6 => one(Top, Bottom),
        7 => one(Top, Left),
        8 => one(Left, Top),
        9 => one(Bottom, Top),
        10 if joined => two(Left, Bottom, Right, Top),
        10 => two(Right, Bottom, Left, Top),
        11 => one(Right, Top),
        12 => one(Left, Right),
        13 => one(Bottom, Right),
        14 => one(Left, Bottom),
        _ => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Places;
    use super::*;
    use crate::projection::fixed_numbers::numbers;

    /// Whether the lines go around `at`, by brute force over all of their edges (the even-odd rule).
    fn go_around<'a>(lines: impl IntoIterator<Item = &'a Vec<[f32; 2]>>, at: [f32; 2]) -> bool {
        let crossed = |line: &Vec<[f32; 2]>| {
            let ends = line.iter().zip(line.iter().cycle().skip(1));
            let is_crossed = |(a, b): &(&[f32; 2], &[f32; 2])| {
                (a[1] > at[1]) != (b[1] > at[1]) && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0]
            };
            ends.filter(is_crossed).count()
        };
        lines.into_iter().map(crossed).sum::<usize>() % 2 == 1
    }

    fn area(line: &[[f32; 2]]) -> f32 {
        line.iter().zip(line.iter().cycle().skip(1)).map(|(a, b)| (a[0] * b[1] - b[0] * a[1]) / 2.0).sum()
    }

    #[test]
    fn lines_go_around_the_cells_that_are_dense_enough_and_around_no_others() {
        let mut next = numbers(7);
        // Noise has every kind of square, saddles of both kinds among them.
        let mut grid = DensityGrid::count(&[[0.0, 0.0], [20.0, 14.0]], 20, 2).unwrap();
        grid.cells.iter_mut().for_each(|cell| *cell = next());
        for level in [0.21, 0.5, 0.83] {
            let lines = trace(&grid, level);
            assert!(lines.iter().all(|line| line.len() >= 3), "{level}");
            for y in 1..grid.tall - 1 {
                for x in 1..grid.wide - 1 {
                    let dense = grid.cells[y * grid.wide + x] >= level;
                    assert_eq!(go_around(&lines, grid.middle(x, y)), dense, "cell {x}, {y} at {level}");
                }
            }
        }
    }

    #[test]
    fn a_hill_is_on_the_left_of_its_line_and_a_hollow_on_the_right() {
        let mut grid = DensityGrid::count(&[[0.0, 0.0], [9.0, 9.0]], 9, 1).unwrap();
        for y in 1..grid.tall - 1 {
            for x in 1..grid.wide - 1 {
                let hollow = (x, y) == (5, 5);
                grid.cells[y * grid.wide + x] = if hollow { 0.0 } else { 1.0 };
            }
        }
        let areas: Vec<f32> = trace(&grid, 0.5).iter().map(|line| area(line)).collect();
        assert_eq!(areas.len(), 2, "{areas:?}");
        assert!(areas[0] > 60.0 && areas[1] < 0.0 && areas[1] > -2.0, "{areas:?}");
    }

    #[test]
    fn each_line_goes_around_its_share_of_the_points() {
        let mut next = numbers(3);
        let mut normal = || (0..12).map(|_| next()).sum::<f32>() - 6.0;
        let positions: Vec<[f32; 2]> =
            (0..3000).map(|i| [normal() + if i % 3 == 0 { 8.0 } else { 0.0 }, normal()]).collect();
        let of = DensityOf { places: Arc::new(Places::new(positions.clone())), rows: None };
        let lines = contours(&of, &Watch::unattended()).unwrap();
        for share in CONTOUR_SHARES {
            let own: Vec<_> = lines.iter().filter(|line| line.share == share).map(|line| &line.corners).collect();
            let inside = positions.iter().filter(|&&at| go_around(own.iter().copied(), at)).count();
            let found = inside as f32 / positions.len() as f32;
            assert!((found - share).abs() < 0.01, "{} lines around {share} hold {found}", own.len());
        }
    }

    #[test]
    fn a_selection_has_lines_of_its_own_and_points_without_extent_have_none() {
        let mut next = numbers(5);
        let positions: Vec<[f32; 2]> = (0..600).map(|i| [next() + if i < 300 { 0.0 } else { 5.0 }, next()]).collect();
        let places = Arc::new(Places::new(positions));
        let of = |rows: Option<Vec<u32>>| DensityOf { places: Arc::clone(&places), rows: rows.map(Into::into) };
        let lines = |rows| contours(&of(rows), &Watch::unattended()).unwrap();
        let left = lines(Some((0..300).collect()));
        assert!(!left.is_empty() && left.iter().flat_map(|line| &line.corners).all(|corner| corner[0] < 2.0));
        assert!(lines(None).iter().any(|line| line.corners.iter().any(|corner| corner[0] > 4.0)));
        assert_eq!((lines(Some(vec![4])), lines(Some(Vec::new()))), (Vec::new(), Vec::new()));
    }
}
