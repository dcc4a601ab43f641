//! Files to a dataset: read, IDs encoded, events sorted by user and time.
//!
//! `cargo bench --no-default-features --bench load` measures on the bundled sample, or on the files that
//! `IDATLAS_BENCH_EVENTS` and `IDATLAS_BENCH_ITEMS` name, as they are and as CSV.
//!
//! With the arguments `serve EVENTS` the program loads the file once for each line on stdin and answers with the
//! seconds it took: `polars_load.py` so compares without the start of a process.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod measured_data;

use std::error::Error;
use std::fmt::Write;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::Instant;

use divan::Bencher;
use divan::counter::ItemsCount;
use idatlas::dataset::{DataRequest, Dataset, load};
use idatlas::progress::Watch;
use tempfile::TempDir;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [verb, events] if verb == "serve" => serve(Path::new(events)),
        _ => {
            divan::main();
            Ok(())
        }
    }
}

fn serve(events: &Path) -> Result<(), Box<dyn Error>> {
    let request = DataRequest { events: vec![events.to_owned()], ..DataRequest::default() };
    for line in std::io::stdin().lock().lines() {
        line?;
        let start = Instant::now();
        let dataset = load(&request, &Watch::unattended())?;
        println!("{} {}", start.elapsed().as_secs_f64(), dataset.events.len());
    }
    Ok(())
}

/// Loads the data as it is named: Parquet, for the bundled sample.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn as_named(bencher: Bencher<'_, '_>) {
    let Some(request) = measured_data::request() else { return };
    measure(bencher, &request);
}

/// Loads the same events as CSV, without items.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn as_csv(bencher: Bencher<'_, '_>) {
    let Some(dataset) = measured_data::dataset() else { return };
    let folder = match TempDir::new() {
        Ok(folder) => folder,
        Err(error) => return println!("skipped: no folder for the CSV: {error}"),
    };
    match write_csv(&dataset, folder.path()) {
        Ok(events) => measure(bencher, &DataRequest { events: vec![events], ..DataRequest::default() }),
        Err(error) => println!("skipped: the CSV cannot be written: {error}"),
    }
}

fn measure(bencher: Bencher<'_, '_>, request: &DataRequest) {
    let events = load(request, &Watch::unattended()).map_or(0, |dataset| dataset.events.len());
    bencher.counter(ItemsCount::new(events)).bench(|| load(request, &Watch::unattended()));
}

fn write_csv(dataset: &Dataset, folder: &Path) -> std::io::Result<PathBuf> {
    let items = &dataset.catalogue.id_types[0].vocabulary;
    let mut text = String::from("user_id,item_id,timestamp\n");
    for user in 0..dataset.events.user_count() {
        let id = dataset.users.id(user as u32);
        for event in dataset.events.of_user(user) {
            let (item, time) = (items.id(dataset.events.item[event]), dataset.events.time[event]);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{id},{item},{time}");
        }
    }
    let path = folder.join("events.csv");
    std::fs::write(&path, text)?;
    Ok(path)
}
