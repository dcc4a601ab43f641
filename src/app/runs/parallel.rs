//! Parallel coordinates: a line a run over one axis a hyperparameter and one for the metric.

use std::sync::Arc;

use eframe::egui::{self, Align2, FontId, Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::samples::{Axes, Axis, Brushes, Samples};
use crate::app::controls::{row_with_right, section, weak};
use crate::app::state::WindowState;
use crate::app::theme::{self, Palette, SMALL};
use crate::comparison::{Importance, Sample};
use crate::engine::{Command, RunsCommand};
use crate::numbers;

/// Height of the axes.
const HEIGHT: f32 = 220.0;

/// What is known of importance.
#[derive(Debug, Default)]
pub struct ParallelView {
    /// The samples whose importance was asked for.
    asked: Vec<Sample>,
    importance: Arc<Vec<Importance>>,
    /// Of how many samples that tells.
    samples: usize,
}

impl ParallelView {
    /// Takes importance, if it is of the samples that were asked for.
    pub fn take(&mut self, importance: Arc<Vec<Importance>>, samples: usize) {
        if samples == self.asked.len() {
            self.importance = importance;
            self.samples = samples;
        }
    }

    /// What is known of importance, most important first.
    pub fn importance(&self) -> &[Importance] {
        &self.importance
    }
}

/// Draws the runs, which of them are `kept` by what is brushed, and how much each hyperparameter has to do with the metric.
pub fn show(ui: &mut Ui, state: &mut WindowState, samples: &Samples, axes: &Axes, kept: &[bool]) {
    row_with_right(
        ui,
        |ui| section(ui, "Parallel coordinates"),
        |ui| {
            if !state.runs.brushes.is_empty() && ui.link(RichText::new("Clear").size(SMALL)).clicked() {
                state.runs.brushes.clear();
            }
            weak(ui, "Drag along an axis to keep the lines that pass there; click it to let go.");
        },
    );
    let shown: Vec<&Axis> = axes.keys.iter().chain(axes.measures.first()).collect();
    lines(ui, &mut state.runs.brushes, samples, &shown, kept);
    if state.runs.parallel.asked != samples.samples {
        state.runs.parallel.asked.clone_from(&samples.samples);
        state.runs.parallel.importance = Arc::default();
        state.send(Command::Runs(RunsCommand::Importance(samples.samples.clone())));
    }
    importance(ui, &state.runs.parallel);
}

fn lines(ui: &mut Ui, brushes: &mut Brushes, samples: &Samples, axes: &[&Axis], kept: &[bool]) {
    let palette = Palette::of(ui);
    let dark = ui.visuals().dark_mode;
    let (room, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + 52.0), Sense::hover());
    let frame = Rect::from_min_max(room.min + vec2(48.0, 28.0), room.max - vec2(64.0, 20.0));
    let x = |at: usize| frame.left() + frame.width() * at as f32 / (axes.len() - 1).max(1) as f32;
    let y = |place: f32| frame.bottom() - place * frame.height();
    for (at, axis) in axes.iter().enumerate() {
        brush(ui, brushes, axis, Rect::from_center_size(pos2(x(at), frame.center().y), vec2(28.0, frame.height())));
    }
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| frame.contains(*at));
    let path = |row: usize| -> Vec<egui::Pos2> {
        let places = axes.iter().enumerate().filter_map(|(at, axis)| Some(pos2(x(at), y(axis.places[row]?))));
        places.collect()
    };
    let near = pointer.and_then(|pointer| {
        let away =
            |row: usize| path(row).windows(2).map(|pair| distance(pointer, pair[0], pair[1])).fold(f32::MAX, f32::min);
        let rows = (0..kept.len()).filter(|&row| kept[row]).map(|row| (row, away(row)));
        rows.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, away)| *away < 8.0).map(|(row, _)| row)
    });
    // What is brushed away lies under what is kept.
    let mut order: Vec<usize> = (0..kept.len()).rev().collect();
    order.sort_by_key(|&row| (kept[row], near == Some(row)));
    let last = axes.len() - 1;
    for row in order {
        let colour = match kept[row] {
            true => theme::rgba(crate::picture::amount(axes[last].places[row].unwrap_or(0.0), dark)),
            false => palette.hairline,
        };
        let width = if near == Some(row) { 3.0 } else { 1.4 };
        ui.painter().add(Shape::line(path(row), Stroke::new(width, colour)));
    }
    for (at, axis) in axes.iter().enumerate() {
        draw_axis(ui, axis, x(at), frame, brushes.get(&axis.name), at == last);
    }
    let count = kept.iter().filter(|&&kept| kept).count();
    let words = match near {
        Some(row) => {
            let name = samples.names.get(row).map_or("", String::as_str);
            format!("{name}: {}", numbers::percent(samples.samples[row].metric))
        }
        None if brushes.is_empty() => String::new(),
        None => format!("{count} of {} kept", kept.len()),
    };
    let font = FontId::proportional(SMALL);
    ui.painter().text(room.left_bottom(), Align2::LEFT_BOTTOM, words, font, palette.text);
}

/// Takes a drag along an axis.
fn brush(ui: &mut Ui, brushes: &mut Brushes, axis: &Axis, rect: Rect) {
    let id = ui.scope_id().with(("axis", &axis.name));
    let response = ui.interact(rect, id, Sense::click_and_drag()).on_hover_cursor(egui::CursorIcon::ResizeVertical);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Slider, true, format!("Axis {}", axis.name)));
    let share = |at: egui::Pos2| ((rect.bottom() - at.y) / rect.height()).clamp(0.0, 1.0);
    if response.clicked() {
        brushes.remove(&axis.name);
    } else if response.dragged()
        && let Some((from, to)) = ui.input(|input| input.pointer.press_origin()).zip(response.interact_pointer_pos())
    {
        brushes.set(&axis.name, [share(from), share(to)]);
    }
}

fn draw_axis(ui: &Ui, axis: &Axis, x: f32, frame: Rect, brushed: Option<(f32, f32)>, last: bool) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    painter.vline(x, frame.y_range(), Stroke::new(1.0, palette.weak));
    if let Some((low, high)) = brushed {
        let y = |place: f32| frame.bottom() - place * frame.height();
        let span = Rect::from_min_max(pos2(x - 5.0, y(high)), pos2(x + 5.0, y(low)));
        painter.rect_filled(span, 2.0, palette.accent.gamma_multiply(0.45));
    }
    let font = FontId::proportional(SMALL);
    let colour = if last { palette.accent } else { palette.strong };
    painter.text(pos2(x, frame.top() - 10.0), Align2::CENTER_BOTTOM, &axis.name, font, colour);
    for (place, text) in axis.scale.ticks() {
        let at = pos2(x + 5.0, frame.bottom() - place * frame.height());
        let text = if axis.is_share { text.parse().map_or(text, numbers::percent) } else { text };
        let galley = painter.layout_no_wrap(text, FontId::proportional(10.5), palette.text);
        let ground = Rect::from_min_size(at - vec2(0.0, galley.size().y / 2.0), galley.size()).expand(1.0);
        painter.rect_filled(ground, 2.0, palette.raised.gamma_multiply(0.8));
        painter.galley(ground.min + vec2(1.0, 1.0), galley, palette.text);
    }
}

/// How far `point` is from the line between two others.
fn distance(point: egui::Pos2, from: egui::Pos2, to: egui::Pos2) -> f32 {
    let along = to - from;
    let share = ((point - from).dot(along) / along.length_sq().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    (point - (from + along * share)).length()
}

fn importance(ui: &mut Ui, view: &ParallelView) {
    if view.importance.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    ui.add_space(4.0);
    section(ui, "Importance");
    for found in view.importance.iter() {
        ui.horizontal(|ui| {
            ui.allocate_ui(vec2(132.0, 18.0), |ui| {
                ui.set_min_width(132.0);
                ui.add(egui::Label::new(RichText::new(&found.key).color(palette.text)).truncate());
            });
            let (bar, _) = ui.allocate_exact_size(vec2(200.0, 8.0), Sense::hover());
            let painter = ui.painter();
            painter.rect_filled(bar, 2.0, palette.hairline);
            let colour = if found.share > found.by_chance { palette.accent } else { palette.weak };
            let filled = Rect::from_min_size(bar.min, vec2(bar.width() * found.share as f32, bar.height()));
            painter.rect_filled(filled, 2.0, colour);
            let tick = bar.left() + bar.width() * found.by_chance as f32;
            painter.vline(tick, bar.y_range().expand(3.0), Stroke::new(1.5, palette.strong));
            ui.label(RichText::new(numbers::percent(found.share)).color(palette.strong)).on_hover_text(format!(
                "{}; by chance below {} in 95 of 100 orders",
                found.share,
                numbers::percent(found.by_chance)
            ));
            let words = match found.correlation {
                _ if found.share <= found.by_chance => "may be chance",
                Some(correlation) if correlation > 0.0 => "higher reaches more",
                Some(_) => "lower reaches more",
                None => "",
            };
            weak(ui, words);
        });
    }
    let words = format!(
        "Share of the variance of the hit rate's ranks that a hyperparameter explains alone, over {}: the squared rank \
         correlation for numbers, the correlation ratio for words. The tick is what 95 of 100 shuffled orders stay below. \
         What hyperparameters do together is not seen.",
        numbers::counted(view.samples as u64, "run")
    );
    let palette = Palette::of(ui);
    ui.add(egui::Label::new(RichText::new(words).size(SMALL).color(palette.weak)).wrap());
}
