//! Barnes-Hut: far groups of points act as one (van der Maaten 2014).

use rayon::prelude::*;

use super::Sums;
use crate::progress::Watch;

/// Points of a leaf.
const LEAF: usize = 8;

/// Points whose forces a thread sums at once.
const ROWS: usize = 64;

/// Space halved along each axis again and again, in the order of a walk: a cell, then its parts.
struct Tree<const D: usize> {
    cells: Vec<Cell<D>>,
    /// Places in the order of the leaves.
    places: Vec<[f32; D]>,
}

struct Cell<const D: usize> {
    centre: [f32; D],
    weight: f32,
    /// Square of its side.
    square: f32,
    /// The cell after all its parts.
    after: u32,
    /// A leaf's points; empty in others.
    first: u32,
    last: u32,
}

/// Halvings along an axis that a code of 64 bits tells.
const fn levels(dims: usize) -> u32 {
    (63 / dims) as u32
}

impl<const D: usize> Tree<D> {
    fn new(layout: &[[f32; D]]) -> (Self, Vec<u32>) {
        let mut low = [f32::INFINITY; D];
        let mut high = [f32::NEG_INFINITY; D];
        for place in layout {
            for axis in 0..D {
                low[axis] = low[axis].min(place[axis]);
                high[axis] = high[axis].max(place[axis]);
            }
        }
        let side = (0..D).map(|axis| high[axis] - low[axis]).fold(f32::MIN_POSITIVE, f32::max);
        let scale = f64::from(1_u32 << levels(D).min(30)) / f64::from(side);
        let mut coded: Vec<(u64, u32)> =
            layout.par_iter().enumerate().map(|(row, place)| (code(place, &low, scale), row as u32)).collect();
        coded.par_sort_unstable();
        let order: Vec<u32> = coded.iter().map(|&(_, row)| row).collect();
        let codes: Vec<u64> = coded.iter().map(|&(code, _)| code).collect();
        let places = order.iter().map(|&row| layout[row as usize]).collect();
        let mut tree = Self { cells: Vec::with_capacity(layout.len() / 2), places };
        if !codes.is_empty() {
            tree.grow(&codes, 0, levels(D).min(30), side);
        }
        (tree, order)
    }

    /// Adds the cell of the points `first..first + codes.len()`, whose codes agree above `level`.
    fn grow(&mut self, codes: &[u64], first: usize, level: u32, side: f32) -> ([f64; D], usize) {
        let at = self.cells.len();
        let (first_place, last_place) = (first as u32, (first + codes.len()) as u32);
        self.cells.push(Cell { centre: [0.0; D], weight: 0.0, square: side * side, after: 0, first: 0, last: 0 });
        let mut sum = [0.0_f64; D];
        if codes.len() <= LEAF || level == 0 {
            for place in &self.places[first..first + codes.len()] {
                for axis in 0..D {
                    sum[axis] += f64::from(place[axis]);
                }
            }
            self.cells[at].first = first_place;
            self.cells[at].last = last_place;
        } else {
            let shift = (level - 1) * D as u32;
            let part = |code: u64| (code >> shift) & ((1 << D) - 1);
            let mut start = 0;
            while start < codes.len() {
                let this = part(codes[start]);
                let end = start + codes[start..].partition_point(|&code| part(code) == this);
                let (part_sum, _) = self.grow(&codes[start..end], first + start, level - 1, 0.5 * side);
                for axis in 0..D {
                    sum[axis] += part_sum[axis];
                }
                start = end;
            }
        }
        let after = self.cells.len() as u32;
        let cell = &mut self.cells[at];
        cell.centre = sum.map(|sum| (sum / codes.len() as f64) as f32);
        cell.weight = codes.len() as f32;
        cell.after = after;
        (sum, codes.len())
    }

    /// `sum_j q` at a place and `sum_j q^2 (y - y_j)`, with `q = 1 / (1 + |y - y_j|^2)`.
    fn feel(&self, place: [f32; D], theta_square: f32) -> (f32, [f32; D]) {
        let (mut near_sum, mut push_sum) = (0.0, [0.0; D]);
        let mut add = |other: &[f32; D], weight: f32| {
            let difference: [f32; D] = std::array::from_fn(|axis| place[axis] - other[axis]);
            let near = 1.0 / (1.0 + difference.iter().map(|x| x * x).sum::<f32>());
            near_sum += weight * near;
            for axis in 0..D {
                push_sum[axis] += weight * near * near * difference[axis];
            }
        };
        let mut at = 0;
        while let Some(cell) = self.cells.get(at) {
            let distance: f32 = (0..D).map(|axis| (place[axis] - cell.centre[axis]).powi(2)).sum();
            if cell.last > cell.first {
                for other in &self.places[cell.first as usize..cell.last as usize] {
                    add(other, 1.0);
                }
                at = cell.after as usize;
            } else if cell.square < theta_square * distance {
                add(&cell.centre, cell.weight);
                at = cell.after as usize;
            } else {
                at += 1;
            }
        }
        (near_sum, push_sum)
    }
}

/// Bits of the halvings, axis by axis, the first halving on top.
fn code<const D: usize>(place: &[f32; D], low: &[f32; D], scale: f64) -> u64 {
    let most = (1_u64 << levels(D).min(30)) - 1;
    let parts: [u64; D] = std::array::from_fn(|axis| ((f64::from(place[axis] - low[axis]) * scale) as u64).min(most));
    let mut code = 0;
    for level in (0..levels(D).min(30)).rev() {
        for part in parts {
            code = code << 1 | part >> level & 1;
        }
    }
    code
}

/// The repulsion of all pairs, groups that look smaller than `theta` taken as one.
pub(super) fn repel<const D: usize>(layout: &[[f32; D]], theta: f64, watch: &Watch) -> Sums<D> {
    let (tree, order) = Tree::new(layout);
    let theta_square = (theta * theta) as f32;
    let mut sorted = vec![[0.0; D]; layout.len()];
    // In the order of the leaves one walk is much like the next.
    let near: Vec<f64> = tree
        .places
        .par_chunks(ROWS)
        .zip(sorted.par_chunks_mut(ROWS))
        .map(|(places, forces)| {
            let mut sum = 0.0;
            if !watch.is_cancelled() {
                for (&place, force) in places.iter().zip(forces) {
                    let (near, push) = tree.feel(place, theta_square);
                    sum += f64::from(near);
                    *force = push;
                }
            }
            sum
        })
        .collect();
    let mut forces = vec![[0.0; D]; layout.len()];
    for (&row, force) in order.iter().zip(&sorted) {
        forces[row as usize] = *force;
    }
    Sums { near: near.iter().sum::<f64>() - layout.len() as f64, forces }
}

#[cfg(test)]
mod tests {
    use super::super::exact;
    use super::*;
    use crate::noise;

    fn places<const D: usize>(count: usize) -> Vec<[f32; D]> {
        let mut next = noise::uniform(21);
        (0..count).map(|_| std::array::from_fn(|_| 40.0 * (next() - 0.5))).collect()
    }

    fn compare<const D: usize>(layout: &[[f32; D]], theta: f64, limit: f64) {
        let (exact, tree) = (exact::repel(layout, &Watch::unattended()), repel(layout, theta, &Watch::unattended()));
        let (mut wrong, mut all) = (0.0, 0.0);
        for (a, b) in exact.forces.iter().flatten().zip(tree.forces.iter().flatten()) {
            wrong += f64::from(a - b).powi(2);
            all += f64::from(*a).powi(2);
        }
        let (force, near) = ((wrong / all).sqrt(), (tree.near / exact.near - 1.0).abs());
        assert!(force < limit && near < limit, "theta {theta}: forces off by {force:e}, their norm by {near:e}");
    }

    #[test]
    fn forces_are_those_of_all_pairs_within_the_angle() {
        compare(&places::<3>(2000), 0.5, 0.03);
        compare(&places::<3>(2000), 0.05, 1e-3);
        compare(&places::<2>(2000), 0.5, 0.03);
    }

    #[test]
    fn coincident_points_neither_hang_nor_repel() {
        let sums = repel(&[[1.0_f32, 2.0, 3.0]; 100], 0.5, &Watch::unattended());
        assert!((sums.near - 9900.0).abs() < 1.0, "{}", sums.near);
        assert!(sums.forces.iter().flatten().all(|&force| force == 0.0));
    }
}
