//! Hyperparameters, sampling, the trainer, the CPU backend, evaluation.

mod choice;
pub mod cpu;
mod curve;
mod evaluation;
mod hyperparameters;
mod initialisation;
mod random;
mod sampling;
mod trainer;

pub use choice::{BackendChoice, BackendKind, open_backend};
pub use curve::{CurvePoint, LossPartsRow};
pub use evaluation::{Evaluation, EvaluationSettings, NextItem, Query, RankedMetrics, Score, evaluate};
pub use hyperparameters::{
    CheckedHyperparameters, Execution, HyperparameterError, Hyperparameters, Initialisation, KeyDoc,
    LearningRateSchedule, NegativeSampling, NegativeSharing, Preset, WidthRule, Window,
};
pub use initialisation::initialise;
pub use sampling::{EpochPlan, Sampler, log_probabilities};
pub use trainer::{TrainControl, TrainEvent, TrainFailure, Trained, Trainer, Validation};
