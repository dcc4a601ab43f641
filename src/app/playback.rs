//! The bar under the map that plays a training back, over the epochs that its run keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Align, Frame, Layout, Margin, Panel, RichText, Slider, Ui};

use super::controls::{icon_button, progress_line, weak};
use super::export_panel::file_name;
use super::icons::Icon;
use super::map::PictureStyle;
use super::state::WindowState;
use super::theme::{Palette, SMALL};
use crate::engine::jobs::EpochMap;
use crate::engine::{Command, JobKind, NoticeLevel, ProjectionRequest};
use crate::numbers;
use crate::picture::MapPicture;
use crate::projection::{Method, ProjectionSettings, TsneParameters};
use crate::run::free_place;

/// Seconds from one epoch to the next.
const STEP: f64 = 0.35;

/// What is played back.
#[derive(Debug, Default)]
pub struct Playback {
    open: bool,
    /// What was asked for.
    asked: Option<ProjectionRequest>,
    maps: Option<Arc<[EpochMap]>>,
    /// Which of them is on show.
    at: usize,
    /// When the one on show came, while it plays.
    playing: Option<f64>,
}

impl Playback {
    /// Another run or table is on show.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    /// Takes maps, if they are those that are wanted.
    pub fn take(&mut self, request: &ProjectionRequest, maps: Arc<[EpochMap]>) {
        if self.open && self.asked.as_ref() == Some(request) && !maps.is_empty() {
            self.at = maps.len() - 1;
            self.maps = Some(maps);
        }
    }

    /// The epoch on show, and how many there are.
    pub fn moment(&self) -> Option<(usize, usize)> {
        self.maps.as_ref().map(|maps| (self.at, maps.len()))
    }
}

/// What is to be asked for the map on show: its method where it can be played back, else principal components.
fn request(state: &WindowState) -> ProjectionRequest {
    let table = state.map.table.clone();
    match state.map.request().map(|request| &request.settings.method) {
        Some(Method::Tsne(parameters)) => {
            let method = TsneParameters { dims: 2, ..parameters.clone() }.into();
            let settings = ProjectionSettings { method, dims: 2, ..ProjectionSettings::default() };
            ProjectionRequest { table, settings }
        }
        _ => ProjectionRequest::pca(table, 2),
    }
}

/// Draws the bar, where the run on show keeps epochs.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let kept = state.run.as_ref().map_or(0, |shown| shown.kept_epochs);
    if kept < 2 || state.is_training() || !state.map.has_points() {
        return;
    }
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 5));
    Panel::bottom("playback").exact_size(38.0).frame(frame).show_separator_line(true).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            if state.playback.open {
                bar(ui, state);
            } else if ui
                .link(RichText::new(format!("Play the training back: {kept} kept epochs")).size(SMALL))
                .clicked()
            {
                begin(state);
            }
        });
    });
}

fn begin(state: &mut WindowState) {
    let request = request(state);
    state.playback = Playback { open: true, asked: Some(request.clone()), ..Playback::default() };
    state.send(Command::MapEpochs(request));
}

fn bar(ui: &mut Ui, state: &mut WindowState) {
    let Some(maps) = state.playback.maps.clone() else {
        let running = state.job(JobKind::MapEpochs).map(|job| job.id);
        weak(ui, if running.is_some() { "Mapping the epochs" } else { "The epochs could not be mapped" });
        let progress = running.and_then(|id| state.live.progress.get(&id));
        let share = progress.and_then(|progress| Some(progress.done as f32 / progress.total? as f32));
        if running.is_some() {
            progress_line(ui, share, 160.0);
        }
        if icon_button(ui, Icon::Close, "Close the playback").clicked() {
            if let Some(id) = running {
                state.send(Command::Cancel(id));
            }
            state.playback.close();
        }
        return;
    };
    advance(ui, state, &maps);
    let playing = state.playback.playing.is_some();
    if ui.add(egui::Button::new(if playing { "Pause" } else { "Play" }).min_size(egui::vec2(64.0, 24.0))).clicked() {
        toggle(state, &maps);
    }
    let last = maps.len() - 1;
    let mut at = state.playback.at;
    ui.spacing_mut().slider_width = (ui.available_width() - 340.0).clamp(80.0, 900.0);
    let slider = ui.add(Slider::new(&mut at, 0..=last).show_value(false));
    slider.widget_info(|| egui::WidgetInfo::slider(true, at as f64, "Epoch"));
    if slider.changed() {
        state.playback.playing = None;
        go_to(state, &maps, at, 0.15);
    }
    let epochs = counted_epochs(maps[state.playback.at].epochs);
    let all = counted_epochs(maps[last].epochs);
    ui.label(RichText::new(format!("epoch {epochs} of {all}")).size(SMALL).color(Palette::of(ui).text));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if icon_button(ui, Icon::Close, "Close the playback").clicked() {
            let now = state.now;
            state.playback.close();
            state.map.leave_moment(now);
            return;
        }
        let busy = state.job(JobKind::Export).is_some();
        let hint = "Writes every epoch as a numbered picture, as the map is seen";
        if ui.add_enabled(!busy, egui::Button::new("Export frames")).on_hover_text(hint).clicked() {
            export(ui, state, &maps);
        }
    });
}

/// Whole epochs as they are counted, others by their first figures.
fn counted_epochs(epochs: f64) -> String {
    if epochs.fract() == 0.0 { numbers::exact(epochs as u64) } else { numbers::figures(epochs, 3) }
}

fn toggle(state: &mut WindowState, maps: &[EpochMap]) {
    if state.playback.playing.take().is_some() {
        return;
    }
    // At the end it begins anew.
    let at = if state.playback.at + 1 >= maps.len() { 0 } else { state.playback.at };
    state.playback.playing = Some(state.now);
    go_to(state, maps, at, STEP);
}

/// Goes on to the next epoch once it is time.
fn advance(ui: &Ui, state: &mut WindowState, maps: &[EpochMap]) {
    let Some(since) = state.playback.playing else { return };
    if state.now - since >= STEP {
        if state.playback.at + 1 >= maps.len() {
            state.playback.playing = None;
            return;
        }
        state.playback.playing = Some(state.now);
        go_to(state, maps, state.playback.at + 1, STEP);
    }
    ui.ctx().request_repaint();
}

fn go_to(state: &mut WindowState, maps: &[EpochMap], at: usize, seconds: f64) {
    state.playback.at = at;
    state.map.show_moment(&maps[at].places, seconds, state.now);
}

/// Has every epoch drawn as the map is seen, into a new folder.
fn export(ui: &Ui, state: &mut WindowState, maps: &[EpochMap]) {
    let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run)) else { return };
    let Ok(table) = run.table(&state.map.table.clone()) else { return };
    let seen = state.map.seen_size();
    let high = (1600.0 * seen[1] / seen[0].max(1.0)).round().clamp(400.0, 3200.0) as u32;
    let dark = ui.visuals().dark_mode;
    let style = PictureStyle {
        size: [1600, high],
        dark,
        as_seen: true,
        named: true,
        keyed: true,
        lined: state.map.contours.shown,
    };
    let lit = std::collections::BTreeSet::new();
    let stem = file_name(&format!("{}-{}-epochs", run.metadata.name, state.map.table));
    let folder = free_place(&state.export.folder(), &stem, "");
    let (was, mut pictures) = (state.playback.at, Vec::new());
    for (at, map) in maps.iter().enumerate() {
        go_to(state, maps, at, 0.0);
        if let Some(mut picture) = state.map.picture(&run, &table, &lit, style) {
            picture.subtitle = format!("epoch {}, {}", counted_epochs(map.epochs), picture.subtitle);
            pictures.push((picture, folder.join(format!("{:04}.png", at + 1))));
        }
    }
    go_to(state, maps, was, 0.0);
    send(state, pictures, &folder);
}

fn send(state: &mut WindowState, pictures: Vec<(MapPicture, PathBuf)>, folder: &Path) {
    if let Err(error) = std::fs::create_dir_all(folder) {
        let words = format!("The folder cannot be made: {error}\nFolder: {}", folder.display());
        return state.notices.tell(NoticeLevel::Error, words);
    }
    state.send(Command::ExportPictures(pictures));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::Places;

    fn maps(count: usize) -> Arc<[EpochMap]> {
        let places = Arc::new(Places::new(vec![[0.0, 0.0]]));
        (0..count).map(|at| EpochMap { epochs: at as f64, places: Arc::clone(&places) }).collect()
    }

    #[test]
    fn only_the_maps_that_were_asked_for_are_taken_and_the_last_one_is_on_show() {
        let (asked, other) =
            (ProjectionRequest::pca("item".to_owned(), 2), ProjectionRequest::pca("brand".to_owned(), 2));
        let mut playback = Playback { open: true, asked: Some(asked.clone()), ..Playback::default() };
        playback.take(&other, maps(3));
        assert_eq!(playback.moment(), None);
        playback.take(&asked, maps(5));
        assert_eq!(playback.moment(), Some((4, 5)));
        playback.close();
        playback.take(&asked, maps(5));
        assert_eq!(playback.moment(), None, "it was closed by then");
    }
}
