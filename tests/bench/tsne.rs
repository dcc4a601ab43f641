//! The pieces of a t-SNE, each on its own.
//!
//! `cargo bench --no-default-features --bench tsne`
//!
//! Points are clustered Gaussians. Iterations are timed where maps spend most of their time: spread out, unexaggerated.

use std::sync::Arc;

use divan::Bencher;
use idatlas::neighbors::{Metric, NeighborGraph};
use idatlas::progress::Watch;
use idatlas::projection::{
    Affinities, CheckedTsneParameters, RepulsionMethod, Trust, Tsne, TsneParameters, map_neighbors, starting_layout,
};
use ndarray::Array2;

#[path = "../noise.rs"]
mod noise;

const WIDTH: usize = 100;

fn main() {
    divan::main();
}

/// 100 groups of points that are a third as wide as the groups are apart.
fn points(rows: usize) -> Array2<f32> {
    let mut next = noise::uniform(1);
    let mut uniform = move || next() - 0.5;
    let centres = Array2::from_shape_simple_fn((100, WIDTH), &mut uniform);
    Array2::from_shape_fn((rows, WIDTH), |(row, axis)| {
        centres[[row % 100, axis]] + (uniform() + uniform() + uniform()) / 3.0
    })
}

fn graph(rows: &Array2<f32>) -> NeighborGraph {
    NeighborGraph::exact(rows.view(), 90, Metric::Euclidean, &Watch::unattended()).expect("points are finite")
}

fn checked(rows: usize, repulsion: RepulsionMethod) -> CheckedTsneParameters {
    let parameters = TsneParameters { repulsion, ..TsneParameters::default() };
    parameters.check(rows).expect("the parameters are valid")
}

/// A map of `rows` points after `iterations`.
fn map(rows: usize, repulsion: RepulsionMethod, iterations: usize) -> Tsne {
    let (points, parameters, watch) = (points(rows), checked(rows, repulsion), Watch::unattended());
    let affinities = Affinities::new(&graph(&points), 90, 30.0, &watch).expect("nobody cancels");
    let start = starting_layout(points.view(), &parameters, &watch).expect("points are finite");
    let mut map = Tsne::new(Arc::new(affinities), start.view(), parameters).expect("one place a point");
    map.step(iterations, &watch).expect("nobody cancels");
    map
}

#[divan::bench(args = [10_000], sample_count = 10)]
fn affinities(bencher: Bencher, rows: usize) {
    let graph = graph(&points(rows));
    bencher.bench_local(|| Affinities::new(&graph, 90, 30.0, &Watch::unattended()));
}

#[divan::bench(args = [1_000, 10_000], sample_count = 50)]
fn iteration_on_the_grid(bencher: Bencher, rows: usize) {
    let mut map = map(rows, RepulsionMethod::Grid, 400);
    bencher.bench_local(|| map.step(1, &Watch::unattended()));
}

#[divan::bench(args = [1_000, 2_000], sample_count = 20)]
fn iteration_of_all_pairs(bencher: Bencher, rows: usize) {
    let mut map = map(rows, RepulsionMethod::Exact, 400);
    bencher.bench_local(|| map.step(1, &Watch::unattended()));
}

#[divan::bench(args = [10_000], sample_count = 10)]
fn neighbours_in_the_map(bencher: Bencher, rows: usize) {
    let layout = map(rows, RepulsionMethod::Grid, 50).layout();
    bencher.bench_local(|| map_neighbors(layout.view(), 10, &Watch::unattended()));
}

#[divan::bench(args = [10_000], sample_count = 5)]
fn trust(bencher: Bencher, rows: usize) {
    let points = points(rows);
    let graph = NeighborGraph::exact(points.view(), 10, Metric::Euclidean, &Watch::unattended());
    let graph = graph.expect("points are finite");
    let layout = map(rows, RepulsionMethod::Grid, 50).layout();
    bencher.bench_local(|| Trust::measure(points.view(), &graph.indices, graph.k, layout.view(), &Watch::unattended()));
}
