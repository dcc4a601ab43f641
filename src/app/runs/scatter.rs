//! One hyperparameter against one measure: a point a run. A box drawn over points brushes both axes.

use eframe::egui::{self, FontId, Rect, RichText, Stroke, StrokeKind, Ui, Vec2b, vec2};
use egui_plot::{AxisHints, GridMark, HoverPosition, Plot, PlotPoint, PlotPoints, PlotResponse, Points, VPlacement};

use super::samples::{Axes, Axis, Samples};
use crate::app::controls::{choice, row_with_right, section, weak};
use crate::app::curves;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::numbers;

/// Height of the plot.
const HEIGHT: f32 = 200.0;

/// What it shows, once somebody chose.
#[derive(Debug, Default)]
pub struct ScatterView {
    key: Option<String>,
    measure: Option<String>,
}

/// Draws `samples` along `axes`, those that are not `kept` paler.
pub fn show(ui: &mut Ui, state: &mut WindowState, samples: &Samples, axes: &Axes, kept: &[bool]) {
    row_with_right(
        ui,
        |ui| section(ui, "Scatter"),
        |ui| {
            if !state.runs.brushes.is_empty() && ui.link(RichText::new("Clear").size(SMALL)).clicked() {
                state.runs.brushes.clear();
            }
            weak(ui, "Drag a box to keep what is in it; click to let go.");
        },
    );
    let view = &mut state.runs.scatter;
    let (Some(x), Some(y)) = (chosen(&axes.keys, view.key.as_ref()), chosen(&axes.measures, view.measure.as_ref()))
    else {
        return;
    };
    ui.horizontal(|ui| {
        for (name, taken, all, own) in
            [("Measure", y, &axes.measures, &mut view.measure), ("Hyperparameter", x, &axes.keys, &mut view.key)]
        {
            choice(ui, name, &taken.name, 116.0, |ui| {
                for axis in all {
                    ui.selectable_value(own, Some(axis.name.clone()), &axis.name);
                }
            });
        }
    });
    let points: Vec<Option<[f64; 2]>> = (0..kept.len()).map(|row| place(x, y, row)).collect();
    let drawn = plot(ui, samples, [x, y], &points, kept);
    let name = format!("Scatter of {} against {}", y.name, x.name);
    drawn.response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Figure, true, &name));
    brush(ui, state, [x, y], &drawn);
    let count = kept.iter().filter(|&&kept| kept).count();
    let words = match samples.names.get(samples.best) {
        _ if !state.runs.brushes.is_empty() => format!("{count} of {} kept", kept.len()),
        Some(best) if samples.whole.contains(&false) => {
            format!("Ringed: {best}, the best. Paler: not trained in full.")
        }
        Some(best) => format!("Ringed: {best}, the best."),
        None => String::new(),
    };
    weak(ui, words);
}

fn chosen<'a>(axes: &'a [Axis], name: Option<&String>) -> Option<&'a Axis> {
    axes.iter().find(|axis| Some(&axis.name) == name).or(axes.first())
}

/// Where a run stands: a share along, a value up.
fn place(x: &Axis, y: &Axis, row: usize) -> Option<[f64; 2]> {
    Some([f64::from(x.places[row]?), y.scale.number_at(y.places[row]?)?])
}

fn plot(
    ui: &mut Ui,
    samples: &Samples,
    [x, y]: [&Axis; 2],
    points: &[Option<[f64; 2]>],
    kept: &[bool],
) -> PlotResponse<()> {
    let palette = Palette::of(ui);
    let axes =
        |hints: AxisHints<'static>| hints.tick_label_font(FontId::proportional(10.5)).tick_label_color(palette.weak);
    let (ticks, labels, is_share) = (x.scale.ticks(), x.scale.ticks(), y.is_share);
    let x_axis = axes(AxisHints::new_x().placement(VPlacement::Bottom)).formatter(move |mark, _| {
        let tick = labels.iter().find(|(place, _)| (f64::from(*place) - mark.value).abs() < 1e-6);
        tick.map_or_else(String::new, |(_, name)| name.clone())
    });
    let y_axis = axes(AxisHints::new_y().min_thickness(38.0).label_spacing(12.0..=20.0)).formatter(move |mark, _| {
        let long = !is_share && mark.value.abs() >= 10_000.0;
        if long { numbers::rate(mark.value) } else { curves::beside_axis(mark.value, mark.step_size, is_share) }
    });
    let words = hints(samples, [x, y], points);
    let plot = curves::still(Plot::new("scatter"), 5)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .x_grid_spacer(move |_| {
            ticks.iter().map(|(place, _)| GridMark { value: f64::from(*place), step_size: 0.25 }).collect()
        })
        .include_x(-0.04)
        .include_x(1.04)
        .set_margin_fraction(vec2(0.0, 0.1))
        .auto_bounds(Vec2b::TRUE)
        .grid_color(palette.hairline)
        .label_formatter(move |hover| match hover {
            HoverPosition::NearDataPoint { position, .. } => {
                let here = words.iter().filter(|(place, _)| *place == [position.x, position.y]);
                Some(here.map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("\n"))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .height(HEIGHT)
        .width(ui.available_width());
    let some = |wanted: &dyn Fn(usize) -> bool| -> PlotPoints<'static> {
        let of = points.iter().enumerate().filter(|(row, _)| wanted(*row));
        of.filter_map(|(_, place)| *place).collect::<Vec<_>>().into()
    };
    let whole = |row: usize| samples.whole.get(row).copied().unwrap_or(true);
    let away = Points::new("away", some(&|row| !kept[row])).radius(2.5).color(palette.weak.gamma_multiply(0.5));
    let part = Points::new("part", some(&|row| kept[row] && !whole(row)));
    let full = Points::new("full", some(&|row| kept[row] && whole(row))).radius(4.0).color(palette.accent);
    let best = Points::new("best", some(&|row| row == samples.best)).radius(7.5).filled(false).color(palette.strong);
    let part = part.radius(3.0).color(palette.accent.gamma_multiply(0.45));
    plot.show(ui, |plot| {
        for points in [away, part, full] {
            plot.points(points);
        }
        plot.points(best.allow_hover(false));
    })
}

/// What is said of each run where it stands.
fn hints(samples: &Samples, [x, y]: [&Axis; 2], points: &[Option<[f64; 2]>]) -> Vec<([f64; 2], String)> {
    let of = |(row, place): (usize, &Option<[f64; 2]>)| {
        let place = (*place)?;
        let value = samples.samples.get(row)?.values.get(&x.name).map_or("", String::as_str);
        let reached = if y.is_share { numbers::percent(place[1]) } else { numbers::figures(place[1], 4) };
        let name = samples.names.get(row).map_or("", String::as_str);
        Some((place, format!("{name}\n{} {value}\n{} {reached}", x.name, y.name)))
    };
    points.iter().enumerate().filter_map(of).collect()
}

/// Takes a box that is drawn, and draws the one that is brushed.
fn brush(ui: &Ui, state: &mut WindowState, [x, y]: [&Axis; 2], drawn: &PlotResponse<()>) {
    let (response, transform) = (&drawn.response, &drawn.transform);
    let brushes = &mut state.runs.brushes;
    if response.clicked() {
        brushes.remove(&x.name);
        brushes.remove(&y.name);
    } else if response.dragged()
        && let Some((from, to)) = ui.input(|input| input.pointer.press_origin()).zip(response.interact_pointer_pos())
    {
        let corners = [from, to].map(|at| transform.value_from_position(at));
        brushes.set(&x.name, corners.map(|at| (at.x as f32).clamp(0.0, 1.0)));
        brushes.set(&y.name, corners.map(|at| y.scale.place_of(at.y).clamp(0.0, 1.0)));
    }
    let (along, up) = (brushes.get(&x.name), brushes.get(&y.name));
    if along.is_none() && up.is_none() {
        return;
    }
    let (left, right) = along.unwrap_or((0.0, 1.0));
    let (low, high) = up.unwrap_or((0.0, 1.0));
    let corner = |along: f32, up: f32| {
        let value = y.scale.number_at(up)?;
        Some(transform.position_from_point(&PlotPoint::new(f64::from(along), value)))
    };
    if let Some((first, second)) = corner(left, low).zip(corner(right, high)) {
        let palette = Palette::of(ui);
        let area = Rect::from_two_pos(first, second);
        let painter = ui.painter_at(response.rect);
        painter.rect_filled(area, 2.0, palette.accent.gamma_multiply(0.12));
        painter.rect_stroke(area, 2.0, Stroke::new(1.0, palette.accent), StrokeKind::Inside);
    }
}
