//! Curves of several runs in one plot: the smoothed line over the raw one.

use eframe::egui::{self, FontId, RichText, Ui, vec2};
use egui_plot::{AxisHints, HoverPosition, Line, Plot, PlotPoints, VPlacement};

use super::compare;
use crate::app::controls::{choice, weak};
use crate::app::curves;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::numbers;
use crate::training::{CurvePoint, smoothed};

/// Height of a plot.
const HEIGHT: f32 = 240.0;
/// Curves of fewer points are shown as they are.
const FEW: usize = 12;

/// What a run's way is measured in.
type Along = (&'static str, fn(&CurvePoint) -> f64);

const ALONG: [Along; 4] = [
    ("epochs", |point| point.epoch),
    ("steps", |point| point.step as f64),
    ("pairs", |point| point.pairs as f64),
    ("seconds", |point| point.seconds),
];

/// A figure along the way; `None` where it was not measured.
struct Figure {
    name: &'static str,
    of: fn(&CurvePoint) -> Option<f64>,
    is_share: bool,
}

const fn figure(name: &'static str, of: fn(&CurvePoint) -> Option<f64>) -> Figure {
    Figure { name, of, is_share: false }
}

const LOSSES: [Figure; 4] = [
    figure("Loss: total", |point| Some(point.loss.total)),
    figure("Loss: pairs", |point| Some(point.loss.pair)),
    figure("Loss: structure", |point| Some(point.loss.structure)),
    figure("Loss: regulariser", |point| Some(point.loss.regulariser)),
];

const HELD_OUT: [Figure; 5] = [
    Figure {
        name: "Held out: hit rate at 10",
        of: |point| Some(point.held_out.as_ref()?.hit_rate_at_10),
        is_share: true,
    },
    figure("Held out: NDCG at 10", |point| Some(point.held_out.as_ref()?.ndcg_at_10)),
    figure("Held out: loss, total", |point| Some(point.held_out.as_ref()?.loss.total)),
    figure("Held out: loss, pairs", |point| Some(point.held_out.as_ref()?.loss.pair)),
    Figure { name: "Neighbours kept", of: |point| Some(point.churn?.jaccard_at_10), is_share: true },
];

/// How curves are drawn.
#[derive(Debug)]
pub struct Look {
    along: usize,
    loss: usize,
    held_out: usize,
    /// Weight of what came before, 0 to 0.99.
    smoothing: f64,
}

impl Default for Look {
    fn default() -> Self {
        Self { along: 0, loss: 0, held_out: 0, smoothing: 0.6 }
    }
}

/// Draws both plots with what they are drawn by.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let look = &mut state.runs.compare.look;
    ui.horizontal(|ui| {
        choice(ui, "Along", ALONG[look.along].0, 92.0, |ui| {
            for (at, (name, _)) in ALONG.iter().enumerate() {
                ui.selectable_value(&mut look.along, at, *name);
            }
        });
        ui.add_space(12.0);
        let label = ui.label(RichText::new("Smoothing").size(SMALL).color(Palette::of(ui).weak));
        let slider = egui::Slider::new(&mut look.smoothing, 0.0..=0.99).fixed_decimals(2);
        ui.add(slider).labelled_by(label.id).on_hover_text(
            "Exponential moving average: the weight of what came before. The raw line stays behind it, paler.",
        );
    });
    let unread: Vec<String> = state
        .runs
        .compare
        .curves
        .iter()
        .filter_map(|run| Some(run.curve.as_ref().err()?.lines().next()?.to_owned()))
        .collect();
    for why in unread {
        ui.label(RichText::new(why).size(SMALL).color(Palette::of(ui).error));
    }
    let width = (ui.available_width() - 16.0) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for (held_out, figures) in [(false, &LOSSES[..]), (true, &HELD_OUT[..])] {
            ui.allocate_ui(vec2(width, HEIGHT + 28.0), |ui| {
                ui.vertical(|ui| {
                    ui.set_width(width);
                    let look = &mut state.runs.compare.look;
                    let taken = if held_out { &mut look.held_out } else { &mut look.loss };
                    let name = if held_out { "Held-out figure" } else { "Loss figure" };
                    let combo = egui::ComboBox::from_id_salt(name).selected_text(figures[*taken].name).width(190.0);
                    ui.name_inputs(name, |ui| {
                        combo.show_ui(ui, |ui| {
                            for (at, figure) in figures.iter().enumerate() {
                                ui.selectable_value(taken, at, figure.name);
                            }
                        })
                    });
                    let at = *taken;
                    plot(ui, state, &figures[at]);
                });
            });
        }
    });
}

fn plot(ui: &mut Ui, state: &WindowState, figure: &Figure) {
    let palette = Palette::of(ui);
    let page = &state.runs.compare;
    let (unit, along) = ALONG[page.look.along];
    let names = compare::names(state);
    let axes =
        |hints: AxisHints<'static>| hints.tick_label_font(FontId::proportional(10.5)).tick_label_color(palette.weak);
    let x_axis =
        axes(AxisHints::new_x().placement(VPlacement::Bottom).label_spacing(26.0..=40.0)).formatter(|mark, _| {
            if mark.value < 1000.0 { numbers::figures(mark.value, 2) } else { numbers::rate(mark.value) }
        });
    let is_share = figure.is_share;
    let y_axis = axes(AxisHints::new_y().min_thickness(38.0).label_spacing(12.0..=20.0))
        .formatter(move |mark, _| curves::beside_axis(mark.value, mark.step_size, is_share));
    let plot = curves::still(Plot::new((figure.name, unit)), 5)
        .custom_x_axes(vec![x_axis])
        .custom_y_axes(vec![y_axis])
        .grid_color(palette.hairline)
        .label_formatter(move |hover| match hover {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                let value = if is_share { numbers::percent(position.y) } else { numbers::figures(position.y, 4) };
                Some(format!("{plot_name}\n{value}\n{} {unit}", numbers::rate(position.x)))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .height(HEIGHT)
        .width(ui.available_width());
    let mut measured = false;
    let colours: Vec<_> = (0..page.curves.len()).map(|at| compare::colour(ui, at)).collect();
    plot.show(ui, |plot| {
        for (at, run) in page.curves.iter().enumerate() {
            let Ok(curve) = &run.curve else { continue };
            let raw: Vec<[f64; 2]> = curve
                .iter()
                .filter_map(|point| Some([along(point), (figure.of)(point)?]))
                .filter(|[_, y]| y.is_finite())
                .collect();
            measured |= !raw.is_empty();
            let name = names.get(at).cloned().unwrap_or_default();
            let colour = colours[at];
            let smoothing = if raw.len() < FEW { 0.0 } else { page.look.smoothing };
            let smooth = smoothed(raw.iter().map(|[_, y]| *y), smoothing);
            let over: Vec<[f64; 2]> = raw.iter().zip(smooth).map(|([x, _], y)| [*x, y]).collect();
            if smoothing > 0.0 {
                let pale = colour.gamma_multiply(0.32);
                plot.line(Line::new(format!("{name}, raw"), PlotPoints::from(raw)).color(pale).width(1.0));
            }
            plot.line(Line::new(name, PlotPoints::from(over)).color(colour).width(1.8));
        }
    });
    if !measured && !page.curves.is_empty() {
        weak(ui, "Not measured along these runs.");
    }
}
