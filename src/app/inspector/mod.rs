//! What is known of the ID that is pinned: attributes, neighbours, items.

mod attributes;
mod heading;
mod items;
mod list_row;
mod near;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui};

use super::controls::{empty_state, hairline, progress_line, weak};
use super::icons::Icon;
use super::state::WindowState;
use crate::engine::{Inspection, InspectionRequest, Subject};
use crate::neighbors::Metric;

/// The measures with their names, in the order menus show them.
const METRICS: [(Metric, &str); 3] =
    [(Metric::Cosine, "cosine"), (Metric::Dot, "dot"), (Metric::Euclidean, "euclidean")];
/// Choices of how many neighbours.
const COUNTS: [usize; 4] = [10, 20, 50, 100];

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
    heading::show(ui, &mut state.inspector, &run, &subject, &mut wish);
    ui.add_space(4.0);
    hairline(ui);
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("inspector").show(ui, |ui| {
        ui.add_space(4.0);
        match state.inspector.answer.clone() {
            Some(answer) => {
                attributes::show(ui, &answer, &mut wish);
                near::show(ui, &mut state.inspector, &run, &answer, &mut wish);
                items::show(ui, &run, &answer, &mut wish);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::NeighborRow;

    pub(super) fn answer(table: &str, row: u32) -> Arc<Inspection> {
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
}
