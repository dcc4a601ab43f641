//! The loss curves: one small plot a part, each on its own scale, time running along together.

use eframe::egui::{self, FontId, RichText, Ui, Vec2b, vec2};
use egui_plot::{AxisHints, GridMark, HoverPosition, Line, Plot, PlotPoints, VPlacement};

use super::controls::emphasis;
use super::theme::{self, BODY, Palette, SMALL};
use crate::numbers;
use crate::training::CurvePoint;

/// Points drawn of one curve at most: more than the plot has pixels shows nothing more.
const MOST: usize = 800;
/// Width from which the four plots stand in one row.
const WIDE: f32 = 980.0;

type Part = (&'static str, &'static str, fn(&CurvePoint) -> f64);

const PARTS: [Part; 4] = [
    ("Total", "What training lowers: the sum of the three parts.", |point| point.loss.total),
    ("Pairs", "How well an item tells the items around it from random ones.", |point| point.loss.pair),
    ("Structure", "How well an item tells its own attributes, weighted by alpha.", |point| point.loss.structure),
    ("Regulariser", "The size of the transfer matrices, weighted by beta.", |point| point.loss.regulariser),
];

/// Draws the curves into the room that is left. `epochs` is how many there will be, if it is known.
pub fn show(ui: &mut Ui, curve: &[CurvePoint], epochs: Option<u32>) {
    let columns = if ui.available_width() >= WIDE { 4 } else { 2 };
    let rows = PARTS.len() / columns;
    let gap = 12.0;
    let size = vec2(
        (ui.available_width() - gap * (columns as f32 - 1.0)) / columns as f32,
        ((ui.available_height() - gap * (rows as f32 - 1.0)) / rows as f32).max(90.0),
    );
    for row in 0..rows {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for (at, part) in PARTS.iter().enumerate().skip(row * columns).take(columns) {
                ui.allocate_ui(size, |ui| {
                    ui.set_min_size(size);
                    one(ui, at, part, curve, epochs);
                });
            }
        });
    }
}

fn one(ui: &mut Ui, at: usize, (name, help, value): &Part, curve: &[CurvePoint], epochs: Option<u32>) {
    let palette = Palette::of(ui);
    let colour = if at == 0 { palette.accent } else { theme::category(at, ui.visuals().dark_mode) };
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 16.0), egui::Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, colour);
            ui.label(RichText::new(*name).size(SMALL).color(palette.weak)).on_hover_text(*help);
            if let Some(last) = curve.last() {
                let exact = value(last).to_string();
                ui.label(emphasis(numbers::figures(value(last), 4), BODY).color(palette.strong)).on_hover_text(exact);
            }
        });
        let points: Vec<[f64; 2]> =
            thinned(curve).map(|point| [point.epoch, value(point)]).filter(|[_, y]| y.is_finite()).collect();
        let axes = |hints: AxisHints<'static>| {
            hints.tick_label_font(FontId::proportional(10.5)).tick_label_color(palette.weak)
        };
        let x_axis = axes(
            AxisHints::new_x()
                .placement(VPlacement::Bottom)
                .label_spacing(26.0..=40.0)
                .formatter(|mark, _| numbers::figures(mark.value, 2)),
        );
        let y_axis = axes(
            AxisHints::new_y()
                .min_thickness(38.0)
                .label_spacing(12.0..=20.0)
                .formatter(|mark, _| numbers::figures(mark.value, 3)),
        );
        let mut plot = Plot::new(("loss", *name))
            .custom_x_axes(vec![x_axis])
            .custom_y_axes(vec![y_axis])
            .show_background(false)
            .x_grid_spacer(|input| marks(input.bounds, 6))
            .y_grid_spacer(|input| marks(input.bounds, 4))
            .allow_drag(false)
            .allow_zoom(false)
            .allow_scroll(false)
            .allow_boxed_zoom(false)
            .allow_double_click_reset(false)
            .set_margin_fraction(vec2(0.0, 0.08))
            .auto_bounds(Vec2b::TRUE)
            .link_cursor(ui.scope_id().with("loss curves"), Vec2b::new(true, false))
            .grid_color(palette.hairline)
            .label_formatter(|hover| match hover {
                HoverPosition::NearDataPoint { position, .. } => {
                    Some(format!("{}\nepoch {}", numbers::figures(position.y, 4), numbers::figures(position.x, 3)))
                }
                HoverPosition::Elsewhere { .. } => None,
            })
            .include_x(0.0)
            .height(ui.available_height().max(60.0))
            .width(ui.available_width());
        if let Some(epochs) = epochs {
            plot = plot.include_x(f64::from(epochs));
        }
        plot.show(ui, |plot| plot.line(Line::new(*name, PlotPoints::from(points)).color(colour).width(1.6)));
    });
}

/// About `count` round values between two bounds.
fn marks((low, high): (f64, f64), count: usize) -> Vec<GridMark> {
    let rough = (high - low) / count as f64;
    if !rough.is_finite() || rough <= 0.0 {
        return Vec::new();
    }
    let size = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * size).find(|step| *step >= rough).unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|i| GridMark { value: i as f64 * step, step_size: step }).collect()
}

/// The curve in at most [`MOST`] points, the last one always among them.
fn thinned(curve: &[CurvePoint]) -> impl Iterator<Item = &CurvePoint> {
    let step = curve.len().div_ceil(MOST).max(1);
    let last = curve.len().saturating_sub(1);
    curve.iter().enumerate().filter(move |(i, _)| (last - i).is_multiple_of(step)).map(|(_, point)| point)
}
