//! The sweep that runs.

use std::path::PathBuf;
use std::sync::Arc;

use super::{JobId, JobKind, NoticeLevel, Outcome, Service};
use crate::engine::job::Reporter;
use crate::engine::jobs::sweep::{SweepControl, SweepEvent, SweepRequest, ranking, sweep};
use crate::engine::live::{RunningTrial, SweepStatus};
use crate::engine::runs::RunsEvent;
use crate::training::TrainEvent;

impl Service {
    pub(super) fn sweep(&mut self, request: SweepRequest, folder: PathBuf) {
        let Some(loaded) = &self.dataset else {
            return self.notice(NoticeLevel::Warning, "Load data first; then a sweep can try on it".to_owned());
        };
        if self.training.is_some() || self.sweeping.is_some() {
            let words = "A training or a sweep runs already; stop it first";
            return self.notice(NoticeLevel::Warning, words.to_owned());
        }
        let dataset = Arc::clone(&loaded.dataset);
        let (control, job) = (SweepControl::default(), JobId(self.next_job));
        let planned = request.planned(0);
        self.reporter.live.update(|live| live.sweep = Some(SweepStatus::starting(job, folder.clone(), planned)));
        self.sweeping = Some((job, control.clone()));
        let reporter = self.reporter.clone();
        self.start(JobKind::Sweep, "Sweeping", move |watch| {
            let mut observer = |event: SweepEvent<'_>| observe(&reporter, &control, event);
            let sweep = sweep(&dataset, &request, &folder, watch, &mut observer)?;
            Ok(Outcome::Runs(RunsEvent::SweepEnded { folder, sweep: Arc::new(sweep) }))
        });
    }

    /// Moves the levers of the sweep that runs.
    pub(super) fn steer_sweep(&mut self, lever: impl Fn(&SweepControl)) {
        let Some((_, control)) = &self.sweeping else { return };
        lever(control);
        let paused = control.is_paused();
        self.reporter.live.update(|live| {
            if let Some(status) = &mut live.sweep {
                status.paused = paused;
            }
        });
        self.reporter.waker.wake();
    }

    pub(super) fn sweep_ended(&mut self, id: JobId) {
        if self.sweeping.take_if(|(job, _)| *job == id).is_some() {
            self.reporter.live.update(|live| live.sweep = None);
        }
    }
}

/// Passes on what a sweep tells.
fn observe(reporter: &Reporter, control: &SweepControl, event: SweepEvent<'_>) {
    let update = |change: &dyn Fn(&mut SweepStatus)| {
        reporter.live.update(|live| {
            if let Some(status) = &mut live.sweep {
                change(status);
            }
        });
    };
    match event {
        SweepEvent::Begins { trial, epochs, control: levers, .. } => {
            control.take(levers);
            update(&|status| {
                status.running.push(RunningTrial { number: trial.number, epoch: trial.epochs, epochs });
            });
        }
        SweepEvent::Training { number, event: TrainEvent::Progress { epoch, .. } } => update(&|status| {
            if let Some(running) = status.running.iter_mut().find(|running| running.number == number) {
                running.epoch = epoch;
            }
        }),
        SweepEvent::Training { .. } => return,
        SweepEvent::Ends(trial) => update(&|status| status.running.retain(|running| running.number != trial.number)),
        SweepEvent::Standing(trials) => update(&|status| {
            status.planned = status.planned.max(trials.len());
            status.ranking = Arc::new(ranking(trials));
            status.trials = Arc::new(trials.to_vec());
        }),
    }
    reporter.waker.wake_for_live();
}
