//! How long a training has run and how fast it is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Seconds of training, pauses left out.
#[derive(Debug)]
pub(super) struct Stopwatch {
    before: Duration,
    running_since: Option<Instant>,
}

impl Stopwatch {
    /// A running watch that shows `seconds` already.
    pub(super) fn started_at(seconds: f64) -> Self {
        let before = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Self { before, running_since: Some(Instant::now()) }
    }

    pub(super) fn pause(&mut self) {
        if let Some(since) = self.running_since.take() {
            self.before += since.elapsed();
        }
    }

    pub(super) fn resume(&mut self) {
        self.running_since.get_or_insert_with(Instant::now);
    }

    pub(super) fn seconds(&self) -> f64 {
        (self.before + self.running_since.map_or(Duration::ZERO, |since| since.elapsed())).as_secs_f64()
    }
}

/// Pairs a second over the last few seconds.
#[derive(Debug, Default)]
pub(super) struct RateMeter {
    /// (seconds, pairs) of the last readings, oldest first.
    readings: VecDeque<(f64, u64)>,
}

impl RateMeter {
    /// Seconds that the rate looks back.
    const SPAN: f64 = 3.0;

    pub(super) fn read(&mut self, seconds: f64, pairs: u64) {
        self.readings.push_back((seconds, pairs));
        // One reading older than the span stays, so that slow readings still make a rate.
        while self.readings.get(1).is_some_and(|reading| reading.0 < seconds - Self::SPAN) {
            self.readings.pop_front();
        }
    }

    /// 0 until there are two readings.
    pub(super) fn pairs_per_second(&self) -> f64 {
        match (self.readings.front(), self.readings.back()) {
            (Some(first), Some(last)) if last.0 > first.0 => (last.1 - first.1) as f64 / (last.0 - first.0),
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_forgets_what_is_long_past() {
        let mut meter = RateMeter::default();
        assert_eq!(meter.pairs_per_second(), 0.0);
        for step in 0..=100_u32 {
            let seconds = f64::from(step) / 10.0;
            // 1,000 a second for five seconds, then 3,000.
            let pairs = if step <= 50 { 100 * step } else { 5_000 + 300 * (step - 50) };
            meter.read(seconds, u64::from(pairs));
        }
        assert!((meter.pairs_per_second() - 3_000.0).abs() < 1.0, "{}", meter.pairs_per_second());
    }

    #[test]
    fn a_paused_watch_stands_still() {
        let mut watch = Stopwatch::started_at(10.0);
        watch.pause();
        let paused = watch.seconds();
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(watch.seconds(), paused);
        assert!(paused >= 10.0);
        watch.resume();
        std::thread::sleep(Duration::from_millis(5));
        assert!(watch.seconds() > paused);
    }
}
