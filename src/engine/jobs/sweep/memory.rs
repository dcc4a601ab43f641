//! About how much memory a trial takes, and how much there is.

use crate::dataset::Dataset;
use crate::training::Hyperparameters;

/// Numbers that are kept of each number of a table: target and context side, two moments of each, and a copy of all.
const COPIES: u64 = 12;

/// Numbers of a vector where the data alone say how many.
const WIDTH: u64 = 100;

/// Bytes of an event in sequences, histories and batches.
const EVENT: u64 = 48;

/// Bytes that a training of `dataset` takes at most, about.
pub(super) fn trial_bytes(dataset: &Dataset, base: &Hyperparameters) -> u64 {
    let numbers = dataset.catalogue.id_types.iter().map(|own| {
        let width = base.dims.get(&own.name).map_or(WIDTH, |&width| u64::from(width));
        own.vocabulary.len() as u64 * width
    });
    numbers.sum::<u64>() * COPIES * size_of::<f32>() as u64 + dataset.events.len() as u64 * EVENT
}

/// Bytes that programs can still take; `None` where the system does not say.
pub(super) fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_running_system_has_some_memory_left() {
        assert!(available_bytes().is_some_and(|bytes| bytes > 1 << 20), "{:?}", available_bytes());
    }
}
