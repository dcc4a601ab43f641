//! Nearest neighbours: of all rows, and of one among a million.
//!
//! `cargo bench --no-default-features --bench neighbors`. Arguments are divan's, but for
//! `serve FILE ROWS DIMS K RESULT`, by which `neighbors_speed.py` has a matrix of raw floats searched again and again: at
//! each line that comes in, and a line with the seconds goes out.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use divan::Bencher;
use idatlas::neighbors::{Metric, NeighborGraph, nearest};
use idatlas::progress::Watch;
use ndarray::Array2;

#[path = "../noise.rs"]
mod noise;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [verb, file, rows, dims, k, result] if verb == "serve" => {
            serve(file, (rows.parse()?, dims.parse()?), k.parse()?, result)
        }
        _ => {
            divan::main();
            Ok(())
        }
    }
}

fn serve(file: &str, shape: (usize, usize), k: usize, result: &str) -> Result<(), Box<dyn Error>> {
    let values = std::fs::read(file)?.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let rows = Array2::from_shape_vec(shape, values)?;
    for line in std::io::stdin().lines() {
        line?;
        let begun = Instant::now();
        let graph = NeighborGraph::exact(rows.view(), k, Metric::Euclidean, &Watch::unattended())?;
        let seconds = begun.elapsed().as_secs_f64();
        let bytes: Vec<u8> = graph.indices.iter().flat_map(|index| index.to_le_bytes()).collect();
        std::fs::write(result, bytes)?;
        println!("{seconds}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// Rows about a centre for each 700 of them, repeatable.
fn clustered(rows: usize, dims: usize) -> Array2<f32> {
    let mut next = noise::symmetric(1);
    let clusters = (rows / 700).max(10);
    let centres = Array2::from_shape_simple_fn((clusters, dims), &mut next);
    let mut table = Array2::from_shape_simple_fn((rows, dims), || 0.5 * next());
    for (index, mut row) in table.rows_mut().into_iter().enumerate() {
        row += &centres.row(index * 7919 % clusters);
    }
    table
}

/// The neighbours of all of 10,000 rows.
#[divan::bench(args = [10, 15, 90], sample_count = 5, sample_size = 1)]
fn all_of_10_000(bencher: Bencher<'_, '_>, k: usize) {
    let rows = clustered(10_000, 100);
    bencher.bench(|| NeighborGraph::exact(rows.view(), k, Metric::Cosine, &Watch::unattended()));
}

/// The ten nearest of a million rows to one.
#[divan::bench(args = ["cosine", "dot", "euclidean"], sample_count = 10, sample_size = 1)]
fn one_of_a_million(bencher: Bencher<'_, '_>, metric: &str) {
    let Ok(metric) = metric.parse::<Metric>() else { return };
    let rows = clustered(1_000_000, 100);
    bencher.bench(|| nearest(rows.view(), rows.row(12_345), 10, metric, Some(12_345)));
}
