//! What jobs bring home, told to the front end.

use std::sync::Arc;

use super::{Loaded, Outcome, Service};
use crate::engine::{Event, NoticeLevel};

impl Service {
    /// Takes what a job brought, and tells of it unless it speaks of an earlier run.
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
                    self.tell(Event::EpochMapsReady { request, maps: maps.into(), generation });
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
}
