//! What is known of the ID that is pinned: attributes, neighbours, items.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use eframe::egui::{self, Align, CornerRadius, Layout, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::controls::{
    choice, emphasis, empty_state, fact, fact_row, hairline, icon_button, progress_line, section, weak,
};
use super::icons::Icon;
use super::state::WindowState;
use super::theme::{Palette, SMALL};
use crate::engine::{Inspection, InspectionRequest, NeighborRow, Subject};
use crate::neighbors::Metric;
use crate::numbers;
use crate::run::Run;

/// The measures with their names, in the order menus show them.
const METRICS: [(Metric, &str); 3] =
    [(Metric::Cosine, "cosine"), (Metric::Dot, "dot"), (Metric::Euclidean, "euclidean")];
/// Choices of how many neighbours.
const COUNTS: [usize; 4] = [10, 20, 50, 100];
const ROW: f32 = 22.0;

/// The pinned ID, the question asked of it, and the answer.
#[derive(Debug)]
pub struct Inspector {
    subject: Option<Subject>,
    /// The table to look for neighbours in; `None` = the subject's own.
    near_in: Option<String>,
    k: usize,
    metric: Metric,
    answer: Option<Arc<Inspection>>,
    asked: bool,
    /// IDs pinned before, to go back to.
    trail: Vec<Subject>,
}

impl Default for Inspector {
    fn default() -> Self {
        Self {
            subject: None,
            near_in: None,
            k: 20,
            metric: Metric::Cosine,
            answer: None,
            asked: false,
            trail: Vec::new(),
        }
    }
}

impl Inspector {
    /// Pins row `row` of `table`.
    pub fn pin(&mut self, table: &str, row: u32) {
        let subject = Subject { table: table.to_owned(), row };
        if self.subject.as_ref() == Some(&subject) {
            return;
        }
        if let Some(before) = self.subject.replace(subject) {
            self.trail.push(before);
        }
        self.answer = None;
    }

    /// Forgets what is pinned: its rows mean something else now.
    pub fn clear(&mut self) {
        self.subject = None;
        self.answer = None;
        self.near_in = None;
        self.trail.clear();
    }

    /// Whether nothing is pinned.
    pub fn is_empty(&self) -> bool {
        self.subject.is_none()
    }

    /// The question to ask of what is pinned.
    pub fn request(&mut self) -> Option<InspectionRequest> {
        let subject = self.subject.clone()?;
        self.asked = true;
        let neighbors_in = self.near_in.clone().unwrap_or_else(|| subject.table.clone());
        Some(InspectionRequest { subject, neighbors_in, k: self.k, metric: self.metric })
    }

    /// Takes an answer, unless it is about something else by now.
    pub fn take(&mut self, answer: Arc<Inspection>) {
        if self.subject.as_ref() == Some(&answer.request.subject) {
            self.answer = Some(answer);
            self.asked = false;
        }
    }

    /// No answer will come any more to what was asked.
    pub fn ended(&mut self) {
        self.asked = false;
    }

    /// The answer on show.
    pub fn answer(&self) -> Option<&Inspection> {
        self.answer.as_deref()
    }

    /// The pinned row, if it is one of `table`.
    pub fn row_in(&self, table: &str) -> Option<u32> {
        self.subject.as_ref().filter(|subject| subject.table == table).map(|subject| subject.row)
    }

    /// Rows of `table` that stand out beside the pinned one: its neighbours, where it alone is selected.
    pub fn lit_rows(&self, table: &str, selection: &BTreeSet<u32>) -> BTreeSet<u32> {
        match &self.answer {
            Some(answer)
                if answer.request.neighbors_in == table
                    && answer.request.subject.table == table
                    && selection.len() == 1
                    && selection.contains(&answer.request.subject.row) =>
            {
                answer.neighbors.iter().map(|neighbor| neighbor.row).collect()
            }
            _ => BTreeSet::new(),
        }
    }
}

/// What a click in the inspector asked for.
enum Wish {
    Pin(String, u32),
    AskAgain,
    Back,
}

/// Draws the inspector.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run)) else { return };
    let Some(subject) = state.inspector.subject.clone() else {
        let hint = "Click a point of the map or an ID of the list. Its attributes and nearest IDs appear here.";
        return empty_state(ui, Icon::Map, "Nothing is selected", hint, |_| {});
    };
    let mut wish = None;
    heading(ui, &mut state.inspector, &run, &subject, &mut wish);
    ui.add_space(4.0);
    hairline(ui);
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("inspector").show(ui, |ui| {
        ui.add_space(4.0);
        match state.inspector.answer.clone() {
            Some(answer) => {
                attributes(ui, &answer, &mut wish);
                near(ui, &mut state.inspector, &run, &answer, &mut wish);
                items(ui, &run, &answer, &mut wish);
            }
            None if state.inspector.asked => progress_line(ui, None, ui.available_width().min(160.0)),
            None => {
                weak(ui, "Nothing is known of it yet.");
            }
        }
    });
    match wish {
        Some(Wish::Pin(table, row)) => {
            state.pin(&table, row);
            let now = ui.input(|input| input.time);
            state.map.centre_on(row, now);
        }
        Some(Wish::AskAgain) => state.ask_again(),
        Some(Wish::Back) => {
            if let Some(before) = state.inspector.trail.pop() {
                state.pin(&before.table, before.row);
                state.inspector.trail.pop();
            }
        }
        None => {}
    }
}

fn heading(ui: &mut Ui, inspector: &mut Inspector, run: &Run, subject: &Subject, wish: &mut Option<Wish>) {
    let palette = Palette::of(ui);
    let Ok(table) = run.table(&subject.table) else { return };
    if subject.row as usize >= table.vocabulary.len() {
        return;
    }
    let id = table.vocabulary.id(subject.row);
    let label = table.label(subject.row);
    ui.horizontal_top(|ui| {
        ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
            if icon_button(ui, Icon::Copy, "Copy as text").clicked()
                && let Some(answer) = &inspector.answer
            {
                ui.ctx().copy_text(as_text(answer));
            }
            if !inspector.trail.is_empty() && icon_button(ui, Icon::Back, "Back to the ID before").clicked() {
                *wish = Some(Wish::Back);
            }
            ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.add(
                    egui::Label::new(emphasis(label.unwrap_or(id), 15.0).color(palette.strong)).wrap().selectable(true),
                );
                let kind = if label.is_some() { format!("{} {id}", subject.table) } else { subject.table.clone() };
                ui.add(egui::Label::new(RichText::new(kind).size(SMALL).color(palette.weak)).wrap().selectable(true));
                let count = table.counts.get(subject.row as usize).copied().unwrap_or(0);
                ui.label(RichText::new(numbers::counted(count, "event")).size(SMALL).color(palette.weak));
            });
        });
    });
}

fn attributes(ui: &mut Ui, answer: &Inspection, wish: &mut Option<Wish>) {
    if answer.attributes.is_empty() {
        return;
    }
    section(ui, "Attributes");
    ui.spacing_mut().item_spacing.y = 2.0;
    for (name, value, subject) in &answer.attributes {
        match subject {
            Some(subject) => link_row(ui, name, value, subject, wish),
            None => fact(ui, name, value, Some(value)),
        }
    }
    ui.add_space(8.0);
    hairline(ui);
    ui.add_space(4.0);
}

/// An attribute that has a map of its own.
fn link_row(ui: &mut Ui, name: &str, value: &str, subject: &Subject, wish: &mut Option<Wish>) {
    fact_row(ui, name, |ui| {
        let link = ui
            .add(egui::Label::new(RichText::new(value).color(Palette::of(ui).accent)).truncate().sense(Sense::click()));
        link.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, value));
        let link = link.on_hover_cursor(egui::CursorIcon::PointingHand);
        if link.on_hover_text(format!("Go to {} {value}", subject.table)).clicked() {
            *wish = Some(Wish::Pin(subject.table.clone(), subject.row));
        }
    });
}

fn near(ui: &mut Ui, inspector: &mut Inspector, run: &Run, answer: &Inspection, wish: &mut Option<Wish>) {
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

fn items(ui: &mut Ui, run: &Run, answer: &Inspection, wish: &mut Option<Wish>) {
    let Some(item) = run.types.first().map(|id_type| id_type.name.clone()) else { return };
    if answer.request.subject.table == item {
        return;
    }
    hairline(ui);
    ui.add_space(4.0);
    let of_user = run.types.iter().all(|id_type| id_type.name != answer.request.subject.table);
    let title = if of_user { format!("Last {}", numbers::plural(&item)) } else { numbers::plural("Item") };
    ui.horizontal(|ui| {
        section(ui, &title);
        weak(ui, numbers::exact(answer.item_total as u64));
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    for row in &answer.items {
        if list_row(ui, row, &item, None, &numbers::short(row.count)) {
            *wish = Some(Wish::Pin(item.clone(), row.row));
        }
    }
    if answer.items.len() < answer.item_total {
        weak(ui, format!("and {} more", numbers::exact((answer.item_total - answer.items.len()) as u64)));
    }
}

/// One ID of a list with a bar behind a figure; `true` if it was clicked.
fn list_row(ui: &mut Ui, row: &NeighborRow, table: &str, share: Option<f32>, figure: &str) -> bool {
    let palette = Palette::of(ui);
    let name = row.label.as_deref().unwrap_or(&row.id);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let bar_room = if share.is_some() { 56.0 } else { 0.0 };
    let small = egui::FontId::proportional(SMALL);
    let figure = ui.painter().layout_no_wrap(figure.to_owned(), small, palette.weak);
    let figure_room = figure.size().x.max(36.0);
    let mut job =
        egui::text::LayoutJob::simple_singleline(name.to_owned(), egui::FontId::proportional(12.5), palette.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - bar_room - figure_room - 16.0);
    let text = ui.painter().layout_job(job);
    ui.painter().galley(egui::pos2(rect.left(), rect.center().y - text.size().y / 2.0), text, palette.text);
    let figure_at = egui::pos2(rect.right() - figure.size().x, rect.center().y - figure.size().y / 2.0);
    ui.painter().galley(figure_at, figure, palette.weak);
    if let Some(share) = share {
        let right = rect.right() - figure_room - 8.0;
        let ground = Rect::from_min_max(
            egui::pos2(right - bar_room, rect.center().y - 2.5),
            egui::pos2(right, rect.center().y + 2.5),
        );
        ui.painter().rect_filled(ground, CornerRadius::same(2), palette.hairline);
        let mut bar = ground;
        bar.set_width(ground.width() * share.clamp(0.0, 1.0));
        ui.painter().rect_filled(bar, CornerRadius::same(2), palette.accent);
    }
    let exact = if share.is_some() { format!("{}\n", row.score) } else { String::new() };
    response
        .on_hover_text(format!("{name}\n{table} {}\n{exact}{}", row.id, numbers::counted(row.count, "event")))
        .clicked()
}

/// The answer as lines of text with tabs, exact figures included.
fn as_text(answer: &Inspection) -> String {
    let mut text =
        format!("{}\t{}\t{}\n", answer.request.subject.table, answer.id, answer.label.as_deref().unwrap_or(""));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "events\t{}", answer.count);
    for (name, value, _) in &answer.attributes {
        let _ = writeln!(text, "{name}\t{value}");
    }
    let metric = METRICS.iter().find(|(metric, _)| *metric == answer.request.metric).map_or("", |(_, name)| name);
    let _ = writeln!(text, "\nnear in {}\tlabel\t{metric}\tevents", answer.request.neighbors_in);
    for neighbor in &answer.neighbors {
        let label = neighbor.label.as_deref().unwrap_or("");
        let _ = writeln!(text, "{}\t{label}\t{}\t{}", neighbor.id, neighbor.score, neighbor.count);
    }
    if !answer.items.is_empty() {
        let _ = writeln!(text, "\nitems ({})\tlabel\tevents", answer.item_total);
        for item in &answer.items {
            let _ = writeln!(text, "{}\t{}\t{}", item.id, item.label.as_deref().unwrap_or(""), item.count);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(table: &str, row: u32) -> Arc<Inspection> {
        let neighbor = NeighborRow { row: 4, id: "n4".to_owned(), label: Some("Oat".to_owned()), score: 0.5, count: 7 };
        Arc::new(Inspection {
            request: InspectionRequest {
                subject: Subject { table: table.to_owned(), row },
                neighbors_in: table.to_owned(),
                k: 1,
                metric: Metric::Cosine,
            },
            id: "x".to_owned(),
            label: None,
            count: 3,
            attributes: vec![("brand".to_owned(), "69".to_owned(), None)],
            neighbors: vec![neighbor],
            items: Vec::new(),
            item_total: 0,
            generation: 1,
        })
    }

    #[test]
    fn a_late_answer_about_another_id_is_dropped() {
        let mut inspector = Inspector::default();
        inspector.pin("item", 1);
        inspector.pin("item", 2);
        inspector.take(answer("item", 1));
        assert!(inspector.answer().is_none());
        inspector.take(answer("item", 2));
        assert_eq!(inspector.answer().map(|answer| answer.request.subject.row), Some(2));
    }

    #[test]
    fn neighbours_stand_out_only_beside_the_pinned_id() {
        let mut inspector = Inspector::default();
        inspector.pin("item", 2);
        inspector.take(answer("item", 2));
        assert_eq!(inspector.lit_rows("item", &BTreeSet::from([2])), BTreeSet::from([4]));
        assert!(inspector.lit_rows("item", &BTreeSet::from([2, 3])).is_empty());
        assert!(inspector.lit_rows("brand", &BTreeSet::from([2])).is_empty());
    }

    #[test]
    fn the_copied_text_has_every_figure() {
        let text = as_text(&answer("item", 2));
        for part in ["item\tx", "events\t3", "brand\t69", "n4\tOat\t0.5\t7"] {
            assert!(text.contains(part), "{part:?} is missing in {text:?}");
        }
    }
}
