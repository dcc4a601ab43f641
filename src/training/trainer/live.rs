//! When a model is measured while it trains.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::embedding::Model;
use crate::training::{Churn, ChurnPoint, EvaluateEvery, HeldOutPoint, LiveEvaluation, LiveSegments, PinnedId};

/// Automatic measuring waits at least this many times as long as the last measurement took.
const SPACING: f64 = 20.0;

/// What is measured of a model while it trains.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// On held-out events.
    pub evaluation: Option<LiveEvaluation>,
    /// Of neighbourhoods.
    pub churn: Option<Churn>,
}

/// What was measured at one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings {
    pub held_out: Option<HeldOutPoint>,
    pub segments: Option<Arc<LiveSegments>>,
    pub churn: Option<ChurnPoint>,
}

/// Measures a model now and then.
#[derive(Debug)]
pub(super) struct Live {
    measures: Measures,
    every: EvaluateEvery,
    /// Pairs done when it was measured last.
    measured_at: u64,
    ended: Instant,
    took: Duration,
}

impl Live {
    /// Of a training that stands at `pairs` pairs of a model with widths `dims`; `None` if it is never to be measured.
    pub(super) fn new(measures: Measures, every: EvaluateEvery, pairs: u64, dims: &[usize]) -> Option<Self> {
        if every == EvaluateEvery::Pairs(0) || (measures.evaluation.is_none() && measures.churn.is_none()) {
            return None;
        }
        let evaluation = measures.evaluation.as_ref().map_or(0.0, |evaluation| evaluation.expected_seconds(dims));
        let width = dims.first().copied().unwrap_or(0);
        let churn = measures.churn.as_ref().map_or(0.0, |churn| churn.expected_seconds(width));
        let took = Duration::try_from_secs_f64(evaluation + churn).unwrap_or(Duration::MAX);
        Some(Self { measures, every, measured_at: pairs, ended: Instant::now(), took })
    }

    /// Whether it is time, `pairs` pairs being done.
    pub(super) fn is_due(&self, pairs: u64) -> bool {
        match self.every {
            EvaluateEvery::Auto => self.ended.elapsed().as_secs_f64() >= SPACING * self.took.as_secs_f64(),
            // At every multiple, wherever a resumed training began.
            EvaluateEvery::Pairs(every) => pairs / every.max(1) > self.measured_at / every.max(1),
        }
    }

    /// Measures; `None` if interrupted.
    pub(super) fn measure(
        &mut self,
        model: &Model,
        pairs: u64,
        pinned: &BTreeSet<PinnedId>,
        interrupted: &dyn Fn() -> bool,
    ) -> Option<Findings> {
        let begun = Instant::now();
        let mut measured = Some(Findings::default());
        if let Some(evaluation) = &self.measures.evaluation {
            let found = evaluation.measure_by_segment(model, interrupted);
            measured = found.map(|(held_out, segments)| Findings {
                held_out: Some(held_out),
                segments: Some(Arc::new(segments)),
                churn: None,
            });
        }
        if let Some(measured) = &mut measured {
            measured.churn = self.churn(model, pinned, interrupted);
        }
        self.measured_at = pairs;
        self.ended = Instant::now();
        self.took = begun.elapsed();
        measured
    }

    /// How far neighbourhoods have changed, if that is measured.
    pub(super) fn churn(
        &mut self,
        model: &Model,
        pinned: &BTreeSet<PinnedId>,
        interrupted: &dyn Fn() -> bool,
    ) -> Option<ChurnPoint> {
        self.measures.churn.as_mut()?.measure(model, pinned, interrupted)
    }

    /// It was measured just now, `pairs` pairs being done, by who measures anyway.
    pub(super) fn was_measured(&mut self, pairs: u64) {
        self.measured_at = pairs;
        self.ended = Instant::now();
    }
}
