//! One iteration of a map as a list of kernel runs: a pure function of the map's size and of the iteration's numbers. The
//! device and the CPU mirrors run the same list.

use crate::gpu::kernels::{
    FFT_NODES, WORKGROUP, tsne_bounds, tsne_centre, tsne_columns, tsne_gather, tsne_move, tsne_pull, tsne_push,
    tsne_rows, tsne_rows_back, tsne_spread, tsne_sums,
};
use crate::gpu::program::{Program, Slot, Slot::*, Stage};
use crate::gpu::traffic::Traffic;

use super::Grid;

/// Parts in which a sum over all points is made.
pub(super) const PARTS: usize = WORKGROUP as usize;

/// Bytes of a `vec4`.
const VEC4: f64 = 16.0;

/// How large a map is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapSize {
    /// Points.
    pub points: u32,
    /// Edges.
    pub edges: u64,
}

/// The numbers of one iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapStep {
    /// Factor on the attraction.
    pub exaggeration: f32,
    /// Step size.
    pub learning_rate: f32,
    /// Share of the last step that is kept.
    pub momentum: f32,
    /// No point moves further, in units of the map.
    pub longest_step: f32,
    /// Added to gains that shrink.
    pub least_gain: f32,
    /// Z is at least this.
    pub least_norm: f32,
}

const PULL: Stage = Stage::new(&tsne_pull::SOURCE, &[EdgeStarts, EdgeColumns, EdgeValues, MapPlaces, MapPulls]);
const MOVE: Stage = Stage::new(&tsne_move::SOURCE, &[MapNorms, MapPulls, MapPushes, MapSteps, MapGains, MapPlaces]);

/// The stages that hold the largest buffers: what decides whether a map's parts fit the bindings of one shader.
pub(super) fn table_stages() -> [Stage; 2] {
    [PULL, MOVE]
}

/// Sizes of the buffers that do not depend on a grid.
#[must_use]
pub fn map_bytes(size: &MapSize) -> Vec<(Slot, u64)> {
    let points = u64::from(size.points) * VEC4 as u64;
    let parts = PARTS as u64 * VEC4 as u64;
    let mut bytes =
        vec![(EdgeStarts, u64::from(size.points) * 4 + 4), (EdgeColumns, size.edges * 4), (EdgeValues, size.edges * 4)];
    bytes.extend([MapPlaces, MapSteps, MapGains, MapPulls, MapPushes].map(|slot| (slot, points)));
    bytes.extend([MapNorms, MapMiddles, MapBounds].map(|slot| (slot, parts)));
    bytes
}

/// One iteration; the push is summed on `grid` if there is one, else over every pair.
#[must_use]
pub fn iteration(size: &MapSize, step: &MapStep, grid: Option<&Grid>) -> Program {
    let (count, points) = (size.points, size.points as usize);
    let each = |read: f64, written: f64| Traffic { read, written } * f64::from(count);
    let mut program = Program::default();
    match grid {
        Some(grid) => push_by_grid(&mut program, count, grid),
        None => {
            let stage = Stage::new(&tsne_push::SOURCE, &[MapPlaces, MapPushes]);
            let tiles = f64::from(count.div_ceil(WORKGROUP));
            program.run(stage, tsne_push::Params { first: 0, count }, points, each(VEC4 * (1.0 + tiles), VEC4));
        }
    }
    sums(&mut program, &[MapPushes, MapNorms], count);
    let edges = size.edges as f64;
    let traffic = Traffic { read: edges * (8.0 + VEC4), written: 0.0 } + each(VEC4 + 8.0, VEC4);
    program.run_rows(PULL, tsne_pull::Params { first: 0, count }, points, traffic);
    let params = tsne_move::Params {
        first: 0,
        count,
        exaggeration: step.exaggeration,
        learning_rate: step.learning_rate,
        momentum: step.momentum,
        longest_step: step.longest_step,
        least_gain: step.least_gain,
        least_norm: step.least_norm,
    };
    program.run(MOVE, params, points, each(6.0 * VEC4, 3.0 * VEC4));
    sums(&mut program, &[MapPlaces, MapMiddles], count);
    let stage = Stage::new(&tsne_centre::SOURCE, &[MapMiddles, MapPlaces]);
    program.run(stage, tsne_centre::Params { first: 0, count }, points, each(2.0 * VEC4, VEC4));
    program
}

/// The ends of the map.
#[must_use]
pub fn bounds(size: &MapSize) -> Program {
    let mut program = Program::default();
    let params = tsne_bounds::Params { first: 0, count: size.points };
    let traffic = Traffic { read: VEC4 * f64::from(size.points), written: VEC4 * PARTS as f64 };
    program.run_workgroups(Stage::new(&tsne_bounds::SOURCE, &[MapPlaces, MapBounds]), params, PARTS, traffic);
    program
}

/// The table of turns of `grid`: exp(2 pi i k / n) as pairs.
#[must_use]
pub fn turns(grid: &Grid) -> Vec<[f32; 2]> {
    let count = grid.turns();
    (0..count)
        .map(|k| {
            let angle = std::f64::consts::TAU * f64::from(k) / f64::from(count);
            [angle.cos() as f32, angle.sin() as f32]
        })
        .collect()
}

fn sums(program: &mut Program, slots: &'static [Slot], count: u32) {
    let traffic = Traffic { read: VEC4 * f64::from(count), written: VEC4 * PARTS as f64 };
    let params = tsne_sums::Params { first: 0, count };
    program.run_workgroups(Stage::new(&tsne_sums::SOURCE, slots), params, PARTS, traffic);
}

fn push_by_grid(program: &mut Program, count: u32, grid: &Grid) {
    debug_assert!(grid.columns <= FFT_NODES && grid.rows <= FFT_NODES, "a line fits a workgroup");
    let Grid { columns, rows, origin, used: [used_columns, used_rows], .. } = *grid;
    let (points, scale) = (count as usize, Grid::scale(count));
    let [origin_x, origin_y] = origin.map(|node| node as f32);
    let (inverse_spacing, turns) = (1.0 / grid.spacing, grid.turns());
    let charged = f64::from(columns) * f64::from(used_rows);
    // A word or a number of each of 4 x 4 nodes.
    let touched = 64.0 * f64::from(count);
    let spread = tsne_spread::Params {
        first: 0,
        count,
        columns,
        used_columns,
        used_rows,
        origin_x,
        origin_y,
        inverse_spacing,
        scale,
    };
    let traffic = Traffic { read: VEC4 * f64::from(count) + touched, written: touched };
    program.run(Stage::new(&tsne_spread::SOURCE, &[MapPlaces, GridCharges]), spread, points, traffic);

    let forward = tsne_rows::Params { first: 0, columns, used_rows, turns, scale };
    let stage = Stage::new(&tsne_rows::SOURCE, &[GridTurns, GridCharges, GridSpectrum]);
    program.run_workgroups(stage, forward, used_rows as usize, Traffic { read: 4.0, written: 12.0 } * charged);

    let convolve = tsne_columns::Params { first: 0, columns, rows, used_rows, turns };
    let stage = Stage::new(&tsne_columns::SOURCE, &[GridTurns, GridKernel, GridSpectrum, GridConvolved]);
    let kernel = Traffic { read: 8.0, written: 0.0 } * (f64::from(columns) * f64::from(rows));
    let traffic = Traffic { read: 24.0, written: 16.0 } * charged + kernel;
    program.run_workgroups(stage, convolve, columns as usize, traffic);

    let back = tsne_rows_back::Params { first: 0, columns, used_rows, turns };
    let stage = Stage::new(&tsne_rows_back::SOURCE, &[GridTurns, GridConvolved, GridPotential]);
    program.run_workgroups(stage, back, used_rows as usize, Traffic { read: 8.0, written: 4.0 } * charged);

    let gather =
        tsne_gather::Params { first: 0, count, columns, used_columns, used_rows, origin_x, origin_y, inverse_spacing };
    let traffic = Traffic { read: VEC4 * f64::from(count) + touched, written: VEC4 * f64::from(count) };
    program.run(
        Stage::new(&tsne_gather::SOURCE, &[MapPlaces, GridPotential, GridOwn, MapPushes]),
        gather,
        points,
        traffic,
    );
}
