//! Panels among the maps: the inspector, the legend, the curves. They are dragged, resized and stacked as maps are.

use eframe::egui::{Frame, Margin, Ui};

use super::{Panes, tiles};
use crate::app::map::{legend, page};
use crate::app::state::WindowState;
use crate::app::theme::Palette;
use crate::app::{curves, inspector};
use crate::run::{KeptPanel, KeptTiles};

/// The panels, in the order menus show them.
pub const PANELS: [KeptPanel; 3] = [KeptPanel::Inspector, KeptPanel::Legend, KeptPanel::Curves];

/// Shares of the room that maps and panels get at first.
const MAPS: f32 = 1.4;
const PANEL: f32 = 0.6;

/// What `panel` is called.
pub fn name(panel: KeptPanel) -> &'static str {
    match panel {
        KeptPanel::Inspector => "Inspector",
        KeptPanel::Legend => "Legend",
        KeptPanel::Curves => "Curves",
    }
}

impl Panes {
    /// The panels that stand among the maps.
    pub fn docked(&self) -> &[KeptPanel] {
        &self.docked
    }

    /// Whether `panel` stands among the maps.
    pub fn is_docked(&self, panel: KeptPanel) -> bool {
        self.docked.contains(&panel)
    }

    /// Puts `panel` among the maps once this frame is drawn, or back: in this one it may have been drawn where it stands.
    pub fn dock_next(&mut self, panel: KeptPanel, docked: bool) {
        self.docking = Some((panel, docked));
    }

    /// Puts the panel among the maps that is to go there.
    pub fn dock_as_wished(&mut self) {
        if let Some((panel, docked)) = self.docking.take() {
            self.dock(panel, docked);
        }
    }

    /// Puts `panel` among the maps, or back where it stands at first.
    pub fn dock(&mut self, panel: KeptPanel, docked: bool) {
        if self.is_docked(panel) == docked {
            return;
        }
        let tiles = self.arranged.kept();
        let next = if docked { with_panel(tiles, panel) } else { tiles::without(tiles, &KeptTiles::Panel(panel)) };
        if let Some(next) = next {
            self.arrange(&next);
        }
    }
}

/// Curves lie below all maps; other panels stand at the right, below each other.
fn with_panel(tiles: KeptTiles, panel: KeptPanel) -> Option<KeptTiles> {
    let new = KeptTiles::Panel(panel);
    if panel == KeptPanel::Curves {
        return Some(KeptTiles::Below(vec![(MAPS, tiles), (PANEL, new)]));
    }
    let mut others = PANELS.into_iter().filter(|other| *other != panel && *other != KeptPanel::Curves);
    let at_right = others.find(|other| tiles.panels().contains(other));
    match at_right {
        Some(other) => Some(below(tiles, &KeptTiles::Panel(other), &new)),
        None => Some(KeptTiles::Beside(vec![(MAPS, tiles), (PANEL, new)])),
    }
}

/// `tiles` with `new` below `at`.
fn below(tiles: KeptTiles, at: &KeptTiles, new: &KeptTiles) -> KeptTiles {
    if tiles == *at {
        return KeptTiles::Below(vec![(1.0, tiles), (1.0, new.clone())]);
    }
    let row = |row: Vec<(f32, KeptTiles)>| row.into_iter().map(|(share, tile)| (share, below(tile, at, new))).collect();
    match tiles {
        KeptTiles::Beside(tiles) => KeptTiles::Beside(row(tiles)),
        KeptTiles::Below(tiles) => KeptTiles::Below(row(tiles)),
        KeptTiles::Stacked(front, tiles) => {
            KeptTiles::Stacked(front, tiles.into_iter().map(|tile| below(tile, at, new)).collect())
        }
        leaf => leaf,
    }
}

/// Draws `panel` into its tile.
pub fn show(ui: &mut Ui, state: &mut WindowState, panel: KeptPanel) {
    ui.painter().rect_filled(ui.max_rect(), 0.0, Palette::of(ui).panel);
    let frame = Frame::new().inner_margin(Margin { left: 16, right: 14, top: 12, bottom: 8 });
    frame.show(ui, |ui| match panel {
        KeptPanel::Inspector => {
            if state.map.are_several() && !state.map.is_docked(KeptPanel::Legend) {
                page::legend_panel(ui, state);
            }
            inspector::show(ui, state);
        }
        KeptPanel::Legend => legend::show_beside(ui, &mut state.map),
        KeptPanel::Curves => {
            let curve = std::sync::Arc::clone(&state.live.curve);
            let run = state.run.as_ref().map(|shown| std::sync::Arc::clone(&shown.run));
            let training = state.live.training.as_ref().map(|training| training.epochs);
            match run.filter(|_| curve.is_empty() && training.is_none()) {
                Some(run) => {
                    let baselines = run.metadata.metrics.as_ref().map(|metrics| &metrics.baselines);
                    curves::show(ui, &run.curve, None, baselines);
                }
                None => curves::show(ui, &curve, training, None),
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_stand_at_the_right_below_each_other_and_go_back() {
        let mut panes = Panes::default();
        panes.dock(KeptPanel::Inspector, true);
        panes.dock(KeptPanel::Legend, true);
        let right = vec![(1.0, KeptTiles::Panel(KeptPanel::Inspector)), (1.0, KeptTiles::Panel(KeptPanel::Legend))];
        let both = KeptTiles::Beside(vec![(MAPS, KeptTiles::Pane(0)), (PANEL, KeptTiles::Below(right))]);
        assert_eq!(panes.arranged.kept(), both);
        panes.dock(KeptPanel::Curves, true);
        assert_eq!(panes.docked(), [KeptPanel::Inspector, KeptPanel::Legend, KeptPanel::Curves]);
        panes.dock(KeptPanel::Curves, false);
        assert_eq!(panes.arranged.kept(), both);
        panes.reset_layout();
        assert_eq!((panes.docked().len(), panes.arranged.kept()), (0, KeptTiles::Pane(0)));
    }
}
