//! Claims about t-SNE on a device: each kernel against its mirror, whole iterations and whole maps against the CPU.

use std::collections::BTreeMap;
use std::sync::Arc;

use idatlas::gpu::BackendKind;
use idatlas::gpu::layout::LANES;
use idatlas::gpu::program::Slot;
use idatlas::gpu::tsne::{DeviceMap, Edges, Grid, GridKernel, MapSize, MapStep, bounds, iteration, map_bytes, turns};
use idatlas::neighbors::{Metric, NeighborGraph};
use idatlas::progress::Watch;
use idatlas::projection::{
    Affinities, Method, ProjectionControl, ProjectionSettings, RepulsionMethod, Tsne, TsneParameters, project,
    starting_layout,
};
use idatlas::reference::tsne::run_map;
use ndarray::{Array2, ArrayView2};

use super::{assert_within, context};
use crate::noise;

/// A map whose first point has as many edges as all others together, and the last none.
struct Map {
    places: Vec<[f32; LANES]>,
    starts: Vec<u32>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Map {
    fn new(points: u32, dims: usize, span: f32) -> Self {
        let mut next = noise::uniform(3);
        let places = (0..points)
            .map(|_| std::array::from_fn(|axis| if axis < dims { span * (next() - 0.5) } else { 0.0 }))
            .collect();
        let (mut starts, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for point in 0..points {
            let edges = if point == 0 {
                3 * points
            } else if point + 1 == points {
                0
            } else {
                3
            };
            for _ in 0..edges {
                columns.push(((next() * points as f32) as u32).min(points - 1));
                values.push(next() / points as f32);
            }
            starts.push(columns.len() as u32);
        }
        Self { places, starts, columns, values }
    }

    fn size(&self) -> MapSize {
        MapSize { points: self.places.len() as u32, edges: self.columns.len() as u64 }
    }

    fn edges(&self) -> Edges<'_> {
        Edges { starts: &self.starts, columns: &self.columns, values: &self.values }
    }

    fn slots(&self) -> BTreeMap<Slot, Vec<f32>> {
        let mut slots: BTreeMap<_, _> =
            map_bytes(&self.size()).into_iter().map(|(slot, bytes)| (slot, vec![0.0; bytes as usize / 4])).collect();
        let words = |words: &[u32]| words.iter().map(|&word| f32::from_bits(word)).collect();
        slots.insert(Slot::MapPlaces, self.places.as_flattened().to_vec());
        slots.insert(Slot::MapGains, vec![1.0; self.places.len() * LANES]);
        slots.insert(Slot::EdgeStarts, words(&self.starts));
        slots.insert(Slot::EdgeColumns, words(&self.columns));
        slots.insert(Slot::EdgeValues, self.values.clone());
        slots
    }
}

const STEP: MapStep = MapStep {
    exaggeration: 4.0,
    learning_rate: 50.0,
    momentum: 0.8,
    longest_step: 5.0,
    least_gain: 0.01,
    least_norm: 1e-30,
};

/// Any numbers do, if they are large enough for a positive norm: both multiply by the same.
fn made_up_kernel(columns: usize, rows: usize, _spacing: f64) -> GridKernel {
    let mut next = noise::uniform(11);
    let spectrum = (0..2 * columns * rows).map(|_| 20.0 * (1.0 + next()) / (columns * rows) as f32).collect();
    GridKernel { spectrum, own: std::array::from_fn(|_| std::array::from_fn(|_| next())) }
}

/// Places after `iterations` on the device, and by the mirrors.
fn compare(what: &str, map: &Map, spacing: Option<f64>, iterations: usize, share: f32) {
    let Some(context) = context(what) else { return };
    let mut device = DeviceMap::new(&context, &map.edges(), &map.places).unwrap();
    device.use_grid(spacing).unwrap();
    let mut slots = map.slots();
    for number in 0..iterations {
        device.advance(&STEP, &made_up_kernel).unwrap();
        // A map of so few iterations is looked at before each.
        let grid = spacing.map(|spacing| {
            run_map(&bounds(&map.size()), &mut slots);
            let parts = slots[&Slot::MapBounds].as_chunks::<LANES>().0;
            let end =
                |axis: usize, pick: fn(f32, f32) -> f32| parts.iter().map(|part| part[axis]).reduce(pick).unwrap();
            let (low, high) = ([end(0, f32::min), end(1, f32::min)], [end(2, f32::max), end(3, f32::max)]);
            let grid = Grid::around(low, high, spacing);
            for (slot, bytes) in grid.bytes() {
                slots.entry(slot).or_default().resize(bytes as usize / 4, 0.0);
            }
            slots.insert(Slot::GridTurns, turns(&grid).as_flattened().to_vec());
            let kernel = made_up_kernel(grid.columns as usize, grid.rows as usize, spacing);
            slots.insert(Slot::GridKernel, kernel.spectrum);
            slots.insert(Slot::GridOwn, kernel.own.as_flattened().to_vec());
            grid
        });
        run_map(&iteration(&map.size(), &STEP, grid.as_ref()), &mut slots);
        let found = device.places().unwrap();
        let what = format!("{what}, iteration {number}");
        assert_within(&what, found.as_flattened(), &slots[&Slot::MapPlaces], share);
    }
}

#[test]
fn the_kernels_of_an_iteration_over_all_pairs_equal_their_mirrors() {
    compare("pairs in the plane", &Map::new(333, 2, 20.0), None, 3, 1e-4);
    compare("pairs in space", &Map::new(65, 3, 4.0), None, 2, 1e-4);
    compare("a single point", &Map::new(1, 2, 1.0), None, 2, 1e-4);
}

#[test]
fn the_kernels_of_an_iteration_on_a_grid_equal_their_mirrors() {
    // Lines of 64 and 32, then of 256 and 128 nodes: by fours alone, and with a last time by twos.
    let mut flat = Map::new(200, 2, 12.0);
    flat.places.iter_mut().for_each(|place| place[1] *= 0.05);
    compare("a flat map on a grid", &flat, Some(0.5), 2, 2e-4);
    let mut wide = Map::new(150, 2, 60.0);
    wide.places.iter_mut().for_each(|place| place[1] *= 0.5);
    compare("a wide map on a grid", &wide, Some(0.4), 1, 2e-4);
}

/// Five clusters [rows, 8].
fn clusters(rows: usize) -> Array2<f32> {
    let mut next = noise::uniform(7);
    Array2::from_shape_fn((rows, 8), |(row, column)| {
        let centre = if column == row % 5 { 3.0 } else { 0.0 };
        centre + (next() + next() + next() - 1.5)
    })
}

/// The same map twice, on the CPU and on the device; it starts `times` as wide as maps do.
fn maps(
    rows: ArrayView2<'_, f32>,
    parameters: &TsneParameters,
    times: f32,
    context: &idatlas::gpu::GpuContext,
) -> [Tsne; 2] {
    let watch = Watch::unattended();
    let checked = parameters.check(rows.nrows()).unwrap();
    let graph = NeighborGraph::exact(rows, checked.neighbors(), Metric::Euclidean, &watch).unwrap();
    let affinities =
        Arc::new(Affinities::new(&graph, checked.neighbors(), checked.values().perplexity, &watch).unwrap());
    let start = starting_layout(rows, &checked, &watch).unwrap() * times;
    [
        Tsne::new(Arc::clone(&affinities), start.view(), checked.clone()).unwrap(),
        Tsne::on_device(context, affinities, start.view(), checked).unwrap(),
    ]
}

fn largest(values: &Array2<f32>) -> f32 {
    values.iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

#[test]
fn an_iteration_on_the_device_is_that_of_the_cpu() {
    let Some(context) = context("iterations") else { return };
    let rows = clusters(400);
    // In a map of nearly no size a grid's forces are mostly rounding, on either.
    for (repulsion, dims, times, share) in [
        (RepulsionMethod::Exact, 2, 1.0, 1e-4),
        (RepulsionMethod::Exact, 3, 1.0, 1e-4),
        (RepulsionMethod::Grid, 2, 2e4, 2e-3),
    ] {
        let parameters = TsneParameters { dims, repulsion, perplexity: 10.0, ..TsneParameters::default() };
        let [mut cpu, mut gpu] = maps(rows.view(), &parameters, times, &context);
        let mut before = cpu.layout();
        for iteration in 0..5 {
            cpu.step(1, &Watch::unattended()).unwrap();
            gpu.step(1, &Watch::unattended()).unwrap();
            let (found, expected) = (gpu.layout(), cpu.layout());
            // The tolerance is one of the step: places are much larger.
            let scale = largest(&(&expected - &before));
            let wrong = largest(&(&found - &expected));
            assert!(wrong <= share * scale, "{repulsion:?}, {dims} dims, iteration {iteration}: {wrong} of {scale}");
            before = expected;
        }
    }
}

#[test]
fn a_map_made_on_the_device_is_as_good_as_one_of_the_cpu_and_the_same_each_time() {
    let Some(context) = context("whole maps") else { return };
    let rows = clusters(500);
    for repulsion in [RepulsionMethod::Exact, RepulsionMethod::Grid] {
        let parameters = TsneParameters {
            repulsion,
            perplexity: 15.0,
            iterations: 100,
            exaggeration_iterations: 30,
            ..TsneParameters::default()
        };
        let watch = Watch::unattended();
        let [mut cpu, mut gpu] = maps(rows.view(), &parameters, 1.0, &context);
        let [_, mut again] = maps(rows.view(), &parameters, 1.0, &context);
        for map in [&mut cpu, &mut gpu] {
            map.step(100, &watch).unwrap();
        }
        // Looking at a map on its way changes nothing.
        for _ in 0..10 {
            again.step(10, &watch).unwrap();
            assert!(again.layout().iter().all(|x| x.is_finite()));
        }
        assert_eq!(gpu.layout(), again.layout(), "{repulsion:?}: two maps differ");
        let (found, expected) = (gpu.divergence(&watch).unwrap(), cpu.divergence(&watch).unwrap());
        assert!((found / expected - 1.0).abs() < 0.01, "{repulsion:?}: KL {found}, {expected} on the CPU");
    }
}

#[test]
fn a_projection_says_which_adapter_made_it_and_refuses_one_there_is_not() {
    let Some(context) = context("adapter of a map") else { return };
    let parameters = TsneParameters { iterations: 20, perplexity: 5.0, ..TsneParameters::default() };
    let settings = ProjectionSettings {
        method: Method::Tsne(parameters),
        dims: 2,
        backend: BackendKind::Gpu,
        ..ProjectionSettings::default()
    };
    let run = |settings: &ProjectionSettings| {
        let control = ProjectionControl::default();
        project(clusters(60).view(), settings, &control, &Watch::unattended(), &mut |_| {})
    };
    assert_eq!(run(&settings).unwrap().adapter.as_deref(), Some(context.adapter.name.as_str()));
    let on_cpu = ProjectionSettings { backend: BackendKind::Cpu, ..settings.clone() };
    assert_eq!(run(&on_cpu).unwrap().adapter, None);
    let unknown = ProjectionSettings { adapter: Some("no such adapter".to_owned()), ..settings };
    let error = run(&unknown).unwrap_err().to_string();
    assert!(error.contains("no such adapter"), "{error}");
}
