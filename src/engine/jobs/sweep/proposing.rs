//! A sweep whose trials are proposed from what earlier ones reached.

use super::{Ended, SweepRequest, Sweeping, Trial, TrialStatus};
use crate::engine::EngineError;
use crate::training::sweep::{Strategy, Tried};

impl SweepRequest {
    /// How many trials there will be, `known` being known: those that are yet to be proposed count too.
    #[must_use]
    pub fn planned(&self, known: usize) -> usize {
        let size = self.space.size().map_or(usize::MAX, |size| usize::try_from(size).unwrap_or(usize::MAX));
        if self.strategy == Strategy::Tpe { known.max(self.trials.min(size)) } else { known }
    }
}

impl Sweeping<'_> {
    /// Trains what waits, then what is proposed, batch after batch.
    pub(super) fn batches(&mut self) -> Result<Ended, EngineError> {
        loop {
            let all: Vec<usize> = (0..self.ledger.trials.len()).collect();
            let ended = self.round(&all, u32::MAX)?;
            if ended != Ended::Done || self.time_is_up() || !self.propose()? {
                return Ok(ended);
            }
        }
    }

    /// Adds the trials of the next batch; whether there are any.
    fn propose(&mut self) -> Result<bool, EngineError> {
        let batch = self.request.jobs.max(1);
        let mut tried: Vec<Tried> = self.ledger.trials.iter().map(tried).collect();
        let known = tried.len();
        // Batches begin at multiples of their size, wherever an earlier sitting ended.
        let end = (known - known % batch + batch).min(self.request.trials);
        while tried.len() < end
            && let Some(point) = self.request.space.proposal(&tried, batch, self.request.seed)
        {
            self.ledger.trials.push(Trial::waiting(tried.len() + 1, &point));
            tried.push(Tried { point, score: None });
        }
        if tried.len() > known {
            self.note()?;
        }
        Ok(tried.len() > known)
    }
}

fn tried(trial: &Trial) -> Tried {
    Tried { point: trial.point(), score: trial.metric.filter(|_| trial.status == TrialStatus::Done) }
}
