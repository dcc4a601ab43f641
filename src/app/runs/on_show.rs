//! The run on show: what it is and how well it predicts.

use std::sync::Arc;

use eframe::egui::{self, RichText, ScrollArea, Ui, Vec2, vec2};

use crate::app::controls::{card, emphasis, empty_state, fact, primary_button, row_with_right, section, tag, weak};
use crate::app::icons::Icon;
use crate::app::segments;
use crate::app::state::{Place, RunOnShow, WindowState};
use crate::app::theme::{BODY, Palette, SMALL};
use crate::numbers;
use crate::run::{Run, RunMetadata};
use crate::training::{Evaluation, Hyperparameters, RankedMetrics};

/// Room of the hit rates by attribute ID.
const BARS: Vec2 = vec2(460.0, 280.0);

/// A column of the table of figures.
struct Measure {
    name: &'static str,
    help: &'static str,
    of: fn(&RankedMetrics) -> f64,
    /// How its value is written.
    text: fn(f64) -> String,
}

const MEASURES: [Measure; 4] = [
    Measure {
        name: "Hit rate",
        help: "Share of users with a held-out item among the first k.",
        of: |metrics| metrics.hit_rate,
        text: numbers::percent,
    },
    Measure {
        name: "Recall",
        help: "Share of the held-out items among the first k.",
        of: |metrics| metrics.recall,
        text: numbers::percent,
    },
    Measure {
        name: "NDCG",
        help: "As recall, but early places count more.",
        of: |metrics| metrics.ndcg,
        text: |value| numbers::figures(value, 3),
    },
    Measure {
        name: "MRR",
        help: "Mean of one over the place of the first held-out item.",
        of: |metrics| metrics.mrr,
        text: |value| numbers::figures(value, 3),
    },
];

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin { left: 28, right: 28, top: 12, bottom: 22 }).show(ui, |ui| {
            ui.set_max_width(1040.0);
            ui.spacing_mut().item_spacing.y = 10.0;
            match state.run.clone() {
                Some(shown) => current(ui, state, &shown),
                None => {
                    card(ui, |ui| {
                        ui.set_height(150.0);
                        empty_state(ui, Icon::Runs, "There is no run yet", "Train one, or open a run folder.", |_| {});
                    });
                }
            }
        });
    });
}

fn current(ui: &mut Ui, state: &mut WindowState, shown: &RunOnShow) {
    let palette = Palette::of(ui);
    let run = Arc::clone(&shown.run);
    let about = &run.metadata;
    let training = state.is_training();
    card(ui, |ui| {
        row_with_right(
            ui,
            |ui| {
                section(ui, &about.name);
                if training {
                    tag(ui, "in training", palette.accent);
                } else if shown.is_unsaved() {
                    tag(ui, "not saved", palette.warning);
                } else if about.stopped {
                    tag(ui, "stopped early", palette.weak);
                }
            },
            |ui| {
                if ui.add_enabled(!training, egui::Button::new("Export…").min_size(vec2(72.0, 30.0))).clicked() {
                    state.export.open_for_table(&state.map.table);
                }
                let save = if shown.is_unsaved() {
                    primary_button(ui, "Save as…", !training)
                } else {
                    ui.add_enabled(!training, egui::Button::new("Save as…").min_size(vec2(72.0, 30.0)))
                };
                if save.on_hover_text("Save the run as a folder (Ctrl+S)").clicked() {
                    state.export.open_to_save(&about.name);
                }
                if about.stopped && !training {
                    go_on(ui, state, &run);
                }
            },
        );
        if let Some(path) = &shown.path {
            ui.add(
                egui::Label::new(RichText::new(path.display().to_string()).size(SMALL).color(palette.weak)).truncate(),
            );
        }
    });
    if let Some(metrics) = &about.metrics {
        card(ui, |ui| evaluation(ui, metrics, &about.holdout));
    } else if !training {
        card(ui, |ui| {
            section(ui, "Next item");
            weak(ui, "Nothing was held out or measured, so there is nothing to tell how well the run predicts.");
        });
    }
    segments::ask(state);
    if segments::has_any(state) || segments::instead(state).is_some() {
        card(ui, |ui| {
            let size = vec2(BARS.x, if segments::has_any(state) { BARS.y } else { 40.0 });
            ui.allocate_ui(size, |ui| segments::show(ui, state));
            if segments::has_any(state) && ui.button("Open the map").clicked() {
                state.go(Place::Map);
            }
        });
    }
    card(ui, |ui| {
        section(ui, "How it was made");
        ui.columns(2, |columns| {
            facts(&mut columns[0], about);
            hyperparameters(&mut columns[1], &about.hyperparameters);
        });
    });
}

/// The way on from where a run was stopped.
fn go_on(ui: &mut Ui, state: &mut WindowState, run: &Run) {
    let about = &run.metadata;
    let has_its_data = state.dataset.as_ref().is_some_and(|dataset| dataset.fingerprint == about.data.hash);
    let ready = has_its_data && run.checkpoint.is_some();
    let hint = match (has_its_data, ready) {
        (_, true) => format!("Goes on after epoch {:.1} of {}", about.epochs_done, about.hyperparameters.epochs),
        (true, false) => "The run has no checkpoint to go on from".to_owned(),
        (false, false) => "Load the data that the run was trained on; then it can go on".to_owned(),
    };
    let button = ui.add_enabled(ready, egui::Button::new("Continue").min_size(vec2(72.0, 30.0)));
    if button.on_hover_text(&hint).on_disabled_hover_text(&hint).clicked() {
        state.continue_training();
    }
}

fn facts(ui: &mut Ui, about: &RunMetadata) {
    ui.spacing_mut().item_spacing.y = 3.0;
    let data = &about.data;
    for (name, count) in
        [("Events", data.events), ("Held out", data.held_out), ("Users", data.users), ("Items", data.items)]
    {
        fact(ui, name, &numbers::exact(count), None);
    }
    fact(ui, "ID types", &about.types.join(", "), Some(&about.types.join(", ")));
    ui.add_space(6.0);
    let epochs = about.hyperparameters.epochs;
    fact(ui, "Epochs", &format!("{} of {epochs}", numbers::figures(about.epochs_done, 3)), None);
    fact(ui, "Pairs", &numbers::short(about.pairs), Some(&numbers::exact(about.pairs)));
    fact(ui, "Training", &numbers::duration(about.timings.train), Some(&format!("{} s", about.timings.train)));
    fact(ui, "Pace", &format!("{} pairs/s", numbers::rate(about.timings.pairs_per_second)), None);
    fact(ui, "Loading", &numbers::duration(about.timings.load), None);
    if let Some(branch) = &about.branch {
        fact(ui, "Branch of", &branch.name, Some(&branch.in_words()));
    }
    ui.add_space(6.0);
    fact(ui, "Backend", &about.backend, None);
    fact(ui, "Runs on", &about.adapter, Some(&about.adapter));
    fact(ui, "Made", about.created.get(..16).unwrap_or(&about.created), Some(&about.created));
    fact(ui, "Version", &about.program_version, None);
}

fn hyperparameters(ui: &mut Ui, values: &Hyperparameters) {
    ui.spacing_mut().item_spacing.y = 3.0;
    for doc in Hyperparameters::keys() {
        if let Some(value) = values.get(doc.key).filter(|value| !value.is_empty()) {
            fact(ui, doc.key, &value, Some(doc.help));
        }
    }
    for (name, dims) in &values.dims {
        fact(ui, &format!("dims.{name}"), &dims.to_string(), None);
    }
    for (name, weight) in &values.weight {
        fact(ui, &format!("weight.{name}"), &weight.to_string(), None);
    }
}

fn evaluation(ui: &mut Ui, metrics: &Evaluation, holdout: &str) {
    let palette = Palette::of(ui);
    row_with_right(
        ui,
        |ui| section(ui, "Next item"),
        |ui| {
            let queries = numbers::exact(metrics.queries);
            weak(
                ui,
                format!("{queries} users, {} candidates, held out: {holdout}", numbers::exact(metrics.candidates)),
            );
        },
    );
    let rules = metrics.baselines.named();
    let cutoffs: Vec<u32> = metrics.next_item.keys().copied().collect();
    ScrollArea::horizontal().show(ui, |ui| {
        egui::Grid::new("evaluation")
            .min_row_height(20.0)
            .num_columns(1 + MEASURES.len() * cutoffs.len())
            .spacing(vec2(14.0, 5.0))
            .show(ui, |ui| {
                weak(ui, "");
                for Measure { name, help, .. } in &MEASURES {
                    for (at, _) in cutoffs.iter().enumerate() {
                        weak(ui, if at == 0 { *name } else { "" }).on_hover_text(*help);
                    }
                }
                ui.end_row();
                weak(ui, "among the first");
                for _ in &MEASURES {
                    for cutoff in &cutoffs {
                        weak(ui, cutoff.to_string());
                    }
                }
                ui.end_row();
                ui.label(emphasis("this model", BODY).color(palette.strong));
                for (measure, cutoff) in cells(&cutoffs) {
                    figure(ui, measure, metrics.next_item.get(&cutoff), palette.strong, "");
                }
                ui.end_row();
                for (name, rule) in &rules {
                    ui.label(RichText::new(name).color(palette.weak));
                    for (measure, cutoff) in cells(&cutoffs) {
                        let ours = metrics.next_item.get(&cutoff).map(measure.of);
                        let theirs = rule.get(&cutoff).map(measure.of);
                        let (colour, hint) = match (ours, theirs) {
                            (Some(ours), Some(theirs)) if theirs > ours => (palette.warning, versus(ours, theirs)),
                            (Some(ours), Some(theirs)) => (palette.weak, versus(ours, theirs)),
                            _ => (palette.weak, String::new()),
                        };
                        figure(ui, measure, rule.get(&cutoff), colour, &hint);
                    }
                    ui.end_row();
                }
            });
    });
    weak(ui, "Rules without any vector stand below the model; figures of theirs that beat it are marked.");
}

/// Each measure at each cut-off, in the table's order.
fn cells(cutoffs: &[u32]) -> impl Iterator<Item = (&'static Measure, u32)> {
    MEASURES.iter().flat_map(move |measure| cutoffs.iter().map(move |&cutoff| (measure, cutoff)))
}

fn versus(ours: f64, theirs: f64) -> String {
    if theirs > 0.0 { format!("\nThe model: × {}", numbers::figures(ours / theirs, 3)) } else { String::new() }
}

fn figure(ui: &mut Ui, measure: &Measure, metrics: Option<&RankedMetrics>, colour: egui::Color32, hint: &str) {
    match metrics.map(measure.of) {
        Some(value) => {
            ui.label(RichText::new((measure.text)(value)).color(colour)).on_hover_text(format!("{value}{hint}"));
        }
        None => {
            weak(ui, "-");
        }
    }
}
