//! How the panes are arranged: beside, below or behind each other, dragged and resized by hand.

use std::sync::Arc;

use eframe::egui::{self, CornerRadius, Painter, Rect, RichText, Stroke, Style, Ui, Visuals, WidgetText};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, ResizeState, SimplificationOptions, TabState, Tabs, Tile, TileId, Tiles,
    Tree, UiResponse,
};

use super::{PaneId, Panes};
use crate::app::map::page;
use crate::app::projection::method_name;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::numbers;
use crate::run::{KeptTiles, Run};

/// Names the tiles of panes, apart from those of containers, which are counted from 1.
const FIRST_TILE: u64 = 1 << 32;
/// No pane gets smaller than this by dragging.
const LEAST: f32 = 140.0;
const BAR: f32 = 28.0;

/// The panes' places, as they are drawn.
pub struct Arranged(Tree<PaneId>);

impl Arranged {
    /// Panes that are arranged as `tiles` says.
    pub fn of(tiles: &KeptTiles) -> Self {
        let mut all = Tiles::default();
        let root = insert(&mut all, tiles);
        Self(Tree::new(egui::Id::unique("map panes"), root, all))
    }

    /// How they are arranged.
    pub fn kept(&self) -> KeptTiles {
        self.0.root().and_then(|root| kept(&self.0.tiles, root)).unwrap_or(KeptTiles::Stacked(0, Vec::new()))
    }

    /// The panes from left to right and from top to bottom.
    pub fn order(&self) -> Vec<PaneId> {
        self.kept().panes()
    }

    /// Brings pane `id` before those that lie over it.
    pub fn bring_forward(&mut self, id: PaneId) {
        self.0.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == id));
    }
}

fn insert(all: &mut Tiles<PaneId>, tiles: &KeptTiles) -> TileId {
    let row = |all: &mut Tiles<PaneId>, dir: LinearDir, row: &[(f32, KeptTiles)]| {
        let children: Vec<TileId> = row.iter().map(|(_, tile)| insert(all, tile)).collect();
        let mut linear = Linear::new(dir, children.clone());
        for (child, (share, _)) in children.into_iter().zip(row) {
            linear.shares.set_share(child, *share);
        }
        all.insert_container(linear)
    };
    match tiles {
        KeptTiles::Pane(id) => {
            let tile = TileId::from_u64(FIRST_TILE + u64::from(*id));
            all.insert(tile, Tile::Pane(*id));
            tile
        }
        KeptTiles::Beside(tiles) => row(all, LinearDir::Horizontal, tiles),
        KeptTiles::Below(tiles) => row(all, LinearDir::Vertical, tiles),
        KeptTiles::Stacked(front, tiles) => {
            let children: Vec<TileId> = tiles.iter().map(|tile| insert(all, tile)).collect();
            let mut tabs = Tabs::new(children.clone());
            tabs.active = children.get(*front).copied();
            all.insert_container(tabs)
        }
    }
}

fn kept(all: &Tiles<PaneId>, tile: TileId) -> Option<KeptTiles> {
    // A thousandth of the room is as near as a hand can tell.
    let share = |share: f32| (share * 1e3).round() / 1e3;
    match all.get(tile)? {
        Tile::Pane(id) => Some(KeptTiles::Pane(*id)),
        Tile::Container(Container::Linear(linear)) => {
            let tiles =
                linear.children.iter().filter_map(|&child| Some((share(linear.shares[child]), kept(all, child)?)));
            let tiles = tiles.collect();
            Some(if linear.dir == LinearDir::Horizontal { KeptTiles::Beside(tiles) } else { KeptTiles::Below(tiles) })
        }
        Tile::Container(container) => {
            let children: Vec<TileId> = container.children().copied().collect();
            let front = match container {
                Container::Tabs(tabs) => children.iter().position(|child| Some(*child) == tabs.active).unwrap_or(0),
                _ => 0,
            };
            let mut tiles: Vec<KeptTiles> = children.iter().filter_map(|&child| kept(all, child)).collect();
            if tiles.len() == 1 { tiles.pop() } else { Some(KeptTiles::Stacked(front, tiles)) }
        }
    }
}

/// Panes as they are arranged at first: in a row, three or four of them in two rows.
pub fn plain(ids: &[PaneId]) -> KeptTiles {
    let row = |ids: &[PaneId]| KeptTiles::Beside(ids.iter().map(|&id| (1.0, KeptTiles::Pane(id))).collect());
    match ids {
        [id] => KeptTiles::Pane(*id),
        [] | [_, _] => row(ids),
        _ => {
            let (above, below) = ids.split_at(ids.len().div_ceil(2));
            let below = if let [id] = below { KeptTiles::Pane(*id) } else { row(below) };
            KeptTiles::Below(vec![(1.0, row(above)), (1.0, below)])
        }
    }
}

/// Puts pane `new` beside pane `at`, or below it.
pub fn split(tiles: KeptTiles, at: PaneId, new: PaneId, beside: bool) -> KeptTiles {
    let is_there = |tile: &KeptTiles| match tile {
        KeptTiles::Pane(id) => *id == at,
        KeptTiles::Stacked(_, tiles) => tiles.contains(&KeptTiles::Pane(at)),
        _ => false,
    };
    if is_there(&tiles) {
        let pair = vec![(1.0, tiles), (1.0, KeptTiles::Pane(new))];
        return if beside { KeptTiles::Beside(pair) } else { KeptTiles::Below(pair) };
    }
    let in_row = |row: Vec<(f32, KeptTiles)>, same_way: bool| {
        let mut wider = Vec::with_capacity(row.len() + 1);
        for (share, tile) in row {
            if same_way && is_there(&tile) {
                wider.extend([(share, tile), (share, KeptTiles::Pane(new))]);
            } else {
                wider.push((share, split(tile, at, new, beside)));
            }
        }
        wider
    };
    match tiles {
        KeptTiles::Beside(row) => KeptTiles::Beside(in_row(row, beside)),
        KeptTiles::Below(row) => KeptTiles::Below(in_row(row, !beside)),
        KeptTiles::Stacked(front, tiles) => {
            KeptTiles::Stacked(front, tiles.into_iter().map(|tile| split(tile, at, new, beside)).collect())
        }
        KeptTiles::Pane(id) => KeptTiles::Pane(id),
    }
}

/// What is left without pane `id`.
pub fn without(tiles: KeptTiles, id: PaneId) -> Option<KeptTiles> {
    let row = |row: Vec<(f32, KeptTiles)>, of: fn(Vec<(f32, KeptTiles)>) -> KeptTiles| {
        let rest = row.into_iter().filter_map(|(share, tile)| Some((share, without(tile, id)?)));
        let mut rest: Vec<(f32, KeptTiles)> = rest.collect();
        match rest.len() {
            0 => None,
            1 => rest.pop().map(|(_, tile)| tile),
            _ => Some(of(rest)),
        }
    };
    match tiles {
        KeptTiles::Pane(pane) => (pane != id).then_some(KeptTiles::Pane(pane)),
        KeptTiles::Beside(tiles) => row(tiles, KeptTiles::Beside),
        KeptTiles::Below(tiles) => row(tiles, KeptTiles::Below),
        KeptTiles::Stacked(_, tiles) => {
            let mut rest: Vec<KeptTiles> = tiles.into_iter().filter_map(|tile| without(tile, id)).collect();
            if rest.len() < 2 { rest.pop() } else { Some(KeptTiles::Stacked(0, rest)) }
        }
    }
}

/// Draws the panes into the room that is left: one alone, several with a bar each.
pub fn show(ui: &mut Ui, state: &mut WindowState, run: &Arc<Run>) {
    if !state.map.are_several() {
        return page::pane(ui, state, run);
    }
    // Those that lie behind others are not drawn.
    for map in &mut state.map.maps {
        map.hovered = None;
    }
    let alone = Arranged::of(&KeptTiles::Pane(state.map.active()));
    let mut arranged = std::mem::replace(&mut state.map.arranged, alone);
    let palette = Palette::of(ui);
    let mut shown = Shown { state, run, palette, activate: None, close: None };
    arranged.0.ui(&mut shown, ui);
    let Shown { activate, close, .. } = shown;
    state.map.arranged = arranged;
    if let Some(id) = activate {
        state.map.activate(id);
    }
    if let Some(id) = close {
        state.map.close(id);
    }
    state.follow_guest();
    state.follow_panes(ui.ctx());
}

/// Draws panes and their bars.
struct Shown<'a> {
    state: &'a mut WindowState,
    run: &'a Arc<Run>,
    palette: &'static Palette,
    /// The pane that is to be the active one.
    activate: Option<PaneId>,
    close: Option<PaneId>,
}

impl Shown<'_> {
    fn is_active(&self, tile: TileId) -> bool {
        tile == TileId::from_u64(FIRST_TILE + u64::from(self.state.map.active()))
    }
}

impl Panes {
    /// What pane `id` shows, in words; `own` is the name of the run on show.
    fn title(&self, id: PaneId, own: &str) -> String {
        let Some(map) = self.pane(id) else { return String::new() };
        let method = map.request().map_or("", |request| method_name(&request.settings.method));
        let title = format!("{} · {method}", numbers::plural(&map.table));
        match (&map.guest, self.guest()) {
            (Some(guest), _) => format!("{}: {title}", guest.run.metadata.name),
            (None, Some(_)) => format!("{own}: {title}"),
            (None, None) => title,
        }
    }
}

impl Behavior<PaneId> for Shown<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut PaneId) -> UiResponse {
        let pressed = ui.input(|input| input.pointer.any_pressed());
        if pressed && ui.rect_contains_pointer(ui.max_rect()) {
            self.activate = Some(*pane);
        }
        self.state.map.take_in_hand(*pane);
        page::pane(ui, self.state, self.run);
        self.state.map.give_back();
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &PaneId) -> WidgetText {
        let ink = if *pane == self.state.map.active() { self.palette.strong } else { self.palette.weak };
        RichText::new(self.state.map.title(*pane, &self.run.metadata.name)).size(SMALL).color(ink).into()
    }

    fn is_tab_closable(&self, _tiles: &Tiles<PaneId>, _tile: TileId) -> bool {
        true
    }

    fn on_tab_close(&mut self, tiles: &mut Tiles<PaneId>, tile: TileId) -> bool {
        if let Some(Tile::Pane(id)) = tiles.get(tile) {
            self.close = Some(*id);
        }
        // Closing is done here, so that it can be undone.
        false
    }

    fn on_tab_button(&mut self, tiles: &mut Tiles<PaneId>, tile: TileId, button: egui::Response) -> egui::Response {
        if let Some(Tile::Pane(id)) = tiles.get(tile)
            && (button.clicked() || button.drag_started())
        {
            self.activate = Some(*id);
        }
        button.on_hover_text("Drag to arrange the maps; drop on another to stack them")
    }

    fn tab_bar_height(&self, _style: &Style) -> f32 {
        BAR
    }

    fn gap_width(&self, _style: &Style) -> f32 {
        1.0
    }

    fn min_size(&self) -> f32 {
        LEAST
    }

    fn close_button_outer_size(&self) -> f32 {
        14.0
    }

    fn close_button_inner_margin(&self) -> f32 {
        3.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn paint_on_top_of_tile(&self, painter: &Painter, _style: &Style, tile: TileId, rect: Rect) {
        if self.is_active(tile) {
            painter.hline(rect.x_range(), rect.top() + 0.75, Stroke::new(1.5, self.palette.accent));
        }
    }

    fn resize_stroke(&self, _style: &Style, state: ResizeState) -> Stroke {
        match state {
            ResizeState::Idle => Stroke::new(1.0, self.palette.hairline),
            ResizeState::Hovering => Stroke::new(2.0, self.palette.accent.gamma_multiply(0.6)),
            ResizeState::Dragging => Stroke::new(2.0, self.palette.accent),
        }
    }

    fn tab_bar_color(&self, _visuals: &Visuals) -> egui::Color32 {
        self.palette.panel
    }

    fn tab_bg_color(&self, _visuals: &Visuals, _tiles: &Tiles<PaneId>, _tile: TileId, _: &TabState) -> egui::Color32 {
        self.palette.panel
    }

    fn tab_outline_stroke(&self, _visuals: &Visuals, _tiles: &Tiles<PaneId>, _tile: TileId, _: &TabState) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _visuals: &Visuals) -> Stroke {
        Stroke::new(1.0, self.palette.hairline)
    }

    fn paint_drag_preview(&self, _visuals: &Visuals, painter: &Painter, _parent: Option<Rect>, preview: Rect) {
        let accent = self.palette.accent;
        let stroke = Stroke::new(1.0, accent);
        painter.rect(preview, CornerRadius::same(4), accent.gamma_multiply(0.12), stroke, egui::StrokeKind::Inside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_pane_stands_beside_the_one_it_was_split_from() {
        let two = split(KeptTiles::Pane(0), 0, 1, true);
        assert_eq!(two, plain(&[0, 1]));
        let three = split(two.clone(), 1, 2, false);
        assert_eq!(three.panes(), [0, 1, 2]);
        assert_eq!(split(two, 0, 3, true).panes(), [0, 3, 1]);
        let stacked = KeptTiles::Stacked(1, vec![KeptTiles::Pane(0), KeptTiles::Pane(1)]);
        assert_eq!(
            split(stacked.clone(), 1, 2, true),
            KeptTiles::Beside(vec![(1.0, stacked), (1.0, KeptTiles::Pane(2))])
        );
    }

    #[test]
    fn what_a_closed_pane_leaves_has_no_rows_of_one() {
        let four = plain(&[0, 1, 2, 3]);
        let three = without(four, 3).expect("three are left");
        assert_eq!(three, plain(&[0, 1, 2]));
        let two = without(three, 2).expect("two are left");
        assert_eq!(two, plain(&[0, 1]));
        assert_eq!(without(two, 0), Some(KeptTiles::Pane(1)));
        assert_eq!(without(KeptTiles::Pane(1), 1), None);
    }

    #[test]
    fn an_arrangement_is_read_back_as_it_was_made() {
        let row =
            vec![(0.4, KeptTiles::Pane(7)), (1.6, KeptTiles::Stacked(1, vec![KeptTiles::Pane(2), KeptTiles::Pane(5)]))];
        let tiles = KeptTiles::Below(vec![(1.0, KeptTiles::Pane(1)), (2.0, KeptTiles::Beside(row))]);
        let mut arranged = Arranged::of(&tiles);
        assert_eq!((arranged.kept(), arranged.order()), (tiles, vec![1, 7, 2, 5]));
        arranged.bring_forward(2);
        let front = |tiles: &KeptTiles| format!("{tiles:?}").contains("Stacked(0");
        assert!(front(&arranged.kept()));
    }
}
