//! The nearest IDs of a table.

use eframe::egui::{Ui, vec2};

use super::list_row::list_row;
use super::{COUNTS, Inspector, METRICS, Wish};
use crate::app::controls::{choice, section, weak};
use crate::engine::Inspection;
use crate::neighbors::Metric;
use crate::numbers;
use crate::run::Run;

/// Draws the question and the nearest IDs.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run, answer: &Inspection, wish: &mut Option<Wish>) {
    section(ui, "Near");
    let question = (inspector.near_in.clone(), inspector.k, inspector.metric);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
        choice(ui, "in", &numbers::plural(&answer.request.neighbors_in), 80.0, |ui| {
            for name in run.table_names() {
                if ui.selectable_label(answer.request.neighbors_in == name, numbers::plural(name)).clicked() {
                    inspector.near_in = (name != answer.request.subject.table).then(|| name.to_owned());
                }
            }
        });
        let metric = METRICS.iter().find(|(metric, _)| *metric == inspector.metric).map_or("", |(_, name)| name);
        choice(ui, "by", metric, 80.0, |ui| {
            for (metric, name) in METRICS {
                ui.selectable_value(&mut inspector.metric, metric, name);
            }
        });
        choice(ui, "k", &inspector.k.to_string(), 46.0, |ui| {
            for k in COUNTS {
                ui.selectable_value(&mut inspector.k, k, k.to_string());
            }
        });
    });
    if question != (inspector.near_in.clone(), inspector.k, inspector.metric) {
        *wish = Some(Wish::AskAgain);
    }
    ui.add_space(2.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    let longest = answer
        .neighbors
        .iter()
        .map(|neighbor| f64::from(neighbor.score))
        .filter(|score| score.is_finite())
        .fold(0.0, f64::max);
    for neighbor in &answer.neighbors {
        // Similar is long, distant is short: the longest bar is always the nearest ID.
        let score = f64::from(neighbor.score);
        let share = match answer.request.metric {
            Metric::Cosine => score,
            Metric::Dot => score / longest.max(f64::MIN_POSITIVE),
            Metric::Euclidean => 1.0 - score / (longest * 1.1).max(f64::MIN_POSITIVE),
        };
        // The same decimals in each row, so that figures and bars stand in line.
        let figure = format!("{score:.3}");
        if list_row(ui, neighbor, &answer.request.neighbors_in, Some(share as f32), &figure) {
            *wish = Some(Wish::Pin(answer.request.neighbors_in.clone(), neighbor.row));
        }
    }
    if answer.neighbors.is_empty() {
        weak(ui, "This table has no other ID.");
    }
    ui.add_space(8.0);
}
