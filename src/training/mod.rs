//! Hyperparameters, sampling, the trainer, the CPU backend, evaluation.

mod choice;
mod churn;
pub mod cpu;
mod curve;
mod evaluation;
mod hyperparameters;
mod initialisation;
mod random;
mod sampling;
pub mod sweep;
mod trainer;
mod warm_start;

pub use crate::gpu::BackendKind;
pub use choice::{BackendChoice, open_backend};
pub use churn::{Churn, ChurnPoint, PinnedId};
pub use curve::{CurvePoint, HeldOutPoint, LossPartsRow, smoothed};
pub use evaluation::{
    AttributeAuc, Baselines, ByRepeat, ColdStart, ColdStartBaselines, EpochEvaluation, EpochFigures, Evaluated,
    Evaluation, EvaluationSettings, Figures, LiveEvaluation, LiveSegments, NewItems, NextItem, Query, RankedMetrics,
    Repeats, Score, Segment, SegmentsOfType, evaluate, held_out_queries, hit_rates_by_segment,
};
pub use hyperparameters::{
    CheckedHyperparameters, EvaluateEvery, Execution, HyperparameterError, Hyperparameters, Initialisation, KeyDoc,
    LearningRateSchedule, NegativeSampling, NegativeSharing, Preset, WidthRule, Window,
};
pub use initialisation::initialise;
pub use sampling::{EpochPlan, Sampler, log_probabilities};
pub use trainer::{
    BestEpoch, EpochCheckpoint, Patience, TrainControl, TrainEvent, TrainFailure, Trained, Trainer, Validation,
};
pub use warm_start::{Earlier, StartOfType, WarmStart, warm_start};
