//! A sweep that was made before: what came of it, and how it goes on.

use std::path::{Path, PathBuf};

use super::ledger::{LEDGER, Ledger};
use super::{SweepError, SweepIdentity, SweepRequest, Trial, TrialStatus};
use crate::engine::EngineError;
use crate::training::sweep::{Space, Strategy};
use crate::training::{BackendChoice, HyperparameterError, Hyperparameters, Preset};

/// A sweep as its folder has it.
#[derive(Debug, Clone)]
pub struct SweepRecord {
    /// Its folder.
    pub folder: PathBuf,
    /// All trials, by number.
    pub trials: Vec<Trial>,
    /// Positions in `trials` of those that were measured, best first.
    pub ranking: Vec<usize>,
    /// What varies, in words: key and values.
    pub rows: Vec<(String, String)>,
    /// What goes on with it.
    pub request: SweepRequest,
}

/// Positions in `trials` of those that were measured, best first: trained in full before others, more epochs before fewer
/// among those others, then by hit rate; ties by number.
#[must_use]
pub fn ranking(trials: &[Trial]) -> Vec<usize> {
    let measured = |&i: &usize| trials[i].status != TrialStatus::Failed && trials[i].metric.is_some();
    let key = |i: usize| match trials[i].status {
        TrialStatus::Done => (f64::INFINITY, trials[i].metric.unwrap_or(f64::NEG_INFINITY)),
        _ => (trials[i].epochs, trials[i].metric.unwrap_or(f64::NEG_INFINITY)),
    };
    let mut ranking: Vec<usize> = (0..trials.len()).filter(measured).collect();
    ranking.sort_by(|&a, &b| {
        let (a, b) = (key(a), key(b));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    ranking
}

/// Reads the sweep in `folder`.
///
/// # Errors
/// [`EngineError::Sweep`] if there is none or its ledger is damaged.
pub fn read_sweep(folder: &Path) -> Result<SweepRecord, EngineError> {
    let path = folder.join(LEDGER);
    let damaged = |message: String| SweepError::Damaged { message, path: path.clone() };
    let ledger = Ledger::read(folder)?.ok_or_else(|| damaged("there is no sweep in this folder".to_owned()))?;
    let rows = rows(&ledger.identity);
    let request = request(&ledger, &rows).map_err(damaged)?;
    let rows = request.space.axes().iter().map(|(key, axis)| (key.clone(), axis.words())).collect();
    Ok(SweepRecord {
        folder: folder.to_owned(),
        ranking: ranking(&ledger.trials),
        trials: ledger.trials,
        rows,
        request,
    })
}

/// What varies, as [`Space::of_rows`] takes it.
fn rows(identity: &SweepIdentity) -> Vec<(String, String)> {
    let row = |(key, words): (&String, &serde_json::Value)| {
        let words = words.as_str().unwrap_or_default();
        let Some((range, steps)) = words.strip_suffix(" steps in a grid").and_then(|range| range.rsplit_once(", "))
        else {
            return (key.clone(), words.to_owned());
        };
        let (range, log) = range.strip_suffix(", logarithmic").map_or((range, ""), |range| (range, " log"));
        let range = match range.strip_prefix("whole numbers ") {
            Some(whole) => whole.to_owned(),
            // Without a point, ends that are whole would mean whole numbers.
            None => range
                .split(" to ")
                .map(|end| end.parse().map_or(end.to_owned(), |end: f64| format!("{end:?}")))
                .collect::<Vec<_>>()
                .join(" to "),
        };
        (key.clone(), format!("{range}{log} in {steps} steps"))
    };
    identity.space.iter().map(row).collect()
}

fn request(ledger: &Ledger, rows: &[(String, String)]) -> Result<SweepRequest, String> {
    let (identity, plan) = (&ledger.identity, ledger.plan);
    let mut base = Hyperparameters::preset(Preset::Default);
    base.dims.clear();
    base.weight.clear();
    for (key, value) in &identity.base {
        let value = value.as_str().unwrap_or_default();
        base.set(key, value).map_err(|HyperparameterError(why)| why)?;
    }
    let space = Space::of_rows(rows, base)
        .map_err(|refused| refused.into_iter().next().map_or_else(String::new, |(_, why)| why))?;
    Ok(SweepRequest {
        space,
        strategy: identity.strategy.parse::<Strategy>()?,
        trials: identity.trials.or(plan.map(|plan| plan.trials)).unwrap_or(ledger.trials.len()),
        seed: identity.seed,
        seconds: None,
        jobs: plan.map_or(1, |plan| plan.batch),
        // What was kept may be wanted: nothing more is removed than was before.
        keep_all: ledger.trials.iter().filter(|trial| trial.run.is_some()).count() > 1,
        holdout: identity.holdout.parse()?,
        score: identity.score,
        backend: BackendChoice::default(),
    })
}
