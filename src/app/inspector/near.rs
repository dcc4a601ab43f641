//! The nearest IDs of a table.

use eframe::egui::{Ui, vec2};

use super::list_row::{Click, compared_row};
use super::near_filter;
use super::{COUNTS, Inspector, METRICS, Wish};
use crate::app::controls::{choice, section, weak};
use crate::engine::{Inspection, Subject};
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
    let filtered = near_filter::show(ui, inspector, run);
    if filtered || question != (inspector.near_in.clone(), inspector.k, inspector.metric) {
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
        let table = &answer.request.neighbors_in;
        match compared_row(ui, neighbor, table, share as f32, &figure) {
            Some(Click::Pin) => *wish = Some(Wish::Pin(table.clone(), neighbor.row)),
            Some(Click::Compare) => {
                *wish = Some(Wish::Compare(Some(Subject { table: table.clone(), row: neighbor.row })));
            }
            None => {}
        }
    }
    if answer.neighbors.is_empty() {
        let filtered = answer.request.filter.is_some();
        weak(ui, if filtered { "No other ID passes the filter." } else { "This table has no other ID." });
    }
    ui.add_space(8.0);
}
