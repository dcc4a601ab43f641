//! What is known of the ID that is pinned: attributes, neighbours, items.

mod analogy;
mod asked;
mod attributes;
mod compare;
mod follow;
mod heading;
mod items;
mod list_row;
mod naming;
mod near;
mod near_filter;
mod new_item;
mod picker;
mod standing;
mod summary;
mod tabs;
mod text;
mod trail;

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui};

use super::controls::{empty_state, hairline, progress_line, weak};
use super::icons::Icon;
use super::map::Join;
use super::state::WindowState;
use crate::engine::jobs::{Explanation, Summary, SummarySubject};
use crate::engine::{
    Answer, Command, Facet, Inspection, InspectionRequest, JobKind, NearFilter, NeighborRow, NewItem, Question,
    RowsRequest, Subject, SummaryRequest,
};
use crate::neighbors::Metric;
use crate::run::{Run, USER_TABLE};
use analogy::Analogy;
pub use asked::Asked;
use compare::Comparison;
use new_item::Composition;
use picker::Picker;
use tabs::Tab;
use trail::Trail;

pub use summary::paired_row::PairedRow;

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
    /// Which IDs may be near.
    filter: Option<NearFilter>,
    /// The type of which one ID is being looked for, to filter by.
    filter_in: Option<String>,
    filter_picker: Picker,
    /// IDs pinned before and after, to go to.
    trail: Trail,
    tab: Tab,
    summary: Asked<SummaryRequest, Summary>,
    /// What the summary was last asked for: run, map, tab and pinned ID.
    seen: Option<Seen>,
    /// How many models of a training had come by then.
    models: u64,
    /// Number, first and last of the selected rows: a new selection opens its summary.
    extent: (usize, Option<u32>, Option<u32>),
    /// Lists that are unfolded.
    unfolded: BTreeSet<summary::List>,
    /// The table whose nearest IDs the summary lists.
    nearest_in: String,
    /// The rows that a click asked for, and what happens to them.
    rows: Option<(RowsRequest, Join)>,
    compare: Comparison,
    analogy: Analogy,
    composition: Composition,
}

/// What a summary depends on.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    generation: u64,
    map: u64,
    tab: Tab,
    pinned: Option<Subject>,
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
            filter: None,
            filter_in: None,
            filter_picker: Picker::default(),
            trail: Trail::default(),
            tab: Tab::default(),
            summary: Asked::default(),
            seen: None,
            models: 0,
            extent: (0, None, None),
            unfolded: BTreeSet::new(),
            nearest_in: USER_TABLE.to_owned(),
            rows: None,
            compare: Comparison::default(),
            analogy: Analogy::default(),
            composition: Composition::default(),
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
        let second = self.compare.second.as_ref() == Some(&subject);
        if let Some(before) = self.subject.replace(subject) {
            // The two that are compared change places.
            if second {
                self.compare.second = Some(before.clone());
            }
            self.trail.leave(before);
        }
        if self.tab == Tab::Summary && !self.summary_is_of_id() {
            self.tab = Tab::Id;
        }
        self.answer = None;
    }

    /// Forgets what is pinned: its rows mean something else now.
    pub fn clear(&mut self) {
        self.subject = None;
        self.answer = None;
        self.near_in = None;
        self.filter = None;
        self.filter_in = None;
        self.trail.clear();
        self.compare = Comparison::default();
        self.analogy = Analogy::default();
        self.composition = Composition::default();
    }

    fn summary_is_of_id(&self) -> bool {
        self.summary.question().is_some_and(|asked| matches!(asked.subject, SummarySubject::Id(_)))
    }

    /// No summary is on its way any more.
    pub fn summary_ended(&mut self) {
        self.summary.ended();
    }

    /// A question of `kind` cannot be answered.
    pub fn unanswered(&mut self, kind: JobKind, message: &str) {
        match kind {
            JobKind::Summarize => self.summary.fail(message),
            JobKind::FindRows => self.rows = None,
            JobKind::Explain => self.compare.explanation.fail(message),
            JobKind::Analogy => self.analogy.found.fail(message),
            JobKind::ComposeItem => self.composition.found.fail(message),
            JobKind::FindIds => self.pickers().into_iter().for_each(|picker| picker.fail(message)),
            _ => {}
        }
    }

    fn pickers(&mut self) -> [&mut Picker; 4] {
        let (compare, analogy) = (&mut self.compare.picker, &mut self.analogy.picker);
        [&mut self.filter_picker, compare, analogy, &mut self.composition.picker]
    }

    /// The summary on show, once it is that of what is selected or pinned.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.answer().map(AsRef::as_ref)
    }

    /// What is known of the two IDs on show.
    pub fn compared(&self) -> Option<&Explanation> {
        self.compare.explanation.answer().map(AsRef::as_ref)
    }

    /// What completes the analogy on show.
    pub fn completed(&self) -> Option<&[NeighborRow]> {
        self.analogy.found.answer().map(AsRef::as_ref)
    }

    /// What a new item of the attributes on show would be like.
    pub fn composed(&self) -> Option<&NewItem> {
        self.composition.found.answer().map(AsRef::as_ref)
    }

    /// Where that would lie, while its page is open.
    pub fn new_place(&self) -> Option<&[f32]> {
        self.composed().filter(|_| self.tab == Tab::NewItem)?.place.as_deref()
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
        let filter = self.filter.clone();
        Some(InspectionRequest { subject, neighbors_in, k: self.k, metric: self.metric, filter })
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

    /// The pinned ID, and the one it is compared with.
    pub fn pinned(&self) -> impl Iterator<Item = &Subject> {
        self.subject.iter().chain(&self.compare.second)
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
    Forth,
    /// Compare the pinned ID with this one, or with none.
    Compare(Option<Subject>),
    /// Pin this one and compare it with the one that is pinned.
    Swap(Subject),
    CopyComparison,
    /// Show this place of the map.
    Look(Vec<f32>),
    /// Copy this.
    Copy(String),
    /// Select the rows of the map that have this.
    Facet(Facet, Join),
}

/// Takes the answer to a question about the run of `generation`.
pub fn take_answer(state: &mut WindowState, answer: Answer, generation: u64) {
    let inspector = &mut state.inspector;
    match answer {
        Answer::Summary(request, summary) => inspector.summary.take(&request, generation, summary),
        Answer::Explanation(request, found) => inspector.compare.explanation.take(&request, generation, found),
        Answer::Analogy(request, found) => inspector.analogy.found.take(&request, generation, found),
        Answer::NewItem(request, found) => inspector.composition.found.take(&request, generation, found),
        Answer::Ids(request, found) => {
            for picker in inspector.pickers() {
                picker.take(&request, generation, Arc::clone(&found));
            }
        }
        Answer::Regions(request, found) => state.map.take_regions(&request, &found),
        Answer::Contours(of, found) => state.map.take_contours(&of, &found),
        Answer::Overview(of, found) => state.map.take_overview(&of, found.as_ref()),
        Answer::Types(request, found) => state.map.take_types(&request, &found),
        Answer::Segments(found) => state.segments.take_measured(generation, found),
        Answer::Belonging(request, rows) => state.map.take_belonging(&request, generation, rows),
        Answer::Rows(request, rows) => {
            state.segments.take(&request, &rows);
            if let Some((_, join)) = inspector.rows.take_if(|(wanted, _)| *wanted == request)
                && state.map.table == request.table
            {
                state.map.select_rows(&rows, join);
            }
        }
    }
}

/// Draws the inspector.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let Some((run, generation)) = state.run.as_ref().map(|shown| (Arc::clone(&shown.run), shown.generation)) else {
        return;
    };
    follow::follow(ui, state, &run, generation);
    tabs::show(ui, &mut state.inspector.tab);
    let wish = match state.inspector.tab {
        Tab::Id => id_page(ui, &mut state.inspector, &run),
        Tab::Summary => summary::show(ui, &mut state.inspector, &run, state.now),
        Tab::Compare => compare::show(ui, &mut state.inspector, &run, state.now),
        Tab::Analogy => analogy::show(ui, &mut state.inspector, &run, state.now),
        Tab::NewItem => new_item::show(ui, &mut state.inspector, &run, state.now),
    };
    if let Some(wish) = wish {
        grant(ui, state, &run, wish);
    }
}

/// Does what a click asked for.
fn grant(ui: &Ui, state: &mut WindowState, run: &Run, wish: Wish) {
    match wish {
        Wish::Pin(table, row) => go_to(state, &Subject { table, row }),
        Wish::AskAgain => state.ask_again(),
        Wish::Back | Wish::Forth => {
            let here = state.inspector.subject.clone();
            let mut trail = std::mem::take(&mut state.inspector.trail);
            let there = if matches!(wish, Wish::Back) { trail.back(here) } else { trail.forth(here) };
            if let Some(there) = there {
                go_to(state, &there);
            }
            state.inspector.trail = trail;
        }
        Wish::Compare(second) => {
            state.inspector.compare.second = second;
            state.inspector.compare.picker.clear();
            state.inspector.tab = Tab::Compare;
        }
        Wish::Swap(second) => go_to(state, &second),
        Wish::Look(place) => {
            if let Some((place, _)) = state.map.seen_place(&place) {
                state.map.look_at(place, state.now);
            }
        }
        Wish::Copy(text) => ui.ctx().copy_text(text),
        Wish::CopyComparison => {
            if let Some(explanation) = state.inspector.compare.explanation.answer() {
                ui.ctx().copy_text(compare::as_text(run, explanation));
            }
        }
        Wish::Facet(facet, join) => select_facet(state, facet, join),
    }
}

/// Selects the rows of the map that have `facet`, as soon as they are known.
pub fn select_facet(state: &mut WindowState, facet: Facet, join: Join) {
    let request = RowsRequest { table: state.map.table.clone(), facet };
    state.inspector.rows = Some((request.clone(), join));
    state.send(Command::Ask(Question::Rows(request)));
}

/// Pins an ID and shows it on its map.
fn go_to(state: &mut WindowState, subject: &Subject) {
    state.pin(&subject.table, subject.row);
    state.map.centre_on(subject.row, state.now);
}

/// The part of a page that scrolls; its bar lies beside what it scrolls.
fn scrolled(ui: &mut Ui, name: &str, add_contents: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().auto_shrink([false, false]).id_salt(name).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        ui.add_space(4.0);
        add_contents(ui);
    });
}

/// Draws what is known of the pinned ID.
fn id_page(ui: &mut Ui, inspector: &mut Inspector, run: &Run) -> Option<Wish> {
    let Some(subject) = inspector.subject.clone() else {
        let hint = "Click a point of the map or an ID of the list. Its attributes and nearest IDs appear here.";
        empty_state(ui, Icon::Map, "Nothing is selected", hint, |_| {});
        return None;
    };
    let mut wish = None;
    heading::show(ui, inspector, run, &subject, &mut wish);
    ui.add_space(4.0);
    hairline(ui);
    scrolled(ui, "inspector", |ui| match inspector.answer.clone() {
        Some(answer) => {
            attributes::show(ui, &answer, &mut wish);
            near::show(ui, inspector, run, &answer, &mut wish);
            items::show(ui, run, &answer, &mut wish);
        }
        None if inspector.asked => progress_line(ui, None, ui.available_width().min(160.0)),
        None => {
            weak(ui, "Nothing is known of it yet.");
        }
    });
    wish
}

#[cfg(test)]
mod tests {
    use super::asked::Standing;
    use super::*;

    pub(super) fn answer(table: &str, row: u32) -> Arc<Inspection> {
        let neighbor = NeighborRow { row: 4, id: "n4".to_owned(), label: Some("Oat".to_owned()), score: 0.5, count: 7 };
        Arc::new(Inspection {
            request: InspectionRequest {
                subject: Subject { table: table.to_owned(), row },
                neighbors_in: table.to_owned(),
                k: 1,
                metric: Metric::Cosine,
                filter: None,
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
    fn what_cannot_be_answered_says_why_in_its_own_place() {
        let mut inspector = Inspector::default();
        let subject = SummarySubject::Id(Subject { table: "brand".to_owned(), row: 7 });
        inspector.summary.want(Some(SummaryRequest { subject, listed: 3 }), 1, 0.0);
        assert!(inspector.summary.due(9.0).is_some());
        inspector.unanswered(JobKind::Explain, "of something else");
        assert_eq!(inspector.summary.standing(), Standing::Working);
        inspector.unanswered(JobKind::Summarize, "there is no such row");
        assert_eq!(inspector.summary.standing(), Standing::Failed("there is no such row"));
    }

    #[test]
    fn the_two_that_are_compared_change_places_when_the_second_is_pinned() {
        let mut inspector = Inspector::default();
        inspector.pin("item", 1);
        inspector.compare.second = Some(Subject { table: "item".to_owned(), row: 2 });
        inspector.pin("item", 2);
        assert_eq!(inspector.compare.second.as_ref().map(|second| second.row), Some(1));
        inspector.pin("item", 3);
        assert_eq!(inspector.compare.second.as_ref().map(|second| second.row), Some(1), "it stays beside others");
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
