//! How much work one submission takes: as much as the device does in a few milliseconds.

use super::AdapterKind;

/// Seconds of device work that a submission aims at: long enough that submitting costs next to nothing, short enough
/// that a window that shares the device stays smooth.
const WANTED: f64 = 0.0075;

/// Share that a full submission has in the rate.
const WEIGHT: f64 = 0.3;

/// The rate at which a device moves bytes, learned from the submissions that are done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    bytes_per_second: f64,
}

impl Pace {
    /// Before anything is measured: low memory rates of such adapters.
    pub(super) fn of(kind: AdapterKind) -> Self {
        let bytes_per_second = match kind {
            AdapterKind::DiscreteGpu => 100e9,
            AdapterKind::IntegratedGpu | AdapterKind::VirtualGpu | AdapterKind::Other => 25e9,
            AdapterKind::Cpu => 1e9,
        };
        Self { bytes_per_second }
    }

    /// Bytes of a submission.
    pub(super) fn budget(self) -> f64 {
        self.bytes_per_second * WANTED
    }

    /// Seconds that `bytes` take.
    pub(super) fn seconds(self, bytes: f64) -> f64 {
        bytes / self.bytes_per_second
    }

    /// Learns that `bytes` took `seconds`. Small submissions tell little; none changes the rate more than fourfold.
    pub(super) fn observe(&mut self, bytes: f64, seconds: f64) {
        if bytes <= 0.0 || seconds <= 0.0 {
            return;
        }
        let known = self.bytes_per_second;
        let found = (bytes / seconds).clamp(known / 4.0, known * 4.0);
        let weight = WEIGHT * (bytes / self.budget()).min(1.0);
        // The mean of times, not of rates: what counts is how long the next one takes.
        self.bytes_per_second = 1.0 / ((1.0 - weight) / known + weight / found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn submissions_settle_at_the_wanted_time_on_fast_and_slow_devices() {
        for rate in [0.05e9, 1e9, 40e9, 3_000e9] {
            let mut pace = Pace::of(AdapterKind::DiscreteGpu);
            for _ in 0..200 {
                pace.observe(pace.budget(), pace.budget() / rate);
            }
            let seconds = pace.budget() / rate;
            assert!((0.005..0.010).contains(&seconds), "{rate:e} bytes a second: {seconds} s");
        }
    }

    #[test]
    fn one_stall_hardly_changes_the_pace() {
        let mut pace = Pace::of(AdapterKind::IntegratedGpu);
        let before = pace.budget();
        pace.observe(before, 2.0);
        assert!(pace.budget() > before / 2.0);
        pace.observe(0.0, 0.0);
        assert!(pace.budget().is_finite());
    }
}
