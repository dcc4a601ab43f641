//! How the window showed a run, kept beside it: what is seen comes back when the run is opened again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::map::ColourBy;
use super::state::WindowState;
use crate::engine::{Command, ProjectionRequest};
use crate::picture::Palettes;
use crate::projection::Orbit;
use crate::run::{KeptColour, KeptPalettes, KeptView, KeptWindow};

/// Seconds without a change after which it is kept.
const REST: f64 = 1.5;

/// What was kept last, and since when something else is seen.
#[derive(Debug, Default)]
pub struct Keeper {
    kept: Option<KeptWindow>,
    seen: Option<(KeptWindow, f64)>,
    /// Changes of the map that `seen` shows.
    changes: Option<u64>,
}

impl WindowState {
    /// Shows the run as it was shown before.
    pub fn restore_window(&mut self, kept: KeptWindow) {
        let Some(run) = self.run.as_ref().map(|shown| Arc::clone(&shown.run)) else { return };
        self.map.restore(&run, &kept.panes, kept.tiles.as_ref(), kept.active);
        self.map.restore_links(kept.links.unwrap_or_default());
        if run.table(&kept.table).is_ok() && kept.table != self.map.table {
            self.show_table(&kept.table);
        }
        let choices = ColourBy::choices(&run, &self.map.table, false, false);
        if let Some(by) = choices.into_iter().find(|by| by.name() == kept.colour_by) {
            self.map.set_colour_by(by);
        }
        self.map.restore_size(&run, kept.size_by_count, &kept.size_by);
        self.map.palettes = kept_palettes(&kept.palettes);
        self.map.selection = run.known_rows(&self.map.table, &kept.selection).into_iter().collect::<BTreeSet<u32>>();
        if let (1, Some(&row)) = (self.map.selection.len(), self.map.selection.first()) {
            let table = self.map.table.clone();
            self.inspector.pin(&table, row);
            self.ask_again();
        }
        self.map.contours.shown = kept.contours;
        self.map.restore_types(kept.types.iter().cloned().collect());
        self.map.overview.shown = kept.overview.unwrap_or(true);
        self.map.sets = Arc::new(kept.sets.clone());
        if let Some([turn, tilt]) = kept.orbit.filter(|orbit| orbit.iter().all(|angle| angle.is_finite())) {
            self.map.orbit.set(Orbit { turn, tilt }.moved(0.0, 0.0));
        }
        if kept.dims == 3 && run.table(&self.map.table).is_ok_and(|table| table.vectors.ncols() >= 3) {
            self.map.dims = 3;
        }
        let (now, dims) = (self.now, self.map.dims);
        if !self.map.show_made_by(&kept.method, now) && dims == 3 {
            self.show_map(ProjectionRequest::pca(self.map.table.clone(), dims));
        }
        if let Some(view) = kept.view {
            self.map.see(view);
        }
        self.map.styles_changed();
        self.keeper = Keeper { kept: Some(kept), ..Keeper::default() };
    }

    /// Keeps what is seen once it has rested, if the run has a folder.
    pub fn keep_window(&mut self) {
        if self.run.as_ref().is_none_or(|shown| shown.path.is_none()) || self.is_training() || !self.map.has_points() {
            return;
        }
        let changes = self.map.seen_changes();
        if self.keeper.changes != Some(changes) {
            self.keeper.changes = Some(changes);
            self.keeper.seen = self.seen_window().map(|seen| (seen, self.now));
        }
        let Some((seen, since)) = &self.keeper.seen else { return };
        if self.keeper.kept.as_ref() == Some(seen) {
            self.keeper.seen = None;
        } else if self.now - since >= REST {
            let seen = seen.clone();
            self.send(Command::KeepWindow(Box::new(seen.clone())));
            (self.keeper.kept, self.keeper.seen) = (Some(seen), None);
        }
    }

    /// Whether something that was changed is still to be kept, so that the window looks again soon.
    pub fn has_unkept(&self) -> bool {
        self.keeper.seen.is_some()
    }

    fn seen_window(&self) -> Option<KeptWindow> {
        let run = &self.run.as_ref()?.run;
        let table = run.table(&self.map.table).ok()?;
        let view = self.map.own_view().map(|view| KeptView { centre: view.centre, scale: view.scale });
        let (panes, tiles, active) = self.map.kept();
        let (size_by_count, size_by) = self.map.kept_size();
        Some(KeptWindow {
            table: self.map.table.clone(),
            method: self.map.method_name().to_owned(),
            colour_by: self.map.colour_by.name().to_owned(),
            size_by_count,
            size_by,
            palettes: palettes_to_keep(&self.map.palettes),
            view,
            dims: self.map.dims,
            orbit: (self.map.dims == 3).then(|| [self.map.orbit.target().turn, self.map.orbit.target().tilt]),
            contours: self.map.contours.shown,
            types: self.map.shown_types().iter().cloned().collect(),
            overview: Some(self.map.overview.shown),
            selection: self.map.selection.iter().map(|&row| table.vocabulary.id(row).to_owned()).collect(),
            sets: self.map.sets.as_ref().clone(),
            links: (!panes.is_empty()).then(|| self.map.kept_links()),
            panes,
            tiles,
            active,
        })
    }
}

fn kept_palettes(kept: &KeptPalettes) -> Palettes {
    let own = kept.own.iter().map(|own| ((own.type_name.clone(), own.id.clone()), own.colour));
    let named = Palettes::named(&kept.categories, &kept.ramp, &kept.diverging);
    Palettes { own: Arc::new(own.collect()), ..named }
}

fn palettes_to_keep(palettes: &Palettes) -> KeptPalettes {
    let own = palettes.own.iter().map(|((type_name, id), &colour)| {
        let (type_name, id) = (type_name.clone(), id.clone());
        KeptColour { type_name, id, colour }
    });
    KeptPalettes {
        categories: palettes.categories.name().to_owned(),
        ramp: palettes.ramp.name().to_owned(),
        diverging: palettes.diverging.name().to_owned(),
        own: own.collect(),
    }
}
