//! Parallel coordinates: a line a run over one axis a hyperparameter and one for the metric.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Align2, FontId, Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::app::controls::{row_with_right, section, weak};
use crate::app::state::WindowState;
use crate::app::theme::{self, Palette, SMALL};
use crate::comparison::{Importance, Sample};
use crate::engine::{Command, RunsCommand};
use crate::numbers;

/// What the metric's axis is called.
const METRIC: &str = "hit rate at 10";
/// Height of the axes.
const HEIGHT: f32 = 220.0;
/// From which ratio on an axis of numbers is logarithmic.
const LOGARITHMIC: f64 = 30.0;

/// Where values stand on an axis, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Numbers between two ends.
    Numbers { low: f64, high: f64, log: bool },
    /// Words, evenly.
    Words(Vec<String>),
}

impl Scale {
    /// The scale of `values`: numbers where all are.
    pub fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut distinct: Vec<String> = values.map(str::to_owned).collect();
        distinct.sort();
        distinct.dedup();
        let numbers: Option<Vec<f64>> = distinct.iter().map(|value| value.parse().ok()).collect();
        match numbers.filter(|numbers| !numbers.is_empty()) {
            Some(numbers) => {
                let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Self::Numbers { low, high, log: low > 0.0 && high / low >= LOGARITHMIC }
            }
            None => Self::Words(distinct),
        }
    }

    /// Where `value` stands.
    pub fn place(&self, value: &str) -> f32 {
        match self {
            Self::Numbers { low, high, .. } if low == high => 0.5,
            Self::Numbers { low, high, log } => {
                let value: f64 = value.parse().unwrap_or(*low);
                let share = if *log { (value / low).ln() / (high / low).ln() } else { (value - low) / (high - low) };
                share as f32
            }
            Self::Words(words) => {
                let at = words.iter().position(|word| word == value).unwrap_or(0);
                if words.len() < 2 { 0.5 } else { at as f32 / (words.len() - 1) as f32 }
            }
        }
    }

    /// Places with what stands there.
    pub fn ticks(&self) -> Vec<(f32, String)> {
        match self {
            Self::Numbers { low, high, .. } if low == high => vec![(0.5, low.to_string())],
            Self::Numbers { low, high, log } => {
                let whole = low.fract() == 0.0 && high.fract() == 0.0;
                let value = |step: u32| {
                    let share = f64::from(step) / 4.0;
                    let value = if *log { low * (high / low).powf(share) } else { low + share * (high - low) };
                    if whole { value.round() } else { value }
                };
                let mut values: Vec<f64> = (0..5).map(value).collect();
                values.dedup();
                let text = |value: f64| match whole {
                    true if value >= 0.0 => numbers::short(value as u64),
                    _ => numbers::figures(value, 3),
                };
                values.into_iter().map(|value| (self.place(&value.to_string()), text(value))).collect()
            }
            Self::Words(words) => words.iter().map(|word| (self.place(word), word.clone())).collect(),
        }
    }
}

/// What is brushed, and what is known of importance.
#[derive(Debug, Default)]
pub struct ParallelView {
    /// By axis: what share of it, from below, is brushed.
    brushes: BTreeMap<String, (f32, f32)>,
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

/// Draws the samples, called `names`, best first or not, and how much each hyperparameter has to do with the metric.
pub fn show(ui: &mut Ui, state: &mut WindowState, names: &[String], samples: Vec<Sample>) {
    row_with_right(
        ui,
        |ui| section(ui, "Parallel coordinates"),
        |ui| {
            if !state.runs.parallel.brushes.is_empty() && ui.link(RichText::new("Clear").size(SMALL)).clicked() {
                state.runs.parallel.brushes.clear();
            }
            weak(ui, "Drag along an axis to keep the lines that pass there; click it to let go.");
        },
    );
    axes(ui, &mut state.runs.parallel, names, &samples);
    if state.runs.parallel.asked != samples {
        state.runs.parallel.asked.clone_from(&samples);
        state.runs.parallel.importance = Arc::default();
        state.send(Command::Runs(RunsCommand::Importance(samples)));
    }
    importance(ui, &state.runs.parallel);
}

/// An axis: its name, its scale, and where each sample stands on it.
struct Axis {
    name: String,
    scale: Scale,
    places: Vec<f32>,
}

impl Axis {
    fn new(name: String, values: &[String]) -> Self {
        let scale = Scale::of(values.iter().map(String::as_str));
        let places = values.iter().map(|value| scale.place(value)).collect();
        Self { name, scale, places }
    }
}

fn all_axes(samples: &[Sample]) -> Vec<Axis> {
    let mut keys: Vec<&String> = samples.iter().flat_map(|sample| sample.values.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut axes: Vec<Axis> = keys
        .into_iter()
        .map(|key| {
            let values: Vec<String> =
                samples.iter().map(|sample| sample.values.get(key).cloned().unwrap_or_default()).collect();
            Axis::new(key.clone(), &values)
        })
        .collect();
    let metrics: Vec<String> = samples.iter().map(|sample| sample.metric.to_string()).collect();
    axes.push(Axis::new(METRIC.to_owned(), &metrics));
    axes
}

fn axes(ui: &mut Ui, view: &mut ParallelView, names: &[String], samples: &[Sample]) {
    let palette = Palette::of(ui);
    let dark = ui.visuals().dark_mode;
    let axes = all_axes(samples);
    let (room, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + 52.0), Sense::hover());
    let frame = Rect::from_min_max(room.min + vec2(48.0, 28.0), room.max - vec2(64.0, 20.0));
    let x = |at: usize| frame.left() + frame.width() * at as f32 / (axes.len() - 1).max(1) as f32;
    let y = |place: f32| frame.bottom() - place * frame.height();
    for (at, axis) in axes.iter().enumerate() {
        brush(ui, view, axis, Rect::from_center_size(pos2(x(at), frame.center().y), vec2(28.0, frame.height())));
    }
    let kept = |row: usize| {
        let within = |axis: &Axis| {
            let brushed = view.brushes.get(&axis.name);
            brushed.is_none_or(|(low, high)| (low - 1e-4..=high + 1e-4).contains(&axis.places[row]))
        };
        axes.iter().all(within)
    };
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| frame.contains(*at));
    let path = |row: usize| -> Vec<egui::Pos2> {
        axes.iter().enumerate().map(|(at, axis)| pos2(x(at), y(axis.places[row]))).collect()
    };
    let near = pointer.and_then(|pointer| {
        let away =
            |row: usize| path(row).windows(2).map(|pair| distance(pointer, pair[0], pair[1])).fold(f32::MAX, f32::min);
        let rows = (0..samples.len()).filter(|&row| kept(row)).map(|row| (row, away(row)));
        rows.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, away)| *away < 8.0).map(|(row, _)| row)
    });
    // What is brushed away lies under what is kept.
    let mut order: Vec<usize> = (0..samples.len()).rev().collect();
    order.sort_by_key(|&row| (kept(row), near == Some(row)));
    let last = axes.len() - 1;
    for row in order {
        let colour = match kept(row) {
            true => theme::rgba(crate::picture::amount(axes[last].places[row], dark)),
            false => palette.hairline,
        };
        let width = if near == Some(row) { 3.0 } else { 1.4 };
        ui.painter().add(Shape::line(path(row), Stroke::new(width, colour)));
    }
    for (at, axis) in axes.iter().enumerate() {
        draw_axis(ui, axis, x(at), frame, view.brushes.get(&axis.name).copied(), at == last);
    }
    let count = (0..samples.len()).filter(|&row| kept(row)).count();
    let words = match near {
        Some(row) => {
            format!("{}: {}", names.get(row).map_or("", String::as_str), numbers::percent(samples[row].metric))
        }
        None if view.brushes.is_empty() => String::new(),
        None => format!("{count} of {} kept", samples.len()),
    };
    let font = FontId::proportional(SMALL);
    ui.painter().text(room.left_bottom(), Align2::LEFT_BOTTOM, words, font, palette.text);
}

/// Takes a drag along an axis.
fn brush(ui: &mut Ui, view: &mut ParallelView, axis: &Axis, rect: Rect) {
    let id = ui.scope_id().with(("axis", &axis.name));
    let response = ui.interact(rect, id, Sense::click_and_drag()).on_hover_cursor(egui::CursorIcon::ResizeVertical);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Slider, true, format!("Axis {}", axis.name)));
    let share = |at: egui::Pos2| ((rect.bottom() - at.y) / rect.height()).clamp(0.0, 1.0);
    if response.clicked() {
        view.brushes.remove(&axis.name);
    } else if response.dragged()
        && let Some((from, to)) = ui.input(|input| input.pointer.press_origin()).zip(response.interact_pointer_pos())
    {
        let (from, to) = (share(from), share(to));
        view.brushes.insert(axis.name.clone(), (from.min(to), from.max(to)));
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
        let text = if last { text.parse().map_or(text, numbers::percent) } else { text };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_by_value_words_evenly_and_wide_ranges_by_their_logarithm() {
        let window = Scale::of(["2", "8", "5"].into_iter());
        assert_eq!(["2", "5", "8"].map(|value| window.place(value)), [0.0, 0.5, 1.0]);
        assert!(window.ticks().iter().all(|(_, text)| !text.contains('.')), "{:?}", window.ticks());
        let rate = Scale::of(["0.001", "0.1"].into_iter());
        assert!((rate.place("0.01") - 0.5).abs() < 1e-6);
        let words = Scale::of(["adam", "sgd", "9"].into_iter());
        assert_eq!(words.ticks(), [(0.0, "9".to_owned()), (0.5, "adam".to_owned()), (1.0, "sgd".to_owned())]);
        assert_eq!(Scale::of(["3", "3"].into_iter()).place("3"), 0.5);
    }
}
