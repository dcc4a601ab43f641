//! What the benchmarks run on: the bundled sample, or the files that `IDATLAS_BENCH_EVENTS` and `IDATLAS_BENCH_ITEMS`
//! name.
#![allow(clippy::print_stdout, reason = "a benchmark prints what it skips")]

use std::path::PathBuf;

use idatlas::dataset::{DataRequest, Dataset, load};
use idatlas::progress::Watch;

/// The files to measure on; `None`, with a word on stdout, if one is not there.
pub fn request() -> Option<DataRequest> {
    let named = std::env::var_os("IDATLAS_BENCH_EVENTS").map(PathBuf::from);
    let (events, items) = match named {
        Some(events) => (events, std::env::var_os("IDATLAS_BENCH_ITEMS").map(PathBuf::from)),
        None => {
            let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/sample");
            (sample.join("events.parquet"), Some(sample.join("items.parquet")))
        }
    };
    if let Some(absent) = std::iter::once(&events).chain(&items).find(|path| !path.is_file()) {
        println!("skipped: there is no file {}", absent.display());
        return None;
    }
    Some(DataRequest { events: vec![events], items, ..DataRequest::default() })
}

/// The data of [`request`]; `None`, with a word on stdout, if it cannot be read.
pub fn dataset() -> Option<Dataset> {
    load(&request()?, &Watch::unattended()).map_err(|error| println!("skipped: {error}")).ok()
}
