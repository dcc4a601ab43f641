//! Runs on disk: lists, changes in order, comparisons.

use std::sync::Arc;

use super::{JobKind, Outcome, Service};
use crate::comparison::{RunTable, importance};
use crate::engine::jobs::sweep::{SweepControl, read_sweep};
use crate::engine::runs::{RunChange, RunsCommand, RunsEvent};
use crate::engine::{EngineError, jobs};
use crate::run::{Run, list_runs, put_back, set_aside};

/// IDs listed of each table whose neighbours changed most.
const CHANGED: usize = 50;

impl Service {
    pub(super) fn obey_runs(&mut self, command: RunsCommand) {
        match command {
            RunsCommand::List { known, folders } => self.start(JobKind::ListRuns, "Looking for runs", move |watch| {
                let runs = list_runs(&known, &folders, watch).ok_or(EngineError::Cancelled)?;
                Ok(Outcome::Runs(RunsEvent::Listed(Arc::new(RunTable::new(runs)))))
            }),
            RunsCommand::Change(change) => {
                self.changes.push_back(change);
                if self.changes.len() == 1 {
                    self.next_change();
                }
            }
            RunsCommand::ReadCurves(paths) => self.start(JobKind::ReadCurves, "Reading curves", move |watch| {
                Ok(Outcome::Runs(RunsEvent::CurvesRead(Arc::new(jobs::read_curves(&paths, watch)?))))
            }),
            RunsCommand::Compare(paths, k) => self.start(JobKind::Compare, "Comparing two runs", move |watch| {
                let found = jobs::compare_runs([&paths[0], &paths[1]], k, CHANGED, watch)?;
                Ok(Outcome::Runs(RunsEvent::Compared(Arc::new(found))))
            }),
            RunsCommand::OpenBeside(path) => self.start(JobKind::OpenRun, "Opening the other run", move |_| {
                let run = Arc::new(Run::read(&path)?);
                Ok(Outcome::Runs(RunsEvent::OpenedBeside { run, path }))
            }),
            RunsCommand::CompareNear(other, subject, k) => {
                self.with_run(JobKind::CompareNear, "Comparing neighbours", move |run, _| {
                    let found = jobs::neighbor_change(run, &other, &subject, k)?;
                    Ok(Outcome::Runs(RunsEvent::NearCompared(subject, found.map(Arc::new))))
                });
            }
            RunsCommand::Sweep(request, folder) => self.sweep(*request, folder),
            RunsCommand::PauseSweep => self.steer_sweep(SweepControl::pause),
            RunsCommand::ResumeSweep => self.steer_sweep(SweepControl::resume),
            RunsCommand::StopSweep => self.steer_sweep(SweepControl::stop),
            RunsCommand::ReadSweep(folder) => self.start(JobKind::ReadSweep, "Reading a sweep", move |_| {
                Ok(Outcome::Runs(RunsEvent::SweepRead(Box::new(read_sweep(&folder)?))))
            }),
            RunsCommand::Importance(samples) => {
                self.start(JobKind::Importance, "Weighing hyperparameters", move |_| {
                    let found = importance(&samples);
                    Ok(Outcome::Runs(RunsEvent::ImportanceFound(Arc::new(found), samples.len())))
                });
            }
        }
    }

    /// Goes on with the changes after the first of them has ended.
    pub(super) fn change_ended(&mut self) {
        self.changes.pop_front();
        self.next_change();
    }

    fn next_change(&mut self) {
        let Some(change) = self.changes.front().cloned() else { return };
        self.start(JobKind::ChangeRun, "Keeping a change", move |_| {
            Ok(Outcome::Runs(match change {
                RunChange::Notes(path, notes) => {
                    notes.write(&path)?;
                    RunsEvent::NotesKept(path)
                }
                RunChange::SetAside(run) => RunsEvent::SetAside { aside: set_aside(&run)?, run },
                RunChange::PutBack { aside, run } => {
                    put_back(&aside, &run)?;
                    RunsEvent::PutBack(run)
                }
            }))
        });
    }
}
