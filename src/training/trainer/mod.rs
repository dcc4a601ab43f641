//! Epochs, pauses, stops, curve and checkpoints.

mod control;
mod course;
mod feed;
mod live;
mod loss_sum;
mod pace;
mod patience;

use std::sync::Arc;
use std::thread::scope;

pub use control::TrainControl;
pub use patience::{BestEpoch, Patience};

use self::course::{Course, Plan};
use self::feed::{Feed, Wanted};
use self::live::{Live, Measures};
use super::sampling::{Sampler, contexts_of_longest, pairs_of_sequence};
use super::{
    CheckedHyperparameters, Churn, CurvePoint, EpochFigures, LiveEvaluation, LiveSegments, LossPartsRow,
    NegativeSharing,
};
use crate::dataset::Corpus;
use crate::embedding::Model;
use crate::numbers::figures;
use crate::objective::{Backend, BackendError, BackendState, DeviceWork};
use crate::progress::CancelToken;

/// What a training tells while it runs. Called on the training thread; must return quickly.
#[derive(Debug, Clone)]
pub enum TrainEvent {
    /// The first step is about to be taken.
    Started {
        /// The backend's name.
        backend: String,
    },
    /// A point of the curve (20 a second at first, one a second in a long training): a new one, or the last one with what
    /// was measured since. [`CurvePoint::put`] tells them apart.
    Point(CurvePoint),
    /// Hit rates by attribute ID, as they were measured last.
    Segments(Arc<LiveSegments>),
    /// How far it is: pairs done, pairs in all, pairs a second lately, seconds left.
    Progress {
        /// Epochs done, with fraction.
        epoch: f64,
        /// Pairs trained.
        pairs: u64,
        /// Pairs in all epochs, as far as known.
        total_pairs: u64,
        /// Pairs a second over the last seconds; 0 while unknown.
        pairs_per_second: f64,
        /// Seconds left at that rate; infinite while unknown.
        seconds_left: f64,
    },
    /// A copy of the model: where asked for, and at the end of each epoch, but for epochs so short that copying would
    /// take over a twentieth of the time.
    Snapshot {
        /// Steps taken.
        step: u64,
        /// The model.
        model: Arc<Model>,
    },
    /// The end of an epoch, copied wherever [`Self::Snapshot`] is: all that resuming needs.
    Checkpoint(Box<EpochCheckpoint>),
    /// An epoch has ended: how many are done.
    EpochDone(u32),
}

/// All that was learned by the end of an epoch.
#[derive(Debug, Clone)]
pub struct EpochCheckpoint {
    /// The learned parameters.
    pub model: Arc<Model>,
    /// The optimiser's memory.
    pub state: Arc<BackendState>,
    /// The curve so far.
    pub curve: Vec<CurvePoint>,
    /// Mean loss parts over the steps of the epoch.
    pub epoch_loss: Option<LossPartsRow>,
    /// Where the sampler stands: the epoch to go on with, and batch 0.
    pub position: (u32, u64),
    /// Pairs trained.
    pub pairs: u64,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// What `early_stop` has counted, this epoch included; `None` if it is off.
    pub patience: Option<Patience>,
}

/// What a training leaves.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The learned parameters.
    pub model: Model,
    /// The optimiser's memory.
    pub state: BackendState,
    /// The curve.
    pub curve: Vec<CurvePoint>,
    /// Mean loss parts over the steps of the last epoch that made `model` whole; `None` without one.
    pub epoch_loss: Option<LossPartsRow>,
    /// Epochs that made `model`, with fraction. Fewer than asked for if stopped, or if `early_stop` chose an earlier one.
    pub epochs_done: f64,
    /// Where the sampler stands: epoch and batch to go on from.
    pub position: (u32, u64),
    /// Pairs trained.
    pub pairs: u64,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// Whether [`TrainControl::stop`] ended it before its last epoch.
    pub stopped: bool,
    /// What `early_stop` has counted; `None` if it is off.
    pub patience: Option<Patience>,
    /// The backend's name.
    pub backend: String,
    /// What its device did since this training was begun or resumed; `None` if it has none but the CPU.
    pub device_work: Option<DeviceWork>,
}

/// Why a training ended without a result, or with an older one.
#[derive(Debug, thiserror::Error)]
pub enum TrainFailure {
    /// The backend failed; `last` is the last finished epoch.
    #[error("{source}")]
    Backend {
        /// The cause.
        source: BackendError,
        /// The last finished epoch that was kept, if any.
        last: Option<Box<Trained>>,
    },
    /// The loss stopped being a number, or grew to a thousand times what it was at the start; `last` is the last finished epoch.
    #[error(
        "The loss became {} at step {step}: training diverged; lower learning_rate (it was {learning_rate})",
        if loss.is_finite() { figures(*loss, 3) } else { loss.to_string() }
    )]
    Diverged {
        /// The loss.
        loss: f64,
        /// The step.
        step: u64,
        /// The hyperparameter `learning_rate`.
        learning_rate: f64,
        /// The last finished epoch that was kept, if any.
        last: Option<Box<Trained>>,
    },
}

/// Measures a model at the end of each epoch.
pub type Validation = Box<dyn FnMut(&Model) -> EpochFigures + Send>;

/// Trains one corpus on one backend.
pub struct Trainer {
    corpus: Arc<Corpus>,
    hyperparameters: CheckedHyperparameters,
    backend: Box<dyn Backend>,
    validation: Option<Validation>,
    measures: Measures,
    schedule_from: f64,
    checkpoints: Option<u32>,
    start: Start,
}

/// Where a training begins.
#[derive(Debug, Default)]
struct Start {
    position: (u32, u64),
    epochs_done: f64,
    step: u64,
    pairs: u64,
    seconds: f64,
    curve: Vec<CurvePoint>,
    patience: Patience,
    has_ended: bool,
}

impl Trainer {
    /// A training that starts from the backend's model.
    #[must_use]
    pub fn new(corpus: Arc<Corpus>, hyperparameters: CheckedHyperparameters, backend: Box<dyn Backend>) -> Self {
        let (measures, start) = (Measures::default(), Start::default());
        let (validation, checkpoints) = (None, None);
        Self { corpus, hyperparameters, backend, validation, measures, schedule_from: 0.0, checkpoints, start }
    }

    /// Measures the model with `validation` at the end of each epoch; what it measures of held-out events goes into the
    /// curve, if there is a live evaluation, and is not measured again there. With `early_stop` = n above 0 the training ends
    /// after n epochs without a better figure, and leaves the model of the best epoch.
    #[must_use]
    pub fn with_validation(mut self, validation: Validation) -> Self {
        self.validation = Some(validation);
        self
    }

    /// Measures held-out events with `live` while it trains, as often as `evaluate_every` says, and at the end. What is
    /// learned is the same with and without.
    #[must_use]
    pub fn with_live_evaluation(mut self, live: LiveEvaluation) -> Self {
        self.measures.evaluation = Some(live);
        self
    }

    /// Measures how far neighbourhoods change with `churn`, whenever held-out events are measured or would be. What is
    /// learned is the same with and without.
    #[must_use]
    pub fn with_churn(mut self, churn: Churn) -> Self {
        self.measures.churn = Some(churn);
        self
    }

    /// Has every `epochs`-th epoch's end told as a [`TrainEvent::Checkpoint`], however short epochs are.
    #[must_use]
    pub fn with_checkpoints(mut self, epochs: u32) -> Self {
        self.checkpoints = Some(epochs.max(1));
        self
    }

    /// Has the learning rate fall from epoch `epochs` on, with fraction, instead of from the start.
    #[must_use]
    pub fn with_schedule_from(mut self, epochs: f64) -> Self {
        self.schedule_from = epochs;
        self
    }

    /// Goes on where `trained` stopped: the rest is bit for bit what it would have been without the stop, on the same
    /// backend, and ends at the same epoch. (Where `early_stop` is on but `trained` has no count, it counts anew.)
    ///
    /// # Errors
    /// [`BackendError::StateMismatch`] if it belongs to another model or other data.
    pub fn resume(&mut self, trained: &Trained) -> Result<(), BackendError> {
        let (epoch, batch) = trained.position;
        if batch > 0 {
            let sampler = Sampler::new(Arc::clone(&self.corpus), self.hyperparameters.clone());
            let batches = sampler.epoch(epoch).batch_count() as u64;
            if batch > batches {
                return Err(BackendError::StateMismatch {
                    message: format!("it stands at batch {batch} of an epoch that has {batches} with these data"),
                });
            }
        }
        self.backend.restore(&trained.model, &trained.state)?;
        self.start = Start {
            position: trained.position,
            epochs_done: trained.epochs_done,
            step: trained.state.step,
            pairs: trained.pairs,
            seconds: trained.seconds,
            curve: trained.curve.clone(),
            patience: trained.patience.clone().unwrap_or_default(),
            // It stands at its best epoch, and those after that are done.
            has_ended: self.hyperparameters.values().early_stop > 0 && !trained.stopped,
        };
        Ok(())
    }

    /// Trains until the last epoch, or until `control` says stop.
    ///
    /// # Errors
    /// [`TrainFailure`] with the last finished epoch.
    pub fn run(self, control: &TrainControl, observer: &mut dyn FnMut(TrainEvent)) -> Result<Trained, TrainFailure> {
        let batch_bytes = self.batch_bytes();
        let total_pairs = self.total_pairs();
        let Self { corpus, hyperparameters, mut backend, validation, measures, schedule_from, checkpoints, start } =
            self;
        if hyperparameters.values().early_stop > 0 && validation.is_none() {
            tracing::warn!("early_stop is set, but nothing measures the epochs: all of them will be trained");
        }
        let sampler = Sampler::new(corpus, hyperparameters.clone());
        let wanted = Wanted { from: start.position, epochs: hyperparameters.values().epochs, batch_bytes };
        let cancel = CancelToken::default();
        let every = hyperparameters.values().evaluate_every;
        let live = Live::new(measures, every, start.pairs, hyperparameters.dims());
        observer(TrainEvent::Started { backend: backend.name() });
        let plan = Plan { validation, live, schedule_from, checkpoints };
        scope(|threads| {
            let result = match Feed::start(threads, sampler, &wanted, backend.as_mut(), cancel.clone()) {
                Ok(feed) => {
                    Course::new(hyperparameters, backend, plan, start, total_pairs, control, observer).run(feed)
                }
                Err(error) => Err(TrainFailure::Backend {
                    source: BackendError::Unavailable {
                        message: format!("The system refuses a thread for sampling ({error}); close other programs"),
                    },
                    last: None,
                }),
            };
            // The feed is dropped by now; this ends a plan that is being made.
            cancel.cancel();
            result
        })
    }

    /// Pairs in all epochs; with `subsample` on, an upper bound until epochs are cut.
    fn total_pairs(&self) -> u64 {
        let values = self.hyperparameters.values();
        let an_epoch: u64 = self.sequence_lengths().map(|length| pairs_of_sequence(length, values.window)).sum();
        an_epoch.saturating_mul(u64::from(values.epochs))
    }

    /// About how much memory a batch takes.
    fn batch_bytes(&self) -> u64 {
        let values = self.hyperparameters.values();
        let longest = self.sequence_lengths().max().unwrap_or(0);
        let per_pair = match values.negative_sharing {
            NegativeSharing::Pair => 1 + u64::from(values.negatives),
            NegativeSharing::Window | NegativeSharing::Group(_) => 1,
        };
        4 * u64::from(values.batch_size) * contexts_of_longest(longest, values.window) as u64 * per_pair
    }

    fn sequence_lengths(&self) -> impl Iterator<Item = usize> {
        self.corpus.sequences.offsets.windows(2).map(|ends| ends[1] - ends[0])
    }
}
