//! Newest-wins values: progress, curve, training status.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::JobId;
use crate::progress::Progress;
use crate::training::CurvePoint;

/// Where the training stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingStatus {
    /// Its job.
    pub job: JobId,
    /// The run's name.
    pub name: String,
    /// The backend's name.
    pub backend: String,
    /// Epochs done, with fraction.
    pub epoch: f64,
    /// Epochs in all.
    pub epochs: u32,
    /// Pairs trained.
    pub pairs: u64,
    /// Pairs a second lately.
    pub pairs_per_second: f64,
    /// Seconds left at that rate.
    pub seconds_left: f64,
    /// Whether it is paused.
    pub paused: bool,
}

/// What a front end sees when it looks: cheap to take every frame.
#[derive(Debug, Clone, Default)]
pub struct LiveView {
    /// Progress of each running job that reports any.
    pub progress: BTreeMap<JobId, Progress>,
    /// The training that runs, if one does.
    pub training: Option<TrainingStatus>,
    /// The curve of the training that runs, or of the last one.
    pub curve: Arc<Vec<CurvePoint>>,
}

/// The shared cell behind [`LiveView`].
#[derive(Debug, Default)]
pub struct Live(Mutex<LiveView>);

impl Live {
    /// A copy of the newest values.
    #[must_use]
    pub fn view(&self) -> LiveView {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Changes the values.
    pub fn update(&self, change: impl FnOnce(&mut LiveView)) {
        change(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}
