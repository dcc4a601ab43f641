//! The contract between the trainer and what computes.

use std::collections::BTreeMap;
use std::ops::{Add, AddAssign};

use super::{Batch, PlannedBatch};
use crate::embedding::Model;

/// The three parts of the loss of MODEL.md, each already scaled (1/N, alpha, beta included).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LossParts {
    /// Skip-gram with negative sampling.
    pub pair: f64,
    /// Item against its attributes.
    pub structure: f64,
    /// Penalty on the transfer matrices.
    pub regulariser: f64,
}

impl LossParts {
    /// The sum of the parts.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.pair + self.structure + self.regulariser
    }

    /// Each part multiplied by `factor`.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { pair: self.pair * factor, structure: self.structure * factor, regulariser: self.regulariser * factor }
    }

    /// Whether every part is a finite number.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.total().is_finite()
    }
}

impl Add for LossParts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            pair: self.pair + other.pair,
            structure: self.structure + other.structure,
            regulariser: self.regulariser + other.regulariser,
        }
    }
}

impl AddAssign for LossParts {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What the optimiser remembers beside the model: enough to resume bit-exactly on the same backend.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BackendState {
    /// Optimiser steps taken.
    pub step: u64,
    /// Moments and accumulators by name (`first_moment/target/0`, ...; types by index), flat, row-major.
    pub tensors: BTreeMap<String, Vec<f32>>,
}

/// What a backend's device has done, where it has one of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DeviceWork {
    /// Pairs of the steps submitted.
    pub pairs: u64,
    /// Bytes that those steps read and write.
    pub bytes: f64,
    /// Pieces of work handed to the device.
    pub submissions: u64,
    /// Seconds that the device worked.
    pub busy_seconds: f64,
    /// Seconds in which there were steps to do; where they exceed `busy_seconds` the device waited for the host.
    pub active_seconds: f64,
    /// Seconds that the longest submission took.
    pub longest_submission: f64,
}

impl DeviceWork {
    /// Bytes that a pair moves; `None` before the first.
    #[must_use]
    pub fn bytes_per_pair(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.bytes / self.pairs as f64)
    }

    /// The share of the active time in which the device waited for the host, 0 to 1; `None` before anything was done.
    #[must_use]
    pub fn host_wait(&self) -> Option<f64> {
        (self.active_seconds > 0.0).then(|| (1.0 - self.busy_seconds / self.active_seconds).clamp(0.0, 1.0))
    }
}

/// Why a backend could not go on.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The tables and buffers do not fit.
    #[error(
        "Training needs {needed_mib} MiB on {device} but {available_mib} MiB can be used; lower dims or batch_size, or use --backend cpu"
    )]
    OutOfMemory {
        /// What the plan asks for.
        needed_mib: u64,
        /// What the device allows.
        available_mib: u64,
        /// The device's name.
        device: String,
    },
    /// The device vanished or refused work.
    #[error("The GPU device failed: {message}; the last finished epoch is kept, train on with --backend cpu")]
    DeviceLost {
        /// The driver's words.
        message: String,
    },
    /// A saved state belongs to another model.
    #[error("The saved optimiser state does not fit this model: {message}")]
    StateMismatch {
        /// Which tensor, and how it differs.
        message: String,
    },
    /// What was asked for does not exist or contradicts itself.
    #[error("{message}")]
    Unavailable {
        /// What, and what to do.
        message: String,
    },
}

/// How far [`Backend::advance`] is to bring the accepted steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Another step can be accepted without waiting for these.
    Room,
    /// They are done.
    Rest,
}

/// Makes batches ready on the threads that steps run on, which are free between two steps.
pub trait Planner {
    /// How many threads they are: so many batches are best made at once.
    fn count(&self) -> usize;

    /// Has `fill` fill each of `batches`, given its place among them, and works out what its step needs to know of it.
    ///
    /// # Panics
    /// If `fill` panics.
    fn plan(&mut self, batches: &mut [PlannedBatch], fill: &(dyn Fn(usize, &mut Batch) + Sync));
}

/// Computes optimiser steps on its own copy of the model.
///
/// The same sequence of calls gives bit-identical results on the same backend and device,
/// whatever the number of threads.
pub trait Backend: Send {
    /// "cpu", "gpu" or "reference".
    fn kind(&self) -> &'static str;

    /// The name for people: "CPU, 2 threads, AVX2" or the adapter's name.
    fn name(&self) -> String;

    /// Runs one optimiser step a batch, in order. The losses, measured before each step, are in
    /// the result when `losses` next returns; steps may still be in flight when this returns.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError>;

    /// What makes batches ready for [`Self::step_planned`]; `None` where a device computes by itself.
    fn planner(&mut self) -> Option<&mut dyn Planner> {
        None
    }

    /// [`Self::step`] on a batch that [`Self::planner`] may have planned: the same result, sooner.
    ///
    /// # Errors
    /// As [`Self::step`].
    fn step_planned(&mut self, batch: &PlannedBatch, learning_rate: f32) -> Result<(), BackendError> {
        self.step(batch.batch(), learning_rate)
    }

    /// Does one piece of the accepted steps, some milliseconds of work, and returns whether more pieces are left until
    /// `goal`. Whoever calls this again and again can pause between two pieces; whoever does not loses nothing but that.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    fn advance(&mut self, _goal: Goal) -> Result<bool, BackendError> {
        Ok(false)
    }

    /// Waits for all steps and returns the sum of their loss parts since the last call, and how many steps those were.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    fn losses(&mut self) -> Result<(LossParts, u64), BackendError>;

    /// As [`Self::losses`], but only of the steps that are done once the pieces of work that the device already has are:
    /// nothing more is handed to it. For a pause that takes effect at once.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    fn hold(&mut self) -> Result<(LossParts, u64), BackendError> {
        self.losses()
    }

    /// What the device has done so far; `None` where there is none but the CPU.
    fn device_work(&self) -> Option<DeviceWork> {
        None
    }

    /// A copy of the model after all steps so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    fn model(&mut self) -> Result<Model, BackendError>;

    /// The optimiser's memory after all steps so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the device fails.
    fn state(&mut self) -> Result<BackendState, BackendError>;

    /// Puts back a model and the optimiser's memory, as [`Self::model`] and [`Self::state`] gave them.
    ///
    /// # Errors
    /// [`BackendError::StateMismatch`] if shapes or names differ.
    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError>;
}
