//! What jobs bring home, told to the front end; what belongs to an earlier run is dropped.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Event, Loaded, NoticeLevel, Outcome, ProjectionResult, Service, Shown};
use crate::projection::Places;
use crate::run::Run;

impl Service {
    pub(super) fn deliver(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Preview(preview) => self.tell(Event::PreviewReady(Arc::new(*preview))),
            Outcome::Dataset(dataset, seconds) => {
                let dataset = Arc::new(*dataset);
                self.dataset = Some(Loaded { dataset: Arc::clone(&dataset), seconds });
                self.tell(Event::DatasetLoaded(dataset));
            }
            Outcome::Run { run, path, window } => {
                let trouble = run.metadata.trouble.clone();
                self.show_run(*run, path, false);
                if let Some(kept) = window {
                    self.tell_of_kept(*kept);
                }
                if let Some(trouble) = trouble {
                    self.notice(NoticeLevel::Error, trouble);
                }
            }
            Outcome::Saved(path) => {
                if let Some(shown) = &mut self.run {
                    shown.path = Some(path.clone());
                }
                self.tell(Event::RunSaved(path));
            }
            Outcome::Projection(projection, places) => {
                if self.is_current(projection.generation) {
                    self.keep_map(&projection);
                    self.show_map(projection, places);
                }
            }
            Outcome::Followed(projection, places) => {
                let wanted = self.follow.as_ref().is_some_and(|follow| follow.request == projection.request);
                if wanted && self.is_current(projection.generation) {
                    self.show_map(projection, places);
                }
            }
            Outcome::Beside(map) => {
                if self.is_current(map.result.generation) {
                    self.tell(Event::BesideReady(Arc::new(*map)));
                }
            }
            Outcome::Inspection(inspection) => {
                if self.is_current(inspection.generation) {
                    self.tell(Event::InspectionReady(Arc::new(*inspection)));
                }
            }
            Outcome::Groups(groups, generation) => {
                if self.is_current(generation) {
                    self.tell(Event::GroupsReady { groups: Arc::new(*groups), generation });
                }
            }
            Outcome::EpochMaps(request, maps, generation) => {
                if self.is_current(generation) {
                    self.tell(Event::EpochMapsReady { request: *request, maps: maps.into(), generation });
                }
            }
            Outcome::Done => {}
            Outcome::Filtered(table, rows, generation) => {
                if self.is_current(generation) {
                    self.tell(Event::Filtered { table, rows: Arc::new(rows), generation });
                }
            }
            Outcome::Answer(answer, generation) => {
                if self.is_current(generation) {
                    self.tell(Event::Answered { answer, generation });
                }
            }
            Outcome::Exported(paths) => self.tell(Event::Exported(paths)),
            Outcome::Runs(event) => self.tell(Event::Runs(event)),
        }
    }

    pub(super) fn is_current(&self, generation: u64) -> bool {
        self.run.as_ref().is_some_and(|shown| shown.generation == generation)
    }

    pub(super) fn show_map(&mut self, projection: Box<ProjectionResult>, places: Arc<Places>) {
        self.maps.keep(&projection.request, &projection.coordinates);
        self.tell(Event::ProjectionReady(projection, places));
    }

    pub(super) fn show_run(&mut self, run: Run, path: Option<PathBuf>, in_training: bool) {
        if self.run.as_ref().is_none_or(|shown| !shown.run.has_same_rows(&run)) {
            self.maps.clear();
        }
        // A map of the run before would be dropped.
        if let Some(job) = self.projecting.as_ref().and_then(|(job, _)| self.jobs.get(job)) {
            job.cancel();
        }
        let generation = self.run.as_ref().map_or(1, |shown| shown.generation + 1);
        let on_disk = || path.as_deref().map_or(0, Run::kept_epochs);
        let kept_epochs = run.history.as_ref().map_or_else(on_disk, |history| history.frames.len());
        let run = Arc::new(run);
        self.run = Some(Shown { run: Arc::clone(&run), generation, path: path.clone(), profile: Arc::default() });
        self.tell(Event::RunReady { run, generation, path, in_training, kept_epochs });
    }
}
