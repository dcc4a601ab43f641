//! One round of a sweep: its trials, several at once if that is asked for, each on a thread of its own.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::unbounded;

use super::memory::{available_bytes, trial_bytes};
use super::{Ended, SweepEvent, SweepRequest, Sweeping, Trial, TrialStatus};
use crate::dataset::Dataset;
use crate::engine::EngineError;
use crate::engine::jobs::train::{Prepared, TrainRequest};
use crate::progress::Watch;
use crate::run::Run;
use crate::training::{BackendChoice, TrainControl, TrainEvent};

/// What a trial's thread tells.
enum Told {
    Training(TrainEvent),
    Ended(Result<Trained, EngineError>),
}

/// What a trial's training leaves.
pub(super) struct Trained {
    pub run: Box<Run>,
    /// Whether it has all epochs of the round.
    pub finished: bool,
}

/// What all trials have in common.
#[derive(Clone, Copy)]
struct Common<'a> {
    dataset: &'a Arc<Dataset>,
    request: &'a SweepRequest,
    folder: &'a Path,
    watch: &'a Watch,
}

impl Sweeping<'_> {
    /// Trains the trials `alive` to `epochs` epochs, in their order, as far as they have not got them already.
    pub(super) fn round(&mut self, alive: &[usize], epochs: u32) -> Result<Ended, EngineError> {
        let common = Common { dataset: self.dataset, request: self.request, folder: self.folder, watch: self.watch };
        let mut waiting: VecDeque<usize> = alive.iter().copied().filter(|&trial| self.is_open(trial, epochs)).collect();
        let (tell, told) = unbounded();
        std::thread::scope(|threads| {
            let mut running: BTreeMap<usize, TrainControl> = BTreeMap::new();
            let mut ended = Ok(Ended::Done);
            loop {
                while let Some(&position) = waiting.front().filter(|_| self.may_begin(&running)) {
                    if self.time_is_up() {
                        waiting.clear();
                        break;
                    }
                    if self.watch.is_cancelled() {
                        waiting.clear();
                        ended = Ok(Ended::Interrupted);
                        break;
                    }
                    waiting.pop_front();
                    let (trial, control) = (self.ledger.trials[position].clone(), TrainControl::default());
                    let trials = self.request.planned(self.ledger.trials.len());
                    (self.observer)(SweepEvent::Begins { trial: &trial, trials, epochs, control: &control });
                    running.insert(position, control.clone());
                    let tell = tell.clone();
                    threads.spawn(move || {
                        let tell_training = |event| drop(tell.send((position, Told::Training(event))));
                        let work = || common.train(&trial, epochs, &control, tell_training);
                        let trained = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_panic| {
                            let message = format!("trial {} panicked", trial.number);
                            Err(EngineError::Internal { message })
                        });
                        drop(tell.send((position, Told::Ended(trained))));
                    });
                }
                if running.is_empty() {
                    return ended;
                }
                let Ok((position, told)) = told.recv() else { return ended };
                match told {
                    Told::Training(event) => {
                        let number = self.ledger.trials[position].number;
                        (self.observer)(SweepEvent::Training { number, event });
                    }
                    Told::Ended(trained) => {
                        running.remove(&position);
                        let settled = self.settle(position, trained);
                        if matches!(ended, Ok(Ended::Done)) && !matches!(settled, Ok(Ended::Done)) {
                            ended = settled;
                            waiting.clear();
                            running.values().for_each(TrainControl::stop);
                        }
                    }
                }
            }
        })
    }

    /// Whether trial `position` has not got `epochs` epochs and can.
    fn is_open(&self, position: usize, epochs: u32) -> bool {
        let trial = &self.ledger.trials[position];
        !matches!(trial.status, TrialStatus::Done | TrialStatus::Failed | TrialStatus::Stopped)
            && trial.epochs < f64::from(epochs)
    }

    /// Whether another trial may begin beside those that run.
    fn may_begin(&self, running: &BTreeMap<usize, TrainControl>) -> bool {
        if running.is_empty() {
            return true;
        }
        let needed = trial_bytes(self.dataset, self.request.space.base());
        running.len() < self.request.jobs.max(1) && available_bytes().is_none_or(|bytes| bytes > needed)
    }

    pub(super) fn time_is_up(&self) -> bool {
        let spent = self.ledger.seconds + self.began.elapsed().as_secs_f64();
        self.request.seconds.is_some_and(|most| spent >= most)
    }
}

impl Common<'_> {
    fn train(
        &self,
        trial: &Trial,
        epochs: u32,
        control: &TrainControl,
        tell: impl Fn(TrainEvent),
    ) -> Result<Trained, EngineError> {
        let prepared = self.prepare(trial)?;
        let total = prepared.run().metadata.hyperparameters.epochs;
        let mut ended = 0;
        let run = prepared.train(control, self.watch, &mut |event| {
            if let TrainEvent::EpochDone(done) = event {
                ended = done;
                if done >= epochs && done < total {
                    control.stop();
                }
            }
            // Models and checkpoints are large, and nobody looks at them here.
            if !matches!(event, TrainEvent::Snapshot { .. } | TrainEvent::Checkpoint(_)) {
                tell(event);
            }
        })?;
        Ok(Trained { run: Box::new(run), finished: ended >= epochs.min(total) })
    }

    /// The trial's training: from where it stood, or from the start.
    fn prepare(&self, trial: &Trial) -> Result<Prepared, EngineError> {
        let backend = self.backend();
        if let Some(run) = &trial.run {
            return Prepared::resuming(&self.folder.join(run), self.dataset, &backend, 0.0);
        }
        let train = TrainRequest {
            hyperparameters: self.request.space.at(&trial.point())?,
            holdout: self.request.holdout,
            backend,
            name: format!("trial {}", trial.number),
        };
        Prepared::new(self.dataset, &train, 0.0)
    }

    /// Where it trains: trials that run at once share the processor's cores.
    fn backend(&self) -> BackendChoice {
        let choice = self.request.backend.clone();
        if self.request.jobs <= 1 || choice.threads > 0 {
            return choice;
        }
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        BackendChoice { threads: (cores / self.request.jobs).max(1), ..choice }
    }
}
