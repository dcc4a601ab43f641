//! Maps that stream while they are made.

use super::{JobId, JobKind, Outcome, ProjectionControl, ProjectionRequest, Service, jobs};
use crate::engine::ProjectionFrame;

impl Service {
    /// Starts a map; its frames go into the live values.
    pub(super) fn project(&mut self, request: ProjectionRequest) {
        let (job, control) = (JobId(self.next_job), ProjectionControl::default());
        let generation = self.run.as_ref().map_or(0, |shown| shown.generation);
        let (own, reporter) = (control.clone(), self.reporter.clone());
        self.projecting = Some((job, control));
        self.with_run(JobKind::Project, "Projecting", move |run, watch| {
            let projected = jobs::project(run, &request, &own, watch, &mut |map| {
                let frame = ProjectionFrame {
                    job,
                    table: request.table.clone(),
                    coordinates: map.layout().into(),
                    iteration: map.iteration(),
                    iterations: map.iterations(),
                    generation,
                };
                reporter.live.update(|live| live.projection = Some(frame));
                reporter.waker.wake_for_live();
            })?;
            Ok(Outcome::Projection(Box::new(projected)))
        });
    }

    pub(super) fn steer_projection(&self, lever: impl FnOnce(&ProjectionControl)) {
        if let Some((_, control)) = &self.projecting {
            lever(control);
        }
    }

    /// Takes the frames of a map away that is done, or was replaced.
    pub(super) fn projection_ended(&mut self, id: JobId) {
        if self.projecting.as_ref().is_some_and(|(job, _)| *job == id) {
            self.projecting = None;
        }
        self.reporter.live.update(|live| {
            if live.projection.as_ref().is_some_and(|frame| frame.job == id) {
                live.projection = None;
            }
        });
    }
}
