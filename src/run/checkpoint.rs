//! What resuming needs beyond the model: where it stands, and what `early_stop` has counted.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::read::read_model;
use super::tensors::{Floats, Tensors};
use super::write::model_tensors;
use super::{Checkpoint, RunError};
use crate::dataset::TrainedType;
use crate::embedding::Model;
use crate::objective::BackendState;
use crate::training::{BestEpoch, LossPartsRow, Patience};

/// What stands in the names of the best epoch's optimiser memory, before their own.
const STATE: &str = "state/";

/// The metadata of checkpoint.safetensors.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Position {
    pub step: u64,
    epoch: u32,
    batch: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patience: Option<KeptPatience>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptPatience {
    epochs_without_better: u32,
    best: Option<KeptBest>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptBest {
    /// A number as text: the JSON reader may be off in the last digit, and equal scores must stay equal.
    score: String,
    epochs: u32,
    step: u64,
    pairs: u64,
    seconds: f64,
    loss: Option<LossPartsRow>,
}

/// The best epoch, if it is another than the one that the checkpoint is of.
pub(super) fn best_apart(checkpoint: &Checkpoint) -> Option<&BestEpoch> {
    let best = checkpoint.patience.as_ref()?.best.as_ref()?;
    (best.state.step != checkpoint.state.step).then_some(best)
}

/// The tables and the optimiser's memory of the best epoch.
pub(super) fn best_tensors<'a>(types: &[TrainedType], best: &'a BestEpoch) -> Vec<(String, Floats<'a>)> {
    let mut tensors = model_tensors(types, &best.model);
    let state = best.state.tensors.iter().map(|(name, values)| (format!("{STATE}{name}"), Floats::flat(values)));
    tensors.extend(state);
    tensors
}

/// What [`best_tensors`] gave, `step` steps being taken.
///
/// # Errors
/// [`RunError::Damaged`].
pub(super) fn read_best(
    tensors: &Tensors<'_>,
    types: &[TrainedType],
    step: u64,
) -> Result<(Arc<Model>, Arc<BackendState>), RunError> {
    let model = read_model(tensors, types)?;
    let all = tensors.all_flat()?.into_iter();
    let memory = all.filter_map(|(name, values)| Some((name.strip_prefix(STATE)?.to_owned(), values)));
    Ok((Arc::new(model), Arc::new(BackendState { step, tensors: memory.collect() })))
}

impl Position {
    pub fn of(checkpoint: &Checkpoint) -> Self {
        let kept = |patience: &Patience| KeptPatience {
            epochs_without_better: patience.epochs_without_better,
            best: patience.best.as_ref().map(|best| KeptBest {
                score: best.score.to_string(),
                epochs: best.epochs,
                step: best.state.step,
                pairs: best.pairs,
                seconds: best.seconds,
                loss: best.epoch_loss,
            }),
        };
        let (epoch, batch) = checkpoint.position;
        Self { step: checkpoint.state.step, epoch, batch, patience: checkpoint.patience.as_ref().map(kept) }
    }

    /// The checkpoint of the run whose tables are `model`, in the file `path`. `read_best` reads the best epoch, if that
    /// is another one.
    ///
    /// # Errors
    /// [`RunError::Damaged`], and those of `read_best`.
    pub fn checkpoint(
        self,
        state: BackendState,
        path: &Path,
        model: &Arc<Model>,
        read_best: impl FnOnce(u64) -> Result<(Arc<Model>, Arc<BackendState>), RunError>,
    ) -> Result<Checkpoint, RunError> {
        let mut checkpoint = Checkpoint { state, position: (self.epoch, self.batch), patience: None };
        let Some(KeptPatience { epochs_without_better, best }) = self.patience else { return Ok(checkpoint) };
        let mut patience = Patience { epochs_without_better, best: None };
        if let Some(KeptBest { score, epochs, step, pairs, seconds, loss }) = best {
            let (model, state) = match step == checkpoint.state.step {
                true => (Arc::clone(model), Arc::new(checkpoint.state.clone())),
                false => read_best(step)?,
            };
            let score = score.parse().map_err(|error| {
                RunError::damaged(path, format!("The score of the best epoch is {score:?}: {error}"))
            })?;
            patience.best = Some(BestEpoch { score, model, state, epochs, pairs, seconds, epoch_loss: loss });
        }
        checkpoint.patience = Some(patience);
        Ok(checkpoint)
    }
}
