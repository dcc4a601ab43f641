//! Dense regions of a map: hills of its smoothed density, each with the points that lie on it.

use super::regions_in_space::regions_in_space;
use super::{DensityGrid, Places};

/// Cells of the longer side of the grid that density is counted on.
const CELLS: usize = 48;
/// Rounds of smoothing.
const ROUNDS: usize = 3;

/// A hill of the density.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// Where it is: the middle of its highest cell; on three axes the mean of its points.
    pub place: Vec<f32>,
    /// The rows on it, rising.
    pub rows: Vec<u32>,
}

/// The hills of the map with at least `least` points, largest first. Every point belongs to the hill that is climbed by
/// going from cell to the densest cell beside it.
#[must_use]
pub fn regions(places: &Places, least: usize) -> Vec<Region> {
    if !places.heights().is_empty() {
        return regions_in_space(places, least);
    }
    let rows = 0..places.positions().len() as u32;
    let placed: Vec<(u32, [f32; 2])> = rows.filter_map(|row| Some((row, places.get(row)?))).collect();
    let points: Vec<[f32; 2]> = placed.iter().map(|&(_, place)| place).collect();
    let Some(mut grid) = DensityGrid::count(&points, CELLS, 0) else { return Vec::new() };
    grid.smooth(ROUNDS);
    let (wide, tall) = (grid.wide, grid.tall);
    let summits: Vec<usize> = (0..grid.cells.len()).map(|cell| summit(&grid.cells, wide, tall, cell)).collect();
    let mut on: Vec<Vec<u32>> = vec![Vec::new(); grid.cells.len()];
    for (row, place) in placed {
        on[summits[grid.cell_of(place)]].push(row);
    }
    let at_summit =
        |(cell, rows): (usize, Vec<u32>)| Region { place: grid.middle(cell % wide, cell / wide).to_vec(), rows };
    largest_first(on.into_iter().enumerate().map(at_summit), least)
}

/// Those of `regions` with at least `least` rows, and at least one, largest first.
pub(super) fn largest_first(regions: impl Iterator<Item = Region>, least: usize) -> Vec<Region> {
    let mut large: Vec<Region> = regions.filter(|region| region.rows.len() >= least.max(1)).collect();
    large.sort_by_key(|region| std::cmp::Reverse(region.rows.len()));
    large
}

/// Where one comes to by going up from `cell`. Of equally dense cells the later one is higher, so that every way ends.
fn summit(density: &[f32], wide: usize, tall: usize, mut cell: usize) -> usize {
    let is_higher = |a: usize, b: usize| (density[a], a) > (density[b], b);
    loop {
        let (x, y) = (cell % wide, cell / wide);
        let beside = (y.saturating_sub(1)..=(y + 1).min(tall - 1))
            .flat_map(|y| (x.saturating_sub(1)..=(x + 1).min(wide - 1)).map(move |x| y * wide + x));
        let best = beside.fold(cell, |best, other| if is_higher(other, best) { other } else { best });
        if best == cell {
            return cell;
        }
        cell = best;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clouds_are_two_regions_and_stragglers_are_none() {
        let cloud = |centre: [f32; 2], count: usize| {
            (0..count).map(move |i| {
                let (angle, reach) = (i as f32 * 2.4, (i as f32 / count as f32).sqrt());
                [centre[0] + reach * angle.cos(), centre[1] + reach * angle.sin()]
            })
        };
        let far = [[f32::NAN, 0.0], [9.0, 9.0]];
        let positions: Vec<[f32; 2]> = cloud([0.0, 0.0], 300).chain(cloud([10.0, 0.0], 200)).chain(far).collect();
        let found = regions(&Places::new(positions), 50);
        assert_eq!(
            found.len(),
            2,
            "{:?}",
            found.iter().map(|region| (&region.place, region.rows.len())).collect::<Vec<_>>()
        );
        assert_eq!(found[0].rows, (0..300).collect::<Vec<u32>>());
        assert_eq!(found[1].rows, (300..500).collect::<Vec<u32>>());
        assert!(found[1].place[0] > 9.0 && found[1].place[0] < 11.0, "{:?}", found[1].place);
    }

    #[test]
    fn maps_without_extent_have_no_regions() {
        for positions in [Vec::new(), vec![[1.0, 1.0]; 40], vec![[f32::NAN; 2]; 3]] {
            assert!(regions(&Places::new(positions), 1).is_empty());
        }
        let line: Vec<[f32; 2]> = (0..100).map(|i| [i as f32, 0.0]).collect();
        assert_eq!(regions(&Places::new(line), 1).iter().map(|region| region.rows.len()).sum::<usize>(), 100);
    }
}
