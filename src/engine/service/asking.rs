//! Questions about the run on show.

use std::sync::Arc;

use super::{Outcome, Service};
use crate::engine::jobs;
use crate::engine::question::Question;

impl Service {
    /// Has `question` answered by a job of its kind.
    pub(super) fn ask(&mut self, question: Question) {
        let profile = self.run.as_ref().map(|shown| Arc::clone(&shown.profile)).unwrap_or_default();
        self.with_run(question.job_kind(), question.title(), move |run, watch| {
            Ok(Outcome::Answer(jobs::answer(run, &profile, &question, watch)?, 0))
        });
    }
}
