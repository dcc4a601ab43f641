//! Where the grid of a map lies, and how often the host looks whether it still holds the map.

use crate::gpu::kernels::FFT_NODES;
use crate::gpu::layout::LANES;
use crate::gpu::program::Slot;

/// Nodes beyond the farthest pair, in which the kernel's cut rings out.
pub const MARGIN: u32 = 8;

/// Nodes that a point touches along an axis.
const REACH: i32 = 4;

/// Nodes of a side at least.
const LEAST_NODES: u32 = 32;

/// Nodes on each side of the map at least, for it to grow into until the host looks again.
const LEAST_ROOM: i32 = 8;

/// Most iterations until the host looks again.
const LONGEST_WATCH: u32 = 16;

/// Memory of a workgroup that transforms a line.
pub(super) const LINE_BYTES: usize = FFT_NODES as usize * 8;

/// A grid around a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Nodes along x, a power of two.
    pub columns: u32,
    /// Nodes along y, a power of two.
    pub rows: u32,
    /// Distance of nodes in units of the map.
    pub spacing: f32,
    /// The first node along x and y, in nodes from the map's zero.
    pub origin: [i32; 2],
    /// Nodes along x and y that points may charge.
    pub used: [u32; 2],
}

impl Grid {
    /// The grid for places between `low` and `high`, nodes `wanted` apart unless that took too many. Points may move
    /// `room` nodes beyond.
    #[must_use]
    pub fn around(low: [f32; 2], high: [f32; 2], wanted: f64) -> Self {
        let span = f64::from((high[0] - low[0]).max(high[1] - low[1]));
        // Room is an eighth on each side.
        let most = f64::from(FFT_NODES - MARGIN) - f64::from(REACH + 2 * LEAST_ROOM + 2);
        let spacing = wanted.max(1.25 * span / most) as f32;
        let nodes = |axis: usize| [low[axis], high[axis]].map(|end| (end / spacing).floor() as i32);
        let mut grid = Self { columns: 0, rows: 0, spacing, origin: [0; 2], used: [0; 2] };
        for axis in 0..2 {
            let [first, last] = nodes(axis);
            let room = Self::room(last - first);
            grid.origin[axis] = first - 1 - room;
            grid.used[axis] = (last - first + REACH + 2 * room) as u32;
        }
        [grid.columns, grid.rows] =
            grid.used.map(|used| (used + MARGIN).next_power_of_two().clamp(LEAST_NODES, FFT_NODES));
        grid
    }

    /// Nodes on each side of a map of `nodes` for it to grow into.
    fn room(nodes: i32) -> i32 {
        LEAST_ROOM.max(nodes / 8)
    }

    /// Charges are counted in parts of 1 / this, so that those of `points` on one node fit 32 bits: a point leaves at most
    /// 4/9 on a node.
    #[must_use]
    pub fn scale(points: u32) -> f32 {
        let most = f64::from(u32::MAX) - f64::from(points);
        let scale = most / (0.4445 * f64::from(points.max(1)));
        // A power of two divides exactly; more digits than f32 has are of no use.
        scale.log2().floor().clamp(0.0, 24.0).exp2() as f32
    }

    /// Sizes of the buffers it takes.
    #[must_use]
    pub fn bytes(&self) -> Vec<(Slot, u64)> {
        let nodes = u64::from(self.columns) * u64::from(self.rows);
        vec![
            (Slot::GridTurns, u64::from(self.turns()) * 8),
            (Slot::GridKernel, 2 * nodes * 4),
            (Slot::GridOwn, 64),
            (Slot::GridCharges, nodes * 4),
            (Slot::GridSpectrum, nodes * 8),
            (Slot::GridConvolved, nodes * 8),
            (Slot::GridPotential, nodes * 4),
        ]
    }

    /// Entries of the table of turns: the rows' twists are the finest.
    #[must_use]
    pub fn turns(&self) -> u32 {
        4 * self.columns.max(self.rows)
    }
}

/// Looks after the grid of a map that grows: what it decides depends on the map alone.
#[derive(Debug)]
pub(super) struct Watchman {
    wanted: f64,
    grid: Option<Grid>,
    /// Iterations until the next look, and between the last two.
    left: u32,
    watch: u32,
    ends: Option<[f32; LANES]>,
}

impl Watchman {
    /// For nodes that lie `wanted` apart.
    pub(super) fn new(wanted: f64) -> Self {
        Self { wanted, grid: None, left: 0, watch: 1, ends: None }
    }

    /// Counts an iteration; whether the grid is to be laid before it.
    pub(super) fn is_due(&mut self) -> bool {
        let is_due = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_due
    }

    /// The grid, once it is laid.
    pub(super) fn grid(&self) -> Option<&Grid> {
        self.grid.as_ref()
    }

    /// Lays the grid around places of which `parts` tells the ends. Returns it if it has other nodes than before.
    pub(super) fn lay(&mut self, parts: &[[f32; LANES]]) -> Option<Grid> {
        let start = [f32::INFINITY, f32::INFINITY, f32::NEG_INFINITY, f32::NEG_INFINITY];
        let ends = parts.iter().fold(start, |ends, part| {
            [ends[0].min(part[0]), ends[1].min(part[1]), ends[2].max(part[2]), ends[3].max(part[3])]
        });
        let mut grid = Grid::around([ends[0], ends[1]], [ends[2], ends[3]], self.wanted);
        let growth = self.ends.map_or(f32::INFINITY, |before| {
            let moved = ends.iter().zip(before).map(|(now, before)| (now - before).abs()).fold(0.0, f32::max);
            moved / grid.spacing / self.watch as f32
        });
        let room = Grid::room(grid.used.into_iter().min().unwrap_or(0) as i32) as f32;
        // Twice as fast as before is still within the room.
        self.watch = ((room / (2.0 * growth)) as u32).clamp(1, LONGEST_WATCH);
        self.left = self.watch - 1;
        self.ends = Some(ends);
        let same_nodes = self.grid.filter(|old| {
            let suits = |old: u32, needed: u32| (needed..=2 * needed).contains(&old);
            old.spacing == grid.spacing && suits(old.columns, grid.columns) && suits(old.rows, grid.rows)
        });
        if let Some(old) = same_nodes {
            (grid.columns, grid.rows) = (old.columns, old.rows);
        }
        self.grid = Some(grid);
        same_nodes.is_none().then_some(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_holds_its_map_with_room_and_margin_on_all_sides() {
        for (low, high) in
            [([-1e-4, -1e-5], [1e-4, 2e-5]), ([-60.0, -10.0], [55.0, 12.5]), ([-4000.0, 0.0], [4000.0, 1.0])]
        {
            let grid = Grid::around(low, high, 1.0 / 3.0);
            for (axis, side) in [grid.columns, grid.rows].into_iter().enumerate() {
                assert!(side.is_power_of_two() && grid.used[axis] + MARGIN <= side, "{grid:?}");
                let first = (low[axis] / grid.spacing).floor() as i32 - 1 - grid.origin[axis];
                let last = (high[axis] / grid.spacing).floor() as i32 + 2 - grid.origin[axis];
                assert!(first >= LEAST_ROOM && last + LEAST_ROOM < grid.used[axis] as i32, "{grid:?}: {first}, {last}");
            }
        }
    }

    #[test]
    fn all_charges_fit_one_node() {
        for points in [1, 1000, 70_000, 1_000_000, 100_000_000] {
            let charge = (f64::from(Grid::scale(points)) * 4.0 / 9.0 + 0.5).floor();
            assert!(charge * f64::from(points) <= f64::from(u32::MAX), "{points} points");
        }
    }

    #[test]
    fn a_map_at_rest_is_looked_at_seldom_and_one_that_grows_at_each_iteration() {
        let ends = |reach: f32| [[-reach, -reach, reach, reach]];
        let mut watchman = Watchman::new(0.5);
        let mut looks = 0;
        for iteration in 0..100 {
            if watchman.is_due() {
                looks += 1;
                let reach = 30.0 + iteration.min(10) as f32 * 10.0;
                watchman.lay(&ends(reach));
            }
        }
        assert!((15..=20).contains(&looks), "{looks} looks");
    }
}
