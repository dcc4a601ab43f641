//! When a model is measured while it trains.

use std::time::{Duration, Instant};

use crate::embedding::Model;
use crate::training::{EvaluateEvery, HeldOutPoint, LiveEvaluation};

/// Automatic measuring waits at least this many times as long as the last measurement took.
const SPACING: f64 = 20.0;

/// Measures a model now and then.
#[derive(Debug)]
pub(super) struct Live {
    evaluation: LiveEvaluation,
    every: EvaluateEvery,
    /// Pairs done when it was measured last.
    measured_at: u64,
    ended: Instant,
    took: Duration,
}

impl Live {
    /// Of a training that stands at `pairs` pairs of a model with widths `dims`; `None` if it is never to be measured.
    pub(super) fn new(evaluation: LiveEvaluation, every: EvaluateEvery, pairs: u64, dims: &[usize]) -> Option<Self> {
        if every == EvaluateEvery::Pairs(0) {
            return None;
        }
        let took = Duration::try_from_secs_f64(evaluation.expected_seconds(dims)).unwrap_or(Duration::MAX);
        Some(Self { evaluation, every, measured_at: pairs, ended: Instant::now(), took })
    }

    /// Whether it is time, `pairs` pairs being done.
    pub(super) fn is_due(&self, pairs: u64) -> bool {
        match self.every {
            EvaluateEvery::Auto => self.ended.elapsed().as_secs_f64() >= SPACING * self.took.as_secs_f64(),
            // At every multiple, wherever a resumed training began.
            EvaluateEvery::Pairs(every) => pairs / every.max(1) > self.measured_at / every.max(1),
        }
    }

    /// Measures, unless interrupted.
    pub(super) fn measure(
        &mut self,
        model: &Model,
        pairs: u64,
        interrupted: &dyn Fn() -> bool,
    ) -> Option<HeldOutPoint> {
        let begun = Instant::now();
        let point = self.evaluation.measure(model, interrupted);
        self.measured_at = pairs;
        self.ended = Instant::now();
        self.took = begun.elapsed();
        point
    }

    /// It was measured just now, `pairs` pairs being done, by who measures anyway.
    pub(super) fn was_measured(&mut self, pairs: u64) {
        self.measured_at = pairs;
        self.ended = Instant::now();
    }
}
