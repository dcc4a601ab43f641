//! The field of all points on a regular grid.

use rayon::prelude::*;

use super::convolution::{Convolution, MARGIN, fast_length};
use super::own::OwnShare;
use super::spline::{REACH, slopes, weights};
use crate::progress::Watch;
use crate::simd::vectorized;

/// Points that are sorted into bands together.
const CHUNK: usize = 1024;

/// Rows of a band, which one thread charges.
const BAND: usize = 32;

/// Rows above a band that its points reach.
const HALO: usize = REACH - 1;

/// Beyond this many nodes along a side the spacing grows instead, so that a wide map cannot take all memory.
const MOST_NODES: f32 = 4096.0;

/// Room for growth, so that the kernel need not be transformed at every iteration.
const ROOM: f32 = 1.08;

/// `u(y) = sum_j 1 / (1 + |y - y_j|^2)` and its gradient, from which both repulsion and its norm follow.
///
/// Points spread over the grid as cubic B-splines, the grid is convolved with the kernel, and splines interpolate the
/// result (as in particle-mesh Ewald, Essmann et al. 1995; for t-SNE with polynomials Linderman et al. 2019). Nodes
/// keep their distance while the map grows: errors stay those of the kernel at that distance.
/// Sums are taken in an order that depends on the points alone.
pub(in crate::projection::tsne) struct GridField {
    /// Distance of nodes that is wanted, in units of the map.
    wanted_spacing: f32,
    spacing: f32,
    /// The grid's first node, in nodes from the map's zero, along x and y.
    origin: [i32; 2],
    convolution: Option<Convolution>,
    /// What each point feels of itself, which is taken away from what it feels of all.
    own: OwnShare,
    located: Vec<Located>,
    /// Points of each chunk by band, and where each band begins: [chunks, bands + 1].
    by_band: Vec<u16>,
    band_starts: Vec<u16>,
    /// [rows, columns], and what bands put beyond their last row: [bands, HALO, columns].
    charges: Vec<f32>,
    halos: Vec<f32>,
}

/// Where a point lies on the grid.
#[derive(Debug, Clone, Copy, Default)]
struct Located {
    /// The first of the nodes that it touches.
    column: u32,
    row: u32,
    /// Place between nodes, 0..1.
    x: f32,
    y: f32,
}

impl GridField {
    pub(super) fn new(spacing: f64) -> Self {
        Self {
            wanted_spacing: spacing as f32,
            spacing: spacing as f32,
            origin: [0; 2],
            convolution: None,
            own: OwnShare::default(),
            located: Vec::new(),
            by_band: Vec::new(),
            band_starts: Vec::new(),
            charges: Vec::new(),
            halos: Vec::new(),
        }
    }

    /// Takes the points' places and returns `sum_i u(y_i)` less what points feel of themselves: the sum over pairs of
    /// different points, both ways. A cancelled watch leaves the field undefined.
    pub(super) fn charge(&mut self, layout: &[[f32; 2]], watch: &Watch) -> f64 {
        let used = self.fit(layout, watch);
        self.locate(layout, used[1]);
        self.spread(used[1], watch);
        let Some(convolution) = &mut self.convolution else { return 0.0 };
        let columns = convolution.size().0;
        let (charges, halos) = (&self.charges, &self.halos);
        let fill = |row: usize, values: &mut [f32]| {
            values.copy_from_slice(&charges[row * columns..][..columns]);
            let (band, within) = (row / BAND, row % BAND);
            if within < HALO && band > 0 {
                let halo = &halos[((band - 1) * HALO + within) * columns..][..columns];
                values.iter_mut().zip(halo).for_each(|(value, halo)| *value += halo);
            }
        };
        let all = convolution.run(used[1], fill, watch);
        let own: Vec<f64> = self
            .located
            .par_chunks(CHUNK)
            .map(|points| {
                // A sum of shares less 1, which is small, keeps its digits.
                let beyond_one = vectorized(|| {
                    let mut lanes = [0.0_f32; 8];
                    for points in points.chunks(lanes.len()) {
                        for (lane, point) in lanes.iter_mut().zip(points) {
                            *lane += self.own.value(point.x, point.y) - 1.0;
                        }
                    }
                    lanes.iter().sum::<f32>()
                });
                points.len() as f64 + f64::from(beyond_one)
            })
            .collect();
        all - own.iter().sum::<f64>()
    }

    /// Adds `factor` times the gradient at points `first..` of the field of all others to `forces`.
    pub(super) fn add_gradient(&self, first: usize, factor: f32, forces: &mut [[f32; 2]]) {
        let Some(convolution) = &self.convolution else { return };
        let (columns, _) = convolution.size();
        let (potential, factor) = (convolution.potential.as_slice(), factor / self.spacing);
        vectorized(|| {
            for (force, point) in forces.iter_mut().zip(&self.located[first..]) {
                let [_, x, y] = gather(potential, columns, point);
                let [own_x, own_y] = self.own.slope(point.x, point.y);
                force[0] += factor * (x - own_x);
                force[1] += factor * (y - own_y);
            }
        });
    }

    /// The field and its gradient at any place; beyond the grid, at its edge.
    pub(super) fn at(&self, place: [f32; 2]) -> [f32; 3] {
        let Some(convolution) = &self.convolution else { return [0.0; 3] };
        let (columns, rows) = convolution.size();
        let most = [(columns - MARGIN) as i32, (rows - MARGIN) as i32];
        let inverse = 1.0 / self.spacing;
        let axis = |axis: usize| {
            let t = place[axis] * inverse;
            let first = (t.floor() as i32).saturating_sub(1).saturating_sub(self.origin[axis]);
            let between = t - t.floor();
            let between = if between.is_finite() { between.clamp(0.0, 1.0) } else { 0.0 };
            (first.clamp(0, most[axis] - REACH as i32) as u32, between)
        };
        let ((column, x), (row, y)) = (axis(0), axis(1));
        let [value, dx, dy] = gather(&convolution.potential, columns, &Located { column, row, x, y });
        [value, dx * inverse, dy * inverse]
    }

    /// Makes the grid hold all points and returns how many nodes they touch along x and y.
    fn fit(&mut self, layout: &[[f32; 2]], watch: &Watch) -> [usize; 2] {
        let ends = layout
            .par_chunks(CHUNK * 8)
            .map(|places| {
                let start = [[f32::INFINITY, f32::NEG_INFINITY]; 2];
                places.iter().fold(start, |ends, place| {
                    std::array::from_fn(|axis| [ends[axis][0].min(place[axis]), ends[axis][1].max(place[axis])])
                })
            })
            .reduce(
                || [[f32::INFINITY, f32::NEG_INFINITY]; 2],
                |a, b| std::array::from_fn(|axis| [a[axis][0].min(b[axis][0]), a[axis][1].max(b[axis][1])]),
            );
        let span = ends.iter().map(|[low, high]| high - low).fold(0.0, f32::max);
        self.spacing = self.wanted_spacing.max(span / MOST_NODES);
        let inverse = 1.0 / self.spacing;
        let used = std::array::from_fn(|axis| {
            let [low, high] = ends[axis].map(|end| (end * inverse).floor() as i32);
            self.origin[axis] = low - 1;
            (high - low) as usize + REACH
        });
        let wanted = used.map(|used: usize| fast_length((used as f32 * ROOM) as usize + MARGIN));
        let fits = self.convolution.as_ref().is_some_and(|convolution| {
            let (columns, rows) = convolution.size();
            self.spacing == self.wanted_spacing
                && [columns, rows].iter().zip(used).all(|(&size, used)| used + MARGIN <= size)
                && columns * rows <= 2 * wanted[0] * wanted[1]
        });
        if !fits {
            let [columns, rows] = wanted;
            let mut convolution = Convolution::new(columns, rows, f64::from(self.spacing), watch);
            self.own = OwnShare::of(&mut convolution, watch);
            self.convolution = Some(convolution);
            self.charges = vec![0.0; columns * rows];
            self.halos = vec![0.0; rows.div_ceil(BAND) * HALO * columns];
        }
        used
    }

    /// Finds each point's nodes, and lists each chunk's points by band.
    fn locate(&mut self, layout: &[[f32; 2]], used_rows: usize) {
        let bands = used_rows.div_ceil(BAND);
        self.located.resize(layout.len(), Located::default());
        self.by_band.resize(layout.len(), 0);
        self.band_starts.resize(layout.len().div_ceil(CHUNK) * (bands + 1), 0);
        let (inverse, origin) = (1.0 / self.spacing, self.origin);
        let chunks = layout.par_chunks(CHUNK).zip(self.located.par_chunks_mut(CHUNK));
        let lists = self.by_band.par_chunks_mut(CHUNK).zip(self.band_starts.par_chunks_mut(bands + 1));
        chunks.zip(lists).for_each(|((places, located), (by_band, starts))| {
            vectorized(|| {
                for (point, place) in located.iter_mut().zip(places) {
                    let [t, s] = [place[0] * inverse, place[1] * inverse];
                    let (column, row) = (t.floor(), s.floor());
                    *point = Located {
                        column: (column as i32 - 1 - origin[0]) as u32,
                        row: (row as i32 - 1 - origin[1]) as u32,
                        x: t - column,
                        y: s - row,
                    };
                }
            });
            starts.fill(0);
            for point in located.iter() {
                starts[point.row as usize / BAND + 1] += 1;
            }
            for band in 0..bands {
                starts[band + 1] += starts[band];
            }
            // Filling a list moves its start to its end, which is where the next one's was.
            for (index, point) in located.iter().enumerate() {
                let next = &mut starts[point.row as usize / BAND];
                by_band[usize::from(*next)] = index as u16;
                *next += 1;
            }
            starts.rotate_right(1);
            starts[0] = 0;
        });
    }

    /// Charges the grid, a band a task.
    fn spread(&mut self, used_rows: usize, watch: &Watch) {
        let Some(convolution) = &self.convolution else { return };
        let (columns, _) = convolution.size();
        let bands = used_rows.div_ceil(BAND);
        let (located, by_band, starts) = (&self.located, &self.by_band, &self.band_starts);
        let charges = self.charges.par_chunks_mut(BAND * columns).take(bands);
        charges.zip(self.halos.par_chunks_mut(HALO * columns)).enumerate().for_each_init(
            || vec![0.0; (BAND + HALO) * columns],
            |grid, (band, (charges, halo))| {
                if watch.is_cancelled() {
                    return;
                }
                grid.fill(0.0);
                let first = (band * BAND) as u32;
                let chunks = located.chunks(CHUNK).zip(by_band.chunks(CHUNK)).zip(starts.chunks(bands + 1));
                vectorized(|| {
                    for ((located, by_band), starts) in chunks {
                        for &index in &by_band[usize::from(starts[band])..usize::from(starts[band + 1])] {
                            add_point(grid, columns, first, &located[usize::from(index)]);
                        }
                    }
                });
                let (rows, beyond) = grid.split_at(BAND * columns);
                // The last band may be cut.
                charges.copy_from_slice(&rows[..charges.len()]);
                halo.copy_from_slice(beyond);
            },
        );
    }
}

#[inline(always)]
fn add_point(grid: &mut [f32], columns: usize, first_row: u32, point: &Located) {
    let (x, y) = (weights(point.x), weights(point.y));
    let start = (point.row - first_row) as usize * columns + point.column as usize;
    for (row, &weight) in y.iter().enumerate() {
        if let Some(nodes) = grid.get_mut(start + row * columns..).and_then(<[f32]>::first_chunk_mut::<REACH>) {
            for (node, &x) in nodes.iter_mut().zip(&x) {
                *node += weight * x;
            }
        }
    }
}

/// The field at a point and its derivatives by x and y, in nodes.
#[inline(always)]
fn gather(potential: &[f32], columns: usize, point: &Located) -> [f32; 3] {
    let (x, y, slope_y) = (weights(point.x), weights(point.y), slopes(point.y));
    let slope_x = slopes(point.x);
    let start = point.row as usize * columns + point.column as usize;
    let (mut straight, mut sloped) = ([0.0_f32; REACH], [0.0_f32; REACH]);
    for row in 0..REACH {
        if let Some(nodes) = potential.get(start + row * columns..).and_then(<[f32]>::first_chunk::<REACH>) {
            for node in 0..REACH {
                straight[node] += y[row] * nodes[node];
                sloped[node] += slope_y[row] * nodes[node];
            }
        }
    }
    let dot = |a: [f32; REACH], b: [f32; REACH]| (a[0] * b[0] + a[1] * b[1]) + (a[2] * b[2] + a[3] * b[3]);
    [dot(straight, x), dot(straight, slope_x), dot(sloped, x)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    fn places(count: usize, spread: f32) -> Vec<[f32; 2]> {
        let mut uniform = noise::uniform(9);
        let mut next = || uniform() - 0.5;
        (0..count).map(|_| [spread * next(), 0.6 * spread * (next() + next())]).collect()
    }

    /// The sum over pairs of different points, both ways, and the gradients of u, each pair in f64.
    fn exact(layout: &[[f32; 2]]) -> (f64, Vec<[f64; 2]>) {
        let mut sum = -(layout.len() as f64);
        let gradients = layout
            .iter()
            .map(|a| {
                let mut gradient = [0.0; 2];
                for b in layout {
                    let difference = [f64::from(a[0] - b[0]), f64::from(a[1] - b[1])];
                    let near = 1.0 / (1.0 + difference[0].powi(2) + difference[1].powi(2));
                    sum += near;
                    gradient[0] -= 2.0 * near * near * difference[0];
                    gradient[1] -= 2.0 * near * near * difference[1];
                }
                gradient
            })
            .collect();
        (sum, gradients)
    }

    fn relative_error(layout: &[[f32; 2]], spacing: f64) -> (f64, f64) {
        let mut field = GridField::new(spacing);
        let sum = field.charge(layout, &Watch::unattended());
        let mut forces = vec![[0.0_f32; 2]; layout.len()];
        field.add_gradient(0, 1.0, &mut forces);
        let (exact_sum, gradients) = exact(layout);
        let (mut wrong, mut all) = (0.0, 0.0);
        for (force, gradient) in forces.iter().zip(&gradients) {
            for axis in 0..2 {
                wrong += (f64::from(force[axis]) - gradient[axis]).powi(2);
                all += gradient[axis].powi(2);
            }
        }
        ((sum / exact_sum - 1.0).abs(), (wrong / all).sqrt())
    }

    #[test]
    fn the_field_is_that_of_all_pairs() {
        for (count, spread) in [(20, 10.0), (500, 3.0), (3000, 60.0), (2000, 200.0), (60, 300.0)] {
            let layout = places(count, spread);
            for (spacing, sum_limit, force_limit) in [(1.0 / 3.0, 6e-5, 8e-3), (0.25, 3e-5, 3e-3)] {
                let (sum, force) = relative_error(&layout, spacing);
                assert!(
                    sum < sum_limit && force < force_limit,
                    "{count} points over {spread}, nodes {spacing} apart: sum off by {sum:e}, forces by {force:e}"
                );
            }
        }
    }

    #[test]
    fn a_grid_that_was_made_for_another_map_gives_the_same() {
        let (wide, narrow) = (places(800, 80.0), places(800, 10.0));
        let mut field = GridField::new(0.5);
        for layout in [&narrow, &wide, &narrow] {
            let mut fresh = GridField::new(0.5);
            let (again, first) =
                (field.charge(layout, &Watch::unattended()), fresh.charge(layout, &Watch::unattended()));
            assert!((again / first - 1.0).abs() < 1e-5, "{again} on a used grid, {first} on a new one");
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let layout = places(5000, 50.0);
        let charge = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut field = GridField::new(0.5);
                let sum = field.charge(&layout, &Watch::unattended());
                let mut forces = vec![[0.0; 2]; layout.len()];
                field.add_gradient(0, 1.0, &mut forces);
                (sum, forces)
            })
        };
        assert_eq!(charge(1), charge(3));
    }

    #[test]
    fn the_field_of_a_map_is_felt_anywhere() {
        let layout = places(300, 20.0);
        let mut field = GridField::new(0.25);
        field.charge(&layout, &Watch::unattended());
        for place in [[0.0, 0.0], [3.3, -1.2], [-6.0, 4.0]] {
            let wanted: f64 = layout
                .iter()
                .map(|b| 1.0 / (1.0 + f64::from(place[0] - b[0]).powi(2) + f64::from(place[1] - b[1]).powi(2)))
                .sum();
            let [found, ..] = field.at(place);
            assert!((f64::from(found) / wanted - 1.0).abs() < 1e-3, "at {place:?}: {found}, not {wanted}");
        }
        assert!(field.at([1e9, f32::NAN]).iter().all(|value| value.is_finite()));
    }
}
