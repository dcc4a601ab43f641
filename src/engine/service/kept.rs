//! What a window keeps in the folder of the run on show, and finds there again.

use std::sync::Arc;

use super::{KeptBeside, Outcome, Service};
use crate::engine::{Event, JobKind, NoticeLevel, ProjectionResult, jobs};
use crate::projection::Places;

impl Service {
    /// Keeps a finished map that took long in the run's folder, if the run has one.
    pub(super) fn keep_map(&mut self, map: &ProjectionResult) {
        let Some(folder) = self.run.as_ref().and_then(|shown| shown.path.clone()) else { return };
        if self.training.is_some() || !jobs::is_worth_keeping(map) {
            return;
        }
        let map = map.clone();
        self.with_run(JobKind::KeepMap, "Keeping the map", move |run, _| {
            // A folder that cannot be written to shows its maps as well; they are then made again.
            if let Err(error) = jobs::keep_map(run, &folder, &map) {
                tracing::warn!(%error, "the map could not be kept");
            }
            Ok(Outcome::Done)
        });
    }

    /// Packs the run on show into a zip file beside its folder.
    pub(super) fn pack_run(&mut self) {
        let Some(folder) = self.run.as_ref().and_then(|shown| shown.path.clone()) else {
            let words = "Only a run that is saved can be packed; save it first";
            return self.notice(NoticeLevel::Warning, words.to_owned());
        };
        self.start(JobKind::Export, "Packing the run", move |watch| {
            Ok(Outcome::Exported(vec![jobs::pack_beside(&folder, watch)?]))
        });
    }

    /// Tells what was found beside the run that was opened.
    pub(super) fn tell_of_kept(&mut self, kept: KeptBeside) {
        let Some((run, generation)) = self.run.as_ref().map(|shown| (Arc::clone(&shown.run), shown.generation)) else {
            return;
        };
        for map in kept.maps {
            let rows = run.table(&map.request.table).map_or(0, |table| table.vocabulary.len());
            let places = Arc::new(Places::of_map(map.coordinates.view(), None, rows));
            self.maps.keep(&map.request, &map.coordinates);
            self.tell(Event::MapFound(Box::new(ProjectionResult { generation, ..map }), places));
        }
        if let Some(window) = kept.window {
            self.tell(Event::WindowReady(Box::new(window)));
        }
    }
}
