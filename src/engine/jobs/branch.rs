//! Going on from a run with other hyperparameters, as a run of its own.

use std::path::Path;
use std::sync::Arc;

use super::train::Prepared;
use crate::dataset::Dataset;
use crate::engine::EngineError;
use crate::run::{BranchOf, Checkpoint, Run, RunError, Timings};
use crate::training::{BackendChoice, HyperparameterError};

/// Hyperparameters that can change from one step to the next: what is trained on, the tables and the optimiser's memory
/// stay what they are.
const CHANGEABLE: [&str; 10] = [
    "learning_rate",
    "lr_schedule",
    "alpha",
    "beta",
    "negatives",
    "struct_negatives",
    "struct_share",
    "early_stop",
    "evaluate_every",
    "evaluate_users",
];

/// What a branch changes.
#[derive(Debug, Clone, PartialEq)]
pub struct BranchRequest {
    /// Hyperparameters as `--set` takes them: those of [`BranchRequest::can_change`].
    pub changes: Vec<(String, String)>,
    /// How many epochs more it is trained; an epoch that the run stopped within is the first of them.
    pub epochs: u32,
    /// Where.
    pub backend: BackendChoice,
    /// Its name.
    pub name: String,
}

impl BranchRequest {
    /// Whether a branch can change the hyperparameter `key`.
    #[must_use]
    pub fn can_change(key: &str) -> bool {
        CHANGEABLE.contains(&key) || key.starts_with("weight.")
    }
}

impl Prepared {
    /// A training that goes on from `run` as `request` says, on the data that it was trained on. Its curve begins with that
    /// of the run, and its learning rate, where that falls, falls from here on. `place` is the run's folder, if it has one.
    ///
    /// # Errors
    /// [`EngineError::Hyperparameters`] for what a branch cannot change; others as [`Self::going_on`].
    pub fn branching(
        mut run: Run,
        place: Option<&Path>,
        dataset: &Arc<Dataset>,
        request: &BranchRequest,
        load_seconds: f64,
    ) -> Result<Self, EngineError> {
        let named = place.map_or_else(|| run.metadata.name.clone().into(), Path::to_owned);
        let Some(checkpoint) = run.checkpoint.clone() else {
            let message = "The run has no checkpoint to branch from".to_owned();
            return Err(RunError::NotResumable { message, path: named }.into());
        };
        let mut hyperparameters = run.metadata.hyperparameters.clone();
        let mut changed = Vec::new();
        for (key, value) in &request.changes {
            if !BranchRequest::can_change(key) {
                let known = CHANGEABLE.join(", ");
                let message = format!("A branch cannot change {key}; it can change {known} and weight.TYPE");
                return Err(HyperparameterError(message).into());
            }
            let before = hyperparameters.get(key);
            hyperparameters.set(key, value)?;
            if hyperparameters.get(key) != before {
                let since = hyperparameters.get(key).unwrap_or_else(|| value.clone());
                changed.push((key.clone(), before, since));
            }
        }
        // The curve of a training that `early_stop` ended goes on beyond its best epoch.
        run.curve.retain(|point| point.epoch <= run.metadata.epochs_done);
        let (epoch, batch) = checkpoint.position;
        hyperparameters.epochs = epoch.saturating_add(request.epochs.max(1));
        let about = &mut run.metadata;
        about.branch = Some(BranchOf {
            name: about.name.clone(),
            path: place.map(|path| path.display().to_string()),
            epochs_done: about.epochs_done,
            pairs: about.pairs,
            changed,
        });
        about.name.clone_from(&request.name);
        about.hyperparameters = hyperparameters;
        about.timings = Timings { train: about.timings.train, ..Timings::default() };
        (about.stopped, about.trouble, about.metrics) = (true, None, None);
        // What was counted for other hyperparameters says nothing of these.
        let state = checkpoint.state.clone();
        run.checkpoint = Some(Arc::new(Checkpoint { state, position: (epoch, batch), patience: None }));
        Self::going_on(run, &named, dataset, &request.backend, load_seconds)
    }
}
