//! The checked runs against each other: curves, what differs, and neighbourhoods.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Color32, Margin, RichText, ScrollArea, Sense, Ui, vec2};

use super::samples::{Measured, Samples};
use super::{View, overlaid, parallel, scatter};
use crate::app::controls::{card, emphasis, empty_state, primary_button, row_with_right, section, weak};
use crate::app::icons::Icon;
use crate::app::state::{Place, WindowState};
use crate::app::theme::{self, BODY, Palette, SMALL};
use crate::comparison::{ColumnKind, MAIN_METRIC, Sample};
use crate::engine::jobs::{RunComparison, RunCurve, TableOverlap};
use crate::engine::{Command, JobKind, NoticeLevel, RunsCommand};
use crate::numbers;

/// Neighbours of each ID by which two runs are compared.
const NEIGHBORS: usize = 10;

/// What is known of the runs that are compared.
#[derive(Debug, Default)]
pub struct ComparePage {
    /// The runs whose curves were asked for.
    asked: Vec<PathBuf>,
    /// Their curves, once they are read.
    pub(super) curves: Arc<Vec<RunCurve>>,
    /// The two runs that were asked to be compared.
    pair: Option<[PathBuf; 2]>,
    comparison: Option<Arc<RunComparison>>,
    /// The table whose IDs are listed.
    table: usize,
    /// How curves are drawn.
    pub(super) look: overlaid::Look,
}

impl ComparePage {
    /// Takes curves, if they are still those that are wanted.
    pub fn take_curves(&mut self, curves: Arc<Vec<RunCurve>>) {
        if curves.iter().map(|curve| &curve.path).eq(&self.asked) {
            self.curves = curves;
        }
    }

    /// Takes a comparison, if it is still the one that is wanted.
    pub fn take_comparison(&mut self, comparison: Arc<RunComparison>) {
        if self.pair.as_ref() == Some(&comparison.paths) {
            self.comparison = Some(comparison);
            self.table = 0;
        }
    }

    /// The comparison on show.
    pub fn comparison(&self) -> Option<&RunComparison> {
        self.comparison.as_deref()
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    if state.runs.checked.is_empty() {
        return empty_state(ui, Icon::Train, "Nothing is checked", "Check the runs to compare in the table.", |ui| {
            if primary_button(ui, "All runs", true).clicked() {
                state.runs.show_view(View::All);
            }
        });
    }
    ask(state);
    ScrollArea::vertical().id_salt("compare").auto_shrink([false, false]).show(ui, |ui| {
        egui::Frame::new().inner_margin(Margin { left: 28, right: 28, top: 12, bottom: 20 }).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 12.0;
            legend(ui, state);
            card(ui, |ui| overlaid::show(ui, state));
            card(ui, |ui| differences(ui, state));
            brushing(ui, state);
            if state.runs.checked.len() == 2 {
                card(ui, |ui| neighbourhoods(ui, state));
            } else {
                weak(ui, "With exactly two runs checked, the neighbourhoods of their IDs are compared here.");
            }
        });
    });
}

/// Asks for what is not known yet of the checked runs.
fn ask(state: &mut WindowState) {
    let checked = state.runs.checked.clone();
    if state.runs.compare.asked != checked {
        state.runs.compare.asked.clone_from(&checked);
        state.runs.compare.curves = Arc::default();
        state.send(Command::Runs(RunsCommand::ReadCurves(checked.clone())));
    }
    if let Ok(pair) = <[PathBuf; 2]>::try_from(checked)
        && state.runs.compare.pair.as_ref() != Some(&pair)
    {
        compare(state, pair);
    }
}

fn compare(state: &mut WindowState, pair: [PathBuf; 2]) {
    state.runs.compare.pair = Some(pair.clone());
    state.runs.compare.comparison = None;
    state.send(Command::Runs(RunsCommand::Compare(pair, NEIGHBORS)));
}

/// The colour of the run that was checked at place `at`.
pub fn colour(ui: &Ui, at: usize) -> Color32 {
    theme::category(at, ui.visuals().dark_mode)
}

/// What the checked runs are called, in the order in which they were checked.
pub fn names(state: &WindowState) -> Vec<String> {
    let name = |path: &PathBuf| {
        let run = state.runs.table.runs.iter().find(|run| run.path == *path);
        run.map_or_else(|| path.display().to_string(), crate::run::ListedRun::name)
    };
    state.runs.checked.iter().map(name).collect()
}

fn legend(ui: &mut Ui, state: &mut WindowState) {
    let palette = Palette::of(ui);
    let mut gone = None;
    ui.horizontal_wrapped(|ui| {
        for (at, name) in names(state).iter().enumerate() {
            let (dot, _) = ui.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
            ui.painter().circle_filled(dot.center(), 4.0, colour(ui, at));
            let label = egui::Label::new(emphasis(name, BODY).color(palette.strong)).selectable(false);
            let path = state.runs.checked[at].display().to_string();
            let hint = format!("{path}\nClick to uncheck");
            if ui.add(label.sense(Sense::click())).on_hover_text(hint).clicked() {
                gone = Some(state.runs.checked[at].clone());
            }
            ui.add_space(12.0);
        }
    });
    if let Some(path) = gone {
        state.runs.checked.retain(|other| *other != path);
    }
}

/// The checked runs by hyperparameters and measures; what is brushed of them is marked in the table, too.
fn brushing(ui: &mut Ui, state: &mut WindowState) {
    let samples = samples(state);
    let axes = samples.axes();
    state.runs.brushes.turn_to(View::Compare);
    let kept = state.runs.brushes.kept(&axes);
    state.runs.mark(&samples, &kept);
    if kept.len() < 2 {
        return;
    }
    card(ui, |ui| {
        scatter::show(ui, state, &samples, &axes, &kept);
        let some = kept.contains(&true) && kept.contains(&false);
        let hint = "Unchecks the runs that are not kept";
        if some && ui.link(RichText::new("Check only these").size(SMALL)).on_hover_text(hint).clicked() {
            let marked = state.runs.marked.clone();
            state.runs.checked.retain(|path| marked.contains(&path.display().to_string()));
            state.runs.brushes.clear();
        }
    });
    card(ui, |ui| parallel::show(ui, state, &samples, &axes, &kept));
}

/// The checked runs that were measured, with the hyperparameters in which they differ.
fn samples(state: &WindowState) -> Samples {
    let table = &state.runs.table;
    let Some(main) = table.column(MAIN_METRIC) else { return Samples::default() };
    let number = |row: usize, column: usize| table.cell(row, column).and_then(|cell| cell.number);
    let rows: Vec<usize> = (0..table.runs.len())
        .filter(|&row| state.runs.checked.contains(&table.runs[row].path) && number(row, main).is_some())
        .collect();
    let of_kind = |kind: ColumnKind| {
        let columns = table.columns.iter().enumerate();
        columns.filter(move |(_, column)| column.kind == kind).map(|(at, _)| at)
    };
    let differing = table.differing(&rows);
    let keys: Vec<usize> = of_kind(ColumnKind::Hyperparameter).filter(|column| differing.contains(column)).collect();
    let text = |row: usize, column: usize| {
        table.cell(row, column).map_or_else(|| "auto".to_owned(), |cell| cell.exact.clone())
    };
    let sample = |&row: &usize| {
        let values = keys.iter().map(|&column| (table.columns[column].key.clone(), text(row, column)));
        Some(Sample { values: values.collect(), metric: number(row, main)? })
    };
    let samples: Vec<Sample> = rows.iter().filter_map(sample).collect();
    let measured = of_kind(ColumnKind::Metric).filter(|&column| column != main).map(|column| Measured {
        name: table.columns[column].title.to_lowercase(),
        is_share: ["hit_rate", "recall"].iter().any(|share| table.columns[column].key.starts_with(share)),
        values: rows.iter().map(|&row| number(row, column)).collect(),
    });
    let best = (0..samples.len()).max_by(|&a, &b| samples[a].metric.total_cmp(&samples[b].metric).then(b.cmp(&a)));
    Samples {
        names: rows.iter().map(|&row| table.runs[row].name()).collect(),
        keys: rows.iter().map(|&row| table.runs[row].path.display().to_string()).collect(),
        more: measured.filter(|measured| measured.values.iter().any(Option::is_some)).collect(),
        whole: vec![true; samples.len()],
        log: BTreeMap::new(),
        best: best.unwrap_or(0),
        samples,
    }
}

/// Metrics and hyperparameters in which the checked runs differ.
fn differences(ui: &mut Ui, state: &WindowState) {
    let table = &state.runs.table;
    let rows: Vec<usize> =
        state.runs.checked.iter().filter_map(|path| table.runs.iter().position(|run| run.path == *path)).collect();
    let differing = table.differing(&rows);
    let of = |kind: ColumnKind| differing.iter().copied().filter(move |&column| table.columns[column].kind == kind);
    let parts = [
        (ColumnKind::Metric, "Metrics", "All metrics are the same."),
        (ColumnKind::Hyperparameter, "Hyperparameters that differ", "All hyperparameters are the same."),
    ];
    ui.columns(2, |sides| {
        for (ui, (kind, title, same)) in sides.iter_mut().zip(parts) {
            section(ui, title);
            let columns: Vec<usize> = of(kind).collect();
            if columns.is_empty() {
                weak(ui, if rows.len() < 2 { "Check another run to see what differs." } else { same });
            } else {
                ScrollArea::horizontal().id_salt(title).show(ui, |ui| side_by_side(ui, state, title, &rows, &columns));
            }
        }
    });
}

/// A line a column, a column a run.
fn side_by_side(ui: &mut Ui, state: &WindowState, salt: &str, rows: &[usize], columns: &[usize]) {
    let palette = Palette::of(ui);
    let table = &state.runs.table;
    egui::Grid::new(salt).spacing(vec2(24.0, 5.0)).min_row_height(20.0).show(ui, |ui| {
        weak(ui, "");
        for (at, name) in names(state).iter().enumerate() {
            ui.label(RichText::new(name).size(SMALL).color(colour(ui, at)));
        }
        ui.end_row();
        for &column in columns {
            let about = &table.columns[column];
            ui.label(RichText::new(&about.title).color(palette.weak)).on_hover_text(&about.help);
            for &row in rows {
                let cell = table.cell(row, column);
                let text = cell.map_or("-", |cell| cell.text.as_str());
                let label = ui.label(RichText::new(text).color(palette.text));
                if let Some(cell) = cell {
                    label.on_hover_text(&cell.exact);
                }
            }
            ui.end_row();
        }
    });
}

fn neighbourhoods(ui: &mut Ui, state: &mut WindowState) {
    let pair = state.runs.compare.pair.clone();
    row_with_right(
        ui,
        |ui| section(ui, "Neighbourhoods"),
        |ui| {
            let hint = "Both maps side by side, one laid over the other by the IDs in common";
            let button = egui::Button::new("Compare on the map");
            if ui.add_enabled(!state.is_training(), button).on_hover_text(hint).clicked()
                && let Some(pair) = pair
            {
                state.compare_maps(pair);
            }
        },
    );
    let Some(found) = state.runs.compare.comparison.clone() else {
        if state.job(JobKind::Compare).is_some() {
            weak(ui, "The nearest IDs of every ID are being compared; the strip below says how far it is.");
        } else if ui.button("Compare the neighbourhoods").clicked()
            && let Some(pair) = state.runs.compare.pair.clone()
        {
            compare(state, pair);
        }
        return;
    };
    let palette = Palette::of(ui);
    if !found.same_data {
        ui.label(
            RichText::new("The runs were trained on different data, so that their metrics do not compare.")
                .size(SMALL)
                .color(palette.warning),
        );
    }
    weak(
        ui,
        format!("Share of each ID's {NEIGHBORS} nearest that are the same in both runs, beside what chance gives."),
    );
    let taken = state.runs.compare.table.min(found.tables.len().saturating_sub(1));
    egui::Grid::new("overlap").num_columns(4).spacing(vec2(24.0, 5.0)).min_row_height(20.0).show(ui, |ui| {
        for heading in ["", "same", "by chance", "shared IDs"] {
            weak(ui, heading);
        }
        ui.end_row();
        for (at, overlap) in found.tables.iter().enumerate() {
            let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), numbers::percent);
            if ui.selectable_label(at == taken, &overlap.table).clicked() {
                state.runs.compare.table = at;
            }
            ui.label(RichText::new(share(overlap.overlap)).color(palette.strong));
            ui.label(RichText::new(share(overlap.by_chance)).color(palette.weak));
            ui.label(RichText::new(numbers::short(overlap.shared as u64)).color(palette.weak));
            ui.end_row();
        }
    });
    same_attribute(ui, state, &found);
    if let Some(overlap) = found.tables.get(taken) {
        changed(ui, state, overlap);
    }
}

/// How often the nearest items of an item have its attributes, in each of the two runs.
fn same_attribute(ui: &mut Ui, state: &WindowState, found: &RunComparison) {
    let [first, second] = &found.same_attribute;
    let pairs = first.iter().filter_map(|own| Some((own, second.iter().find(|other| other.name == own.name)?)));
    let pairs: Vec<_> = pairs.collect();
    if pairs.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    ui.add_space(8.0);
    section(ui, "Neighbours with the same attribute");
    weak(ui, format!("Share of each item's {NEIGHBORS} nearest items that have its ID, beside what chance gives."));
    egui::Grid::new("same attribute").num_columns(4).spacing(vec2(24.0, 5.0)).min_row_height(20.0).show(ui, |ui| {
        weak(ui, "");
        for (at, name) in names(state).iter().enumerate() {
            ui.label(RichText::new(name).size(SMALL).color(colour(ui, at)));
        }
        weak(ui, "by chance");
        ui.end_row();
        let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), numbers::percent);
        for (own, other) in pairs {
            let items = numbers::counted(own.items as u64, "item");
            ui.label(RichText::new(format!("same {}", own.name)).color(palette.weak)).on_hover_text(items);
            for of in [own.share, other.share] {
                ui.label(RichText::new(share(of)).color(palette.strong));
            }
            ui.label(RichText::new(share(own.by_chance)).color(palette.weak));
            ui.end_row();
        }
    });
}

/// The IDs whose neighbours changed most; a click shows one on the map.
fn changed(ui: &mut Ui, state: &mut WindowState, overlap: &TableOverlap) {
    let palette = Palette::of(ui);
    ui.add_space(8.0);
    section(ui, &format!("Changed most: {}", numbers::plural(&overlap.table)));
    if overlap.changed.is_empty() {
        weak(ui, "No ID has other neighbours.");
        return;
    }
    let mut jump = None;
    ScrollArea::horizontal().id_salt("changed").show(ui, |ui| {
        egui::Grid::new("changed").num_columns(4).spacing(vec2(24.0, 4.0)).min_row_height(20.0).striped(false).show(
            ui,
            |ui| {
                for heading in ["kept", "ID", "lost", "gained"] {
                    weak(ui, heading);
                }
                ui.end_row();
                for changed in &overlap.changed {
                    ui.label(RichText::new(numbers::percent(changed.overlap)).color(palette.text));
                    let name = changed
                        .label
                        .as_ref()
                        .map_or_else(|| changed.id.clone(), |label| format!("{label} ({})", changed.id));
                    if ui.link(name).on_hover_text("Show it on the map of the run on show").clicked() {
                        jump = Some(changed.id.clone());
                    }
                    for other in [&changed.lost, &changed.gained] {
                        weak(ui, other.as_deref().unwrap_or("-"));
                    }
                    ui.end_row();
                }
            },
        );
    });
    if let Some(id) = jump {
        state.jump_to(&overlap.table, &id);
    }
}

impl WindowState {
    /// Shows `id` of `table` on the map of the run on show.
    pub fn jump_to(&mut self, table: &str, id: &str) {
        let Some(shown) = &self.run else {
            return self.notices.tell(NoticeLevel::Warning, "There is no run on show; open one of the two first");
        };
        let row = shown.run.table(table).ok().and_then(|table| table.vocabulary.index(id));
        let Some(row) = row else {
            let name = shown.run.metadata.name.clone();
            let words = format!("{name}, the run on show, has no {table} {id}; open one of the two runs first");
            return self.notices.tell(NoticeLevel::Warning, words);
        };
        self.go(Place::Map);
        self.pin(table, row);
        self.map.fit_selection(self.now);
    }
}
